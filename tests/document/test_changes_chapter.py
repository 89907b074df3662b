"""The appendix on what changed: a person's words have their place whether or not there is a version before."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from demo import FONTS, TEMPLATE

from respml.document.assemble import assemble
from respml.document.engines import render_html
from respml.evidence import Evidence

WORDS = "Two inputs were dropped."


def appendix(folder: Path, *, compared: bool, words: str) -> str:
    """The text of a document made of the appendix alone."""
    template = folder / "template"
    shutil.copytree(TEMPLATE, template, ignore=shutil.ignore_patterns("notebooks", "requirements"))
    (template / "report.qmd").write_text("# Data {#sec-data}\n\n{{< include chapters/changes.qmd >}}\n")
    flags = {"changes": {"present": compared}, "narrative": {"changes": bool(words)}}
    pieces = {"text-changes": words, "changes-text": ""}
    project = assemble(
        template, Evidence({}, {}, {}, {}), {"document": {"title": "T"}}, flags, pieces, folder / "project",
        analyses=("changes",), font_cache=FONTS,
    )  # fmt: skip
    html = render_html(project, "print", "pandoc").read_text(encoding="utf-8")
    return " ".join(re.sub(r"<[^>]*>", " ", html[html.index("<body") : html.index('<nav id="TOC"')]).split())


@pytest.mark.parametrize(
    ("compared", "heading"),
    [(True, "A What changed since n/a"), (False, "A What changed This version was compared with none before it.")],
)
def test_a_passage_stands_in_the_appendix(tmp_path: Path, compared: bool, heading: str) -> None:
    text = appendix(tmp_path, compared=compared, words=WORDS)
    assert text.count(WORDS) == 1
    assert text.index(heading) < text.index(WORDS)
    assert ("Findings then and now" in text) == compared
    assert not compared or text.index(WORDS) < text.index("Findings then and now")


def test_without_a_version_before_and_without_words_there_is_no_appendix(tmp_path: Path) -> None:
    assert "What changed" not in appendix(tmp_path, compared=False, words="")
