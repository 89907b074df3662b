"""The report's type: two families from packages, cut down to the characters a report needs."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from respml.errors import RenderError

SERIF = "Source Serif Pro"
SANS = "Source Sans Pro"
STYLESHEET = "fonts.css"
# Latin with its extensions, Greek, punctuation, superscripts, currency, arrows, operators, geometric shapes
_RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2C6, 0x2DD), (0x300, 0x304), (0x370, 0x3FF), (0x2010, 0x2044),
    (0x2070, 0x209C), (0x20AC, 0x20AC), (0x2116, 0x2122), (0x2153, 0x215E), (0x2190, 0x2199), (0x2200, 0x22A5),
    (0x25A0, 0x25E6), (0x2605, 0x2606), (0x2713, 0x2717),
)  # fmt: skip
_FEATURES = ("kern", "liga", "lnum", "tnum", "pnum", "onum", "sups", "subs", "mark", "mkmk", "ccmp", "locl", "frac")
# a fixed date in the head table: 2020-01-01, in seconds since 1904
_FIXED_DATE = 3660681600


@dataclass(frozen=True)
class Face:
    """One font file of a family, and how CSS calls it."""

    family: str
    file: str
    weight: int
    style: str = "normal"


FACES = (
    Face(SERIF, "SourceSerifPro-Regular", 400),
    Face(SERIF, "SourceSerifPro-It", 400, "italic"),
    Face(SERIF, "SourceSerifPro-Semibold", 600),
    Face(SANS, "SourceSansPro-Regular", 400),
    Face(SANS, "SourceSansPro-It", 400, "italic"),
    Face(SANS, "SourceSansPro-Semibold", 600),
    Face(SANS, "SourceSansPro-Bold", 700),
)
_PACKAGES = {SERIF: "font_source_serif_pro", SANS: "font_source_sans_pro"}


def font_folder(family: str) -> Path:
    """Where a family's package keeps its files.

    Raises
    ------
    RenderError: when the package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGES[family])
    if found is None or found.origin is None:
        raise RenderError(f"The font '{family}' is missing.", remedy=f"Install the package {_PACKAGES[family]}.")
    return Path(found.origin).parent / "files"


def font_file(face: Face, ending: str = "ttf") -> Path:
    """The file of a face in its package."""
    return font_folder(face.family) / f"{face.file}.{ending}"


def _characters() -> list[int]:
    return [code for first, last in _RANGES for code in range(first, last + 1)]


def subset_font(path: Path) -> bytes:
    """A font as WOFF2, holding the characters a report needs and the features its styles ask for."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.layout_features = list(_FEATURES)
    options.hinting = False
    options.name_IDs = [1, 2, 4, 6]
    options.notdef_outline = True
    options.recalc_timestamp = False
    font = TTFont(path, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=_characters())
    subsetter.subset(font)
    font["head"].modified = _FIXED_DATE
    font.flavor = "woff2"
    target = io.BytesIO()
    font.save(target, reorderTables=None)
    return target.getvalue()


def _place(face: Face, cache: Path) -> Path:
    digest = hashlib.sha256(font_file(face).read_bytes() + repr((_RANGES, _FEATURES)).encode()).hexdigest()[:24]
    return cache / f"{face.file}-{digest}.woff2"


def _cached(face: Face, cache: Path) -> bytes:
    source = font_file(face)
    kept = _place(face, cache)
    if kept.is_file():
        return kept.read_bytes()
    content = subset_font(source)
    cache.mkdir(parents=True, exist_ok=True)
    # published by rename, so that two builds at once never read half a font
    handle, name = tempfile.mkstemp(dir=cache, prefix=".font-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).replace(kept)
    return content


def warm_cache(cache: Path) -> subprocess.Popen[bytes] | None:
    """Cut the faces the cache lacks, in a process of its own that yields to all others; nothing when all are there.

    A first build gets its fonts while it waits for something else. A build that needs them sooner cuts them itself.
    """
    if all(_place(face, cache).is_file() for face in FACES):
        return None
    command = [sys.executable, "-m", "respml.document.fonts", str(cache)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def write_fonts(styles: Path, cache: Path | None = None) -> None:
    """Write ``fonts/*.woff2`` and ``fonts.css`` into a project's styles.

    Parameters
    ----------
    styles: the project's ``styles`` folder.
    cache: keeps subset fonts between runs (cutting seven faces takes seconds); without it they are cut each time.
    """
    folder = styles / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    rules = []
    for face in FACES:
        content = subset_font(font_file(face)) if cache is None else _cached(face, cache)
        (folder / f"{face.file}.woff2").write_bytes(content)
        rules.append(
            f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; font-style: {face.style}; '
            f'src: url("fonts/{face.file}.woff2") format("woff2"); }}\n'
        )
    (styles / STYLESHEET).write_text("".join(rules), encoding="utf-8")


if __name__ == "__main__":
    os.nice(10)
    for each in FACES:
        _cached(each, Path(sys.argv[1]))
