"""The running text of an assembled document as paragraphs by section: what a person reads, tables and figures aside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from respml.document.conditions import fence, is_shown, shown_lines
from respml.document.includes import Line, merged_lines
from respml.document.project import MAIN
from respml.document.variables import VARIABLE, Nested, lookup, read_yaml

NUMBER = "#"
LEFT_OUT = (
    "chapters/changes.qmd",
    "evidence/changes/",
    "evidence/disclosure/",
    "narrative/changes",
    "narrative/text-changes",
    "narrative/findings",
)
"""Files whose text is not compared: the appendix on changes itself with its passage, what is looked for after the
comparison, and findings, which are compared by themselves."""

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*(?:\{([^}]*)\})?\s*")
_IDENTIFIER = re.compile(r"#([A-Za-z][\w-]*)")
_SPAN = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\{[^}]*\}")
_EMPHASIS = re.compile(r"(?<!\\)[*`]+")
_SHORTENED = re.compile(r"\s*The first [\d,]+ of [\d,]+ rows; all are in \S+ of this version's folder\.")
"""How much of a table is printed; the table's own comparison tells its rows."""
_NOT_READ = re.compile(r"#(tbl|fig)-|\.stale-mark\b")
"""Blocks that are no running text: tables, figures, and what is said of a passage's state."""
_PASSAGE = "narrative/text-"
"""Files of people's passages, whose words are theirs and not part of the section they stand behind."""
OWN_WORDS = "in the institution's own words"
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph, list item or heading.

    Attributes
    ----------
    section: anchor of the section it stands in.
    title: heading of that section.
    text: what is printed, markup removed.
    words: the same with every number placed from a metric replaced by ``#``; equal words mean that only numbers differ.
    cites: ids of the metrics it places.
    """

    section: str
    title: str
    text: str
    words: str
    cites: tuple[str, ...] = ()


def document_text(project: Path) -> tuple[Paragraph, ...]:
    """All paragraphs of an assembled project, in order, conditional blocks resolved.

    Parameters
    ----------
    project: a folder that :func:`respml.document.assemble.assemble` or ``assemble_text`` wrote.
    """
    if not (project / MAIN).is_file():
        return ()
    flags = read_yaml(project / "_flags.yml")
    variables = read_yaml(project / "_variables.yml")
    kept = _shown(merged_lines(project, MAIN), flags)
    found: list[Paragraph] = []
    chapter = place = ("document", "")
    for block, own in _blocks(kept):
        heading = _HEADING.fullmatch(block)
        if heading:
            identifier = _IDENTIFIER.search(heading[3] or "")
            title = _plain(heading[2], variables)
            place = (identifier[1] if identifier else f"{place[0].split(':')[0]}:{title}", title)
            chapter = place if heading[1] == "#" else chapter
        section, title = (f"{chapter[0]}:own", f"{chapter[1]}, {OWN_WORDS}") if own else place
        text = title if heading else _plain(block, variables)
        if text:
            cites = tuple(match[1].removeprefix("interval.") for match in VARIABLE.finditer(block))
            words = text if heading else _plain(VARIABLE.sub(NUMBER, block), variables)
            found.append(Paragraph(section, title, text, words, cites))
    return tuple(found)


def _shown(lines: list[Line], flags: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The lines outside hidden blocks, numbered tables, figures and code, and whether each is of a passage."""
    return [
        (
            "" if fence(line) is not None or line.text.startswith(("|", "![")) else line.text,
            line.file.startswith(_PASSAGE),
        )
        for line in shown_lines(lines, flags, _is_read)
        if not line.code and not line.file.startswith(LEFT_OUT)
    ]


def _is_read(attributes: str, flags: Mapping[str, Any]) -> bool:
    return not _NOT_READ.search(attributes) and is_shown(attributes, flags)


def _blocks(lines: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Lines joined to paragraphs; each list item, definition and heading is one of its own, and so is each passage."""
    blocks: list[tuple[str, bool]] = []
    current: list[str] = []
    own = False

    def flush() -> None:
        if current:
            blocks.append((" ".join(current), own))
            current.clear()

    for line, of_passage in lines:
        text = line.strip()
        if of_passage != own:
            flush()
            own = of_passage
        if not text:
            flush()
        elif text.startswith("#") and _HEADING.fullmatch(text):
            flush()
            blocks.append((text, False))
        else:
            if re.match(r"([-*+]|\d+[.)]|:)\s+", text):
                flush()
                text = re.sub(r"^([-*+]|:)\s+", "", text)
            current.append(text)
    flush()
    return blocks


def _plain(markdown: str, variables: Nested) -> str:
    """Markdown of the subset as the characters a reader sees."""
    text = VARIABLE.sub(lambda match: lookup(variables, match[1]) or "n/a", markdown)
    previous = ""
    while previous != text:
        previous, text = text, _SPAN.sub(r"\1", text)
    text = _ESCAPED.sub(r"\1", _EMPHASIS.sub("", text))
    return _SHORTENED.sub("", " ".join(text.replace("\u00a0", " ").split()))
