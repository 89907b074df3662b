from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from respml.candidates.encoding import learn_encoding
from respml.candidates.glm import PenalisedPath, Standard, fit_path, original_scale, selected_features
from respml.portfolio.portfolio import Portfolio
from tests.candidates.data import INPUTS


@pytest.fixture(scope="module")
def fitted(portfolio: Portfolio) -> tuple[PenalisedPath, Standard, dict[str, np.ndarray]]:
    encoding = learn_encoding(portfolio.features("train"), INPUTS, fill_missing=True)
    matrices = {part: encoding.matrix(portfolio.features(part)) for part in portfolio.partitions}
    standard = Standard.of(matrices["train"])
    path = fit_path(
        standard.apply(matrices["train"]),
        portfolio.outcome("train"),
        standard.apply(matrices["valid"]),
        portfolio.outcome("valid"),
        mixing=(0.1, 0.9),
        path_length=8,
    )
    return path, standard, matrices


@pytest.mark.parametrize("point", [3, 12])
def test_solves_the_problem_scikit_learn_solves(fitted, portfolio: Portfolio, point: int) -> None:
    path, standard, matrices = fitted
    row = path.points.iloc[point]
    # scikit-learn: C · Σ loss + penalty, so C = 1 / (n λ).
    oracle = LogisticRegression(
        C=1 / (len(matrices["train"]) * row["penalty"]), l1_ratio=row["mixing"], solver="saga", max_iter=5000, tol=1e-7
    ).fit(standard.apply(matrices["train"]), portfolio.outcome("train"))
    np.testing.assert_allclose(path.coefficient[point], oracle.coef_[0], atol=2e-3)
    np.testing.assert_allclose(path.intercept[point], oracle.intercept_[0], atol=2e-3)


def test_each_path_starts_with_all_coefficients_at_zero(fitted) -> None:
    path, _, _ = fitted
    starts = path.points.groupby("mixing")["penalty"].idxmax()
    assert np.abs(path.coefficient[starts]).max() < 1e-6
    assert np.abs(path.coefficient[-1]).max() > 0.1


def test_the_chosen_point_has_the_lowest_valid_log_loss(fitted, portfolio: Portfolio) -> None:
    path, standard, matrices = fitted
    outcome = portfolio.outcome("valid")
    probability = path.probability(standard.apply(matrices["valid"]))
    chosen = path.points.iloc[path.chosen]
    assert chosen["valid_log_loss"] == path.points["valid_log_loss"].min()
    assert chosen["valid_log_loss"] == pytest.approx(log_loss(outcome, probability))
    assert chosen["valid_auc"] == pytest.approx(roc_auc_score(outcome, probability))


def test_the_scorer_on_the_original_scale_gives_the_same_probabilities(fitted) -> None:
    path, standard, matrices = fitted
    scorer = original_scale(path, standard)
    probability = 1 / (1 + np.exp(-scorer.log_odds(matrices["test"])))
    np.testing.assert_allclose(probability, path.probability(standard.apply(matrices["test"])), rtol=1e-12)


def test_selection_is_by_standardised_coefficients_so_that_amounts_survive(fitted, portfolio: Portfolio) -> None:
    path, standard, _ = fitted
    encoding = learn_encoding(portfolio.features("train"), INPUTS, fill_missing=True)
    # Income is in currency units: its coefficient per unit is tiny, per standard deviation it is not.
    assert abs(original_scale(path, standard).coefficient[0]) < 0.001
    assert "income" in selected_features(path, encoding, 0.1)
    assert selected_features(path, encoding, 1e9) == ()


def test_weights_count_as_repeated_rows(portfolio: Portfolio) -> None:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(400, 2))
    outcome = (random.uniform(size=400) < 1 / (1 + np.exp(-matrix[:, 0]))).astype(np.int8)
    weight = random.integers(1, 4, 400)
    options = {"mixing": (0.5,), "path_length": 5}
    weighted = fit_path(matrix, outcome, matrix, outcome, weight=weight.astype(float), **options)
    repeated = fit_path(matrix.repeat(weight, axis=0), outcome.repeat(weight), matrix, outcome, **options)
    np.testing.assert_allclose(weighted.coefficient, repeated.coefficient, atol=1e-4)


def test_a_constant_column_has_scale_one_and_does_not_fail() -> None:
    standard = Standard.of(np.array([[1.0, 2.0], [1.0, 4.0]]))
    np.testing.assert_array_equal(standard.scale, [1.0, 1.0])
    np.testing.assert_array_equal(standard.apply(np.array([[1.0, 5.0]])), [[0.0, 2.0]])
