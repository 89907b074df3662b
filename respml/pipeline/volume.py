"""Discrimination testing beside its evidence: the law of the day, and the chapter as a volume of its own.

A separate volume takes everything with it: evidence, checks, findings and files. The report keeps one sentence.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from respml.pipeline.stage import Stage, StageRun
from respml.pipeline.template import Template
from respml.pipeline.word_stage import word_stage
from respml.review.narrative import Narrative
from respml.review.rebuild import Registers
from respml.spec.fairness import VOLUME
from respml.spec.report import ReportSpec

ANALYSIS = FOLDER = VOLUME
"""Also the folder of the volume's files in a run, and of its checks in the stage ``checks``."""

MAIN = "fairness-volume.qmd"
SCREEN = "fairness.html"
PAPER = "fairness.pdf"
WORD = "fairness.docx"
_PROJECT = "project"


def separate(spec: ReportSpec) -> bool:
    """Whether the chapter is a document of its own, and nothing of it may stand in the report."""
    return spec.fairness.volume == "separate" and spec.fairness.why_not(spec.data) is None


def bound_analyses(spec: ReportSpec, analyses: tuple[str, ...]) -> tuple[str, ...]:
    """The analyses whose evidence the report may show."""
    return tuple(name for name in analyses if name != ANALYSIS or not separate(spec))


def fairness_flags(spec: ReportSpec) -> dict[str, Any]:
    """Flags for the template's conditional blocks."""
    return {"volume": {"separate": separate(spec)}}


def fairness_narrative(spec: ReportSpec, template_folder: Path) -> dict[str, str]:
    """The law as pieces of narrative, from the template's dated profiles, and where the chapter is printed."""
    from respml.checks.register import threshold_register
    from respml.document.jurisdictions import jurisdiction_narrative, read_profiles
    from respml.document.markdown import escape

    limit = threshold_register(spec.thresholds)["air_flag"].value
    law = jurisdiction_narrative(read_profiles(template_folder), spec.model.jurisdictions, spec.model.as_of, limit)
    where = f"Discrimination testing is documented under separate cover. Reason: {spec.fairness.reason}"
    return {**law, "fairness-volume": escape(where) + "\n"}


def report_passages(spec: ReportSpec, written: Narrative) -> Narrative:
    """People's passages as far as the report may show them."""
    return written.without(ANALYSIS) if separate(spec) else written


def elsewhere(spec: ReportSpec) -> tuple[str, ...]:
    """The analyses whose results no passage of the report may cite."""
    return (ANALYSIS,) if separate(spec) else ()


def volume_words(words: Mapping[str, Any], written: Narrative, registers: Registers) -> dict[str, Any]:
    """What the volume's text is made of: the report's words, its own passage, its own findings.

    Parameters
    ----------
    words: what the report's own text is made of.
    written: all of people's passages.
    registers: as the build will leave them.
    """
    variables, flags = words["variables"], words["flags"]
    document = {**variables["document"], "subtitle": "Discrimination testing, a volume of its own"}
    return {
        **words,
        "variables": {**variables, "document": document},
        "narrative": {**words["narrative"], **registers.volume_narrative()},
        "flags": {**flags, "volume": {"separate": False}, "register": registers.volume_flags()},
        "passages": written.apart(ANALYSIS).as_json(),
        "elsewhere": [name for name in words["analyses"] if name != ANALYSIS],
    }


def volume_stages(
    spec: ReportSpec, template: Template, words: Mapping[str, Any], formats: tuple[str, ...], font_cache: Path
) -> list[Stage]:
    """The stages of a separate volume: its project, and one for each format; none where the chapter is bound.

    Parameters
    ----------
    words: what the volume's text is made of (:func:`volume_words`).
    """
    from respml.document.engines import engine_identity

    if not separate(spec):
        return []
    engine, version = engine_identity(spec.render.engine)
    render = {"engine": engine, "version": version}
    stages = [
        Stage(
            name="volume",
            run=run_volume,
            inputs=("record", "checks", ANALYSIS),
            parameters=dict(words),
            entry=("respml.document.assemble", "respml.pipeline.publishing", "respml.pipeline.volume"),
            libraries=("fonttools", "brotli"),
            settings={"template_folder": str(template.folder), "font_cache": str(font_cache)},
        )
    ]
    if "html" in formats:
        stages.append(
            Stage(
                "volume_screen", run_volume_screen, ("volume",), parameters=render, entry=("respml.document.engines",)
            )
        )
    if "pdf" in formats:
        paper = {
            **render,
            "variant": spec.render.pdf_variant,
            "as_of": spec.model.as_of.isoformat(),
            "title": spec.model.name,
        }
        stages.append(
            Stage(
                "volume_paper",
                run_volume_paper,
                ("volume", "checks"),
                parameters=paper,
                entry=("respml.document.engines", "respml.document.pdf"),
                libraries=("weasyprint", "pydyf"),
            )
        )
    if "docx" in formats:
        stages.append(word_stage(spec, name="volume_word", document="volume", file=WORD))
    return stages


def run_volume(run: StageRun) -> None:
    """Assemble the volume's project from the chapter's evidence and its own checks."""
    from respml.document.assemble import assemble
    from respml.evidence import read_evidence
    from respml.pipeline.layout import FINDINGS
    from respml.pipeline.publishing import document_words
    from respml.review.narrative import PASSAGES, passages_document

    own = run.inputs["checks"] / FOLDER
    evidence = read_evidence(
        [run.inputs["record"], run.inputs["checks"] / "threshold", own / "checks", run.inputs[ANALYSIS] / "evidence"]
    )
    findings = json.loads((own / FINDINGS).read_text(encoding="utf-8"))
    flags, narrative = document_words(run.parameters, evidence, findings)
    assemble(
        Path(run.parameters["template_folder"]),
        evidence,
        run.parameters["variables"],
        flags,
        narrative,
        run.folder / _PROJECT,
        analyses=tuple(run.parameters["analyses"]),
        font_cache=Path(run.parameters["font_cache"]),
        main=MAIN,
        places={ANALYSIS: f"{FOLDER}/evidence", "checks": f"{FOLDER}/checks"},
    )
    told = passages_document(Narrative.from_json(run.parameters["passages"]), evidence.metrics)
    (run.folder / _PROJECT / PASSAGES).write_text(told, encoding="utf-8")


def run_volume_screen(run: StageRun) -> None:
    """Render the volume for the screen."""
    from respml.document.engines import render_html

    project = _own_copy(run)
    shutil.move(render_html(project, profile="screen", engine=run.parameters["engine"]), run.folder / SCREEN)
    shutil.rmtree(project)


def run_volume_paper(run: StageRun) -> None:
    """Render the volume as PDF, with its own numbers and checks attached."""
    from respml.document.engines import render_html
    from respml.document.pdf import Attached, write_pdf
    from respml.pipeline.layout import FINDINGS

    project = _own_copy(run)
    rendered = render_html(project, profile="print", engine=run.parameters["engine"])
    write_pdf(
        rendered,
        run.folder / PAPER,
        variant=run.parameters["variant"],
        attachments=[
            Attached(project / "metrics.json", "Every number of this document with interval, n and source"),
            Attached(run.inputs["checks"] / FOLDER / FINDINGS, "Every check, its state and what it saw", "Supplement"),
        ],
        as_of=date.fromisoformat(run.parameters["as_of"]),
        title=run.parameters["title"],
    )
    shutil.rmtree(project)


def fill_volume(folder: Path, stages: Mapping[str, Path], notebook: str) -> None:
    """Put the volume beside the report, and all that is behind it in a folder of its own that can be held apart."""
    from respml.pipeline.layout import FINDINGS

    if "volume" not in stages:
        return
    own = folder / FOLDER
    own.mkdir()
    shutil.copytree(stages[ANALYSIS] / "evidence", own / "evidence")
    shutil.copyfile(stages[ANALYSIS] / notebook, own / f"{ANALYSIS}.ipynb")
    shutil.copytree(stages["checks"] / FOLDER / "checks", own / "checks")
    shutil.copyfile(stages["checks"] / FOLDER / FINDINGS, own / FINDINGS)
    shutil.copytree(stages["volume"] / _PROJECT, own / "document")
    for stage, name in (("volume_screen", SCREEN), ("volume_paper", PAPER), ("volume_word", WORD)):
        if stage in stages:
            shutil.copyfile(stages[stage] / name, folder / name)


def _own_copy(run: StageRun) -> Path:
    """The assembled project, copied: rendering writes into it and the store's folders are read only."""
    project = run.folder / _PROJECT
    shutil.copytree(run.inputs["volume"] / _PROJECT, project)
    return project
