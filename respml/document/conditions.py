"""Blocks that a document shows or hides by its flags, as ``styles/subset.lua`` resolves them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from respml.document.includes import Line

_FENCE = re.compile(r":{3,}\s*(\{.*\}|[A-Za-z][\w-]*)?\s*")
_CONDITION = re.compile(r'(when|unless)-meta="([^"]+)"')


def fence(line: Line) -> str | None:
    """The attributes of a line that opens a block, empty for one that closes it, nothing for any other line."""
    found = None if line.code else _FENCE.fullmatch(line.text.strip())
    return None if found is None else found[1] or ""


def is_shown(attributes: str, flags: Mapping[str, Any]) -> bool:
    """Whether a block of these attributes stays in the document."""
    holds = True
    for kind, path in _CONDITION.findall(attributes):
        value: Any = flags
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        holds = holds and (bool(value) == (kind == "when"))
    if "content-hidden" in attributes:
        return not holds
    return holds if "content-visible" in attributes else True


def shown_lines(
    lines: Iterable[Line], flags: Mapping[str, Any], stays: Callable[[str, Mapping[str, Any]], bool] = is_shown
) -> Iterator[Line]:
    """The lines outside hidden blocks, with those that open or close a block that stays.

    Parameters
    ----------
    lines: the merged source.
    flags: the metadata of the document.
    stays: whether a block of some attributes is shown, by the flags.
    """
    open_blocks: list[bool] = []
    for line in lines:
        attributes = fence(line)
        if attributes:
            open_blocks.append(stays(attributes, flags))
        if all(open_blocks):
            yield line
        if attributes == "" and open_blocks:
            open_blocks.pop()
