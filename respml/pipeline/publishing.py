"""The stages after the evidence: assemble the project, render screen and paper."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from respml.pipeline.disclosing import DISCLOSURE, disclosure_stage, scan_stage
from respml.pipeline.stage import Stage, StageRun
from respml.pipeline.template import Template
from respml.pipeline.word_stage import word_stage
from respml.review.narrative import Narrative, slots
from respml.review.rebuild import Registers
from respml.spec import LoadedSpec

if TYPE_CHECKING:
    from respml.evidence import Evidence

PROJECT = "project"
SCREEN = "report.html"
PAPER = "report.pdf"
CHANGES = "changes"


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


def document_words(
    parameters: Mapping[str, Any], evidence: Evidence, findings: list[dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The flags and the Markdown pieces of a document: the spec's, the findings', and people's own passages."""
    from respml.document.words import findings_narrative
    from respml.review.changes_evidence import flags as changes_flags
    from respml.review.changes_evidence import redline_words
    from respml.review.narrative import placed_words, require_known, require_same_volume
    from respml.review.run_files import flattened

    written = Narrative.from_json(parameters["passages"])
    require_same_volume(written, parameters["elsewhere"])
    absent = tuple(f"{name}." for name in set(parameters["analyses"]) - set(evidence.analyses()))
    cited = [each for each in written.cited() if each.startswith(absent)]
    require_known(written, [*evidence.metrics, *flattened(parameters["variables"]), *cited])
    pieces = {
        **parameters["narrative"],
        **findings_narrative(findings),
        **placed_words(written, parameters["slots"], evidence.metrics),
        "changes-text": redline_words(evidence),
    }
    shown = {
        **parameters["flags"],
        "changes": changes_flags(evidence),
        "narrative": {name: bool(written.passages.get(name, "").strip()) for name in parameters["slots"]},
    }
    return flags(evidence, findings, shown), pieces


def run_document(run: StageRun) -> None:
    """Assemble the Quarto project of the report."""
    from respml.document.assemble import assemble
    from respml.evidence import read_evidence
    from respml.review.narrative import PASSAGES, passages_document

    evidence = read_evidence(evidence_folders(run.inputs))
    findings = json.loads((run.inputs["checks"] / "findings.json").read_text(encoding="utf-8"))
    shown, pieces = document_words(run.parameters, evidence, findings)
    assemble(
        Path(run.parameters["template_folder"]),
        evidence,
        run.parameters["variables"],
        shown,
        pieces,
        run.folder / PROJECT,
        analyses=tuple(run.parameters["analyses"]),
        font_cache=Path(run.parameters["font_cache"]),
    )
    told = passages_document(Narrative.from_json(run.parameters["passages"]), evidence.metrics)
    (run.folder / PROJECT / PASSAGES).write_text(told, encoding="utf-8")


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
    written: Narrative | None = None,
    changes: Callable[[Mapping[str, Any]], Stage] | None = None,
    signed: str = "",
) -> list[Stage]:
    """The stages ``record``, ``changes``, ``document`` and one for each format.

    ``written`` are people's passages; ``changes`` makes the stage that compares with the version before, given all that
    the text is made of; without it there is no such version; ``signed`` tells who signed that version.
    """
    from respml.document.engines import engine_identity
    from respml.document.words import spec_narrative, spec_variables
    from respml.pipeline.record import run_record
    from respml.pipeline.volume import ANALYSIS as VOLUME
    from respml.pipeline.volume import (
        elsewhere,
        fairness_flags,
        fairness_narrative,
        report_passages,
        separate,
        volume_stages,
        volume_words,
    )

    spec = loaded.spec
    known = {each.name for each in template.analyses}
    inactive = {name: each.reason or "" for name, each in spec.switches.items() if not each.run and name in known}
    engine, version = engine_identity(spec.render.engine)
    variables = spec_variables(spec, template.title, labels) | {"engine": f"{engine} {version}"}
    passages = written or Narrative(spec.narrative, {}, {})
    words = {
        "variables": variables,
        "narrative": {
            **spec_narrative(spec, inactive, labels),
            **registers.narrative(),
            **fairness_narrative(spec, template.folder),
            "signoff-previous": signed,
        },
        "flags": {
            "tier": {spec.model.materiality.tier: True},
            "paper": {spec.render.paper.lower(): True},
            "register": registers.flags(),
            "signed": {"previous": bool(signed)},
            **fairness_flags(spec),
        },
        "analyses": [*(each.name for each in template.analyses), CHANGES, DISCLOSURE],
        "template": template.digest(),
        "passages": report_passages(spec, passages).as_json(),
        "elsewhere": list(elsewhere(spec)),
        "slots": list(slots(template.folder)),
    }
    comparison = [] if changes is None else [changes(words)]
    recorded = ("record", "checks", *(each.name for each in comparison), *analyses)
    stages = [
        Stage(name="record", run=run_record, parameters=record, entry=("respml.pipeline.record",)),
        *comparison,
        disclosure_stage(spec, recorded),
        Stage(
            name="document",
            run=run_document,
            inputs=(DISCLOSURE, *recorded),
            parameters=words,
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
    if "docx" in formats:
        stages.append(word_stage(spec))
    apart = volume_words(words, passages, registers)
    stages += volume_stages(spec, template, apart, formats, font_cache)
    printed = [each.name for each in stages if each.name not in (*recorded, DISCLOSURE)]
    return [*stages, scan_stage(spec, [*printed, *([VOLUME] if separate(spec) else [])])]
