"""Value of decisions: counts of right and wrong decisions times the amounts attached to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.errors import InputError
from respml.measures.confusion import ConfusionCounts, OutcomeAmounts, decision_counts, outcome_amounts
from respml.measures.conventions import convention
from respml.measures.estimate import Estimate, undefined
from respml.measures.inputs import Booleans, Floats, binary_events, same_length
from respml.measures.intervals import normal_interval

__all__ = [
    "ConfusionCounts",
    "OutcomeAmounts",
    "business_value",
    "row_values",
    "value_difference",
    "value_of_counts",
    "value_sensitivity",
]

Amounts = OutcomeAmounts | Mapping[str, float]


def value_of_counts(counts: ConfusionCounts, amounts: Amounts) -> float:
    """A_TP·TP + A_FP·FP + A_FN·FN + A_TN·TN."""
    each = outcome_amounts(amounts)
    return each.tp * counts.tp + each.fp * counts.fp + each.fn * counts.fn + each.tn * counts.tn


def row_values(event: Booleans, declined: Booleans, amounts: Amounts) -> Floats:
    """Value of the decision on each row."""
    each = outcome_amounts(amounts)
    return np.where(event, np.where(declined, each.tp, each.fn), np.where(declined, each.fp, each.tn)).astype(float)


@convention(
    name="Business value",
    formula="A_TP·TP + A_FP·FP + A_FN·FN + A_TN·TN",
    source="Hall, Curtis & Pandey 2023, chapter 8",
    direction="higher is better; losses are negative amounts",
    denominator="none: a total over the rows",
    interval="normal, variance of a multinomial total, N/(N−1) · (Σ a²n − (Σ a n)²/N); the amounts are taken as known",
    weights="not applicable: unweighted only",
)
def business_value(
    counts: ConfusionCounts | Sequence[float] | None = None,
    amounts: Amounts | None = None,
    *,
    outcome: ArrayLike | None = None,
    decline: ArrayLike | None = None,
    unit: str = "",
) -> Estimate:
    """Total value of the decisions on a set of rows, with its sampling interval.

    Parameters
    ----------
    counts: confusion counts, or the sequence (tp, fp, fn, tn); or else
    outcome, decline: 0/1 arrays (``decline`` = predicted to default).
    amounts: amount of one row of each kind.
    unit: currency, carried into the estimate.

    Returns
    -------
    Estimate of the total; the interval says how the total would vary over samples of the same size.
    """
    if amounts is None:
        raise InputError("No amounts are given.", remedy="Give one amount each for tp, fp, fn and tn.")
    each = outcome_amounts(amounts)
    if counts is None:
        if outcome is None or decline is None:
            raise InputError("Neither counts nor decisions are given.", remedy="Pass counts, or outcome and decline.")
        counts = decision_counts(outcome, decline)
    held = counts if isinstance(counts, ConfusionCounts) else ConfusionCounts(*(float(count) for count in counts))
    n, method = held.total, "normal, multinomial variance"
    if n == 0:
        return undefined(0, "no rows", method=method, unit=unit)
    value = value_of_counts(held, each)
    squares = each.tp**2 * held.tp + each.fp**2 * held.fp + each.fn**2 * held.fn + each.tn**2 * held.tn
    variance = n / (n - 1) * max(0.0, squares - value**2 / n) if n > 1 else float("nan")
    lower, upper = normal_interval(value, float(np.sqrt(variance)))
    return Estimate(value, lower, upper, round(n), method, unit)


@convention(
    name="Difference in business value",
    formula="value of model B − value of model A on the same rows",
    source="paired difference of per-row values",
    direction="positive = B is worth more",
    interval="normal over per-row differences; the amounts are taken as known",
    weights="not applicable: unweighted only",
)
def value_difference(
    outcome: ArrayLike, decline_a: ArrayLike, decline_b: ArrayLike, amounts: Amounts, *, unit: str = ""
) -> Estimate:
    """Difference in total value between two sets of decisions on the same rows (B less A).

    Parameters
    ----------
    outcome, decline_a, decline_b: 0/1 arrays of one length.
    amounts: amount of one row of each kind.

    Returns
    -------
    Estimate of the difference of totals; only rows decided differently contribute.
    """
    event = binary_events(outcome)
    first, second = binary_events(decline_a, "decline_a"), binary_events(decline_b, "decline_b")
    same_length(event.size, first.size, "decline_a")
    same_length(event.size, second.size, "decline_b")
    n, method = event.size, "normal, paired per-row differences"
    if n == 0:
        return undefined(0, "no rows", method=method, unit=unit)
    gain = row_values(event, second, amounts) - row_values(event, first, amounts)
    error = float(np.sqrt(n) * gain.std(ddof=1)) if n > 1 else float("nan")
    value = float(gain.sum())
    lower, upper = normal_interval(value, error)
    return Estimate(value, lower, upper, n, method, unit, "" if gain.any() else "every row is decided alike")


@convention(
    name="Sensitivity of business value to the amounts",
    formula="value with one amount multiplied by a factor, the others and the decisions unchanged",
    source="one-at-a-time sensitivity",
    direction="higher is better",
    interval="none",
    weights="as the counts given",
)
def value_sensitivity(
    counts: Mapping[str, ConfusionCounts],
    amounts: Amounts,
    scales: Sequence[float] = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0),
    *,
    reference: str | None = None,
) -> pd.DataFrame:
    """Value of each model when one amount at a time is scaled: which assumption decides the ranking?

    Parameters
    ----------
    counts: confusion counts of each model at its own cut-off, by name.
    amounts: base amounts.
    scales: factors applied to one amount at a time.
    reference: model that differences are taken to; the first where none is given.

    Returns
    -------
    DataFrame with ``amount`` (tp, fp, fn, tn), ``scale``, ``scaled_amount``, ``model``, ``value``, ``difference`` (to
    the reference) and ``best`` (no other model is worth more). Amounts of zero are left out: scaling cannot move them.
    """
    base = outcome_amounts(amounts)
    if not counts:
        raise InputError("No counts are given.", remedy="Pass the counts of at least one model.")
    anchor = reference if reference is not None else next(iter(counts))
    if anchor not in counts:
        raise InputError(f"There is no model {anchor!r} among the counts.", remedy=f"Use one of {', '.join(counts)}.")
    records = []
    for kind in ("tp", "fp", "fn", "tn"):
        amount = getattr(base, kind)
        if amount == 0:
            continue
        for scale in scales:
            changed = {"tp": base.tp, "fp": base.fp, "fn": base.fn, "tn": base.tn} | {kind: amount * scale}
            totals = {model: value_of_counts(held, changed) for model, held in counts.items()}
            for model, value in totals.items():
                records.append(
                    {
                        "amount": kind,
                        "scale": float(scale),
                        "scaled_amount": amount * scale,
                        "model": model,
                        "value": value,
                        "difference": value - totals[anchor],
                        "best": value == max(totals.values()),
                    }
                )
    columns = ["amount", "scale", "scaled_amount", "model", "value", "difference", "best"]
    return pd.DataFrame(records, columns=columns)
