"""Files beside the spec that look like a person's words and would be read by nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from respml.errors import InputError

_LEFT_BY_EDITORS = ("~", ".bak", ".orig", ".tmp", ".swp")


def refuse_strays(folder: Path, is_read: Callable[[Path], bool], remedy: str) -> None:
    """Refuse a folder of people's words that holds a file which is read nowhere; hidden files are nobody's words.

    Parameters
    ----------
    folder: of passages, findings, registers or comments; it need not exist.
    is_read: whether a file is one of those that are read.
    remedy: how a file must be called.

    Raises
    ------
    InputError: naming the first.
    """
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = path.relative_to(folder)
        if any(part.startswith(".") for part in name.parts) or path.name.endswith(_LEFT_BY_EDITORS):
            continue
        if path.is_file() and not (path.parent == folder and is_read(path)):
            raise InputError(
                "This file is not read, so what is written in it would be printed nowhere.",
                where=f"{folder.name}/{name.as_posix()}",
                remedy=remedy,
            )
