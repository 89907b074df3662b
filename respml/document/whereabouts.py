"""Where a document shows its evidence, so that the matrix of requirements can link to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from respml.document.conditions import shown_lines
from respml.document.includes import merged_lines
from respml.document.markdown import Linked, anchor
from respml.document.project import MAIN
from respml.document.variables import read_yaml, used_variables

DECISION_SHEET = "sec-decision"
_HEADING = re.compile(r"#{1,6}\s.*\{[^}]*#([A-Za-z][\w-]*)[^}]*\}\s*")
_FLOAT = re.compile(r"\{#((?:tbl|fig)-[\w-]+)")
_PIECE = re.compile(r"(chapters|evidence|narrative)/(.+)\.qmd")
_PIECES = {"spec:model.history": "narrative/versions", "checks.findings": "narrative/findings"}


def anchors(project: Path) -> dict[str, str]:
    """Anchor by what is shown there, conditional blocks resolved.

    Keys are ``tbl-…`` and ``fig-…`` (their own anchors), ids of metrics, variables and statements and
    ``narrative/<name>`` (the section in which they are first placed, page one only where they are nowhere else), and
    names of analyses with a chapter of their own.

    Parameters
    ----------
    project: a folder that :func:`respml.document.assemble.assemble_text` wrote.
    """
    found: dict[str, str] = {}
    section = DECISION_SHEET
    for line in shown_lines(merged_lines(project, MAIN), read_yaml(project / "_flags.yml")):
        kind, name = match.groups() if (match := _PIECE.fullmatch(line.file)) else ("", "")
        if heading := _HEADING.fullmatch(line.text):
            section = heading[1]
            if kind == "chapters":
                found.setdefault(name, section)
        keys = [variable.removeprefix("interval.") for variable, _ in used_variables([line])]
        if line.text.strip() and kind in ("evidence", "narrative"):
            keys.append(name.replace("/", ".") if kind == "evidence" else f"narrative/{name}")
        for key in keys:
            if found.get(key, DECISION_SHEET) == DECISION_SHEET:
                found[key] = section
        found.update({each: each for each in _FLOAT.findall(line.text)})
    return found


def linked(references: str, places: Mapping[str, str]) -> Linked:
    """What a requirement names, each with the anchor that shows it, or none.

    Parameters
    ----------
    references: as the matrix prints them, parted by commas.
    places: from :func:`anchors`.
    """
    names = references.split(", ") if references else []
    return Linked(tuple((name, next(filter(None, map(places.get, _keys(name))), "")) for name in names))


def _keys(reference: str) -> Iterator[str]:
    """Under what a reference may be found, the narrowest first: evidence, a register, a field of the spec."""
    yield from (f"tbl-{anchor(reference)}", f"fig-{anchor(reference)}", reference, _PIECES.get(reference, ""))
    if reference.startswith("review."):
        kept = reference.removeprefix("review.")
        yield f"narrative/{'findings' if kept == 'answers' else kept}-register"
    if reference == "review.independence":
        reference = "spec:model.validator.name"
    if reference.startswith("spec:"):
        field = reference.removesuffix(".name").rpartition(".")[2]
        yield from (f"model.{field}", f"narrative/{field}", f"narrative/{field}-register")
