"""Reading a Word document in tests, without any code of ours."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
import zipfile
from collections import Counter
from pathlib import Path

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Word:
    """The parts of a document, and what a reader sees of its body."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.names = archive.namelist()
            self.parts = {name: archive.read(name) for name in self.names}
        self.body = self.xml("word/document.xml").find(f"{W}body")
        assert self.body is not None

    def xml(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.parts[name])

    @property
    def paragraphs(self) -> list[ElementTree.Element]:
        return list(self.body.iter(f"{W}p"))

    @property
    def tables(self) -> list[ElementTree.Element]:
        return list(self.body.iter(f"{W}tbl"))

    def styled(self, *styles: str) -> list[str]:
        return [words(each) for each in self.paragraphs if style(each) in styles]

    def relations(self, part: str = "document") -> dict[str, str]:
        return {each.get("Id", ""): each.get("Target", "") for each in self.xml(f"word/_rels/{part}.xml.rels")}

    def instructions(self) -> list[str]:
        return [(each.text or "").strip() for each in self.body.iter(f"{W}instrText")]

    def bookmarks(self) -> dict[str, ElementTree.Element]:
        return {
            start.get(f"{W}name", ""): paragraph
            for paragraph in self.paragraphs
            for start in paragraph.iter(f"{W}bookmarkStart")
        }

    def numbered_headings(self) -> list[tuple[int, str, str]]:
        """Level, number and words of each heading, the numbers counted here as Word counts its lists."""
        default = {
            each.get(f"{W}styleId"): each.find(f"{W}pPr/{W}numPr/{W}numId") for each in self.xml("word/styles.xml")
        }
        counts: dict[str, Counter[int]] = {}
        found = []
        for paragraph in self.paragraphs:
            match = re.fullmatch(r"Heading(\d)", style(paragraph))
            if not match:
                continue
            level = int(match[1])
            own = paragraph.find(f"{W}pPr/{W}numPr/{W}numId")
            number = own if own is not None else default[style(paragraph)]
            assert number is not None
            which = number.get(f"{W}val", "")
            text = ""
            if which != "0":
                count = counts.setdefault(which, Counter())
                count[level] += 1
                for deeper in range(level + 1, 7):
                    count[deeper] = 0
                parts = [str(count[each]) for each in range(1, level + 1)]
                if self.format(which) == "upperLetter":
                    parts[0] = LETTERS[count[1] - 1]
                text = ".".join(parts)
            found.append((level, text, words(paragraph)))
        return found

    def format(self, number: str) -> str:
        """How a list counts its first level."""
        root = self.xml("word/numbering.xml")
        use = next(each for each in root.findall(f"{W}num") if each.get(f"{W}numId") == number)
        kind = use.find(f"{W}abstractNumId")
        assert kind is not None
        lists = {each.get(f"{W}abstractNumId"): each for each in root.findall(f"{W}abstractNum")}
        first = lists[kind.get(f"{W}val")].find(f"{W}lvl/{W}numFmt")
        assert first is not None
        return first.get(f"{W}val", "")


def words(element: ElementTree.Element) -> str:
    return "".join(each.text or "" for each in element.iter(f"{W}t"))


def style(paragraph: ElementTree.Element) -> str:
    found = paragraph.find(f"{W}pPr/{W}pStyle")
    return "" if found is None else found.get(f"{W}val", "")


def rows(table: ElementTree.Element) -> list[list[str]]:
    return [[words(cell) for cell in row.findall(f"{W}tc")] for row in table.findall(f"{W}tr")]
