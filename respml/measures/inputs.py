"""What every measure accepts: the outcome, the score and the case weights, checked once and aligned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from respml.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class LabelledScores:
    """Rows with a positive weight: outcome, score and weight, all of one length.

    Attributes
    ----------
    event: whether the row defaulted, bool array.
    score: probability of default or any score that rises with risk, float array without missing values.
    weight: case weights, all positive; ones where none were given.
    weighted: whether case weights were given.
    """

    event: Booleans
    score: Floats
    weight: Floats
    weighted: bool

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.event.size)

    @property
    def events(self) -> int:
        """Number of rows that defaulted."""
        return int(np.count_nonzero(self.event))

    @property
    def non_events(self) -> int:
        """Number of rows that did not default."""
        return self.n - self.events

    @property
    def outcome(self) -> Floats:
        """The outcome as 0.0 and 1.0."""
        return self.event.astype(np.float64)

    @property
    def single_class(self) -> str:
        """Why nothing that compares two classes is defined here; empty where both are present."""
        if self.n == 0:
            return "no rows with a positive weight"
        if self.events == 0:
            return "no defaults among the rows"
        if self.non_events == 0:
            return "only defaults among the rows"
        return ""


def float_array(values: ArrayLike, name: str) -> Floats:
    """``values`` as a one-dimensional float array; raises :class:`InputError` where that is impossible."""
    raw: NDArray[Any] = np.asarray(values)
    if raw.ndim != 1:
        raise InputError(f"{name} has {raw.ndim} dimensions, one is needed.", remedy="Pass one value a row.")
    try:
        return raw.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} holds values that are not numbers.", remedy="Pass numbers only.") from error


def complete_array(values: ArrayLike, name: str) -> Floats:
    """``values`` as a float array in which no value is missing or infinite."""
    array = float_array(values, name)
    if not np.isfinite(array).all():
        raise InputError(
            f"{name} holds {int(np.count_nonzero(~np.isfinite(array)))} missing or infinite values.",
            remedy="Leave those rows out, and report how many, before measuring.",
        )
    return array


def binary_events(outcome: ArrayLike, name: str = "outcome") -> Booleans:
    """``outcome`` (0/1, False/True) as a bool array; raises :class:`InputError` on any other value."""
    array = complete_array(outcome, name)
    event: Booleans = array == 1.0
    if not np.all(event | (array == 0.0)):
        raise InputError(f"{name} holds values other than 0 and 1.", remedy="Code default as 1, everything else as 0.")
    return event


def case_weights(weight: ArrayLike | None, n: int) -> Floats:
    """Case weights as a float array of length ``n``, ones where none are given; raises on negative ones."""
    if weight is None:
        return np.ones(n)
    array = complete_array(weight, "weight")
    same_length(n, array.size, "weight")
    if np.any(array < 0):
        raise InputError("weight holds negative values.", remedy="Pass weights of zero or more.")
    return array


def same_length(expected: int, found: int, name: str) -> None:
    """Raise :class:`InputError` where an array has another number of rows than the outcome."""
    if expected != found:
        raise InputError(f"{name} has {found} rows, {expected} are expected.", remedy="Align the arrays by row.")


def labelled_scores(outcome: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> LabelledScores:
    """Check and align outcome, score and weight; rows of weight zero are left out, as if they did not exist."""
    event = binary_events(outcome)
    values = complete_array(score, "probability")
    same_length(event.size, values.size, "probability")
    weights = case_weights(weight, event.size)
    if weight is not None and not np.all(weights > 0):
        kept = weights > 0
        event, values, weights = event[kept], values[kept], weights[kept]
    return LabelledScores(event, values, weights, weight is not None)


def labelled_probabilities(
    outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> LabelledScores:
    """As :func:`labelled_scores`, for measures that need a probability: values outside 0 to 1 are refused."""
    rows = labelled_scores(outcome, probability, weight)
    if np.any((rows.score < 0) | (rows.score > 1)):
        raise InputError("probability holds values outside 0 to 1.", remedy="Pass probabilities, not scores or logits.")
    return rows
