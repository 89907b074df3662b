"""The Word document: native tables, captions and fields that Word counts, the house's styles, always the same bytes."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from demo import AS_OF, TEMPLATE
from PIL import Image
from word_reading import WP, A, R, W, Word, rows, style, words

from respml.document.engines import render_html
from respml.document.word import write_word
from respml.errors import RenderError

PARAGRAPH_ORDER = (
    "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens spacing ind contextualSpacing jc outlineLvl rPr sectPr"
)
TABLE_ORDER = "tblStyle tblW jc tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption"
"""The sequence of ECMA-376, part 1: CT_PPr and CT_TblPr."""

Replace = Callable[[str], Path]


@pytest.fixture(scope="module")
def word(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Word:
    return Word(write_word(demo, tmp_path_factory.mktemp("word") / "report.docx", as_of=AS_OF))


@pytest.fixture(scope="module")
def printed(demo: Path) -> str:
    return render_html(demo, "print", "pandoc").read_text(encoding="utf-8")


@pytest.fixture
def made(with_report: Replace, tmp_path: Path) -> Callable[..., Word]:
    """A document of a text of one's own."""

    def build(text: str, **options: str) -> Word:
        return Word(write_word(with_report(text), tmp_path / "own.docx", as_of=AS_OF, **options))  # type: ignore[arg-type]

    return build


def html_texts(page: str, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    return [html.unescape(" ".join(re.sub(r"<[^>]+>", "", each).split(" "))).strip() for each in found]


def test_every_table_of_the_other_formats_is_a_native_table(word: Word, printed: str) -> None:
    assert len(word.tables) == printed.count("<table")
    # 5 numbered tables of evidence, the identity table and the sign-off
    kinds = [found.get(f"{W}val") for each in word.tables for found in each.iter(f"{W}tblStyle")]
    assert sorted(kinds) == ["FactsTable", "SignoffTable", *["Table"] * 5]


def test_header_rows_repeat_and_no_row_breaks_over_pages(word: Word) -> None:
    for table in word.tables:
        heads = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in table.findall(f"{W}tr")]
        facts = table.find(f"{W}tblPr/{W}tblStyle").get(f"{W}val") == "FactsTable"  # type: ignore[union-attr]
        assert heads == [not facts] + [False] * (len(heads) - 1)
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in table.findall(f"{W}tr"))


def test_numbers_stand_on_the_right_and_words_on_the_left(word: Word) -> None:
    table = next(each for each in word.tables if rows(each)[0][0] == "Candidate" or "AUC" in rows(each)[0])
    sides = [each.get(f"{W}val") for each in table.findall(f"{W}tr")[1].iter(f"{W}jc")]
    assert sides == ["left", "right", "right", "right", "right", "right"]


def test_tables_are_as_wide_as_the_page_and_columns_add_up(word: Word) -> None:
    section = list(word.body.iter(f"{W}sectPr"))[-1]
    page, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
    assert page is not None and margins is not None
    sides = int(margins.get(f"{W}left", "")) + int(margins.get(f"{W}right", ""))
    upright, turned = (int(page.get(f"{W}{side}", "")) - sides for side in ("w", "h"))
    widths = [sum(int(each.get(f"{W}w", "")) for each in table.iter(f"{W}gridCol")) for table in word.tables]
    wide = [len(rows(table)[0]) == 11 for table in word.tables]
    assert sum(wide) == 1
    for width, turns in zip(widths, wide, strict=True):
        assert width == pytest.approx(turned if turns else upright, abs=12)
    for table in word.tables:
        grid = [each.get(f"{W}w") for each in table.iter(f"{W}gridCol")]
        for row in table.findall(f"{W}tr"):
            assert [each.get(f"{W}w") for each in row.iter(f"{W}tcW")] == grid


def test_captions_are_those_of_the_other_formats_and_word_counts_them(word: Word, printed: str) -> None:
    assert word.styled("TableCaption") == html_texts(printed, "caption")
    assert word.styled("Caption") == html_texts(printed, "figcaption")
    assert word.instructions().count(r"SEQ Table \* ARABIC") == 5
    assert word.instructions().count(r"SEQ Figure \* ARABIC") == 2
    styles = {each.get(f"{W}styleId"): each for each in word.xml("word/styles.xml")}
    based = styles["TableCaption"].find(f"{W}basedOn")
    assert based is not None and based.get(f"{W}val") == "Caption"


def test_references_are_fields_whose_targets_exist(word: Word) -> None:
    targets = [each.split() for each in word.instructions() if each.startswith("REF ")]
    marks = word.bookmarks()
    assert {"REF", "\\h"} <= set(targets[0])
    assert all(each[1] in marks for each in targets)
    to_captions = [each[1] for each in targets if "\\r" not in each]
    assert {style(marks[each]) for each in to_captions} == {"Caption", "TableCaption"}
    assert {style(marks[each[1]])[:7] for each in targets if "\\r" in each} == {"Heading"}
    anchors = [each.get(f"{W}anchor") for each in word.body.iter(f"{W}hyperlink") if each.get(f"{W}anchor")]
    assert anchors and all(each in marks for each in anchors)


def test_the_bookmark_of_a_caption_holds_its_label_alone(word: Word) -> None:
    for name, paragraph in word.bookmarks().items():
        if style(paragraph) in ("Caption", "TableCaption"):
            inside, text = False, ""
            for each in paragraph.iter():
                inside = inside or (each.tag == f"{W}bookmarkStart" and each.get(f"{W}name") == name)
                inside = inside and each.tag != f"{W}bookmarkEnd"
                text += (each.text or "") if inside and each.tag == f"{W}t" else ""
            assert re.fullmatch("(Table|Figure)\u00a0\\d+", text)


def test_headings_are_word_s_own_and_count_as_the_other_formats_do(word: Word, printed: str) -> None:
    shown = [f"{number} {text}".strip() for _, number, text in word.numbered_headings()]
    expected = [" ".join(html.unescape(re.sub(r"<[^>]+>", "", each[1])).split())
                for each in re.findall(r"<(h[1-4])\b[^>]*>(.*?)</\1>", printed, re.DOTALL)]  # fmt: skip
    assert shown == expected
    assert "A.1 Symbols" in shown and "Decision sheet" in shown


def test_contents_and_lists_are_fields_with_entries_already_in_place(word: Word, printed: str) -> None:
    instructions = word.instructions()
    for each in (r'TOC \o "1-2" \h \z', r'TOC \h \z \c "Figure"', r'TOC \h \z \c "Table"'):
        assert instructions.count(each) == 1
    expected = [f"{number} {text}".strip() for level, number, text in word.numbered_headings() if level <= 2]
    assert word.styled("TOC1", "TOC2") == expected
    assert word.styled("TableofFigures") == html_texts(printed, "figcaption") + html_texts(printed, "caption")


def test_fields_are_closed_in_the_order_they_are_opened(word: Word) -> None:
    depth = 0
    for each in word.body.iter(f"{W}fldChar"):
        kind = each.get(f"{W}fldCharType")
        depth += {"begin": 1, "separate": 0, "end": -1}[str(kind)]
        assert depth in (0, 1)
    assert depth == 0


def test_every_figure_is_embedded_sharp_and_described(word: Word, demo: Path, tmp_path: Path) -> None:
    frames = list(word.body.iter(f"{WP}inline"))
    assert len(frames) == 2
    relations = word.relations()
    for frame in frames:
        described = frame.find(f"{WP}docPr")
        assert described is not None
        assert (
            described.get("descr") == "Curves of four candidates; the monotone GBM, 0.778, lies above the GLM, 0.730."
        )
        blip, extent = next(frame.iter(f"{A}blip")), frame.find(f"{WP}extent")
        assert extent is not None
        picture = tmp_path / "picture.png"
        picture.write_bytes(word.parts["word/" + relations[blip.get(f"{R}embed", "")]])
        with Image.open(picture) as image:
            dots = image.width / (int(extent.get("cx", "")) / 914400)
            assert dots >= 200
            assert image.width / image.height == pytest.approx(
                int(extent.get("cx", "")) / int(extent.get("cy", "")), rel=0.01
            )
            # something is drawn: neither blank nor one colour
            assert len(image.convert("RGB").getcolors(maxcolors=1 << 20) or []) > 10


def test_the_same_project_gives_the_same_bytes(demo: Path, word: Word, tmp_path: Path) -> None:
    first = write_word(demo, tmp_path / "a.docx", as_of=AS_OF).read_bytes()
    assert first == write_word(demo, tmp_path / "b.docx", as_of=AS_OF).read_bytes()
    other = write_word(demo, tmp_path / "c.docx", as_of=date(2025, 1, 1)).read_bytes()
    assert other != first
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"2026-10-31T00:00:00Z" in word.parts["docProps/core.xml"]
    assert not [each.name for each in tmp_path.iterdir() if "partial" in each.name]


def test_nothing_of_html_nor_of_our_marks_is_left(word: Word) -> None:
    text = word.parts["word/document.xml"].decode()
    shown = words(word.body)
    assert not re.search(r"</?(div|span|details|summary|section|script|p|table)\b", text)
    for each in ("Respml", "{{<", ":::", "{#", "details", "How it was done.</"):
        assert each not in shown
    assert "Respml" not in text


def test_words_and_markup_from_data_are_text(made: Callable[..., Word], project: Path) -> None:
    hostile = '<script>alert(1)</script> & "]]>" <w:p/> \u202e_x000D_'
    (project / "evidence" / "comparison" / "own.qmd").write_text(
        (project / "evidence" / "comparison" / "inputs0.qmd").read_text(encoding="utf-8"), encoding="utf-8"
    )
    from respml.document.markdown import escape, figure_block, pipe_table, table_block

    table = table_block("x", pipe_table([[hostile]], ["left"], [hostile]), escape(hostile))
    figure = figure_block("y", "/evidence/comparison/roc0.svg", escape(hostile), hostile)
    word = made(f"# {escape(hostile)}\n\n{table}\n\n{figure}\n\n{escape(hostile)}\n")
    expected = hostile.replace("\u202e", "")
    assert rows(word.tables[0]) == [[expected], [expected]]
    assert word.styled("Heading1") == [expected]
    assert word.styled("TableCaption") == [f"Table\u00a01: {expected}"]
    assert [each.get("descr") for each in word.body.iter(f"{WP}docPr")] == [expected]


def test_markup_in_column_names_of_the_evidence_is_text(word: Word) -> None:
    cells = [cell for table in word.tables for row in rows(table) for cell in row]
    assert "PAY_0 | <b>0</b>" in cells


def test_header_and_footer_say_what_the_document_is(word: Word) -> None:
    headers = [words(word.xml(name)) for name in word.names if name.startswith("word/header")]
    assert headers == ["PD-CARD-07 · version 1.4.0Confidential"] * 2
    for name in (each for each in word.names if each.startswith("word/footer")):
        fields = [each.get(f"{W}instr", "").strip() for each in word.xml(name).iter(f"{W}fldSimple")]
        assert fields == ['STYLEREF "heading 1"', "PAGE", "NUMPAGES"]


def test_a_model_named_like_a_gap_is_not_filled_in(project: Path, tmp_path: Path) -> None:
    path = project / "_document.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**content, "document-model": r"\{version\}"}), encoding="utf-8")
    word = Word(write_word(project, tmp_path / "report.docx", as_of=AS_OF))
    assert words(word.xml("word/header1.xml")).startswith("{version} · version 1.4.0")


def test_wide_tables_stand_on_turned_pages_between_upright_ones(word: Word) -> None:
    turns = [each.get(f"{W}orient", "portrait") for each in word.body.iter(f"{W}pgSz")]
    assert turns == ["portrait", "landscape", "portrait"]
    sections = list(word.body.iter(f"{W}sectPr"))
    targets = [next(each.iter(f"{W}headerReference")).get(f"{R}id", "") for each in sections]
    assert targets[0] == targets[2] != targets[1]
    assert word.relations()[targets[1]] == "header2.xml"


def test_two_wide_blocks_in_a_row_share_their_pages(made: Callable[..., Word]) -> None:
    wide = "::::: {.landscape}\n\n|a|b|\n|-|-|\n|1|2|\n\n:::::\n\n"
    word = made(f"# One\n\nBefore.\n\n{wide}{wide}After.\n")
    assert [each.get(f"{W}orient", "portrait") for each in word.body.iter(f"{W}pgSz")] == [
        "portrait", "landscape", "portrait",
    ]  # fmt: skip
    assert len(word.tables) == 2


def test_findings_in_two_columns_do_not_begin_a_page(made: Callable[..., Word]) -> None:
    columns = ":::: {.two-columns}\nOne.\n\nTwo.\n::::\n\n"
    word = made(f"# One\n\nBefore.\n\n{columns}After.\n")
    sections = list(word.body.iter(f"{W}sectPr"))
    kinds = [each.get(f"{W}val") for section in sections for each in section.iter(f"{W}type")]
    assert kinds == ["continuous", "continuous"] and sections[0].find(f"{W}type") is None
    assert [section.find(f"{W}cols") is not None for section in sections] == [False, True, False]
    assert list(word.body)[-1].tag == f"{W}sectPr"


def test_a_history_stands_in_its_finding_and_words_of_state_are_marked(made: Callable[..., Word]) -> None:
    word = made(
        ":::: {.finding .severity-high}\n[▲ High]{.severity} [overdue]{.overdue}\n\n"
        "::: {.history}\n- Version 1: opened\n- Version 2: answered\n:::\n::::\n"
    )
    assert word.styled("FindingHigh") == ["▲ High overdue", "Version 1: opened", "Version 2: answered"]
    marks = [each.get(f"{W}val") for each in word.body.iter(f"{W}rStyle")]
    assert marks == ["SeverityHigh", "Overdue"]


def test_every_class_that_has_a_look_on_paper_has_one_in_word() -> None:
    """What is not for Word is listed here; a new class belongs in word.lua and word.yml, or in this list."""
    elsewhere = {"metric", "label", "csl-entry", "sidebar", "masthead", "contents", "list-of", "list-title", "right",
                 "center", "closed", "signatures"}  # fmt: skip
    css = (TEMPLATE / "styles" / "common.css").read_text(encoding="utf-8")
    classes = set(re.findall(r"\.([a-z][a-z-]+)", re.sub(r"\{[^}]*\}|/\*.*?\*/", "", css, flags=re.DOTALL)))
    lua = (TEMPLATE.parents[1] / "respml" / "document" / "filters" / "word.lua").read_text(encoding="utf-8")
    assert sorted(each for each in classes - elsewhere if not re.search(rf"\b{each}\b", lua)) == []
    definition = yaml.safe_load((TEMPLATE / "styles" / "word.yml").read_text(encoding="utf-8"))
    named = {each.get("name", id) for kind in ("paragraphs", "characters") for id, each in definition[kind].items()}
    asked = set(re.findall(r'[^=]= "([A-Z][A-Za-z]+(?: [A-Z][a-z]+)*)"', lua)) - {"FactsTable"}
    assert {each for each in asked if not each.startswith("Respml")} <= named


def test_the_paper_is_the_spec_s(made: Callable[..., Word]) -> None:
    sizes = {}
    for paper in ("A4", "letter"):
        page = next(made("# One\n\nText.\n", paper=paper).body.iter(f"{W}pgSz"))
        sizes[paper] = (page.get(f"{W}w"), page.get(f"{W}h"))
    # 210 × 297 mm and 8.5 × 11 inches, in twentieths of a point
    assert sizes == {"A4": ("11906", "16838"), "letter": ("12240", "15840")}


def test_blocks_of_ours_have_styles_of_their_own(word: Word) -> None:
    assert len(word.styled("Statement")) == 2
    assert [each[:13] for each in word.styled("FindingHigh")][:1] == ["▲ High RML-C0"]
    assert word.styled("Method")[0].startswith("How it was done. The monotone model")
    assert word.styled("TableNote") and word.styled("Bibliography") and word.styled("Title")
    defined = {each.get(f"{W}styleId") for each in word.xml("word/styles.xml")}
    used = {style(each) for each in word.paragraphs} - {""}
    assert used <= defined


def test_conditions_notes_and_passages_come_out_as_on_paper(made: Callable[..., Word]) -> None:
    word = made(
        '# One\n\n::: {.content-visible when-meta="flags.air_breach"}\nbreach\n:::\n\n'
        '::: {.content-hidden when-meta="flags.air_breach"}\nquiet[^1]\n:::\n\n[^1]: a note\n\n'
        "::: {.narrative}\nA person's word, ~~[gone]{.deleted}~~ [come]{.inserted}.\n:::\n\n"
        '```{=html}\n<p class="only-screen">screen</p>\n```\n'
    )
    shown = words(word.body)
    assert "breach" not in shown and "quiet" in shown and "screen" not in shown
    assert "a note" in words(word.xml("word/footnotes.xml"))
    assert word.styled("Narrative") == ["A person’s word, gone come."]
    assert [each.get(f"{W}val") for each in word.body.iter(f"{W}rStyle")].count("Inserted") == 1


def test_properties_stand_in_the_order_word_s_schema_asks_for(word: Word) -> None:
    order = PARAGRAPH_ORDER.split()
    tables = TABLE_ORDER.split()
    for name, sequence in (("pPr", order), ("tblPr", tables)):
        for part in ("word/document.xml", "word/styles.xml"):
            for each in word.xml(part).iter(f"{W}{name}"):
                ranks = [sequence.index(child.tag.removeprefix(W)) for child in each]
                assert ranks == sorted(set(ranks)), [child.tag for child in each]


def test_fonts_travel_with_the_document(word: Word) -> None:
    import io
    import uuid

    from fontTools.ttLib import TTFont

    relations = word.relations("fontTable")
    found = set()
    for font in word.xml("word/fontTable.xml"):
        for kind in ("Regular", "Bold", "Italic"):
            embedded = font.find(f"{W}embed{kind}")
            assert embedded is not None
            # ECMA-376: the first 32 bytes are XORed with the key's bytes in reverse order, twice
            key = uuid.UUID(embedded.get(f"{W}fontKey")).bytes[::-1]
            content = bytearray(word.parts["word/" + relations[embedded.get(f"{R}id", "")]])
            for place in range(32):
                content[place] ^= key[place % 16]
            name = TTFont(io.BytesIO(bytes(content)))["name"]
            found.add((name.getDebugName(1), name.getDebugName(2)))
    assert found == {(family, kind) for family in ("Source Serif Pro", "Source Sans Pro")
                     for kind in ("Regular", "Bold", "Italic")}  # fmt: skip


def test_the_document_asks_nobody_for_anything(word: Word) -> None:
    kinds = {each.get("Type", "").rpartition("/")[2] for name in word.names if name.endswith(".rels")
             for each in word.xml(name) if each.get("TargetMode") == "External"}  # fmt: skip
    assert kinds <= {"hyperlink"}


def test_a_template_without_reference_document_is_named(project: Path, tmp_path: Path) -> None:
    (project / "styles" / "reference.docx").unlink()
    with pytest.raises(RenderError, match=r"reference\.docx: .*no reference document"):
        write_word(project, tmp_path / "report.docx", as_of=AS_OF)
    assert not (tmp_path / "report.docx").exists()


def test_an_unresolved_reference_is_refused_as_in_the_other_formats(with_report: Replace, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"report\.qmd:3: .*unresolved reference: 'fig-nowhere'"):
        write_word(with_report("# A\n\nSee @fig-nowhere.\n"), tmp_path / "report.docx", as_of=AS_OF)


def test_the_house_reference_document_is_what_its_definition_says() -> None:
    import importlib.util

    path = TEMPLATE.parents[1] / "tools" / "word_reference.py"
    found = importlib.util.spec_from_file_location("word_reference", path)
    assert found is not None and found.loader is not None
    tool = importlib.util.module_from_spec(found)
    found.loader.exec_module(tool)
    styles = TEMPLATE / "styles"
    definition = yaml.safe_load((styles / "word.yml").read_text(encoding="utf-8"))
    assert tool.reference_document(definition) == (styles / "reference.docx").read_bytes(), (
        "run tools/word_reference.py report_templates/model_risk/styles/word.yml"
    )
    definition["paragraphs"]["Title"]["size"] += 1
    assert tool.reference_document(definition) != (styles / "reference.docx").read_bytes()
