"""The zip of a Word document: parts by name, always packed into the same bytes."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import dataclass
from pathlib import Path

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
}
CONTENT_TYPES = "[Content_Types].xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
# the first moment a zip can tell
_MOMENT = (1980, 1, 1, 0, 0, 0)

for _prefix, _address in NAMESPACES.items():
    ElementTree.register_namespace(_prefix, _address)


def namespaces() -> str:
    """Declarations of the prefixes for words and relationships, for XML that is written as text."""
    return " ".join(f'xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in ("w", "r"))


def tag(name: str) -> str:
    """``w:p`` as ElementTree writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def make(name: str, *children: ElementTree.Element, **attributes: object) -> ElementTree.Element:
    """An element with attributes of the namespace ``w`` and children."""
    element = ElementTree.Element(tag(name), {tag(f"w:{key}"): str(value) for key, value in attributes.items()})
    element.extend(children)
    return element


def place(parent: ElementTree.Element, child: ElementTree.Element) -> None:
    """Put a property among the others, where Word's schema wants it, in place of one of the same name."""
    for found in parent.findall(child.tag):
        parent.remove(found)
    rank = _RANKS.get(child.tag, len(_RANKS))
    parent.insert(sum(_RANKS.get(each.tag, len(_RANKS)) <= rank for each in parent), child)


def properties_of(paragraph: ElementTree.Element) -> ElementTree.Element:
    """The properties of a paragraph, made where there are none."""
    found = paragraph.find(tag("w:pPr"))
    if found is None:
        found = make("w:pPr")
        paragraph.insert(0, found)
    return found


def value(element: ElementTree.Element | None) -> str:
    """The attribute ``w:val``; empty where there is no element."""
    return "" if element is None else element.get(tag("w:val"), "")


def text_of(element: ElementTree.Element) -> str:
    """All words below an element."""
    return "".join(each.text or "" for each in element.iter(tag("w:t")))


def text_run(text: str, style: str = "") -> ElementTree.Element:
    """A run of characters."""
    words = make("w:t")
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    words.text = text
    properties = [make("w:rPr", make("w:rStyle", val=style))] if style else []
    return make("w:r", *properties, words)


# the order of the schema: within a paragraph's properties, a row's, a cell's and a table's, in this sequence
_ORDER = (
    "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr cantSplit trHeight tblHeader tcW tblStyle tblW "
    "tblInd tblBorders shd tabs tblLayout tblCellMar tblLook tblCaption spacing ind contextualSpacing jc outlineLvl "
    "rPr sectPr"
)
_RANKS = {tag(f"w:{name}"): rank for rank, name in enumerate(_ORDER.split())}


@dataclass
class Package:
    """The parts of a document by their names in the zip."""

    parts: dict[str, bytes]

    @staticmethod
    def read(path: Path) -> Package:
        """All parts of a file."""
        with zipfile.ZipFile(path) as archive:
            return Package({name: archive.read(name) for name in archive.namelist() if not name.endswith("/")})

    def as_bytes(self) -> bytes:
        """The zip: members sorted, without the time of day or of packing."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name in sorted(self.parts):
                entry = zipfile.ZipInfo(name, _MOMENT)
                entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
                entry.create_system = 0
                archive.writestr(entry, self.parts[name], compresslevel=9)
        return target.getvalue()

    def tree(self, name: str) -> ElementTree.Element:
        """A part as XML."""
        return ElementTree.fromstring(self.parts[name])

    def put(self, name: str, root: ElementTree.Element) -> None:
        """Replace a part by XML; every prefix is declared, whether the part uses it or not, as Word does."""
        for prefix, address in (("", _RELATIONS), ("", _TYPES)):
            if root.tag.startswith(f"{{{address}}}"):
                ElementTree.register_namespace(prefix, address)
        text = ElementTree.tostring(root, encoding="unicode")
        self.parts[name] = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text.encode()

    def relate(self, part: str, kind: str, target: str) -> str:
        """Say that a part uses another, and return the id by which it does."""
        folder, _, file = part.rpartition("/")
        name = f"{folder}/_rels/{file}.rels"
        root = self.tree(name) if name in self.parts else ElementTree.Element(f"{{{_RELATIONS}}}Relationships")
        taken = {each.get("Id") for each in root}
        number = next(each for each in range(1, len(taken) + 2) if f"rIdR{each}" not in taken)
        address = f"{NAMESPACES['r']}/{kind}"
        ElementTree.SubElement(
            root, f"{{{_RELATIONS}}}Relationship", {"Id": f"rIdR{number}", "Type": address, "Target": target}
        )
        self.put(name, root)
        return f"rIdR{number}"

    def describe(self, part: str, kind: str) -> None:
        """Say what one part holds."""
        root = self.tree(CONTENT_TYPES)
        ElementTree.SubElement(root, f"{{{_TYPES}}}Override", {"PartName": f"/{part}", "ContentType": kind})
        self.put(CONTENT_TYPES, root)

    def allow(self, extension: str, kind: str) -> None:
        """Say what files with an extension hold."""
        root = self.tree(CONTENT_TYPES)
        if all(each.get("Extension") != extension for each in root):
            root.insert(0, ElementTree.Element(f"{{{_TYPES}}}Default", {"Extension": extension, "ContentType": kind}))
            self.put(CONTENT_TYPES, root)
