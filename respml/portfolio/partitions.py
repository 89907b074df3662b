"""Divide the rows into train, valid, test and, where the rule says so, out_of_time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.errors import InputError
from respml.portfolio.column_types import column_kind
from respml.portfolio.nearest import listed, shown
from respml.portfolio.target import Outcome
from respml.spec.data import PARTITIONS, Partitions, Value

REFERENCE_SEED = 12345
REFERENCE_TRAIN_SHARE = 0.7

Membership = npt.NDArray[np.str_]
PartitionName = Literal["train", "valid", "test", "out_of_time"]


def divide(spec: Partitions, frame: pd.DataFrame, outcome: Outcome, seed: int, time: str | None = None) -> Membership:
    """The partition of each row by the rule of the spec.

    Parameters
    ----------
    spec: the ``partitions`` section of ``report.yml``.
    frame: all rows in file order, with the columns the rule needs.
    outcome: 0/1 array aligned with ``frame``.
    seed: used where ``spec.seed`` is not given.
    time: the time column, needed by the rule ``time``.

    Returns
    -------
    Array of partition names aligned with ``frame``.

    Errors
    ------
    InputError where a needed column or value is missing, or where a partition lacks events or non-events.
    """
    seed = seed if spec.seed is None else spec.seed
    shares = {"train": spec.shares.train, "valid": spec.shares.valid, "test": spec.shares.test}
    if spec.rule == "random":
        membership = at_random(len(outcome), shares, seed)
    elif spec.rule == "stratified":
        membership = stratified(outcome, shares, seed)
    elif spec.rule == "column":
        assert spec.column is not None  # the spec's model refuses the rule without it
        membership = by_column(frame[spec.column], spec.values)
    elif spec.rule == "time":
        if time is None:
            raise InputError(
                "The rule 'time' needs a time column.", where="key 'data.time'", remedy="Name it in data.time."
            )
        late = from_boundary(frame[time], spec.out_of_time_from, time)
        membership = np.full(len(outcome), "out_of_time", dtype="<U11")
        membership[~late] = stratified(outcome[~late], shares, seed)
    else:
        membership = reference(outcome, spec.valid_share, seed)
    require_both_classes(membership, outcome, expected=expected_partitions(spec))
    return membership


def expected_partitions(spec: Partitions) -> tuple[str, ...]:
    """The partitions that a rule makes, in the order train, valid, test, out_of_time."""
    with_out_of_time = spec.rule == "time" or (spec.rule == "column" and "out_of_time" in spec.values)
    return PARTITIONS if with_out_of_time else PARTITIONS[:3]


def counts_of_shares(rows: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Whole row counts that add up to ``rows``: floors first, then one more to the largest remainders."""
    exact = {name: rows * share / sum(shares.values()) for name, share in shares.items()}
    counts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(shares, key=lambda name: (counts[name] - exact[name], list(shares).index(name)))
    for name in by_remainder[: rows - sum(counts.values())]:
        counts[name] += 1
    return counts


def at_random(rows: int, shares: Mapping[str, float], seed: int) -> Membership:
    """Shuffle the rows (PCG64) and cut them by the shares; the counts are exact to one row."""
    names = np.repeat(list(shares), list(counts_of_shares(rows, shares).values()))
    membership = np.empty(rows, dtype="<U11")
    membership[np.random.default_rng(seed).permutation(rows)] = names
    return membership


def stratified(outcome: Outcome, shares: Mapping[str, float], seed: int) -> Membership:
    """As :func:`at_random`, within events and non-events apart, so that each partition has the same event rate."""
    membership = np.empty(len(outcome), dtype="<U11")
    for stratum, stratum_seed in zip((0, 1), np.random.SeedSequence(seed).spawn(2), strict=True):
        rows = np.flatnonzero(outcome == stratum)
        names = np.repeat(list(shares), list(counts_of_shares(len(rows), shares).values()))
        membership[np.random.default_rng(stratum_seed).permutation(rows)] = names
    return membership


def reference(outcome: Outcome, valid_share: float, seed: int) -> Membership:
    """The split of the published notebooks: one legacy uniform draw a row, seeded 12345, below 0.7 trains.

    The training part is then divided, stratified by outcome, into train and valid with ``valid_share`` for valid.
    On the 30,000 rows of the UCI credit-card data: 20,946 train and valid, 9,054 test.
    """
    draws = np.random.RandomState(REFERENCE_SEED).uniform(0.0, 1.0, len(outcome))
    training = draws < REFERENCE_TRAIN_SHARE
    membership = np.full(len(outcome), "test", dtype="<U11")
    membership[training] = stratified(outcome[training], {"train": 1 - valid_share, "valid": valid_share}, seed)
    return membership


def by_column(values: pd.Series, mapping: Mapping[PartitionName, Sequence[Value]]) -> Membership:
    """The partition that each value of a column is mapped to.

    Errors
    ------
    InputError for a value mapped twice and for values that are mapped to no partition.
    """
    partition_of: dict[str, str] = {}
    for partition, keys in mapping.items():
        for key in keys:
            if _text(key) in partition_of:
                raise InputError(
                    f"The value {shown(key)} is mapped to both {partition_of[_text(key)]} and {partition}.",
                    where="key 'partitions.values'",
                    remedy="Map it once.",
                )
            partition_of[_text(key)] = partition
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    texts = [_text(value) for value in distinct]
    unmapped = np.array([text not in partition_of for text in texts])
    if unmapped.any():
        raise InputError(
            f"{int(unmapped[codes].sum())} rows hold values of {shown(values.name)} that no partition is given for: "
            f"{listed(sorted(text for text in texts if text not in partition_of))}.",
            where="key 'partitions.values'",
            remedy="Map them to train, valid, test or out_of_time.",
        )
    return np.array([partition_of[text] for text in texts], dtype="<U11")[codes]


def from_boundary(values: pd.Series, boundary: Value | None, name: str) -> npt.NDArray[np.bool_]:
    """Whether each value of a time column lies on or after the boundary.

    Dates and ISO text compare as dates, numbers (``202403``) as numbers.

    Errors
    ------
    InputError where the column has missing values or is not time, or where the boundary cannot be read like it.
    """
    where = f"column {shown(name)}"
    missing = int(values.isna().sum())
    if missing:
        raise InputError(
            f"The time column is missing in {missing} rows.", where=where, remedy="Complete it or use another rule."
        )
    kind = column_kind(values)
    if kind == "number":
        if isinstance(boundary, int | float) and not isinstance(boundary, bool):
            return (values >= boundary).to_numpy(dtype=bool)
        raise InputError(
            f"The boundary {shown(boundary)} is not a number as the time column is.",
            where="key 'partitions.out_of_time_from'",
            remedy="Give a number.",
        )
    try:
        moments = pd.to_datetime(values.astype("str"), format="ISO8601") if kind == "text" else values
    except ValueError:
        raise InputError(
            "The time column is text that is not an ISO date.", where=where, remedy="Write dates as YYYY-MM-DD."
        ) from None
    try:
        start = pd.to_datetime(str(boundary), format="ISO8601")
    except ValueError:
        raise InputError(
            f"The boundary {shown(boundary)} is not an ISO date.",
            where="key 'partitions.out_of_time_from'",
            remedy="Write it as 'YYYY-MM-DD'.",
        ) from None
    return (moments >= start).to_numpy(dtype=bool)


def require_both_classes(membership: Membership, outcome: Outcome, expected: Sequence[str]) -> None:
    """Refuse a partition without rows, without events, or without non-events.

    Errors
    ------
    InputError naming the partition and its row count.
    """
    for partition in expected:
        inside = outcome[membership == partition]
        events = int(inside.sum())
        if events and events < len(inside):
            continue
        lacking = (
            "no rows" if not len(inside) else f"no {'events' if not events else 'non-events'} in {len(inside)} rows"
        )
        raise InputError(
            f"The partition '{partition}' has {lacking}.",
            where="key 'partitions'",
            remedy="Change the rule or its shares, or give more data.",
        )


def _text(value: object) -> str:
    """One text for equal values: 1, 1.0 and True are ``1``; a date is its ISO form."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    if isinstance(value, bool | np.bool_ | int | np.integer | float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
