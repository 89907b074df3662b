"""Runs as the comparison sees them, made in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from respml.evidence import Column, Evidence, EvidenceWriter, Metric, read_evidence
from respml.review.document_text import Paragraph
from respml.review.run_files import CandidateFacts, RunContent

SPEC: dict[str, Any] = {
    "model": {"version": "1.0.0", "intended_use": "Rank", "population": "Card holders"},
    "data": {"target": "default"},
    "thresholds": {},
}


def metric(
    id: str,
    value: Any,
    interval: tuple[float, float] | None = None,
    format: str = "ratio3",
    about: tuple[str, ...] = (),
) -> Metric:
    """A metric with what the comparison looks at."""
    kind = "text" if isinstance(value, str) else format
    return Metric(id, value, interval, None, kind, "", "", "test", "", about=about)


def candidate(name: str = "mgbm", **changes: Any) -> CandidateFacts:
    """A candidate with two inputs, one of them bound to rise."""
    facts: dict[str, Any] = {
        "name": name, "label": name.upper(), "family": "boosted_trees", "features": ("utilisation", "income"),
        "monotone": {"utilisation": 1}, "parameters": {"rounds": 30}, "digest": "d1",
    }  # fmt: skip
    return CandidateFacts(**{**facts, **changes})


def finding(code: str, state: str = "finding", severity: str | None = "high", message: str = "seen") -> dict[str, Any]:
    """A check's result as in ``findings.json``."""
    return {
        "code": code, "title": f"Title of {code}", "state": state, "message": message,
        "severity": severity if state == "finding" else None,
    }  # fmt: skip


def paragraph(text: str, section: str = "sec-data", words: str = "") -> Paragraph:
    """A paragraph; ``words`` default to the text, which says that it places no numbers."""
    return Paragraph(section, "Data", text, words or text)


def run(
    version: str = "1.0.0",
    metrics: tuple[Metric, ...] = (),
    folder: Path | None = None,
    tables: dict[str, pd.DataFrame] | None = None,
    **changes: Any,
) -> RunContent:
    """A run with these metrics, and with tables written below ``folder``."""
    evidence = Evidence({each.id: each for each in metrics}, {}, {}, {})
    if folder is not None:
        writer = EvidenceWriter("data", folder)
        for name, frame in (tables or {}).items():
            columns = {str(column): Column(str(column)) for column in frame.columns}
            writer.table(name, frame, caption="Rows", columns=columns)
        writer.close()
        evidence = Evidence(evidence.metrics, read_evidence([folder]).tables, {}, {})
    facts: dict[str, Any] = {
        "version": version, "spec": SPEC, "evidence": evidence, "findings": (), "candidates": {"mgbm": candidate()},
        "champion": "mgbm", "benchmark": "glm", "files": {"rows.csv": "a" * 64}, "libraries": {"numpy": "2.0"},
        "code": {"respml/a.py": "b" * 64},
    }  # fmt: skip
    return RunContent(**{**facts, **changes})
