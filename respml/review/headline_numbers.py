"""The numbers a reader asks for first, of both champions: shown whether they moved or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from respml.evidence import Metric
from respml.review.metrics_changes import MetricChange, change_of
from respml.review.run_files import RunContent

HEADLINE = {
    "AUC": ("comparison.auc", "performance.auc"),
    "Log loss": ("comparison.log_loss", "performance.log_loss"),
    "KS": ("comparison.ks", "performance.ks"),
    "Lowest AIR": ("comparison.air", "fairness.lowest.air"),
    "Value": ("comparison.value",),
}
"""What the decision sheet prints of a candidate, and where it stands: the first that a version has."""
_WHO = "fairness.lowest.who"


@dataclass(frozen=True)
class HeadlineNumber:
    """One number of the champion then and of the champion now.

    Attributes
    ----------
    label: what readers call it.
    change: both sides; nothing where the values are the same.
    old, new: the metric on each side; nothing where a version has it not.
    old_who, new_who: the group with the lowest ratio, for that ratio alone.
    """

    label: str
    change: MetricChange | None
    old: Metric | None
    new: Metric | None
    old_who: str = ""
    new_who: str = ""

    @property
    def old_text(self) -> str:
        """What it was, with interval and group."""
        return _told(self.old, self.old_who)

    @property
    def new_text(self) -> str:
        """What it is, with interval and group."""
        return _told(self.new, self.new_who)


def headline_numbers(old: RunContent, new: RunContent) -> tuple[HeadlineNumber, ...]:
    """AUC, log loss, KS, lowest adverse impact ratio and value of each version's champion, as far as one has them."""
    found = []
    for label, places in HEADLINE.items():
        before, after = _find(old, places), _find(new, places)
        if before is None and after is None:
            continue
        change = change_of(label, before, after)
        whos = (_who(old), _who(new)) if label == "Lowest AIR" else ("", "")
        found.append(HeadlineNumber(label, change, before, after, *whos))
    return tuple(found)


def importance(id: str, champion: str) -> int:
    """Where a metric stands among the headline numbers of a champion; behind all of them where it is none."""
    for place, starts in enumerate(HEADLINE.values()):
        if id in {f"{each}.{champion}" for each in starts}:
            return place
    return len(HEADLINE)


def headline_frame(numbers: tuple[HeadlineNumber, ...], words: Mapping[str, str]) -> pd.DataFrame:
    """One row a number: ``label``, ``old_text``, ``new_text``, ``difference``, ``change`` (the state in words)."""
    rows = [[each.label, each.old_text, each.new_text, *told(each, words)] for each in numbers]
    return pd.DataFrame(rows, columns=["label", "old_text", "new_text", "difference", "change"])


def told(number: HeadlineNumber, words: Mapping[str, str]) -> tuple[str, str]:
    """The difference, and what kind of change that is, in the words of ``words``."""
    if number.change is None:
        return "", "the same"
    return number.change.difference_text, words[number.change.state]


def _find(run: RunContent, places: tuple[str, ...]) -> Metric | None:
    metrics = run.evidence.metrics
    return next((metrics[id] for each in places if (id := f"{each}.{run.champion}") in metrics), None)


def _who(run: RunContent) -> str:
    metric = run.evidence.metrics.get(f"{_WHO}.{run.champion}")
    return "" if metric is None else metric.text


def _told(metric: Metric | None, who: str) -> str:
    if metric is None:
        return "absent"
    return f"{metric.text_with_interval}, {who}" if who else metric.text_with_interval
