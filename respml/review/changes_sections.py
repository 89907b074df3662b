"""A comparison laid out for readers: sections of a sentence and a table, the same in every format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from respml.evidence import format_interval, format_value
from respml.review.comparison_of_runs import Comparison, Rescored
from respml.review.headline_numbers import headline_numbers, told
from respml.review.inputs_changes import ValueChange
from respml.review.metrics_changes import CHANGED, RULE, MetricChange, counted_states, left_out
from respml.review.passage_state import listed
from respml.review.text_changes import TextChange

STATE_WORDS = {
    "beyond": "▲ beyond its interval",
    "moved": "◆ moved, no interval",
    "another": "◆ another subject",
    "reworded": "◆ another word",
    "added": "new",
    "removed": "gone",
    "within": "within its interval",
    "unprinted": "below the printed digits",
}

_MOST_MOVED = 6
_NOT_LISTED = " Those within their interval and those that print the same are not listed."


@dataclass(frozen=True)
class Section:
    """One part of the comparison.

    Attributes
    ----------
    key: its name in anchors.
    title: heading.
    sentence: what the section says in one line.
    headers, rows: a table of plain texts; no rows where there is nothing to list.
    redlines: paragraphs to print as redline instead of a table.
    """

    key: str
    title: str
    sentence: str
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    redlines: tuple[TextChange, ...] = ()


def sections(comparison: Comparison, *, everything: bool = False) -> tuple[Section, ...]:
    """The comparison as sections behind its :func:`headline`: the champions' numbers first, then the rule table.

    Parameters
    ----------
    comparison: two versions.
    everything: also findings that stayed open, metrics that stayed within their interval and paragraphs in which only
        numbers differ.
    """
    return (
        _headline(comparison),
        _verdict(comparison),
        _findings(comparison, everything=everything),
        _metrics(comparison, everything=everything),
        _decisions(comparison),
        _values("candidates", "Candidates", comparison.candidates, "Every candidate is the same."),
        _values("inputs", "Inputs", comparison.inputs, "Data files and spec are the same."),
        _software(comparison),
        _tables(comparison),
        _text(comparison, everything=everything),
        _stale(comparison, everything=everything),
    )


def headline(comparison: Comparison) -> str:
    """The verdict and its reason, one line."""
    materiality = comparison.materiality
    return f"From {comparison.old.version} to {comparison.new.version}: {materiality.told} ({materiality.reason})"


def counted(count: int, singular: str, plural: str = "") -> str:
    """``1 metric``, ``2 metrics``."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def _headline(comparison: Comparison) -> Section:
    old, new = comparison.old, comparison.new
    labels = [side.candidates[side.champion].label for side in (old, new)]
    who = f"{labels[0]} in both versions" if old.champion == new.champion else f"{labels[0]} then, {labels[1]} now"
    rows = tuple(
        (each.label, each.old_text, each.new_text, *told(each, STATE_WORDS)) for each in headline_numbers(old, new)
    )
    headers = ("Number", "Was", "Is", "Difference", "Change")
    none = "" if rows else " Neither version has the numbers that a decision sheet prints."
    return Section("headline", "Numbers of the champion", f"The champion is {who}.{none}", headers, rows)


def _verdict(comparison: Comparison) -> Section:
    rows = tuple(
        (each.rule.name, each.rule.verdict, each.state + (" ◀" if each is comparison.materiality.decided_by else ""),
         each.seen)
        for each in comparison.materiality.results
    )  # fmt: skip
    fired = sum(each.state == "fired" for each in comparison.materiality.results)
    deciding = "; ◀ marks the one that decides" if fired else ""
    sentence = f"{fired} of {counted(len(rows), 'rule')} fired{deciding}."
    return Section("verdict", "Materiality", sentence, ("Rule", "Asks for", "State", "Seen"), rows)


def _findings(comparison: Comparison, *, everything: bool) -> Section:
    changed = [each for each in comparison.findings if each.state != "open"]
    rows = tuple(
        (each.code, each.title, each.state, each.old_severity or "none", each.new_severity or each.new_state or "gone",
         each.new_message or each.old_message)
        for each in (comparison.findings if everything else changed)
    )  # fmt: skip
    still = len(comparison.findings) - len(changed)
    kept = f"{still} stayed open{'' if everything or not still else ' and are not listed'}."
    said = f"{counted(len(changed), 'finding')} changed, {kept}" if comparison.findings else "Neither has a finding."
    return Section("findings", "Findings", said, ("Check", "Title", "Change", "Was", "Is", "What was seen"), rows)


def _metrics(comparison: Comparison, *, everything: bool) -> Section:
    shown = [each for each in comparison.metrics if everything or each.state not in ("within", "unprinted")]
    sentence = f"{metrics_counted(comparison)}{'' if everything else _NOT_LISTED} {RULE}"
    headers = ("Metric", "Change", "Was", "Is", "Difference")
    return Section("metrics", "Metrics", sentence, headers, tuple(metric_row(each) for each in shown))


def metrics_counted(comparison: Comparison) -> str:
    """How many metrics were compared, differ in which way, came, went and were left out; the numbers add up."""
    states = counted_states(comparison.metrics)
    ways = [f"{states[each]:,} {words}" for each, words in CHANGED.items() if states[each]]
    differ = sum(states[each] for each in CHANGED)
    said = f"{differ:,} differ: {', '.join(ways)}" if ways else "none differs"
    ignored = left_out(comparison.old.evidence.metrics, comparison.new.evidence.metrics)
    apart = f" Left out: {counted(ignored, 'metric')} on how the runs were made." if ignored else ""
    return (
        f"Of {comparison.metrics_compared:,} metrics in both, {said}. {states['added']:,} are new, "
        f"{states['removed']:,} are gone.{apart}"
    )


def metric_row(change: MetricChange) -> tuple[str, ...]:
    """Metric, kind of change, old and new value with interval, difference."""
    return (change.id, STATE_WORDS[change.state], change.old_text, change.new_text, change.difference_text)


def _decisions(comparison: Comparison) -> Section:
    rescored = comparison.rescored
    if not isinstance(rescored, Rescored):
        return Section("decisions", "Decisions", f"Not measured: {rescored}.")
    share = format_interval(rescored.share, *rescored.interval, "percent2")
    return Section(
        "decisions",
        "Decisions",
        f"On the {rescored.rows:,} test rows of {comparison.new.version}, the old and the new champion, each at its "
        f"own cut-off, decide {counted(rescored.changed, 'row')} differently: {share}. {rescored.newly_declined:,} are "
        f"newly declined, {rescored.newly_approved:,} newly approved. The score's population stability index is "
        f"{format_value(rescored.stability_index, 'ratio3')}.",
    )


def _values(key: str, title: str, changes: Sequence[ValueChange], none: str) -> Section:
    sentence = f"{counted(len(changes), 'difference')}." if changes else none
    headers = ("What", "Of", "Name", "Was", "Is")
    return Section(key, title, sentence, headers, _value_rows(changes))


def _value_rows(changes: Iterable[ValueChange]) -> tuple[tuple[str, ...], ...]:
    return tuple((each.kind, each.subject, each.name, each.old, each.new) for each in changes)


def _software(comparison: Comparison) -> Section:
    section = _values("software", "Code and environment", comparison.software, "Libraries and code are the same.")
    if comparison.old.code and comparison.new.code:
        return section
    said = "The versions of all libraries are the same." if not comparison.software else section.sentence
    return replace(section, sentence=f"{said} The code of one run was not recorded.")


def _tables(comparison: Comparison) -> Section:
    rows = tuple((each.id, each.kind, each.words) for each in comparison.tables)
    sentence = f"{counted(len(rows), 'frame')} of tables or figures differ." if rows else "Every table is the same."
    return Section("tables", "Tables and figures", sentence, ("Id", "Kind", "Change"), rows)


def _text(comparison: Comparison, *, everything: bool) -> Section:
    numbers = len(comparison.text) - len(comparison.reworded)
    shown = comparison.text if everything else comparison.reworded
    if not comparison.old.paragraphs or not comparison.new.paragraphs:
        return Section("text", "Text", "Not compared: one of the runs has no document.")
    sentence = (
        f"{counted(len(comparison.reworded), 'paragraph')} reworded, added or removed; in {numbers} more only "
        "numbers differ."
    )
    return Section("text", "Text", sentence, redlines=tuple(shown))


def _stale(comparison: Comparison, *, everything: bool) -> Section:
    rows = tuple(
        (each.name, listed(each.moved, len(each.moved) if everything else _MOST_MOVED)) for each in comparison.stale
    )
    sentence = f"{counted(len(rows), 'passage')} written about earlier numbers." if rows else "No passage is stale."
    return Section("stale", "Sections whose prose is stale", sentence, ("Passage", "What moved"), rows)
