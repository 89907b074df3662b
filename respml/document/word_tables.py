"""Tables of a Word document: widths that fit the page, repeated headers, styles of cells."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain

from respml.document.fonts import SANS, Face, font_file
from respml.document.word_package import make, place, properties_of, tag, text_of, value

_TEXT, _SMALL = 8.5, 7.5
_PADDING = 4.0
# Word's own fonts run wider than ours where ours are missing; a cell that is measured too tight breaks its words
_ALLOWANCE = 1.06
MANY_COLUMNS = 7
_FACTS = (17.0, 33.0)
"""A name and its value, of the width of the page."""

_SIGNING_ROOM = 740
# where a line may break: at blanks, and behind the hyphen or stroke between two words
_TOKEN = re.compile(r"[ \t\n]+|(?<=[A-Za-z][-/])(?=[A-Za-z])")


@cache
def _advances() -> Callable[[str], float]:
    """Width of a character of table text, as a share of its size."""
    from fontTools.ttLib import TTFont

    font = TTFont(font_file(Face(SANS, "SourceSansPro-Semibold", 600)))
    names, metrics, units = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    return lambda character: metrics[names[ord(character)]][0] / units if ord(character) in names else 0.6


def width_of(text: str, size: float) -> float:
    """Width of a text in points, as table text of a size in points."""
    advance = _advances()
    return sum(advance(character) for character in text) * size * _ALLOWANCE


def column_widths(
    cells: Sequence[Sequence[str]], available: float, size: float, shares: Sequence[float] | None = None
) -> tuple[list[float], bool]:
    """Widths of columns in points, and whether every word fits into its column.

    Parameters
    ----------
    cells: texts, row by row.
    available: width of the table in points.
    size: of the text, in points.
    shares: relative widths that are wanted; without them each column gets room by the length of its texts.
    """
    columns = list(zip(*cells, strict=True))
    padding = 2 * _PADDING
    least = [padding + max((width_of(word, size) for each in column for word in _TOKEN.split(each)), default=0)
             for column in columns]  # fmt: skip
    most = [padding + max((width_of(each, size) for each in column), default=0) for column in columns]
    if sum(least) > available:
        return _scaled(_capped(least, available), available), False
    if shares is not None:
        wanted = _scaled(shares, available)
    elif sum(most) <= available:
        wanted = _scaled(most, available)
    else:
        # the square root: a text ten times as long needs more room, not ten times the room
        room = [(high - low) ** 0.5 for low, high in zip(least, most, strict=True)]
        spare = available - sum(least)
        wanted = [low + spare * each / sum(room) for low, each in zip(least, room, strict=True)]
    return _at_least(wanted, least, available), True


def _scaled(widths: Sequence[float], available: float) -> list[float]:
    total = sum(widths) or 1
    return [each * available / total for each in widths]


def _capped(least: Sequence[float], available: float) -> list[float]:
    """Columns of short words keep their width; only those of long words give way."""
    order = sorted(range(len(least)), key=lambda index: least[index])
    left, result = available, list(least)
    for number, index in enumerate(order):
        result[index] = min(least[index], left / (len(order) - number))
        left -= result[index]
    return result


def _at_least(wanted: Sequence[float], least: Sequence[float], available: float) -> list[float]:
    """The widths wanted, none below its least: what is missing is taken from where there is room."""
    result = [max(want, low) for want, low in zip(wanted, least, strict=True)]
    excess = sum(result) - available
    room = [each - low for each, low in zip(result, least, strict=True)]
    total = sum(room)
    if excess <= 0 or total <= 0:
        return result
    return [each - excess * spare / total for each, spare in zip(result, room, strict=True)]


def finish_table(table: ElementTree.Element, available: float, caption: str = "") -> None:
    """Lay out one table, in place.

    Parameters
    ----------
    table: ``w:tbl`` as Pandoc writes it.
    available: width between the margins, in points.
    caption: what the table is about, for those who have it read to them.
    """
    properties = table.find(tag("w:tblPr"))
    if properties is None:
        return
    if caption:
        place(properties, make("w:tblCaption", val=caption))
    kind = value(properties.find(tag("w:tblStyle")))
    rows = table.findall(tag("w:tr"))
    cells = [[text_of(cell) for cell in row.findall(tag("w:tc"))] for row in rows]
    if not cells or any(len(row) != len(cells[0]) for row in cells):
        return
    small = len(cells[0]) > MANY_COLUMNS
    shares = _wanted(table, properties, kind, len(cells[0]))
    widths, fits = column_widths(cells, available, _SMALL if small else _TEXT, shares)
    if not fits and not small:
        small = True
        widths, fits = column_widths(cells, available, _SMALL, shares)
    _set_widths(table, properties, widths)
    for number, row in enumerate(rows):
        _finish_row(row, kind, heads=number == 0 and row.find(f".//{tag('w:tblHeader')}") is not None, small=small)
    _keep_short_together(rows)


def _wanted(table: ElementTree.Element, properties: ElementTree.Element, kind: str, count: int) -> list[float] | None:
    if kind == "FactsTable":
        return [_FACTS[index % 2] for index in range(count)]
    width = properties.find(tag("w:tblW"))
    if width is None or width.get(tag("w:type")) != "pct":
        return None
    return [float(each.get(tag("w:w"), "1")) for each in table.iter(tag("w:gridCol"))]


def _set_widths(table: ElementTree.Element, properties: ElementTree.Element, widths: Sequence[float]) -> None:
    twips = [round(each * 20) for each in widths]
    for each in (make("w:tblW", w=sum(twips), type="dxa"), make("w:tblLayout", type="fixed")):
        place(properties, each)
    for column, width in zip(table.iter(tag("w:gridCol")), twips, strict=False):
        column.set(tag("w:w"), str(width))
    for row in table.findall(tag("w:tr")):
        for cell, width in zip(row.findall(tag("w:tc")), twips, strict=True):
            inner = cell.find(tag("w:tcPr"))
            if inner is None:
                inner = make("w:tcPr")
                cell.insert(0, inner)
            place(inner, make("w:tcW", w=width, type="dxa"))


def _finish_row(row: ElementTree.Element, kind: str, *, heads: bool, small: bool) -> None:
    properties = row.find(tag("w:trPr"))
    if properties is None:
        properties = make("w:trPr")
        row.insert(0, properties)
    place(properties, make("w:cantSplit"))
    if kind == "SignoffTable" and not heads:
        place(properties, make("w:trHeight", val=_SIGNING_ROOM, hRule="atLeast"))
    style = ("TableHeader" if heads else "TableText") + ("Small" if small else "")
    for index, cell in enumerate(row.findall(tag("w:tc"))):
        for paragraph in cell.iter(tag("w:p")):
            chosen = "TableLabel" if kind == "FactsTable" and index % 2 == 0 else style
            set_style(paragraph, chosen)


def set_style(paragraph: ElementTree.Element, style: str) -> None:
    """Give a paragraph a style."""
    place(properties_of(paragraph), make("w:pStyle", val=style))


def _keep_short_together(rows: Sequence[ElementTree.Element], limit: int = 14) -> None:
    """A short table stays on one page: each of its paragraphs is kept with the next, but for the last row's."""
    if len(rows) > limit + 1:
        return
    for paragraph in chain.from_iterable(row.iter(tag("w:p")) for row in rows[:-1]):
        place(properties_of(paragraph), make("w:keepNext"))
