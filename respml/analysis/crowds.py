"""Many people in one picture: each line stands for a minimum of them, and no order tells which.

A line a person would be that person's score, contribution or rank, which whoever holds the inputs and the model can
find again; lines in the order of the data would join it to the next picture. So a cloud of people becomes a cloud of
small groups (microaggregation: Defays and Anwar 1998; Domingo-Ferrer and Mateo-Sanz 2002).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

DIGITS = 3
PEOPLE = "people"


def averaged(frame: pd.DataFrame, by: Sequence[str], along: Sequence[str], fewest: int) -> pd.DataFrame:
    """Means of groups of neighbours instead of single lines.

    Within each block of equal ``by`` the lines are sorted along the first column and cut into slices, each slice is
    sorted along the second and cut into groups of ``fewest`` lines or a few more. Lines that lack a value of ``along``
    are grouped among themselves. A block of fewer than ``fewest`` lines is left out.

    Parameters
    ----------
    frame: one line a person. by: columns that say what is drawn (input, class); they stay as they are.
    along: one or two columns of numbers, what is drawn against what.

    Returns
    -------
    The columns of ``by``; of the others the means of numbers, to three significant digits, and texts that are the same
    in the whole block; ``people``, how many a line stands for. Blocks in the order of their first line.
    """
    numbers = [
        name
        for name in frame.columns
        if name not in by and pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
    ]
    texts = [name for name in frame.columns if name not in by and name not in numbers]
    lines: list[dict[str, object]] = []
    for block in _blocks(frame, by, along):
        if len(block) < fewest:
            continue
        same = {name: block[name].iloc[0] for name in texts if block[name].nunique(dropna=False) == 1}
        values = block[numbers].to_numpy(dtype=np.float64, na_value=np.nan)
        places = [numbers.index(name) for name in along]
        for group in _groups(values, places, fewest):
            means = significant(values[group].mean(axis=0), DIGITS)
            lines.append(
                {name: block[name].iloc[0] for name in by}
                | same
                | dict(zip(numbers, means.tolist(), strict=True))
                | {PEOPLE: len(group)}
            )
    kept = [name for name in frame.columns if name in by or name in numbers or any(name in line for line in lines)]
    return pd.DataFrame(lines, columns=[*kept, PEOPLE])


def steps(
    cutoff: npt.NDArray[np.float64], outcome: npt.NDArray[np.int_], score: npt.NDArray[np.float64], fewest: int
) -> list[int]:
    """Which vertices of a curve over cut-offs stay: neighbours are at least ``fewest`` defaults and payers apart.

    Every vertex of such a curve is one person, and the sequence of the steps is the outcome of each in the order of the
    score. The vertex with nobody above it and the last one stay.

    Parameters
    ----------
    cutoff: of the vertices, from the highest; scores strictly above it count as predicted defaults.
    outcome, score: of the people.
    """
    above = [np.sort(score[outcome == each]) for each in (0, 1)]
    passed = np.column_stack([len(each) - np.searchsorted(each, cutoff, side="right") for each in above])
    kept, before = [], np.zeros(2, dtype=np.int64)
    for place, counts in enumerate(passed):
        if not counts.any() or (counts - before >= fewest).all():
            kept.append(place)
            before = counts
    last = len(cutoff) - 1
    if kept and kept[-1] != last and passed[kept[-1]].any():
        # the step to the last would be shorter than the others
        kept.pop()
    return kept if kept and kept[-1] == last else [*kept, last]


def significant(values: npt.NDArray[np.float64], digits: int) -> npt.NDArray[np.float64]:
    """Numbers to so many significant digits; what is not finite stays."""
    rounded = values.astype(np.float64, copy=True)
    finite = np.isfinite(rounded) & (rounded != 0)
    size = np.floor(np.log10(np.abs(rounded[finite])))
    scale = 10.0 ** (digits - 1 - size)
    rounded[finite] = np.round(rounded[finite] * scale) / scale
    return rounded


def told_apart(values: npt.NDArray[np.float64], digits: int) -> npt.NDArray[np.float64]:
    """Numbers rounded to ``digits`` digits of their range, or to as many more as keep different ones different."""
    known = np.unique(values[np.isfinite(values)])
    if len(known) < 2:
        return significant(values, digits)
    size = int(np.floor(np.log10(known[-1] - known[0])))
    for more in range(digits - 1, 15):
        rounded = np.round(values, more - size)
        if len(np.unique(rounded[np.isfinite(rounded)])) == len(known):
            return rounded
    return values


def _blocks(frame: pd.DataFrame, by: Sequence[str], along: Sequence[str]) -> Iterator[pd.DataFrame]:
    keys = [frame[name] for name in by] + [frame[name].isna().rename(f"no {name}") for name in along]
    for _, block in frame.groupby(keys, sort=False, dropna=False, observed=True):
        yield block


def _groups(values: npt.NDArray[np.float64], along: Sequence[int], fewest: int) -> Iterator[npt.NDArray[np.int_]]:
    """Positions of the lines of each group; ties are broken by the other numbers, never by the order of the lines."""
    rest = [place for place in range(values.shape[1]) if place not in along]
    order = np.lexsort([values[:, place] for place in (*rest[::-1], *along[::-1])])
    number = len(values) // fewest
    slices = 1 if len(along) < 2 else max(1, round(number**0.5))
    if slices == 1:
        yield from np.array_split(order, number)
        return
    for part in np.array_split(order, slices):
        inner = part[np.lexsort([values[part, place] for place in (*rest[::-1], along[0], along[1])])]
        yield from np.array_split(inner, max(1, len(part) // fewest))
