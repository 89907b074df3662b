"""The findings register: one YAML file a finding, kept by the tool and by people, in which nothing is ever lost.

Automatic findings open, update, close and re-open their files. The tool writes its own keys and appends to
``history``; every other byte of a file (answers, comments, keys it does not know) stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.review.locking import writing_in
from respml.review.strays import refuse_strays
from respml.review.yaml_edit import append_item, inline, load, read_text, set_value, write_atomically

FOLDER = "findings"
KEPT = ("title", "severity", "message", "remediation", "evidence")
HUMAN = ("owner", "due", "response", "compensating_control", "closure_evidence")
CLOSED = "closed"
JUDGEMENTS = ("opened", "updated", "closed", "re-opened", "not judged")
"""Events that builds record; all others are people's."""
_ATTEMPTS = 5
_HEAD = (
    "# Yours: owner, due, response, compensating_control, closure_evidence, and any key or comment you add.\n"
    "# respml keeps the other keys and appends to history; it never removes a line.\n"
)


@dataclass(frozen=True)
class Moment:
    """The build that says something: the model's version, the spec's ``as_of``, SHA-256 of the run's findings."""

    version: str
    as_of: date
    findings_digest: str

    def event(self, name: str, **details: Any) -> dict[str, Any]:
        """One record of a history; there is no wall clock in it."""
        return {
            "event": name,
            "version": self.version,
            "as_of": self.as_of,
            **details,
            "findings": self.findings_digest,
        }


@dataclass(frozen=True)
class Finding:
    """One file of the register; ``content`` is all of it, people's own keys included."""

    id: str
    content: Mapping[str, Any]
    path: Path

    @property
    def is_open(self) -> bool:
        """Whether it is open: any status but ``closed``, so that a status of one's own keeps it on the list."""
        return str(self.content.get("status", "")) != CLOSED

    def text(self, key: str) -> str:
        """A value as text; empty where nobody has written one."""
        value = self.content.get(key)
        return "" if value is None else str(value).strip()

    def overdue(self, as_of: date) -> bool:
        """Whether it is open and its due date lies before ``as_of``; a due date that is no date is not."""
        due = as_date(self.content.get("due"))
        return self.is_open and due is not None and due < as_of


@dataclass(frozen=True)
class Change:
    """What a sync does to one file; ``before`` is None for a new one. ``events`` are the names of what is appended."""

    id: str
    path: Path
    before: str | None
    after: str
    events: tuple[str, ...]

    @property
    def finding(self) -> Finding:
        """The finding as it will be."""
        return Finding(self.id, load(self.after, self.path.name), self.path)


def as_date(value: Any) -> date | None:
    """A date typed by a person, with or without quotes; None for anything else."""
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def finding_id(result: Mapping[str, Any]) -> str:
    """The stable id of a finding: the code of its check and its subject, as one name of a file."""
    subject = re.sub(r"[^a-z0-9_-]+", "-", str(result["subject"]).lower()).strip("-") or "model"
    return f"{result['code']}.{subject}"


def read_findings(folder: Path) -> tuple[Finding, ...]:
    """The register, sorted by id; empty where there is no folder.

    Raises
    ------
    InputError: for a file that is no finding: of another ending, or no mapping with ``id``; or two files with one id.
    """
    refuse_strays(folder, lambda path: path.suffix == ".yml", "Name it like its finding, with .yml, or move it.")
    found: dict[str, Finding] = {}
    for path in sorted(folder.glob("[!.]*.yml")):
        finding = parse_finding(path, read_text(path))
        if finding.id in found:
            both = f"{found[finding.id].path.name} and {path.name}"
            raise InputError(
                f"Two files are finding '{finding.id}'.", where=both, remedy="Keep both texts in one file."
            )
        found[finding.id] = finding
    return tuple(found[id] for id in sorted(found))


def parse_finding(path: Path, text: str) -> Finding:
    """A finding from the text of its file; errors as of :func:`read_findings`."""
    content = load(text, path.name)
    if not isinstance(content, dict) or not isinstance(content.get("id"), str):
        raise InputError("This is no finding: it has no 'id'.", where=path.name, remedy="Restore or remove the file.")
    history = content.get("history")
    if history is not None and not (isinstance(history, list) and all(isinstance(each, dict) for each in history)):
        raise InputError("'history' is not a list of records.", where=path.name, remedy="Restore it; add no free text.")
    return Finding(content["id"], content, path)


def everything(check: str) -> bool:
    """Every check is of the document."""
    return True


def plan(
    folder: Path,
    results: Sequence[Mapping[str, Any]],
    moment: Moment,
    belongs: Callable[[str], bool] = everything,
) -> tuple[Change, ...]:
    """What the results of a build do to the register; nothing is written.

    Parameters
    ----------
    folder: the register; it need not exist.
    results: ``findings.json`` of the run: every check with its state, not only findings.
    moment: of the run.
    belongs: whether the findings of a check, given by its code, are of the document the results are of; the others
        are left alone.

    Returns
    -------
    One change for each finding of the register and of the run, sorted by id; those that change nothing included.

    Raises
    ------
    InputError: for a file that cannot be read or edited safely.
    """
    kept = {each.id: each for each in read_findings(folder) if belongs(check_of(each))}
    found = {finding_id(each): each for each in results if each["state"] == "finding"}
    changes = []
    for id in sorted({*kept, *found}):
        if id not in kept:
            changes.append(_opened(folder / f"{id}.yml", id, found[id], moment))
        else:
            changes.append(_continued(kept[id], *subject_gone(kept[id], results), moment))
    return tuple(changes)


def check_of(finding: Finding) -> str:
    """The code of the check that a finding is of."""
    return finding.text("check") or finding.id.split(".")[0]


def subject_gone(finding: Finding, results: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any] | None, str]:
    """The result that judges a finding; or None, and why there is none."""
    for each in results:
        if finding_id(each) == finding.id:
            return each, ""
    subjects = [each["subject"] for each in results if str(each["code"]) == check_of(finding)]
    if subjects:
        return None, f"The run documents {subjects[-1]}, not {finding.content.get('subject', 'this subject')}."
    return None, "The run has no check of this code."


def opened(result: Mapping[str, Any], moment: Moment) -> Finding:
    """The finding that a result opens, without a file."""
    id = finding_id(result)
    path = Path(f"{id}.yml")
    return Finding(id, load(_opening(id, result, moment), path.name), path)


def continued_content(
    finding: Finding, result: Mapping[str, Any] | None, absence: str, moment: Moment
) -> dict[str, Any]:
    """What a result makes of a finding, with nothing written."""
    events, values = _events(finding, result, absence, moment)
    return {**finding.content, **values, "history": [*(finding.content.get("history") or []), *events]}


def _opened(path: Path, id: str, result: Mapping[str, Any], moment: Moment) -> Change:
    if path.exists():
        raise InputError(f"The file of finding '{id}' has another id.", where=path.name, remedy="Restore its 'id'.")
    return Change(id, path, None, _opening(id, result, moment), ("opened",))


def _opening(id: str, result: Mapping[str, Any], moment: Moment) -> str:
    """The file of a finding as it begins."""
    facts = {"id": id, "check": result["code"], "subject": result["subject"]}
    facts |= {key: _plain(result[key]) for key in KEPT} | {"status": "open"}
    lines = [f"{key}: {inline(value)}\n" for key, value in facts.items()]
    lines += [f"{key}:\n" for key in HUMAN]
    event = moment.event("opened", severity=result["severity"], message=result["message"])
    return _HEAD + "".join(lines) + f"history:\n  - {inline(event)}\n"


def _continued(finding: Finding, result: Mapping[str, Any] | None, absence: str, moment: Moment) -> Change:
    before = read_text(finding.path)
    events, values = _events(finding, result, absence, moment)
    after, name = before, finding.path.name
    for key, value in values.items():
        if finding.content.get(key) != value:
            after = set_value(after, (key,), value, name)
    if events and "history" not in finding.content:
        after = set_value(after, ("history",), None, name)
    for event in events:
        after = append_item(after, ("history",), event, name)
    return Change(finding.id, finding.path, before, after, tuple(each["event"] for each in events))


def _events(
    finding: Finding, result: Mapping[str, Any] | None, absence: str, moment: Moment
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What is appended to the history, and the keys that get a new value."""
    state = "absent" if result is None else str(result["state"])
    if result is None or state not in ("finding", "observation", "passed"):
        reason = absence if result is None else str(result["message"])
        again = _last_judgement(finding).get("reason") == reason
        return ([] if again else [moment.event("not judged", state=state, reason=reason)]), {}
    if state == "finding":
        values: dict[str, Any] = {key: _plain(result[key]) for key in KEPT}
        changed = {
            key: [finding.content.get(key), values[key]] for key in KEPT if finding.content.get(key) != values[key]
        }
        # what a person wrote over a kept key goes into the history before it is replaced
        details = {"changed": changed} if changed else {}
        if not finding.is_open:
            by_hand = {} if _last_judgement(finding).get("event") == "closed" else {"closed_by_hand": True}
            return [moment.event("re-opened", message=result["message"], **details, **by_hand)], {
                **values,
                "status": "open",
            }
        return ([moment.event("updated", **details)] if changed else []), values
    closing = moment.event("closed", state=state, message=result["message"], evidence=list(result["evidence"]))
    if finding.is_open:
        status = finding.text("status")
        noted = {} if status == "open" else {"status_before": status}
        return [{**closing, **noted}], {"status": CLOSED}
    if _last_judgement(finding).get("event") != "closed":
        return [{**closing, "closed_by_hand": True}], {}
    return [], {}


def _last_judgement(finding: Finding) -> Mapping[str, Any]:
    """The last record that a build made; people's own records are passed over."""
    history = finding.content.get("history") or []
    return next((each for each in reversed(history) if each.get("event") in JUDGEMENTS), {})


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def sync(
    folder: Path,
    results: Sequence[Mapping[str, Any]],
    moment: Moment,
    belongs: Callable[[str], bool] = everything,
) -> tuple[Change, ...]:
    """Bring the register up to date with a run; each file is written whole, and only if nobody wrote to it meanwhile.

    Parameters, result and errors as of :func:`plan`; ``InputError`` also where a file keeps changing under the sync.
    """
    foreseen = plan(folder, results, moment, belongs)
    if all(each.after == each.before for each in foreseen):
        return foreseen
    with writing_in(folder):
        return _sync(folder, results, moment, belongs)


def _sync(
    folder: Path, results: Sequence[Mapping[str, Any]], moment: Moment, belongs: Callable[[str], bool]
) -> tuple[Change, ...]:
    changes = plan(folder, results, moment, belongs)
    for _ in range(_ATTEMPTS):
        if not any(_is_stale(each) for each in changes):
            break
        changes = plan(folder, results, moment, belongs)
    else:
        raise InputError("The register keeps changing.", where=folder.name, remedy="Close other editors and try again.")
    for each in changes:
        if each.after != each.before:
            write_atomically(each.path, each.after)
    return changes


def _is_stale(change: Change) -> bool:
    present = read_text(change.path) if change.path.exists() else None
    return present != change.before


def overdue(findings: Iterable[Finding], as_of: date) -> tuple[Finding, ...]:
    """The open findings whose due date lies before ``as_of``, the longest overdue first."""
    late = [each for each in findings if each.overdue(as_of)]
    return tuple(sorted(late, key=lambda each: (str(each.content["due"]), each.id)))
