"""Drawings as pictures, for formats that cannot take SVG with fonts of its own: WeasyPrint draws, PDFium paints."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import weasyprint
from weasyprint.urls import FatalURLFetchingError

from respml.document.embed import inside
from respml.document.fonts import STYLESHEET
from respml.document.pdf import ProjectFetcher, collected_logs
from respml.errors import RenderError

RESOLUTION = 240
"""Dots per inch of a painted drawing."""

_SIZE = re.compile(r'<svg\b[^>]*?\swidth="([0-9.]+)(pt|px)?"[^>]*?\sheight="([0-9.]+)(pt|px)?"', re.DOTALL)


@dataclass(frozen=True)
class Picture:
    """A painted drawing: PNG bytes, width and height in points."""

    png: bytes
    width: float
    height: float


def painted(project: Path, sources: Sequence[str]) -> dict[str, Picture]:
    """Drawings of a project as pictures, by their paths.

    Parameters
    ----------
    project: folder of the assembled document; its fonts are the drawings' fonts.
    sources: paths of SVG files from the project's root; each is painted once.

    Raises
    ------
    RenderError: for a file that is missing, has no size, or asks for anything outside the project.
    """
    import pypdfium2

    names = sorted(set(sources))
    if not names:
        return {}
    sizes = [_size(inside(project, name)) for name in names]
    document = pypdfium2.PdfDocument(_pdf(project, names, sizes))
    try:
        if len(document) != len(names):
            raise RenderError("A drawing does not fill exactly one page.", where=project.name)
        return {
            name: Picture(_png(document[number]), *size)
            for number, (name, size) in enumerate(zip(names, sizes, strict=True))
        }
    finally:
        document.close()


def _size(path: Path) -> tuple[float, float]:
    """Width and height in points."""
    found = _SIZE.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise RenderError("The drawing does not say how large it is.", where=path.name)
    unit = {"pt": 1.0, "px": 0.75, None: 0.75}
    return float(found[1]) * unit[found[2]], float(found[3]) * unit[found[4]]


def _pdf(project: Path, names: Sequence[str], sizes: Sequence[tuple[float, float]]) -> bytes:
    rules = "".join(
        f"@page p{number} {{ size: {width}pt {height}pt; margin: 0 }} "
        f"#d{number} {{ page: p{number}; display: block; width: {width}pt; height: {height}pt }}\n"
        for number, (width, height) in enumerate(sizes)
    )
    images = "".join(
        f'<img id="d{number}" alt="" src="{html.escape(name, quote=True)}">' for number, name in enumerate(names)
    )
    page = (
        f'<html><head><link rel="stylesheet" href="styles/{STYLESHEET}">'
        f"<style>body {{ margin: 0 }}\n{rules}</style></head><body>{images}</body></html>"
    )
    base = (project / "drawings.html").resolve().as_uri()
    with collected_logs() as messages:
        try:
            content = weasyprint.HTML(string=page, base_url=base, url_fetcher=ProjectFetcher(project)).write_pdf()
        except FatalURLFetchingError as error:
            raise RenderError(str(error), where=project.name) from error
    if messages:
        raise RenderError(f"WeasyPrint complains: {messages[0][:300]}", where=project.name)
    return bytes(content)


def _png(page: object) -> bytes:
    target = io.BytesIO()
    image = page.render(scale=RESOLUTION / 72).to_pil()  # type: ignore[attr-defined]
    image.save(target, "PNG", dpi=(RESOLUTION, RESOLUTION))
    return target.getvalue()
