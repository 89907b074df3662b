"""Metrics of two runs side by side: which moved, and which moved beyond their interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from respml.evidence import Metric, format_difference, subject_of

State = Literal["beyond", "moved", "another", "reworded", "added", "removed", "within", "unprinted"]
STATES: tuple[State, ...] = ("beyond", "moved", "another", "reworded", "added", "removed", "within", "unprinted")
"""From the gravest to the least."""

RULE = (
    "A metric has moved beyond its interval when its new value lies outside the old 95 % interval, or when the old and "
    "the new interval have no point in common. A metric without an interval counts as moved when its value differs. A "
    "metric about another subject, such as another group or input, is not compared: both subjects are named."
)
RECORD = "run"
IGNORED = ("changes", "disclosure", RECORD)
"""Analyses left out: what compares versions, what is looked for after that, and what records how a run was made
(compared by its own tables)."""
CHANGED: dict[State, str] = {
    "beyond": "beyond their interval",
    "within": "within it",
    "moved": "without an interval",
    "another": "of another subject",
    "reworded": "in words",
    "unprinted": "by less than their printed digits",
}
"""How a metric that both sides have may differ, as a sentence counts it."""

_RELATIVE = 1e-9
_ABSOLUTE = 1e-12


@dataclass(frozen=True)
class MetricChange:
    """One metric that is not what it was.

    Attributes
    ----------
    id: the metric.
    state: ``beyond`` its interval, ``within`` it, ``moved`` (a number without an interval), ``another`` (a number of
        another subject), ``unprinted`` (the same, by less than its printed digits), ``reworded`` (a text), ``added`` or
        ``removed``.
    old, new: the metric on each side; nothing where it is absent.
    old_subject, new_subject: what each is a number of; empty where the metric does not depend on that.
    """

    id: str
    state: State
    old: Metric | None
    new: Metric | None
    old_subject: str = ""
    new_subject: str = ""

    @property
    def difference(self) -> float:
        """New minus old value; ``nan`` where one is no number, or both are of different subjects."""
        first, second = _number(self.old), _number(self.new)
        return math.nan if first is None or second is None or self.state == "another" else second - first

    @property
    def difference_text(self) -> str:
        """The difference in the format of the metric; of shares in percentage points."""
        metric = self.new or self.old
        return "" if metric is None else format_difference(self.difference, metric.format, metric.unit)

    @property
    def old_text(self) -> str:
        """What it was, with interval, and with its subject where that is another now."""
        return _told(self.old, self.old_subject if self.state == "another" else "")

    @property
    def new_text(self) -> str:
        """What it is, with interval, and with its subject where that was another."""
        return _told(self.new, self.new_subject if self.state == "another" else "")


def compare_metrics(old: Mapping[str, Metric], new: Mapping[str, Metric]) -> tuple[MetricChange, ...]:
    """Every metric that differs, the gravest first, then by id.

    Two numbers are the same within a relative 1e-9 or an absolute 1e-12, which is the noise of another processor.
    """
    found = [
        MetricChange(id, state, old.get(id), new.get(id), *subjects)
        for id in sorted({*old, *new})
        if id.split(".", 1)[0] not in IGNORED
        for subjects in [_subjects(id, old, new)]
        for state in [_state(old.get(id), new.get(id), *subjects)]
        if state is not None
    ]
    return tuple(sorted(found, key=lambda each: (STATES.index(each.state), each.id)))


def change_of(id: str, old: Metric | None, new: Metric | None) -> MetricChange | None:
    """One metric of two versions, taken to be of the same subject; nothing where both say the same or neither is."""
    state = None if old is None and new is None else _state(old, new, "", "")
    return None if state is None else MetricChange(id, state, old, new)


def left_out(old: Mapping[str, Metric], new: Mapping[str, Metric]) -> int:
    """How many metrics of both sides are not compared, since they record how a run was made."""
    return sum(id.startswith(f"{RECORD}.") for id in {*old} & {*new})


def counted_states(changes: Iterable[MetricChange]) -> dict[State, int]:
    """How many changes there are of each state, every state named."""
    states = [each.state for each in changes]
    return {each: states.count(each) for each in STATES}


def compared(old: Mapping[str, Metric], new: Mapping[str, Metric]) -> int:
    """How many metrics both sides have."""
    return sum(id.split(".", 1)[0] not in IGNORED for id in {*old} & {*new})


def beyond_interval(old: Metric, new: Metric) -> bool | None:
    """Whether a metric has moved beyond its interval; nothing where no side has an interval or a number is missing."""
    first, second = _number(old), _number(new)
    if first is None or second is None or (old.interval is None and new.interval is None):
        return None
    if old.interval is not None and not old.interval[0] <= second <= old.interval[1]:
        return True
    if old.interval is None or new.interval is None:
        return False
    return old.interval[1] < new.interval[0] or new.interval[1] < old.interval[0]


def same_value(old: Metric, new: Metric) -> bool:
    """Whether two metrics say the same, numbers to the noise of another processor."""
    first, second = _number(old), _number(new)
    if first is None or second is None:
        return old.value == new.value
    return math.isclose(first, second, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)


def metrics_frame(changes: Iterable[MetricChange]) -> pd.DataFrame:
    """One row a change.

    Returns
    -------
    ``metric``, ``state``, ``old`` and ``new`` (numbers or ``nan``), ``old_lower``, ``old_upper``, ``new_lower``,
    ``new_upper``, ``difference``, ``old_text`` and ``new_text`` (printed with interval), ``partition``, ``old_subject``
    and ``new_subject``.
    """
    rows = [
        {
            "metric": each.id,
            "state": each.state,
            "old": _number(each.old),
            "new": _number(each.new),
            "old_lower": _limit(each.old, 0),
            "old_upper": _limit(each.old, 1),
            "new_lower": _limit(each.new, 0),
            "new_upper": _limit(each.new, 1),
            "difference": each.difference,
            "old_text": each.old_text or "absent",
            "new_text": each.new_text or "absent",
            "partition": (each.new or each.old).partition,  # type: ignore[union-attr]
            "old_subject": each.old_subject,
            "new_subject": each.new_subject,
        }
        for each in changes
    ]
    columns = ["metric", "state", "old", "new", "old_lower", "old_upper", "new_lower", "new_upper", "difference",
               "old_text", "new_text", "partition", "old_subject", "new_subject"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:9], "float64"))


def _subjects(id: str, old: Mapping[str, Metric], new: Mapping[str, Metric]) -> tuple[str, str]:
    """What both sides are numbers of; a side from before that was recorded is read as the other one says."""
    about = next((side[id].about for side in (new, old) if id in side and side[id].about), ())
    return subject_of(about, old), subject_of(about, new)


def _told(metric: Metric | None, subject: str) -> str:
    if metric is None:
        return ""
    return f"{subject}: {metric.text_with_interval}" if subject else metric.text_with_interval


def _state(old: Metric | None, new: Metric | None, old_subject: str, new_subject: str) -> State | None:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    if same_value(old, new):
        return None
    if old_subject and new_subject and old_subject != new_subject:
        return "another"
    beyond = beyond_interval(old, new)
    if beyond is not None:
        return "beyond" if beyond else "within"
    if isinstance(old.value, str) or isinstance(new.value, str):
        return "reworded"
    return "unprinted" if old.text == new.text else "moved"


def _number(metric: Metric | None) -> float | None:
    if metric is None or metric.value is None or isinstance(metric.value, str):
        return None
    return float(metric.value)


def _limit(metric: Metric | None, side: int) -> float:
    return math.nan if metric is None or metric.interval is None else metric.interval[side]
