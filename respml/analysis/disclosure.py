"""How single people are shown: under labels, and in values that at least a minimum of people share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.analysis.crowds import DIGITS, averaged, significant, steps, told_apart
from respml.spec.disclosure import Disclosure

WITHHELD = "withheld"
RARE = "a rare value"
MISSING = "missing"
FEW = 12
DECIMALS = 3


class Guard:
    """Applies the spec's section ``disclosure`` to what a chapter shows of single people.

    Where individuals are ``allowed`` everything passes as it is. ``banded`` shows a value as the tenth of the data it
    lies in, or as itself where it is one of few and at least ``minimum_cell`` people share it; ``none`` shows no value.

    Parameters
    ----------
    policy: the section of the spec.
    frame: the people among whom values are shared, one row a person; texts or numbers.
    shown: prints a value of a column; the value's own text where left out.
    """

    def __init__(
        self, policy: Disclosure, frame: pd.DataFrame, shown: Callable[[str, float], str] | None = None
    ) -> None:
        self.policy = policy
        self._frame = frame
        self._shown = shown or _plain
        self._bands: dict[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]] = {}

    @cached_property
    def allowed(self) -> bool:
        """Whether rows are shown as they are."""
        return self.policy.individuals == "allowed"

    def people(self, rows: Iterable[object], word: str = "Person") -> list[str]:
        """Labels: row numbers where individuals are allowed, else ``Person 1``, ``Person 2`` in the order given."""
        return [f"row {row:,}" if self.allowed else f"{word} {place}" for place, row in enumerate(rows, 1)]

    def value(self, name: str, value: object) -> str:
        """A person's value of a column as it may be printed; the empty text for a column that is not in the frame."""
        if name not in self._frame.columns:
            return ""
        if self.allowed:
            return MISSING if pd.isna(value) else self._text(name, value)  # type: ignore[call-overload]
        if self.policy.individuals == "none":
            return WITHHELD
        column = self._frame[name]
        if pd.isna(value):  # type: ignore[call-overload]
            return MISSING if int(column.isna().sum()) >= self.policy.minimum_cell else WITHHELD
        if not pd.api.types.is_numeric_dtype(column) or column.nunique() <= FEW:
            shared = int((column == value).sum())
            return self._text(name, value) if shared >= self.policy.minimum_cell else RARE
        lows, highs = self._bands_of(name)
        place = int(np.clip(np.searchsorted(lows, float(str(value)), side="right") - 1, 0, len(lows) - 1))
        low, high = self._text(name, lows[place]), self._text(name, highs[place])
        if lows[place] == highs[place]:
            return low
        # The outer ends of the first and the last band are the values of one person.
        if len(lows) == 1:
            return WITHHELD
        if place == 0:
            return f"up to {high}"
        return f"{low} or more" if place == len(lows) - 1 else f"{low} to {high}"

    def change(self, name: str, before: object, after: object) -> str:
        """A change of a person's value; one within a band says so."""
        first, second = self.value(name, before), self.value(name, after)
        return f"within {first}" if first == second else f"{first} → {second}"

    def values(self, names: Iterable[str], values: Iterable[object]) -> list[str]:
        """Several values, each with its column."""
        return [self.value(name, value) for name, value in zip(names, values, strict=True)]

    def rounded(self, frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
        """A frame whose named columns keep as many digits as a reader sees, so that the file tells no more."""
        return frame if self.allowed else frame.assign(**{name: frame[name].round(DECIMALS) for name in columns})

    def crowd(self, frame: pd.DataFrame, *, by: Sequence[str] = (), along: Sequence[str]) -> pd.DataFrame:
        """What a figure or a file shows of many people, one line each: groups of ``minimum_cell`` neighbours instead.

        Every frame with a line a person goes through here before it is drawn; see
        :func:`respml.analysis.crowds.averaged`. The outcome, or whatever must not be mixed, belongs into ``by``.

        Parameters
        ----------
        frame: one line a person. by: columns that say what is drawn. along: one or two columns of numbers.
        """
        return frame if self.allowed else averaged(frame, by, along, self.policy.minimum_cell)

    @property
    def drawn_as(self) -> str:
        """What a caption adds where :meth:`crowd` made groups of people of what were lines."""
        return "" if self.allowed else f"; each dot or line stands for `{self.policy.minimum_cell}` people or more"

    def curve(self, curve: pd.DataFrame, outcome: npt.ArrayLike, score: npt.ArrayLike) -> pd.DataFrame:
        """A curve over cut-offs whose steps are ``minimum_cell`` defaults and payers wide: a shorter one is a person.

        Parameters
        ----------
        curve: with ``cutoff``, from the highest; it is rounded to three significant digits, and the first, which is
            the highest score of anybody, becomes infinite.
        outcome, score: of the people, aligned.
        """
        if self.allowed or curve.empty:
            return curve
        kept = steps(
            curve["cutoff"].to_numpy(dtype=np.float64),
            np.asarray(outcome, dtype=np.int64),
            np.asarray(score, dtype=np.float64),
            self.policy.minimum_cell,
        )
        shown = curve.iloc[kept].reset_index(drop=True)
        cutoff = significant(shown["cutoff"].to_numpy(dtype=np.float64), DIGITS)
        cutoff[np.asarray(score, dtype=np.float64).max() <= shown["cutoff"]] = np.inf
        return shown.assign(cutoff=cutoff)

    def inner(self, frame: pd.DataFrame, **named: str) -> pd.DataFrame:
        """Lines of a grid between the values that ``minimum_cell`` people reach; its ends are single people's values.

        Parameters
        ----------
        frame: lines of one or more grids.
        named: column with the values of the grid -> column with the input they belong to (``value="feature"``).
            Missing values stay where ``minimum_cell`` people lack one. What is no level that enough people share is
            rounded, since a place on a grid may be the value of somebody.
        """
        if self.allowed or frame.empty:
            return frame
        kept, shown = np.ones(len(frame), dtype=bool), frame.reset_index(drop=True)
        for values, names in named.items():
            for name in frame[names].unique():
                if name in self._frame.columns and pd.api.types.is_numeric_dtype(self._frame[name]):
                    own = (shown[names] == name).to_numpy(dtype=bool)
                    places = shown.loc[own, values].to_numpy(dtype=np.float64)
                    kept[own] &= self._shared(str(name), places)
                    if self._frame[name].nunique() > FEW:
                        shown[values] = shown[values].astype(np.float64)
                        shown.loc[own, values] = told_apart(places, DIGITS)
        return shown[kept].reset_index(drop=True)

    def clipped(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows whose numbers end where ``minimum_cell`` people are, for what is laid over the range of the data."""
        if self.allowed:
            return frame
        found = frame.copy()
        for name in found.columns.intersection(self._frame.columns):
            ends = self._ends(str(name)) if pd.api.types.is_numeric_dtype(found[name]) else None
            if ends is not None:
                found[name] = found[name].clip(*ends)
        return found

    def _shared(self, name: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which values of a column's grid tell of no single person."""
        column, ends = self._frame[name], self._ends(name)
        least = self.policy.minimum_cell
        missing = int(column.isna().sum())
        if column.nunique() <= FEW:
            levels, counts = np.unique(column.dropna().to_numpy(dtype=np.float64), return_counts=True)
            inside = ~np.isin(values, levels[counts < least])
        elif ends is not None:
            inside = (values >= ends[0]) & (values <= ends[1])
        else:
            inside = np.zeros(len(values), dtype=bool)
        return np.where(np.isnan(values), missing == 0 or missing >= least, inside)

    def _ends(self, name: str) -> tuple[float, float] | None:
        """The values that ``minimum_cell`` people reach from either side; nothing where there are too few people."""
        values = np.sort(self._frame[name].dropna().to_numpy(dtype=np.float64))
        least = self.policy.minimum_cell
        return (float(values[least - 1]), float(values[-least])) if len(values) >= 2 * least else None

    def extremes(self, profile: pd.DataFrame) -> pd.DataFrame:
        """A profile of columns whose ``minimum`` and ``maximum`` are those that ``minimum_cell`` people reach.

        The most frequent value goes where fewer share it.

        Parameters
        ----------
        profile: ``column``, ``minimum``, ``maximum``, perhaps ``most_frequent`` with its count; other columns stay.
        """
        if self.allowed:
            return profile
        found = profile.copy()
        if "most_frequent" in found:
            found["most_frequent"] = found["most_frequent"].mask(
                found["most_frequent_count"] < self.policy.minimum_cell
            )
        for at, name in zip(found.index, found["column"], strict=True):
            column = self._frame[name]
            if not pd.api.types.is_numeric_dtype(column):
                continue
            found.loc[at, ["minimum", "maximum"]] = self._ends(str(name)) or (np.nan, np.nan)
        return found

    def _text(self, name: str, value: object) -> str:
        number = pd.api.types.is_number(value)
        return self._shown(name, float(str(value))) if number else str(value)

    def _bands_of(self, name: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Lowest and highest value of each band; a band holds a tenth of the people, and ``minimum_cell`` at least."""
        if name not in self._bands:
            column = self._frame[name].dropna().to_numpy(dtype=np.float64)
            size = max(self.policy.minimum_cell, -(-len(column) // 10))
            values, counts = np.unique(column, return_counts=True)
            starts, held = [0], 0
            for place, count in enumerate(counts):
                if held >= size:
                    starts.append(place)
                    held = 0
                held += int(count)
            if held < size and len(starts) > 1:
                starts.pop()
            ends = np.array([*starts[1:], len(values)]) - 1
            self._bands[name] = (values[starts], values[ends])
        return self._bands[name]


def _plain(name: str, value: float) -> str:
    del name
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}").replace("-", "−")
