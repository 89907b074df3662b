"""The Quarto engine: runs ``quarto render`` and fails on what Quarto only warns about."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import quarto

from respml.document.includes import Line, merged_lines, require_images, require_resolved
from respml.document.project import MAIN, Project
from respml.document.variables import lookup, read_yaml, used_variables
from respml.errors import RenderError

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SERIOUS = re.compile(r"\bWARN(ING)?\b|\bERROR\b|not found|Could not fetch|Unable to", re.IGNORECASE)
_TIME_LIMIT = 300
_JOINER = "\u2060"
_TAG = re.compile(r'<[a-z][a-z0-9]*(?:\s+[^\s"<>/=]+(?:="[^"]*")?)+')
_FIGURE = re.compile(
    r'<div id="(fig-[A-Za-z0-9-]+)" class="[^"]*quarto-float[^>]*>\s*<figure[^>]*>\s*<div aria-describedby[^>]*>'
    r"\s*(.*?)\s*</div>\s*<figcaption[^>]*>\s*(.*?)\s*</figcaption>\s*</figure>\s*</div>",
    re.DOTALL,
)
_TABLE = re.compile(
    r'<div id="(tbl-[A-Za-z0-9-]+)" class="[^"]*quarto-float[^>]*>\s*<figure[^>]*>\s*<figcaption[^>]*>\s*(.*?)\s*'
    r"</figcaption>\s*<div aria-describedby[^>]*>\s*(<table[^>]*>)(.*?</table>)\s*</div>\s*</figure>\s*</div>",
    re.DOTALL,
)


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
    require_images(project.folder, lines)
    tree = read_yaml(project.folder / "_variables.yml")
    for id, place in used_variables(lines):
        if lookup(tree, id) is None:
            raise RenderError(f"There is no variable '{id}'.", where=place, remedy="Check the id against metrics.json.")
    project.output.unlink(missing_ok=True)
    environment = {**os.environ, "NO_COLOR": "1"}
    command = [quarto_path() or "quarto", "render", MAIN, "--to", "html", "--profile", project.profile]
    try:
        result = subprocess.run(
            command, capture_output=True, cwd=project.folder, env=environment, timeout=_TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"Quarto did not end within {_TIME_LIMIT} seconds.", where=MAIN) from error
    finally:
        shutil.rmtree(project.folder / ".quarto", ignore_errors=True)
    _require_clean(result, lines)
    return normalised(_output(project).read_text(encoding="utf-8"))


def normalised(html: str) -> str:
    """Quarto's figures and tables as Pandoc writes them: one element, one caption, no ids by chance; text as it was.

    ``styles/subset.lua`` puts word joiners into what Quarto would take for its own; no text of ours has any. Quarto
    leaves angle brackets in attributes, where Pandoc, and whatever reads tags up to the next bracket, has entities.
    """
    html = _TAG.sub(lambda tag: "<" + tag[0][1:].replace("<", "&lt;").replace(">", "&gt;"), html)
    html = _FIGURE.sub(r'<figure id="\1">\n\2\n<figcaption>\3</figcaption>\n</figure>', html)
    html = _TABLE.sub(r'<div id="\1">\n\3\n<caption>\2</caption>\4\n</div>', html)
    return html.replace('src="./', 'src="').replace(_JOINER, "")


def _output(project: Project) -> Path:
    if not project.output.is_file():
        raise RenderError(f"Quarto left no {project.output.name}.", where="_quarto.yml", remedy="Check output-file.")
    return project.output


def _require_clean(result: subprocess.CompletedProcess[bytes], lines: list[Line]) -> None:
    messages = [_COLOUR.sub("", each).strip() for each in result.stderr.decode(errors="replace").splitlines()]
    require_resolved(messages, lines)
    serious = [each for each in messages if _SERIOUS.search(each)]
    if serious or result.returncode != 0:
        said = " ".join(serious or messages[-5:])
        raise RenderError(f"Quarto could not render the document: {said[:600]}", where=MAIN)
