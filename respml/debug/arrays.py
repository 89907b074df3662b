"""The types and small checks that all of ``respml.debug`` shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from respml.errors import InputError
from respml.measures.inputs import Booleans, Floats, Integers, complete_array, labelled_scores
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
    "answers",
    "area_or_nan",
    "as_matrix",
    "flags",
    "given_probabilities",
    "limits",
    "mean_log_loss",
    "probabilities",
    "row_losses",
    "some_rows",
]

SLACK = 1e-6


def flags(outcome: ArrayLike, n: int) -> Booleans:
    """The outcome as booleans; :class:`InputError` where it is not 0/1 or not aligned with ``n`` rows."""
    given = np.asarray(outcome, dtype=np.float64)
    if given.shape != (n,):
        raise InputError(f"The outcome has shape {given.shape}, {n} rows are expected.", remedy="Align it by row.")
    event: Booleans = given == 1.0
    if not np.all(event | (given == 0.0)):
        raise InputError("The outcome holds values other than 0 and 1.", remedy="Code default as 1, the rest as 0.")
    return event


def given_probabilities(probability: ArrayLike) -> Floats:
    """Probabilities of default as a float array; :class:`InputError` where one is missing or lies outside 0 to 1.

    Comparisons with a missing value are false, so that a slice holding one would pass as sound.
    """
    values = complete_array(probability, "probability")
    outside = int(np.count_nonzero(~_possible(values)))
    if outside:
        raise InputError(
            f"probability holds {outside} values outside 0 to 1.", remedy="Pass probabilities of default, not scores."
        )
    return values


def _possible(values: Floats) -> Booleans:
    possible: Booleans = (values >= -SLACK) & (values <= 1 + SLACK)
    return possible


def probabilities(predict: Predict, frame: pd.DataFrame) -> Floats:
    """Predictions of a model as a float array, one a row; :class:`InputError` where it returns anything else."""
    return _predictions(predict, frame, undefined=False)


def answers(predict: Predict, frame: pd.DataFrame) -> Floats:
    """Predictions of rows that an analysis invented, one a row; NaN where the model gives none.

    Errors
    ------
    InputError where it returns anything else.
    """
    return _predictions(predict, frame, undefined=True)


def _predictions(predict: Predict, frame: pd.DataFrame, *, undefined: bool) -> Floats:
    result = np.asarray(predict(frame), dtype=np.float64).reshape(-1)
    usable = _possible(result) | (np.isnan(result) & undefined)
    if result.size != len(frame) or not usable.all():
        none = ", or none for a row it cannot score" if undefined else ""
        raise InputError(
            f"The model gave {np.count_nonzero(usable)} usable predictions for {len(frame)} rows.",
            remedy=f"Its predict must return one probability a row, 0 to 1{none}.",
        )
    return result


def some_rows(frame: pd.DataFrame, least: int = 1) -> None:
    """Raise :class:`InputError` where a frame has fewer than ``least`` rows."""
    if len(frame) < least:
        raise InputError(f"{len(frame)} rows are given, at least {least} are needed.", remedy="Pass a partition.")


def row_losses(outcome: ArrayLike, probability: ArrayLike) -> Floats:
    """Log-loss of each row, natural logarithm."""
    values = given_probabilities(probability)
    return row_log_loss(flags(outcome, values.size).astype(np.float64), values)


def mean_log_loss(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Mean log-loss; ``nan`` without rows."""
    losses = row_losses(outcome, probability)
    return float(losses.mean()) if losses.size else float("nan")


def area_or_nan(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Area under the ROC curve (ties one half) without an interval; ``nan`` where a class is missing."""
    rows = labelled_scores(outcome, probability)
    return float("nan") if rows.single_class else ranking_area(score_groups(rows))


def as_matrix(frame: pd.DataFrame, columns: Sequence[str] | None = None, *, infinite: bool = False) -> Floats:
    """Columns as float64, missing as nan; :class:`InputError` names columns that are absent or not numeric.

    Infinite values are refused, unless ``infinite`` says that whoever scores rows may be sent any.
    """
    names = list(frame.columns if columns is None else columns)
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise InputError(f"The frame lacks columns: {', '.join(absent)}.", remedy="Pass all model inputs.")
    texts = [str(name) for name in names if not pd.api.types.is_numeric_dtype(frame[name])]
    if texts:
        raise InputError(f"Columns are not numeric: {', '.join(texts)}.", remedy="Encode them before debugging.")
    matrix: Floats = frame[names].to_numpy(dtype=np.float64, na_value=np.nan)
    if not infinite and np.isinf(matrix).any():
        found = [str(name) for name, column in zip(names, matrix.T, strict=True) if np.isinf(column).any()]
        raise InputError(
            f"Columns hold infinite values: {', '.join(found)}.", remedy="Make them missing or repair them."
        )
    return matrix


def limits(matrix: Floats, names: Sequence[str]) -> tuple[Floats, Floats]:
    """Smallest and largest value of each column; :class:`InputError` names columns without any value."""
    empty = [str(name) for name, column in zip(names, matrix.T, strict=True) if np.isnan(column).all()]
    if empty:
        raise InputError(f"Columns hold no value: {', '.join(empty)}.", remedy="Leave them out or repair the data.")
    return np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0)
