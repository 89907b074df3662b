"""Counts of few people are left out, and nothing that is left gives them back."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from respml.evidence.withholding import WITHHELD, Withholding

FEW = "fewer than 10"
# The promise's own list, not the package's: what a reader would take for a number of people.
COUNTING = ("n", "events", "count", "declined", "total", "tp", "fp", "fn", "tn", "defaulted", "repaid", "missing")
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 300))


def shown(frame: pd.DataFrame, **counts: tuple[str, ...] | None) -> pd.DataFrame:
    return Withholding(10).frame(frame, counts)[0]


def words(frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    return Withholding(10).frame(frame)[1]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Counts of people in blocks, parts beside their whole, and a rate."""
    size = draw(st.integers(1, 12))
    names = draw(st.lists(st.sampled_from(COUNTING), min_size=1, max_size=6, unique=True))
    frame = pd.DataFrame({"variable": draw(st.lists(st.sampled_from("ab"), min_size=size, max_size=size))})
    for name in names:
        frame[name] = draw(st.lists(COUNTS, min_size=size, max_size=size))
    return frame.assign(default_rate=0.25)


@settings(deadline=None)
@given(tables(), st.integers(2, 20))
def test_no_small_count_remains(frame: pd.DataFrame, fewest: int) -> None:
    found, said = Withholding(fewest).frame(frame)
    for name in frame.columns.intersection(COUNTING):
        left = found[name].dropna()
        assert not left.between(1, fewest - 1).any()
        assert (left == frame.loc[left.index, name]).all(), "what stays is what it was"
        # a word in each place, and only where something was
        assert {int(each) for each in said.get(name, {})} == set(np.flatnonzero(found[name].isna()))
        for line, word in said.get(name, {}).items():
            count = int(frame.loc[int(line), name])
            assert (word == f"fewer than {fewest}") == (0 < count < fewest), "the word is true"
            assert word in (f"fewer than {fewest}", WITHHELD)


def possible(counts: dict[int, tuple[int, int]], total: int) -> dict[int, set[int]]:
    """Every value each hidden count can have, by trying all of them: the sum and what is printed are known."""
    reachable: dict[int, set[int]] = {}
    for line in counts:
        others = {0}
        for other, (low, high) in counts.items():
            if other != line:
                others = {done + each for done in others for each in range(low, min(high, total) + 1)}
                others = {each for each in others if each <= total}
        low, high = counts[line]
        reachable[line] = {total - each for each in others if low <= total - each <= high}
    return reachable


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.one_of(st.integers(0, 6), st.integers(0, 40))), min_size=1, max_size=9
    ),
    st.sampled_from(["n", "count", "events", "tp"]),
)
def test_a_block_and_its_sum_do_not_give_a_hidden_count_back(lines: list[tuple[str, int]], name: str) -> None:
    """The attacker knows the sum of each block, what is left, and what the printed words mean."""
    frame = pd.DataFrame(lines, columns=["variable", name])
    guard = Withholding(5)
    found, said = guard.frame(frame)
    for _, block in frame.groupby("variable"):
        left = found.loc[block.index, name]
        if not (left > 0).any():
            continue  # nobody is left to hide behind: then the sum itself is not printed beside it
        hidden = {
            int(line): (1, 4) if said[name][str(line)] == "fewer than 5" else (5, 400)
            for line in left.index[left.isna()]
        }
        for values in possible(hidden, int(block[name].sum() - left.sum())).values():
            assert len(values) > 1


def test_one_small_count_takes_the_smallest_other_of_its_block_with_it() -> None:
    frame = pd.DataFrame({"feature": list("aaabb"), "n": [3, 40, 30, 20, 50]})
    found = shown(frame)
    assert found["n"].isna().tolist() == [True, False, True, False, False]
    assert words(frame) == {"n": {"0": FEW, "2": WITHHELD}}


def test_two_small_counts_hide_each_other_unless_their_sum_tells_both() -> None:
    assert shown(pd.DataFrame({"n": [3, 4, 40]}))["n"].isna().tolist() == [True, True, False]
    # a sum of two over two people who are somebody each is one and one; of eighteen below ten each, nine and nine
    assert shown(pd.DataFrame({"n": [1, 1, 40]}))["n"].isna().all()
    assert shown(pd.DataFrame({"n": [9, 9, 40]}))["n"].isna().all()


def test_large_counts_and_nobody_stay_as_they_are() -> None:
    frame = pd.DataFrame({"variable": ["a", "a", "b"], "n": [10, 25, 0], "default_rate": [0.1, 0.2, np.nan]})
    found, said = Withholding(10).frame(frame)
    pd.testing.assert_frame_equal(found, frame)
    assert said == {}


def test_what_counts_no_people_stays() -> None:
    frame = pd.DataFrame({"rank": [1, 2], "place": [3, 4], "n_trees": [5, 6]})
    pd.testing.assert_frame_equal(shown(frame), frame)
    shares = pd.DataFrame({"n": [0.5, 2.5]})
    pd.testing.assert_frame_equal(shown(shares), shares)
    inputs = pd.DataFrame({"count": [3, 4], "share": [0.1, 0.2]})
    pd.testing.assert_frame_equal(shown(inputs, count=None), inputs)
    assert shown(inputs).isna().all(axis=None)


def test_a_column_is_declared_to_count_people() -> None:
    frame = pd.DataFrame({"clerks": [3, 30], "their_rate": [0.1, 0.2], "other": [0.3, 0.4]})
    found = shown(frame, clerks=("their_rate",))
    assert found.isna().to_numpy().tolist() == [[True, True, False], [False, False, False]]
    pd.testing.assert_frame_equal(shown(frame), frame)


def test_a_line_of_few_keeps_where_it_stands_and_loses_what_was_found() -> None:
    frame = pd.DataFrame(
        {"low": [0.1, 0.2], "n": [4, 80], "events": [0, 20], "event_rate": [0.0, 0.25], "upper": [0.6, 0.3]}
    )
    line = shown(frame).iloc[0]
    assert line["low"] == 0.1 and line[["n", "events", "event_rate", "upper"]].isna().all()


def test_few_who_pay_are_hidden_like_few_who_default() -> None:
    """95 of 100 defaulted: five did not, and the word must not say that 95 are few."""
    frame = pd.DataFrame({"n": [100, 200, 300], "events": [95, 50, 60], "event_rate": [0.95, 0.25, 0.2]})
    found, said = Withholding(10).frame(frame)
    assert found["events"].isna().tolist() == [True, True, False]
    assert found["event_rate"].isna().tolist() == [True, True, False]
    assert said["events"] == {"0": WITHHELD, "1": WITHHELD}
    assert found["n"].tolist() == [100, 200, 300]


def test_of_parts_of_one_whole_all_go_or_none() -> None:
    frame = pd.DataFrame({"tp": [3, 20], "fp": [40, 40], "fn": [50, 50], "tn": [60, 60], "f1": [0.1, 0.2]})
    found = shown(frame.assign(model=["a", "b"]))
    assert found.loc[0, ["tp", "fp", "fn", "tn", "f1"]].isna().all()
    assert found.loc[1].notna().all()


def test_a_rate_does_not_give_back_the_number_of_people_it_was_divided_by() -> None:
    """17 of 31 is 0.548..., and no fraction with a smaller denominator is: the rate tells the 31."""
    frame = pd.DataFrame({"n": [3, 40, 31], "default_rate": [1 / 3, 1 / 40, 17 / 31]})
    assert Fraction(17 / 31).limit_denominator(999).denominator == 31
    told = {Fraction(each).limit_denominator(999).denominator for each in shown(frame)["default_rate"].dropna()}
    assert told == {40}
    # a measure that is no share of people tells nothing of their number
    areas = pd.DataFrame({"n": [3, 40, 31], "auc": [0.6, 0.7, 0.8], "lower": [0.1, 0.6, 0.7]})
    assert shown(areas)[["auc", "lower"]].isna().to_numpy().tolist() == [[True, True], [False, False], [False, False]]


def test_the_most_frequent_value_goes_with_its_count_and_alone() -> None:
    frame = pd.DataFrame({"most_frequent": ["island", "north"], "most_frequent_count": [4, 80], "n": [90, 90]})
    found = shown(frame)
    assert found["most_frequent"].isna().tolist() == [True, False]
    assert found["n"].tolist() == [90, 90] and found["most_frequent_count"].iloc[1] == 80
    assert words(frame)["most_frequent"] == {"0": WITHHELD}


def test_running_sums_stop_where_a_count_of_them_is_hidden() -> None:
    frame = pd.DataFrame({"n": [30, 40, 5], "cumulative_n": [30, 70, 75]})
    found = shown(frame)
    # 5 is small and 30 goes with it: a running sum that goes on from the first line would print the 30
    assert found["n"].isna().tolist() == [True, False, True]
    assert found["cumulative_n"].isna().all()
    later = shown(pd.DataFrame({"n": [50, 40, 5, 30], "cumulative_n": [50, 90, 95, 125]}))
    assert later["cumulative_n"].isna().tolist() == [False, False, True, True]
    whole = pd.DataFrame({"n": [30, 40], "cumulative_n": [30, 70]})
    pd.testing.assert_frame_equal(shown(whole), whole)


def test_a_rate_of_few_is_not_drawn_and_a_count_of_few_may_be() -> None:
    guard = Withholding(10)
    assert guard.drawn(pd.DataFrame({"n": [3, 50], "default_rate": [0.3, 0.1]}))
    assert not guard.drawn(pd.DataFrame({"n": [3, 50]})), "a bar that is missing tells nothing"
    assert not guard.drawn(pd.DataFrame({"n": [30, 50], "default_rate": [0.3, 0.1]}))
    assert guard.hidden == set(), "looking hides nothing"


@pytest.mark.parametrize(
    ("name", "value", "n", "format", "partition", "withheld"),
    [
        ("reasons.declined", 9, None, "integer", "", True),
        ("reasons.declined", 10, None, "integer", "", False),
        ("reasons.declined", 0, None, "integer", "", False),
        ("search.rounds", 9, None, "integer", "", False),
        ("air", 0.5, 9, "ratio2", "test", True),
        ("air", 0.5, 10, "ratio2", "test", False),
        ("air", 0.5, 0, "ratio2", "test", False),
        ("features", 5, 9, "integer", "test", False),
        ("trials", 0.5, 9, "ratio2", "", False),
    ],
)
def test_metrics_of_few_people(
    name: str, value: float, n: int | None, format: str, partition: str, withheld: bool
) -> None:
    assert Withholding(10).metric(name, value, n, format, partition) is withheld


def test_a_metric_that_repeats_a_hidden_count_goes_too() -> None:
    guard = Withholding(10)
    guard.frame(pd.DataFrame({"n": [3, 27, 40]}))
    assert guard.gives_back("group.n", 27, None, "integer")
    assert not guard.gives_back("group.n", 40, None, "integer")
    assert not guard.gives_back("group.rank", 27, None, "integer")
    assert not guard.gives_back("group.is_n", True, None, "integer")


def test_a_share_beside_a_hidden_count_goes_whichever_way_it_is_turned() -> None:
    guard = Withholding(10)
    guard.metric("pair.only", 4, None, "integer", "test")
    assert guard.gives_back("pair.share", 4 / 200, 200, "percent1")
    assert guard.gives_back("pair.rest", 196 / 200, 200, "percent1")
    assert not guard.gives_back("pair.share", 50 / 200, 200, "percent1")
    assert not guard.gives_back("other.share", 4 / 200, 200, "percent1")
    assert not guard.gives_back("pair.share", 4 / 200, 200, "ratio3")
