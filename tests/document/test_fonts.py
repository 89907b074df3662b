"""The type travels with the document and never depends on the machine."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from demo import TEMPLATE
from fontTools.ttLib import TTFont

from respml.document.fonts import FACES, font_file, subset_font, write_fonts

NEEDED = "AZaz09ÄéßŁő−–—“”‘’…×≤≥≈±²³½√∞€£%▲◆△✓→¶·"


@pytest.fixture(scope="module")
def sans() -> bytes:
    return subset_font(font_file(FACES[3]))


def test_the_cut_font_keeps_what_a_report_needs_and_is_small(sans: bytes) -> None:
    font = TTFont(io.BytesIO(sans))
    missing = [character for character in NEEDED if ord(character) not in font.getBestCmap()]
    assert missing == []
    assert font.flavor == "woff2" and len(sans) < 60_000


def test_figures_of_one_width_stand_in_columns(sans: bytes) -> None:
    font = TTFont(io.BytesIO(sans))
    glyphs = font.getBestCmap()
    assert len({font["hmtx"][glyphs[ord(digit)]][0] for digit in "0123456789"}) == 1


def test_cutting_twice_gives_the_same_bytes(sans: bytes) -> None:
    assert subset_font(font_file(FACES[3])) == sans


def test_kept_fonts_are_used_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    write_fonts(tmp_path / "one", kept)
    first = {each.name: each.stat().st_mtime_ns for each in kept.iterdir()}
    write_fonts(tmp_path / "two", kept)
    assert {each.name: each.stat().st_mtime_ns for each in kept.iterdir()} == first and len(first) == len(FACES)
    assert (tmp_path / "one" / "fonts.css").read_text().count("@font-face") == len(FACES)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["common", "screen", "print"])
def test_text_colours_stand_four_and_a_half_to_one(name: str) -> None:
    # WCAG 2.1, success criterion 1.4.3; the darkest tint of ours that text stands on is #fbf0ed
    css = (TEMPLATE / "styles" / f"{name}.css").read_text()
    css = re.sub(r"#note[^{]*\{[^}]*\}", "", css)
    colours = set(re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", css))
    assert colours
    for colour in colours:
        assert (luminance("#fbf0ed") + 0.05) / (luminance(colour) + 0.05) >= 4.5, colour
