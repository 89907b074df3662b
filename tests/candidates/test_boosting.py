from __future__ import annotations

import numpy as np
import pytest
import xgboost
from sklearn.metrics import log_loss

from respml.candidates.boosting import (
    BoostingData,
    Configuration,
    Fit,
    Rows,
    boosting_parameters,
    column_directions,
    fit_rounds,
)
from respml.candidates.encoding import EncodedColumn, Encoding
from respml.portfolio.portfolio import Portfolio

CONFIGURATION = Configuration(4, 0.1, 0.7, 0.8, 5.0, 1.0, 64)
FREE = [0, 0, 0, 0]


@pytest.fixture(scope="module")
def rows(portfolio: Portfolio) -> dict[str, Rows]:
    return {
        part: Rows.of(portfolio.features(part).to_numpy(np.float64), portfolio.outcome(part))
        for part in portfolio.partitions
    }


def _bytes(fit: Fit) -> bytes:
    return bytes(fit.scorer().booster.save_raw("ubj"))


def test_agrees_with_xgboosts_own_training_loop(rows: dict[str, Rows]) -> None:
    data = BoostingData.build(rows["train"], rows["valid"], 64)
    fit = Fit(data, CONFIGURATION, FREE, seed=3, patience=10).advance(200)
    parameters = boosting_parameters(CONFIGURATION, rows["train"].event_rate, FREE, 3) | {"eval_metric": "logloss"}
    oracle = xgboost.train(
        parameters, data.train, 200, evals=[(data.valid, "valid")], early_stopping_rounds=10, verbose_eval=False
    )
    assert fit.best_round == oracle.best_iteration
    expected = oracle[: oracle.best_iteration + 1].inplace_predict(rows["test"].matrix, predict_type="margin")
    np.testing.assert_array_equal(fit.scorer().log_odds(rows["test"].matrix.astype(np.float64)), expected)


def test_keeps_the_rounds_up_to_the_lowest_valid_log_loss(rows: dict[str, Rows]) -> None:
    fit = Fit(BoostingData.build(rows["train"], rows["valid"], 64), CONFIGURATION, FREE, 3, patience=10).advance(300)
    losses = [values["valid-logloss"] for values in fit.history]
    assert fit.stopped and fit.rounds == fit.best_round + 11
    assert fit.best_round == int(np.argmin(losses))
    scorer = fit.scorer()
    assert scorer.booster.num_boosted_rounds() == fit.best_round + 1
    probability = 1 / (1 + np.exp(-scorer.log_odds(rows["valid"].matrix.astype(np.float64))))
    assert log_loss(rows["valid"].outcome, probability) == pytest.approx(fit.best_loss, abs=1e-6)


def test_the_result_does_not_depend_on_what_is_fitted_between_its_rounds(rows: dict[str, Rows]) -> None:
    data = BoostingData.build(rows["train"], rows["valid"], 64)
    alone = Fit(data, CONFIGURATION, FREE, 3, 10).advance(40)
    first, other = Fit(data, CONFIGURATION, FREE, 3, 10), Fit(data, CONFIGURATION, FREE, 99, 10)
    for target in (7, 20, 40):
        other.advance(target)
        first.advance(target)
    assert _bytes(first) == _bytes(alone)
    assert _bytes(other) != _bytes(alone)


def test_watching_the_training_rows_changes_nothing_but_the_curve(rows: dict[str, Rows]) -> None:
    data = BoostingData.build(rows["train"], rows["valid"], 64)
    plain = Fit(data, CONFIGURATION, FREE, 3, 10).advance(30)
    watched = Fit(data, CONFIGURATION, FREE, 3, 10, watch_train=True).advance(30)
    assert _bytes(plain) == _bytes(watched)
    curve = watched.curve()
    assert set(curve["partition"]) == {"train", "valid"}
    assert curve.loc[curve["best"], "round"].unique().tolist() == [watched.best_round + 1]


def test_a_constrained_column_moves_the_risk_one_way_only(rows: dict[str, Rows]) -> None:
    data = BoostingData.build(rows["train"], rows["valid"], 64)
    grid = np.repeat(rows["test"].matrix[:50].astype(np.float64), 30, axis=0)
    grid[:, 2] = np.tile(np.linspace(20, 70, 30), 50)

    def steps(direction: int) -> np.ndarray:
        fit = Fit(data, CONFIGURATION, [0, 0, direction, 0], 3, 10).advance(60)
        return np.diff(fit.scorer().log_odds(grid).reshape(50, 30), axis=1)

    assert steps(1).min() >= -1e-6
    assert steps(-1).max() <= 1e-6
    # Risk is U-shaped in this column, so the free model must break both.
    assert steps(0).min() < -0.01 and steps(0).max() > 0.01


def test_a_fixed_number_of_rounds_on_joined_rows(rows: dict[str, Rows]) -> None:
    joined = rows["train"].joined(rows["valid"])
    assert len(joined.matrix) == len(rows["train"].matrix) + len(rows["valid"].matrix)
    scorer = fit_rounds(joined, CONFIGURATION, FREE, 3, 12)
    assert scorer.booster.num_boosted_rounds() == 12


def test_the_model_starts_from_the_weighted_event_rate(rows: dict[str, Rows]) -> None:
    weight = np.where(rows["train"].outcome == 1, 3.0, 1.0)
    weighted = Rows(rows["train"].matrix, rows["train"].outcome, weight)
    expected = weight[rows["train"].outcome == 1].sum() / weight.sum()
    assert weighted.event_rate == pytest.approx(expected)
    scorer = fit_rounds(weighted, CONFIGURATION, FREE, 3, 0)
    np.testing.assert_allclose(scorer.log_odds(np.zeros((1, 4))), np.log(expected / (1 - expected)), rtol=1e-5)


def test_a_feature_of_several_columns_is_free() -> None:
    encoding = Encoding((EncodedColumn("age"), EncodedColumn("home", "category", ("own", "rent"))))
    assert column_directions({"age": -1, "home": 1}, encoding) == [-1, 0, 0]
