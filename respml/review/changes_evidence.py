"""A comparison as evidence ``changes.*``: what the appendix "What changed" is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from respml.document.markdown import Attributes, div, escape, span
from respml.evidence import Column, Evidence, EvidenceWriter
from respml.review.changes_sections import STATE_WORDS
from respml.review.comparison_of_runs import Comparison, Rescored
from respml.review.findings_changes import STATES as FINDING_STATES
from respml.review.findings_changes import findings_frame
from respml.review.headline_numbers import headline_frame, headline_numbers
from respml.review.inputs_changes import ValueChange, features_added, features_removed, values_frame
from respml.review.metrics_changes import CHANGED, RULE, counted_states, left_out, metrics_frame
from respml.review.tables_changes import tables_frame
from respml.review.text_changes import redline, text_frame
from respml.review.verdict import rules_frame

SOURCE = "respml/review/changes_evidence.py"
_LONGEST_TABLE = 60
_MOST_REDLINES = 40
_MOST_MOVED = 10


def write_changes(comparison: Comparison, folder: Path) -> None:
    """Write metrics, tables and statements on what differs between two versions."""
    writer = EvidenceWriter("changes", folder, SOURCE)
    _write_verdict(writer, comparison)
    _write_findings(writer, comparison)
    _write_metrics(writer, comparison)
    _write_decisions(writer, comparison)
    _write_inputs(writer, comparison)
    _write_text(writer, comparison)
    writer.close()


def flags(evidence: Evidence) -> dict[str, bool]:
    """For ``when-meta="flags.changes.…"``: whether there is a comparison, and which of its parts have rows."""
    if "changes.verdict" not in evidence.metrics:
        return {"present": False}
    counted = {"findings": "findings", "headline": "headline", "beyond": "beyond", "moved": "moved",
               "values": "values", "tables": "frames", "text": "text", "stale": "passages"}  # fmt: skip
    rows = {flag: evidence.table(f"changes.{table}").total_rows > 0 for flag, table in counted.items()}
    return {"present": True, **rows}


def redline_words(evidence: Evidence) -> str:
    """The paragraphs that were reworded, as Markdown: deletions and insertions in spans of their own class."""
    if "changes.text" not in evidence.tables:
        return ""
    frame = evidence.table("changes.text").frame()
    reworded = frame[~frame["only_numbers"].astype(bool)]
    lines: list[str] = []
    section = ""
    for row in reworded.head(_MOST_REDLINES).to_dict("records"):
        if row["section"] != section:
            section = str(row["section"])
            lines.append(div([f"**{escape(row['title'])}**"], Attributes(classes=("redline-title",))))
        lines.append(" ".join(_piece(each.operation, each.text) for each in redline(str(row["old"]), str(row["new"]))))
    if len(reworded) > _MOST_REDLINES:
        lines.append(escape(f"{len(reworded) - _MOST_REDLINES} more paragraphs are in the file text.csv of the run."))
    return "\n\n".join(lines) + "\n" if lines else ""


def _piece(operation: str, text: str) -> str:
    return escape(text) if operation == "same" else span(escape(text), Attributes(classes=(operation,)))


def _write_verdict(writer: EvidenceWriter, comparison: Comparison) -> None:
    materiality = comparison.materiality
    writer.metric("previous", comparison.old.version)
    writer.metric("verdict", materiality.verdict)
    writer.metric("rule", materiality.decided_by.rule.name if materiality.decided_by else "none")
    if materiality.unjudged:
        writer.metric("doubt", materiality.doubt)
    writer.metric("seen", materiality.decided_by.seen if materiality.decided_by else "nothing")
    writer.statement(
        "verdict_statement",
        (
            "Since version {previous}, the rule table asks to {verdict}; the rule that decides, “{rule}”, saw: {seen}."
            if materiality.decided_by
            else "Since version {previous}, no rule of the table fired: the verdict is to {verdict} the change."
        )
        + (" At least that: {doubt}." if materiality.unjudged else ""),
    )
    rules = rules_frame(materiality)
    writer.table(
        "rules",
        rules,
        caption="Rule table of the spec, the deciding rule in bold",
        columns={
            "rule": Column("Rule", width=30),
            "verdict": Column("Asks to", width=14),
            "state": Column("State", width=12),
            "seen": Column("What it saw", width=44),
        },
        strong=rules["decided"],
    )


def _write_findings(writer: EvidenceWriter, comparison: Comparison) -> None:
    for state in FINDING_STATES:
        count = sum(each.state == state for each in comparison.findings)
        writer.metric(f"finding.{state.replace('-', '_').replace(' ', '_')}", count, format="integer")
    frame = findings_frame(comparison.findings)
    frame["was"] = frame["old_severity"].where(frame["old_severity"] != "", "none")
    frame["is"] = frame["new_severity"].where(frame["new_severity"] != "", frame["new_state"])
    frame["message"] = frame["new_message"].where(frame["new_message"] != "", frame["old_message"])
    writer.statement(
        "findings_statement",
        "Findings opened: {finding.opened}; opened again: {finding.re_opened}; raised in severity: {finding.raised}; "
        "lowered: {finding.lowered}; closed: {finding.closed}; no longer judged: {finding.not_judged}; open as before: "
        "{finding.open}.",
    )
    writer.table(
        "findings",
        frame,
        caption="Findings of either version",
        columns={
            "code": Column("Check", width=10),
            "title": Column("Finding", width=24),
            "state": Column("Change", width=12),
            "was": Column("Was", width=11),
            "is": Column("Is", width=12),
            "message": Column("What was seen now", width=40),
        },
        limit=200,
    )


def _write_metrics(writer: EvidenceWriter, comparison: Comparison) -> None:
    states = counted_states(comparison.metrics)
    old, new = comparison.old, comparison.new
    writer.metric("metrics.compared", comparison.metrics_compared, format="integer")
    writer.metric("metrics.differ", sum(states[each] for each in CHANGED), format="integer")
    writer.metric("metrics.left_out", left_out(old.evidence.metrics, new.evidence.metrics), format="integer")
    for state, count in states.items():
        writer.metric(f"metrics.{state}", count, format="integer")
    ways = ", ".join(f"{{metrics.{state}}} {words}" for state, words in CHANGED.items())
    writer.statement(
        "metrics_statement",
        f"Of {{metrics.compared}} metrics in both versions, {{metrics.differ}} differ: {ways}. New are "
        "{metrics.added}, gone {metrics.removed}. Metrics on how the runs were made, {metrics.left_out}, are left out.",
    )
    writer.table(
        "headline",
        headline_frame(headline_numbers(old, new), STATE_WORDS),
        caption="The champion's numbers on test, then and now",
        columns={
            "label": Column("Number", width=12),
            "old_text": Column("Was", width=28),
            "new_text": Column("Is", width=28),
            "difference": Column("Difference", width=15),
            "change": Column("Change", width=17),
        },
    )
    frame = metrics_frame(comparison.metrics)
    frame["change"] = frame["state"].map(STATE_WORDS)
    beyond = frame[frame["state"].isin(["beyond", "another", "reworded", "added", "removed"])]
    columns = {
        "metric": Column("Metric", width=34),
        "change": Column("Change", width=18),
        "old_text": Column("Was", width=24),
        "new_text": Column("Is", width=24),
    }
    writer.table(
        "beyond",
        beyond,
        caption="Metrics that moved beyond their interval, are of another subject, say another word, came or went",
        columns=columns,
        note=RULE.replace("95 %", "`95 %`"),
        limit=_LONGEST_TABLE,
    )
    writer.table(
        "moved",
        frame[frame["state"] == "moved"],
        caption="Metrics without an interval that moved",
        columns={name: column for name, column in columns.items() if name != "change"},
        limit=_LONGEST_TABLE,
    )
    writer.table("metrics", frame, caption="Every metric that differs", columns=columns, limit=_LONGEST_TABLE)


def _write_decisions(writer: EvidenceWriter, comparison: Comparison) -> None:
    rescored = comparison.rescored
    if not isinstance(rescored, Rescored):
        writer.metric("decisions.why_not", rescored)
        writer.statement("decisions_statement", "How decisions changed was not measured: {decisions.why_not}.")
        return
    interval, n = rescored.interval, rescored.rows
    writer.metric("decisions.rows", n, format="integer", partition="test")
    writer.metric(
        "decisions.share", rescored.share, interval=interval, n=n, format="percent2", method="Wilson", partition="test"
    )
    writer.metric("decisions.declined", rescored.newly_declined, n=n, format="integer", partition="test")
    writer.metric("decisions.approved", rescored.newly_approved, n=n, format="integer", partition="test")
    writer.metric("decisions.psi", rescored.stability_index, n=n, format="ratio3", partition="test")
    writer.statement(
        "decisions_statement",
        "On the {decisions.rows} test rows of this version, the champions of both versions, each at its own cut-off, "
        "decide {decisions.share:interval} of them differently: {decisions.declined} are newly declined, "
        "{decisions.approved} newly approved. The population stability index of the score is {decisions.psi}.",
    )


def _write_inputs(writer: EvidenceWriter, comparison: Comparison) -> None:
    champion = comparison.new.champion
    groups = {
        "files": [each for each in comparison.inputs if each.kind == "file"],
        "spec": [each for each in comparison.inputs if each.kind == "spec"],
        "libraries": [each for each in comparison.software if each.kind == "library"],
        "code": [each for each in comparison.software if each.kind == "code"],
        "parameters": [each for each in comparison.candidates if each.kind == "parameter"],
        "constraints": [each for each in comparison.candidates if each.kind == "constraint"],
    }
    for name, changes in groups.items():
        writer.metric(f"input.{name}", len(changes), format="integer")
    writer.metric("input.features_added", len(features_added(comparison.candidates, champion)), format="integer")
    writer.metric("input.features_removed", len(features_removed(comparison.candidates, champion)), format="integer")
    writer.statement(
        "inputs_statement",
        "Changed since version {previous}: {input.files} data files, {input.spec} keys of the spec, {input.libraries} "
        "libraries, {input.code} source files; over all candidates {input.parameters} parameters and "
        "{input.constraints} constraints. The champion has {input.features_added} new inputs and lost "
        "{input.features_removed}.",
    )
    writer.table(
        "values",
        values_frame(_told([*comparison.inputs, *comparison.software, *comparison.candidates])),
        caption="Inputs, code, environment and candidates: what is not what it was",
        columns={
            "kind": Column("What", width=11),
            "subject": Column("Of", width=9),
            "name": Column("Name", width=36),
            "old": Column("Was", width=22),
            "new": Column("Is", width=22),
        },
        limit=_LONGEST_TABLE,
    )
    writer.metric("frames.changed", len(comparison.tables), format="integer")
    writer.statement("frames_statement", "Tables and figures whose numbers differ, came or went: {frames.changed}.")
    writer.table(
        "frames",
        tables_frame(comparison.tables),
        caption="Tables and figures that differ",
        columns={"id": Column("Id", width=40), "kind": Column("Kind", width=12), "words": Column("Change", width=48)},
        limit=_LONGEST_TABLE,
    )


def _told(changes: Sequence[ValueChange]) -> list[ValueChange]:
    """Source files last: they are many, and say least."""
    return sorted(changes, key=lambda each: each.kind == "code")


def _first(moved: Sequence[str]) -> list[str]:
    """The first of what moved, one a line, and how many more there are."""
    more = len(moved) - _MOST_MOVED
    return [*moved[:_MOST_MOVED], *([f"and {more} more"] if more > 0 else [])]


def _write_text(writer: EvidenceWriter, comparison: Comparison) -> None:
    writer.metric("words.reworded", len(comparison.reworded), format="integer")
    writer.metric("words.numbers", len(comparison.text) - len(comparison.reworded), format="integer")
    writer.statement(
        "text_statement",
        "Paragraphs reworded, added or removed: {words.reworded}; paragraphs in which only numbers differ: "
        "{words.numbers}.",
    )
    writer.table(
        "text",
        text_frame(comparison.text),
        caption="Paragraphs that differ",
        columns={"title": Column("Section"), "old": Column("Was"), "new": Column("Is")},
        limit=_LONGEST_TABLE,
    )
    writer.metric("words.stale", len(comparison.stale), format="integer")
    stale = pd.DataFrame(
        [[each.name, told] for each in comparison.stale for told in _first(each.moved)], columns=["passage", "moved"]
    )
    writer.statement("stale_statement", "Passages written about earlier numbers: {words.stale}.")
    writer.table(
        "passages",
        stale,
        caption="Passages written about earlier numbers: what moved, of each the most important first",
        columns={"passage": Column("Passage", width=20), "moved": Column("What moved", width=80)},
        limit=_LONGEST_TABLE,
    )
