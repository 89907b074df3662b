"""Planted weak segments are found and confirmed; a model with nothing wrong raises no alarm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeRegressor

from respml.debug.error_trees import error_tree_spots
from respml.debug.halves import half_mask, paired_change
from respml.debug.overfit import overfit_regions, overfit_summary
from respml.debug.residual_trees import assertion_trial, residual_tree
from respml.debug.rules import Condition, Rule, fit_rule_tree
from respml.debug.slice_measures import expected_auc, slice_auc, slice_measures
from respml.debug.slices import slicing
from respml.debug.weak_spots import find_weak_spots, heatmap_frame, slice_table
from tests.debug.portfolios import calibrated

EFFECTS = {"calibration": 0.03, "loss": 0.02, "ranking": 0.05}
SEARCH = {"bins": 5, "smallest_slice": 60, "candidates": 5, "measures": tuple(EFFECTS)}


def test_every_row_is_in_one_slice_and_missing_has_its_own() -> None:
    values = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.nan], name="v")
    cut = slicing(values, 3)
    # Tercile edges by inverted CDF are 2 and 4.
    assert cut.codes(values).tolist() == [0, 0, 1, 1, 2, 2, 3]
    assert cut.labels == ("v ≤ 2", "2 < v ≤ 4", "v > 4", "v missing")
    text = pd.Series(["b", "a", None, "b"], name="t")
    assert slicing(text, 3).codes(text).tolist() == [1, 0, 3, 1]
    assert slicing(text, 3).codes(pd.Series(["new"], name="t")).tolist() == [2]


def test_slice_measures_agree_with_sklearn_and_brute_force() -> None:
    generator = np.random.default_rng(0)
    probability = np.round(generator.random(300), 1) * 0.9 + 0.05
    event = generator.random(300) < probability
    code = generator.integers(0, 4, 300)
    table = slice_measures(event, probability, code, 5)
    for each in range(4):
        inside = code == each
        assert table.loc[each, "auc"] == pytest.approx(roc_auc_score(event[inside], probability[inside]))
        outside = roc_auc_score(event[~inside], probability[~inside])
        assert table.loc[each, "power"] == pytest.approx(outside - table.loc[each, "auc"])
        assert table.loc[each, "calibration"] == pytest.approx((event - probability)[inside].mean())
    assert table.loc[4, "n"] == 0 and np.isnan(table.loc[4, "auc"])


def test_the_expected_auc_is_the_sum_over_pairs() -> None:
    p = np.array([0.1, 0.4, 0.4, 0.8])
    top = bottom = 0.0
    for i in range(4):
        for j in range(4):
            if i != j:
                weight = p[i] * (1 - p[j])
                top += weight * (1.0 if p[i] > p[j] else 0.5 if p[i] == p[j] else 0.0)
                bottom += weight
    assert expected_auc(p, np.zeros(4, dtype=np.int64), 1)[0] == pytest.approx(top / bottom)


def test_the_variance_of_a_slice_is_delongs() -> None:
    # Placements by hand: events at 0.7, 0.4; others at 0.5, 0.2, 0.1. V10 = (1, 2/3), V01 = (1/2, 1, 1), AUC = 5/6.
    event = np.array([True, True, False, False, False])
    area, variance = slice_auc(event, np.array([0.7, 0.4, 0.5, 0.2, 0.1]), np.zeros(5, dtype=np.int64), 1)
    by_hand = np.var([1, 2 / 3], ddof=1) / 2 + np.var([0.5, 1, 1], ddof=1) / 3
    assert area[0] == pytest.approx(5 / 6) and variance[0] == pytest.approx(by_hand)


def test_a_planted_segment_is_confirmed_by_name() -> None:
    frame, outcome, probability = calibrated(8000, 1)
    outcome = outcome.copy()
    inside = (frame["kind"] == "south").to_numpy() & (frame["z"] > 0).to_numpy()
    outcome[inside] = np.random.default_rng(2).random(inside.sum()) < 0.25
    found = find_weak_spots(frame, outcome, probability, list(frame.columns), seed=1, **SEARCH).confirmed(0.05, EFFECTS)
    assert {"ranking", "loss"} <= set(found["measure"])
    # Slices that overlap the planted one are weak too; the first, by q-value, names it.
    assert "kind = south" in found["slice"].iloc[0] and found["slice"].str.contains("south|z >").mean() > 0.6


def test_too_low_scores_in_a_level_show_as_understated_risk() -> None:
    frame, outcome, probability = calibrated(6000, 3)
    lowered = np.where(frame["kind"] == "east", probability * 0.6, probability)
    found = find_weak_spots(frame, outcome, lowered, ["kind"], seed=1, **SEARCH).confirmed(0.05, EFFECTS)
    worst = found[found["measure"] == "calibration"].iloc[0]
    assert worst["slice"] == "kind = east" and worst["effect"] > 0 and worst["lower"] > 0


def test_nothing_is_confirmed_where_nothing_is_wrong() -> None:
    alarms = 0
    for seed in range(20):
        frame, outcome, probability = calibrated(3000, 100 + seed)
        found = find_weak_spots(frame, outcome, probability, list(frame.columns), seed=seed, **SEARCH)
        alarms += not found.confirmed(0.05, EFFECTS).empty
    assert alarms <= 2


@pytest.mark.slow
def test_detection_power_over_twenty_portfolios() -> None:
    detected = 0
    for seed in range(20):
        frame, outcome, probability = calibrated(8000, 200 + seed)
        outcome = outcome.copy()
        inside = (frame["kind"] == "south").to_numpy()
        outcome[inside] = np.random.default_rng(seed).random(inside.sum()) < 0.25
        found = find_weak_spots(frame, outcome, probability, list(frame.columns), seed=seed, **SEARCH)
        detected += found.confirmed(0.05, EFFECTS)["slice"].str.contains("kind = south").any()
    assert detected >= 19


def test_the_heat_map_counts_every_row_and_hides_small_cells() -> None:
    frame, outcome, probability = calibrated(1000, 5)
    table = heatmap_frame(frame, outcome, probability, "x", "kind", bins=4, smallest_slice=80)
    assert table["n"].sum() == 1000
    assert table.loc[table["n"] < 80, "observed"].isna().all() and table.loc[table["n"] >= 80, "observed"].notna().all()
    assert len(slice_table(frame, outcome, probability, ["x", "kind"], bins=4, pairs=True)) == 4 + 3 + 12


def test_an_error_tree_finds_a_corner_and_stays_silent_without_one() -> None:
    frame, outcome, probability = calibrated(8000, 6)
    wrong = np.where((frame["x"] > 0.5) & (frame["z"] > 0), probability * 0.5, probability)
    arguments = {"depth": 3, "smallest_leaf": 100, "seed": 1}
    found = error_tree_spots(frame, outcome, wrong, ["x", "y", "z"], **arguments).iloc[0]
    assert found["q_value"] < 1e-4 and found["effect"] > 0.1 and "z > " in found["rule"]
    alarms = sum(
        error_tree_spots(*calibrated_without_kind(seed), ["x", "y", "z"], **arguments)["q_value"].min() < 0.05
        for seed in range(20)
    )
    assert alarms <= 3


def calibrated_without_kind(seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    frame, outcome, probability = calibrated(3000, 300 + seed)
    return frame.drop(columns="kind"), outcome, probability


def test_a_memorised_region_stands_out_and_an_honest_model_does_not() -> None:
    train, train_outcome, honest = calibrated(6000, 7)
    test, test_outcome, scores = calibrated(6000, 8)
    inside = (train["kind"] == "north").to_numpy()
    memorised = np.where(inside, np.clip(train_outcome, 0.05, 0.95), honest)
    columns = ["kind", "x"]
    arguments = {"bins": 4, "smallest_slice": 100, "pairs": False}
    table = overfit_regions(train, train_outcome, memorised, test, test_outcome, scores, columns, **arguments)
    assert table.loc[0, "slice"] == "kind = north" and table.loc[0, "q_value"] < 1e-6
    clean = overfit_regions(train, train_outcome, honest, test, test_outcome, scores, columns, **arguments)
    assert clean["q_value"].min() > 0.05
    summary = overfit_summary(train_outcome, memorised, test_outcome, scores).set_index("measure")
    assert summary.loc["auc", "lower"] > 0 and summary.loc["log_loss", "lower"] > 0


def test_rules_say_what_the_tree_does() -> None:
    generator = np.random.default_rng(9)
    frame = pd.DataFrame(generator.normal(size=(500, 2)), columns=["a", "b"])
    target = np.where((frame["a"] > 0) & (frame["b"] < 0.5), 3.0, 1.0) + generator.normal(0, 0.1, 500)
    tree = fit_rule_tree(frame, target, ["a", "b"], depth=3, smallest_leaf=20, seed=1)
    reached, covered = tree.leaves(frame), np.zeros(500, dtype=int)
    for leaf, rule in tree.rules().items():
        np.testing.assert_array_equal(rule.holds(frame), reached == leaf)
        covered += rule.holds(frame)
    assert (covered == 1).all()
    oracle = DecisionTreeRegressor(max_depth=3, min_samples_leaf=20, random_state=1).fit(frame, target)
    np.testing.assert_allclose(tree.predict(frame), oracle.predict(frame))


def test_a_rule_about_missing_values() -> None:
    frame = pd.DataFrame({"a": [np.nan] * 50 + list(np.linspace(-1, 1, 50))})
    target = np.r_[np.ones(50), np.zeros(50)]
    tree = fit_rule_tree(frame, target, ["a"], depth=1, smallest_leaf=10, seed=1)
    assert {rule.text for rule in tree.rules().values()} == {"a is missing", "a is present"}
    assert Rule((Condition("a", 0.0, 1.0),)).text == "0 < a ≤ 1" and Rule().text == "all rows"


def test_assertions_help_where_the_model_is_wrong_and_not_elsewhere() -> None:
    frame, outcome, probability = calibrated(8000, 10)
    inside = (frame["z"] > 0.8).to_numpy()
    outcome = np.where(inside, 0, outcome)
    wrong = np.where(inside, 0.9, probability)
    arguments = {"depth": 3, "rules": 2, "smallest_leaf": 50, "seed": 1}
    table = assertion_trial(frame, outcome, wrong, ["x", "y", "z"], **arguments)
    best = table[table["outcome"] == 0].iloc[0]
    assert best["effect"] == "helps" and "z > 0.8" in best["rule"] and best["score"] == 0.0
    honest = assertion_trial(*calibrated_without_kind(50), ["x", "y", "z"], **arguments)
    assert (honest["effect"] == "does not help").all()
    tree = residual_tree(frame, outcome, wrong, ["x", "y", "z"], of_class=0, depth=3, folds=3, smallest_leaf=50, seed=1)
    assert tree.goodness.set_index("measure").loc["r_squared", "estimate"] > 0.8
    assert tree.leaves["n"].sum() == (outcome == 0).sum()


def test_halves_keep_the_default_rate_and_pairs_are_compared_by_row() -> None:
    outcome = np.repeat([0, 1], [300, 100])
    assert outcome[half_mask(outcome, 1)].sum() == 50
    change = paired_change(outcome, np.full(400, 0.5), np.full(400, 0.25))
    # Hand: from ln 2 to 3/4 ln(4/3) + 1/4 ln 4.
    expected = 0.75 * np.log(4 / 3) + 0.25 * np.log(4) - np.log(2)
    assert change["change_log_loss"] == pytest.approx(expected) and change["auc"] == 0.5
