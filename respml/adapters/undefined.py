"""Rows that an analysis invents and a model gives no score: a missing value it refuses, a value its formula has none
for. A row of the data without a score is an error; one that an analysis made up is counted and told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.errors import AnalysisError, InputError

Floats = npt.NDArray[np.float64]
Answer = Callable[[pd.DataFrame], Floats]

PROBED = 3
FEW = 8
"""A call that fails for more rows than this is halved, one for fewer is made row by row: one row may fail a call."""
MOST_CALLS = 5_000
"""After so many calls what still fails stays without a score: the largest parts are asked first."""


def answers_where_defined(answer: Answer, rows: pd.DataFrame, refused: Sequence[str]) -> Floats:
    """Probability of default, NaN for the rows that the model gives none.

    Parameters
    ----------
    answer: rows -> probabilities, NaN where undefined; it may instead raise for a whole call.
    rows: as the model sees them.
    refused: the inputs whose missing value the model refuses; such rows are not put to it.
    """
    found = np.full(len(rows), np.nan)
    asked = np.flatnonzero(~rows[list(refused)].isna().any(axis=1).to_numpy())
    waiting = deque([asked] if len(asked) else [])
    calls = 0
    while waiting and calls < MOST_CALLS:
        part = waiting.popleft()
        calls += 1
        try:
            found[part] = answer(rows.iloc[part])
        except (AnalysisError, InputError):
            if len(part) > FEW:
                waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
            elif len(part) > 1:
                waiting += [part[place : place + 1] for place in range(len(part))]
    return found


def refused_missing(answer: Answer, rows: pd.DataFrame, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns of which the model takes no missing value, found by leaving each empty in a few rows.

    Parameters
    ----------
    answer: rows of the portfolio -> probabilities; raises or gives NaN where there is none.
    rows: rows that it scores.
    columns: the columns it reads.
    """
    few = rows.iloc[:PROBED]
    refused = []
    for column in columns:
        try:
            taken = bool(np.isfinite(answer(few.assign(**{column: few[column].where(np.zeros(len(few), bool))}))).all())
        except (AnalysisError, InputError):
            taken = False
        if not taken:
            refused.append(column)
    return tuple(refused)
