import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.explain.accumulated_local_effects import accumulated_local_effects
from respml.explain.interaction_strength import h_statistic, two_way_partial_dependence
from respml.explain.interactions import SAMPLED, SHALLOW, compare_interactions, shapley_interactions
from respml.explain.leaf_interactions import leaf_interactions
from respml.explain.model import Model
from respml.explain.tree_tables import tree_tables


def test_means_equal_xgboosts_own_interactions(boosters, inputs):
    rows = inputs.head(80)
    result = shapley_interactions("gbm", boosters["gbm"], rows)
    expected = np.abs(boosters["gbm"].predict(xgboost.DMatrix(rows), pred_interactions=True)[:, :-1, :-1]).mean(axis=0)
    names = list(inputs.columns)
    for _, line in result.pairs.iterrows():
        i, j = names.index(line["first"]), names.index(line["second"])
        assert line["estimate"] == pytest.approx(2 * expected[i, j], abs=1e-5)
    assert result.pairs["method"].iloc[0] == SHALLOW
    assert result.check["max_difference"].item() < 1e-5
    assert result.pairs["share"].sum() + result.main["share"].sum() == pytest.approx(1)


def test_planted_interaction_is_the_strongest_pair_and_absent_from_stumps(boosters, inputs, applicants):
    top = shapley_interactions("gbm", boosters["gbm"], inputs.head(300)).top(1)
    assert {top["first"].item(), top["second"].item()} == {"delay", "paid"}
    stumps = xgboost.train(
        {"objective": "binary:logistic", "nthread": 1, "max_depth": 1},
        xgboost.DMatrix(inputs, applicants["default"]),
        20,
    )
    clean = shapley_interactions("stumps", stumps, inputs.head(100))
    assert clean.pairs["estimate"].max() < 1e-6
    both = compare_interactions({"stumps": clean, "gbm": shapley_interactions("gbm", boosters["gbm"], inputs.head(50))})
    assert {"estimate_gbm", "rank_stumps"} <= set(both.columns)


def test_trees_with_long_paths_are_sampled_and_the_sample_is_named():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(600, 14)), columns=list("abcdefghijklmn"))
    outcome = (frame.sum(axis=1) + generator.normal(size=600) > 0).astype(int)
    deep = xgboost.train(
        {"objective": "binary:logistic", "nthread": 1, "max_depth": 14, "min_child_weight": 0},
        xgboost.DMatrix(frame, outcome),
        3,
    )
    result = shapley_interactions("deep", deep, frame, seconds=0.05)
    assert result.pairs["method"].iloc[0] == SAMPLED
    assert 20 <= result.rows < result.available == 600
    assert shapley_interactions("deep", deep, frame, seconds=0.05).rows == result.rows


def test_leaf_values_add_up_to_the_boosters_contributions(boosters, inputs):
    tables = tree_tables(boosters["gbm"])
    values = leaf_interactions(tables, tables.matrix(inputs.head(100)))
    expected = boosters["gbm"].predict(xgboost.DMatrix(inputs.head(100)), pred_contribs=True)[:, :-1]
    assert np.abs(values.sum(axis=0).T - expected).max() < 1e-5


def test_h_is_zero_for_an_additive_model_and_high_for_a_product():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(400, 3)), columns=list("abc"))
    additive = Model("add", lambda rows: 0.5 + 0.05 * rows["a"] + 0.05 * rows["b"] ** 2, ("a", "b", "c"))
    product = Model("mul", lambda rows: 0.5 + 0.05 * rows["a"] * rows["b"], ("a", "b", "c"))
    assert h_statistic(additive, frame, [("a", "b")], rows=60)["upper"].item() < 1e-20
    assert h_statistic(product, frame, [("a", "b")], rows=60)["lower"].item() > 0.8
    surface = two_way_partial_dependence(additive, frame, "a", "b", points=5, rows=100)
    assert surface["interaction"].abs().max() < 1e-12 and surface["n"].sum() == 400
    # Corner of the product: 0.05 * a * b at the extreme quantiles, plus 0.5.
    corner = two_way_partial_dependence(product, frame, "a", "b", points=5, rows=100).iloc[0]
    assert corner["estimate"] == pytest.approx(0.5 + 0.05 * frame["a"].min() * frame["b"].min())


def test_accumulated_effects_follow_the_data_where_partial_dependence_extrapolates():
    generator = np.random.default_rng(1)
    a = generator.uniform(0, 1, 3000)
    frame = pd.DataFrame({"a": a, "b": a + generator.normal(0, 0.01, 3000)})
    linear = Model("linear", lambda rows: 0.1 + 0.4 * rows["a"] + 0.2 * rows["b"], ("a", "b"))
    table = accumulated_local_effects([linear], frame, features=["a"])
    slope = np.diff(table["estimate"]) / np.diff(table["value"])
    assert np.allclose(slope, 0.4)
    weights = table["n"].to_numpy()[1:]
    middle = (table["estimate"].to_numpy()[1:] + table["estimate"].to_numpy()[:-1]) / 2
    assert (weights * middle).sum() / weights.sum() == pytest.approx(0, abs=1e-12)
    assert weights.sum() == 3000
