"""What Word counts itself: numbers of headings, references to them and to captions, contents and lists."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from respml.document.word_package import make, place, properties_of, tag, text_of, text_run, value
from respml.document.word_tables import set_style
from respml.errors import RenderError

_HEADING = re.compile(r"Heading([1-6])")
_CAPTION_REFERENCE = re.compile(r"(?:Figure|Table)\u00a0\d+")
_SECTION_REFERENCE = re.compile(r"((?:Section|Appendix)\u00a0)?([0-9A-Z]+(?:\.\d+)*)")
_CHAPTERS, _APPENDICES, _NONE = 1, 2, 0
_PLACES = {
    "RespmlContents": ("ContentsTitle", "Contents", ""),
    "RespmlListOfFigures": ("ListTitle", "List of figures", "Figure"),
    "RespmlListOfTables": ("ListTitle", "List of tables", "Table"),
}
"""Mark of a place -> style of its title, title, and the word before the numbers it lists; none lists headings."""


@dataclass(frozen=True)
class Heading:
    """A heading: its level, the number printed before it (empty where there is none), its words and its bookmark."""

    level: int
    number: str
    text: str
    bookmark: str


def style_of(paragraph: ElementTree.Element) -> str:
    """The style of a paragraph, by its id."""
    properties = paragraph.find(tag("w:pPr"))
    return "" if properties is None else value(properties.find(tag("w:pStyle")))


def place_bookmarks(body: ElementTree.Element) -> None:
    """Bookmarks that Pandoc puts around blocks go into the first paragraph of the block, where Word looks for them."""
    waiting: list[ElementTree.Element] = []
    for element in list(body):
        if element.tag == tag("w:bookmarkStart"):
            waiting.append(element)
            body.remove(element)
        elif element.tag == tag("w:bookmarkEnd"):
            body.remove(element)
        elif waiting and element.tag in (tag("w:p"), tag("w:tbl")):
            paragraph = next(element.iter(tag("w:p")))
            first = 1 if paragraph.find(tag("w:pPr")) is not None else 0
            for each in reversed(waiting):
                paragraph.insert(first, each)
            paragraph.extend(make("w:bookmarkEnd", id=each.get(tag("w:id"), "0")) for each in waiting)
            waiting.clear()


def number_headings(body: ElementTree.Element) -> list[Heading]:
    """Headings take their numbers from Word's lists; the literal numbers go.

    Raises
    ------
    RenderError: when Word would count otherwise than the other formats of the document.
    """
    counts: dict[int, list[int]] = {_CHAPTERS: [0] * 6, _APPENDICES: [0] * 6}
    found: list[Heading] = []
    for paragraph in body.iter(tag("w:p")):
        match = _HEADING.fullmatch(style_of(paragraph))
        if match is None:
            continue
        level, number = int(match[1]), _take_number(paragraph)
        which = _NONE if not number else _APPENDICES if number[0].isalpha() else _CHAPTERS
        if which != _CHAPTERS:
            _number_by(paragraph, which, level)
        if which:
            counted = _count(counts[which], level, letters=which == _APPENDICES)
            if counted != number:
                raise RenderError(f"Word would number the heading '{text_of(paragraph)}' {counted}, not {number}.")
        bookmark = paragraph.find(tag("w:bookmarkStart"))
        name = "" if bookmark is None else bookmark.get(tag("w:name"), "")
        if not found:
            _stay_on_page(paragraph)
        found.append(Heading(level, number, text_of(paragraph).strip(), name))
    return found


def _stay_on_page(paragraph: ElementTree.Element) -> None:
    """The first chapter begins below the title."""
    place(properties_of(paragraph), make("w:pageBreakBefore", val=0))


def _count(counts: list[int], level: int, *, letters: bool) -> str:
    counts[level - 1] += 1
    counts[level:] = [0] * (6 - level)
    first = chr(64 + counts[0]) if letters else str(counts[0])
    return ".".join([first, *map(str, counts[1:level])])


def _take_number(paragraph: ElementTree.Element) -> str:
    runs = paragraph.findall(tag("w:r"))
    if not runs or value(runs[0].find(f"{tag('w:rPr')}/{tag('w:rStyle')}")) != "SectionNumber":
        return ""
    number = text_of(runs[0])
    for run in runs[:2]:
        if run is runs[0] or not text_of(run).strip():
            paragraph.remove(run)
    return number


def _number_by(paragraph: ElementTree.Element, which: int, level: int) -> None:
    number = make("w:numPr", make("w:ilvl", val=level - 1), make("w:numId", val=which))
    place(properties_of(paragraph), number)


def link_references(body: ElementTree.Element, headings: Sequence[Heading]) -> None:
    """Links to captions and numbered headings become fields that follow when Word counts anew."""
    numbered = {each.bookmark: each for each in headings if each.number}
    for parent in list(body.iter()):
        for index, link in reversed(list(enumerate(parent))):
            if link.tag == tag("w:hyperlink") and link.get(tag("w:anchor")):
                runs = _reference(link, link.get(tag("w:anchor"), ""), numbered)
                if runs:
                    parent.remove(link)
                    for each in reversed(runs):
                        parent.insert(index, each)


def _linked(runs: Sequence[ElementTree.Element]) -> list[ElementTree.Element]:
    """Every run of a field looks like a link: Word shows what it computes like the first of them."""
    for run in runs:
        if run.find(tag("w:rPr")) is None:
            run.insert(0, make("w:rPr", make("w:rStyle", val="Hyperlink")))
    return list(runs)


def _reference(link: ElementTree.Element, target: str, numbered: dict[str, Heading]) -> list[ElementTree.Element]:
    text = text_of(link)
    if _CAPTION_REFERENCE.fullmatch(text):
        return _linked([*field(f"REF {target} \\h", [text_run(text)])])
    match = _SECTION_REFERENCE.fullmatch(text)
    if match and target in numbered and numbered[target].number == match[2]:
        words = [text_run(match[1], "Hyperlink")] if match[1] else []
        return [*words, *_linked([*field(f"REF {target} \\r \\h", [text_run(match[2])])])]
    return []


def field(
    instruction: str, shown: Sequence[ElementTree.Element], *, stale: bool = False
) -> Iterator[ElementTree.Element]:
    """The runs of a field: what Word computes, and what it shows until it has."""
    begin = make("w:fldChar", fldCharType="begin")
    if stale:
        begin.set(tag("w:dirty"), "true")
    words = make("w:instrText")
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    words.text = f" {instruction} "
    yield make("w:r", begin)
    yield make("w:r", words)
    yield make("w:r", make("w:fldChar", fldCharType="separate"))
    yield from shown
    yield make("w:r", make("w:fldChar", fldCharType="end"))


def fill_contents(body: ElementTree.Element, headings: Sequence[Heading], depth: int) -> None:
    """Contents and lists where the document has a place for them, linked; Word adds the numbers of pages."""
    captions = list(_captions(body))
    for index, paragraph in reversed(list(enumerate(body))):
        known = _PLACES.get(style_of(paragraph)) if paragraph.tag == tag("w:p") else None
        if known is None:
            continue
        style, title, word = known
        if word:
            instruction = rf'TOC \h \z \c "{word}"'
            entries = [("TableofFigures", name, text) for kind, name, text in captions if kind == word]
        else:
            instruction = rf'TOC \o "1-{depth}" \h \z'
            entries = [
                (f"TOC{each.level}", each.bookmark, f"{each.number} {each.text}".strip())
                for each in headings
                if each.level <= depth and each.bookmark
            ]
        body.remove(paragraph)
        for each in reversed([_titled(title, style), *_entries(entries, instruction)]):
            body.insert(index, each)


def _captions(body: ElementTree.Element) -> Iterator[tuple[str, str, str]]:
    for paragraph in body.iter(tag("w:p")):
        if style_of(paragraph) in ("Caption", "TableCaption"):
            start, text = paragraph.find(f".//{tag('w:bookmarkStart')}"), text_of(paragraph)
            if start is not None:
                yield text.split("\u00a0", 1)[0], start.get(tag("w:name"), ""), text


def _titled(title: str, style: str) -> ElementTree.Element:
    paragraph = make("w:p", text_run(title))
    set_style(paragraph, style)
    return paragraph


def _entries(entries: Sequence[tuple[str, str, str]], instruction: str) -> list[ElementTree.Element]:
    if not entries:
        return [_titled("None.", "BodyText")]
    paragraphs = []
    for style, bookmark, text in entries:
        link = make("w:hyperlink", text_run(text), anchor=bookmark, history=1)
        paragraph = make("w:p", link)
        set_style(paragraph, style)
        paragraphs.append(paragraph)
    *before, end = field(instruction, [], stale=True)
    for each in reversed(before):
        paragraphs[0].insert(1, each)
    paragraphs[-1].append(copy.deepcopy(end))
    return paragraphs
