"""Paper: archivable, tagged, navigable, and the same bytes every time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from respml.document.engines import Engine, render_html
from respml.document.pdf import Attached, write_pdf
from respml.document.quarto_engine import quarto_path
from respml.document.variables import dump_yaml, read_yaml
from respml.errors import RenderError

needs_quarto = pytest.mark.skipif(quarto_path() is None, reason="no quarto on PATH")
AS_OF = date(2026, 10, 31)
PAGE = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>T</title>{}</head><body>{}</body></html>'


@pytest.fixture(scope="module")
def pdf(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = render_html(demo, "print", "pandoc")
    files = [Attached(demo / "metrics.json", "Every number of the document")]
    target = tmp_path_factory.mktemp("pdf") / "report.pdf"
    return write_pdf(page, target, as_of=AS_OF, attachments=files,
                     title="Card default model: development and validation")  # fmt: skip


def small(folder: Path, head: str = "", body: str = "<h1>A</h1><p>x</p>") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "report-print.html").write_text(PAGE.format(head, body), encoding="utf-8")
    return folder / "report-print.html"


def metadata(path: Path) -> str:
    """The XMP packet without white space."""
    packet = PdfReader(path).trailer["/Root"]["/Metadata"].get_data().decode()
    return packet.replace(" ", "").replace("\n", "")


def test_it_is_a_tagged_archive_with_language_and_title(pdf: Path) -> None:
    reader = PdfReader(pdf)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert 'pdfaid:part="3"' in metadata(pdf) and 'pdfaid:conformance="A"' in metadata(pdf)
    assert reader.metadata is not None
    assert reader.metadata.title == "Card default model: development and validation"
    assert str(reader.metadata["/CreationDate"]) == "D:20261031"


def test_the_evidence_travels_inside(pdf: Path, demo: Path) -> None:
    reader = PdfReader(pdf)
    assert reader.attachments["metrics.json"][0] == (demo / "metrics.json").read_bytes()
    assert reader.trailer["/Root"]["/AF"][0]["/AFRelationship"] == "/Data"


def test_bookmarks_follow_the_headings(pdf: Path) -> None:
    outline = PdfReader(pdf).outline
    titles = [each["/Title"] for each in outline if not isinstance(each, list)]
    assert titles == [
        "Decision sheet", "1 Performance, part 1", "2 Performance, part 2", "3 Findings", "A Terms", "B Full tables",
        "References",
    ]  # fmt: skip


def test_page_one_is_the_decision_sheet_and_every_page_says_where_it_belongs(pdf: Path) -> None:
    reader = PdfReader(pdf)
    pages = [page.extract_text() for page in reader.pages]
    assert "Decision sheet" in pages[0] and "▲ High" in pages[0] and "Conditions of use" in pages[0]
    assert "Contents" in pages[1] and "List of figures" in pages[1] and "List of tables" in pages[1]
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text.replace("\u00a0", " ")
        assert "PD-CARD-07 · version 1.4.0" in text and "Confidential" in text


def test_a_wide_table_has_a_page_turned_for_it_and_what_follows_stands_upright(pdf: Path) -> None:
    pages = PdfReader(pdf).pages
    turned = [number for number, page in enumerate(pages) if page.mediabox.width > page.mediabox.height]
    assert len(turned) == 1
    assert "Segments by every measure" in pages[turned[0]].extract_text()
    assert "stands upright again" in pages[turned[0] + 1].extract_text()


@pytest.mark.parametrize(
    ("engine", "paper", "size"),
    [
        ("pandoc", "a4", (595.3, 841.9)),  # 210 mm by 297 mm
        ("pandoc", "letter", (612, 792)),  # 8.5 in by 11 in
        pytest.param("quarto", "letter", (612, 792), marks=[pytest.mark.quarto, needs_quarto]),
    ],
)
def test_pages_have_the_paper_of_the_spec(
    project: Path, engine: Engine, paper: str, size: tuple[float, float], tmp_path: Path
) -> None:
    flags = read_yaml(project / "_flags.yml")["flags"] | {"paper": {paper: True}}
    (project / "_flags.yml").write_text(dump_yaml({"flags": flags}), encoding="utf-8")
    pages = PdfReader(write_pdf(render_html(project, "print", engine), tmp_path / "x.pdf", as_of=AS_OF)).pages
    seen = {(round(float(page.mediabox.width), 1), round(float(page.mediabox.height), 1)) for page in pages}
    assert seen == {size, size[::-1]}, "upright and turned"
    assert "Out-of-time performance" in pages[0].extract_text(), "the decision sheet ends on its page"


def test_only_our_fonts_are_used(pdf: Path) -> None:
    fonts = set()
    for page in PdfReader(pdf).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            fonts.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
    assert fonts and all(each.startswith(("Source-Serif-Pro", "Source-Sans-Pro")) for each in fonts)


def test_twice_the_same_bytes(demo: Path, pdf: Path, tmp_path: Path) -> None:
    files = [Attached(demo / "metrics.json", "Every number of the document")]
    again = write_pdf(demo / "report-print.html", tmp_path / "again.pdf", as_of=AS_OF, attachments=files)
    assert again.read_bytes() == pdf.read_bytes()


def test_other_variants(tmp_path: Path) -> None:
    accessible = write_pdf(small(tmp_path), tmp_path / "ua.pdf", variant="pdf/ua-1", as_of=AS_OF)
    assert "pdfuaid:part" in metadata(accessible) and "pdfaid" not in metadata(accessible)
    plain = write_pdf(small(tmp_path), tmp_path / "plain.pdf", variant="plain", as_of=AS_OF)
    assert "/Metadata" not in PdfReader(plain).trailer["/Root"]


def test_an_unknown_variant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="no PDF variant"):
        write_pdf(small(tmp_path), tmp_path / "x.pdf", variant="pdf/x", as_of=AS_OF)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", '<img alt="x" src="http://elsewhere.example/x.png">'),
        ("", '<img alt="x" src="../secret.png">'),
        ("", '<img alt="x" src="file:///etc/passwd">'),
        ("", '<img alt="x" src="missing.png">'),
        ('<link rel="stylesheet" href="https://elsewhere.example/x.css">', ""),
        ("<style>@font-face { font-family: x; src: url(http://x.example/f) } p { font-family: x }</style>", "x"),
    ],
)  # fmt: skip
def test_nothing_outside_the_project_is_read(tmp_path: Path, head: str, body: str) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    with pytest.raises(RenderError):
        write_pdf(small(tmp_path / "document", head, body), tmp_path / "x.pdf", as_of=AS_OF)
    assert not list(tmp_path.glob("*.pdf*"))


def test_a_picture_without_alternative_text_fails(tmp_path: Path) -> None:
    page = small(
        tmp_path, body='<h1>A</h1><img src="data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22/>">'
    )
    with pytest.raises(RenderError, match="WeasyPrint complains"):
        write_pdf(page, tmp_path / "x.pdf", as_of=AS_OF)


def test_a_style_that_weasyprint_ignores_fails(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="colour"):
        write_pdf(small(tmp_path, "<style>p { colour: red }</style>"), tmp_path / "x.pdf", as_of=AS_OF)


def test_a_document_with_another_title_fails(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="titled 'T', not 'U'"):
        write_pdf(small(tmp_path), tmp_path / "x.pdf", as_of=AS_OF, title="U")


def test_marks_that_are_not_shown_make_no_other_title(tmp_path: Path) -> None:
    write_pdf(small(tmp_path), tmp_path / "x.pdf", as_of=AS_OF, title=" \u202eT\u200f ")
