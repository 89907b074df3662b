"""What the checks found on simulated portfolios: the record that ``tools/power.py`` measured for this version."""

from __future__ import annotations

import csv
import math
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

DATA_FILES = ("power.csv",)
FILE = Path(__file__).with_name(DATA_FILES[0])
DETECTION_GOAL, ALARM_GOAL = 0.95, 0.05


@dataclass(frozen=True)
class PowerLine:
    """One check against one planted defect.

    Attributes
    ----------
    truth: the planted truth of :class:`respml.portfolio.simulate.SimulationTruths`; empty where the check was only
        put to clean portfolios. check, title: the rule. role: ``must`` find the truth, ``may`` find it, or empty.
    rows: of each portfolio, all partitions together.
    runs, rate, lower, upper: portfolios with the defect, share in which the check made a finding, Wilson limits.
    clean_runs, alarm_rate, alarm_lower, alarm_upper: the same for clean portfolios.
    by_seed, alarms_by_seed: 1 or 0 a seed, in order. version: of the software that was measured.
    """

    truth: str
    check: str
    title: str
    role: str
    rows: int
    runs: int
    rate: float
    lower: float
    upper: float
    clean_runs: int
    alarm_rate: float
    alarm_lower: float
    alarm_upper: float
    by_seed: str
    alarms_by_seed: str
    version: str

    @property
    def goal(self) -> str:
        """Whether the goals are met: at least 95 % detected (where it must), at most 5 % false alarms."""
        missed = []
        if self.role == "must" and self.rate < DETECTION_GOAL:
            missed.append("detection below the goal")
        if self.alarm_rate > ALARM_GOAL:
            missed.append("alarms above the goal")
        return ", ".join(missed) or "met"

    def cells(self) -> tuple[str, ...]:
        """The line as the file holds it."""
        return tuple(_cell(each) for each in astuple(self))


COLUMNS = tuple(each.name for each in fields(PowerLine))
_INTEGERS = ("rows", "runs", "clean_runs")
_FLOATS = ("rate", "lower", "upper", "alarm_rate", "alarm_lower", "alarm_upper")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4f}"
    return str(value)


@cache
def power_lines() -> tuple[PowerLine, ...]:
    """The record, as committed."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(PowerLine(**{name: _value(name, row[name]) for name in COLUMNS}) for row in rows)


def _value(name: str, text: str) -> Any:
    if name in _INTEGERS:
        return int(text)
    if name in _FLOATS:
        return float(text) if text else float("nan")
    return text
