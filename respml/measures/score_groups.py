"""Scores grouped by distinct value: the one sort on which curves, areas and cut-offs rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from respml.measures.inputs import Floats, Integers, LabelledScores


@dataclass(frozen=True)
class ScoreGroups:
    """Events and non-events (weighted counts) at each distinct score.

    Attributes
    ----------
    score: distinct scores, ascending.
    events, non_events: weight of defaults and of other rows at each distinct score.
    group: for each row of the input, the position of its score in ``score``.
    """

    score: Floats
    events: Floats
    non_events: Floats
    group: Integers

    @property
    def total_events(self) -> float:
        """Weight of all defaults."""
        return float(self.events.sum())

    @property
    def total_non_events(self) -> float:
        """Weight of all other rows."""
        return float(self.non_events.sum())

    def events_above(self) -> Floats:
        """Weight of defaults with a score strictly above each distinct score."""
        return _above(self.events)

    def non_events_above(self) -> Floats:
        """Weight of other rows with a score strictly above each distinct score."""
        return _above(self.non_events)


def _above(weights: Floats) -> Floats:
    """Sum of the weights strictly after each position, exactly zero at the last."""
    reverse = np.cumsum(weights[::-1])[::-1]
    return np.append(reverse[1:], 0.0) if weights.size else weights


def score_groups(rows: LabelledScores) -> ScoreGroups:
    """Sort the rows once and add up events and non-events at each distinct score."""
    distinct, group = np.unique(rows.score, return_inverse=True)
    code = np.bincount(2 * group + rows.event, weights=rows.weight, minlength=2 * distinct.size)
    both = code.astype(np.float64).reshape(-1, 2)
    return ScoreGroups(distinct, both[:, 1], both[:, 0], group.astype(np.int64))


def placements(rows: LabelledScores, groups: ScoreGroups | None = None) -> Floats:
    """Placement values of each row (DeLong's components).

    For a default: the share of non-defaults scored below it, ties counted one half. For a non-default: the share of
    defaults scored above it, ties counted one half. Their weighted mean over either class is the area under the ROC
    curve. Both classes must be present.
    """
    groups = groups or score_groups(rows)
    below = np.cumsum(groups.non_events) - groups.non_events
    for_event = (below + groups.non_events / 2) / groups.total_non_events
    for_non_event = (groups.events_above() + groups.events / 2) / groups.total_events
    return np.where(rows.event, for_event[groups.group], for_non_event[groups.group])
