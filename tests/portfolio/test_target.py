"""The target: nothing is guessed about which value means default."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from respml.errors import InputError
from respml.portfolio.target import coerce_target


def refusal(values: list[object] | pd.Series, event: object = None) -> str:
    with pytest.raises(InputError) as caught:
        coerce_target(pd.Series(values), event, "bad")  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([0, 1, 1]),
        pd.Series([0.0, 1.0, 1.0]),
        pd.Series([False, True, True]),
        pd.Series([0, 1, 1], dtype="Int64"),
        pd.Series([False, True, True], dtype="boolean"),
        pd.Series([0, 1, 1]).astype("category"),
        pd.Series([Decimal(0), Decimal(1), Decimal(1)], dtype=object),
    ],
)
def test_zero_and_one_need_no_event(values: pd.Series) -> None:
    outcome = coerce_target(values).outcome
    assert outcome.dtype == np.int8
    assert outcome.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("values", "event"),
    [
        (["no", "yes", "yes"], "yes"),
        ([0, 4, 4], 4),
        ([0.0, 4.0, 4.0], 4),
        ([1, 0, 0], 0),
        ([True, False, False], False),
        ([1, 3, 4], [3, 4]),
        (["a", "b", "c"], ("b", "c")),
    ],
)
def test_a_stated_event_is_one(values: list[object], event: object) -> None:
    assert coerce_target(pd.Series(values), event).outcome.tolist() == [0, 1, 1]  # type: ignore[arg-type]


def test_what_was_read_as_what_is_kept() -> None:
    target = coerce_target(pd.Series([0, 1, 2, 3]), [2, 3])
    assert (target.events, target.others) == (("2", "3"), ("0", "1"))


@pytest.mark.parametrize(
    ("values", "event", "expected"),
    [
        (
            ["no", "yes"],
            None,
            "column 'bad': The target holds 'no', 'yes', not 0 and 1. State in data.event which value means default.",
        ),
        (
            [0, 4],
            None,
            "column 'bad': The target holds '0', '4', not 0 and 1. State in data.event which value means default.",
        ),
        (
            [0, 1, None, None],
            1,
            "column 'bad': The target is missing in 2 of 4 rows. Remove those rows or complete the target.",
        ),
        (
            [1, 1, 1],
            None,
            "column 'bad': The target has one class only: all 3 rows hold '1'. "
            "Give data with defaults and non-defaults, or correct data.event.",
        ),
        (
            ["no", "yes"],
            "Yes",
            "column 'bad': The event value 'Yes' does not occur; the target holds 'no', 'yes'. Did you mean 'yes'?",
        ),
        (
            ["no", "yes"],
            True,
            "column 'bad': The event value 'True' does not occur; the target holds 'no', 'yes'. "
            "YAML reads an unquoted yes, no, on or off as true or false: put the value in quotes.",
        ),
        (
            [0, 4],
            "4",
            "column 'bad': The event value '4' does not occur; the target holds '0', '4'. "
            "Write the value without quotes in data.event.",
        ),
        (
            ["0", "4"],
            4,
            "column 'bad': The event value '4' does not occur; the target holds '0', '4'. "
            "Write the value in quotes in data.event.",
        ),
    ],
)
def test_refusals(values: list[object], event: object, expected: str) -> None:
    assert refusal(values, event) == expected


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=50), st.integers(-3, 3))
def test_outcome_is_equality_with_the_event(values: list[int], event: int) -> None:
    if event not in values or set(values) == {event}:
        assert refusal(list(values), event).startswith("column 'bad': The ")
        return
    assert coerce_target(pd.Series(values), event).outcome.tolist() == [int(value == event) for value in values]
