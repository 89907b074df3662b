"""The Quarto engine: runs ``quarto render`` and fails on what Quarto only warns about."""

from __future__ import annotations

import os
import re
import subprocess
from functools import lru_cache
from pathlib import Path

import quarto

from respml.document.includes import Line, first_place, merged_lines
from respml.document.project import MAIN, Project
from respml.document.variables import read_yaml, used_variables, lookup
from respml.errors import RenderError

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_UNRESOLVED = re.compile(r"Unable to resolve crossref @(\S+)")
_CITATION = re.compile(r"Citeproc: citation (\S+) not found")
_PROBLEM = re.compile(r"\[respml\] (.+?) (\S+)$")
_SERIOUS = re.compile(r"\bWARN(ING)?\b|\bERROR\b|not found|Could not fetch|Unable to", re.IGNORECASE)
_TIME_LIMIT = 300


def quarto_path() -> str | None:
    """The ``quarto`` command, or nothing."""
    found = quarto.path()
    return str(found) if found else None


@lru_cache(maxsize=1)
def quarto_version() -> str:
    """Version of Quarto, for the colophon."""
    result = subprocess.run([quarto_path() or "quarto", "--version"], capture_output=True, text=True, check=False)
    return result.stdout.strip()


def render(project: Project) -> str:
    """The document as HTML, before :mod:`respml.document.finish` has made it one file.

    Raises
    ------
    RenderError: for anything unresolved or missing, with Quarto's own words and, where known, file and line.
    """
    lines = merged_lines(project.folder, MAIN)
    tree = read_yaml(project.folder / "_variables.yml")
    for id, place in used_variables(lines):
        if lookup(tree, id) is None:
            raise RenderError(
                f"There is no variable '{id}'.", where=place, remedy="Check the id against metrics.json."
            )
    project.output.unlink(missing_ok=True)
    environment = {**os.environ, "NO_COLOR": "1"}
    command = [quarto_path() or "quarto", "render", MAIN, "--to", "html", "--profile", project.profile]
    try:
        result = subprocess.run(
            command, capture_output=True, cwd=project.folder, env=environment, timeout=_TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"Quarto did not end within {_TIME_LIMIT} seconds.", where=MAIN) from error
    _require_clean(result, lines)
    output = _output(project)
    return output.read_text(encoding="utf-8")


def _output(project: Project) -> Path:
    if not project.output.is_file():
        raise RenderError(f"Quarto left no {project.output.name}.", where="_quarto.yml", remedy="Check output-file.")
    return project.output


def _require_clean(result: subprocess.CompletedProcess[bytes], lines: list[Line]) -> None:
    messages = [_COLOUR.sub("", each).strip() for each in result.stderr.decode(errors="replace").splitlines()]
    for message in messages:
        if match := _PROBLEM.search(message):
            raise RenderError(f"There is a {match[1]}: '{match[2]}'.", where=first_place(lines, match[2]))
        if match := _UNRESOLVED.search(message):
            raise RenderError(f"There is an unresolved reference: '{match[1]}'.", where=first_place(lines, match[1]))
        if match := _CITATION.search(message):
            raise RenderError(
                f"There is no reference '{match[1]}' in the bibliography.", where=first_place(lines, "@" + match[1])
            )
    serious = [each for each in messages if _SERIOUS.search(each)]
    if serious or result.returncode != 0:
        said = " ".join(serious or messages[-5:])
        raise RenderError(f"Quarto could not render the document: {said[:600]}", where=MAIN)
