"""Partitions: exact counts, repeatable draws, no partition without both classes."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from respml.errors import InputError
from respml.portfolio.partitions import (
    at_random,
    by_column,
    counts_of_shares,
    divide,
    from_boundary,
    reference,
    stratified,
)
from respml.spec.data import Partitions

SHARES = {"train": 0.6, "valid": 0.2, "test": 0.2}


def outcome(rows: int, events: int) -> np.ndarray:
    return (np.arange(rows) < events).astype(np.int8)


def counts(membership: np.ndarray) -> dict[str, int]:
    names, numbers = np.unique(membership, return_counts=True)
    return dict(zip(names.tolist(), numbers.tolist(), strict=True))


@given(st.integers(0, 5000), st.lists(st.floats(0.01, 1), min_size=1, max_size=4))
def test_counts_add_up_and_are_within_one_row_of_their_share(rows: int, shares: list[float]) -> None:
    named = {str(position): share for position, share in enumerate(shares)}
    found = counts_of_shares(rows, named)
    assert sum(found.values()) == rows
    for name, share in named.items():
        assert abs(found[name] - rows * share / sum(shares)) < 1 + 1e-6


def test_random_counts_and_repeatability() -> None:
    first = at_random(1001, SHARES, 5)
    assert counts(first) == {"train": 601, "valid": 200, "test": 200}
    assert (first == at_random(1001, SHARES, 5)).all()
    assert (first != at_random(1001, SHARES, 6)).any()


def test_stratified_keeps_the_event_count_of_each_share() -> None:
    defaults = outcome(1000, 100)
    membership = stratified(defaults, SHARES, 1)
    assert counts(membership[defaults == 1]) == {"train": 60, "valid": 20, "test": 20}
    assert counts(membership[defaults == 0]) == {"train": 540, "valid": 180, "test": 180}


def test_the_reference_split_of_thirty_thousand_rows() -> None:
    # Published: legacy numpy seeded 12345, one uniform a row, < 0.7 trains: 20,946 and 9,054 rows.
    membership = reference(outcome(30_000, 6_636), valid_share=0.2, seed=7)
    found = counts(membership)
    assert found["test"] == 9_054
    assert found["train"] + found["valid"] == 20_946
    assert abs(found["valid"] - 0.2 * 20_946) < 1


def test_the_reference_test_rows_do_not_depend_on_the_seed() -> None:
    one, two = (reference(outcome(3000, 600), 0.2, seed) for seed in (1, 2))
    assert ((one == "test") == (two == "test")).all()
    assert (one != two).any()
    np.random.seed(12345)
    assert ((one == "test") == (np.random.uniform(0, 1, 3000) >= 0.7)).all()


def test_by_column_matches_numbers_text_and_dates() -> None:
    mapping = {"train": (1, "b"), "valid": (2.0,), "test": ("2024-01-01",)}
    values = pd.Series([1.0, "b", 2, pd.Timestamp(2024, 1, 1)], dtype=object)
    assert by_column(values, mapping).tolist() == ["train", "train", "valid", "test"]  # type: ignore[arg-type]


def test_by_column_refuses_unmapped_and_twice_mapped_values() -> None:
    values = pd.Series(["a", "b", "c", "c"], name="split")
    with pytest.raises(InputError) as caught:
        by_column(values, {"train": ("a",), "valid": ("b",)})
    assert str(caught.value) == (
        "key 'partitions.values': 2 rows hold values of 'split' that no partition is given for: 'c'. "
        "Map them to train, valid, test or out_of_time."
    )
    with pytest.raises(InputError, match="'a' is mapped to both train and test"):
        by_column(values, {"train": ("a",), "test": ("a",)})


@pytest.mark.parametrize(
    ("values", "boundary"),
    [
        (pd.Series(pd.to_datetime(["2024-01-31", "2024-02-01"])), "2024-02-01"),
        (pd.Series(pd.to_datetime(["2024-01-31", "2024-02-01"])), datetime.date(2024, 2, 1)),
        (pd.Series(["2024-01", "2024-02"]), "2024-02"),
        (pd.Series(["2024-01-31", "2024-02-01"]), "2024-02"),
        (pd.Series([202401, 202402]), 202402),
    ],
)
def test_a_boundary_is_the_first_row_that_is_out_of_time(
    values: pd.Series, boundary: str | int | datetime.date
) -> None:
    assert from_boundary(values, boundary, "month").tolist() == [False, True]


@pytest.mark.parametrize(
    ("values", "boundary", "expected"),
    [
        (pd.Series(["2024-01", None]), "2024-01", "column 'month': The time column is missing in 1 rows."),
        (pd.Series(["soon", "later"]), "2024-01", "column 'month': The time column is text that is not an ISO date."),
        (pd.Series([202401]), "2024-01", "The boundary '2024-01' is not a number as the time column is."),
        (pd.Series(["2024-01"]), "spring", "The boundary 'spring' is not an ISO date."),
    ],
)
def test_time_refusals(values: pd.Series, boundary: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        from_boundary(values, boundary, "month")
    assert expected in str(caught.value)


def test_time_rule_divides_the_early_rows_by_shares(loans: pd.DataFrame) -> None:
    spec = Partitions(rule="time", out_of_time_from="2024-09-01")
    membership = divide(spec, loans, loans["default"].to_numpy(np.int8), 1, "month")
    assert counts(membership) == {"train": 192, "valid": 64, "test": 64, "out_of_time": 80}
    assert (membership[320:] == "out_of_time").all()


def test_time_rule_needs_a_time_column(loans: pd.DataFrame) -> None:
    spec = Partitions(rule="time", out_of_time_from="2024-09-01")
    with pytest.raises(InputError, match="The rule 'time' needs a time column"):
        divide(spec, loans, loans["default"].to_numpy(np.int8), 1, None)


@pytest.mark.parametrize("rule", ["random", "stratified", "reference"])
def test_seeds_of_spec_and_partitions(loans: pd.DataFrame, rule: str) -> None:
    defaults = loans["default"].to_numpy(np.int8)
    own = divide(Partitions(rule=rule, seed=3), loans, defaults, seed=99)  # type: ignore[arg-type]
    inherited = divide(Partitions(rule=rule), loans, defaults, seed=3)  # type: ignore[arg-type]
    assert (own == inherited).all()


def test_a_partition_without_events_is_refused(loans: pd.DataFrame) -> None:
    loans["split"] = np.where(loans["default"] == 1, "train", np.where(loans.index < 200, "valid", "test"))
    values = {name: (name,) for name in ("train", "valid", "test")}
    spec = Partitions(rule="column", column="split", values=values)
    with pytest.raises(InputError) as caught:
        divide(spec, loans, loans["default"].to_numpy(np.int8), 1)
    assert str(caught.value) == (
        "key 'partitions': The partition 'train' has no non-events in 100 rows. "
        "Change the rule or its shares, or give more data."
    )


def test_a_partition_without_rows_is_refused(loans: pd.DataFrame) -> None:
    spec = Partitions(rule="time", out_of_time_from="2030-01-01")
    with pytest.raises(InputError, match="The partition 'out_of_time' has no rows"):
        divide(spec, loans, loans["default"].to_numpy(np.int8), 1, "month")


@given(st.integers(30, 300), st.integers(0, 2**31))
def test_every_row_is_in_exactly_one_partition(rows: int, seed: int) -> None:
    membership = stratified(outcome(rows, rows // 3), SHARES, seed)
    assert set(membership.tolist()) <= set(SHARES)
    assert len(membership) == rows
