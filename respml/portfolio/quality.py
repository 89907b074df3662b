"""Data quality as tidy frames: pure functions of a frame, its dictionary and its partitions."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.portfolio.column_types import column_kind
from respml.portfolio.dictionary import Dictionary


def completeness(frame: pd.DataFrame) -> pd.DataFrame:
    """Missing values of each column.

    Returns
    -------
    ``column``, ``n`` (rows), ``missing`` (rows without a value), ``missing_share`` (nan where there are no rows).
    """
    missing = frame.isna().sum().to_numpy(dtype=np.int64)
    share = missing / len(frame) if len(frame) else np.full(len(missing), np.nan)
    return pd.DataFrame(
        {"column": list(frame.columns), "n": len(frame), "missing": missing, "missing_share": share},
        columns=["column", "n", "missing", "missing_share"],
    )


def uniqueness(frame: pd.DataFrame) -> pd.DataFrame:
    """Distinct values of each column, missing ones left out.

    Returns
    -------
    ``column``, ``n`` (rows with a value), ``distinct``, ``distinct_share`` (distinct / n), ``most_frequent`` (text of
    the commonest value; the smallest text among equals), ``most_frequent_share`` (of n).
    """
    records = []
    for name in frame.columns:
        counts = frame[name].value_counts(dropna=True)
        counts = counts[counts > 0]
        n = int(counts.sum())
        top = sorted(str(value) for value in counts.index[counts == counts.max()]) if n else []
        records.append(
            {
                "column": name,
                "n": n,
                "distinct": len(counts),
                "distinct_share": len(counts) / n if n else np.nan,
                "most_frequent": top[0] if top else "",
                "most_frequent_share": counts.max() / n if n else np.nan,
            }
        )
    columns = ["column", "n", "distinct", "distinct_share", "most_frequent", "most_frequent_share"]
    return pd.DataFrame(records, columns=columns)


def column_types(frame: pd.DataFrame) -> pd.DataFrame:
    """The type of each column: ``column``, ``dtype`` (as stored), ``kind`` (number, text, date, other)."""
    return pd.DataFrame(
        {
            "column": list(frame.columns),
            "dtype": [str(dtype) for dtype in frame.dtypes],
            "kind": [column_kind(frame[name]) for name in frame.columns],
        }
    )


def range_violations(frame: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """Rows outside the allowed range, for each column of numbers or dates whose dictionary entry states one.

    Returns
    -------
    ``column``, ``minimum``, ``maximum`` (text, empty where open), ``n`` (rows with a value), ``below``, ``above``,
    ``share`` (of n), ``smallest``, ``largest`` (observed, text).
    """
    records = []
    for name in frame.columns:
        column = dictionary[name]
        values = frame[name].dropna()
        kind = column_kind(values)
        if (column.minimum is None and column.maximum is None) or kind not in ("number", "date"):
            continue
        low, high = _limit(column.minimum, kind), _limit(column.maximum, kind)
        below = int((values < low).sum()) if low is not None else 0
        above = int((values > high).sum()) if high is not None else 0
        records.append(
            {
                "column": name,
                "minimum": "" if column.minimum is None else str(column.minimum),
                "maximum": "" if column.maximum is None else str(column.maximum),
                "n": len(values),
                "below": below,
                "above": above,
                "share": (below + above) / len(values) if len(values) else np.nan,
                "smallest": _observed(values.min()) if len(values) else "",
                "largest": _observed(values.max()) if len(values) else "",
            }
        )
    names = ["column", "minimum", "maximum", "n", "below", "above", "share", "smallest", "largest"]
    return pd.DataFrame(records, columns=names)


def unmapped_codes(frame: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """Values without a label in columns whose dictionary entry has labels; missing codes count as mapped.

    A numeric column of type ``number`` with labels names only special values, so its other values are not listed.

    Returns
    -------
    ``column``, ``code`` (text), ``n`` (rows with it), ``share`` (of the rows with a value); sorted by column, code.
    """
    records = []
    for name in frame.columns:
        column = dictionary[name]
        if not column.labels or column.type == "number":
            continue
        known = set(column.labels) | set(column.missing)
        counts = frame[name].value_counts(dropna=True).sort_index()
        counts = counts[counts > 0]
        total = int(counts.sum())
        for code, n in counts.items():
            if code not in known:
                records.append({"column": name, "code": _observed(code), "n": int(n), "share": n / total})
    return pd.DataFrame(records, columns=["column", "code", "n", "share"])


def constants(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns with one distinct value and no missing ones: ``column``, ``value`` (text), ``n``."""
    records = [
        {"column": name, "value": _observed(frame[name].iloc[0]), "n": len(frame)}
        for name in frame.columns
        if len(frame) and not frame[name].isna().any() and frame[name].nunique() == 1
    ]
    return pd.DataFrame(records, columns=["column", "value", "n"])


def all_missing(frame: pd.DataFrame) -> tuple[str, ...]:
    """Names of the columns without any value."""
    return tuple(str(name) for name in frame.columns if frame[name].isna().all())


def duplicate_rows(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Combinations of values that occur more than once.

    Returns
    -------
    One row: ``columns`` (comma-separated), ``n`` (rows), ``groups`` (combinations that repeat), ``rows`` (rows in
    them), ``surplus`` (rows beyond the first of each).
    """
    keys = frame[list(columns)]
    repeated = keys.duplicated(keep=False)
    surplus = int(keys.duplicated().sum())
    rows = int(repeated.sum())
    record = {"columns": ", ".join(columns), "n": len(frame), "groups": rows - surplus, "rows": rows}
    return pd.DataFrame([{**record, "surplus": surplus}])


def duplicates_across_partitions(
    frame: pd.DataFrame, membership: npt.NDArray[np.str_], columns: Sequence[str], order: Sequence[str]
) -> pd.DataFrame:
    """Rows of one partition whose values in ``columns`` also occur in another: a leak from training to testing.

    Parameters
    ----------
    frame, membership: all rows and their partitions, aligned.
    columns: the columns compared (an identifier, or all inputs); missing values are equal to each other.
    order: the partitions, in order.

    Returns
    -------
    ``partition``, ``other``, ``n`` (rows of ``partition``), ``shared`` (those that also occur in ``other``), ``share``;
    one row for each ordered pair.
    """
    groups = frame.groupby(list(columns), sort=False, dropna=False, observed=True).ngroup().to_numpy()
    inside = {partition: groups[membership == partition] for partition in order}
    records = []
    for partition in order:
        for other in order:
            if partition == other:
                continue
            shared = int(np.isin(inside[partition], inside[other]).sum())
            n = len(inside[partition])
            records.append(
                {
                    "partition": partition,
                    "other": other,
                    "n": n,
                    "shared": shared,
                    "share": shared / n if n else np.nan,
                }
            )
    return pd.DataFrame(records, columns=["partition", "other", "n", "shared", "share"])


def _limit(limit: float | datetime.date | None, kind: str) -> float | pd.Timestamp | None:
    """The limit as something the column compares with; None where the two are of different kinds."""
    if isinstance(limit, datetime.date):
        return pd.Timestamp(limit) if kind == "date" else None
    return limit if kind == "number" else None


def _observed(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
