"""Findings of two versions side by side: opened, re-opened, closed, changed in severity, still open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from respml.checks.model import SEVERITIES

FindingState = Literal["opened", "re-opened", "raised", "lowered", "closed", "not judged", "open"]
STATES: tuple[FindingState, ...] = ("opened", "re-opened", "raised", "lowered", "not judged", "closed", "open")

_JUDGED = ("finding", "observation", "passed")


@dataclass(frozen=True)
class FindingChange:
    """One check that made a finding in the old or the new version.

    Attributes
    ----------
    code, title: the check.
    state: ``opened``; ``re-opened`` (closed in the old version, open in one before it); ``raised`` or ``lowered`` in
        severity; ``closed`` (judged again, and no finding); ``not judged`` (muted, not run, not applicable or no
        longer a check: it was a finding and nothing says that it is none now); ``open`` as before.
    old_severity, new_severity: empty where it is no finding.
    old_message, new_message: what was seen, numbers filled in.
    new_state: the check's state in the new version, empty when it no longer exists.
    """

    code: str
    title: str
    state: FindingState
    old_severity: str
    new_severity: str
    old_message: str
    new_message: str
    new_state: str


def compare_findings(
    old: Iterable[Mapping[str, Any]],
    new: Iterable[Mapping[str, Any]],
    earlier: Sequence[Iterable[Mapping[str, Any]]] = (),
) -> tuple[FindingChange, ...]:
    """Every finding of either version, what needs attention first.

    Parameters
    ----------
    old, new: every check with its state, as in ``findings.json``.
    earlier: the same of the versions before the old one, for what was open, closed and is open again.
    """
    before = {str(each["code"]): each for each in old}
    after = {str(each["code"]): each for each in new}
    known = {str(each["code"]) for version in earlier for each in version if each["state"] == "finding"}
    found = [
        _change(code, before.get(code), after.get(code), code in known)
        for code in sorted({*before, *after})
        if "finding" in (before.get(code, {}).get("state"), after.get(code, {}).get("state"))
    ]
    return tuple(sorted(found, key=_order))


def findings_frame(changes: Iterable[FindingChange]) -> pd.DataFrame:
    """One row a change, columns as the attributes of :class:`FindingChange`."""
    columns = list(FindingChange.__dataclass_fields__)
    return pd.DataFrame([vars(each) for each in changes], columns=columns)


def _change(
    code: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, was_open_earlier: bool
) -> FindingChange:
    present: Mapping[str, Any] = new or old or {}
    return FindingChange(
        code=code,
        title=str(present["title"]),
        state=_state(old, new, was_open_earlier),
        old_severity=_severity(old),
        new_severity=_severity(new),
        old_message="" if old is None else str(old["message"]),
        new_message="" if new is None else str(new["message"]),
        new_state="" if new is None else str(new["state"]),
    )


def _state(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, was_open_earlier: bool) -> FindingState:
    first, second = _severity(old), _severity(new)
    if not second:
        return "closed" if new is not None and new["state"] in _JUDGED else "not judged"
    if not first:
        return "re-opened" if was_open_earlier else "opened"
    if first == second:
        return "open"
    return "raised" if SEVERITIES.index(second) < SEVERITIES.index(first) else "lowered"


def _severity(entry: Mapping[str, Any] | None) -> str:
    return str(entry["severity"]) if entry is not None and entry["state"] == "finding" else ""


def _order(change: FindingChange) -> tuple[int, int, str]:
    severity = change.new_severity or change.old_severity
    return STATES.index(change.state), SEVERITIES.index(severity), change.code
