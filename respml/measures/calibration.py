"""Do probabilities mean what they say: reliability curve, recalibration, observed over expected, and tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from respml.errors import InputError
from respml.measures.binning import quantile_groups, width_groups
from respml.measures.calibration_error import expected_calibration_error, integrated_calibration_index
from respml.measures.conventions import convention
from respml.measures.estimate import Estimate, undefined
from respml.measures.inputs import Floats, Integers, LabelledScores, labelled_probabilities
from respml.measures.intervals import normal_interval, wilson
from respml.measures.logistic import fit_logistic
from respml.measures.test_result import TestResult

__all__ = [
    "TestResult",
    "calibration_curve",
    "calibration_in_the_large",
    "calibration_intercept_slope",
    "expected_calibration_error",
    "hosmer_lemeshow",
    "integrated_calibration_index",
    "observed_over_expected",
    "spiegelhalter_z",
]

LOGIT_FLOOR = 1e-12
STRATEGIES = ("quantile", "uniform")


def logit(probability: Floats) -> Floats:
    """Log-odds; probabilities are moved to at least 1e-12 from 0 and 1, so that the result is finite."""
    odds: Floats = special.logit(np.clip(probability, LOGIT_FLOOR, 1 - LOGIT_FLOOR))
    return odds


def probability_bins(rows: LabelledScores, bins: int, strategy: str) -> Integers:
    """Bin of each row: ``quantile`` (about equal numbers, ties together) or ``uniform`` (equal width on 0 to 1)."""
    if strategy == "quantile":
        return quantile_groups(rows.score, bins, rows.weight)
    if strategy == "uniform":
        return width_groups(rows.score, bins)
    raise InputError(f"There is no binning strategy {strategy!r}.", remedy=f"Use one of {', '.join(STRATEGIES)}.")


@convention(
    name="Reliability curve",
    formula="event rate against mean probability in each bin",
    source="DeGroot & Fienberg 1983",
    direction="on the diagonal = calibrated; above it = probabilities too low",
    ties="equal probabilities stay in one bin",
    zero_bins="empty bins are left out",
    denominator="rows (or weight) of the bin",
    interval="Wilson on the event rate, with Kish effective rows where there are case weights",
    weights="case weights",
)
def calibration_curve(
    outcome: ArrayLike,
    probability: ArrayLike,
    bins: int = 10,
    strategy: str = "quantile",
    *,
    weight: ArrayLike | None = None,
) -> pd.DataFrame:
    """Event rate and mean probability by bin of the probability.

    Parameters
    ----------
    outcome, probability: aligned arrays.
    bins: number of bins.
    strategy: ``quantile`` (bins of about equal weight) or ``uniform`` (bins of equal width).
    weight: case weights or none.

    Returns
    -------
    DataFrame by rising probability with ``bin`` (1 = lowest), ``n`` (rows), ``events`` (rows), ``mean_probability``,
    ``event_rate``, ``lower``, ``upper``.
    """
    rows = labelled_probabilities(outcome, probability, weight)
    group = probability_bins(rows, bins, strategy)
    used, code = np.unique(group, return_inverse=True)
    size = used.size
    mass = np.bincount(code, weights=rows.weight, minlength=size)
    rate = np.bincount(code, weights=rows.weight * rows.outcome, minlength=size) / mass
    effective = mass**2 / np.bincount(code, weights=rows.weight**2, minlength=size)
    lower, upper = wilson(np.minimum(rate, 1.0) * effective, effective)
    return pd.DataFrame(
        {
            "bin": used + 1,
            "n": np.bincount(code, minlength=size),
            "events": np.bincount(code[rows.event], minlength=size),
            "mean_probability": np.bincount(code, weights=rows.weight * rows.score, minlength=size) / mass,
            "event_rate": rate,
            "lower": lower,
            "upper": upper,
        }
    )


@convention(
    name="Calibration intercept and slope",
    formula="logit P(y = 1) = a + b · logit(p)",
    source="Cox 1958; Van Calster et al. 2019",
    direction="calibrated: a = 0, b = 1; b < 1: probabilities too extreme",
    zero_bins="probabilities of 0 and 1 are moved in by 1e-12; constant or separating scores: undefined",
    interval="Wald; with case weights from the robust (sandwich) variance",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def calibration_intercept_slope(
    outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> pd.DataFrame:
    """Logistic recalibration of the outcome on the log-odds of the probability.

    Returns
    -------
    DataFrame with rows ``intercept`` and ``slope``: ``term``, ``estimate``, ``lower``, ``upper``, ``n``, ``method``,
    ``note`` (why undefined).
    """
    rows = labelled_probabilities(outcome, probability, weight)
    estimates, errors, note = np.full(2, np.nan), np.full(2, np.nan), rows.single_class
    if not note:
        fit = fit_logistic(rows, np.column_stack([np.ones(rows.n), logit(rows.score)]))
        if fit is None:
            note = "the score is constant or separates the classes"
        else:
            estimates, errors = fit.coefficients, fit.standard_errors
    limits = [normal_interval(float(value), float(error)) for value, error in zip(estimates, errors, strict=True)]
    return pd.DataFrame(
        {
            "term": ["intercept", "slope"],
            "estimate": estimates,
            "lower": [low for low, _ in limits],
            "upper": [high for _, high in limits],
            "n": rows.n,
            "method": "logistic recalibration, Wald",
            "note": note,
        }
    )


@convention(
    name="Calibration in the large",
    formula="a in logit P(y = 1) = a + logit(p)",
    source="Cox 1958; Van Calster et al. 2019",
    direction="0 = calibrated on average; above 0 = probabilities too low",
    zero_bins="probabilities of 0 and 1 are moved in by 1e-12; one class: undefined",
    interval="Wald; with case weights from the robust (sandwich) variance",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def calibration_in_the_large(outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Estimate:
    """Shift of the log-odds that makes the mean probability equal the event rate."""
    rows = labelled_probabilities(outcome, probability, weight)
    method = "logistic with slope 1, Wald"
    if rows.single_class:
        return undefined(rows.n, rows.single_class, method=method, unit="log-odds")
    fit = fit_logistic(rows, np.ones((rows.n, 1)), offset=logit(rows.score))
    if fit is None:
        return undefined(rows.n, "the shift did not converge", method=method, unit="log-odds")
    value = float(fit.coefficients[0])
    lower, upper = normal_interval(value, float(fit.standard_errors[0]))
    return Estimate(value, lower, upper, rows.n, method, "log-odds")


@convention(
    name="Observed over expected (O/E)",
    formula="number of defaults / sum of probabilities",
    source="Steyerberg 2019",
    direction="1 = calibrated on average; above 1 = probabilities too low",
    zero_bins="probabilities that sum to zero: undefined",
    denominator="sum of probabilities, taken as known",
    interval="Wilson limits of the event rate divided by the mean probability; Kish effective rows with weights",
    weights="case weights; rows of weight zero left out",
)
def observed_over_expected(outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Estimate:
    """Defaults observed per default expected."""
    rows = labelled_probabilities(outcome, probability, weight)
    method = "Wilson on the event rate"
    expected = float(rows.weight @ rows.score)
    if rows.n == 0 or expected == 0:
        return undefined(rows.n, "no default is expected", method=method)
    total = float(rows.weight.sum())
    rate, mean = float(rows.weight @ rows.outcome) / total, expected / total
    effective = total**2 / float(np.square(rows.weight).sum())
    lower, upper = wilson(min(rate, 1.0) * effective, effective)
    return Estimate(rate / mean, float(lower) / mean, float(upper) / mean, rows.n, method)


@convention(
    name="Hosmer–Lemeshow test",
    formula="Σ over groups of (O − E)²/(n p̄ (1 − p̄)), p̄ the mean probability of the group",
    source="Hosmer & Lemeshow 1980",
    direction="small p = not calibrated; over-powered for large n",
    ties="equal probabilities stay in one group, so there may be fewer groups",
    zero_bins="a group with p̄ of 0 or 1 adds 0 where it holds as forecast, infinity where not",
    interval="χ² with g degrees of freedom on other rows, g − 2 on the rows of the fit",
    weights="not applicable: unweighted only",
)
def hosmer_lemeshow(
    outcome: ArrayLike, probability: ArrayLike, groups: int = 10, in_sample: bool = False
) -> TestResult:
    """Hosmer–Lemeshow test over groups of about equal size.

    Parameters
    ----------
    outcome, probability: aligned arrays.
    groups: number of groups by quantile of the probability.
    in_sample: whether the model was fitted on these rows.

    Returns
    -------
    TestResult; undefined without rows or without a degree of freedom.
    """
    rows = labelled_probabilities(outcome, probability)
    reference = "g − 2, rows of the fit" if in_sample else "g, other rows"
    method = f"Hosmer–Lemeshow, χ² ({reference})"
    nan = float("nan")
    code = np.unique(quantile_groups(rows.score, groups), return_inverse=True)[1]
    size = np.bincount(code).astype(np.float64)
    degrees = size.size - (2 if in_sample else 0)
    if degrees < 1:
        return TestResult(nan, nan, rows.n, nan, method, "too few groups of distinct probabilities")
    expected = np.bincount(code, weights=rows.score)
    gap = np.bincount(code, weights=rows.outcome) - expected
    variance = expected * (size - expected) / size
    terms = np.divide(gap**2, variance, out=np.where(np.abs(gap) > 1e-9, np.inf, 0.0), where=variance > 1e-12)
    statistic = float(terms.sum())
    return TestResult(statistic, float(special.chdtrc(degrees, statistic)), rows.n, float(degrees), method)


@convention(
    name="Spiegelhalter's z",
    formula="Σ (y − p)(1 − 2p) / √(Σ (1 − 2p)² p (1 − p))",
    source="Spiegelhalter 1986",
    direction="positive = Brier score larger than calibrated probabilities would give",
    zero_bins="no variance (all p at 0, ½ or 1): undefined",
    interval="two-sided normal",
    weights="not applicable: unweighted only",
)
def spiegelhalter_z(outcome: ArrayLike, probability: ArrayLike) -> TestResult:
    """Spiegelhalter's test of calibration, which needs no groups.

    Returns
    -------
    TestResult, two-sided; undefined where the probabilities leave no variance.
    """
    rows = labelled_probabilities(outcome, probability)
    p, nan = rows.score, float("nan")
    method = "Spiegelhalter z, two-sided normal"
    variance = float(np.sum((1 - 2 * p) ** 2 * p * (1 - p)))
    if variance == 0:
        return TestResult(nan, nan, rows.n, nan, method, "the probabilities leave no variance")
    statistic = float(np.sum((rows.outcome - p) * (1 - 2 * p))) / float(np.sqrt(variance))
    return TestResult(statistic, float(2 * special.ndtr(-abs(statistic))), rows.n, nan, method)
