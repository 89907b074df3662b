"""A comparison as Markdown for mails and tickets: readable as it stands, and read back as the text it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from respml.document.markdown import plain
from respml.review.changes_sections import Section, headline
from respml.review.comparison_of_runs import Comparison
from respml.review.text_changes import TextChange

_ALWAYS = frozenset("\\`*[~^|{")
"""What may start or end markup wherever it stands: code, emphasis, links, strikes, cells of a table, attributes."""
_SOMEWHERE = re.compile(
    r"(?<![^\W_])_|_(?![^\W_])"  # an underscore that is not inside a word
    r"|<(?=[A-Za-z/!?])"  # a tag, an address
    r"|\$(?=\S)"  # a formula
    r"|&(?=#?\w+;)"  # an entity
    r"|@(?=\w)"  # a citation, somebody's name, an address of mail
    r"|:(?=//|\w+:)"  # an address, an emoji by name
    r"|(?<=www)\."
    r"|#(?=\w)"  # an issue by number
    r"|-(?=-)"  # dashes that typography joins
)
_START = re.compile(r"(?:[-+>:=#%]|\(?(?:\d{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]+)[.)](?=\s|$))")
"""What starts a list, a quotation, a heading or a rule at the beginning of a line."""


def as_markdown(comparison: Comparison, parts: Sequence[Section]) -> str:
    """Markdown with pipe tables; deletions struck out, insertions in bold."""
    versions = [light(each.version, inside=True) for each in (comparison.old, comparison.new)]
    title = f"# What changed from {versions[0]} to {versions[1]}"
    blocks = [title, f"**{light(headline(comparison), inside=True)}**"]
    for part in parts:
        blocks += [f"## {light(part.title, inside=True)}", light(part.sentence)]
        if part.rows:
            blocks.append(_table(part.headers, part.rows))
        blocks += [f"- *{light(each.title or each.section, inside=True)}:* {_struck(each)}" for each in part.redlines]
    return "\n\n".join(blocks) + "\n"


def light(text: object, *, inside: bool = False) -> str:
    """Any text as literal Markdown on one line, with a backslash only before what could be markup there.

    Parameters
    ----------
    text: anything; converted by ``str``.
    inside: whether other characters stand before it on its line, as in the cell of a table.
    """
    shown = plain(text)
    start = None if inside else _START.match(shown)
    escaped = {match.start() for match in _SOMEWHERE.finditer(shown)}
    escaped |= {place for place, each in enumerate(shown) if each in _ALWAYS}
    if start:
        # of a number with its dot, the dot
        escaped.add(start.end() - 1)
    return "".join(f"\\{each}" if place in escaped else each for place, each in enumerate(shown))


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [[light(each, inside=True) for each in row] for row in (headers, *rows)]
    rule = "|".join("---" for _ in headers)
    head, *body = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, f"|{rule}|", *body])


def _struck(change: TextChange) -> str:
    marks = {"same": "{}", "deleted": "~~{}~~", "inserted": "**{}**"}
    return " ".join(marks[each.operation].format(light(each.text, inside=True)) for each in change.pieces)
