"""Cutting a portfolio into slices: levels, quantile bins, pairs of them; learned on some rows, applied to any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from respml.debug.arrays import Integers
from respml.errors import InputError


@dataclass(frozen=True)
class Slicing:
    """How one column is cut.

    Attributes
    ----------
    column: name of the column.
    levels: values that are slices of their own; empty where the column is cut at ``edges``.
    edges: inner cut points: bin i holds edges[i-1] < x <= edges[i].
    labels: printed name of each slice, in code order, ``missing`` last and ``other`` (level not seen) before it.
    """

    column: str
    levels: tuple[Any, ...]
    edges: tuple[float, ...]
    labels: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of codes, with those of other and missing values."""
        return len(self.labels)

    @property
    def short_labels(self) -> tuple[str, ...]:
        """:attr:`labels` without the column's name, for axes and cells that stand under it."""
        name = self.column
        return tuple(
            label.replace(f" < {name} ≤ ", " to ").replace(f"{name} = ", "").replace(f"{name} ", "")
            for label in self.labels
        )

    def codes(self, values: pd.Series) -> Integers:
        """Slice of each row."""
        missing = values.isna().to_numpy()
        if self.levels:
            found = pd.Index(self.levels).get_indexer(pd.Index(values))
            code = np.where(found < 0, len(self.levels), found).astype(np.int64)
        else:
            numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
            code = np.searchsorted(np.asarray(self.edges), numbers, side="left").astype(np.int64)
        return np.where(missing, self.size - 1, code)


def slicing(values: pd.Series, bins: int) -> Slicing:
    """The slices of a column: its levels where it is not numeric or has at most ``bins`` values, else quantile bins.

    Numbers in a column of objects are levels too, in numeric order: pass codes such as a repayment state that way.
    Ordered categories keep their order.
    """
    name = str(values.name)
    present = values.dropna()
    numeric = bool(pd.api.types.is_numeric_dtype(values))
    if isinstance(values.dtype, pd.CategoricalDtype) and values.cat.ordered:
        found = set(present.unique())
        distinct = np.array([each for each in values.cat.categories if each in found], dtype=object)
    elif numeric:
        distinct = np.sort(present.unique())
    else:
        distinct = np.array(sorted(present.unique(), key=_order), dtype=object)
    if not numeric or len(distinct) <= bins:
        levels = tuple(distinct.tolist())
        labels = tuple(f"{name} = {_level_words(each)}" for each in levels)
        return Slicing(name, levels, (), (*labels, f"{name} other", f"{name} missing"))
    cuts = np.quantile(present.to_numpy(dtype=np.float64), np.arange(1, bins) / bins, method="inverted_cdf")
    edges = np.unique(cuts)
    edges = edges[edges < float(distinct[-1])]
    cut_words = [number_words(float(each)) for each in edges]
    middle = [f"{low} < {name} ≤ {high}" for low, high in pairwise(cut_words)]
    if edges.size == 0:
        return Slicing(name, (), (), (f"{name} any", f"{name} missing"))
    return Slicing(
        name,
        (),
        tuple(float(each) for each in edges),
        (f"{name} ≤ {cut_words[0]}", *middle, f"{name} > {cut_words[-1]}", f"{name} missing"),
    )


def number_words(value: float) -> str:
    """A cut point or level as it is printed: thousands apart, a true minus, whole numbers in full."""
    if not np.isfinite(value):
        return f"{value}"
    digits = ",.0f" if float(value).is_integer() else ",.1f" if abs(value) >= 1000 else ".6g"
    return format(value, digits).replace("-", "−")


def _level_words(level: Any) -> str:
    number = isinstance(level, int | float | np.number) and not isinstance(level, bool | np.bool_)
    return number_words(float(level)) if number else str(level)


def _order(level: Any) -> tuple[bool, float, str]:
    number = isinstance(level, int | float | np.number)
    return (not number, float(level) if number else 0.0, str(level))


def slicings(frame: pd.DataFrame, columns: Sequence[str], bins: int) -> dict[str, Slicing]:
    """:func:`slicing` of each column; :class:`InputError` names those that are absent."""
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise InputError(f"The frame lacks columns: {', '.join(absent)}.", remedy="Slice by existing columns.")
    return {name: slicing(frame[name], bins) for name in columns}


@dataclass(frozen=True)
class SliceCodes:
    """Codes of many rows under one- and two-way slicings.

    Attributes
    ----------
    columns: one tuple of column names (one or two) a family of slices.
    codes: one integer array (rows,) a family.
    sizes: number of codes of each family.
    """

    columns: tuple[tuple[str, ...], ...]
    codes: tuple[Integers, ...]
    sizes: tuple[int, ...]


def slice_codes(frame: pd.DataFrame, cuts: Mapping[str, Slicing], pairs: bool) -> SliceCodes:
    """Codes of all rows for every column and, where ``pairs``, every pair of columns."""
    single = {name: cut.codes(frame[name]) for name, cut in cuts.items()}
    names = list(cuts)
    columns: list[tuple[str, ...]] = [(name,) for name in names]
    codes = [single[name] for name in names]
    sizes = [cuts[name].size for name in names]
    if pairs:
        for at, first in enumerate(names):
            for second in names[at + 1 :]:
                columns.append((first, second))
                codes.append(single[first] * cuts[second].size + single[second])
                sizes.append(cuts[first].size * cuts[second].size)
    return SliceCodes(tuple(columns), tuple(codes), tuple(sizes))


def slice_label(cuts: Mapping[str, Slicing], columns: tuple[str, ...], code: int) -> str:
    """The slice in words."""
    if len(columns) == 1:
        return cuts[columns[0]].labels[code]
    first, second = divmod(code, cuts[columns[1]].size)
    return f"{cuts[columns[0]].labels[first]} and {cuts[columns[1]].labels[second]}"
