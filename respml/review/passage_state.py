"""Whether a person's passage still holds: its words and numbers held against those it was accepted with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from respml.evidence.model import Metric, subject_of
from respml.review.bindings import Binding, Bound, text_digest
from respml.review.metric_words import familiarity, metric_words
from respml.review.passage_markdown import cited

State = Literal["accepted", "stale", "edited", "not accepted"]
RELATIVE_TOLERANCE = 0.01
"""How far a number without an interval may move, as a share of what it was."""

_MOST_MOVED = 3
_LONG = 60


@dataclass(frozen=True)
class PassageState:
    """Whether a passage still holds.

    ``accepted``: its words and its numbers are those that were accepted. ``stale``: a number moved beyond tolerance, or
    is of another subject. ``edited``: the words changed since. ``not accepted``: nobody has accepted it yet. ``moved``
    lists, for a stale or edited passage, each number that moved, by what readers call it, with what it was and is, the
    most important first.
    """

    name: str
    state: State
    moved: tuple[str, ...] = ()
    version: str = ""


def state_of(name: str, text: str, binding: Binding | None, metrics: Mapping[str, Metric]) -> PassageState:
    """Whether a passage still holds against the numbers of this version."""
    if binding is None:
        return PassageState(name, "not accepted")
    moved = tuple(_told(id, binding.metrics[id], metrics) for id in _moved(text, binding, metrics))
    if binding.text_sha256 != text_digest(text):
        return PassageState(name, "edited", moved, binding.version)
    return PassageState(name, "stale" if moved else "accepted", moved, binding.version)


def moved_beyond_tolerance(bound: Bound, metric: Metric | None, subject: str = "") -> bool:
    """Whether a number left its old interval, or, without one, moved by more than one per cent of what it was.

    A number whose printed form is the same has not moved for a reader; one of another subject has.

    Parameters
    ----------
    bound: the number when the passage was accepted.
    metric: the number now; nothing where it is no longer measured.
    subject: what it is a number of now, empty where that does not change.
    """
    if metric is None:
        return True
    if bound.subject and subject and bound.subject != subject:
        return True
    if bound.interval is None and bound.text == metric.text:
        return False
    old, new = bound.value, metric.value
    if isinstance(old, str) or isinstance(new, str) or old is None or new is None:
        return old != new
    if bound.interval is not None:
        return not bound.interval[0] <= float(new) <= bound.interval[1]
    return not math.isclose(float(old), float(new), rel_tol=0.0, abs_tol=RELATIVE_TOLERANCE * abs(float(old)))


def listed(moved: Sequence[str], most: int = _MOST_MOVED) -> str:
    """The first of what moved, and how many more there are."""
    more = len(moved) - most
    return "; ".join(moved[:most]) + (f"; and {more} more" if more > 0 else "")


def _moved(text: str, binding: Binding, metrics: Mapping[str, Metric]) -> list[str]:
    """What moved, in the order in which a reader of the passage would ask for it."""
    moved = [
        id
        for id, bound in binding.metrics.items()
        if moved_beyond_tolerance(bound, metrics.get(id), _subject(metrics.get(id), metrics))
    ]
    own = cited(text)
    # what a number is of is said with that number
    said = {each for id in moved if id in metrics for each in metrics[id].about}
    kept = [id for id in moved if id not in said or id in own]
    return sorted(kept, key=lambda id: _order(id, binding.metrics[id], id in own, metrics))


def _order(id: str, bound: Bound, own: bool, metrics: Mapping[str, Metric]) -> tuple[bool, int, int, float, str]:
    """What the words cite, what has a name, what left its interval, short words, other numbers as they moved."""
    metric = metrics.get(id)
    old, new = bound.value, None if metric is None else metric.value
    if bound.interval is not None:
        kind = 0
    elif isinstance(old, str):
        kind = 1 if len(bound.text) <= _LONG else 3
    else:
        kind = 2
    known = not isinstance(old, str) and not isinstance(new, str) and old and new is not None
    share = abs(float(new) / float(old) - 1.0) if known and old and new is not None else 0.0
    return not own, familiarity(id, metrics), kind, -share, id


def _subject(metric: Metric | None, metrics: Mapping[str, Metric]) -> str:
    return "" if metric is None else subject_of(metric.about, metrics)


def _told(id: str, bound: Bound, metrics: Mapping[str, Metric]) -> str:
    label = metric_words(id, metrics)
    if id not in metrics:
        return f"{label} was {bound.text}, is no longer measured"
    now = _subject(metrics[id], metrics)
    if bound.subject and now and bound.subject != now:
        return f"{label} was {bound.text} for {bound.subject}, is {metrics[id].text_with_interval} for {now}"
    return f"{label} was {bound.text}, is {metrics[id].text_with_interval}"
