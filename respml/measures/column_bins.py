"""Bins of one column, learnt on reference rows; missing and unseen values are bins of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.errors import InputError
from respml.measures.inputs import Floats, Integers


@dataclass(frozen=True)
class ColumnBins:
    """Bins of one column, in order: intervals or levels, then unseen values (levels only), then missing values.

    Attributes
    ----------
    numeric: whether values are compared as numbers.
    edges: interior edges of the intervals, each bin open on the left and closed on the right; none for levels.
    levels: the known values, where each is a bin; empty for intervals.
    """

    numeric: bool
    edges: Floats | None
    levels: pd.Index[Any]

    @property
    def size(self) -> int:
        """Number of bins, with those for unseen and missing values."""
        return self.known + (1 if self.edges is not None else 2)

    @property
    def known(self) -> int:
        """Number of intervals or levels."""
        return self.edges.size + 1 if self.edges is not None else len(self.levels)

    def describe(self) -> pd.DataFrame:
        """``bin`` (label), ``kind`` (interval, level, unseen, missing), ``from_value`` and ``to_value``."""
        if self.edges is not None:
            low, high = np.append(-np.inf, self.edges), np.append(self.edges, np.inf)
            labels = [_interval_label(a, b) for a, b in zip(low, high, strict=True)]
            kinds = ["interval"] * len(labels)
        else:
            labels = [_level_label(level) for level in self.levels] + ["unseen"]
            kinds = ["level"] * (len(labels) - 1) + ["unseen"]
            low = high = np.full(len(labels), np.nan)
        return pd.DataFrame(
            {
                "bin": [*labels, "missing"],
                "kind": [*kinds, "missing"],
                "from_value": np.append(low, np.nan),
                "to_value": np.append(high, np.nan),
            }
        )

    def codes(self, column: ArrayLike | pd.Series[Any]) -> Integers:
        """Position of each value's bin, in the order of :meth:`describe`."""
        series = _series(column, self.numeric)
        missing = series.isna().to_numpy()
        if self.edges is not None:
            codes = np.searchsorted(self.edges, series.to_numpy(np.float64), side="left").astype(np.int64)
        else:
            codes = self.levels.get_indexer(pd.Index(series)).astype(np.int64)
            codes[codes < 0] = len(self.levels)
        codes[missing] = self.size - 1
        return codes


def _interval_label(low: float, high: float) -> str:
    if np.isinf(low) and np.isinf(high):
        return "all values"
    if np.isinf(low):
        return f"≤ {high:.6g}"
    return f"> {low:.6g}" if np.isinf(high) else f"{low:.6g} to {high:.6g}"


def _level_label(level: Any) -> str:
    return f"{level:.6g}" if isinstance(level, float) else str(level)


def is_numeric(column: ArrayLike | pd.Series[Any]) -> bool:
    """Whether a column holds numbers (bools and categories are levels, not numbers)."""
    series = pd.Series(column)
    return bool(pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype))


def _series(column: ArrayLike | pd.Series[Any], numeric: bool) -> pd.Series[Any]:
    """The column as floats, or as plain Python objects."""
    series = pd.Series(column).reset_index(drop=True)
    if not numeric:
        return series.astype(object)
    try:
        return pd.to_numeric(series).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            "A column that is numeric in the reference rows holds text in the current ones.",
            remedy="Give both the same type.",
        ) from error


def weighted_quantiles(values: Floats, levels: Floats, weight: Floats | None = None) -> Floats:
    """Smallest value whose cumulative weight reaches each level (inverted distribution function)."""
    order = np.argsort(values, kind="stable")
    mass = np.ones(values.size) if weight is None else weight[order]
    reached = np.cumsum(mass)
    # A relative slack keeps a level that is met exactly from slipping to the next value by rounding.
    position = np.searchsorted(reached, levels * reached[-1] * (1 - 1e-12), side="left")
    chosen: Floats = values[order][np.minimum(position, values.size - 1)]
    return chosen


def learn_bins(
    column: ArrayLike | pd.Series[Any],
    bins: int = 10,
    *,
    edges: ArrayLike | None = None,
    categories: Sequence[Any] | None = None,
    weight: Floats | None = None,
) -> ColumnBins:
    """Bins of a column from reference rows.

    Numbers with more than ``bins`` distinct values get intervals between their quantiles (equal edges merge); numbers
    with fewer, text, bools and categories get one bin a value.

    Parameters
    ----------
    column: reference values.
    bins: number of intervals wanted.
    edges: interior edges to use instead (infinite outer edges may be included; they are dropped).
    categories: levels to use instead.
    weight: case weights for the quantiles.
    """
    if bins < 1:
        raise InputError("The number of bins is below one.", remedy="Ask for at least one bin.")
    numeric = is_numeric(column)
    if categories is not None:
        index: pd.Index[Any] = pd.Index(list(categories), dtype=np.float64 if numeric else object)
        return ColumnBins(numeric, None, index)
    if edges is not None:
        given = np.unique(np.asarray(edges, dtype=np.float64))
        return ColumnBins(True, given[np.isfinite(given)], pd.Index([]))
    present = _series(column, numeric)
    kept = present.notna().to_numpy()
    levels = present[kept].unique()
    if not numeric or len(levels) <= bins:
        ordered = sorted(levels, key=lambda level: (0.0, level) if numeric else (type(level).__name__, str(level)))
        return ColumnBins(numeric, None, pd.Index(ordered, dtype=np.float64 if numeric else object))
    values = present[kept].to_numpy(np.float64)
    inner = weighted_quantiles(values, np.arange(1, bins) / bins, None if weight is None else weight[kept])
    # An edge at the maximum would leave the last bin empty by construction.
    distinct = np.unique(inner)
    return ColumnBins(True, distinct[distinct < values.max()], pd.Index([]))
