"""What every model promises before it is documented: a row's score depends on that row alone, and is the same twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from respml.adapters.external_model import Artefact, Floats
from respml.adapters.stored import ExternalCandidate, external_candidate
from respml.errors import InputError, RespmlError

SAMPLE = 50
ALONE = 3
TOLERANCE = 1e-6
"""Sums of float32 differ in the seventh digit with the number of rows in a call; a rank differs in the first."""

_REMEDY = "Let it return the probability of default of each row, whatever other rows are scored with it."


def sample_of(rows: pd.DataFrame) -> pd.DataFrame:
    """At most ``SAMPLE`` rows, spread evenly."""
    return rows.iloc[:: max(1, -(-len(rows) // SAMPLE))]


def require_row_by_row(candidate: ExternalCandidate, rows: pd.DataFrame) -> None:
    """Score a sample as it is, in another order, in two halves, and some rows alone.

    Parameters
    ----------
    candidate: a candidate with a model.
    rows: rows of the portfolio, with its inputs.

    Errors
    ------
    InputError where a row's score is another one the second time, or depends on the rows that are scored with it; what
    the model raises where it cannot score the rows.
    """
    sample = sample_of(rows)
    expected = candidate.score_rows(sample)
    turned = np.random.default_rng(0).permutation(len(sample))
    if _differs(candidate.predict(sample.iloc[turned]), expected[turned]):
        if _differs(candidate.predict(sample), expected):
            raise InputError(
                "The model gives the same rows other scores when it is called again.",
                remedy="Take what is random, or counts calls, out of it.",
            )
        raise InputError("The score of a row depends on its place among the rows.", remedy=_REMEDY)
    middle = len(sample) // 2
    parts = [slice(0, middle), slice(middle, None), *(slice(place, place + 1) for place in range(ALONE))]
    for part in parts:
        some = sample.iloc[part]
        if len(some) and _differs(_of_a_part(candidate, some), expected[part]):
            raise InputError("The score of a row depends on the other rows scored with it.", remedy=_REMEDY)


def require_any_order_of_columns(candidate: ExternalCandidate, rows: pd.DataFrame) -> None:
    """Refuse a function that reads columns by place, where nothing but the data says which place a column has.

    Errors
    ------
    InputError where its scores change when the columns are handed over in another order.
    """
    options = candidate.artefact.options
    turned = Artefact(candidate.artefact.files, {**options, "features": list(options["features"])[::-1]})
    other = external_candidate(
        candidate.name, candidate.label, candidate.adapter, turned, preprocessing=candidate.preprocessing
    )
    sample = sample_of(rows)
    if _differs(other.predict(sample), candidate.predict(sample)):
        raise InputError(
            "The function's scores depend on the order of the data's columns.",
            remedy="List what it reads, in order, under options.features.",
        )


def _of_a_part(candidate: ExternalCandidate, rows: pd.DataFrame) -> Floats:
    try:
        return candidate.score_rows(rows)
    except RespmlError as error:
        what = error.what.rstrip(".")
        raise type(error)(f"{what}, when asked for {len(rows)} of the rows.", remedy=error.remedy) from error


def _differs(found: Floats, expected: Floats) -> bool:
    """Whether some score is another one, or is not there: rows of the data have one."""
    return not (np.abs(found - expected) <= TOLERANCE).all()
