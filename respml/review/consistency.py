"""Whether what a run says agrees with what it holds: its numbers, tables and findings against its evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from respml.errors import RespmlError
from respml.evidence import Evidence, read_evidence
from respml.evidence.spreadsheet import csv_text
from respml.review.agreement import compare_metrics

State = Literal["agrees", "differs", "not possible", "noted"]
LONGEST = 300
"""Characters of a difference that are told: what a library says of a file can be a page."""


@dataclass(frozen=True)
class Step:
    """One thing that was verified. ``first`` is the first difference, ``count`` how many things were compared."""

    name: str
    state: State
    count: int
    first: str = ""

    def line(self) -> str:
        """The step in one printable line."""
        told = f"{self.name}: {self.state}" + (f" ({self.count} compared)" if self.count else "")
        return f"{told}; first: {self.first}" if self.first else told


def compared(name: str, wrong: list[str], count: int) -> Step:
    """The step of a comparison: ``wrong`` are its differences, none where all ``count`` things agree."""
    return Step(name, "differs" if wrong else "agrees", count, one_line(wrong[0]) if wrong else "")


def guarded(name: str, work: Callable[[], list[Step]]) -> list[Step]:
    """What ``work`` finds; files that it cannot make sense of are a difference, not a failure of the verification."""
    try:
        return work()
    except RespmlError as error:
        return [Step(name, "differs", 0, one_line(error.line()))]
    except (KeyError, ValueError, TypeError, AttributeError, OSError, RecursionError) as error:
        return [Step(name, "differs", 0, one_line(f"it cannot be computed: {type(error).__name__}: {error}"))]


def one_line(text: str) -> str:
    """A text on one line, cut where it is long."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]} …"


def run_steps(run: Path) -> list[Step]:
    """A run against itself: ``metrics.json``, the tables as they are read in a spreadsheet, and the findings.

    Nothing is computed again, so no other version of the software can differ.
    """
    return guarded("evidence", lambda: _run_steps(run))


def _run_steps(run: Path) -> list[Step]:
    evidence = read_evidence(sorted(each for each in (run / "evidence").iterdir() if each.is_dir()))
    recorded = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    again = {id: {"value": each.value, "ci": each.interval} for id, each in evidence.metrics.items()}
    findings = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    return [
        compared("metrics.json against the evidence", *compare_metrics(recorded, again, 0.0, whole=True)),
        compared("tables for spreadsheets against the evidence", *_tables(run, evidence)),
        compared("findings.json against the evidence", *_findings(findings, evidence)),
    ]


def _tables(run: Path, evidence: Evidence) -> tuple[list[str], int]:
    wrong = []
    for table in evidence.tables.values():
        stem = table.folder / table.id.split(".", 1)[1]
        path = stem.with_name(f"{stem.name}.csv")
        if path.read_bytes() != csv_text(table.frame()).encode():
            wrong.append(f"{path.relative_to(run).as_posix()} does not hold what the Parquet file beside it holds")
    return wrong, len(evidence.tables)


def _findings(recorded: list[dict[str, Any]], evidence: Evidence) -> tuple[list[str], int]:
    """The findings against the test log, which the document prints."""
    log = evidence.table("checks.log").frame()
    logged = {str(each["code"]): (each["state"], each["message"]) for each in log.to_dict("records")}
    told = {str(each["code"]): (each["state"], each["message"]) for each in recorded}
    wrong = [
        f"{code}: {told.get(code, ('absent', ''))} in findings.json, {logged.get(code, ('absent', ''))} in the test log"
        for code in sorted({*told, *logged})
        if told.get(code) != logged.get(code)
    ]
    return wrong, len(told)
