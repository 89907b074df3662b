"""What every cut-off would do, and the choice of one by a stated rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.errors import InputError
from respml.measures.confusion import (
    ConfusionCounts,
    OutcomeAmounts,
    confusion_counts,
    decision_counts,
    outcome_amounts,
    ten_error_metrics,
)
from respml.measures.conventions import convention
from respml.measures.inputs import Floats, complete_array, labelled_scores
from respml.measures.score_groups import ScoreGroups, score_groups

__all__ = [
    "RULES",
    "ConfusionCounts",
    "OutcomeAmounts",
    "confusion_counts",
    "cutoff_table",
    "decision_counts",
    "select_cutoff",
    "step_cutoffs",
    "ten_error_metrics",
]

RULES = {
    "max_f1": "f1",
    "youden": "youden",
    "max_accuracy": "accuracy",
    "max_mcc": "mcc",
    "max_value": "value",
}


def step_cutoffs(step: float = 0.01) -> Floats:
    """Cut-offs from 0 to 1, both included, in equal steps of about ``step``."""
    if not 0 < step <= 1:
        raise InputError("The step between cut-offs lies outside 0 to 1.", remedy="Use, for example, 0.01.")
    return np.linspace(0.0, 1.0, round(1 / step) + 1)


def distinct_cutoffs(groups: ScoreGroups) -> Floats:
    """Every cut-off that changes a decision: each distinct score, and 0 where it declines every row."""
    scores = groups.score
    return np.append(0.0, scores) if scores.size and scores[0] > 0 else scores


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """Element-wise ratio, 0/0 undefined."""
    ratio: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return ratio


@convention(
    name="Cut-off table",
    formula="F1 = 2TP/(2TP+FP+FN); J = TPR + TNR − 1; MCC = (TP·TN − FP·FN)/√((TP+FP)(TP+FN)(TN+FP)(TN+FN))",
    source="Youden 1950; Chicco & Jurman 2020",
    direction="predicted to default if and only if probability > cut-off",
    ties="a probability equal to the cut-off is not predicted to default",
    zero_bins="0/0 is undefined, never smoothed",
    interval="none: see the metrics at the chosen cut-off",
    weights="case weights are added up",
)
def cutoff_table(
    outcome: ArrayLike,
    probability: ArrayLike,
    cutoffs: ArrayLike | None = None,
    values: OutcomeAmounts | Mapping[str, float] | None = None,
    *,
    weight: ArrayLike | None = None,
) -> pd.DataFrame:
    """Confusion counts and summary metrics at each cut-off.

    Parameters
    ----------
    outcome, probability: aligned arrays.
    cutoffs: cut-offs to tabulate; where none are given every distinct probability (and 0, which declines every row
        with a positive probability), so that no attainable decision is left out.
    values: amount of each kind of row, for the column ``value``.
    weight: case weights; the counts are then sums of weights.

    Returns
    -------
    DataFrame by ascending cut-off: ``cutoff``, ``tp``, ``fp``, ``fn``, ``tn``, ``approval_rate``, ``precision``,
    ``recall``, ``f1``, ``youden``, ``accuracy``, ``mcc``, and ``value`` where amounts are given. Undefined is ``nan``.
    """
    rows = labelled_scores(outcome, probability, weight)
    groups = score_groups(rows)
    chosen = distinct_cutoffs(groups) if cutoffs is None else np.unique(complete_array(cutoffs, "cutoffs"))
    # Rows above a cut-off are those of the groups from the first score that exceeds it.
    first = np.searchsorted(groups.score, chosen, side="right")
    tp = np.append(groups.events_above() + groups.events, 0.0)[first]
    fp = np.append(groups.non_events_above() + groups.non_events, 0.0)[first]
    fn, tn = groups.total_events - tp, groups.total_non_events - fp
    recall = _ratio(tp, tp + fn)
    # The four factors are divided one by one: their product overflows no float but would lose its last digits.
    spread = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    table = pd.DataFrame(
        {
            "cutoff": chosen,
            "tp": tp,
            "fp": fp,
            "fn": fn,
            "tn": tn,
            "approval_rate": _ratio(tn + fn, tp + fp + fn + tn),
            "precision": _ratio(tp, tp + fp),
            "recall": recall,
            "f1": _ratio(2 * tp, 2 * tp + fp + fn),
            "youden": recall + _ratio(tn, tn + fp) - 1,
            "accuracy": _ratio(tp + tn, tp + fp + fn + tn),
            "mcc": _ratio(tp * tn - fp * fn, spread),
        }
    )
    if values is not None:
        amounts = outcome_amounts(values)
        table["value"] = amounts.tp * tp + amounts.fp * fp + amounts.fn * fn + amounts.tn * tn
    return table


@convention(
    name="Choice of the cut-off",
    formula="the cut-off of the table with the largest F1, Youden's J, accuracy, MCC or business value",
    source="Youden 1950; Chicco & Jurman 2020",
    ties="the lowest of the cut-offs whose values agree to 1e-12 of the largest",
    zero_bins="cut-offs at which the metric is undefined are passed over",
)
def select_cutoff(table: pd.DataFrame, rule: str = "max_f1") -> float:
    """Cut-off chosen by a rule; choose it on the validation partition, never on the one reported.

    Parameters
    ----------
    table: result of :func:`cutoff_table`.
    rule: ``max_f1``, ``youden``, ``max_accuracy``, ``max_mcc`` or ``max_value``.

    Returns
    -------
    The cut-off; among ties the lowest; ``nan`` where the metric is undefined at every cut-off.

    Raises
    ------
    InputError: unknown rule, or ``max_value`` for a table made without amounts.
    """
    if rule not in RULES:
        raise InputError(f"There is no cut-off rule {rule!r}.", remedy=f"Use one of {', '.join(RULES)}.")
    if RULES[rule] not in table:
        raise InputError("The cut-off table has no business value.", remedy="Pass the amounts to cutoff_table.")
    metric = table[RULES[rule]].to_numpy(np.float64)
    if metric.size == 0 or np.isnan(metric).all():
        return float("nan")
    best = np.nanmax(metric)
    tied = table.loc[metric >= best - 1e-12 * max(1.0, abs(best)), "cutoff"]
    return float(tied.min())
