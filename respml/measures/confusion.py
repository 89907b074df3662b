"""Confusion counts, the amounts attached to them, and the ten error metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.inputs import binary_events, case_weights, labelled_scores, same_length
from respml.measures.intervals import wilson


@dataclass(frozen=True)
class ConfusionCounts:
    """Rows (or their weight) by decision and outcome; "positive" means predicted to default.

    Attributes
    ----------
    tp: predicted to default and defaulted.
    fp: predicted to default, did not.
    fn: not predicted to default, did.
    tn: not predicted to default, did not.
    """

    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def total(self) -> float:
        """All rows (or their weight)."""
        return self.tp + self.fp + self.fn + self.tn


@dataclass(frozen=True)
class OutcomeAmounts:
    """What one row of each kind is worth, in the currency of the spec; losses are negative.

    Attributes
    ----------
    tp: a default that was declined.
    fp: a good customer that was declined.
    fn: a default that was approved.
    tn: a good customer that was approved.
    """

    tp: float
    fp: float
    fn: float
    tn: float


def outcome_amounts(amounts: OutcomeAmounts | Mapping[str, float]) -> OutcomeAmounts:
    """Amounts given as such or as a mapping with exactly the keys ``tp``, ``fp``, ``fn``, ``tn``."""
    if isinstance(amounts, OutcomeAmounts):
        return amounts
    if set(amounts) != {"tp", "fp", "fn", "tn"}:
        raise InputError(
            f"The amounts are given for {', '.join(sorted(amounts)) or 'nothing'}.",
            remedy="Give one amount each for tp, fp, fn and tn.",
        )
    return OutcomeAmounts(**{name: float(amount) for name, amount in amounts.items()})


@convention(
    name="Confusion counts",
    formula="predicted to default if and only if probability > cut-off",
    source="definition",
    direction="positive = default",
    ties="a probability equal to the cut-off is not predicted to default",
    weights="case weights are added up",
)
def confusion_counts(
    outcome: ArrayLike, probability: ArrayLike, cutoff: float, weight: ArrayLike | None = None
) -> ConfusionCounts:
    """Confusion counts at a cut-off.

    Parameters
    ----------
    outcome, probability: aligned arrays.
    cutoff: a row is predicted to default if and only if its probability is above it.
    weight: case weights; the counts are then sums of weights.
    """
    rows = labelled_scores(outcome, probability, weight)
    return decision_counts(rows.event, rows.score > cutoff, rows.weight)


def decision_counts(outcome: ArrayLike, decline: ArrayLike, weight: ArrayLike | None = None) -> ConfusionCounts:
    """Confusion counts of decisions already taken (``decline`` 0/1: predicted to default)."""
    event, declined = binary_events(outcome), binary_events(decline, "decline")
    same_length(event.size, declined.size, "decline")
    weights = case_weights(weight, event.size)
    tn, fp, fn, tp = np.bincount(2 * event + declined, weights=weights, minlength=4)
    return ConfusionCounts(float(tp), float(fp), float(fn), float(tn))


@convention(
    name="Ten error metrics",
    formula="prevalence (TP+FN)/N; accuracy (TP+TN)/N; true positive rate TP/(TP+FN); precision TP/(TP+FP); "
    "specificity TN/(TN+FP); negative predictive value TN/(TN+FN); false positive rate FP/(FP+TN); "
    "false discovery rate FP/(TP+FP); false negative rate FN/(TP+FN); false omissions rate FN/(TN+FN)",
    source="Fawcett 2006",
    direction="positive = default",
    zero_bins="0/0 is undefined, never smoothed",
    denominator="stated in the formula; column n",
    interval="Wilson",
    weights="not applicable: unweighted only (counts)",
)
def ten_error_metrics(tp: float, fp: float, fn: float, tn: float) -> pd.DataFrame:
    """The ten error metrics of a confusion matrix.

    Parameters
    ----------
    tp, fp, fn, tn: counts, zero or more.

    Returns
    -------
    DataFrame with ten rows: ``metric``, ``estimate``, ``lower``, ``upper`` (Wilson), ``successes`` and ``n`` (numerator
    and denominator); 0/0 is ``nan``.
    """
    if min(tp, fp, fn, tn) < 0:
        raise InputError("A confusion count is negative.", remedy="Pass counts of zero or more.")
    total = tp + fp + fn + tn
    definitions = {
        "prevalence": (tp + fn, total),
        "accuracy": (tp + tn, total),
        "true positive rate": (tp, tp + fn),
        "precision": (tp, tp + fp),
        "specificity": (tn, tn + fp),
        "negative predictive value": (tn, tn + fn),
        "false positive rate": (fp, fp + tn),
        "false discovery rate": (fp, tp + fp),
        "false negative rate": (fn, tp + fn),
        "false omissions rate": (fn, tn + fn),
    }
    successes = np.array([each[0] for each in definitions.values()], dtype=np.float64)
    trials = np.array([each[1] for each in definitions.values()], dtype=np.float64)
    lower, upper = wilson(successes, trials)
    estimate = np.divide(successes, trials, out=np.full(10, np.nan), where=trials > 0)
    return pd.DataFrame(
        {
            "metric": list(definitions),
            "estimate": estimate,
            "lower": lower,
            "upper": upper,
            "successes": successes,
            "n": trials,
        }
    )
