"""The types and small checks that all of ``respml.debug`` shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from respml.errors import InputError
from respml.measures.inputs import Booleans, Floats, Integers, labelled_scores
from respml.measures.proper_scores import row_log_loss
from respml.measures.ranking import ranking_area
from respml.measures.score_groups import score_groups

Predict: TypeAlias = Callable[[pd.DataFrame], NDArray[Any]]
Fit: TypeAlias = Callable[[pd.DataFrame, NDArray[Any], int], Predict]

__all__ = [
    "Booleans",
    "Fit",
    "Floats",
    "Integers",
    "Predict",
    "area_or_nan",
    "as_matrix",
    "flags",
    "mean_log_loss",
    "probabilities",
    "row_losses",
]


def flags(outcome: ArrayLike, n: int) -> Booleans:
    """The outcome as booleans; :class:`InputError` where it is not 0/1 or not aligned with ``n`` rows."""
    given = np.asarray(outcome, dtype=np.float64)
    if given.shape != (n,):
        raise InputError(f"The outcome has shape {given.shape}, {n} rows are expected.", remedy="Align it by row.")
    event: Booleans = given == 1.0
    if not np.all(event | (given == 0.0)):
        raise InputError("The outcome holds values other than 0 and 1.", remedy="Code default as 1, the rest as 0.")
    return event


def probabilities(predict: Predict, frame: pd.DataFrame) -> Floats:
    """Predictions of a model as a float array, one a row; :class:`InputError` where it returns anything else."""
    result = np.asarray(predict(frame), dtype=np.float64).reshape(-1)
    if result.size != len(frame) or np.isnan(result).any():
        raise InputError(
            f"The model gave {np.count_nonzero(~np.isnan(result))} usable predictions for {len(frame)} rows.",
            remedy="Its predict must return one probability a row.",
        )
    return result


def row_losses(outcome: ArrayLike, probability: ArrayLike) -> Floats:
    """Log-loss of each row, natural logarithm."""
    values = np.asarray(probability, dtype=np.float64)
    return row_log_loss(flags(outcome, values.size).astype(np.float64), values)


def mean_log_loss(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Mean log-loss; ``nan`` without rows."""
    losses = row_losses(outcome, probability)
    return float(losses.mean()) if losses.size else float("nan")


def area_or_nan(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Area under the ROC curve (ties one half) without an interval; ``nan`` where a class is missing."""
    rows = labelled_scores(outcome, probability)
    return float("nan") if rows.single_class else ranking_area(score_groups(rows))


def as_matrix(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> Floats:
    """Columns as float64, missing as nan; :class:`InputError` names columns that are absent or not numeric."""
    names = list(frame.columns if columns is None else columns)
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise InputError(f"The frame lacks columns: {', '.join(absent)}.", remedy="Pass all model inputs.")
    texts = [str(name) for name in names if not pd.api.types.is_numeric_dtype(frame[name])]
    if texts:
        raise InputError(f"Columns are not numeric: {', '.join(texts)}.", remedy="Encode them before debugging.")
    matrix: Floats = frame[names].to_numpy(dtype=np.float64, na_value=np.nan)
    return matrix
