import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, cross_val_score
from sklearn.tree import DecisionTreeRegressor

from respml.errors import InputError
from respml.explain.surrogate import surrogate_tree


def test_recovers_a_tree_that_was_planted():
    generator = np.random.default_rng(2)
    frame = pd.DataFrame(generator.normal(size=(2000, 3)), columns=["a", "b", "c"])
    chance = np.where(frame["a"] <= 0.5, np.where(frame["b"] <= 0, 0.1, 0.2), 0.7)
    result = surrogate_tree(frame, chance, depth=3, meanings={"a": "months late"})
    assert result.root.startswith("months late ≤ 0.4998")
    assert result.fidelity.set_index("measure").loc["r2", "estimate"] > 0.97
    highest = result.rules.iloc[0]
    assert highest["extreme"] == "highest" and highest["estimate"] == pytest.approx(0.7)
    assert highest["rule"].startswith("months late > 0.4998")
    assert result.rules["n"].sum() == 2000
    assert result.rules["extreme"].iloc[-1] == "lowest"


def test_fidelity_is_the_held_out_mean_of_scikit_learn(models, inputs):
    chance = models["gbm"].probability(inputs)
    result = surrogate_tree(inputs, chance, depth=3, folds=4, seed=9)
    tree = DecisionTreeRegressor(max_depth=3, min_samples_leaf=50, random_state=9)
    folds = KFold(4, shuffle=True, random_state=9)
    expected = cross_val_score(tree, inputs.to_numpy(np.float32), chance, cv=folds, scoring="r2")
    table = result.fidelity.set_index("measure")
    assert table.loc["r2", "estimate"] == pytest.approx(expected.mean())
    assert np.allclose(result.folds["r2"], expected)
    assert result.depth == 3


def test_nodes_lay_out_a_flow_chart(models, inputs):
    nodes = surrogate_tree(inputs, models["mgbm"].probability(inputs), depth=4).nodes.set_index("node")
    for _, line in nodes[nodes["parent"] >= 0].iterrows():
        parent = nodes.loc[line["parent"]]
        assert line["y"] == parent["y"] - 1
        assert (line["x"] < parent["x"]) == (line["answer"] == "yes")
    leaves = nodes[nodes["leaf"]].sort_values("x")
    assert leaves["x"].is_unique and leaves["share"].sum() == pytest.approx(1)


def test_a_model_no_small_tree_can_imitate_has_low_fidelity_and_too_few_rows_are_refused():
    generator = np.random.default_rng(2)
    frame = pd.DataFrame(generator.normal(size=(400, 2)), columns=["a", "b"])
    noise = generator.random(400)
    assert surrogate_tree(frame, noise).fidelity.set_index("measure").loc["r2", "estimate"] < 0.1
    with pytest.raises(InputError, match="folds"):
        surrogate_tree(frame.head(6), noise[:6])


def test_a_rule_names_the_narrowest_bound_of_an_input_once_and_negative_thresholds_with_a_minus():
    # One input with four steps, the highest by far the riskiest: the tree asks about it three times on the way down.
    frame = pd.DataFrame({"late": np.repeat([-3.0, -1.0, 1.0, 3.0], 250)})
    rules = surrogate_tree(frame, frame["late"].map({-3.0: 0.05, -1.0: 0.1, 1.0: 0.2, 3.0: 0.9}), depth=3).rules
    assert list(rules["rule"]) == ["late > 2", "late ≤ 2 and late > 0", "late ≤ 0 and late > −2", "late ≤ −2"]
