"""Drawings inside the screen document: SVG made harmless, its names unique."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from respml.errors import RenderError

_SVG = "http://www.w3.org/2000/svg"
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(\[[^\]]*\])?[^>]*>", re.IGNORECASE)
_URL = re.compile(r"url\(\s*['\"]?([^)'\"]*)['\"]?\s*\)")
_RASTER = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")
_FORBIDDEN = frozenset({"script", "foreignObject", "iframe", "object", "embed", "a", "animate", "set", "handler"})
_LENGTH = re.compile(r"([0-9.]+)(pt|px)?")


def inline_svg(path: Path, prefix: str, alt: str) -> str:
    """A drawing as markup for the body of an HTML page.

    Parameters
    ----------
    path: the SVG file.
    prefix: makes the drawing's ids unique in the page.
    alt: alternative text, given as the drawing's title.

    Raises
    ------
    RenderError: when the file is not SVG, or holds scripts, links or anything fetched from elsewhere.
    """
    try:
        root = ElementTree.fromstring(_DOCTYPE.sub("", path.read_text(encoding="utf-8")))
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise RenderError("The drawing is not SVG.", where=path.name) from error
    if root.tag != f"{{{_SVG}}}svg":
        raise RenderError("The drawing is not SVG.", where=path.name)
    for parent in list(root.iter()):
        for child in [each for each in parent if _local(each) == "metadata"]:
            parent.remove(child)
    for element in root.iter():
        _clean(element, prefix, path.name)
        # HTML has no namespaces: plain names are what its parser takes for SVG
        element.tag = _local(element)
    _describe(root, prefix, alt)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _clean(element: ElementTree.Element, prefix: str, name: str) -> None:
    if _local(element) in _FORBIDDEN:
        raise RenderError(f"The drawing holds a <{_local(element)}>.", where=name)
    if _local(element) == "style":
        # matplotlib styles "*", which would reach the whole page
        element.text = _local_urls(element.text or "", prefix, name).replace("*{", f"#{prefix} *{{")
    for key, value in list(element.attrib.items()):
        attribute = key.rpartition("}")[2]
        if attribute.lower().startswith("on"):
            raise RenderError(f"The drawing holds the script attribute {attribute}.", where=name)
        if attribute == "id":
            element.set(key, f"{prefix}-{value}")
        elif attribute == "href":
            del element.attrib[key]
            element.set("href", _href(value, prefix, name))
        elif "url(" in value:
            element.set(key, _local_urls(value, prefix, name))


def _href(value: str, prefix: str, name: str) -> str:
    if value.startswith("#"):
        return f"#{prefix}-{value[1:]}"
    if _RASTER.fullmatch(value):
        return value
    raise RenderError("The drawing refers to something outside itself.", where=name)


def _local_urls(text: str, prefix: str, name: str) -> str:
    def local(match: re.Match[str]) -> str:
        if not match[1].startswith("#"):
            raise RenderError("The drawing refers to something outside itself.", where=name)
        return f"url(#{prefix}-{match[1][1:]})"

    if "@import" in text:
        raise RenderError("The drawing refers to something outside itself.", where=name)
    return _URL.sub(local, text)


def _describe(root: ElementTree.Element, prefix: str, alt: str) -> None:
    for key in ("width", "height"):
        length = _LENGTH.fullmatch(root.get(key, ""))
        if length and length[2] == "pt":
            root.set(key, f"{float(length[1]) * 96 / 72:g}")
    title = ElementTree.Element("title", {"id": f"{prefix}-title"})
    title.text = alt
    root.insert(0, title)
    root.set("id", prefix)
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title")
