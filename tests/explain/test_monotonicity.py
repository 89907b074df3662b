from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.errors import InputError
from respml.explain.model import Model
from respml.explain.monotone_search import search_decrease, tree_of_node, tree_pieces
from respml.explain.monotonicity import linear_monotonicity, prove_monotonicity
from respml.explain.tree_tables import LEAF, TreeTables


def stump_pair(first: tuple[float, ...], second: tuple[float, ...], *, split: float = 0.0) -> TreeTables:
    """Two trees: root on b at ``split``, both sides on a at 1; leaves (b low: a low, a high; b high: a low, a high)."""
    trees = []
    for number, values in enumerate((first, second)):
        offset = 7 * number
        trees.append(
            {
                "feature": [1, 0, 0, LEAF, LEAF, LEAF, LEAF],
                "threshold": [split, 1, 1, 0, 0, 0, 0],
                "yes": np.array([1, 3, 5, 3, 4, 5, 6]) + offset,
                "no": np.array([2, 4, 6, 3, 4, 5, 6]) + offset,
                "value": [0, 0, 0, *values],
            }
        )
    joined = {key: np.concatenate([np.asarray(tree[key]) for tree in trees]) for key in trees[0]}
    return TreeTables(
        ("a", "b"),
        np.array([0, 7]),
        joined["feature"].astype(np.int64),
        joined["threshold"].astype(np.float32),
        joined["yes"].astype(np.int64),
        joined["no"].astype(np.int64),
        np.ones(14, bool),
        joined["value"].astype(float),
        np.ones(14),
        0.0,
        True,
    )


def as_model(tables: TreeTables) -> Model:
    return Model("m", lambda frame: 1 / (1 + np.exp(-tables.margin(frame))), ("a", "b"), tables)


def test_constrained_booster_is_proved_and_unconstrained_is_not(models, inputs):
    assert prove_monotonicity(models["mgbm"]).holds
    broken = prove_monotonicity(models["gbm"], {"bill": -1, "limit": -1}, rows=inputs)
    assert (broken.summary["status"] == "violated").all() and broken.summary["verified"].all()
    without_rows = prove_monotonicity(models["gbm"], {"bill": -1, "limit": -1})
    assert (without_rows.summary["status"] == "violated").all() and without_rows.summary["verified"].all()
    assert set(without_rows.summary["method"]) == {"branch and bound"}


def test_counter_examples_differ_in_the_feature_alone(models, inputs):
    proof = prove_monotonicity(models["gbm"], {"bill": -1})
    pair = proof.counter_examples
    same = pair.drop(columns=["side", "bill", "probability"])
    assert len(pair) == 2 and same.iloc[0].equals(same.iloc[1])
    assert pair["bill"].iloc[0] < pair["bill"].iloc[1]
    assert pair["probability"].iloc[1] > pair["probability"].iloc[0]


def test_the_counter_example_is_the_largest_fall_between_any_two_values_of_an_observed_row(models, inputs):
    # By hand: every row at every threshold of the feature, the largest fall between any earlier and any later value.
    head, model = inputs.head(150), models["gbm"]
    tables = model.trees
    threshold = np.unique(tables.threshold[tables.feature == tables.position("delay")]).astype(float)
    values = [threshold[0] - 1, *threshold]
    curve = np.stack([tables.margin(head.assign(delay=value)) for value in values])
    falls = [(curve[late] - curve[early]).min() for early in range(len(values)) for late in range(early, len(values))]
    beside = np.diff(curve, axis=0).min()
    found = prove_monotonicity(model, {"delay": 1}, rows=head).summary.iloc[0]
    assert found["change"] == pytest.approx(min(falls), abs=1e-9)
    assert min(falls) < beside < 0


def test_one_edited_leaf_breaks_the_proof(models):
    model = models["mgbm"]
    tables = model.trees
    split = int(np.flatnonzero((tables.feature == tables.position("delay")) & tables.is_leaf[tables.no])[0])
    value = tables.value.copy()
    value[tables.no[split]] = -9.0
    edited = replace(tables, value=value)
    broken = Model("edited", lambda frame: 1 / (1 + np.exp(-edited.margin(frame))), edited.feature_names, edited)
    proof = prove_monotonicity(broken, {"delay": 1})
    assert proof.summary["status"].item() == "violated" and proof.summary["verified"].item()


def test_a_tree_may_fall_if_the_others_always_rise_more():
    # At b < 0 the first tree falls by 1 and the second rises by 2 (sum +1); at b >= 0 they rise by 1 and 0.
    proof = prove_monotonicity(as_model(stump_pair((1, 0, 0, 1), (0, 2, 0, 0))), {"a": 1})
    assert (proof.summary["status"].item(), proof.summary["method"].item()) == ("proved", "branch and bound")
    # Swap the second tree's sides: at b < 0 the sum falls by 1.
    proof = prove_monotonicity(as_model(stump_pair((1, 0, 0, 1), (0, 0, 0, 2))), {"a": 1})
    assert proof.summary["status"].item() == "violated"
    assert proof.summary["change"].item() == pytest.approx(-1)
    assert (proof.counter_examples["b"] < 0).all()


def test_exhausted_budget_is_unresolved_never_proved():
    tables = stump_pair((1, 0, 0, 1), (0, 2, 0, 0))
    proof = prove_monotonicity(as_model(tables), {"a": 1}, budget=0)
    assert proof.summary["status"].item() == "unresolved"


def test_search_agrees_with_brute_force_over_all_leaf_combinations():
    generator = np.random.default_rng(3)
    proved = 0
    for seed in range(12):
        frame = pd.DataFrame(generator.integers(0, 3, (300, 3)).astype(float), columns=list("abc"))
        outcome = (generator.random(300) < 0.3 + 0.1 * frame["a"]).astype(int)
        booster = xgboost.train(
            {"objective": "binary:logistic", "nthread": 1, "max_depth": 3, "seed": seed, "eta": 0.3, "base_score": 0.5},
            xgboost.DMatrix(frame, outcome),
            3,
        )
        model = Model.from_booster("m", booster)
        values = [np.array([0.0, 1.0, 2.0, np.nan])] * 2
        # Inputs take the values 0, 1, 2 or missing: these rows meet every combination of conditions there is.
        rest = np.stack([each.reshape(-1) for each in np.meshgrid(*values)], axis=1)
        margins = [
            model.trees.margin(pd.DataFrame({"a": step, "b": rest[:, 0], "c": rest[:, 1]})) for step in (0.0, 1.0, 2.0)
        ]
        monotone = bool((np.diff(np.stack(margins), axis=0) >= -1e-9).all())
        proof = prove_monotonicity(model, {"a": 1})
        assert proof.holds == monotone
        proved += monotone
    assert 0 < proved < 12


def test_pieces_of_a_tree_cover_every_row_once(models, inputs):
    tables = models["gbm"].trees
    feature = tables.position("delay")
    node = int(np.flatnonzero(tables.feature == feature)[0])
    tree, threshold = int(tree_of_node(tables)[node]), tables.threshold[node]
    pieces = tree_pieces(tables, tree, feature, threshold, 1)
    matrix = tables.matrix(inputs.head(100))[:, None, :]
    inside = np.where(
        np.isnan(matrix), pieces.boxes.missing, (matrix >= pieces.boxes.lower) & (matrix < pieces.boxes.upper)
    ).all(axis=2)
    assert (inside.sum(axis=1) == 1).all()
    assert search_decrease([pieces], 5, tolerance=1e-9, budget=100).status in {"proved", "violated"}


def test_missing_direction_is_read_from_the_default_branches(models, inputs):
    table = prove_monotonicity(models["mgbm"]).missing.set_index("feature")
    safest = inputs.assign(delay=-1e6)
    absent = inputs.assign(delay=np.nan)
    same = np.allclose(models["mgbm"].probability(safest), models["mgbm"].probability(absent), atol=1e-7)
    assert (table.loc["delay", "treated_as"] == "lowest risk") == same


def test_linear_models_are_judged_by_sign_and_others_refused():
    table = linear_monotonicity({"a": 0.2, "b": 0.1}, {"a": 1, "b": -1, "c": 1})
    assert table["status"].tolist() == ["proved", "violated", "proved"]
    with pytest.raises(InputError, match="no trees"):
        prove_monotonicity(Model("glm", lambda frame: np.zeros(len(frame)), ("a",)), {"a": 1})
