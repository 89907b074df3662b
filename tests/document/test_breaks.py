"""Long words on paper: they may break, and their text stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from weasyprint import HTML

from respml.document.breaks import breakable
from respml.document.finish import finish
from respml.document.project import read_project

LONG = "<body><table><tr><td>{}</td></tr></table><p>{}</p></body>"


def text(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


def test_a_long_name_may_break_behind_its_marks_or_after_twelve_characters() -> None:
    html = breakable(LONG.format("number_of_late_payments_in_the_last_year", "L" * 30))
    assert "number_<wbr>of_<wbr>late_<wbr>payments_<wbr>in_<wbr>the_<wbr>last_<wbr>year" in html
    assert "L" * 30 in html
    cell = breakable(LONG.format("L" * 30, "")).split("</td>")[0]
    assert cell.endswith("L" * 12 + "<wbr>" + "L" * 12 + "<wbr>" + "L" * 6)


@pytest.mark.parametrize(
    "word",
    [
        "a" * 300,
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;",
        "😀" * 40,
        "a.b-c_d" * 9,
        "&#x202e;" * 30,
        "x" * 24,
    ],
)
def test_the_text_stays_and_no_entity_is_cut(word: str) -> None:
    html = LONG.format(word, word)
    assert text(breakable(html)) == text(html)
    assert not re.search(r"&[#\w]*<wbr>", breakable(html))


def test_only_words_of_the_body_are_touched() -> None:
    word = "w" * 99
    html = (
        f'<head><title>{word}</title></head><body><a href="#{word}" title="{word}"></a><svg><text>{word}</text></svg>'
    )
    assert breakable(html) == html
    assert "<wbr>" in breakable(html + f"<p>{word}</p>")


def test_paper_gets_breaks_and_the_screen_does_not(demo: Path) -> None:
    html = f"<html><head></head><body><table><tr><td>{'n' * 99}</td></tr></table></body></html>"
    assert "<wbr>" in finish(html, read_project(demo, "print"))
    assert "<wbr>" not in finish(html, read_project(demo, "screen"))


@pytest.mark.parametrize("breaking", [True, False])
def test_the_columns_behind_a_long_name_stay_on_the_page(breaking: bool) -> None:
    # Without breaks the second column starts off the page: the case is one that matters.
    style = "@page { size: A4; margin: 20mm } td { overflow-wrap: break-word }"
    html = f"<body><style>{style}</style><table><tr><td>{'n' * 300}</td><td>behind</td></tr></table></body>"
    page = HTML(string=breakable(html) if breaking else html).render().pages[0]
    starts = [box.position_x for box in page._page_box.descendants() if getattr(box, "text", "") == "behind"]
    assert len(starts) == 1
    assert (starts[0] < page.width) is breaking
