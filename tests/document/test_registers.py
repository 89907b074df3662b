"""The real chapters with and without registers, by both engines: nothing missing, nothing left over."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from demo import FONTS, TEMPLATE

from respml.document.assemble import assemble
from respml.document.engines import render_html
from respml.document.markdown import signoff_table
from respml.document.quarto_engine import quarto_path
from respml.document.words import findings_narrative
from respml.evidence import Evidence
from respml.review.findings_register import Finding
from respml.review.rebuild import REGISTER_PIECES
from respml.review.register_words import entries_words, findings_words, overdue_words
from respml.review.registers import Entry

AS_OF = date(2026, 9, 30)
ENGINES = [
    "pandoc",
    pytest.param(
        "quarto", marks=[pytest.mark.quarto, pytest.mark.skipif(quarto_path() is None, reason="no quarto on PATH")]
    ),
]
STUBS = """# Elsewhere {#sec-reproduction .appendix}

::: {#tbl-checks-log}
| A |
|---|
| b |

Test log
:::

# References {.unnumbered}

::: {#refs}
:::
"""
INCLUDED = re.compile(r"\{\{< include /narrative/([a-z_-]+)\.qmd >\}\}")


def finding(**more: object) -> Finding:
    content = {
        "id": "RML-P03.mgbm", "check": "RML-P03", "title": "Slope", "severity": "high", "status": "open",
        "history": [{"event": "opened", "version": "1.0.0", "as_of": AS_OF}], **more,
    }  # fmt: skip
    return Finding("RML-P03.mgbm", content, Path("RML-P03.mgbm.yml"))


def project(folder: Path, pieces: Mapping[str, str], *, kept: bool, previous: str = "") -> Path:
    """The decision sheet, the identity and the findings chapter of the real template, and nothing else."""
    template = folder / "template"
    shutil.copytree(TEMPLATE, template, ignore=shutil.ignore_patterns("notebooks", "requirements"))
    (template / "chapters" / "end.qmd").write_text(STUBS)
    names = ("decision-sheet", "identity", "findings", "end")
    (template / "report.qmd").write_text("\n\n".join(f"{{{{< include chapters/{each}.qmd >}}}}" for each in names))
    included = {
        name for each in names for name in INCLUDED.findall((template / "chapters" / f"{each}.qmd").read_text())
    }
    flags = {
        "register": dict.fromkeys(("findings", "assumptions", "limitations", "overdue"), kept),
        "signed": {"previous": bool(previous)},
        "findings": {"any": True},
    }
    entry = {"code": "RML-P03", "severity": "high", "title": "Slope", "state": "finding", "template": "Too steep.",
             "remediation": "Recalibrate."}  # fmt: skip
    words = {
        **{name: f"Piece {name}.\n" if not name.startswith("text-") else "" for name in included},
        **findings_narrative([entry]), "signoff": signoff_table([("Validator", "Grace")]),
        "signoff-previous": previous, **dict.fromkeys(REGISTER_PIECES, ""), **pieces,
    }  # fmt: skip
    model = dict.fromkeys(
        ("name", "version", "as_of", "users", "population", "tier", "exposure", "purpose", "owner", "developer",
         "validator", "implementation", "licence"), "stated",
    )  # fmt: skip
    variables = {"document": {"title": "T"}, "model": model, "champion": "MGBM", "benchmark": "GLM"}
    return assemble(template, Evidence({}, {}, {}, {}), variables, flags, words, folder / "project",
                    analyses=("checks", "comparison", "changes"), font_cache=FONTS)  # fmt: skip


def text_of(folder: Path, profile: str, engine: str) -> str:
    html = render_html(folder, profile, engine).read_text()  # type: ignore[arg-type]
    return re.sub(r"<(style|script|head)\b.*?</\1>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("profile", ["screen", "print"])
def test_registers_stand_in_their_chapters_and_what_is_overdue_on_page_one(
    tmp_path: Path, profile: str, engine: str
) -> None:
    late = finding(owner="Olga", due="2026-09-01", response="We **look** at it.")
    entries = [Entry("assumptions", "A-1", {"id": "A-1", "text": "Rates hold", "review_by": "2026-01-01"})]
    pieces = {
        "findings-register": findings_words([late], AS_OF),
        "findings-overdue": overdue_words([late], entries, AS_OF),
        "assumptions-register": entries_words(entries, AS_OF, "assumptions"),
        "limitations-register": entries_words([], AS_OF, "limitations"),
    }
    html = text_of(project(tmp_path, pieces, kept=True, previous="Signed by Grace.\n"), profile, engine)
    sheet = html[: html.index("sec-identity", html.index("<main")) if "<main" in html else html.index("1</span> Model")]
    assert 'class="overdue">▲ Overdue</span> as of 2026-09-30: 1 finding (RML-P03 since 2026-09-01)' in sheet
    assert html.count('class="overdue">▲ overdue since 2026-09-01</span>') == 2
    assert "We **look** at it." in html, "an answer is text, not markup"
    assert "Review overdue since 2026-01-01." in html and "The register holds no limitations." in html
    assert "Piece assumptions" not in html and "Piece limitations" not in html
    assert "Signed by Grace." in html
    assert "unsigned</span>" in html


@pytest.mark.parametrize("engine", ENGINES)
def test_without_registers_nothing_of_them_is_left(tmp_path: Path, engine: str) -> None:
    html = text_of(project(tmp_path, {}, kept=False), "print", engine)
    assert "Findings register" not in html and "verdue" not in html and "The version before" not in html
    assert "Piece assumptions" in html and "Piece limitations" in html
    assert 'id="tbl-register-findings"' not in html


def test_colour_is_never_alone(tmp_path: Path) -> None:
    """In grey print and to a reader of colours that are not seen, the mark is a symbol and a word."""
    words = findings_words([finding(due="2026-09-01")], AS_OF)
    marked = re.findall(r"\[([^\]]*)\]\{\.overdue\}", words)
    assert marked and all(each.startswith("▲ overdue since") for each in marked)
