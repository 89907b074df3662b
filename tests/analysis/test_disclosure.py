"""What a chapter may show of one person."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from respml.analysis.disclosure import MISSING, RARE, WITHHELD, Guard
from respml.spec.disclosure import Disclosure

FRAME = pd.DataFrame(
    {
        "amount": np.arange(1000, dtype=float) * 100,
        "status": np.r_[np.zeros(600), np.ones(391), np.full(9, 7.0)],
        "region": ["north"] * 991 + ["islands"] * 9,
        "gap": [np.nan] * 3 + [1.0] * 997,
    }
)
BANDED = Guard(Disclosure(), FRAME)
OPEN = Guard(Disclosure(individuals="allowed", reason="public", approved_by="owner"), FRAME)


def test_a_value_stands_in_a_tenth_of_the_data() -> None:
    # 1000 different amounts make ten bands of a hundred; 12,300 is the 124th
    assert BANDED.value("amount", 12_300.0) == "10,000 to 19,900"
    assert BANDED.value("amount", 99_900.0) == "90,000 or more"
    assert BANDED.value("amount", 100.0) == "up to 9,900"  # the outer ends are the values of one person
    assert OPEN.value("amount", 12_300.0) == "12,300"
    assert Guard(Disclosure(individuals="none"), FRAME).value("amount", 12_300.0) == WITHHELD


def test_levels_are_named_where_enough_people_share_them() -> None:
    assert BANDED.value("status", 1.0) == "1" and BANDED.value("status", 7.0) == RARE
    assert BANDED.value("region", "north") == "north" and BANDED.value("region", "islands") == RARE
    assert Guard(Disclosure(minimum_cell=9), FRAME).value("region", "islands") == "islands"
    assert BANDED.value("gap", np.nan) == WITHHELD and OPEN.value("gap", np.nan) == MISSING
    assert BANDED.value("unknown", 1.0) == ""


@given(st.lists(st.integers(-50, 50), min_size=40, max_size=200), st.integers(2, 15), st.data())
def test_every_value_shown_is_shared_by_enough_people(values: list[int], least: int, data: st.DataObject) -> None:
    frame = pd.DataFrame({"x": np.array(values, dtype=float)})
    guard = Guard(Disclosure(minimum_cell=least), frame, lambda name, value: f"{value:g}")
    value = float(data.draw(st.sampled_from(values)))
    shown = guard.value("x", value)
    if shown == RARE:
        assert (frame["x"] == value).sum() < least
    elif shown != WITHHELD:
        ends = [float(each) for each in re.findall(r"-?\d+", shown)]
        low = -np.inf if shown.startswith("up to") else ends[0]
        high = np.inf if shown.endswith("or more") else ends[-1]
        assert frame["x"].between(low, high).sum() >= least and low <= value <= high


def test_a_change_within_a_band_says_so() -> None:
    assert BANDED.change("amount", 12_300.0, 12_400.0) == "within 10,000 to 19,900"
    assert BANDED.change("amount", 12_300.0, 100.0) == "10,000 to 19,900 → up to 9,900"
    assert OPEN.change("amount", 12_300.0, 12_400.0) == "12,300 → 12,400"


def test_people_are_numbered_in_the_order_of_the_table() -> None:
    assert BANDED.people([16_581, 42]) == ["Person 1", "Person 2"]
    assert OPEN.people([16_581]) == ["row 16,581"]


def test_files_keep_no_more_digits_than_a_reader_sees() -> None:
    frame = pd.DataFrame({"probability": [0.123456], "rank": [1]})
    assert BANDED.rounded(frame, ["probability"])["probability"].iloc[0] == 0.123
    assert OPEN.rounded(frame, ["probability"])["probability"].iloc[0] == 0.123456


def test_extremes_are_those_that_enough_people_reach() -> None:
    profile = pd.DataFrame({"column": ["amount", "region"], "minimum": [0.0, np.nan], "maximum": [99_900.0, np.nan]})
    shown = BANDED.extremes(profile)
    assert shown["minimum"].iloc[0] == 900 and shown["maximum"].iloc[0] == 99_000  # the tenth from either end
    pd.testing.assert_frame_equal(OPEN.extremes(profile), profile)


def test_raw_rows_need_a_reason_and_a_name() -> None:
    with pytest.raises(ValidationError, match="approved_by"):
        Disclosure(individuals="allowed", reason="public")


POLICY_OPEN = Disclosure(individuals="allowed", reason="public", approved_by="owner")


def swarm(people: int = 300) -> pd.DataFrame:
    """A cloud as explanations draw it: each of the people once per input, with contribution and rank of the value."""
    random = np.random.default_rng(2026)
    values = random.normal(size=(people, 5))
    ranks = values.argsort(axis=0).argsort(axis=0) / (people - 1)
    return pd.concat(
        [
            pd.DataFrame({"feature": f"input {place}", "contribution": values[:, place], "colour": ranks[:, place]})
            for place in range(5)
        ],
        ignore_index=True,
    )


def candidates_of(line: pd.Series, truth: pd.DataFrame, digits: float) -> int:
    """How many people an attacker, who knows everybody's inputs and contributions, can take a line for."""
    own = truth[truth["feature"] == line["feature"]]
    near = (own["contribution"] - line["contribution"]).abs() <= digits * abs(line["contribution"])
    return int((near & ((own["colour"] - line["colour"]).abs() <= digits * line["colour"])).sum())


def test_nobody_is_found_in_a_cloud_by_matching_ranks_across_features() -> None:
    truth = swarm()
    guard, least = Guard(Disclosure(), FRAME), 10
    shown = guard.crowd(truth, by=["feature"], along=["contribution", "colour"])
    assert (shown["people"] >= least).all()
    # Of one input, everybody's rank is printed once and the contribution beside it: who knows the inputs, and so the
    # ranks, reads a person's contributions off one after the other. With rows allowed each line is one person's.
    exact = Guard(POLICY_OPEN, FRAME).crowd(truth, by=["feature"], along=["contribution", "colour"])
    assert [candidates_of(line, truth, 1e-9) for _, line in exact.head(50).iterrows()] == [1] * 50
    # In a cloud of groups no line is one person's: matching it to those it was made of needs all of them at once.
    assert all(candidates_of(line, truth, 1e-9) == 0 for _, line in shown.iterrows())
    assert (shown.groupby("feature")["people"].sum() == 300).all()
    assert shown.groupby("feature").size().max() <= 300 / least


def test_a_line_of_one_input_cannot_be_joined_to_a_line_of_the_next() -> None:
    """The file is the same whichever people the lines of an input belong to, so it cannot tell."""
    truth = swarm()
    mixed = truth.copy()
    own = (truth["feature"] == "input 3").to_numpy()
    mixed.loc[own] = truth[own].sample(frac=1, random_state=7).to_numpy()
    mixed = mixed.astype(truth.dtypes)
    for guard, same in ((BANDED, True), (OPEN, False)):
        files = [guard.crowd(each, by=["feature"], along=["contribution", "colour"]) for each in (truth, mixed)]
        assert files[0].equals(files[1]) is same


def test_a_caption_says_what_a_dot_is_only_where_it_is_no_person() -> None:
    assert Guard(Disclosure(minimum_cell=7), FRAME).drawn_as == "; each dot or line stands for `7` people or more"
    assert OPEN.drawn_as == ""


@pytest.mark.parametrize("individuals", ["none", "banded"])
def test_no_policy_but_allowed_shows_lines_of_one(individuals: str) -> None:
    frame = pd.DataFrame({"x": np.arange(25.0)})
    guard = Guard(Disclosure.model_validate({"individuals": individuals}), FRAME)
    assert guard.crowd(frame, along=["x"])["people"].tolist() == [13, 12]
    pd.testing.assert_frame_equal(OPEN.crowd(frame, along=["x"]), frame)


def roc(outcome: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """A vertex a person: the shares above each score, by counting."""
    cutoff = np.sort(score)[::-1]
    shares = [[(score[outcome == side] > each).mean() for each in cutoff] for side in (0, 1)]
    return pd.DataFrame({"cutoff": cutoff, "false_positive": shares[0], "true_positive": shares[1]})


def test_the_steps_of_a_curve_do_not_say_who_defaulted() -> None:
    random = np.random.default_rng(1)
    outcome, score = random.integers(0, 2, 400), random.random(400)
    whole = roc(outcome, score)
    shown = BANDED.curve(whole, outcome, score)
    for side, name in enumerate(["false_positive", "true_positive"]):
        people = (shown[name].diff().dropna() * (outcome == side).sum()).round()
        assert len(people) > 5 and (people >= 10).all()
    assert np.isinf(shown["cutoff"].iloc[0]), "the highest score of anybody is not printed"
    assert all(each == float(f"{each:.3g}") for each in shown["cutoff"][1:]), "no score is printed in full"
    pd.testing.assert_frame_equal(OPEN.curve(whole, outcome, score), whole)
    # what stays are points of the curve
    assert shown[["false_positive", "true_positive"]].merge(whole).shape[0] == len(shown)


def test_an_empty_curve_stays_empty() -> None:
    empty = pd.DataFrame({"cutoff": np.empty(0)})
    pd.testing.assert_frame_equal(BANDED.curve(empty, [], []), empty)


def test_a_grid_ends_where_enough_people_are() -> None:
    # amounts are 0, 100, ..., 99,900: the tenth from either end is 900 and 99,000
    grid = pd.DataFrame(
        {"feature": "amount", "value": [0.0, 800.0, 900.0, 45_678.0, 99_000.0, 99_100.0], "effect": 1.0}
    )
    shown = BANDED.inner(grid, value="feature")
    assert shown["value"].tolist() == [900, 45_700, 99_000], "the ends go, places between are rounded"
    pd.testing.assert_frame_equal(OPEN.inner(grid, value="feature"), grid)


def test_levels_of_a_grid_stay_where_enough_people_share_them() -> None:
    grid = pd.DataFrame({"feature": ["status"] * 3 + ["gap", "gap"], "value": [0.0, 1.0, 7.0, 1.0, np.nan]})
    # nine people have status 7, and three lack the gap
    assert BANDED.inner(grid, value="feature")["value"].tolist() == [0, 1, 1]
    nine = Guard(Disclosure(minimum_cell=3), FRAME)
    assert nine.inner(grid, value="feature")["value"].tolist()[:4] == [0, 1, 7, 1]
    assert len(nine.inner(grid, value="feature")) == 5


def test_of_a_grid_of_pairs_both_ends_count() -> None:
    grid = pd.DataFrame({"first": "amount", "second": "status", "a": [500.0, 5000.0, 5000.0], "b": [0.0, 0.0, 7.0]})
    assert BANDED.inner(grid, a="first", b="second")[["a", "b"]].to_numpy().tolist() == [[5000, 0]]


def test_a_grid_of_an_unknown_input_or_of_words_stays() -> None:
    grid = pd.DataFrame({"feature": ["region", "unknown"], "value": [1.0, 2.0]})
    pd.testing.assert_frame_equal(BANDED.inner(grid, value="feature"), grid)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=80), st.integers(2, 12))
def test_rows_are_clipped_to_where_enough_people_are(values: list[int], least: int) -> None:
    frame = pd.DataFrame({"x": np.array(values, dtype=float), "word": "w"})
    rows = frame.assign(other=1.5)
    shown = Guard(Disclosure(minimum_cell=least), frame).clipped(rows)
    if len(values) >= 2 * least:
        for end in (shown["x"].min(), shown["x"].max()):
            assert (frame["x"] <= end).sum() >= least and (frame["x"] >= end).sum() >= least
        inside = frame["x"].between(shown["x"].min(), shown["x"].max())
        assert (shown.loc[inside, "x"] == frame.loc[inside, "x"]).all()
    assert (shown["other"] == 1.5).all() and (shown["word"] == "w").all()
    pd.testing.assert_frame_equal(Guard(POLICY_OPEN, frame).clipped(rows), rows)


def test_extremes_of_too_few_people_are_nothing() -> None:
    profile = pd.DataFrame({"column": ["x"], "minimum": [1.0], "maximum": [19.0]})
    few, enough = (pd.DataFrame({"x": np.arange(1.0, size)}) for size in (20, 21))
    assert Guard(Disclosure(), few).extremes(profile)[["minimum", "maximum"]].isna().all(axis=None)
    assert Guard(Disclosure(), enough).extremes(profile)[["minimum", "maximum"]].to_numpy().tolist() == [[10, 11]]


def test_the_most_frequent_value_is_named_where_enough_people_have_it() -> None:
    profile = pd.DataFrame(
        {
            "column": ["amount", "status"],
            "minimum": 0.0,
            "maximum": 1.0,
            "most_frequent": ["0", "1"],
            "most_frequent_count": [9, 10],
        }
    )
    assert BANDED.extremes(profile)["most_frequent"].isna().tolist() == [True, False]
    assert OPEN.extremes(profile)["most_frequent"].tolist() == ["0", "1"]
