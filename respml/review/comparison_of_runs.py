"""Two versions of a model compared in full: what changed, and how much that matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from respml.review.findings_changes import FindingChange, compare_findings
from respml.review.headline_numbers import importance
from respml.review.inputs_changes import ValueChange, compare_candidates, compare_inputs, compare_software
from respml.review.metrics_changes import STATES, MetricChange, compare_metrics, compared
from respml.review.run_files import RunContent
from respml.review.tables_changes import TableChange, compare_tables
from respml.review.text_changes import TextChange, compare_text
from respml.review.verdict import Materiality, judge_change
from respml.spec.changes import DEFAULT_RULES, ChangeRule

NOT_RESCORED = "the new rows were not scored by the old champion"


@dataclass(frozen=True)
class Rescored:
    """Old and new champion on the same rows.

    Attributes
    ----------
    rows: rows of the new test partition.
    changed: rows that one declines and the other does not, each at its own cut-off.
    newly_declined, newly_approved: the two directions; they add up to ``changed``.
    interval: 95 % limits of the share (Wilson).
    stability_index: population stability index of the new against the old champion's probabilities.
    """

    rows: int
    changed: int
    newly_declined: int
    newly_approved: int
    interval: tuple[float, float]
    stability_index: float

    @property
    def share(self) -> float:
        """Share of rows decided differently."""
        return self.changed / self.rows


@dataclass(frozen=True)
class StaleSection:
    """A passage a person wrote, unchanged since the old version, about numbers that have moved.

    Attributes
    ----------
    name: the passage.
    moved: the metrics it is about that moved beyond tolerance, each with what it was and is.
    """

    name: str
    moved: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """All that differs between two versions. ``rescored`` is a reason where it could not be measured."""

    old: RunContent
    new: RunContent
    inputs: tuple[ValueChange, ...]
    software: tuple[ValueChange, ...]
    candidates: tuple[ValueChange, ...]
    metrics: tuple[MetricChange, ...]
    metrics_compared: int
    tables: tuple[TableChange, ...]
    findings: tuple[FindingChange, ...]
    text: tuple[TextChange, ...]
    stale: tuple[StaleSection, ...]
    rescored: Rescored | str
    materiality: Materiality

    @property
    def reworded(self) -> tuple[TextChange, ...]:
        """Changes of text other than of numbers."""
        return tuple(each for each in self.text if not each.only_numbers)


def compare(
    old: RunContent,
    new: RunContent,
    *,
    rules: Sequence[ChangeRule] = DEFAULT_RULES,
    earlier: Sequence[Iterable[Mapping[str, Any]]] = (),
    rescored: Rescored | str = NOT_RESCORED,
) -> Comparison:
    """Compare two runs.

    Parameters
    ----------
    old, new: the runs.
    rules: the rule table of the new spec.
    earlier: findings of the versions before the old one, so that a finding can be told to be re-opened.
    rescored: both champions on the same rows, or why that was not measured.
    """
    comparison = Comparison(
        old=old,
        new=new,
        inputs=compare_inputs(old, new),
        software=compare_software(old, new),
        candidates=compare_candidates(old, new),
        metrics=tuple(
            sorted(
                compare_metrics(old.evidence.metrics, new.evidence.metrics),
                key=lambda each: (STATES.index(each.state), importance(each.id, new.champion)),
            )
        ),
        metrics_compared=compared(old.evidence.metrics, new.evidence.metrics),
        tables=compare_tables(old.evidence, new.evidence),
        findings=compare_findings(old.findings, new.findings, earlier),
        text=compare_text(old.paragraphs, new.paragraphs),
        stale=stale_sections(new.passages),
        rescored=rescored,
        materiality=Materiality("log", None, ()),
    )
    return replace(comparison, materiality=judge_change(comparison, rules))


def stale_sections(passages: Mapping[str, Mapping[str, Any]]) -> tuple[StaleSection, ...]:
    """People's passages that the new document marks as written about earlier numbers, by name.

    The passage on the changes themselves is left out: its numbers are this comparison's.
    """
    return tuple(
        StaleSection(name, tuple(str(each) for each in entry["moved"]))
        for name, entry in sorted(passages.items())
        if entry["state"] == "stale" and name != "changes"
    )
