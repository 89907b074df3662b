"""Comments on sections of a report: one small file each, never overwritten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.review.strays import refuse_strays
from respml.review.yaml_edit import inline, load, read_text

FOLDER = "comments"
LONGEST = 20_000
_SECTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,100}")
_FILE = re.compile(r"(?P<section>.+)-(?P<number>\d+)\.yml")


@dataclass(frozen=True)
class Comment:
    """One comment; ``content`` holds ``section``, ``version``, ``as_of``, ``report_sha256``, ``by`` and ``text``."""

    section: str
    number: int
    content: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A value as text; empty where there is none."""
        value = self.content.get(key)
        return "" if value is None else str(value).strip()


def read_comments(folder: Path) -> tuple[Comment, ...]:
    """All comments, by section and number; empty where there is no folder.

    Raises
    ------
    InputError: for a file of another name, or one that is no mapping with a ``text``.
    """
    refuse_strays(
        folder, lambda path: _FILE.fullmatch(path.name) is not None, "Name it SECTION-NUMBER.yml, or move it."
    )
    found = []
    for path in folder.glob("*.yml"):
        match = _FILE.fullmatch(path.name)
        if match is None:
            continue
        content = load(read_text(path), path.name)
        if not isinstance(content, dict) or not content.get("text"):
            raise InputError("This is no comment: it has no 'text'.", where=path.name, remedy="Restore or remove it.")
        found.append(Comment(match["section"], int(match["number"]), content))
    return tuple(sorted(found, key=lambda each: (each.section, each.number)))


def add_comment(
    folder: Path, section: str, text: str, *, by: str, version: str, as_of: date, report_sha256: str
) -> Path:
    """Write a comment to ``<section>-<n>.yml`` with the first free number and return its file.

    Raises
    ------
    InputError: without text or name, for a text beyond 20,000 characters, or a section that is no id.
    """
    text, by = text.replace("\r\n", "\n").strip(), " ".join(by.split())
    if not text or not by:
        raise InputError("A comment needs a text and a name.", where=section, remedy="Fill in both.")
    if len(text) > LONGEST:
        raise InputError(f"The comment is longer than {LONGEST} characters.", where=section, remedy="Divide it.")
    if not _SECTION.fullmatch(section):
        raise InputError("This is no section of the report.", remedy="Choose one from the list.")
    facts = {"section": section, "version": version, "as_of": as_of, "report_sha256": report_sha256, "by": by}
    written = "".join(f"{key}: {inline(value)}\n" for key, value in {**facts, "text": text}.items())
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((each.number for each in read_comments(folder) if each.section == section), default=0)
    while True:
        path = folder / f"{section}-{number}.yml"
        try:
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(written)
        except FileExistsError:
            number += 1
        else:
            return path
