"""Curves and tables behind the ranking measures: ROC, precision–recall, lift by score band."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.measures.binning import quantile_groups
from respml.measures.conventions import convention
from respml.measures.inputs import Floats, Integers, labelled_scores
from respml.measures.intervals import wilson
from respml.measures.score_groups import score_groups


def _ratio(numerator: Floats, denominator: Floats | float) -> Floats:
    """Element-wise ratio, ``nan`` where the denominator is zero."""
    bottom = np.broadcast_to(np.asarray(denominator, dtype=np.float64), numerator.shape)
    ratio: Floats = np.divide(numerator, bottom, out=np.full(numerator.shape, np.nan), where=bottom > 0)
    return ratio


def _thinned(first: Floats, second: Floats, points: int | None) -> Integers:
    """Positions of at most ``points`` vertices spaced evenly along the curve, both ends included."""
    if points is None or first.size <= max(points, 2):
        return np.arange(first.size)
    length = np.append(0.0, np.cumsum(np.abs(np.diff(first)) + np.abs(np.diff(second))))
    wanted = np.linspace(0.0, length[-1], max(points, 2))
    return np.unique(np.append(np.searchsorted(length, wanted), first.size - 1).clip(0, first.size - 1))


@convention(
    name="ROC curve",
    formula="(share of non-defaults, share of defaults) with score > cut-off, for every distinct score",
    source="Fawcett 2006",
    direction="higher score = higher risk",
    ties="equal scores enter together, so a tie draws a slanted line",
    weights="case weights",
)
def roc_curve(
    outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None, *, points: int | None = None
) -> pd.DataFrame:
    """Vertices of the ROC curve, from (0, 0) to (1, 1).

    Parameters
    ----------
    outcome, probability, weight: aligned arrays; rows of weight zero are left out.
    points: at most this many vertices, spaced evenly along the curve; all where none is given. Areas must be taken
        from the measures, not from a thinned curve.

    Returns
    -------
    DataFrame with ``false_positive_rate``, ``true_positive_rate`` (``nan`` where the class is missing) and ``cutoff``
    (rows with a score strictly above it are predicted to default), by descending cut-off; the last cut-off is
    ``-inf``, below every score.
    """
    rows = labelled_scores(outcome, probability, weight)
    groups = score_groups(rows)
    true_rate = _ratio(np.append(groups.events.sum(), groups.events_above())[::-1], groups.total_events)
    false_rate = _ratio(np.append(groups.non_events.sum(), groups.non_events_above())[::-1], groups.total_non_events)
    cutoff = np.append(-np.inf, groups.score)[::-1]
    kept = np.arange(cutoff.size) if rows.single_class else _thinned(false_rate, true_rate, points)
    return pd.DataFrame(
        {"false_positive_rate": false_rate[kept], "true_positive_rate": true_rate[kept], "cutoff": cutoff[kept]}
    )


@convention(
    name="Precision–recall curve",
    formula="(share of defaults found, share of defaults among those found) with score > cut-off",
    source="Davis & Goadrich 2006",
    direction="higher score = higher risk",
    ties="equal scores enter together",
    zero_bins="the point without predicted defaults (0/0) is left out",
    weights="case weights",
)
def precision_recall_curve(
    outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None, *, points: int | None = None
) -> pd.DataFrame:
    """Vertices of the precision–recall curve by rising recall; parameters as :func:`roc_curve`.

    Returns
    -------
    DataFrame with ``recall`` (``nan`` without defaults), ``precision`` and ``cutoff`` (score strictly above it is
    predicted to default; ``-inf`` in the last row).
    """
    rows = labelled_scores(outcome, probability, weight)
    groups = score_groups(rows)
    events = (groups.events_above() + groups.events)[::-1]
    flagged = events + (groups.non_events_above() + groups.non_events)[::-1]
    recall, precision = _ratio(events, groups.total_events), _ratio(events, flagged)
    cutoff = np.append(-np.inf, groups.score[:-1])[::-1] if groups.score.size else np.empty(0)
    kept = np.arange(cutoff.size) if rows.single_class else _thinned(recall, precision, points)
    return pd.DataFrame({"recall": recall[kept], "precision": precision[kept], "cutoff": cutoff[kept]})


@convention(
    name="Lift table",
    formula="lift = event rate of the band / event rate overall",
    source="Siddiqi 2006",
    direction="band 1 = highest scores",
    ties="equal scores stay in one band; bands may differ in size",
    zero_bins="empty bands are left out; lift without any event is undefined",
    interval="Wilson on the event rate",
    weights="not applicable: unweighted only",
)
def lift_table(outcome: ArrayLike, probability: ArrayLike, bins: int = 10) -> pd.DataFrame:
    """Event rate, lift and cumulative capture by score band, riskiest band first.

    Parameters
    ----------
    outcome, probability: aligned arrays.
    bins: number of bands of about equal size.

    Returns
    -------
    DataFrame with ``bin`` (1 = riskiest), ``n``, ``events``, ``minimum_probability``, ``mean_probability``,
    ``maximum_probability``, ``event_rate``, ``lower``, ``upper`` (Wilson), ``lift``, ``cumulative_share`` (of rows),
    ``cumulative_capture`` (of events), ``cumulative_lift``.
    """
    rows = labelled_scores(outcome, probability)
    band = bins - quantile_groups(rows.score, bins)
    grouped = pd.DataFrame({"bin": band, "event": rows.outcome, "score": rows.score}).groupby("bin", sort=True)
    table = grouped.agg(
        n=("event", "size"),
        events=("event", "sum"),
        minimum_probability=("score", "min"),
        mean_probability=("score", "mean"),
        maximum_probability=("score", "max"),
    ).reset_index()
    table["events"] = table["events"].astype(np.int64)
    n, events = table["n"].to_numpy(np.float64), table["events"].to_numpy(np.float64)
    table["event_rate"] = events / n
    table["lower"], table["upper"] = wilson(events, n)
    overall = events.sum() / n.sum() if rows.n else np.nan
    table["lift"] = _ratio(events / n, overall)
    table["cumulative_share"] = np.cumsum(n) / n.sum()
    table["cumulative_capture"] = _ratio(np.cumsum(events), events.sum())
    table["cumulative_lift"] = _ratio(np.cumsum(events) / np.cumsum(n), overall)
    return table
