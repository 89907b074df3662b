"""Ranking statistics of many weightings of the same rows at once: sort once, then only cumulative sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from respml.measures.inputs import Booleans, Floats, Integers


@dataclass(frozen=True)
class SortedRows:
    """The order of the rows by score and where each group of equal scores ends.

    Attributes
    ----------
    order: row positions by ascending score.
    ends: position, within ``order``, of the last row of each group of equal scores.
    event: whether the row defaulted, in sorted order.
    """

    order: Integers
    ends: Integers
    event: Booleans


def sorted_rows(event: Booleans, score: Floats) -> SortedRows:
    """Sort the rows by score, ascending; equal scores form one group."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if score.size else np.empty(0, np.int64)
    return SortedRows(order, ends.astype(np.int64), event[order])


def _cumulative(weights: NDArray[Any], columns: Integers) -> Floats:
    """Cumulative weight over the chosen rows in the order given, starting from a column of zeros."""
    sums = np.zeros((weights.shape[0], columns.size + 1))
    np.cumsum(np.take(weights, columns, axis=1), axis=1, out=sums[:, 1:])
    return sums


@dataclass(frozen=True)
class AtEvents:
    """Weights below and up to the score of each event; all that ranking statistics need is read there.

    Attributes
    ----------
    weight: weight of each event, ascending score, array (replicates, events).
    events_below, events_up_to: weight of events scored below the event, and at most as high.
    others_below, others_up_to: the same of non-events.
    events, others: total weights, arrays (replicates,).
    """

    weight: Floats
    events_below: Floats
    events_up_to: Floats
    others_below: Floats
    others_up_to: Floats
    events: Floats
    others: Floats


def at_events(rows: SortedRows, weights: NDArray[Any]) -> AtEvents:
    """Read the cumulative weights of both classes at the events.

    Parameters
    ----------
    weights: array (replicates, rows) in the original row order.
    """
    starts = np.append(0, rows.ends[:-1] + 1)
    sizes = rows.ends - starts + 1
    first = np.repeat(starts, sizes)[rows.event]
    past = np.repeat(rows.ends + 1, sizes)[rows.event]
    own = rows.order[rows.event]
    read = []
    totals = []
    for columns, seen in (
        (own, np.append(0, np.cumsum(rows.event))),
        (rows.order[~rows.event], np.append(0, np.cumsum(~rows.event))),
    ):
        sums = _cumulative(weights, columns)
        below = np.take(sums, seen[first], axis=1)
        same = np.array_equal(seen[first], seen[past])
        read += [below, below if same else np.take(sums, seen[past], axis=1)]
        totals.append(sums[:, -1])
    return AtEvents(np.take(weights, own, axis=1).astype(np.float64), *read, *totals)


def area_under_roc_replicates(rows: SortedRows, weights: NDArray[Any]) -> Floats:
    """Area under the ROC curve of each row of ``weights``; ties count one half."""
    seen = at_events(rows, weights)
    won = np.einsum("ij,ij->i", seen.weight, seen.others_below) + np.einsum("ij,ij->i", seen.weight, seen.others_up_to)
    area: Floats = won / (2 * seen.events * seen.others)
    return area


def kolmogorov_smirnov_replicates(rows: SortedRows, weights: NDArray[Any]) -> Floats:
    """Kolmogorov–Smirnov distance between events and non-events for each row of ``weights``.

    The distance F(non-events) − F(events) rises only on non-events and falls only on events, so its extremes lie just
    below or just at the score of an event.
    """
    seen = at_events(rows, weights)
    events, others = seen.events[:, None], seen.others[:, None]
    highest = (seen.others_below / others - seen.events_below / events).max(axis=1)
    lowest = (seen.others_up_to / others - seen.events_up_to / events).min(axis=1)
    distance: Floats = np.maximum(highest, -lowest)
    return distance


def average_precision_replicates(rows: SortedRows, weights: NDArray[Any]) -> Floats:
    """Average precision (sum of precision times the rise of recall) for each row of ``weights``."""
    seen = at_events(rows, weights)
    found = seen.events[:, None] - seen.events_below
    flagged = found + (seen.others[:, None] - seen.others_below)
    precision = np.divide(found, flagged, out=np.zeros_like(flagged), where=flagged > 0)
    average: Floats = np.einsum("ij,ij->i", seen.weight, precision) / seen.events
    return average
