"""Where a word on paper may break: a page does not scroll, and a word wider than its room pushes the rest off it."""

from __future__ import annotations

import re

IN_CELLS = 24
IN_TEXT = 60
PIECE = 12
_TAG = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"</?([a-zA-Z0-9]+)")
_UNIT = r"(?:&#?\w+;|[^\s<>&])"
_CELL = re.compile(f"{_UNIT}{{{IN_CELLS + 1},}}")
_TEXT = re.compile(f"{_UNIT}{{{IN_TEXT + 1},}}")
# A piece ends behind a mark that parts names of columns, else after PIECE characters.
_PIECE = re.compile(rf"{_UNIT}{{0,{PIECE - 1}}}?[_\-./,;:](?={_UNIT}{{3}})|{_UNIT}{{{PIECE}}}(?={_UNIT}{{3}})")
_LEFT_ALONE = frozenset({"script", "style", "svg"})


def breakable(html: str) -> str:
    """The document with ``<wbr>`` in long words of its body: in table cells beyond 24 characters, elsewhere beyond 60.

    The text itself stays as it is, since the element holds none.
    """
    start = html.find("<body")
    parts = _TAG.split(html[max(start, 0) :])
    cells = alone = 0
    for index, part in enumerate(parts):
        if index % 2:
            found = _NAME.match(part)
            step = -1 if part.startswith("</") else 1
            name = found[1].lower() if found else ""
            cells += step if name in ("td", "th") else 0
            alone += step if name in _LEFT_ALONE else 0
        elif part and not alone:
            parts[index] = (_CELL if cells else _TEXT).sub(_broken, part)
    return html[: max(start, 0)] + "".join(parts)


def _broken(word: re.Match[str]) -> str:
    return _PIECE.sub(lambda piece: piece[0] + "<wbr>", word[0])
