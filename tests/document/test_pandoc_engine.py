"""The Pandoc engine renders the template's subset and fails loudly on everything that does not resolve."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from respml.document.engines import render_html
from respml.errors import RenderError

Replace = Callable[[str], Path]


def rendered(project: Path, profile: str = "print") -> str:
    return render_html(project, profile, "pandoc").read_text(encoding="utf-8")  # type: ignore[arg-type]


def texts(html: str, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in found]


def test_sections_are_numbered_and_appendices_lettered(with_report: Replace) -> None:
    html = rendered(with_report(
        "# One {#sec-one}\n\n## Two {#sec-two}\n\n### Three\n\n## Four\n\n# Not counted {.unnumbered}\n\n# Five\n\n"
        "## Six\n\n# Seven {#sec-seven .appendix}\n\n## Eight {#sec-eight}\n\n# Nine {.appendix}\n\n"
        "@sec-two, [see @sec-seven, end], @sec-eight and [-@sec-one]\n"
    ))  # fmt: skip
    assert texts(html, "h1") == ["1 One", "Not counted", "2 Five", "A Seven", "B Nine"]
    assert texts(html, "h2") == ["1.1 Two", "1.2 Four", "2.1 Six", "A.1 Eight"]
    assert texts(html, "h3") == ["1.1.1 Three"]
    assert "Section 1.1, see Appendix A, end, Section A.1 and 1" in texts(html, "p")[-1].replace("\u00a0", " ")


def test_conditional_blocks_follow_the_flags_and_hidden_sections_are_not_counted(with_report: Replace) -> None:
    html = rendered(with_report(
        '::: {.content-visible when-meta="flags.air_breach"}\n# Breach\n:::\n\n'
        '::: {.content-hidden when-meta="flags.air_breach"}\n# None\n:::\n\n'
        '::: {.content-visible unless-meta="flags.air_breach"}\nquiet\n:::\n\n'
        '::: {.content-visible when-meta="flags.never.said"}\nunsaid\n:::\n\n'
        '::: {.content-visible when-meta="flags.analysis.comparison"}\n# Comparison\n:::\n'
    ))  # fmt: skip
    assert texts(html, "h1") == ["1 None", "2 Comparison"]
    assert "quiet" in html and "unsaid" not in html


def test_figures_and_tables_are_numbered_captioned_and_linked(demo: Path) -> None:
    html = rendered(demo)
    assert [each.replace("\u00a0", " ") for each in texts(html, "caption")] == [
        "Table 1: Candidates on the test partition, with intervals",
        "Table 2: Inputs by stability and strength",
        "Table 3: Inputs by stability and strength",
        "Table 4: Thresholds in force",
        "Table 5: Segments by every measure",
    ]
    assert [each[:9].replace("\u00a0", " ") for each in texts(html, "figcaption")] == ["Figure 1:", "Figure 2:"]
    assert '<a href="#fig-comparison-roc1" class="quarto-xref">Figure\u00a02</a>' in html
    assert re.search(r'<div id="list-of-figures".*?<a href="#fig-comparison-roc0">Figure', html, re.DOTALL)


def test_numbers_come_from_variables_with_their_id(demo: Path) -> None:
    assert '<span class="metric" data-id="comparison.auc.mgbm">0.778 (0.766\u00a0to\u00a00.790)</span>' in rendered(
        demo
    )


def test_citations_become_author_and_date_with_a_reference_list(demo: Path) -> None:
    html = rendered(demo)
    assert '(<a href="#ref-delong1988" role="doc-biblioref">DeLong et al. 1988</a>)' in html
    assert 'id="ref-delong1988"' in html


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# A\n\nSee @fig-nowhere.\n", r"report\.qmd:3: .*unresolved reference: 'fig-nowhere'"),
        ("# A\n\nSee @sec-nowhere.\n", r"report\.qmd:3: .*unresolved reference: 'sec-nowhere'"),
        ("x\n\n{{< var comparison.nothing >}}\n", r"report\.qmd:3: .*no variable 'comparison\.nothing'"),
        ("x\n\nSee [@nobody1999].\n", r"report\.qmd:3: .*no reference 'nobody1999'"),
        ("x\n\n![c](/evidence/none.svg){#fig-none}\n", r"report\.qmd:3: .*no image '/evidence/none\.svg'"),
        ("x\n\n![c](http://x.example/a.svg){#fig-a}\n", r"report\.qmd:3: .*no image"),
        ("x\n{{< include /none.qmd >}}\n", r"report\.qmd:2: .*no file '/none\.qmd'"),
        ("x\n{{< include ../../secret.qmd >}}\n", r"report\.qmd:2: .*leaves the project"),
        ("x\n{{< include /report.qmd >}}\n", r"report\.qmd:2: .*never ends"),
        ("x\n\n{{< video a.mp4 >}}\n", r"report\.qmd:3: .*shortcode 'video'"),
        (":::: {#tbl-x}\n| a |\n|---|\n| 1 |\n::::\n", "table without caption: 'tbl-x'"),
        ("# A {#sec-a}\n\n$\\frac{a}{b}$\n", "Pandoc could not render"),
    ],
)  # fmt: skip
def test_what_does_not_resolve_is_an_error_with_file_and_line(with_report: Replace, text: str, message: str) -> None:
    with pytest.raises(RenderError, match=message) as caught:
        rendered(with_report(text))
    assert caught.value.exit_code == 4


def test_an_error_in_an_included_file_names_that_file(project: Path) -> None:
    chapter = project / "chapters" / "part1.qmd"
    count = len(chapter.read_text().splitlines())
    chapter.write_text(chapter.read_text() + "\nSee @tbl-lost.\n")
    with pytest.raises(RenderError, match=rf"chapters/part1\.qmd:{count + 2}: .*'tbl-lost'"):
        rendered(project)


def test_a_relative_include_inside_an_included_file_is_refused(project: Path) -> None:
    (project / "chapters" / "part1.qmd").write_text("{{< include part2.qmd >}}\n")
    with pytest.raises(RenderError, match=r"relative.*Write /part2\.qmd"):
        rendered(project)


def test_shortcodes_in_code_are_left_alone(with_report: Replace) -> None:
    assert "{{&lt; var x &gt;}}" in rendered(with_report("```\n{{< var x >}}\n```\n"))
