"""What the columns of a table hold: counts, moments, levels, duplicates, and their association with the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.measures.column_bins import is_numeric
from respml.measures.conventions import convention
from respml.measures.feature_association import (
    correlation_with_outcome,
    information_value,
    information_value_table,
    single_feature_auc,
    variance_inflation,
)

__all__ = [
    "Duplicates",
    "column_profile",
    "correlation_with_outcome",
    "duplicate_columns",
    "duplicate_rows",
    "information_value",
    "information_value_table",
    "shared_rows",
    "single_feature_auc",
    "variance_inflation",
]


@convention(
    name="Column profile",
    formula="count, missing, distinct, mean, standard deviation (n − 1), minimum, quartiles, maximum, zeros, mode",
    source="definition; quartiles by linear interpolation (Hyndman & Fan 1996, type 7)",
    ties="of several most frequent values the smallest is named",
    zero_bins="moments of levels and of empty columns are undefined",
    denominator="values that are present",
    weights="not applicable: unweighted only",
)
def column_profile(frame: pd.DataFrame) -> pd.DataFrame:
    """Descriptive statistics of every column.

    Returns
    -------
    DataFrame, one row a column in order: ``column``, ``kind`` (``number`` or ``level``), ``count`` (values present),
    ``missing``, ``distinct``, ``mean``, ``standard_deviation``, ``minimum``, ``lower_quartile``, ``median``,
    ``upper_quartile``, ``maximum``, ``zeros``, ``most_frequent`` (as text), ``most_frequent_count``. Moments,
    quartiles and ``zeros`` are ``nan`` for levels.
    """
    return pd.DataFrame([_profile(str(name), frame[name]) for name in frame.columns])


def _profile(name: str, column: pd.Series[Any]) -> dict[str, Any]:
    present = column.dropna()
    numeric = is_numeric(column)
    values, counts = np.unique(present.to_numpy() if numeric else present.astype(str).to_numpy(), return_counts=True)
    most = int(np.argmax(counts)) if counts.size else -1
    nan = float("nan")
    numbers = present.to_numpy(np.float64) if numeric else np.empty(0)
    some = numbers.size > 0
    quantiles = np.quantile(numbers, [0, 0.25, 0.5, 0.75, 1]) if some else np.full(5, nan)
    mode = values[most] if most >= 0 else ""
    return {
        "column": name,
        "kind": "number" if numeric else "level",
        "count": present.size,
        "missing": column.size - present.size,
        "distinct": values.size,
        "mean": float(numbers.mean()) if some else nan,
        "standard_deviation": float(numbers.std(ddof=1)) if numbers.size > 1 else nan,
        "minimum": float(quantiles[0]),
        "lower_quartile": float(quantiles[1]),
        "median": float(quantiles[2]),
        "upper_quartile": float(quantiles[3]),
        "maximum": float(quantiles[4]),
        "zeros": float(np.count_nonzero(numbers == 0)) if numeric else nan,
        "most_frequent": f"{mode:.12g}" if numeric and most >= 0 else str(mode),
        "most_frequent_count": int(counts[most]) if most >= 0 else 0,
    }


@dataclass(frozen=True)
class Duplicates:
    """Rows that equal another row.

    Attributes
    ----------
    n: rows examined.
    groups: number of distinct rows that occur more than once.
    rows: number of rows in those groups.
    surplus: rows that would have to go for each to occur once, ``rows − groups``.
    """

    n: int
    groups: int
    rows: int
    surplus: int


def _chosen(frame: pd.DataFrame, columns: Sequence[str] | None) -> pd.DataFrame:
    names = list(frame.columns if columns is None else columns)
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise InputError(f"The table lacks the columns {', '.join(map(str, absent))}.", remedy="Name columns it has.")
    return frame[names]


@convention(
    name="Duplicate rows",
    formula="rows equal in all the columns named; missing values equal each other",
    source="definition",
    denominator="rows",
    weights="not applicable: unweighted only",
)
def duplicate_rows(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> Duplicates:
    """Rows that occur more than once, compared on ``columns`` (all where none are named; leave identifiers out)."""
    chosen = _chosen(frame, columns)
    if chosen.shape[1] == 0:
        return Duplicates(len(frame), 0, 0, 0)
    surplus = int(chosen.duplicated().sum())
    rows = int(chosen.duplicated(keep=False).sum())
    return Duplicates(len(frame), rows - surplus, rows, surplus)


@convention(
    name="Rows shared by two partitions",
    formula="rows of the second table that equal, in all the columns named, a row of the first",
    source="definition",
    denominator="rows of the second table",
    weights="not applicable: unweighted only",
)
def shared_rows(first: pd.DataFrame, second: pd.DataFrame, columns: Sequence[str] | None = None) -> int:
    """Number of rows of ``second`` found in ``first`` (duplication of training rows in test rows).

    Parameters
    ----------
    columns: columns to compare, all of the first table where none are named; identifiers must be left out.
    """
    left = _chosen(first, columns)
    right = _chosen(second, list(left.columns))
    if left.shape[1] == 0 or left.empty or right.empty:
        return 0
    both = pd.concat([left, right], ignore_index=True)
    code = both.groupby(list(both.columns), sort=False, dropna=False, observed=True).ngroup().to_numpy()
    return int(np.isin(code[len(left) :], code[: len(left)]).sum())


@convention(
    name="Duplicate columns",
    formula="columns equal in every row; missing values equal each other",
    source="definition",
    weights="not applicable: unweighted only",
)
def duplicate_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Pairs of columns that hold the same values.

    Returns
    -------
    DataFrame with ``first`` and ``second``, in the order of the frame; each later column is paired with the first
    one it equals.
    """
    pairs = []
    seen: list[str] = []
    for name in frame.columns:
        twin = next((other for other in seen if frame[other].equals(frame[name])), None)
        if twin is None:
            seen.append(name)
        else:
            pairs.append((str(twin), str(name)))
    return pd.DataFrame(pairs, columns=["first", "second"])
