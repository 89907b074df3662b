"""Discrimination testing beside its evidence: the law of the day, and the chapter as a volume of its own.

A separate volume takes everything with it: evidence, checks, findings and files. The report keeps one sentence.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from respml.pipeline.assembling import assemble_project
from respml.pipeline.layout import FINDINGS, PROJECT
from respml.pipeline.rendering import Publication, place_documents, rendering_stages
from respml.pipeline.stage import Stage, StageRun
from respml.pipeline.template import Template
from respml.review.narrative import Narrative
from respml.review.rebuild import Registers
from respml.spec.fairness import VOLUME
from respml.spec.report import ReportSpec

ANALYSIS = FOLDER = VOLUME
"""Also the folder of the volume's files in a run, and of its checks in the stage ``checks``."""

MAIN = "fairness-volume.qmd"
PUBLICATION = Publication("volume", "volume_", "fairness", f"{FOLDER}/{FINDINGS}")


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
    if not separate(spec):
        return []
    return [
        Stage(
            name="volume",
            run=run_volume,
            inputs=("record", "checks", ANALYSIS),
            parameters=dict(words),
            entry=("respml.document.assemble", "respml.pipeline.volume"),
            libraries=("fonttools", "brotli"),
            settings={"template_folder": str(template.folder), "font_cache": str(font_cache)},
        ),
        *rendering_stages(spec, PUBLICATION, formats),
    ]


def run_volume(run: StageRun) -> None:
    """Assemble the volume's project from the chapter's evidence and its own checks."""
    from respml.evidence import read_evidence

    own = run.inputs["checks"] / FOLDER
    evidence = read_evidence(
        [run.inputs["record"], run.inputs["checks"] / "threshold", own / "checks", run.inputs[ANALYSIS] / "evidence"]
    )
    findings = json.loads((own / FINDINGS).read_text(encoding="utf-8"))
    places = {ANALYSIS: f"{FOLDER}/evidence", "checks": f"{FOLDER}/checks"}
    assemble_project(run, evidence, findings, main=MAIN, places=places)


def fill_volume(folder: Path, stages: Mapping[str, Path], notebook: str) -> None:
    """Put the volume beside the report, and all that is behind it in a folder of its own that can be held apart."""
    if "volume" not in stages:
        return
    own = folder / FOLDER
    own.mkdir()
    shutil.copytree(stages[ANALYSIS] / "evidence", own / "evidence")
    shutil.copyfile(stages[ANALYSIS] / notebook, own / f"{ANALYSIS}.ipynb")
    shutil.copytree(stages["checks"] / FOLDER / "checks", own / "checks")
    shutil.copyfile(stages["checks"] / FOLDER / FINDINGS, own / FINDINGS)
    shutil.copytree(stages["volume"] / PROJECT, own / "document")
    place_documents(folder, stages, PUBLICATION)
