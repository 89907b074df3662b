from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from respml.candidates import decomposition, seeds
from respml.candidates.candidate import Candidates
from respml.candidates.splines import SplineBasis, components, products, strongest
from respml.portfolio.portfolio import Portfolio


def test_the_ladder_has_a_probability_for_each_step_and_test_row(
    folders: dict[str, Path], portfolio: Portfolio, candidates: Candidates, tmp_path: Path
) -> None:
    decomposition.run(folders, tmp_path, 1)
    steps = pd.read_parquet(tmp_path / "steps.parquet")
    summary = pd.read_parquet(tmp_path / "summary.parquet")
    assert steps.columns.tolist() == ["row", "glm", "glm_splines", "glm_interactions", "mgbm", "gbm"]
    assert summary["step"].tolist() == steps.columns.tolist()[1:]
    assert steps["row"].tolist() == portfolio.rows("test").index.tolist()
    np.testing.assert_array_equal(steps["mgbm"], candidates["mgbm"].predict(portfolio.features("test")))
    outcome = portfolio.outcome("test")
    # The risk is U-shaped in age: curves must gain on straight lines.
    assert roc_auc_score(outcome, steps["glm_splines"]) > roc_auc_score(outcome, steps["glm"]) + 0.02


def test_refits_differ_by_seed_only_and_repeat(folders: dict[str, Path], portfolio: Portfolio, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        seeds.run(folders, tmp_path / name, 5)
    for file in ("seeds.parquet", "summary.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    table = pd.read_parquet(tmp_path / "a" / "seeds.parquet")
    assert table.shape == (len(portfolio.outcome("test")), 11)
    assert np.ptp(table.drop(columns="row").to_numpy(), axis=1).max() > 1e-4
    summary = pd.read_parquet(tmp_path / "a" / "summary.parquet")
    assert summary["seed"].nunique() == 10 and summary["varies"].all()


def test_a_refit_under_the_champions_own_seed_is_the_champion(portfolio: Portfolio, candidates: Candidates) -> None:
    champion = candidates["mgbm"]

    class Same:
        @staticmethod
        def choice(*_: object, size: int, **__: object) -> np.ndarray:
            return np.full(size, champion.parameters["seed"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, "default_rng", lambda _: Same)
        probabilities, summary = seeds.refits(portfolio, champion, seed=1, count=2)
    np.testing.assert_array_equal(probabilities["refit_2"], champion.predict(portfolio.features("test")))
    assert summary["rounds"].tolist() == [champion.parameters["rounds"]] * 2


def test_a_glm_does_not_vary_and_that_is_said(portfolio: Portfolio, candidates: Candidates) -> None:
    probabilities, summary = seeds.refits(portfolio, candidates["glm"], seed=1)
    assert not summary["varies"].any() and len(probabilities) == 10


def test_splines_add_up_to_one_and_are_constant_beyond_the_training_range() -> None:
    random = np.random.default_rng(0)
    train = np.column_stack([random.exponential(size=500), random.integers(0, 2, 500)])
    basis = SplineBasis.learn(train)
    assert (basis.owners == 1).sum() == 1, "two values stay linear"
    rows = np.array([[train[:, 0].min(), 0.0], [-99.0, 0.0], [0.5, 0.0], [train[:, 0].max(), 0.0], [99.0, 0.0]])
    curved = basis.matrix(rows)[:, basis.owners == 0]
    np.testing.assert_allclose(curved.sum(axis=1), 1.0)
    np.testing.assert_array_equal(curved[0], curved[1])
    np.testing.assert_array_equal(curved[3], curved[4])


def test_components_strength_and_products() -> None:
    matrix = np.array([[1.0, 2.0, 10.0], [3.0, 4.0, 20.0]])
    curves = components(matrix, np.array([1.0, 0.5, 0.1]), np.array([0, 0, 1]))
    np.testing.assert_allclose(curves, [[2.0, 1.0], [5.0, 2.0]])
    assert strongest(curves, 1) == [0]
    np.testing.assert_allclose(products(curves, [0, 1]), [[2.0], [10.0]])
    assert products(curves, [0]).shape == (2, 0)
