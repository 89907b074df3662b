"""Features that residual analysis asks for first, derived from names and units alone: spreads of series, ratios."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

_MONEY = re.compile(r"^[A-Z]{3}\b|dollar|euro|pound|yen|franc|kron|rupee|yuan|peso|real\b", re.ASCII)
_NUMBERED = re.compile(r"(.*?)_?(\d+)$")
SHORTEST_SERIES = 3


@dataclass(frozen=True)
class NewFeature:
    """A column computed row by row from others.

    Attributes
    ----------
    name: of the new column.
    text: what it is, for print.
    kind: ``deviation`` (standard deviation, n − 1, over ``columns``) or ``ratio`` (mean of ``columns`` over ``below``).
    columns: columns it is computed from.
    below: denominator of a ratio.
    """

    name: str
    text: str
    kind: str
    columns: tuple[str, ...]
    below: str = ""

    def values(self, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
        """The column for the given rows; missing where an operand is missing or a denominator is zero."""
        cells = rows[list(self.columns)].to_numpy(dtype=np.float64, na_value=np.nan)
        if self.kind == "deviation":
            return np.asarray(cells.std(axis=1, ddof=1), dtype=np.float64)
        divisor = rows[self.below].to_numpy(dtype=np.float64, na_value=np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = cells.mean(axis=1) / divisor
        return np.where(np.isfinite(ratio), ratio, np.nan)


def numbered_series(columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Columns whose names differ in a trailing number only, three or more together: stem -> columns in given order."""
    stems: dict[str, list[str]] = {}
    for name in columns:
        match = _NUMBERED.fullmatch(name)
        if match and match[1]:
            stems.setdefault(match[1], []).append(name)
    return {stem: tuple(names) for stem, names in stems.items() if len(names) >= SHORTEST_SERIES}


def candidate_features(columns: Sequence[str], units: dict[str, str], *, most: int) -> tuple[NewFeature, ...]:
    """New features worth a try: the spread within each series, then ratios of columns of one unit.

    Parameters
    ----------
    columns: numeric inputs; units: column -> unit, empty where none is stated; most: number of features returned.
    """
    series = numbered_series(columns)
    inside = {name for names in series.values() for name in names}
    found = [
        NewFeature(f"{stem}_deviation", f"the spread of {names[0]} to {names[-1]}", "deviation", names)
        for stem, names in series.items()
    ]
    alone = [name for name in columns if name not in inside and units.get(name)]
    for place, below in enumerate(alone):
        others = [
            (f"the mean of {names[0]} to {names[-1]}", names)
            for names in series.values()
            if units.get(names[0]) == units[below]
        ]
        others += [(name, (name,)) for name in alone[place + 1 :] if units[name] == units[below]]
        found += [
            NewFeature(f"{names[0]}_over_{below}", f"{text} over {below}", "ratio", names, below)
            for text, names in others
        ]
    # shares and counts share a unit without being parts of one whole: only amounts of money make ratios
    kept = [each for each in found if each.kind == "deviation" or _MONEY.search(units[each.below])]
    return tuple(kept[:most])
