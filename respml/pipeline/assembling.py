"""Assembling a Quarto project: evidence, findings and people's words put together for one document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from respml.document.project import MAIN
from respml.pipeline.layout import FINDINGS, PROJECT
from respml.pipeline.stage import StageRun
from respml.review.narrative import Narrative

if TYPE_CHECKING:
    from respml.evidence import Evidence


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


def assemble_project(
    run: StageRun,
    evidence: Evidence,
    findings: list[dict[str, Any]],
    *,
    main: str = MAIN,
    places: Mapping[str, str] | None = None,
) -> None:
    """Leave the project of a document with what its passages were written about, and its twin, in the stage's folder.

    Parameters
    ----------
    run: with the words of the document as parameters.
    evidence, findings: all that the document may show.
    main: the template's main file.
    places: analysis -> where a run keeps its evidence, where that is not its own folder below ``evidence``.
    """
    from respml.document.assemble import assemble
    from respml.evidence.twin import TWIN, metrics_document
    from respml.review.narrative import PASSAGES, passages_document

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
        main=main,
        places=places,
    )
    told = passages_document(Narrative.from_json(run.parameters["passages"]), evidence.metrics)
    (run.folder / PROJECT / PASSAGES).write_text(told, encoding="utf-8")
    (run.folder / TWIN).write_text(metrics_document(evidence), encoding="utf-8")


def run_document(run: StageRun) -> None:
    """Assemble the Quarto project of the report."""
    from respml.evidence import read_evidence

    findings = json.loads((run.inputs["checks"] / FINDINGS).read_text(encoding="utf-8"))
    assemble_project(run, read_evidence(evidence_folders(run.inputs)), findings)
