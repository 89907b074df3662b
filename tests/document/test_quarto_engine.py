"""Both engines make the same document of the same source."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from respml.document.engines import chosen_engine, engine_version, render_html
from respml.document.markdown import escape, figure_block
from respml.document.quarto_engine import normalised, quarto_path
from respml.document.variables import dump_yaml, read_yaml
from respml.errors import RenderError

quarto = pytest.mark.skipif(quarto_path() is None, reason="no quarto on PATH")


def skeleton(html: str) -> list[str]:
    """Tags without their looks, and texts: what a reader meets, in order."""
    body = re.sub(r"<(style|script|head)\b.*?</\1>", "", html, flags=re.DOTALL).replace("&nbsp;", "\u00a0")
    body = re.sub(r'\s(class|style|role|alt|data-[a-z-]+|aria-[a-z]+)="[^"]*"', "", body).replace(" />", ">")
    return [each for each in re.split(r"\s*(<[^>]*>)\s*", body) if each.strip()]


@quarto
@pytest.mark.quarto
@pytest.mark.parametrize("profile", ["screen", "print"])
def test_both_engines_make_the_same_document(project: Path, profile: str) -> None:
    by_pandoc = render_html(project, profile, "pandoc").read_text()  # type: ignore[arg-type]
    by_quarto = render_html(project, profile, "quarto").read_text()  # type: ignore[arg-type]
    assert by_quarto.count("<figcaption>") == 2 and by_quarto.count("<caption>") == 5
    assert skeleton(by_quarto) == skeleton(by_pandoc)


@quarto
@pytest.mark.quarto
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# A\n\nSee @fig-nowhere.\n", r"report\.qmd:3: .*'fig-nowhere'"),
        ("# A\n\nSee @sec-nowhere.\n", r"report\.qmd:3: .*'sec-nowhere'"),
        ("x\n\n{{< var comparison.nothing >}}\n", r"report\.qmd:3: .*no variable"),
        ("x\n\nSee [@nobody1999].\n", r"report\.qmd:3: .*'nobody1999'"),
        ("x\n\n![c](/evidence/none.svg){#fig-none}\n", r"none\.svg"),
    ],
)
def test_what_quarto_only_warns_about_is_an_error(with_report: Callable[[str], Path], text: str, message: str) -> None:
    with pytest.raises(RenderError, match=message):
        render_html(with_report(text), "print", "quarto")


HOSTILE = "{{< include /etc/passwd >}} {{< var x >}} {{{< raw >}}} a >}} b {{</* c */>}} ::: {.finding} std::move <b>"
ESCAPED = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")


@quarto
@pytest.mark.quarto
@pytest.mark.parametrize("profile", ["screen", "print"])
def test_what_only_metadata_or_an_attribute_holds_is_text_in_both_engines(
    with_report: Callable[[str], Path], profile: str
) -> None:
    figure = figure_block("hostile", "/evidence/comparison/roc0.svg", escape(HOSTILE), HOSTILE)
    project = with_report(f"# A {{#sec-a}}\n\n{{{{< var hostile.cited >}}}}\n\n{figure}")
    variables = read_yaml(project / "_variables.yml") | {"hostile": {"cited": escape(HOSTILE), "not": escape(HOSTILE)}}
    (project / "_variables.yml").write_text(dump_yaml(variables), encoding="utf-8")
    document = read_yaml(project / "_document.yml") | {"title": escape(HOSTILE), "document-class": escape(HOSTILE)}
    (project / "_document.yml").write_text(dump_yaml(document), encoding="utf-8")
    by_pandoc = render_html(project, profile, "pandoc").read_text(encoding="utf-8")  # type: ignore[arg-type]
    by_quarto = render_html(project, profile, "quarto").read_text(encoding="utf-8")  # type: ignore[arg-type]
    # the window's title, the heading, the paragraph, the caption and what is told of the figure
    assert by_quarto.count(ESCAPED) == by_pandoc.count(ESCAPED) >= 5
    assert skeleton(by_quarto) == skeleton(by_pandoc)


def test_quartos_attributes_are_escaped_as_pandoc_escapes_them() -> None:
    told = '<p>"1 &lt; 2"</p><img src="./a.svg" hidden alt="a\u2060 > b <i>"><p class="x">= "</p>'
    assert normalised(told) == '<p>"1 &lt; 2"</p><img src="a.svg" hidden alt="a &gt; b &lt;i&gt;"><p class="x">= "</p>'


def test_the_engine_is_chosen_by_name_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    assert chosen_engine("auto") == "pandoc" and engine_version("auto").startswith("Pandoc 3")
    with pytest.raises(RenderError, match="Quarto is not on PATH"):
        chosen_engine("quarto")
    with pytest.raises(RenderError, match="no engine 'word'"):
        chosen_engine("word")  # type: ignore[arg-type]
