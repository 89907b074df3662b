"""The registers as pieces of the document: what the template can include, nothing computed but counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from respml.document.markdown import (
    SEVERITIES,
    Attributes,
    Marked,
    div,
    escape,
    paragraphs,
    pipe_table,
    span,
    table_block,
)
from respml.review.findings_register import Finding, as_date, check_of, overdue
from respml.review.registers import Entry, expired

_ORDER = {name: place for place, name in enumerate(SEVERITIES)}
_NOBODY = "not stated"
_LISTED = 3
_DIGITS = 16
_ANSWERS = (
    ("response", "Response"),
    ("compensating_control", "Compensating control"),
    ("closure_evidence", "Closure evidence"),
)
_KEY_WORDS = {"due": "due date", **{key: label.lower() for key, label in _ANSWERS}}


def findings_words(findings: Iterable[Finding], as_of: date) -> str:
    """The findings register as Markdown: counts, a table of all, then answers and history where there is any to tell.

    Open findings come first, the most severe at the top. A finding that was opened and nothing more has only its row.
    """
    ordered = sorted(findings, key=lambda each: (not each.is_open, _rank(each), each.id))
    if not ordered:
        return "The register holds no finding.\n"
    told = [_story(each, as_of) for each in ordered if _has_story(each, as_of)]
    return "\n".join([_counts(ordered, as_of), "", _table(ordered, as_of), *told])


def lost_words(lost: Sequence[str]) -> str:
    """One line above the register where history that was recorded is gone; empty where nothing is."""
    if not lost:
        return ""
    mark = span(escape("▲ History missing"), Attributes(classes=("overdue",)))
    return f"{mark} {escape(f'of what an earlier build recorded: {_some(lost)}.')}\n\n"


def _rank(finding: Finding) -> int:
    return _ORDER.get(finding.text("severity"), len(_ORDER))


def _counts(findings: Sequence[Finding], as_of: date) -> str:
    still = [each for each in findings if each.is_open]
    late = overdue(still, as_of)
    counts = [
        f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'} in the register: "
        f"{len(still)} open, {len(findings) - len(still)} closed.",
        f"Of the open ones: answered {sum(bool(each.text('response')) for each in still)};",
        f"overdue as of {as_of.isoformat()} {len(late)};",
        f"without an owner {sum(not each.text('owner') for each in still)};",
        f"without a due date {sum(not each.text('due') for each in still)}.",
    ]
    return escape(" ".join(counts)) + "\n"


def _table(findings: Sequence[Finding], as_of: date) -> str:
    rows = [
        [
            check_of(each),
            each.text("title") or _NOBODY,
            SEVERITIES.get(each.text("severity"), each.text("severity") or _NOBODY),
            _standing(each),
            each.text("owner") or _NOBODY,
            _due(each, as_of),
        ]
        for each in findings
    ]
    headers = ["Check", "Finding", "Severity", "Status", "Owner", "Due"]
    table = pipe_table(rows, ["left"] * len(headers), headers, [9, 31, 11, 14, 17, 18])
    caption = f"Findings register as of {as_of.isoformat()}, open findings first"
    return table_block("register-findings", table, escape(caption), classes=("set-widths",))


def _standing(finding: Finding) -> str:
    """The status, and the version of the build in which it began."""
    names = ("opened", "re-opened") if finding.is_open else ("closed",)
    began = [each for each in _history(finding) if each.get("event") in names and each.get("version")]
    status = finding.text("status") or _NOBODY
    if not began:
        return status
    word = "in" if not finding.is_open else "since" if began[-1]["event"] == "opened" else "again since"
    return f"{status} {word} {began[-1]['version']}"


def _due(finding: Finding, as_of: date) -> str | Marked:
    told = finding.text("due")
    if finding.overdue(as_of):
        return Marked(f"▲ overdue since {told}", "overdue")
    if told and as_date(finding.content["due"]) is None:
        return f"{told} (no date)"
    return told or (_NOBODY if finding.is_open else "")


def _history(finding: Finding) -> list[Mapping[str, Any]]:
    return list(finding.content.get("history") or [])


def _has_story(finding: Finding, as_of: date) -> bool:
    """Whether there is more to tell than a row: an answer, a missed date, or an event other than a fresh message."""
    answered = any(finding.text(key) for key, _ in _ANSWERS)
    return answered or finding.overdue(as_of) or any(_is_event(each) for each in _history(finding))


def _is_event(record: Mapping[str, Any]) -> bool:
    name, changed = record.get("event"), record.get("changed")
    if name == "updated":
        return isinstance(changed, Mapping) and "severity" in changed
    return name != "opened"


def _story(finding: Finding, as_of: date) -> str:
    severity = finding.text("severity")
    head = span(escape(SEVERITIES.get(severity, severity or _NOBODY)), Attributes(classes=("severity",))) + " "
    head += span(escape(finding.id), Attributes(classes=("finding-code",)))
    head += f" **{escape(finding.text('title') or _NOBODY)}**, {escape(finding.text('status') or _NOBODY)}"
    due = _due(finding, as_of)
    shown = span(escape(due.text), Attributes(classes=(due.kind,))) if isinstance(due, Marked) else escape(due)
    blocks = [head, f"*Owner:* {escape(finding.text('owner') or _NOBODY)}\\. *Due:* {shown or _NOBODY}\\."]
    for key, label in _ANSWERS:
        if finding.text(key):
            blocks.append(f"*{label}:* " + paragraphs(finding.text(key)).strip())
    if finding.is_open and not finding.text("response"):
        blocks.append("*Response:* none yet\\.")
    lines = "\n".join(f"- {escape(event_text(each))}" for each in _history(finding))
    blocks.append(div([lines], Attributes(classes=("history",))))
    look = f"severity-{severity}" if finding.is_open and severity in SEVERITIES else "closed"
    return div(blocks, Attributes(classes=("finding", look)), depth=4)


def event_text(record: Mapping[str, Any]) -> str:
    """One line of a history as plain text: the version and date, what happened, and what it rests on."""
    version, as_of = (str(record.get(key, "")) for key in ("version", "as_of"))
    told = f"Version {version}, as of {as_of}" if version and as_of else version or as_of or "No date"
    told += f": {record.get('event', 'record')}"
    if record.get("by"):
        told += f" by {record['by']}"
    if isinstance(record.get("given"), Mapping):
        told += ": " + ", ".join(_KEY_WORDS.get(key, key) for key in record["given"])
    if isinstance(record.get("changed"), Mapping) and record["changed"]:
        told += ": " + "; ".join(_change(key, pair) for key, pair in record["changed"].items())
    reason = str(record.get("reason") or record.get("message") or record.get("note") or "").strip()
    told += f". {reason.rstrip('.')}." if reason else "."
    if record.get("event") == "closed" and record.get("findings"):
        rests = [*map(str, record.get("evidence") or []), f"findings.json {str(record['findings'])[:_DIGITS]}…"]
        told += f" Evidence: {', '.join(rests)}"
    return told


def _change(key: str, pair: Any) -> str:
    short = key == "severity" and isinstance(pair, list) and len(pair) == 2
    return f"{key} from {pair[0]} to {pair[1]}" if short else f"{key} brought up to date"


def overdue_words(findings: Iterable[Finding], entries: Iterable[Entry], as_of: date) -> str:
    """One line for page one: what should have been answered or reviewed before ``as_of``; empty where nothing."""
    late = {"finding": [f"{check_of(each)} since {each.text('due')}" for each in overdue(findings, as_of)]}
    for entry in expired(entries, as_of):
        late.setdefault(entry.kind.removesuffix("s"), []).append(f"{entry.id} since {entry.text('review_by')}")
    told = [f"{len(each)} {name}{'s' if len(each) > 1 else ''} ({_some(each)})" for name, each in late.items() if each]
    if not told:
        return ""
    mark = span(escape("▲ Overdue"), Attributes(classes=("overdue",)))
    return f"{mark} {escape(f'as of {as_of.isoformat()}: ' + '; '.join(told) + '.')}\n"


def _some(found: Sequence[str]) -> str:
    more = len(found) - _LISTED
    return ", ".join(found[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def entries_words(entries: Sequence[Entry], as_of: date, kind: str) -> str:
    """Limitations or assumptions as a list: words, owner, date of review, evidence; overdue ones are marked.

    What the spec no longer states comes last, marked as withdrawn: nothing leaves a register.
    """
    ordered = sorted(entries, key=lambda each: not each.in_force)
    lines = [_entry(each, as_of) for each in ordered]
    return "\n".join(lines) + "\n" if lines else f"The register holds no {kind}.\n"


def _entry(entry: Entry, as_of: date) -> str:
    evidence = entry.content.get("evidence") or []
    cited = [str(each) for each in evidence] if isinstance(evidence, list) else [str(evidence)]
    facts = [escape(f"{entry.id}. Owner: {entry.text('owner') or _NOBODY}.")]
    review_by = entry.text("review_by")
    if not entry.in_force:
        facts.append(escape(f"Status: {entry.text('status')}."))
    elif entry.expired(as_of):
        facts.append(span(escape(f"▲ Review overdue since {review_by}."), Attributes(classes=("overdue",))))
    else:
        facts.append(escape(f"Review by: {review_by or _NOBODY}."))
    if cited:
        facts.append(escape(f"Evidence: {', '.join(cited)}."))
    # two blanks break the line; a backslash would be read as text where the document's words are compared
    return f"- {escape(entry.text('text'))}  \n  {span(' '.join(facts), Attributes(classes=('register-facts',)))}"
