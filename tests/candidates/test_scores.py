from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.candidates.candidate import Candidates
from respml.candidates.scores import Scores, compute_scores, require_spread
from respml.errors import AnalysisError
from respml.explain import shapley
from respml.portfolio.portfolio import Portfolio
from tests.candidates import data


@pytest.fixture(scope="module")
def scores(portfolio: Portfolio, candidates: Candidates) -> Scores:
    return compute_scores(portfolio, candidates)


def test_probabilities_are_aligned_with_the_rows_of_each_partition(
    scores: Scores, portfolio: Portfolio, candidates: Candidates
) -> None:
    for partition in portfolio.partitions:
        for name, candidate in candidates.items():
            expected = candidate.predict(portfolio.rows(partition))
            np.testing.assert_allclose(scores.probability(name, partition), expected, rtol=1e-12)


def test_contributions_and_bias_add_up_to_the_log_odds(
    scores: Scores, portfolio: Portfolio, candidates: Candidates
) -> None:
    for name, candidate in candidates.items():
        table = scores.contribution(name, "test")
        assert table.index.tolist() == portfolio.rows("test").index.tolist()
        assert table.columns.tolist() == [*candidate.features, "bias"]
        assert (table.dtypes == np.float32).all()
        summed = table.to_numpy(np.float64).sum(axis=1)
        np.testing.assert_allclose(summed, candidate.log_odds(portfolio.rows("test")), atol=1e-5)


def test_there_are_no_contributions_of_rows_used_for_fitting(scores: Scores) -> None:
    with pytest.raises(KeyError, match="no contributions"):
        scores.contribution("glm", "train")
    with pytest.raises(KeyError, match="no scores"):
        scores.probability("forest", "test")


def test_the_methods_say_how_each_was_computed_and_checked(scores: Scores) -> None:
    methods = scores.methods.set_index("candidate")
    assert methods.loc["mgbm", "checked_rows"] == 200
    assert methods["additivity_gap"].max() < 1e-5
    assert methods.loc[["mgbm", "gbm"], "largest_difference"].max() < 1e-5


def test_survives_its_folder_byte_for_byte(scores: Scores, tmp_path: Path) -> None:
    scores.write(tmp_path / "first")
    read = Scores.read(tmp_path / "first")
    np.testing.assert_array_equal(read.probability("gbm", "valid"), scores.probability("gbm", "valid"))
    pd.testing.assert_frame_equal(read.contribution("gbm", "test"), scores.contribution("gbm", "test"))
    scores.write(tmp_path / "second")
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


def test_an_out_of_time_partition_is_explained_too(candidates: Candidates) -> None:
    names = data.membership()
    names = np.where((names == "test") & (np.arange(len(names)) % 2 == 0), "out_of_time", names)
    portfolio = data.portfolio(membership=names, partitions=("train", "valid", "test", "out_of_time"))
    scores = compute_scores(portfolio, candidates)
    table = scores.contribution("gbm", "out_of_time")
    assert table.index.tolist() == portfolio.rows("out_of_time").index.tolist()


def test_contributions_that_do_not_add_up_are_refused(
    portfolio: Portfolio, candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = shapley.tree_contributions

    def off(booster: object, matrix: np.ndarray) -> shapley.Contributions:
        found = original(booster, matrix)
        return shapley.Contributions(found.values, found.bias + 0.01, found.method)

    monkeypatch.setattr("respml.candidates.scorers.tree_contributions", off)
    with pytest.raises(AnalysisError, match="miss its log-odds"):
        compute_scores(portfolio, candidates)


def test_interactions_are_those_of_the_booster_and_survive_their_folder(
    scores: Scores, portfolio: Portfolio, candidates: Candidates, tmp_path: Path
) -> None:
    found = scores.interactions()
    assert list(found) == [name for name, each in candidates.items() if each.booster is not None]
    candidate, rows = candidates["gbm"], portfolio.features("test")
    matrix = xgboost.DMatrix(rows[list(candidate.features)].to_numpy(np.float32))
    mean = np.abs(candidate.booster.predict(matrix, pred_interactions=True)[:, :-1, :-1]).mean(axis=0)
    first = found["gbm"].pairs.iloc[0]
    one, other = (candidate.features.index(first[name]) for name in ("first", "second"))
    assert first["estimate"] == pytest.approx(2 * mean[one, other], abs=1e-5)
    assert found["gbm"].rows == found["gbm"].available == len(rows)
    scores.write(tmp_path)
    read = Scores.read(tmp_path).interactions()
    for name, each in found.items():
        pd.testing.assert_frame_equal(read[name].pairs, each.pairs)
        pd.testing.assert_frame_equal(read[name].main, each.main)
        assert (read[name].rows, read[name].available) == (each.rows, each.available)


def test_there_are_no_interactions_without_trees(portfolio: Portfolio, candidates: Candidates, tmp_path: Path) -> None:
    alone = Candidates({"glm": candidates["glm"]}, champion="glm", benchmark="glm", order=("glm",))
    scores = compute_scores(portfolio, alone)
    assert scores.interactions() == {}
    scores.write(tmp_path)
    assert Scores.read(tmp_path).interactions() == {}


def test_a_champion_that_tells_no_row_from_another_is_refused() -> None:
    partition = pd.Series(["train", "train", "valid", "valid", "test"])
    require_spread(partition, np.array([0.1, 0.2, 0.1, 0.2, 0.3]), "mgbm")
    with pytest.raises(AnalysisError, match=r"'mgbm' gives all 2 rows of valid the same probability, 0\.2"):
        require_spread(partition, np.array([0.1, 0.2, 0.2, 0.2, 0.3]), "mgbm")
