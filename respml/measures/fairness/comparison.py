"""A rate of every group against the reference group: ratio, difference, odds ratio, each with interval, and a test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from respml.measures.fairness.cells import Cells
from respml.measures.fairness.confusion import rate_interval
from respml.measures.fairness.membership import FloatArray
from respml.measures.fairness.rates import Rate, RateValues, rate_values

FISHER_BELOW = 5.0
"""Fisher's exact test replaces the normal approximation where an expected cell is below this (Cochran 1954)."""


@dataclass(frozen=True)
class Comparison:
    """One rate of G groups against the reference; arrays of shape (G,), ``nan`` where undefined.

    Attributes
    ----------
    values: the rates themselves.
    ratio, ratio_lower, ratio_upper: group / reference with log-normal limits.
    difference, difference_lower, difference_upper: group − reference with Newcombe limits.
    odds_ratio, odds_lower, odds_upper: odds of group / odds of reference with Woolf limits.
    statistic: z of the two-proportion test; ``nan`` where Fisher's test was used.
    p_value: two-sided.
    test: name of the test used, shape (G,).
    """

    values: RateValues
    ratio: FloatArray
    ratio_lower: FloatArray
    ratio_upper: FloatArray
    difference: FloatArray
    difference_lower: FloatArray
    difference_upper: FloatArray
    odds_ratio: FloatArray
    odds_lower: FloatArray
    odds_upper: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    test: tuple[str, ...]

    def ratio_note(self, group: int, reference: int) -> str:
        """Why a group's ratio or its interval is undefined; empty where both are defined."""
        mine, other = self.values.value[group], self.values.value[reference]
        if np.isnan(mine) or np.isnan(other):
            return f"undefined: 0/0 in {self.values.rate.meaning} of the {'group' if np.isnan(mine) else 'reference'}"
        if other == 0:
            return "undefined: the reference rate is 0"
        if group != reference and (mine in (0.0, 1.0) or other == 1.0):
            return "a rate of 0 or 1: interval by MOVER from Wilson limits"
        return ""


def compare(cells: Cells, rate: Rate, confidence: float = 0.95) -> Comparison:
    """Compare a rate of every group with the reference group.

    Ratio: exp(ln(p1/p0) ± z·√(v1/p1² + v0/p0² − 2c/(p1·p0))), v and c the linearised variances and covariance; with
    unit weights v/p² is (1 − p)/(n·p) (Katz, Baptista, Azen & Pike 1978); where a rate is 0 or 1 that variance says
    nothing, and the limits come from the Wilson limits instead (MOVER, Donner & Zou 2012). Difference: Newcombe's
    (1998) method 10 from Wilson limits, with the covariance term of Zou & Donner (2008) where memberships overlap.
    Odds ratio: Woolf (1955).
    """
    values = rate_values(cells, rate)
    reference = cells.reference
    p, v = values.value, values.variance
    p0, v0, overlap = p[reference], v[reference], values.covariance[:, reference]
    z = float(special.ndtri(0.5 + confidence / 2))
    apart = np.arange(len(p)) != reference
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(p0 > 0, p / p0, np.nan)
        spread = np.sqrt(np.maximum(v / p**2 + v0 / p0**2 - 2 * overlap / (p * p0), 0.0))
        ratio_lower, ratio_upper = ratio * np.exp(-z * spread), ratio * np.exp(z * spread)
        odds_variance = v / (p * (1 - p)) ** 2 + v0 / (p0 * (1 - p0)) ** 2
        odds_variance = odds_variance - 2 * overlap / (p * (1 - p) * p0 * (1 - p0))
        odds = (p / (1 - p)) / (p0 / (1 - p0))
        odds = np.where((p > 0) & (p < 1) & (p0 > 0) & (p0 < 1), odds, np.nan)
        odds_reach = np.where(apart, z * np.sqrt(np.maximum(odds_variance, 0.0)), np.nan)
        lower, upper = rate_interval(values, confidence)
        correlation = np.nan_to_num(overlap / np.sqrt(v * v0), nan=0.0, posinf=0.0, neginf=0.0)
        down, up = p - lower, upper - p
        down0, up0 = down[reference], up[reference]
        edge = (p == 0) | (p == 1) | (p0 == 1)
        mover_lower, mover_upper = _mover_ratio(p, lower, upper, p0, lower[reference], upper[reference])
        ratio_lower = np.where(apart & (p0 > 0), np.where(edge, mover_lower, ratio_lower), np.nan)
        ratio_upper = np.where(apart & (p0 > 0), np.where(edge, mover_upper, ratio_upper), np.nan)
        below = np.sqrt(np.maximum(down**2 + up0**2 - 2 * correlation * down * up0, 0.0))
        above = np.sqrt(np.maximum(up**2 + down0**2 - 2 * correlation * up * down0, 0.0))
    difference = p - p0
    statistic, p_value, test = _tests(cells, values)
    return Comparison(
        values,
        ratio,
        ratio_lower,
        ratio_upper,
        difference,
        np.where(apart, difference - below, np.nan),
        np.where(apart, difference + above, np.nan),
        odds,
        odds * np.exp(-odds_reach),
        odds * np.exp(odds_reach),
        statistic,
        p_value,
        test,
    )


def _mover_ratio(
    p: FloatArray, lower: FloatArray, upper: FloatArray, p0: float, lower0: float, upper0: float
) -> tuple[FloatArray, FloatArray]:
    """Limits of a ratio of independent proportions from the limits of each (Donner & Zou 2012, equation 9)."""
    product = p * p0
    for_lower, for_upper = upper0 * (2 * p0 - upper0), lower0 * (2 * p0 - lower0)
    inside_lower = np.maximum(product**2 - lower * (2 * p - lower) * for_lower, 0.0)
    inside_upper = np.maximum(product**2 - upper * (2 * p - upper) * for_upper, 0.0)
    return (product - np.sqrt(inside_lower)) / for_lower, (product + np.sqrt(inside_upper)) / for_upper


def _tests(cells: Cells, values: RateValues) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """Two-sided test of equal rates for every group: z, or Fisher where an expected cell is small."""
    groups, reference = len(values.value), cells.reference
    numerator, denominator = values.rate.masks
    hit = (cells.weight * numerator).sum(axis=(1, 2))
    total = (cells.weight * denominator).sum(axis=(1, 2))
    whole = cells.membership.observed and bool(np.array_equal(cells.weight, cells.rows))
    statistic, p_value = np.full(groups, np.nan), np.full(groups, np.nan)
    test = [""] * groups
    for group in range(groups):
        if group == reference or np.isnan(values.value[group]) or np.isnan(values.value[reference]):
            continue
        pooled = (hit[group] + hit[reference]) / (total[group] + total[reference])
        sizes = values.effective[[group, reference]]
        smallest = min(pooled, 1 - pooled) * sizes.min()
        if whole and smallest < FISHER_BELOW:
            p_value[group] = fisher_exact(
                int(hit[group]), int(total[group]), int(hit[reference]), int(total[reference])
            )
            test[group] = "Fisher exact"
            continue
        if cells.membership.observed:
            variance = pooled * (1 - pooled) * (1 / sizes).sum()
            test[group] = "two-proportion z" if whole else "two-proportion z, effective n"
        else:
            variance = values.variance[group] + values.variance[reference]
            variance -= 2 * values.covariance[group, reference]
            test[group] = "z, linearised variance"
        if smallest < FISHER_BELOW:
            test[group] += ", expected cell small"
        if variance > 0:
            statistic[group] = (values.value[group] - values.value[reference]) / np.sqrt(variance)
            p_value[group] = 2 * special.ndtr(-abs(statistic[group]))
    return statistic, p_value, tuple(test)


def fisher_exact(hits: int, trials: int, other_hits: int, other_trials: int) -> float:
    """Two-sided p-value of Fisher's exact test: the probability of all tables no likelier than the one seen.

    Parameters
    ----------
    hits, trials: successes and size of one group.
    other_hits, other_trials: of the other.

    Source: Fisher 1922; tables within 1e-7 of the observed probability count as equally likely, as in R and scipy.
    """
    success = hits + other_hits
    first = np.arange(max(0, success - other_trials), min(success, trials) + 1)
    log_choose = (
        -special.gammaln(first + 1)
        - special.gammaln(trials - first + 1)
        - special.gammaln(success - first + 1)
        - special.gammaln(other_trials - success + first + 1)
    )
    likelihood = np.exp(log_choose - log_choose.max())
    seen = likelihood[hits - first[0]]
    return float(likelihood[likelihood <= seen * (1 + 1e-7)].sum() / likelihood.sum())
