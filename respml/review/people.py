"""Finds one person's row of the portfolio again in values that were printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from respml.portfolio.portfolio import Portfolio

LEAST = 5
SHARE = 0.8
RUN = 6
SHORTEST_RUN = 3
LABELLED_BITS = 10.0
RUN_BITS = 20.0
MOST_BITS = 30.0
ROUNDINGS = (None, 4, 3, 2, 1, 0)
_BITS_PER_DIGIT = float(np.log2(10))
_TAIL = r"(?:\.\d+)?(?:[eE][+\-−]?\d{1,3})?"
GROUPED_NUMBER = r"[+\-−]?(?:\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?![\d,])|\d+)" + _TAIL
PLAIN_NUMBER = r"[+\-−]?\d+" + _TAIL
_GROUPED = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Sighting:
    """What of a person was recognised: ``how`` in words, and how many values agree."""

    how: str
    values: int


def printed_number(text: str) -> tuple[float, float] | None:
    """A printed number and half a unit of its last digit; nothing where the text is no number.

    ``16,581`` is 16581 ± 0.5, ``−0.37`` is −0.37 ± 0.005.
    """
    plain = text.strip().replace("−", "-").replace("\u00a0", "").replace("\u202f", "")
    if not _GROUPED.fullmatch(plain):
        return None
    plain = plain.replace(",", "")
    digits, _, exponent = plain.lower().partition("e")
    decimals = len(digits.partition(".")[2])
    try:
        value = float(plain)
        return value, 0.5 * 10.0 ** (int(exponent or 0) - decimals)
    except OverflowError:
        return None


class People:
    """The rows of a portfolio, ready to be recognised.

    A labelled record (column -> printed value) is a person where at least ``LEAST`` values and ``SHARE`` of all its
    values agree with one row to the printed digit, fewer than ``minimum_cell`` rows share them, and rows drawn column
    by column would share them less than once in ``2 ** LABELLED_BITS``. A run of numbers without labels is a person
    where ``RUN`` values stand in the order of consecutive columns of a row and carry ``RUN_BITS`` more bits than
    there are rows and places to meet by chance; a value carries its significant digits, and no more than its rarity
    where ``minimum_cell`` rows share it. Where an order has fewer numbers a run is as long as that, and three at least.

    Parameters
    ----------
    frame: one row a person; numbers, texts or dates.
    labels: column -> value -> printed label.
    identifier: its column, which is looked for by value.
    orders: further orders of the columns in which a row may be printed.
    minimum_cell: a combination shared by as many rows tells of no single person.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        labels: Mapping[str, Mapping[Any, str]] | None = None,
        identifier: str | None = None,
        orders: Sequence[Sequence[str]] = (),
        minimum_cell: int = 10,
    ) -> None:
        values = frame.drop(columns=[identifier] if identifier is not None else [])
        self.columns: tuple[str, ...] = tuple(str(each) for each in values.columns)
        self.identifier = identifier
        self.rows = len(values)
        self.minimum_cell = minimum_cell
        self.least = min(LEAST, len(self.columns))
        self._place = {normalised(name): place for place, name in enumerate(self.columns)}
        self._words: list[dict[str, float]] = []
        is_text: list[bool] = []
        self._matrix = np.empty((self.rows, len(self.columns)), dtype=np.float64)
        for place, name in enumerate(self.columns):
            column, words = _coded(values.iloc[:, place])
            is_text.append(bool(words))
            words |= {normalised(text): float(code) for code, text in _numeric_labels((labels or {}).get(name))}
            self._matrix[:, place] = column
            self._words.append(words)
        self._telling_bits = np.log2(max(self.rows, 1)) + LABELLED_BITS
        self._sorted = [np.sort(column[~np.isnan(column)]) for column in self._matrix.T]
        known = () if identifier is None else frame[identifier].dropna().map(_identity)
        self.identities = frozenset(str(each) for each in known)
        self.telling = frozenset(each for each in self.identities if is_telling(each))
        known_orders = [
            range(len(self.columns)),
            *([self._place[normalised(each)] for each in order] for order in orders),
        ]
        # Texts between the numbers of a printed row are passed over, so they have no place in a run.
        wanted = dict.fromkeys(tuple(each for each in order if not is_text[each]) for order in known_orders)
        self._width = min([RUN, *(len(order) for order in wanted if len(order) >= SHORTEST_RUN)])
        self._runs = self._run_index([list(each) for each in wanted])

    @classmethod
    def of(cls, portfolio: Portfolio, orders: Sequence[Sequence[str]] = (), minimum_cell: int = 10) -> People:
        """The people of a portfolio, all partitions."""
        labels = {name: dict(portfolio.dictionary[name].labels) for name in portfolio.frame.columns}
        return cls(
            portfolio.frame,
            labels=labels,
            identifier=portfolio.identifier,
            orders=[portfolio.inputs, *orders],
            minimum_cell=minimum_cell,
        )

    def place(self, name: str) -> int | None:
        """Which column a header names, however it is capitalised; nothing where none."""
        return self._place.get(normalised(name))

    def recognised(self, record: Sequence[tuple[int, str]]) -> Sighting | None:
        """Whether a labelled record is a person; pairs of column and printed value, the first of each column."""
        found: dict[int, tuple[float, float]] = {}
        for place, text in record:
            value = self._value(place, text)
            if value is not None and place not in found:
                found[place] = value
        needed = max(self.least, int(np.ceil(SHARE * len(found))))
        shares = [self._share(place, *found[place]) for place in found]
        if sum(each > 0 for each in shares) < needed or self._bits(shares) < self._telling_bits:
            return None
        places = np.array(list(found))
        wanted = np.array([found[each] for each in found])
        reach = wanted[:, 1] + 1e-9 * np.maximum(1.0, np.abs(wanted[:, 0]))
        with np.errstate(invalid="ignore"):
            hit = np.abs(self._matrix[:, places] - wanted[:, 0]) <= reach
        nearest = int(hit.sum(axis=1).argmax())
        matched = hit[nearest]
        if matched.sum() < needed or int(hit[:, matched].all(axis=1).sum()) >= self.minimum_cell:
            return None
        if self._bits(list(hit[:, matched].mean(axis=0))) < self._telling_bits:
            return None
        return Sighting(f"{int(matched.sum())} named values of one row", int(matched.sum()))

    def first_run(self, numbers: Floats) -> tuple[int, Sighting] | None:
        """The first place in a sequence of numbers where a person's values stand in order; NaN ends a run."""
        width = self._width
        if len(numbers) < width or not len(self._runs):
            return None
        best: int | None = None
        for digits in ROUNDINGS:
            rounded = numbers if digits is None else np.round(numbers, digits)
            whole = ~np.isnan(np.lib.stride_tricks.sliding_window_view(rounded, width)).any(axis=1)
            hashes = _windows(_mixed(rounded), width)
            spot = np.searchsorted(self._runs, hashes)
            hits = whole & (self._runs[np.minimum(spot, len(self._runs) - 1)] == hashes)
            if hits.any():
                first = int(hits.argmax())
                best = first if best is None else min(best, first)
        return None if best is None else (best, Sighting(f"{width} values of one row in a run", width))

    def _value(self, place: int, text: str) -> tuple[float, float] | None:
        words = self._words[place]
        if words:
            known = words.get(normalised(text))
            if known is not None:
                return known, 0.0
        return printed_number(text)

    def _share(self, place: int, value: float, reach: float) -> float:
        """The share of rows with this value, to the printed digit."""
        reach += 1e-9 * max(1.0, abs(value))
        column = self._sorted[place]
        first, last = np.searchsorted(column, [value - reach, np.nextafter(value + reach, np.inf)])
        return float(last - first) / self.rows

    @staticmethod
    def _bits(shares: Sequence[float]) -> float:
        """How rarely rows drawn column by column would agree in all values that occur."""
        return float(-sum(np.log2(each) for each in shares if each > 0))

    def _run_index(self, orders: list[list[int]]) -> Hashes:
        """Hashes of all windows of consecutive values that carry enough to tell a person, sorted."""
        width, columns = self._width, len(self.columns)
        if not self.rows:
            return np.empty(0, dtype=np.uint64)
        needed = np.log2(self.rows * columns) + RUN_BITS
        kept: list[Hashes] = []
        before: Floats | None = None
        for digits in ROUNDINGS:
            values = self._matrix if digits is None else np.round(self._matrix, digits)
            if before is not None and np.array_equal(values, before, equal_nan=True):
                continue
            before = values
            bits = np.column_stack([_bits(column, self.minimum_cell) for column in values.T])
            mixed = _mixed(values)
            for order in orders:
                for start in range(len(order) - width + 1):
                    window = order[start : start + width]
                    # missing values make the sum NaN, which is not enough
                    rows = np.flatnonzero(bits[:, window].sum(axis=1) >= needed)
                    rows = rows[_told_once(values[rows][:, window], bits[rows][:, window]) >= needed]
                    hashes, shared = np.unique(_combined(mixed[rows][:, window]), return_counts=True)
                    kept.append(hashes[shared < self.minimum_cell])
        return np.unique(np.concatenate(kept)) if kept else np.empty(0, dtype=np.uint64)


def normalised(text: str) -> str:
    """A name as it is compared: lower case, Markdown's escapes dropped, spaces folded."""
    return " ".join(str(text).replace("\\", "").replace("\u200b", "").casefold().split())


def is_telling(identity: str) -> bool:
    """Whether an identifier is recognised wherever it stands: eight digits, or six characters with letter and digit."""
    digits = sum(each.isdigit() for each in identity)
    letters = sum(each.isalpha() for each in identity)
    return digits >= 8 or (digits >= 2 and letters >= 1 and digits + letters >= 6)


def _identity(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _coded(column: pd.Series) -> tuple[Floats, dict[str, float]]:
    """A column as numbers; texts and dates become codes, with the code of each printed form."""
    if pd.api.types.is_numeric_dtype(column) and not isinstance(column.dtype, pd.CategoricalDtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), {}
    codes, levels = pd.factorize(column)
    values = np.where(codes >= 0, codes.astype(np.float64), np.nan)
    words: dict[str, float] = {}
    for code, level in enumerate(levels):
        words[normalised(str(level))] = float(code)
        if hasattr(level, "strftime"):
            words[level.strftime("%Y-%m-%d")] = float(code)
    return values, words


def _numeric_labels(labels: Mapping[Any, str] | None) -> Iterator[tuple[float, str]]:
    for code, text in (labels or {}).items():
        if isinstance(code, int | float) and not isinstance(code, bool):
            yield code, text


def _bits(column: Floats, minimum_cell: int) -> Floats:
    """What each value of a column tells: its significant digits, and no more than its rarity where many share it."""
    levels, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    rarity = np.where(counts < minimum_cell, MOST_BITS, -np.log2(counts / len(column)))
    digits = np.array([_significant_digits(each) for each in levels], dtype=np.float64)
    return np.asarray(np.minimum(rarity, digits * _BITS_PER_DIGIT)[inverse], dtype=np.float64)


def _told_once(values: Floats, bits: Floats) -> Floats:
    """Sums of bits along rows; a value that comes again tells nothing new, for equal numbers in a row are common."""
    new = np.ones(values.shape, dtype=bool)
    for place in range(1, values.shape[1]):
        new[:, place] = (values[:, :place] != values[:, place : place + 1]).all(axis=1)
    return np.asarray((bits * new).sum(axis=1), dtype=np.float64)


def _significant_digits(value: float) -> float:
    if np.isnan(value):
        return float("nan")
    return float(len(f"{abs(value):.15g}".partition("e")[0].replace(".", "").strip("0")))


def _mixed(values: Floats) -> Hashes:
    """A well-spread 64-bit number for each value (the finaliser of SplitMix64 over its bits); −0 counts as 0."""
    bits = (values + 0.0).view(np.uint64).copy()
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


def _combined(columns: Hashes) -> Hashes:
    """One hash for the values of a window, which depends on their order."""
    total = np.zeros(len(columns), dtype=np.uint64)
    for place in range(columns.shape[1]):
        total = total * np.uint64(0x9E3779B97F4A7C15) + columns[:, place]
    return total


def _windows(mixed: Hashes, width: int) -> Hashes:
    """The hash of every window of consecutive values."""
    return _combined(np.lib.stride_tricks.sliding_window_view(mixed, width))
