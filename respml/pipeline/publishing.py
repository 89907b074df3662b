"""The stages after the evidence: assemble the project, render screen and paper."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from respml.pipeline.stage import Stage, StageRun
from respml.pipeline.template import Template
from respml.review.rebuild import Registers
from respml.spec import LoadedSpec

if TYPE_CHECKING:
    from respml.evidence import Evidence

PROJECT = "project"
SCREEN = "report.html"
PAPER = "report.pdf"


def evidence_folders(folders: Mapping[str, Path]) -> list[Path]:
    """The evidence folders within the folders of stages, by the stages' own layouts."""
    found: list[Path] = []
    for name in sorted(folders):
        folder = folders[name]
        inside = [folder / each for each in ("evidence", "checks", "threshold", "traceability")]
        found += [each for each in (folder, *inside) if (each / "index.json").is_file()]
    return found


def flags(evidence: Evidence, findings: list[dict[str, Any]], spec: Mapping[str, Any]) -> dict[str, Any]:
    """True or false for ``when-meta``: which checks fired, whether there are findings, what the spec says."""
    fired = {entry["code"].lower().replace("-", "_"): entry["state"] == "finding" for entry in findings}
    severities = {entry["severity"] for entry in findings if entry["state"] == "finding"}
    return {
        "check": fired,
        "findings": {each: each in severities for each in ("high", "medium", "low")} | {"any": bool(severities)},
        **spec,
    }


def run_document(run: StageRun) -> None:
    """Assemble the Quarto project of the report."""
    from respml.document.assemble import assemble
    from respml.document.words import findings_narrative
    from respml.evidence import read_evidence

    evidence = read_evidence(evidence_folders(run.inputs))
    findings = json.loads((run.inputs["checks"] / "findings.json").read_text(encoding="utf-8"))
    assemble(
        Path(run.parameters["template_folder"]),
        evidence,
        run.parameters["variables"],
        flags(evidence, findings, run.parameters["flags"]),
        {**run.parameters["narrative"], **findings_narrative(findings)},
        run.folder / PROJECT,
        analyses=tuple(run.parameters["analyses"]),
        font_cache=Path(run.parameters["font_cache"]),
    )


def run_screen(run: StageRun) -> None:
    """Render the screen document."""
    from respml.document.engines import render_html

    project = _own_copy(run)
    rendered = render_html(project, profile="screen", engine=run.parameters["engine"])
    shutil.move(rendered, run.folder / SCREEN)
    shutil.rmtree(project)


def run_paper(run: StageRun) -> None:
    """Render the print document and make it a PDF with the evidence attached."""
    from respml.document.engines import render_html
    from respml.document.pdf import Attached, write_pdf

    project = _own_copy(run)
    rendered = render_html(project, profile="print", engine=run.parameters["engine"])
    write_pdf(
        rendered,
        run.folder / PAPER,
        variant=run.parameters["variant"],
        attachments=[
            Attached(project / "metrics.json", "Every number of this document with interval, n and source"),
            Attached(run.inputs["checks"] / "findings.json", "Every check, its state and what it saw", "Supplement"),
        ],
        as_of=date.fromisoformat(run.parameters["as_of"]),
        title=run.parameters["title"],
    )
    shutil.rmtree(project)


def _own_copy(run: StageRun) -> Path:
    """The assembled project, copied: rendering writes into it and the store's folders are read only."""
    project = run.folder / PROJECT
    shutil.copytree(run.inputs["document"] / PROJECT, project)
    return project


def document_stages(
    loaded: LoadedSpec,
    template: Template,
    analyses: tuple[str, ...],
    record: Mapping[str, Any],
    formats: tuple[str, ...],
    labels: Mapping[str, str],
    font_cache: Path,
    registers: Registers,
) -> list[Stage]:
    """The stages ``record``, ``document`` and one for each format."""
    from respml.document.engines import engine_identity
    from respml.document.words import spec_narrative, spec_variables
    from respml.pipeline.record import run_record
    from respml.pipeline.volume import fairness_flags, fairness_narrative

    spec = loaded.spec
    known = {each.name for each in template.analyses}
    inactive = {name: each.reason or "" for name, each in spec.switches.items() if not each.run and name in known}
    engine, version = engine_identity(spec.render.engine)
    variables = spec_variables(spec, template.title, labels) | {"engine": f"{engine} {version}"}
    stages = [
        Stage(name="record", run=run_record, parameters=record, entry=("respml.pipeline.record",)),
        Stage(
            name="document",
            run=run_document,
            inputs=("record", "checks", *analyses),
            parameters={
                "variables": variables,
                "narrative": {
                    **spec_narrative(spec, inactive, labels),
                    **registers.narrative(),
                    **fairness_narrative(spec, template.folder),
                },
                "flags": {
                    "tier": {spec.model.materiality.tier: True},
                    "paper": {spec.render.paper.lower(): True},
                    "register": registers.flags(),
                    **fairness_flags(spec),
                },
                "analyses": [each.name for each in template.analyses],
                "template": template.digest(),
            },
            entry=("respml.document.assemble", "respml.document.words", "respml.pipeline.publishing"),
            libraries=("fonttools", "brotli"),
            settings={"template_folder": str(template.folder), "font_cache": str(font_cache)},
        ),
    ]
    if "html" in formats:
        stages.append(
            Stage(
                name="screen",
                run=run_screen,
                inputs=("document",),
                parameters={"engine": engine, "version": version},
                entry=("respml.document.engines",),
            )
        )
    if "pdf" in formats:
        stages.append(
            Stage(
                name="paper",
                run=run_paper,
                inputs=("document", "checks"),
                parameters={
                    "engine": engine,
                    "version": version,
                    "variant": spec.render.pdf_variant,
                    "as_of": spec.model.as_of.isoformat(),
                    "title": spec.model.name,
                },
                entry=("respml.document.engines", "respml.document.pdf"),
                libraries=("weasyprint", "pydyf"),
            )
        )
    return stages
