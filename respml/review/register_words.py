"""The registers as pieces of the document: what the template can include, nothing computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from respml.document.markdown import Attributes, escape, finding_block, paragraphs, span
from respml.review.findings_register import Finding, as_date
from respml.review.registers import Entry

_ORDER = {"high": 0, "medium": 1, "low": 2}
_NOBODY = "not stated"
_ANSWERS = (
    ("response", "Response"),
    ("compensating_control", "Compensating control"),
    ("closure_evidence", "Closure evidence"),
)


def findings_words(findings: Iterable[Finding], as_of: date) -> str:
    """The findings register as Markdown: open ones by severity, each with owner, due date, answers and history."""
    ordered = sorted(findings, key=lambda each: (not each.is_open, _ORDER.get(each.text("severity"), 3), each.id))
    return "\n".join(_finding(each, as_of) for each in ordered) or "The register holds no finding.\n"


def _finding(finding: Finding, as_of: date) -> str:
    severity = finding.text("severity")
    facts = [
        f"*Status:* {escape(finding.text('status') or _NOBODY)}",
        f"*Owner:* {escape(finding.text('owner') or _NOBODY)}",
        f"*Due:* {_due(finding, as_of)}",
    ]
    blocks = ["; ".join(facts) + "."]
    for key, label in _ANSWERS:
        if finding.text(key):
            blocks.append(f"*{label}:* " + paragraphs(finding.text(key)).strip())
    blocks.append("\n".join(f"- {escape(_event(each))}" for each in finding.content.get("history") or []))
    title = finding.text("title") or _NOBODY
    return finding_block(
        finding.id, severity if severity in _ORDER else "low", title, [each for each in blocks if each]
    )


def _due(finding: Finding, as_of: date) -> str:
    told = finding.text("due") or _NOBODY
    if finding.overdue(as_of):
        return span(escape(f"▲ overdue since {told}"), Attributes(classes=("overdue",)))
    if finding.text("due") and as_date(finding.content["due"]) is None:
        return escape(f"{told} (no date)")
    return escape(told)


def _event(event: object) -> str:
    record = event if isinstance(event, dict) else {}
    told = f"{record.get('event', 'record')} in {record.get('version', '?')} as of {record.get('as_of', '?')}"
    detail = record.get("reason") or record.get("message") or record.get("by") or ""
    return f"{told}: {detail}" if detail else told


def entries_words(entries: Sequence[Entry], as_of: date, kind: str) -> str:
    """Limitations or assumptions in force as a list: text, owner, date of review, evidence; overdue ones are marked."""
    lines = [_entry(each, as_of) for each in entries if each.in_force]
    return "\n".join(lines) + "\n" if lines else f"The register holds no {kind}.\n"


def _entry(entry: Entry, as_of: date) -> str:
    review_by = entry.text("review_by") or _NOBODY
    late = entry.expired(as_of)
    review = (
        span(escape(f"▲ review overdue since {review_by}"), Attributes(classes=("overdue",)))
        if late
        else escape(f"review by {review_by}")
    )
    owner = escape(f"owner {entry.text('owner') or _NOBODY}")
    evidence = entry.content.get("evidence") or []
    cited = [str(each) for each in evidence] if isinstance(evidence, list) else [str(evidence)]
    shown = f"; {escape('evidence ' + ', '.join(cited))}" if cited else ""
    return f"- **{escape(entry.id)}** {escape(entry.text('text'))} ({owner}; {review}{shown})"
