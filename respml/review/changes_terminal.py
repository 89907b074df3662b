"""A comparison on a terminal: aligned columns with ``was → is``, wrapped to the width there is."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence

from respml.document.markdown import plain
from respml.review.changes_sections import Section, headline
from respml.review.comparison_of_runs import Comparison
from respml.review.text_changes import Piece, TextChange

WIDTH = 100
"""Columns where no terminal says how many it has."""
LEAST_WIDTH = 60

_GAP = "  "
_NARROWEST = 8
_WIDEST_PIECE = 24
_NUMBERS = ("Was", "Is", "Difference")
_MOST_ROWS = 15
_MOST_REDLINES = 10
_COUNTED_ONLY = ("tables",)
"""Sections whose rows are listed on demand alone."""
_GROUP = "Change"
"""The column by which metrics are listed in groups."""
_BELOW = ("Seen", "What was seen", "What moved")
"""Columns of sentences, printed below their row."""
_CONTEXT = 8
"""Words kept on either side of a change of text."""
_MOST_WORDS = 30
"""Words that are printed of a run of them that came or went."""
_BLANK = re.compile(r" (?!%)(?![^()]*\))")
"""Where a cell is broken first: not within brackets, nor before a per cent sign."""
_BREAK = re.compile(r"(?<=[._/=\-, ])(?=\S)")


def as_terminal(
    comparison: Comparison, parts: Sequence[Section], *, width: int = WIDTH, everything: bool = False
) -> str:
    """Plain text of printable characters only; deletions as ``[-…-]``, insertions as ``{+…+}``.

    Parameters
    ----------
    comparison, parts: two versions, and how they are laid out.
    width: columns of the terminal.
    everything: whole lists and paragraphs; else the first rows of each, and changes of text with the words around.
    """
    wide = max(width, LEAST_WIDTH)
    lines = [*_wrapped(headline(comparison), wide), ""]
    for part in parts:
        lines += [plain(part.title).upper(), *_wrapped(part.sentence, wide)]
        rows = part.rows if everything else part.rows[: 0 if part.key in _COUNTED_ONLY else _MOST_ROWS]
        if rows:
            lines += ["", *_table(part.headers, rows, wide)]
        redlines = part.redlines if everything else part.redlines[:_MOST_REDLINES]
        for each in redlines:
            lines += _wrapped(f"{each.title or each.section}: {_marked(each, everything)}", wide, "  ")
        hidden = len(part.rows) - len(rows) + len(part.redlines) - len(redlines)
        if hidden:
            lines.append(
                f"  {'and ' if rows or redlines else ''}{hidden:,} {'more' if rows or redlines else 'listed'}: --all"
            )
        lines.append("")
    return "\n".join(each.rstrip() for each in lines).rstrip() + "\n"


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Columns as wide as their cells where all fit; else the widest are narrowed and their cells wrapped."""
    below = [place for place, head in enumerate(headers) if head in _BELOW]
    group = headers.index(_GROUP) if headers[0] == "Metric" else None
    aside = (*below, group)
    kept = [place for place in range(len(headers)) if place not in aside and any(plain(row[place]) for row in rows)]
    heads = [headers[place] for place in kept]
    cells = [[plain(row[place]) for place in kept] for row in rows]
    if "Was" in heads and "Is" in heads:
        arrow = heads.index("Is")
        heads.insert(arrow, "")
        for line in cells:
            line.insert(arrow, "→")
    widths = _widths([heads, *cells], width - len(_GAP))
    lines = [*_row(heads, widths), _GAP + _GAP.join("─" * each for each in widths)]
    said = ""
    for line, row in zip(cells, rows, strict=True):
        if group is not None and row[group] != said:
            said = row[group]
            lines.append(plain(said))
        lines += _row(line, widths)
        for place in below:
            lines += _wrapped(row[place], width, "      ") if plain(row[place]) else []
    return lines


def _widths(lines: Sequence[Sequence[str]], width: int) -> list[int]:
    """As wide as the cells; where that is too much, first the columns of names and words are narrowed, then numbers."""
    columns = [[line[place] for line in lines] for place in range(len(lines[0]))]
    widths = [max(map(_columns, each)) for each in columns]
    whole = [_longest_piece(each) for each in columns]
    for least in (whole, [_NARROWEST] * len(columns)):
        while sum(widths) + len(_GAP) * (len(widths) - 1) > width:
            spare = [have - need for have, need in zip(widths, least, strict=True)]
            if max(spare) <= 0:
                break
            widest = max((have for have, more in zip(widths, spare, strict=True) if more > 0))
            widths[next(place for place, have in enumerate(widths) if have == widest and spare[place] > 0)] -= 1
    return widths


def _longest_piece(cells: Sequence[str]) -> int:
    """The longest part of a cell that should stay on one line: of a number with its interval, of a name with dots."""
    parted = _BLANK if cells[0] in _NUMBERS else _BREAK
    return max(_NARROWEST, min(_WIDEST_PIECE, max(_columns(piece) for cell in cells for piece in parted.split(cell))))


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """One row on as many lines as its longest cell needs."""
    wrapped = [_cell(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(len(each) for each in wrapped)
    return [
        _GAP
        + _GAP.join(
            (lines[number] if number < len(lines) else "").ljust(width - _extra(lines, number))
            for lines, width in zip(wrapped, widths, strict=True)
        )
        for number in range(height)
    ]


def _cell(text: str, width: int) -> list[str]:
    """A cell broken at blanks, what is too long for a line behind its dots and hyphens, or anywhere."""
    lines = [""]
    for word in _BLANK.split(text):
        for place, piece in enumerate(_pieces(word, width)):
            joined = lines[-1] + (" " if lines[-1] and place == 0 else "") + piece
            if _columns(joined) <= width:
                lines[-1] = joined.lstrip()
            elif lines[-1]:
                lines.append(piece.lstrip())
            else:
                lines[-1] = piece
    return lines


def _pieces(word: str, width: int) -> list[str]:
    if _columns(word) <= width:
        return [word]
    found: list[str] = []
    for piece in _BREAK.split(word):
        while _columns(piece) > width:
            cut = next(place for place in range(len(piece), 0, -1) if place == 1 or _columns(piece[:place]) <= width)
            found.append(piece[:cut])
            piece = piece[cut:]
        found.append(piece)
    return found


def _columns(text: str) -> int:
    """How many columns a text takes; letters of East Asian scripts take two, marks on letters none."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def _extra(lines: Sequence[str], number: int) -> int:
    """How many columns a line takes more than it has characters."""
    return _columns(lines[number]) - len(lines[number]) if number < len(lines) else 0


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    further = indent + "  " if indent else ""
    shown = plain(text).replace(" %", "\u00a0%")
    lines = textwrap.wrap(shown, width, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False)
    return [each.replace("\u00a0", " ") for each in lines]


def _marked(change: TextChange, everything: bool) -> str:
    marks = {"same": "{}", "deleted": "[-{}-]", "inserted": "{{+{}+}}"}
    pieces = change.pieces
    return " ".join(
        marks[each.operation].format(each.text if everything else _near(each, place, len(pieces)))
        for place, each in enumerate(pieces)
    )


def _near(piece: Piece, place: int, count: int) -> str:
    """Of words that stayed, those beside a change; of many that came or went, the first."""
    words = piece.text.split(" ")
    if piece.operation != "same":
        return piece.text if len(words) <= _MOST_WORDS else " ".join([*words[:_MOST_WORDS], "…"])
    first, last = place == 0, place == count - 1
    kept = _CONTEXT * (1 if first or last else 2)
    if len(words) <= kept:
        return piece.text
    if first:
        return " ".join(["…", *words[-_CONTEXT:]])
    if last:
        return " ".join([*words[:_CONTEXT], "…"])
    return " ".join([*words[:_CONTEXT], "…", *words[-_CONTEXT:]])
