"""The eleven customers whose individual curves are drawn: one at each tenth of the ranking, and the riskiest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.errors import InputError

PERCENTILES = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99)


def percentile_customers(probability: ArrayLike, identifier: Sequence[Any] | pd.Index | pd.Series) -> pd.DataFrame:
    """Eleven customers across the ranking by predicted probability, under two definitions.

    Purpose: individual curves for customers that cover the whole range of risk. Mechanism: sort ascending by
    probability, ties in file order. Published rule (columns ``position``, ``identifier``, ``probability``): percentile
    10k is row k * (n div 10), and "99" is the last row, that is, the maximum. True definition (columns with prefix
    ``true_``): nearest rank, the smallest probability with at least that share of rows at or below it. Signs of high
    risk: none by itself. Strengths: deterministic, comparable with published figures. Limitations: eleven rows are a
    sample; two customers of equal risk may respond differently.

    Returns columns ``percentile``, ``position``, ``identifier``, ``probability``, ``true_position``,
    ``true_identifier``, ``true_probability``; ``position`` counts rows of the given arrays from 0.
    """
    scores = np.asarray(probability, dtype=np.float64)
    names = np.asarray(identifier)
    if len(scores) != len(names):
        raise InputError(f"{len(scores)} probabilities but {len(names)} identifiers.", remedy="Pass aligned arrays.")
    if len(scores) < 11 or np.isnan(scores).any():
        raise InputError(
            "Percentile customers need at least 11 rows and no missing probability.", remedy="Use a larger partition."
        )
    order = np.argsort(scores, kind="stable")
    n = len(order)
    published = [order[-1] if each == 99 else order[each // 10 * (n // 10)] for each in PERCENTILES]
    true = [order[max(int(np.ceil(each / 100 * n)) - 1, 0)] for each in PERCENTILES]
    return pd.DataFrame(
        {
            "percentile": list(PERCENTILES),
            "position": published,
            "identifier": names[published],
            "probability": scores[published],
            "true_position": true,
            "true_identifier": names[true],
            "true_probability": scores[true],
        }
    )
