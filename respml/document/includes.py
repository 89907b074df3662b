"""The text of a Quarto project as one stream of lines that remember where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from respml.errors import RenderError

_INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(\S+?)\s*>\}\}\s*$")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
IMAGE = re.compile(r"!\[[^\n]*?\]\((/?[^)\s]+)\)(?=\{|\s|$)")
_DEEPEST = 8
_PROBLEM = re.compile(r"\[respml\] (.+?) (\S+)$")
_UNRESOLVED = re.compile(r"Unable to resolve crossref @(\S+)")
_CITATION = re.compile(r"Citeproc: citation (\S+) not found")


@dataclass(frozen=True)
class Line:
    """One line of the merged source; ``code`` tells whether it lies inside a fenced code block."""

    text: str
    file: str
    number: int
    code: bool = False

    @property
    def place(self) -> str:
        """File and line as printed in errors."""
        return f"{self.file}:{self.number}"


def merged_lines(project: Path, main: str) -> list[Line]:
    """All lines of a document with its includes in place.

    Paths with a leading ``/`` start at the project root. The main file may name files beside it without one; in an
    included file a path without ``/`` is refused, because Quarto resolves it in a way that surprises.

    Raises
    ------
    RenderError: naming file and line, for a missing file, a path out of the project, or a circle of includes.
    """
    return list(_lines(project, main, ()))


def _lines(project: Path, relative: str, ancestors: tuple[str, ...]) -> Iterator[Line]:
    fence = ""
    text = (project / relative).read_text(encoding="utf-8")
    if ancestors:
        # an included file stands alone: its last paragraph never runs into the next file's first
        text = "\n" + text.rstrip("\n") + "\n\n"
    for number, content in enumerate(text.splitlines(), start=0 if ancestors else 1):
        marker = _FENCE.match(content)
        if marker and (not fence or marker[1].startswith(fence)):
            fence = "" if fence else marker[1]
            yield Line(content, relative, number, code=True)
            continue
        include = None if fence else _INCLUDE.match(content)
        if include is None:
            yield Line(content, relative, number, code=bool(fence))
            continue
        target = _resolve(project, include[1], f"{relative}:{number}", nested=bool(ancestors))
        if target in (*ancestors, relative) or len(ancestors) >= _DEEPEST:
            raise RenderError(f"The include of {target} never ends.", where=f"{relative}:{number}")
        yield from _lines(project, target, (*ancestors, relative))


def _resolve(project: Path, path: str, place: str, *, nested: bool) -> str:
    if nested and not path.startswith("/"):
        raise RenderError(
            f"The include of '{path}' is relative.", where=place, remedy=f"Write /{path}, from the project's root."
        )
    target = (project / path.lstrip("/")).resolve()
    if not target.is_relative_to(project.resolve()):
        raise RenderError(f"The include of '{path}' leaves the project.", where=place)
    if not target.is_file():
        raise RenderError(f"There is no file '{path}' to include.", where=place, remedy="Check the path.")
    return target.relative_to(project.resolve()).as_posix()


def first_place(lines: list[Line], piece: str) -> str:
    """Where a piece of text is first mentioned, as ``file:line``; empty when it is nowhere."""
    pattern = re.compile(re.escape(piece) + r"(?![A-Za-z0-9_-])")
    return next((line.place for line in lines if pattern.search(line.text)), "")


def require_resolved(messages: Iterable[str], lines: list[Line]) -> None:
    """No message of an engine tells of a reference or citation without a target.

    Parameters
    ----------
    messages: what the engine wrote, a line each; our own filters begin theirs with ``[respml]``.
    lines: the merged source, by which the place is found.

    Raises
    ------
    RenderError: naming file and line of the first.
    """
    for message in messages:
        if match := _PROBLEM.search(message):
            raise RenderError(f"There is a {match[1]}: '{match[2]}'.", where=first_place(lines, match[2]))
        if match := _UNRESOLVED.search(message):
            raise RenderError(f"There is an unresolved reference: '{match[1]}'.", where=first_place(lines, match[1]))
        if match := _CITATION.search(message):
            raise RenderError(
                f"There is no reference '{match[1]}' in the bibliography.", where=first_place(lines, "@" + match[1])
            )


def require_images(project: Path, lines: list[Line]) -> None:
    """Every image is a file of the project.

    Raises
    ------
    RenderError: naming file and line of the first that is not.
    """
    for line in lines:
        if line.code or "![" not in line.text:
            continue
        for match in IMAGE.finditer(line.text):
            target = (project / match[1].lstrip("/")).resolve()
            if "://" in match[1] or not target.is_relative_to(project.resolve()) or not target.is_file():
                raise RenderError(f"There is no image '{match[1]}' in the project.", where=line.place)
