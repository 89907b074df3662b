"""A person's answer to a finding: owner, due date, response, compensating control, closure evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.review.findings_register import HUMAN, Finding, as_date, parse_finding, read_findings
from respml.review.locking import writing_in
from respml.review.yaml_edit import append_item, read_text, set_value, write_atomically


def respond(folder: Path, id: str, values: Mapping[str, Any], *, by: str, version: str, as_of: date) -> Finding:
    """Write a person's answer into a finding; what stood there before goes into the history, word for word.

    Parameters
    ----------
    folder: the register.
    id: of the finding.
    values: keys of :data:`HUMAN` and their new values; empty texts change nothing.
    by: name of the person.
    version, as_of: of the run that was read.

    Raises
    ------
    InputError: for an unknown finding or key, a due date that is no date, or no name.
    """
    if not by.strip():
        raise InputError("An answer needs a name.", where=id, remedy="Give the name of who answers.")
    if not folder.is_dir():
        raise InputError("There is no register yet.", where=id, remedy="Sync the register with the run first.")
    with writing_in(folder):
        return _respond(folder, id, values, by=by, version=version, as_of=as_of)


def _respond(folder: Path, id: str, values: Mapping[str, Any], *, by: str, version: str, as_of: date) -> Finding:
    finding = next((each for each in read_findings(folder) if each.id == id), None)
    if finding is None:
        raise InputError("There is no finding of this id.", where=id, remedy="Sync the register with the run first.")
    text, name = read_text(finding.path), finding.path.name
    replaced: dict[str, Any] = {}
    given: dict[str, Any] = {}
    for key, value in values.items():
        if key not in HUMAN:
            raise InputError(f"'{key}' is not answered.", where=id, remedy=f"Keys are {', '.join(HUMAN)}.")
        if isinstance(value, str) and not value.strip():
            continue
        if key == "due":
            value = _required_date(value, id)
        if finding.content.get(key) != value:
            given[key] = value
            if finding.content.get(key) is not None:
                replaced[key] = finding.content[key]
    if not given:
        return finding
    for key, value in given.items():
        text = set_value(text, (key,), value, name)
    if "history" not in finding.content:
        text = set_value(text, ("history",), None, name)
    record: dict[str, Any] = {"event": "answered", "version": version, "as_of": as_of, "by": by.strip(), "given": given}
    text = append_item(text, ("history",), record | ({"replaced": replaced} if replaced else {}), name)
    write_atomically(finding.path, text)
    return parse_finding(finding.path, text)


def _required_date(value: Any, id: str) -> date:
    found = as_date(value)
    if found is None:
        raise InputError("The due date is no date.", where=id, remedy="Write it as YYYY-MM-DD.")
    return found
