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
