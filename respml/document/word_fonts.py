"""The report's type inside the Word file, so that it looks alike where the fonts are not installed."""

from __future__ import annotations

import hashlib
import io
import uuid
from pathlib import Path

from respml.document.fonts import SANS, SERIF
from respml.document.word_package import Package, make, tag

_TABLE, _SETTINGS = "word/fontTable.xml", "word/settings.xml"
# the semibold face is the report's bold
_FACES = {
    SERIF: {"Regular": "SourceSerifPro-Regular", "Bold": "SourceSerifPro-Semibold", "Italic": "SourceSerifPro-It"},
    SANS: {"Regular": "SourceSansPro-Regular", "Bold": "SourceSansPro-Semibold", "Italic": "SourceSansPro-It"},
}
_BOLD_WEIGHT, _BOLD_SELECTION, _REGULAR_SELECTION = 700, 1 << 5, 1 << 6


def embed_fonts(package: Package, folder: Path) -> None:
    """Put the faces that a project's styles hold into the Word file, as its font table names them.

    Parameters
    ----------
    package: the document; fonts that its font table does not name are left out.
    folder: ``styles/fonts`` of the project, with WOFF2 files.
    """
    table = package.tree(_TABLE)
    number = 0
    for font in table.findall(tag("w:font")):
        for kind, stem in _FACES.get(font.get(tag("w:name"), ""), {}).items():
            path = folder / f"{stem}.woff2"
            if not path.is_file():
                continue
            number += 1
            content = _true_type(path, font.get(tag("w:name"), ""), kind)
            key = uuid.UUID(bytes=hashlib.sha256(content).digest()[:16], version=4)
            package.parts[f"word/fonts/font{number}.odttf"] = obfuscated(content, key)
            entry = make(f"w:embed{kind}", fontKey=f"{{{str(key).upper()}}}")
            entry.set(tag("r:id"), package.relate(_TABLE, "font", f"fonts/font{number}.odttf"))
            font.append(entry)
    package.put(_TABLE, table)
    if number:
        package.allow("odttf", "application/vnd.openxmlformats-officedocument.obfuscatedFont")
        _say_embedded(package)


def obfuscated(content: bytes, key: uuid.UUID) -> bytes:
    """A font as Word embeds it: its first 32 bytes are mixed with the key (ECMA-376 part 4, section 2.8.1)."""
    mask = bytes.fromhex(key.hex)[::-1] * 2
    return bytes(each ^ other for each, other in zip(content[:32], mask, strict=True)) + content[32:]


def _true_type(path: Path, family: str, kind: str) -> bytes:
    """A face as TrueType, called a face of its family."""
    from fontTools.ttLib import TTFont

    font = TTFont(path, recalcTimestamp=False)
    font.flavor = None
    names = {1: family, 2: kind, 4: f"{family} {kind}", 6: f"{family.replace(' ', '')}-{kind}"}
    font["name"].names = []
    for id, text in names.items():
        font["name"].setName(text, id, 3, 1, 0x409)
    if kind == "Bold":
        font["OS/2"].usWeightClass = _BOLD_WEIGHT
        font["OS/2"].fsSelection = font["OS/2"].fsSelection & ~_REGULAR_SELECTION | _BOLD_SELECTION
        font["head"].macStyle |= 1
    target = io.BytesIO()
    font.save(target, reorderTables=None)
    return target.getvalue()


def _say_embedded(package: Package) -> None:
    root = package.tree(_SETTINGS)
    for name in ("w:embedTrueTypeFonts", "w:embedSystemFonts", "w:saveSubsetFonts"):
        for found in root.findall(tag(name)):
            root.remove(found)
    place = 1 + max((index for index, each in enumerate(root) if each.tag == tag("w:zoom")), default=-1)
    root.insert(place, make("w:embedTrueTypeFonts"))
    root.insert(place + 1, make("w:saveSubsetFonts"))
    package.put(_SETTINGS, root)
