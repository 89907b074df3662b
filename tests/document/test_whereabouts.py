"""The matrix of requirements links what it names to where the document shows it, and only to what it shows."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from demo import FONTS, write_evidence, write_template
from word_reading import W, Word

from respml.document.assemble import assemble
from respml.document.engines import Engine, render_html
from respml.document.markdown import Linked, pipe_table
from respml.document.quarto_engine import quarto_path
from respml.document.whereabouts import anchors, linked
from respml.document.word import write_word
from respml.evidence import Column, Evidence, EvidenceWriter, read_evidence

NAMED = (
    "comparison.headline, comparison.roc0, comparison.verdict, comparison.auc.hybrid, comparison, comparison.long, "
    "spec:model.owner.name, spec:model.limitations, spec:model.licence, review.findings"
)
CHAPTER = """# Comparison {#sec-compare}

{{< include /evidence/comparison/verdict.qmd >}}

## Ranking {#sec-ranking}

{{< include /evidence/comparison/roc0.qmd >}}

{{< include /evidence/comparison/headline.qmd >}}

The hybrid's AUC is {{< var comparison.auc.hybrid >}}.

::: {.content-visible when-meta="flags.never"}
## Every threshold {#sec-never}

{{< include /evidence/comparison/long.qmd >}}
:::
"""
END = """# People {#sec-people}

{{< var model.owner >}} owns it.

{{< include /narrative/limitations.qmd >}}

## Register {#sec-register}

{{< include /narrative/findings-register.qmd >}}

# Requirements {#sec-matrix .appendix}

{{< include /evidence/traceability/matrix.qmd >}}
"""
EXPECTED = {
    "comparison.headline": "tbl-comparison-headline",
    "comparison.roc0": "fig-comparison-roc0",
    "comparison.verdict": "sec-compare",  # page one shows it too
    "comparison.auc.hybrid": "sec-ranking",
    "comparison": "sec-compare",
    "comparison.long": "",  # its block is hidden
    "spec:model.owner.name": "sec-people",
    "spec:model.limitations": "sec-people",
    "spec:model.licence": "",  # nobody prints it
    "review.findings": "sec-register",
}


def evidence(folder: Path) -> Evidence:
    write_evidence(folder, 1, 3)
    writer = EvidenceWriter("traceability", folder / "traceability", "requirements")
    columns = {"shown": Column("Clause"), "present": Column("Present")}
    writer.table("matrix", pd.DataFrame({"shown": ["A.1"], "present": [NAMED]}), caption="Matrix", columns=columns)
    writer.close()
    return read_evidence([folder / "comparison", folder / "traceability"])


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document whose page one repeats a statement of a chapter, with a hidden block and a matrix."""
    folder = tmp_path_factory.mktemp("traced")
    template = write_template(folder / "template", 1, 1)
    (template / "chapters" / "sheet.qmd").write_text(
        "# Decision sheet {#sec-decision .unnumbered}\n\n{{< include /evidence/comparison/verdict.qmd >}}\n"
    )
    (template / "chapters" / "comparison.qmd").write_text(CHAPTER)
    (template / "chapters" / "end.qmd").write_text(END)
    names = ("sheet", "comparison", "end")
    (template / "report.qmd").write_text("\n\n".join(f"{{{{< include chapters/{each}.qmd >}}}}" for each in names))
    variables = {"document": {"title": "T"}, "model": {"owner": "Olga"}}
    pieces = {"limitations": "- None.\n", "findings-register": "A finding.\n"}
    found = evidence(folder / "evidence")
    return assemble(template, found, variables, {}, pieces, folder / "project", font_cache=FONTS)


def test_every_name_leads_to_what_shows_it(traced: Path) -> None:
    assert dict(linked(NAMED, anchors(traced)).pieces) == EXPECTED


@pytest.mark.parametrize("profile", ["screen", "print"])
@pytest.mark.parametrize(
    "engine",
    [
        "pandoc",
        pytest.param(
            "quarto", marks=[pytest.mark.quarto, pytest.mark.skipif(quarto_path() is None, reason="no quarto on PATH")]
        ),
    ],
)
def test_the_links_are_in_the_matrix_and_lead_somewhere(traced: Path, engine: Engine, profile: str) -> None:
    html = render_html(traced, profile, engine).read_text(encoding="utf-8")  # type: ignore[arg-type]
    table = re.search(r'id="tbl-traceability-matrix".*?</table>', html, re.DOTALL)
    assert table is not None
    found = {re.sub("<[^>]*>", "", words): place for place, words in re.findall(r'href="#(.*?)">(.*?)</a>', table[0])}
    assert found == {name: place for name, place in EXPECTED.items() if place}
    assert set(found.values()) <= set(re.findall(r' id="([^"]+)"', html))
    assert NAMED in " ".join(re.sub("<[^>]*>", "", table[0]).split()), "the words of the cell are as they were"


def test_in_word_the_links_lead_to_bookmarks(traced: Path, tmp_path: Path) -> None:
    word = Word(write_word(traced, tmp_path / "x.docx", as_of=date(2026, 9, 30)))
    targets = {each.get(f"{W}anchor") for each in word.body.iter(f"{W}hyperlink")}
    assert {place for place in EXPECTED.values() if place} <= targets
    assert targets - {None} <= set(word.bookmarks())


def test_a_linked_cell_is_text_all_the_same() -> None:
    row = pipe_table([[Linked((("a_b|c](#d)", "sec-x"), ("<b>", "")))]], ["left"], ["H"]).splitlines()[2]
    assert row == r"| [a\_b\|c\]\(\#d\)](#sec-x)\, \<b\> |"
