"""Assembling: template + evidence + words of the spec = a Quarto project that renders by hand."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from respml.document.fonts import write_fonts
from respml.document.fragments import copy_drawings, fragment_path, fragments, table_fragment
from respml.document.markdown import escape
from respml.document.project import MAIN
from respml.document.variables import Nested, dump_yaml, literal_variables, lookup, metric_variables, put
from respml.document.whereabouts import anchors, linked
from respml.errors import RenderError
from respml.evidence import Evidence

PROJECT_FILES = ("_quarto.yml", "_quarto-print.yml", MAIN, "references.bib")
PROJECT_FOLDERS = ("chapters", "styles")
METRICS = "metrics.json"
MATRIX = "traceability.matrix"
NOT_AVAILABLE = "n/a"
NOTHING_TO_SAY = "nothing_to_say"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_INCLUDE = re.compile(r"\{\{<\s*include\s+/?(evidence/([a-z0-9_]+)/[^\s>]+\.qmd)\s*>\}\}")
_VAR = re.compile(r"\{\{<\s*var\s+((?:interval\.)?([a-z0-9_]+)\.[^\s>]+)\s*>\}\}")


def assemble(
    template_folder: Path,
    evidence: Evidence,
    extra_variables: Nested,
    flags: Nested,
    narrative: Mapping[str, str],
    destination: Path,
    *,
    analyses: tuple[str, ...] = (),
    font_cache: Path | None = None,
    main: str = MAIN,
    places: Mapping[str, str] | None = None,
) -> Path:
    """Write the project of one document and return its folder.

    Parameters
    ----------
    template_folder: ``_quarto.yml``, ``report.qmd``, ``chapters/``, ``styles/``, ``references.bib``.
    evidence: what the analyses left; becomes ``/evidence/<analysis>/<slug>.qmd`` and ``_variables.yml``.
    extra_variables: nested plain texts of the spec, escaped here. The group ``document`` (``title``, ``subtitle``,
        ``date``, ``model``, ``version``, ``classification``, ``lang``) also becomes the metadata of the document.
    flags: nested true or false for ``when-meta="flags.…"``; ``flags.ended.<name>`` (it found nothing to answer and left
        the statement ``nothing_to_say``) and ``flags.analysis.<name>`` (it left what its chapter needs) are added.
    narrative: Markdown by name, written to ``/narrative/<name>.qmd``; made with :mod:`respml.document.markdown`.
    destination: folder to write; it must not exist or be empty.
    analyses: all analyses the template knows. Where one left no evidence, what the chapters include of it becomes
        empty and what they cite of it ``n/a``, so that the chapter needs only one flag to say so.
    font_cache: folder that keeps subset fonts between runs.
    main: the template's file that becomes ``report.qmd``.
    places: analysis → folder of its files in the version's folder, where that is not ``evidence/<analysis>``.

    Raises
    ------
    RenderError: when the template is incomplete, the destination is in use, or two variables collide.
    """
    assemble_text(
        template_folder,
        evidence,
        extra_variables,
        flags,
        narrative,
        destination,
        analyses=analyses,
        main=main,
        places=places,
    )
    _link_matrix(destination, evidence, places)
    copy_drawings(evidence, destination)
    write_fonts(destination / "styles", font_cache)
    return destination


def assemble_text(
    template_folder: Path,
    evidence: Evidence,
    extra_variables: Nested,
    flags: Nested,
    narrative: Mapping[str, str],
    destination: Path,
    *,
    analyses: tuple[str, ...] = (),
    main: str = MAIN,
    places: Mapping[str, str] | None = None,
) -> None:
    """The project without drawings and fonts: all that is needed to read its text. Parameters as :func:`assemble`."""
    _require_empty(destination)
    _copy_template(template_folder, destination, main)
    for fragment in fragments(evidence, places):
        _write(destination / fragment.path, fragment.text)
    for name, text in sorted(narrative.items()):
        _write(destination / "narrative" / f"{name}.qmd", text.rstrip("\n") + "\n")
    metrics = metric_variables(evidence)
    clash = sorted(set(extra_variables) & set(metrics))
    if clash:
        raise RenderError(f"The variables '{clash[0]}' are both the spec's and an analysis's.", remedy="Rename one.")
    variables = {**literal_variables(extra_variables), **metrics}
    ended = {name for name in evidence.analyses() if f"{name}.{NOTHING_TO_SAY}" in evidence.statements}
    present = set(evidence.analyses()) - ended
    _stand_in(destination, set(analyses) - present, variables)
    _write(destination / "_variables.yml", dump_yaml(variables))
    names = sorted({*analyses, *evidence.analyses()})
    known = {name: name in present for name in names}
    merged: dict[str, Any] = {
        **flags,
        "analysis": {**known, **flags.get("analysis", {})},
        "ended": {name: name in ended for name in names},
    }
    _write(destination / "_flags.yml", dump_yaml({"flags": merged}))
    _write(destination / "_document.yml", dump_yaml(_metadata(extra_variables.get("document", {}))))
    _write(destination / METRICS, _metrics_json(evidence))


def _link_matrix(project: Path, evidence: Evidence, places: Mapping[str, str] | None) -> None:
    """Print the matrix of requirements again, its evidence linked to where the assembled document shows it."""
    if MATRIX in evidence.tables:
        found = anchors(project)
        text = table_fragment(evidence, evidence.tables[MATRIX], places, {"present": lambda cell: linked(cell, found)})
        _write(project / fragment_path(MATRIX), text)


def _require_empty(destination: Path) -> None:
    if destination.exists() and any(destination.iterdir()):
        raise RenderError("The folder for the document is in use.", where=destination.name, remedy="Remove it first.")
    destination.mkdir(parents=True, exist_ok=True)


def _copy_template(template: Path, destination: Path, main: str) -> None:
    for name in PROJECT_FILES:
        source = template / (main if name == MAIN else name)
        if not source.is_file():
            raise RenderError(f"The template has no {source.name}.", where=template.name)
        shutil.copyfile(source, destination / name)
    for name in PROJECT_FOLDERS:
        if (template / name).is_dir():
            shutil.copytree(template / name, destination / name, ignore=shutil.ignore_patterns(".*", "__pycache__"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _stand_in(project: Path, absent: set[str], variables: dict[str, Any]) -> None:
    """Empty fragments and ``n/a`` for all that the text takes from analyses that left nothing, or only a reason."""
    for chapter in sorted(project.rglob("*.qmd")):
        text = chapter.read_text(encoding="utf-8")
        for match in _INCLUDE.finditer(text):
            path = project / match[1]
            if match[2] in absent or path.stem == NOTHING_TO_SAY:
                _write(path, path.read_text(encoding="utf-8") if path.is_file() else "")
        for match in _VAR.finditer(text):
            if match[2] in absent and lookup(variables, match[1]) is None:
                put(variables, match[1], escape(NOT_AVAILABLE))


def _metadata(document: Mapping[str, Any]) -> dict[str, Any]:
    """Title and running heads, as Pandoc metadata; values are read as Markdown, so they are escaped.

    Only ``title``, ``subtitle`` and ``lang`` keep their names: Quarto would print ``date`` its own way.
    """
    lang = str(document.get("lang") or "en")
    metadata: dict[str, Any] = {"lang": lang if _LANGUAGE.fullmatch(lang) else "en"}
    for key, value in document.items():
        if key != "lang" and value is not None:
            metadata[key if key in ("title", "subtitle") else f"document-{key}"] = escape(value)
    return metadata


def _metrics_json(evidence: Evidence) -> str:
    """What the screen document tells about a number: the printed form, interval, n, method, partition, source."""
    entries = {
        id: {
            "text": metric.text_with_interval,
            "n": metric.n,
            "method": metric.method,
            "partition": metric.partition,
            "source": metric.source,
            "note": metric.note,
        }
        for id, metric in evidence.metrics.items()
    }
    return json.dumps(entries, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
