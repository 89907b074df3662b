"""Word: the assembled document as ``.docx`` with the house styles, the same bytes every time.

Pandoc writes it under both engines: what is completed here is Pandoc's form of a document.
"""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from tempfile import TemporaryDirectory

from respml.document.drawings import painted
from respml.document.pandoc_engine import render_word
from respml.document.project import read_project
from respml.document.word_fields import fill_contents, link_references, number_headings, place_bookmarks
from respml.document.word_fonts import embed_fonts
from respml.document.word_package import Package, tag
from respml.document.word_pages import Paper, fill_bands, indent_lists, lay_out_pages, text_width
from respml.document.word_properties import custom_words, set_properties
from respml.errors import RenderError

REFERENCE = "styles/reference.docx"
_DOCUMENT = "word/document.xml"
_EMU = 12700
"""English metric units in a point."""


def write_word(project_folder: Path, destination: Path, *, as_of: datetime.date, paper: Paper = "A4") -> Path:
    """Make the Word document and return its path; it appears only when it is whole.

    Parameters
    ----------
    project_folder: what :func:`respml.document.assemble.assemble` made; its ``styles/reference.docx`` gives the styles.
    destination: the ``.docx``.
    as_of: the document's date, and the only date in the file.
    paper: ``A4`` or ``letter``.

    Raises
    ------
    RenderError: for anything missing or unresolved, and when Word would number otherwise than the other formats.
    """
    reference = project_folder / REFERENCE
    if not reference.is_file():
        raise RenderError(
            "The template has no reference document for Word.",
            where=REFERENCE,
            remedy="Take over that of the template model_risk, or make one with tools/word_reference.py.",
        )
    project = read_project(project_folder, "print")
    package = _unpacked(render_word(project, reference.resolve()))
    root = package.tree(_DOCUMENT)
    body = root.find(tag("w:body"))
    if body is None:
        raise RenderError("Pandoc left no body.", where=destination.name)
    place_bookmarks(body)
    headings = number_headings(body)
    link_references(body, headings)
    fill_contents(body, headings, project.contents_depth)
    lay_out_pages(body, paper)
    _place_pictures(package, body, project_folder)
    words = custom_words(package)
    fill_bands(package, body, words)
    package.put(_DOCUMENT, root)
    indent_lists(package)
    set_properties(package, words, as_of)
    embed_fonts(package, project_folder / "styles" / "fonts")
    partial = destination.with_name(f".{destination.name}.partial")
    partial.write_bytes(package.as_bytes())
    partial.replace(destination)
    return destination


def _unpacked(content: bytes) -> Package:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pandoc.docx"
        path.write_bytes(content)
        return Package.read(path)


def _place_pictures(package: Package, body: ElementTree.Element, project: Path) -> None:
    """Paint the drawings and put them where the filter left their names, no wider than the text."""
    frames = [each for each in body.iter(tag("wp:inline")) if each.find(f".//{tag('pic:cNvPr')}") is not None]
    names = [_named(frame).get("name", "") for frame in frames]
    pictures = painted(project, names)
    section = body.find(tag("w:sectPr"))
    limit = 0.0 if section is None else text_width(section)
    relations: dict[str, str] = {}
    for number, (frame, name) in enumerate(zip(frames, names, strict=True), start=1):
        picture = pictures[name]
        if name not in relations:
            file = f"media/figure{len(relations) + 1}.png"
            package.parts[f"word/{file}"] = picture.png
            relations[name] = package.relate(_DOCUMENT, "image", file)
        scale = min(1.0, limit / picture.width)
        size = {"cx": str(round(picture.width * scale * _EMU)), "cy": str(round(picture.height * scale * _EMU))}
        for each in (*frame.iter(tag("wp:extent")), *frame.iter(tag("a:ext"))):
            each.attrib.update(size)
        for each in frame.iter(tag("wp:docPr")):
            each.attrib.update({"id": str(number), "name": f"Figure {number}"})
        _named(frame).attrib.update({"id": str(number), "name": Path(name).name})
        for each in frame.iter(tag("a:blip")):
            each.set(tag("r:embed"), relations[name])
    if pictures:
        package.allow("png", "image/png")


def _named(frame: ElementTree.Element) -> ElementTree.Element:
    found = frame.find(f".//{tag('pic:cNvPr')}")
    if found is None:
        raise RenderError("A picture has no name.")
    return found
