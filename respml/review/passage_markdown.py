"""A person's passage as Markdown of the template: paragraphs, lists, emphasis, cited results; no other markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from respml.document.markdown import escape
from respml.errors import InputError

_INLINE = re.compile(
    r"(?P<escaped>\\[!-/:-@\[-`{-~])"
    r"|\{\{<\s*var\s+(?P<var>[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)\s*>\}\}"
    r"|(?P<shortcode>\{\{[<%])"
    r"|\*\*(?=\S)(?P<strong>.+?)(?<=\S)\*\*"
    r"|\*(?=\S)(?P<stressed>[^*]+?)(?<=\S)\*"
    r"|(?<!\w)_(?=\S)(?P<slanted>[^_]+?)(?<=\S)_(?!\w)"
    r"|`(?P<name>[^`]+)`"
)
_ITEM = re.compile(r"(?P<indent>\s*)(?P<mark>[-*+]|\d{1,3}[.)])\s+(?P<text>\S.*)")
_HEADING = re.compile(r"#{1,6}\s")
_DEEPEST = 2


def passage_markdown(text: str, where: str) -> str:
    """The passage as Markdown that both engines read alike.

    Parameters
    ----------
    text: what a person wrote. Blank lines part paragraphs; ``-``, ``*``, ``+`` and ``1.`` make lists, indented ones a
        list within; ``**strong**``, ``*stressed*``, ``_stressed_`` and ``{{< var id >}}`` are kept. Everything
        else, also HTML, is printed as it stands.
    where: the file, for errors.

    Raises
    ------
    InputError: for a heading or a shortcode other than ``var``, naming file and line.
    """
    blocks: list[str] = []
    for block in _blocks(text, where):
        items = _ITEM.match(block[0][1])
        blocks.append(
            _list(block, where) if items else " ".join(_inline(line, where, number) for number, line in block)
        )
    return "\n\n".join(blocks) + "\n" if blocks else ""


def cited(text: str) -> tuple[str, ...]:
    """The ids a passage places, without ``interval.``, each once, in order."""
    found = [match["var"].removeprefix("interval.") for match in _INLINE_VARS(text)]
    return tuple(dict.fromkeys(found))


def places(text: str) -> Iterator[tuple[str, int]]:
    """Every variable as written, with its line."""
    for number, line in enumerate(text.splitlines(), start=1):
        for match in _INLINE_VARS(line):
            yield match["var"], number


def without_variables(text: str) -> str:
    """The passage without what it places: what is left may hold literal numbers."""
    return _VAR.sub(" ", text)


_VAR = re.compile(r"\{\{<\s*var\s+(?P<var>[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)\s*>\}\}")
_INLINE_VARS = _VAR.finditer


def _blocks(text: str, where: str) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines between blank ones, with their numbers."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if _HEADING.match(line):
            raise InputError(
                "A passage has no headings of its own.",
                where=f"{where}, line {number}",
                remedy="Start with the words; the template gives the heading.",
            )
        if line.strip():
            block.append((number, line.rstrip()))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _list(block: list[tuple[int, str]], where: str) -> str:
    """One line an item; lines that start no item continue the one before."""
    items: list[tuple[int, str, list[str]]] = []
    for number, line in block:
        match = _ITEM.match(line)
        if match:
            depth = min(len(match["indent"].expandtabs(4)) // 2, _DEEPEST, items[-1][0] + 1 if items else 0)
            mark = "-" if match["mark"] in "-*+" else match["mark"]
            items.append((depth, mark, [_inline(match["text"], where, number)]))
        else:
            items[-1][2].append(_inline(line, where, number))
    return "\n".join(f"{'    ' * depth}{mark} {' '.join(words)}" for depth, mark, words in items)


def _inline(text: str, where: str, number: int) -> str:
    pieces: list[str] = []
    position = 0
    text = text.strip()
    for match in _INLINE.finditer(text):
        pieces.append(_literal(text[position : match.start()]))
        pieces.append(_marked(match, where, number))
        position = match.end()
    return "".join([*pieces, _literal(text[position:])])


def _marked(match: re.Match[str], where: str, number: int) -> str:
    kind = match.lastgroup
    if kind == "shortcode":
        raise InputError(
            "A passage may hold no shortcode but var.",
            where=f"{where}, line {number}",
            remedy="Write {{< var ID >}} or take it out.",
        )
    inner = str(match[kind or 0])
    if kind == "escaped":
        return escape(inner[1:])
    if kind == "var":
        return "{{< var " + inner + " >}}"
    if kind == "name":
        return _literal(inner)
    return f"**{_inline(inner, where, number)}**" if kind == "strong" else f"*{_inline(inner, where, number)}*"


def _literal(text: str) -> str:
    """Escaped text that keeps the blanks at its ends, which part it from what stands beside it."""
    lead = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and text.strip() else ""
    return lead + escape(text) + tail
