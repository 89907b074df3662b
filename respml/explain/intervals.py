"""Confidence limits that the explanations attach to shares and means."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from respml.errors import InputError
from respml.measures.intervals import wilson

FloatArray = NDArray[np.float64]

NORMAL_95 = 1.959963984540054


def wilson_columns(frame: pd.DataFrame, count: str, n: str) -> pd.DataFrame:
    """The frame with columns ``estimate``, ``lower``, ``upper``, ``method`` added from a count and an n column.

    The limits are 95 % Wilson score limits; nan where n is 0.
    """
    total = frame[n].to_numpy(dtype=np.float64)
    hits = frame[count].to_numpy(dtype=np.float64)
    lower, upper = wilson(hits, total)
    share = np.divide(hits, total, out=np.full(len(frame), np.nan), where=total > 0)
    return frame.assign(estimate=share, lower=lower, upper=upper, method="Wilson")


def bootstrap_counts(rows: int, replicates: int, seed: int) -> FloatArray:
    """How often each row is drawn in each bootstrap replicate, shape (replicates, rows)."""
    if rows < 1 or replicates < 1:
        raise InputError("A bootstrap needs at least one row and one replicate.", remedy="Pass non-empty data.")
    generator = np.random.default_rng(seed)
    counts = np.empty((replicates, rows), dtype=np.float64)
    for replicate in range(replicates):
        counts[replicate] = np.bincount(generator.integers(0, rows, rows), minlength=rows)
    return counts
