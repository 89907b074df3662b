"""Pages of a Word document: paper, turned pages for wide tables, header and footer, room after tables."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from typing import Literal

from respml.document.word_fields import style_of
from respml.document.word_package import Package, make, place, properties_of, tag, text_of
from respml.document.word_tables import finish_table, set_style
from respml.errors import RenderError

Paper = Literal["A4", "letter"]
SIZES: Mapping[str, tuple[int, int]] = {"A4": (11906, 16838), "letter": (12240, 15840)}
"""Width and height in twentieths of a point."""

_START, _END = "RespmlWideStart", "RespmlWideEnd"
_COLUMNS, _COLUMNS_END = "RespmlColumnsStart", "RespmlColumnsEnd"
_GUTTER = 280
_CONTINUED = ("TableNote", "AfterTable")
_ROOM = 200
_NUMBERING, _FIRST_LIST, _INDENT = "word/numbering.xml", 99, 300
_RELATIONS = "word/_rels/document.xml.rels"
_GAP = re.compile(r"\{([a-z]+)\}")


def lay_out_pages(body: ElementTree.Element, paper: Paper) -> None:
    """Set the paper, turn the pages of wide blocks, and lay out every table in the width it has there.

    Raises
    ------
    RenderError: when the reference document has no page.
    """
    upright = body.find(tag("w:sectPr"))
    size = None if upright is None else upright.find(tag("w:pgSz"))
    if upright is None or size is None:
        raise RenderError("The reference document has no page.", remedy="Make it again: tools/word_reference.py.")
    width, height = SIZES[paper]
    for key, each in (("w", width), ("h", height)):
        size.set(tag(f"w:{key}"), str(each))
    turned = copy.deepcopy(upright)
    turned_size = turned.find(tag("w:pgSz"))
    if turned_size is not None:
        for key, value in (("w", str(height)), ("h", str(width)), ("orient", "landscape")):
            turned_size.set(tag(f"w:{key}"), value)
    _lay_out(body, upright, turned)


def text_width(section: ElementTree.Element) -> float:
    """Width between the margins, in points."""
    size, margins = section.find(tag("w:pgSz")), section.find(tag("w:pgMar"))
    if size is None or margins is None:
        raise RenderError("The reference document has no margins.", remedy="Make it again: tools/word_reference.py.")
    sides = sum(int(margins.get(tag(f"w:{side}"), "0")) for side in ("left", "right"))
    return (int(size.get(tag("w:w"), "0")) - sides) / 20


def _lay_out(body: ElementTree.Element, upright: ElementTree.Element, turned: ElementTree.Element) -> None:
    done: list[ElementTree.Element] = []
    section, goes_on = upright, False
    for element in list(body):
        style = style_of(element) if element.tag == tag("w:p") else ""
        body.remove(element)
        if style in (_START, _COLUMNS):
            section = turned if style == _START else upright
            if not (style == _START and _resume(done)):
                _end_section(done, _going_on(upright) if goes_on else upright)
                goes_on = False
            continue
        if style in (_END, _COLUMNS_END):
            section, goes_on = upright, style == _COLUMNS_END
            _end_section(done, _going_on(upright, columns=2) if goes_on else turned)
            continue
        if element is upright and goes_on:
            element = _going_on(upright)
        if element.tag == tag("w:tbl"):
            captioned = bool(done) and done[-1].tag == tag("w:p") and style_of(done[-1]) == "TableCaption"
            finish_table(element, text_width(section), text_of(done[-1]) if captioned else "")
        if done and done[-1].tag == tag("w:tbl"):
            _after_table(done, element)
        done.append(element)
    body.extend(done)


def _going_on(section: ElementTree.Element, columns: int = 1) -> ElementTree.Element:
    """A section that begins where the one before ends, on the same page."""
    result = copy.deepcopy(section)
    place = [each.tag for each in result].index(tag("w:pgSz"))
    result.insert(place, make("w:type", val="continuous"))
    if columns > 1:
        result.append(make("w:cols", num=columns, space=_GUTTER))
    return result


def _resume(done: list[ElementTree.Element]) -> bool:
    """Go on with turned pages where a wide block has just ended; says whether it has."""
    properties = done[-1].find(tag("w:pPr")) if done else None
    ended = None if properties is None else properties.find(tag("w:sectPr"))
    if properties is None or ended is None or not _is_turned(ended):
        return False
    properties.remove(ended)
    return True


def _end_section(done: list[ElementTree.Element], section: ElementTree.Element) -> None:
    """The last paragraph carries the page of the section that ends with it."""
    if not done or done[-1].tag != tag("w:p"):
        done.append(_empty())
    place(properties_of(done[-1]), copy.deepcopy(section))


def _empty() -> ElementTree.Element:
    paragraph = make("w:p")
    set_style(paragraph, "AfterTable")
    return paragraph


def _after_table(done: list[ElementTree.Element], element: ElementTree.Element) -> None:
    """Room after a table; two tables in a row need a paragraph between them, or Word joins them."""
    if element.tag != tag("w:p"):
        done.append(_empty())
        return
    if style_of(element) in _CONTINUED or style_of(element).startswith("Heading"):
        return
    place(properties_of(element), make("w:spacing", before=_ROOM))


def fill_bands(package: Package, body: ElementTree.Element, words: Mapping[str, str]) -> None:
    """Header and footer say what they are of, ``{model}`` becoming the model, and reach across every page.

    Turned pages get a header and footer of their own, which differ by the place of their right-hand words.
    """
    targets = {each.get("Id", ""): each.get("Target", "") for each in package.tree(_RELATIONS)}
    turned: dict[str, str] = {}
    for section in body.iter(tag("w:sectPr")):
        for kind in ("header", "footer"):
            for reference in section.findall(tag(f"w:{kind}Reference")):
                name = targets.get(reference.get(tag("r:id"), ""), "")
                if f"word/{name}" not in package.parts or not _is_turned(section):
                    continue
                if name not in turned:
                    turned[name] = _turned_copy(package, kind, name, text_width(section))
                reference.set(tag("r:id"), turned[name])
    upright = next(each for each in body.iter(tag("w:sectPr")) if not _is_turned(each))
    for name in sorted(package.parts):
        if name.startswith(("word/header", "word/footer")) and name.endswith(".xml"):
            root = package.tree(name)
            for element in root.iter(tag("w:t")):
                element.text = _GAP.sub(lambda match: words.get(match[1], ""), element.text or "")
            if not name.endswith("2.xml"):
                _reach(root, text_width(upright))
            package.put(name, root)


def _turned_copy(package: Package, kind: str, name: str, width: float) -> str:
    root = package.tree(f"word/{name}")
    _reach(root, width)
    wide = f"{kind}2.xml"
    package.put(f"word/{wide}", root)
    package.describe(f"word/{wide}", f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml")
    return package.relate("word/document.xml", kind, wide)


def _reach(root: ElementTree.Element, width: float) -> None:
    """Words on the right end at the right margin."""
    for paragraph in root.iter(tag("w:p")):
        stops = make("w:tabs", make("w:tab", val="right", pos=round(width * 20)))
        place(properties_of(paragraph), stops)


def _is_turned(section: ElementTree.Element) -> bool:
    size = section.find(tag("w:pgSz"))
    return size is not None and size.get(tag("w:orient")) == "landscape"


def indent_lists(package: Package) -> None:
    """Bulleted and numbered lists hang as in the other formats; Pandoc's own lists begin behind those of the styles."""
    root = package.tree(_NUMBERING)
    for each in root.findall(tag("w:abstractNum")):
        if int(each.get(tag("w:abstractNumId"), "0")) < _FIRST_LIST:
            continue
        for level in each.findall(tag("w:lvl")):
            for indent in level.iter(tag("w:ind")):
                deep = int(level.get(tag("w:ilvl"), "0")) + 1
                indent.attrib.clear()
                indent.attrib.update({tag("w:left"): str(deep * _INDENT), tag("w:hanging"): str(_INDENT)})
    package.put(_NUMBERING, root)
