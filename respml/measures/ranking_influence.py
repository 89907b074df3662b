"""Influence values of ranking statistics: the derivative with respect to the weight of each row.

Their squares give variances, their cubes the acceleration of BCa intervals.
"""

from __future__ import annotations

import numpy as np

from respml.measures.inputs import Floats, LabelledScores
from respml.measures.score_groups import ScoreGroups, placements, score_groups


def area_under_roc_influence(rows: LabelledScores, area: float, groups: ScoreGroups | None = None) -> Floats:
    """Influence of each row on the area under the ROC curve: w (placement − AUC) / weight of its class."""
    groups = groups or score_groups(rows)
    class_weight = np.where(rows.event, groups.total_events, groups.total_non_events)
    influence: Floats = rows.weight * (placements(rows, groups) - area) / class_weight
    return influence


def kolmogorov_smirnov_influence(rows: LabelledScores) -> Floats:
    """Influence of each row on the KS distance, at the score where the distance is attained (the lowest, if tied)."""
    groups = score_groups(rows)
    events = np.cumsum(groups.events) / groups.total_events
    others = np.cumsum(groups.non_events) / groups.total_non_events
    at = int(np.argmax(np.abs(others - events)))
    sign = 1.0 if others[at] >= events[at] else -1.0
    low = (groups.group <= at).astype(np.float64)
    for_event = -sign * (low - events[at]) / groups.total_events
    for_other = sign * (low - others[at]) / groups.total_non_events
    influence: Floats = rows.weight * np.where(rows.event, for_event, for_other)
    return influence


def average_precision_influence(rows: LabelledScores, average: float) -> Floats:
    """Influence of each row on the average precision.

    With P and N the weights of events and non-events scored at or above a distinct score g, the average is
    Σ e_g/E · P/(P+N). Differentiating by the weight of an event at h gives (P_h/(P_h+N_h) − average)/E plus
    Σ over g ≤ h of e_g N/(P+N)²/E; by that of a non-event, −Σ over g ≤ h of e_g P/(P+N)²/E.
    """
    groups = score_groups(rows)
    events = groups.events_above() + groups.events
    others = groups.non_events_above() + groups.non_events
    flagged = events + others
    total = groups.total_events
    gain = np.cumsum(groups.events * others / flagged**2)
    loss = np.cumsum(groups.events * events / flagged**2)
    for_event = (events / flagged - average + gain) / total
    for_other = -loss / total
    influence: Floats = rows.weight * np.where(rows.event, for_event[groups.group], for_other[groups.group])
    return influence
