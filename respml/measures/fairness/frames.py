"""The common shape of what fairness measures return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

KEY = ("candidate", "attribute", "group", "reference", "measure")
RESULT = (*KEY, "estimate", "lower", "upper", "n", "n_reference", "p_value", "method", "note")
"""Columns of a comparison of a group with the reference group."""


def result_frame(
    records: Sequence[Mapping[str, object]], columns: Sequence[str] = RESULT, extra: Sequence[str] = ()
) -> pd.DataFrame:
    """Records as a frame with the given columns; what a record leaves out is ``nan``, or empty text for ``note``."""
    wanted = [*columns, *extra]
    frame = pd.DataFrame.from_records(list(records), columns=wanted)
    for text in ("note", "method"):
        if text in wanted:
            frame[text] = frame[text].astype(object).where(frame[text].notna(), "")
    for number in ("estimate", "lower", "upper", "p_value"):
        if number in wanted:
            frame[number] = frame[number].astype(np.float64)
    return frame
