"""The screen document: one file that asks nobody for anything and reads without its script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from respml.document.engines import render_html
from respml.document.finish import anchor_paragraphs
from respml.document.svg import inline_svg
from respml.errors import RenderError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


@pytest.fixture(scope="module")
def screen(demo: Path) -> str:
    return render_html(demo, "screen", "pandoc").read_text(encoding="utf-8")


def test_nothing_is_loaded_from_elsewhere(screen: str) -> None:
    body = re.sub(r"<script>.*?</script>", "", screen, flags=re.DOTALL)
    assert not re.findall(r'\ssrc="(?!data:)', body)
    assert "<link" not in body and "@import" not in body
    assert not re.findall(r"url\((?!\"?data:|#)", body)


def test_the_policy_allows_our_script_and_no_other(screen: str) -> None:
    script = re.search(r"<script>(.*?)</script>", screen, re.DOTALL)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', screen)
    assert policy and f"script-src 'sha256-{digest}'" in policy[1] and "default-src 'none'" in policy[1]
    assert screen.index("Content-Security-Policy") < screen.index("<style>")


def test_each_number_of_the_text_tells_what_stands_behind_it(screen: str) -> None:
    data = re.search(r'<script type="application/json" id="metrics">(.*?)</script>', screen, re.DOTALL)
    assert data
    known = json.loads(data[1])
    assert data.start() < screen.index("<script>\n")
    cited = set(re.findall(r'data-id="([^"]+)"', screen))
    assert cited == set(known)
    assert known["comparison.auc.mgbm"]["method"] == "DeLong" and known["comparison.auc.mgbm"]["n"] == 9054


def test_accessibility_basics(screen: str) -> None:
    assert '<html lang="en">' in screen
    assert 'class="skip" href="#content"' in screen and '<main id="content">' in screen
    assert not re.findall(r"<th(?![^>]*scope=)[ >]", screen)
    numbered = re.findall(r'<div id="tbl-[^"]+"[^>]*>\s*<table[^>]*>\s*<caption>', screen)
    assert len(numbered) == 5
    assert len(re.findall(r'<svg[^>]*role="img"[^>]*aria-labelledby', screen)) == 2


def test_a_column_named_like_a_script_is_text(with_report: Callable[[str], Path]) -> None:
    from respml.document.markdown import escape, pipe_table, table_block

    hostile = "<script>alert(1)</script>"
    block = table_block("x", pipe_table([[hostile]], ["left"], [hostile]), escape(hostile))
    project = with_report(f"# {escape(hostile)}\n\n{block}\n\n::: {{#list-of-tables}}\n:::\n")
    html = render_html(project, "screen", "pandoc").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5


@pytest.mark.browser
def test_in_a_real_browser_nothing_hostile_runs_and_the_script_works(project: Path) -> None:
    from respml.document.markdown import escape

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on PATH")
    with (project / "chapters" / "part1.qmd").open("a") as chapter:
        chapter.write(f"\n{escape('<script>document.title=1</script><img src=x onerror=document.title=2>')}\n")
    page = render_html(project, "screen", "pandoc")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-background-networking", "--dump-dom", page.as_uri()]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
    assert "<title>Card default model: development and validation</title>" in shown
    assert "&lt;script&gt;document.title=1&lt;/script&gt;" in shown
    # made by our script, which the policy therefore lets run
    assert 'aria-current="true"' in shown and "Copy table" in shown and "Enlarge" in shown


def test_paragraphs_have_anchors_by_section_and_number() -> None:
    html = '<section id="a" class="level1"><p>1</p><table><td><p>2</p></td></table><p>3</p></section>'
    assert anchor_paragraphs(html) == (
        '<section id="a" class="level1"><p id="a-p1">1</p><table><td><p>2</p></td></table><p id="a-p2">3</p></section>'
    )


def test_methods_are_folded_on_screen_and_small_print_on_paper(demo: Path, screen: str) -> None:
    assert '<details class="method"><summary>How it was done</summary>' in screen
    paper = render_html(demo, "print", "pandoc").read_text(encoding="utf-8")
    assert "<details" not in paper and "<p><strong>How it was done.</strong>" in paper


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        '<g onload="alert(1)"/>',
        '<image xlink:href="http://elsewhere.example/x.png"/>',
        '<rect style="fill: url(http://elsewhere.example/x)"/>',
        "<style>@import 'x.css';</style>",
        "<foreignObject/>",
        "<a/>",
    ],
)
def test_a_drawing_that_does_or_loads_something_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.svg").write_text(SVG.format(content))
    with pytest.raises(RenderError, match=r"x\.svg"):
        inline_svg(tmp_path / "x.svg", "p", "alt")


def test_drawings_do_not_share_names(tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text(
        SVG.format('<style>*{fill: red}</style><path id="m"/><use xlink:href="#m"/><g clip-path="url(#m)"/>')
    )
    drawn = inline_svg(tmp_path / "x.svg", "p1", "a < b")
    assert 'id="p1-m"' in drawn and 'href="#p1-m"' in drawn and "url(#p1-m)" in drawn
    assert "#p1 *{fill: red}" in drawn and '<title id="p1-title">a &lt; b</title>' in drawn
