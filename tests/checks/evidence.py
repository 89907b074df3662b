"""Evidence built by hand: what a rule is given in a test."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from respml.checks import CheckResult, judge, threshold_register
from respml.checks.register import Threshold
from respml.evidence import Column, Evidence, EvidenceWriter, read_evidence
from respml.pipeline.judging import write_thresholds
from respml.spec.loading import parse_spec
from respml.spec.report import ReportSpec
from tests.spec.specs import MINIMAL

Number = Any


@dataclass(frozen=True)
class RuleCase:
    """A small run in which one rule must say one thing.

    Attributes
    ----------
    code: the rule.
    state: what it must say.
    metrics: id -> value, or (value, lower, upper).
    tables: id -> frame.
    severity: of a finding, where it is not the rule's own.
    says: a piece of the message as the reader sees it.
    spec: further sections of the spec.
    why: what the case is about.
    """

    code: str
    state: str
    why: str
    metrics: dict[str, Number]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    severity: str | None = None
    says: str = ""
    spec: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.state}: {self.why}"


def spec_with(sections: str = "") -> ReportSpec:
    """The minimal spec with further sections: champion ``mgbm``, benchmark ``glm``."""
    return parse_spec(MINIMAL + sections, "report.yml")


def evidence_of(
    folder: Path,
    metrics: dict[str, Number],
    tables: dict[str, pd.DataFrame] | None = None,
    register: dict[str, Threshold] | None = None,
) -> Evidence:
    """Evidence with these metrics (id -> value, or value with limits) and tables, and the register's thresholds."""
    write_thresholds(threshold_register({}) if register is None else register, folder / "threshold")
    by_analysis: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for id, content in {**metrics, **(tables or {})}.items():
        analysis, name = id.split(".", 1)
        by_analysis[analysis].append((name, content))
    for analysis, contents in by_analysis.items():
        writer = EvidenceWriter(analysis, folder / analysis, f"notebooks/{analysis}.ipynb")
        for name, content in contents:
            if isinstance(content, pd.DataFrame):
                writer.table(name, content, caption="Made by hand", columns={each: Column(each) for each in content})
            elif isinstance(content, tuple):
                value, lower, upper = content
                writer.metric(name, value, interval=(lower, upper), n=1000)
            else:
                writer.metric(name, content)
        writer.close()
    return read_evidence([folder / "threshold", *(folder / analysis for analysis in by_analysis)])


def judged(folder: Path, case: RuleCase) -> tuple[CheckResult, Evidence]:
    """The case's rule applied to its evidence."""
    spec = spec_with(case.spec)
    register = threshold_register(spec.thresholds)
    evidence = evidence_of(folder, case.metrics, case.tables, register)
    results = {each.code: each for each in judge(spec, evidence, register)}
    return results[case.code], evidence
