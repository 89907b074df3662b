"""The stage ``checks``: applies every check to the evidence and leaves findings, test log and threshold register."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from respml.checks import SEVERITIES, STATES, CheckResult, Threshold, all_checks, judge, threshold_register
from respml.checks.plan import remediation_plan
from respml.checks.requirements import Answer, profile_from, trace
from respml.document.markdown import SEVERITIES as SEVERITY_WORDS
from respml.evidence import Column, Evidence, EvidenceWriter, format_value, read_evidence
from respml.pipeline.layout import FINDINGS
from respml.pipeline.stage import StageRun
from respml.pipeline.volume import ANALYSIS as VOLUME
from respml.pipeline.volume import FOLDER as VOLUME_FOLDER
from respml.pipeline.volume import separate
from respml.spec.report import ReportSpec

RECORDED = ("run.inputs", "run.stages", "run.libraries", "run.conventions", "run.software")
"""Evidence of the stage ``record``, which runs after the checks and always leaves it."""


def judge_evidence(run: StageRun) -> None:
    """Judge the evidence of all analyses."""
    spec = ReportSpec.model_validate(run.parameters["spec"])
    register = threshold_register(spec.thresholds)
    write_thresholds(register, run.folder / "threshold")
    folders = [run.folder / "threshold", *(folder / "evidence" for folder in run.inputs.values())]
    evidence = read_evidence(folders)
    results = judge(spec, evidence, register)
    kept = tuple(each for each in results if each.chapter != VOLUME or not separate(spec))
    write_judgement(kept, evidence, run.folder)
    if len(kept) < len(results):
        write_judgement(tuple(each for each in results if each not in kept), evidence, run.folder / VOLUME_FOLDER)
    judged = read_evidence([run.folder / "checks"])
    write_traceability(run.parameters, {*evidence.ids(), *judged.ids(), *RECORDED}, run.folder / "traceability")


def write_judgement(results: tuple[CheckResult, ...], evidence: Evidence, folder: Path) -> None:
    """Findings as JSON, and the evidence ``checks``, of one document."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(findings_document(results, evidence), indent=1, sort_keys=True, ensure_ascii=False)
    (folder / FINDINGS).write_text(text + "\n", encoding="utf-8")
    write_results(results, evidence, folder / "checks")


def write_traceability(parameters: Mapping[str, Any], ids: set[str], folder: Path) -> None:
    """The matrix of requirements and the evidence that speaks to each."""
    writer = EvidenceWriter("traceability", folder, "report_templates/model_risk/requirements")
    profiles = [profile_from(each, each["jurisdiction"]) for each in parameters["requirements"]]
    known = ids | set(parameters["stated"])
    spec = ReportSpec.model_validate(parameters["spec"])
    off = {name: switch.reason or "" for name, switch in spec.switches.items() if not switch.run}
    apart = [VOLUME] if separate(spec) else []
    traced = [each for profile in profiles for each in trace(profile, known, off, apart)]
    rows = [
        {
            "jurisdiction": each.profile.title,
            "clause": each.clause.id,
            "shown": each.clause.id if each.clause.status == "current" else f"{each.clause.id} ({each.clause.status})",
            "status": each.clause.status,
            "requirement": each.clause.requirement,
            "answer": each.answer,
            "present": ", ".join(each.present),
            "missing": "; ".join([*([", ".join(each.missing)] if each.missing else []), *filter(None, [each.reason])]),
            "as_of": each.profile.as_of.isoformat(),
            "source": each.profile.source,
        }
        for each in traced
    ]
    for answer in get_args(Answer):
        writer.metric(answer.replace(" ", "_"), sum(each.answer == answer for each in traced), format="integer")
    writer.metric("total", len(traced), format="integer")
    writer.metric("profiles", "; ".join(f"{each.title} (read {each.as_of})" for each in profiles) or "none")
    unread = sorted(set(spec.model.jurisdictions) - {each.jurisdiction for each in profiles})
    without = [f"No profile of requirements is held for {', '.join(unread)}."] if unread else []
    writer.metric("notes", " ".join([*(each.note for each in profiles), *without]) or "none")
    columns = ["clause", "shown", "status", "requirement", "answer", "present", "missing"]
    columns += ["jurisdiction", "as_of", "source"]
    writer.table(
        "matrix",
        pd.DataFrame(rows, columns=columns),
        caption="Requirements and the evidence in this document that speaks to each",
        columns={
            "shown": Column("Clause", width=16),
            "requirement": Column("Requirement, in our words", width=30),
            "answer": Column("Evidence", width=11),
            "present": Column("Present", width=27),
            "missing": Column("Missing, or why", width=24),
        },
        limit=200,
    )
    writer.close()


def findings_document(results: tuple[CheckResult, ...], evidence: Evidence) -> list[dict[str, object]]:
    """Every check result as JSON, its message with the numbers filled in."""
    return [{**asdict(each), "message": evidence.fill(each.message), "template": each.message} for each in results]


def write_thresholds(register: Mapping[str, Threshold], folder: Path) -> None:
    """The thresholds as metrics ``threshold.<name>`` and as the register's table."""
    writer = EvidenceWriter("threshold", folder, "respml/checks/thresholds.yml")
    for name, threshold in sorted(register.items()):
        writer.metric(name, threshold.value, format=threshold.format, method=threshold.source)
    users: dict[str, list[str]] = {}
    for each_check in all_checks():
        for name in each_check.thresholds:
            users.setdefault(name, []).append(each_check.code)
    rows = [
        {
            "name": each.name,
            "value": format_value(each.value, each.format),
            "meaning": each.meaning,
            "kind": each.kind,
            "source": each.source if not each.overridden else f"{each.source}; changed because: {each.overridden}",
            "owner": each.owner,
            "date": each.date.isoformat(),
            "checks": ", ".join(users.get(each.name, ["none"])),
            "checks_text": ", ".join(code.removeprefix("RML-") for code in users.get(each.name, ["none"])),
            "set": f"{each.owner}, {each.date.isoformat()}",
        }
        for _, each in sorted(register.items())
    ]
    writer.table(
        "register",
        pd.DataFrame(rows),
        caption="Threshold register: every limit a check uses, with its provenance",
        note="Checks are named without the RML- before them.",
        columns={
            "name": Column("Threshold", width=17),
            "value": Column("Value", width=8),
            "checks_text": Column("Checks", width=10),
            "meaning": Column("Meaning", width=31),
            "kind": Column("Kind", width=11),
            "source": Column("Source", width=26),
            "set": Column("Set by, on", width=13),
        },
        limit=200,
    )
    writer.close()


def write_results(results: tuple[CheckResult, ...], evidence: Evidence, folder: Path) -> None:
    """Counts by severity and state as metrics, findings and test log as tables."""
    writer = EvidenceWriter("checks", folder, "respml/checks")
    for severity in SEVERITIES:
        count = sum(each.state == "finding" and each.severity == severity for each in results)
        writer.metric(f"findings.{severity}", count, format="integer")
    for state in STATES:
        writer.metric(
            f"state.{state.replace(' ', '_')}", sum(each.state == state for each in results), format="integer"
        )
    writer.metric("total", len(results), format="integer")
    rows = [
        {
            "code": each.code,
            "severity": SEVERITY_WORDS[each.severity] if each.severity else "",
            "chapter": each.chapter,
            "title": each.title,
            "state": each.state,
            "message": evidence.fill(each.message),
            "remediation": each.remediation,
            "rank": SEVERITIES.index(each.severity) if each.severity else len(SEVERITIES),
        }
        for each in results
    ]
    log = pd.DataFrame(
        rows, columns=["code", "severity", "chapter", "title", "state", "message", "remediation", "rank"]
    )
    findings = log[log["state"] == "finding"].sort_values(["rank", "code"])
    writer.table(
        "findings",
        findings,
        caption="Findings, the most severe first",
        columns={
            "code": Column("Check", width=9),
            "severity": Column("Severity", width=11),
            "title": Column("Finding", width=22),
            "message": Column("Evidence", width=46),
        },
        limit=200,
    )
    writer.table(
        "remediation",
        findings,
        caption="What can be done about each finding",
        columns={
            "code": Column("Check", width=9),
            "title": Column("Finding", width=28),
            "remediation": Column("Action proposed", width=55),
        },
        limit=200,
    )
    plan = remediation_plan(results, evidence)
    for name, status in (("helping", "tried, helps"), ("failing", "tried, does not"), ("untried", "not tried")):
        writer.metric(f"plan.{name}", int((plan["status"] == status).sum()), format="integer")
    writer.table(
        "plan",
        plan,
        caption="Remediation plan: each finding, what can be done, and what became of it where it could be tried",
        columns={
            "code": Column("Check", width=9),
            "title": Column("Finding", width=22),
            "action": Column("Action", width=32),
            "status": Column("Status", width=14),
            "detail": Column("Effect, or why not", width=34),
        },
        limit=200,
    )
    writer.table(
        "log",
        log,
        caption="Test log: every check, its state and what it saw",
        columns={
            "code": Column("Check", width=9),
            "title": Column("Question", width=24),
            "state": Column("State", width=12),
            "message": Column("What was seen", width=48),
        },
        limit=200,
    )
    not_run = log[log["state"].isin(["not run", "muted", "not applicable"])]
    writer.table(
        "not_run",
        not_run,
        caption="What was not judged, and why",
        columns={
            "code": Column("Check", width=9),
            "title": Column("Question", width=28),
            "state": Column("State", width=14),
            "message": Column("Reason", width=45),
        },
        limit=200,
    )
    writer.close()
