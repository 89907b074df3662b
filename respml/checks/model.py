"""What a check says: its state, its message, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["finding", "observation", "passed", "not applicable", "not run", "muted"]
Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
STATES: tuple[State, ...] = ("finding", "observation", "passed", "not applicable", "not run", "muted")


@dataclass(frozen=True)
class Outcome:
    """The verdict of one rule: a state, a message with ``{metric}`` placeholders, a severity where it is a finding."""

    state: State
    message: str
    severity: Severity | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """A check applied to one run."""

    code: str
    title: str
    state: State
    severity: Severity | None
    message: str
    chapter: str
    evidence: tuple[str, ...]
    thresholds: tuple[str, ...]
    remediation: str
    subject: str
