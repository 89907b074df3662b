"""Small helpers of the debugging room: what curves say, spots that say something of their own, scenarios for anyone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from respml.debug.resilience import one_sided
from respml.debug.retries import without_worst_rows
from respml.debug.rules import Condition, Rule
from respml.debug.sensitivity import dependence_summary, dependence_with_residuals
from respml.debug.slices import number_words, slicing
from respml.debug.stress import adverse, apply_scenario
from respml.debug.threads import single_threaded
from respml.debug.weak_spots import distinct_spots


def test_a_missing_value_below_by_rounding_alone_is_not_below() -> None:
    curve = pd.DataFrame({"feature": "a", "value": [0.0, 1.0, np.nan], "kind": ["range", "range", "missing"]})
    by_rounding = dependence_summary(curve.assign(estimate=[0.2, 0.3, 0.2 - 1e-9]))
    assert not by_rounding["missing_lowest"].item()
    assert dependence_summary(curve.assign(estimate=[0.2, 0.3, 0.1999]))["missing_lowest"].item()


def test_the_summary_of_a_curve_names_jump_and_low_missing() -> None:
    frame = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [1.0, 1.0, 2.0, 2.0]})

    def predict(rows: pd.DataFrame) -> np.ndarray:
        second = 0.01 * rows["b"].fillna(0.0)
        return np.where(rows["a"].isna(), 0.05, np.where(rows["a"] >= 2, 0.6, 0.2) + second)

    curves = dependence_with_residuals(predict, frame, [0, 0, 1, 1], ["a", "b"])
    table = dependence_summary(curves).set_index("feature")
    # Mean of 0.01 b over the rows is 0.015, so a runs from 0.215 to 0.615 and its missing value stands at 0.05.
    assert table.loc["a", ["jump_from", "jump_to"]].tolist() == [1.0, 2.0]
    assert table.loc["a", "jump"] == pytest.approx(0.4) and table.loc["a", "jump_share"] == pytest.approx(1.0)
    assert table.loc["a", "missing_lowest"] and table.loc["a", "missing_below"] == pytest.approx(0.165)
    assert table.loc["a", "outside_below"] == pytest.approx(0.0)


def test_a_pair_goes_where_one_of_its_columns_is_a_spot_of_the_same_measure() -> None:
    spots = pd.DataFrame(
        {
            "slice": ["a = 1 and b = 2", "a = 1", "a = 1 and c = 3", "d = 1 and e = 2"],
            "measure": ["loss", "loss", "ranking", "loss"],
        }
    )
    assert distinct_spots(spots)["slice"].tolist() == ["a = 1", "a = 1 and c = 3", "d = 1 and e = 2"]


def test_numbers_given_as_objects_are_levels_in_numeric_order() -> None:
    values = pd.Series([10, 2, -1, 2], name="state", dtype=object)
    cut = slicing(values, 2)
    assert cut.labels[:3] == ("state = −1", "state = 2", "state = 10")
    assert cut.codes(values).tolist() == [2, 1, 0, 1]
    assert slicing(pd.Series([1.0, 2.0, 3.0, 4.0], name="v"), 3).short_labels == ("≤ 2", "2 to 3", "> 3", "missing")


def test_an_adverse_scenario_moves_every_input_the_bad_way_within_its_range() -> None:
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "late": generator.integers(0, 4, 400).astype(float),
            "income": generator.lognormal(10, 0.5, 400),
            "index": generator.normal(size=400),
            "region": generator.integers(0, 3, 400).astype(float),
        }
    )
    outcome = (generator.random(400) < 0.2).astype(int)
    scenario = adverse(frame, {"late": 1, "income": -1, "index": 1, "region": 0, "absent": 1})
    assert scenario.shift == {"late": 1.0, "index": pytest.approx(0.25 * frame["index"].std(ddof=0))}
    assert scenario.multiply == {"income": 0.75}
    changed, after, hit = apply_scenario(scenario, frame, outcome, seed=3)
    assert not outcome[hit].any() and after[hit].sum() == round(0.5 * hit.sum())
    assert (changed["late"] >= frame["late"]).all() and (changed["income"] <= frame["income"]).all()
    assert changed["late"].max() == frame["late"].max() and changed["income"].min() == frame["income"].min()
    pd.testing.assert_series_equal(changed["region"], frame["region"])
    assert "late + 1" in scenario.text and "income × 0.75" in scenario.text


def test_the_worst_rows_go_and_every_second_repaid_one() -> None:
    outcome = np.array([1, 0, 0, 0, 0, 1])
    unseen = np.array([0.01, 0.1, 0.2, 0.3, 0.95, 0.9])
    assert without_worst_rows(outcome, unseen, removed=2, keep_every=1).tolist() == [
        False,
        True,
        True,
        True,
        False,
        True,
    ]
    # Of the repaid rows left, positions 1, 2 and 3, the first and the third stay.
    assert without_worst_rows(outcome, unseen, removed=2, keep_every=2).tolist() == [
        False,
        True,
        False,
        True,
        False,
        True,
    ]


def test_one_sided_is_the_upper_tail() -> None:
    # Standard normal tables: P(Z > 1.6449) = 0.05.
    np.testing.assert_allclose(one_sided([0.0, 1.6448536]), [0.5, 0.05], atol=1e-7)


def test_threads_are_limited_until_given_back() -> None:
    from threadpoolctl import threadpool_info

    limits = single_threaded()
    try:
        assert all(each["num_threads"] == 1 for each in threadpool_info())
    finally:
        limits.restore_original_limits()


def test_ordered_categories_keep_their_order_and_numbers_are_written_for_readers() -> None:
    school = pd.CategoricalDtype(["graduate school", "university", "high school", "nobody"], ordered=True)
    values = pd.Series(["university", "high school", None, "graduate school"], name="education", dtype=school)
    cut = slicing(values, 2)
    # Not in the order of the alphabet; a category nobody has is no level.
    assert cut.short_labels[:3] == ("graduate school", "university", "high school")
    assert cut.codes(values).tolist() == [1, 2, cut.size - 1, 0]
    amounts = pd.Series([-1_500.0, 85_818.0, 1_234_567.0, 1_234_568.0, 2_000_000.0], name="bill")
    assert slicing(amounts, 2).labels[:2] == ("bill ≤ 1,234,567", "bill > 1,234,567")
    assert [number_words(each) for each in (-2.0, 0.5, 20_518.5, 1e-5)] == ["−2", "0.5", "20,518.5", "1e−05"]
    assert Rule((Condition("bill", lower=-1500.0, upper=20_518.5),)).text == "−1,500 < bill ≤ 20,518.5"
