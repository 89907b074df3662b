"""How well a score ranks defaults above other rows: AUC, Gini, Kolmogorov–Smirnov, average precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from respml.measures.bootstrap import (
    DEFAULT_REPLICATES,
    DEFAULT_SEED,
    acceleration,
    bca_interval,
    bootstrap_replicates,
)
from respml.measures.conventions import convention
from respml.measures.estimate import Estimate, undefined
from respml.measures.inputs import Floats, LabelledScores, labelled_scores
from respml.measures.intervals import NORMAL_95
from respml.measures.ranking_curves import lift_table, precision_recall_curve, roc_curve
from respml.measures.ranking_influence import (
    area_under_roc_influence,
    average_precision_influence,
    kolmogorov_smirnov_influence,
)
from respml.measures.ranking_replicates import (
    average_precision_replicates,
    kolmogorov_smirnov_replicates,
    sorted_rows,
)
from respml.measures.score_groups import ScoreGroups, score_groups

__all__ = [
    "area_under_roc",
    "average_precision",
    "gini",
    "kolmogorov_smirnov",
    "lift_table",
    "precision_recall_curve",
    "roc_curve",
]

DIRECTION = "higher score = higher risk; 1 = every default above every other row"


def ranking_area(groups: ScoreGroups) -> float:
    """Area under the ROC curve from grouped scores; ties count one half. Both classes must be present."""
    below = np.cumsum(groups.non_events) - groups.non_events / 2
    return float(np.dot(groups.events, below) / (groups.total_events * groups.total_non_events))


def class_variance(influence: Floats, rows: LabelledScores) -> float:
    """Variance from influence values, with the factor m/(m−1) in each class; ``nan`` for a class of one row."""
    if rows.events < 2 or rows.non_events < 2:
        return float("nan")
    squares = influence**2
    of_events = float(squares[rows.event].sum())
    of_others = float(squares.sum()) - of_events
    return of_events * rows.events / (rows.events - 1) + of_others * rows.non_events / (rows.non_events - 1)


@convention(
    name="AUC (area under the ROC curve)",
    formula="P(score of a default > score of a non-default) + ½ P(equal)",
    source="Hanley & McNeil 1982; DeLong, DeLong & Clarke-Pearson 1988",
    direction=DIRECTION,
    ties="a tied pair counts one half",
    denominator="weight of defaults × weight of non-defaults",
    interval="DeLong, normal, cut to 0–1; with case weights the same linearised variance over weighted placements",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def area_under_roc(outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Estimate:
    """Area under the ROC curve with its DeLong interval.

    The variance is Σ over each class of (placement − AUC)² / (m (m − 1)), m the rows of the class, from one sort.
    It is the sampling variance of this test set; the variance of training is not in it.

    Parameters
    ----------
    outcome: 0/1 array.
    probability: score array of the same length; only its order counts.
    weight: case weights or none.

    Returns
    -------
    Estimate; undefined (with the reason) where a class is missing. With one row in a class, or where the classes do
    not overlap, the variance carries no information, and the interval is undefined.

    Raises
    ------
    InputError: outcome not 0/1, missing values, lengths that differ, negative weights.
    """
    rows = labelled_scores(outcome, probability, weight)
    method = "DeLong, weighted" if rows.weighted else "DeLong"
    if rows.single_class:
        return undefined(rows.n, rows.single_class, method=method)
    groups = score_groups(rows)
    area = ranking_area(groups)
    variance = class_variance(area_under_roc_influence(rows, area, groups), rows)
    note = ""
    if groups.score.size == 1:
        note = "constant score: every pair is tied"
    elif area in (0.0, 1.0):
        variance, note = float("nan"), "the classes do not overlap: no interval"
    elif np.isnan(variance):
        note = "one row in a class: no interval"
    reach = NORMAL_95 * float(np.sqrt(variance))
    lower, upper = (float(limit) for limit in np.clip([area - reach, area + reach], 0.0, 1.0))
    return Estimate(area, lower, upper, rows.n, method, "", note)


@convention(
    name="Gini coefficient (accuracy ratio)",
    formula="2 AUC − 1",
    source="BCBS Working Paper 14 (2005)",
    direction=DIRECTION,
    ties="as AUC",
    interval="DeLong interval of the AUC, transformed",
    weights="as AUC",
)
def gini(outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Estimate:
    """Gini coefficient, 2 AUC − 1; parameters, errors and undefined cases as :func:`area_under_roc`."""
    area = area_under_roc(outcome, probability, weight)
    return Estimate(
        2 * area.value - 1, 2 * area.lower - 1, 2 * area.upper - 1, area.n, area.method, area.unit, area.note
    )


@convention(
    name="KS (Kolmogorov–Smirnov distance between classes)",
    formula="max over scores of |F(non-defaults) − F(defaults)|",
    source="Thomas, Edelman & Crook 2002",
    direction="0 = same distribution, 1 = no overlap; blind to which class scores higher",
    ties="equal scores enter together",
    interval="stratified bootstrap, BCa",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def kolmogorov_smirnov(
    outcome: ArrayLike,
    probability: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    replicates: int = DEFAULT_REPLICATES,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """Largest distance between the score distributions of defaults and non-defaults.

    Parameters
    ----------
    outcome, probability, weight: as :func:`area_under_roc`.
    replicates: bootstrap replicates; zero leaves the interval out.
    seed: seed of the bootstrap.

    Returns
    -------
    Estimate; undefined where a class is missing. As a maximum it is biased upwards in small samples; in simulation the
    interval covered the truth in 91 % of samples with 100 defaults and 93 % with 500.
    """
    rows = labelled_scores(outcome, probability, weight)
    method = "stratified bootstrap, BCa"
    if rows.single_class:
        return undefined(rows.n, rows.single_class, method=method)
    order = sorted_rows(rows.event, rows.score)
    value = float(kolmogorov_smirnov_replicates(order, rows.weight[None, :])[0])
    frame = bootstrap_replicates(
        rows.event,
        {"distance": lambda weights: kolmogorov_smirnov_replicates(order, weights)},
        replicates,
        seed,
        rows.weight if rows.weighted else None,
    )
    skew = acceleration(kolmogorov_smirnov_influence(rows), rows.event)
    lower, upper = bca_interval(frame["distance"].to_numpy(), value, skew)
    return Estimate(value, lower, upper, rows.n, method)


@convention(
    name="PR-AUC (average precision)",
    formula="Σ (rise of recall) · precision over descending distinct scores",
    source="Buckley & Voorhees 2000; Davis & Goadrich 2006 (why no linear interpolation)",
    direction="1 = every default above every other row; the prevalence = random order",
    ties="equal scores enter together",
    denominator="weight of defaults",
    interval="stratified bootstrap, BCa",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def average_precision(
    outcome: ArrayLike,
    probability: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    replicates: int = DEFAULT_REPLICATES,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """Area under the precision–recall curve as average precision; parameters as :func:`kolmogorov_smirnov`.

    Returns
    -------
    Estimate; undefined where a class is missing (without non-defaults precision is one by construction).
    """
    rows = labelled_scores(outcome, probability, weight)
    method = "stratified bootstrap, BCa"
    if rows.single_class:
        return undefined(rows.n, rows.single_class, method=method)
    order = sorted_rows(rows.event, rows.score)
    value = float(average_precision_replicates(order, rows.weight[None, :])[0])
    frame = bootstrap_replicates(
        rows.event,
        {"average": lambda weights: average_precision_replicates(order, weights)},
        replicates,
        seed,
        rows.weight if rows.weighted else None,
    )
    skew = acceleration(average_precision_influence(rows, value), rows.event)
    lower, upper = bca_interval(frame["average"].to_numpy(), value, skew)
    return Estimate(value, lower, upper, rows.n, method)
