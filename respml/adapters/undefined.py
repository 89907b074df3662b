"""Rows that an analysis invents and a model gives no score: a missing value it refuses, a value its formula has none
for. A row of the data without a score is an error; one that an analysis made up is counted and told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.errors import AnalysisError, InputError

Floats = npt.NDArray[np.float64]
Answer = Callable[[pd.DataFrame], Floats]

PIECES = 512
"""A call that fails is halved until it is one row, or this part of the rows: a model may refuse a call for one row."""
PROBED = 3


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
    smallest = max(1, len(asked) // PIECES)
    waiting = [asked] if len(asked) else []
    while waiting:
        part = waiting.pop()
        try:
            found[part] = answer(rows.iloc[part])
        except (AnalysisError, InputError):
            if len(part) > smallest:
                waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
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
