"""Two models on the same rows: paired tests of the difference, with its size and interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from respml.errors import InputError
from respml.measures.bootstrap import (
    DEFAULT_REPLICATES,
    DEFAULT_SEED,
    acceleration,
    bca_interval,
    bootstrap_replicates,
)
from respml.measures.business_value import row_values
from respml.measures.confusion import OutcomeAmounts
from respml.measures.conventions import convention
from respml.measures.decisions import benchmark_right_champion_wrong, mcnemar_test, swap_sets
from respml.measures.estimate import Estimate, undefined
from respml.measures.inputs import Floats, LabelledScores, labelled_probabilities, labelled_scores
from respml.measures.intervals import normal_interval
from respml.measures.proper_scores import row_log_loss
from respml.measures.ranking import class_variance, ranking_area
from respml.measures.ranking_influence import (
    area_under_roc_influence,
    average_precision_influence,
    kolmogorov_smirnov_influence,
)
from respml.measures.ranking_replicates import (
    area_under_roc_replicates,
    average_precision_replicates,
    kolmogorov_smirnov_replicates,
    sorted_rows,
)
from respml.measures.score_groups import score_groups

__all__ = [
    "PairedTest",
    "benchmark_right_champion_wrong",
    "delong_paired_test",
    "mcnemar_test",
    "paired_bootstrap",
    "swap_sets",
]


@dataclass(frozen=True)
class PairedTest:
    """The difference between two models on the same rows, and a test that there is none.

    Attributes
    ----------
    measure: name of the measure compared.
    first, second: the measure of model A and of model B.
    difference: B less A, with its interval.
    statistic: the difference in standard errors; ``nan`` where the test has none (bootstrap).
    p_value: two-sided; ``nan`` where undefined.
    method: how the p-value was found.
    """

    measure: str
    first: float
    second: float
    difference: Estimate
    statistic: float
    p_value: float
    method: str


def _undefined_pair(measure: str, rows: LabelledScores, method: str) -> PairedTest:
    nan = float("nan")
    return PairedTest(measure, nan, nan, undefined(rows.n, rows.single_class, method=method), nan, nan, method)


@convention(
    name="Paired DeLong test",
    formula="z = (AUC_B − AUC_A) / √(var_A + var_B − 2 cov), from differences of placement values",
    source="DeLong, DeLong & Clarke-Pearson 1988; Sun & Xu 2014 (by ranks)",
    direction="positive = B ranks better",
    ties="a tied pair counts one half",
    interval="normal",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def delong_paired_test(
    outcome: ArrayLike,
    probability_a: ArrayLike,
    probability_b: ArrayLike,
    weight: ArrayLike | None = None,
) -> PairedTest:
    """Test of equal AUC of two models on the same rows.

    The training of either model is taken as given: the test says whether they differ on rows like these, not whether
    refits would.

    Parameters
    ----------
    outcome, probability_a, probability_b: aligned arrays.
    weight: case weights or none.

    Returns
    -------
    PairedTest of B less A. Where every row has the same placement under both models the difference is exactly zero,
    the statistic 0 and p 1. Undefined where a class is missing, without interval where a class has one row.
    """
    first, second = labelled_scores(outcome, probability_a, weight), labelled_scores(outcome, probability_b, weight)
    method = "paired DeLong, two-sided normal"
    if first.single_class:
        return _undefined_pair("area_under_roc", first, method)
    area_a, area_b = ranking_area(score_groups(first)), ranking_area(score_groups(second))
    influence = area_under_roc_influence(second, area_b) - area_under_roc_influence(first, area_a)
    influence[np.abs(influence) < 1e-15] = 0.0
    gain = area_b - area_a
    variance = class_variance(influence, first)
    note = ""
    if variance == 0:
        statistic = 0.0 if abs(gain) < 1e-12 else float("nan")
        note = "both models rank every pair alike" if statistic == 0.0 else "no sampling variance: no test"
    else:
        statistic = gain / float(np.sqrt(variance))
    lower, upper = normal_interval(gain, float(np.sqrt(variance)))
    if np.isnan(statistic):
        lower, upper, note = float("nan"), float("nan"), note or "one row in a class: no interval"
    p_value = float(2 * special.ndtr(-abs(statistic)))
    difference = Estimate(gain, lower, upper, first.n, method, "", note)
    return PairedTest("area_under_roc", area_a, area_b, difference, statistic, p_value, method)


Replicator = Callable[[NDArray[Any]], Floats]


def _ranking_statistic(measure: str, rows: LabelledScores) -> tuple[Replicator, Floats]:
    """A ranking measure as a function of a weight matrix, and its influence values."""
    replicates = {
        "area_under_roc": area_under_roc_replicates,
        "average_precision": average_precision_replicates,
        "kolmogorov_smirnov": kolmogorov_smirnov_replicates,
    }[measure]
    order = sorted_rows(rows.event, rows.score)
    value = float(replicates(order, rows.weight[None, :])[0])
    influence = {
        "area_under_roc": lambda: area_under_roc_influence(rows, value),
        "average_precision": lambda: average_precision_influence(rows, value),
        "kolmogorov_smirnov": lambda: kolmogorov_smirnov_influence(rows),
    }[measure]()
    return (lambda weights: replicates(order, weights)), influence


def _sum_replicator(per_row: Floats, total: bool) -> Replicator:
    """Weighted mean (or total) of a per-row value as a function of a weight matrix."""

    def summed(weights: NDArray[Any]) -> Floats:
        matrix = weights.astype(np.float64)
        sums: Floats = matrix @ per_row
        return sums if total else sums / matrix.sum(axis=1)

    return summed


def _difference(statistic_a: Replicator, statistic_b: Replicator) -> Replicator:
    """B less A as a function of a weight matrix."""
    return lambda weights: statistic_b(weights) - statistic_a(weights)


RANKING = ("area_under_roc", "average_precision", "kolmogorov_smirnov")
LOSSES = ("log_loss", "brier_score")


@convention(
    name="Paired bootstrap",
    formula="measure of B less measure of A on the same redrawn rows",
    source="Efron & Tibshirani 1993",
    direction="B less A: positive favours B for ranking measures and value, negative for losses",
    ties="as the measure",
    interval="stratified bootstrap, BCa; two-sided p = 2 · min share of replicates on either side of zero, (k+1)/(R+1)",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def paired_bootstrap(
    outcome: ArrayLike,
    probability_a: ArrayLike,
    probability_b: ArrayLike,
    measure: str = "log_loss",
    replicates: int = DEFAULT_REPLICATES,
    seed: int = DEFAULT_SEED,
    *,
    weight: ArrayLike | None = None,
    cutoff_a: float | None = None,
    cutoff_b: float | None = None,
    amounts: OutcomeAmounts | Mapping[str, float] | None = None,
) -> PairedTest:
    """Difference of a measure between two models, both computed on the same redrawn rows.

    Parameters
    ----------
    outcome, probability_a, probability_b: aligned arrays.
    measure: ``log_loss``, ``brier_score``, ``average_precision``, ``kolmogorov_smirnov``, ``area_under_roc`` or
        ``value`` (total business value; needs ``cutoff_a``, ``cutoff_b`` and ``amounts``).
    replicates, seed: number of replicates and seed. Rows are redrawn within each class: the event rate is held.
    weight: case weights or none.

    Returns
    -------
    PairedTest of B less A; undefined without rows, ranking measures also where a class is missing. The
    smallest possible p-value is 2/(replicates + 1).
    """
    check = labelled_probabilities if measure in LOSSES else labelled_scores
    first, second = check(outcome, probability_a, weight), check(outcome, probability_b, weight)
    method = "stratified paired bootstrap, BCa"
    if first.n == 0 or (measure in RANKING and first.single_class):
        return _undefined_pair(measure, first, method)
    if measure in RANKING:
        statistic_a, influence_a = _ranking_statistic(measure, first)
        statistic_b, influence_b = _ranking_statistic(measure, second)
        influence = influence_b - influence_a
        gain_of = _difference(statistic_a, statistic_b)
    else:
        rows_a, rows_b = (
            _row_values(measure, rows, cutoff, amounts) for rows, cutoff in ((first, cutoff_a), (second, cutoff_b))
        )
        statistic_a, statistic_b = (_sum_replicator(each, measure == "value") for each in (rows_a, rows_b))
        influence = first.weight * (rows_b - rows_a)
        gain_of = _sum_replicator(rows_b - rows_a, measure == "value")
    unit_weight = first.weight[None, :]
    value_a, value_b = float(statistic_a(unit_weight)[0]), float(statistic_b(unit_weight)[0])
    frame = bootstrap_replicates(
        first.event,
        {"gain": gain_of},
        replicates,
        seed,
        first.weight if first.weighted else None,
    )
    gains, gain = frame["gain"].to_numpy(np.float64), value_b - value_a
    lower, upper = bca_interval(gains, gain, acceleration(influence, first.event))
    difference = Estimate(gain, lower, upper, first.n, method)
    return PairedTest(measure, value_a, value_b, difference, float("nan"), _bootstrap_p(gains), method)


def _row_values(
    measure: str,
    rows: LabelledScores,
    cutoff: float | None,
    amounts: OutcomeAmounts | Mapping[str, float] | None,
) -> Floats:
    """Per-row loss or value of one model."""
    if measure == "log_loss":
        return row_log_loss(rows.outcome, rows.score)
    if measure == "brier_score":
        return np.square(rows.score - rows.outcome)
    if measure != "value":
        known = ", ".join([*RANKING, *LOSSES, "value"])
        raise InputError(f"There is no measure {measure!r} to compare.", remedy=f"Use one of {known}.")
    if cutoff is None or amounts is None:
        raise InputError("The value of decisions needs both cut-offs and the amounts.", remedy="Pass all three.")
    return row_values(rows.event, rows.score > cutoff, amounts)


def _bootstrap_p(gains: Floats) -> float:
    """Two-sided p-value: twice the smaller share of replicates on one side of zero, never zero, at most one."""
    if gains.size == 0:
        return float("nan")
    smaller = min(np.count_nonzero(gains <= 0), np.count_nonzero(gains >= 0))
    return float(min(1.0, 2 * (smaller + 1) / (gains.size + 1)))
