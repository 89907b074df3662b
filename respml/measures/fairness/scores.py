"""The score itself by group: standardised mean differences, overall and among people with the same outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.fairness.frames import RESULT, result_frame
from respml.measures.fairness.membership import FloatArray
from respml.measures.fairness.study import Study

SMD = "standardised mean difference"
SMD_PAID = "SMD given outcome paid"
SMD_DEFAULT = "SMD given outcome default"
SMD_OUTCOME = "SMD given outcome"
SMD_RESIDUAL = "SMD of the residual"

NOISE = 1e-12
"""Standard errors below this are rounding: neither group varies among the rows compared."""

FLAT = "no interval: nothing varies among the rows compared"

DEVIATIONS = ("all", "pooled", "reference")
"""Which standard deviation divides the difference: of all rows, pooled within the two groups, of the reference."""


def mean_and_influence(values: FloatArray, weight: FloatArray) -> tuple[float, FloatArray]:
    """Weighted mean and each row's influence on it, w·(x − mean)/Σw; undefined where no row has weight."""
    total = weight.sum()
    if total <= 0:
        return float("nan"), np.full(len(values), np.nan)
    mean = float(weight @ values / total)
    return mean, weight * (values - mean) / total


def variance_and_influence(values: FloatArray, weight: FloatArray) -> tuple[float, FloatArray]:
    """Weighted variance (divided by Σw) and each row's influence on it, w·((x − mean)² − variance)/Σw."""
    mean, _ = mean_and_influence(values, weight)
    return mean_and_influence((values - mean) ** 2, weight)


def standardised_difference(
    values: FloatArray, group: FloatArray, reference: FloatArray, weight: FloatArray, deviation: str = "all"
) -> tuple[float, FloatArray]:
    """Standardised mean difference and each row's influence on it.

    Parameters
    ----------
    values: score of each row, shape (n,).
    group, reference: case weight × membership in the two groups, shape (n,).
    weight: case weight of each row, for the deviation of all rows.
    deviation: one of ``DEVIATIONS``.

    Returns
    -------
    The difference of means over the deviation, and the influence values, whose sum of squares is its variance.
    """
    variance, influence = squared_deviation(values, group, reference, weight, deviation)
    return _scaled_difference(values, group, reference, variance, influence)


def squared_deviation(
    values: FloatArray, group: FloatArray, reference: FloatArray, weight: FloatArray, deviation: str
) -> tuple[float, FloatArray]:
    """The square of the named standard deviation and each row's influence on it."""
    if deviation == "all":
        return variance_and_influence(values, weight)
    if deviation == "reference":
        return variance_and_influence(values, reference)
    if deviation != "pooled":
        raise InputError(f"No deviation '{deviation}'.", remedy=f"Choose one of: {', '.join(DEVIATIONS)}.")
    own, influence_own = variance_and_influence(values, group)
    theirs, influence_theirs = variance_and_influence(values, reference)
    both = group.sum() + reference.sum()
    share = group.sum() / both
    # The share of the group moves with the rows too.
    moved = ((1 - share) * group - share * reference) / both
    pooled = share * own + (1 - share) * theirs
    return float(pooled), share * influence_own + (1 - share) * influence_theirs + moved * (own - theirs)


def _scaled_difference(
    values: FloatArray, group: FloatArray, reference: FloatArray, variance: float, influence_variance: FloatArray
) -> tuple[float, FloatArray]:
    """Difference of two means over the root of a variance, with each row's influence on the quotient."""
    mine, influence_mine = mean_and_influence(values, group)
    other, influence_other = mean_and_influence(values, reference)
    if not variance > 0:
        return float("nan"), np.full(len(values), np.nan)
    spread = np.sqrt(variance)
    difference = (mine - other) / spread
    influence = (influence_mine - influence_other) / spread - difference * influence_variance / (2 * variance)
    return float(difference), influence


@convention(
    name="Standardised mean difference",
    formula="(mean score of the group − mean score of the reference) / standard deviation",
    source="Cohen 1988; Hall, notebook on disparate impact analysis, 2019 (deviation of all rows)",
    direction="above 0: the group is scored riskier",
    zero_bins="constant score or a group without rows: undefined",
    denominator="standard deviation of all rows unless stated, divided by Σw",
    interval="normal, variance by influence values, the deviation counted as estimated",
    weights="case weights and membership probabilities",
)
def score_differences(study: Study, deviation: str = "all", confidence: float = 0.95) -> pd.DataFrame:
    """Standardised mean differences of the score for every candidate, attribute and group.

    ``standardised mean difference`` over everyone; ``SMD given outcome paid`` and ``… default`` among rows of that
    outcome (mean difference over the same deviation of all rows); ``SMD given outcome`` their average by the share of
    each outcome among all rows, that is, with the risk mix taken out; ``SMD of the residual`` of probability − outcome,
    over its own deviation: above 0 the group's risk is overstated relative to the reference.

    Returns
    -------
    candidate, attribute, group, reference, measure, estimate, lower, upper, n, n_reference, p_value (two-sided,
    normal), method (which deviation), note.
    """
    records: list[dict[str, object]] = []
    z = float(special.ndtri(0.5 + confidence / 2))
    weight = study.weights
    for candidate, score in study.probability.items():
        for membership in study.memberships:
            reference = membership.share_of(membership.reference) * weight
            for name in membership.protected:
                group = membership.share_of(name) * weight
                for measure, value, influence in _differences(
                    score, study.outcome.astype(np.float64), group, reference, weight, deviation
                ):
                    error = float(np.sqrt(np.sum(influence**2)))
                    undefined = bool(np.isnan(value))
                    # One member has no spread of its own to measure: its mean carries no interval.
                    alone = min(np.count_nonzero(group), np.count_nonzero(reference)) < 2
                    flat = not undefined and not alone and error < NOISE
                    error = float("nan") if undefined or alone or flat else error
                    records.append(
                        {
                            "candidate": candidate,
                            "attribute": membership.attribute,
                            "group": name,
                            "reference": membership.reference,
                            "measure": measure,
                            "estimate": value,
                            "lower": value - z * error,
                            "upper": value + z * error,
                            "n": membership.people(name, weight),
                            "n_reference": membership.people(membership.reference, weight),
                            "p_value": 2 * special.ndtr(-abs(value / error)),
                            "method": _deviation_text(measure, deviation),
                            "note": FLAT if flat else _note(undefined, group, reference),
                        }
                    )
    return result_frame(records, RESULT)


def _differences(
    score: FloatArray,
    outcome: FloatArray,
    group: FloatArray,
    reference: FloatArray,
    weight: FloatArray,
    deviation: str,
) -> list[tuple[str, float, FloatArray]]:
    """The five measures of one group with their influence values."""
    variance, moved = squared_deviation(score, group, reference, weight, deviation)
    overall, influence = _scaled_difference(score, group, reference, variance, moved)
    paid, paid_influence = _scaled_difference(score, group * (1 - outcome), reference * (1 - outcome), variance, moved)
    default, default_influence = _scaled_difference(score, group * outcome, reference * outcome, variance, moved)
    share, influence_share = mean_and_influence(outcome, weight)
    mixed = (1 - share) * paid + share * default
    mixed_influence = (1 - share) * paid_influence + share * default_influence + influence_share * (default - paid)
    residual, residual_influence = standardised_difference(score - outcome, group, reference, weight, deviation)
    return [
        (SMD, overall, influence),
        (SMD_PAID, paid, paid_influence),
        (SMD_DEFAULT, default, default_influence),
        (SMD_OUTCOME, float(mixed), mixed_influence),
        (SMD_RESIDUAL, residual, residual_influence),
    ]


def _deviation_text(measure: str, deviation: str) -> str:
    what = "residual" if measure == SMD_RESIDUAL else "score"
    whose = {"all": "all rows", "pooled": "within the two groups, pooled", "reference": "the reference group"}
    return f"standard deviation of the {what}, {whose[deviation]}"


def _note(undefined: bool, group: FloatArray, reference: FloatArray) -> str:
    rows, others = int(np.count_nonzero(group)), int(np.count_nonzero(reference))
    if rows == 0 or others == 0:
        return f"undefined: no rows with positive weight in the {'group' if rows == 0 else 'reference'}"
    if undefined:
        return "undefined: constant score, or an outcome that does not occur in both groups"
    return "one member" if rows == 1 else ""
