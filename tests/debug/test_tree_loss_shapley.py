"""Log-loss Shapley values agree with shap's, add up to the loss, and need no more than their definition."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import shap
from scipy.special import expit

from respml.debug.loss_profiles import extreme_profiles, importance_comparison, residual_scatter, worst_row
from respml.debug.loss_shapley import (
    LossShapley,
    background_error,
    background_sample,
    linear_loss_shapley,
    loss_shapley,
    sampled_loss_shapley,
)
from respml.debug.tree_loss_shapley import loss_slope, slope_terms
from respml.errors import InputError
from respml.explain.tree_tables import tree_tables


def test_values_equal_those_of_shap(small) -> None:
    frame, outcome, booster = small
    background = frame.iloc[:60]
    values = loss_shapley(tree_tables(booster), frame, outcome, background)
    for output, ours in (("log_loss", values.loss), ("raw", values.prediction)):
        oracle = shap.TreeExplainer(booster, background, model_output=output, feature_perturbation="interventional")
        theirs = oracle.shap_values(frame, outcome) if output == "log_loss" else oracle.shap_values(frame)
        np.testing.assert_allclose(ours.to_numpy(), theirs, atol=2e-6)


def test_contributions_add_up_to_the_loss(small) -> None:
    frame, outcome, booster = small
    values = loss_shapley(tree_tables(booster), frame, outcome, frame.iloc[::3])
    probability = booster.inplace_predict(frame.to_numpy(np.float32)).astype(float)
    loss = -np.where(outcome == 1, np.log(probability), np.log1p(-probability))
    np.testing.assert_allclose(values.base + values.loss.to_numpy().sum(axis=1), loss, atol=1e-5)
    assert values.additivity_error < 1e-5


def test_slope_products_stay_within_the_tolerance_also_far_out() -> None:
    row, background = np.linspace(-12, 9, 200), np.linspace(-11, 8, 150)
    first, second = slope_terms(row, background)
    assert np.abs(first @ second.T - loss_slope(row[:, None], background[None, :])).max() < 1e-6


def test_the_slope_where_margins_coincide_is_the_derivative() -> None:
    margin = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(loss_slope(margin, margin), -expit(-margin), rtol=1e-9)


def test_linear_values_equal_the_loop_over_pairs() -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(8, 2)), columns=["a", "b"])
    background = pd.DataFrame(generator.normal(size=(5, 2)), columns=["a", "b"])
    outcome = np.array([0, 1, 0, 1, 1, 0, 0, 1])
    beta, intercept = np.array([0.7, -1.1]), -0.3
    values = linear_loss_shapley(intercept, pd.Series(beta, ["a", "b"]), frame, outcome, background)
    for i in range(8):
        expected = np.zeros(2)
        for z in background.to_numpy():
            x = frame.to_numpy()[i]
            m_x, m_z = intercept + x @ beta, intercept + z @ beta
            sign = -1 if outcome[i] else 1
            slope = (np.log1p(np.exp(sign * m_x)) - np.log1p(np.exp(sign * m_z))) / (m_x - m_z)
            expected += beta * (x - z) * slope / 5
        np.testing.assert_allclose(values.loss.to_numpy()[i], expected, atol=1e-6)


def test_sampled_values_meet_the_definition() -> None:
    # Definition: mean over all 3! orders and all background rows of the change in loss at the feature's turn.
    background = pd.DataFrame([[0.0, 0.0, 0.0], [1.0, -1.0, 0.5]], columns=["a", "b", "c"])
    row = pd.DataFrame([[2.0, 1.0, -1.0]], columns=["a", "b", "c"])

    def predict(frame: pd.DataFrame) -> np.ndarray:
        return expit(frame["a"] * frame["b"] - frame["c"]).to_numpy()

    def loss(values: np.ndarray) -> float:
        return -np.log(predict(pd.DataFrame([values], columns=["a", "b", "c"]))[0])

    expected = np.zeros(3)
    for z in background.to_numpy():
        for order in permutations(range(3)):
            walker, before = z.copy(), loss(z)
            for feature in order:
                walker[feature] = row.to_numpy()[0, feature]
                expected[feature] += (loss(walker) - before) / 12
                before = loss(walker)
    table = sampled_loss_shapley(predict, row, [1], background, ["a", "b", "c"], permutations=4000, seed=1)
    np.testing.assert_allclose(table["estimate"], expected, atol=0.03)
    assert ((table["lower"] - 0.02 <= expected) & (expected <= table["upper"] + 0.02)).all()


def test_background_error_shrinks_with_the_background(small) -> None:
    frame, outcome, booster = small
    tables = tree_tables(booster)
    few = background_error(tables, frame, outcome, background_sample(frame, 20, 1), rows=100, seed=1)
    many = background_error(tables, frame, outcome, frame, rows=100, seed=1)
    assert many["error"].sum() < few["error"].sum() / 2


def test_a_feature_of_wrong_direction_raises_the_loss_and_a_useful_one_lowers_it() -> None:
    generator = np.random.default_rng(3)
    frame = pd.DataFrame(generator.normal(size=(4000, 2)), columns=["signal", "wrong"])
    outcome = (generator.random(4000) < expit(2 * frame["signal"] - frame["wrong"])).astype(int)
    coefficients = pd.Series({"signal": 1.0, "wrong": 0.8})
    values = linear_loss_shapley(0.0, coefficients, frame, outcome, frame.iloc[:200])
    table = importance_comparison(values).set_index("feature")
    assert table.loc["wrong", "lower"] > 0 > table.loc["signal", "upper"]
    assert table.loc["signal", "candidate"] == ""


def test_candidates_rank_higher_for_the_loss() -> None:
    # Importance for the prediction: a 3, b 2, c 1. For the loss: b 3 (always harmful), c 2 (mean zero), a 1.
    prediction = pd.DataFrame({"a": [3.0, 3.0, 3.0, 3.0], "b": 2.0, "c": 1.0})
    loss = pd.DataFrame({"a": [-1.0, -1.0, -1.0, -1.0], "b": 3.0, "c": [2.0, -2.0, 2.0, -2.0]})
    values = LossShapley(prediction, loss, np.zeros(4), loss.sum(axis=1).to_numpy(), 0.0, 1, "by hand")
    table = importance_comparison(values)
    assert table[["feature", "candidate"]].to_numpy().tolist() == [["b", "drop"], ["c", "review"], ["a", ""]]
    assert table["rank_gain"].tolist() == [1, 1, -2]


def test_the_worst_row_is_explained_to_its_loss(small) -> None:
    frame, outcome, booster = small
    values = loss_shapley(tree_tables(booster), frame, outcome, frame.iloc[:50])
    table = worst_row(values, frame)
    assert table["feature"].iloc[[0, -1]].tolist() == ["expected loss", "loss"]
    assert table["contribution"].iloc[-1] == pytest.approx(values.row_loss.max(), abs=1e-5)
    assert table["contribution"].iloc[:-1].sum() == pytest.approx(table["contribution"].iloc[-1])


def test_profiles_and_scatter(small) -> None:
    frame, outcome, booster = small
    values = loss_shapley(tree_tables(booster), frame, outcome, frame.iloc[:50])
    profile = extreme_profiles(values, frame, 100).set_index("feature")
    worst = np.argsort(values.row_loss, kind="stable")[-100:]
    assert profile.loc["a", "loss_worst"] == pytest.approx(values.loss["a"].to_numpy()[worst].mean())
    scatter = residual_scatter(values, frame, outcome, ["a", "d"], points=200, seed=1)
    assert len(scatter) == 400 and scatter["residual"].max() == values.row_loss.max()


def test_refusals(small) -> None:
    frame, outcome, booster = small
    with pytest.raises(InputError, match="background"):
        loss_shapley(tree_tables(booster), frame, outcome, frame.iloc[:0])
    with pytest.raises(InputError, match="outcome"):
        loss_shapley(tree_tables(booster), frame, outcome[:-1], frame)
