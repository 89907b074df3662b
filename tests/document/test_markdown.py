"""Text becomes markup in one place, and hostile text never does."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from respml.document.markdown import (
    Attributes,
    attribute_value,
    div,
    escape,
    facts_table,
    figure_block,
    finding_block,
    paragraphs,
    pipe_table,
    plain,
    table_block,
)
from respml.document.pandoc_engine import pandoc_path
from respml.errors import RenderError


def read_back(markdown: str, form: str = "plain") -> str:
    """What Pandoc, reading as both engines do, takes the text for."""
    command = [pandoc_path(), "--from=markdown", f"--to={form}", "--wrap=none", "--sandbox"]
    return subprocess.run(command, input=markdown, capture_output=True, text=True, check=True).stdout.strip("\n")


HOSTILE = [
    "<script>alert(1)</script>",
    "{{< include /etc/passwd >}}",
    "{{< var secret >}}",
    "[x](javascript:alert(1))",
    "![x](http://elsewhere/x.png)",
    "| a | b |",
    "# no heading",
    "1. no list",
    "- no list",
    "@fig-none [@none; -@other]",
    "$x^2$ and $$y$$",
    "a*b*c _d_ ~e~ ^f^ `g`",
    "::: {.finding}",
    "\\newcommand &amp; &lt;",
    "```{=html}",
    "back\\slash at the end\\",
    'it\'s "quoted" ... -- ---',
    "http://elsewhere.example/path",
    "<!-- comment -->",
    "[^1] and ^[note]",
    "Å χ² − “curly” 漢字 🙂",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_read_back_as_it_was(text: str) -> None:
    assert read_back(escape(text)) == text


printable = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), max_size=60
)
ascii_soup = st.text(st.sampled_from("<>{}[]()|\\`*_#@$~^&!:;,.'\"-+=/%? ab1\n"), max_size=40)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.one_of(printable, ascii_soup), min_size=30, max_size=60))
def test_any_text_survives_the_round_trip(texts: list[str]) -> None:
    # many texts a Pandoc call: each is the cell of a table, whose JSON form keeps blanks apart from text
    kept = [each for each in (plain(text) for text in texts) if each]
    rows = [[each] for each in kept] or [["x"]]
    html = read_back(pipe_table(rows, ["left"], ["text"]), "json")
    # a per cent sign is bound to its number
    assert cells(html) == [each[0].replace(" %", "\u00a0%") for each in rows]


def cells(document: str) -> list[str]:
    """Texts of the body cells of the first table of a Pandoc document."""
    import json

    table = json.loads(document)["blocks"][0]["c"]
    words = {"Space": " ", "SoftBreak": " "}
    return [
        "".join(each["c"] if each["t"] == "Str" else words[each["t"]] for each in row[1][0][4][0]["c"])
        for row in table[4][0][3]
    ]


def test_control_and_direction_characters_are_dropped_and_white_space_folded() -> None:
    assert plain("a\x00\u202eb\u200b\tc\r\n\n d\u2028e") == "ab c d e"


def test_a_long_text_is_cut_before_it_is_escaped() -> None:
    assert escape("*" * 50, limit=4) == "\\*\\*\\*…"


def test_no_shortcode_is_left_for_either_engine() -> None:
    assert "{{<" not in escape("{{< include x >}}")
    assert "{{<" not in attribute_value("{{< include x >}}")


def test_an_attribute_holds_any_text() -> None:
    text = 'a "b" \\ <c> & {{< d >}} }'
    html = read_back(f"[x]{Attributes(values={'title': text})}", "html")
    assert html == '<p><span title="a &quot;b&quot; \\ &lt;c&gt; &amp; {{&lt; d &gt;}} }">x</span></p>'


def test_an_identifier_with_markup_is_refused() -> None:
    with pytest.raises(RenderError, match="cannot be an identifier"):
        str(Attributes('x" onload="y'))


def test_a_pipe_table_as_written() -> None:
    assert pipe_table([["a|b", "1"], ["c", "−2"]], ["left", "right"], ["Name", "n"], strong=[1]) == (
        "| Name | n |\n|:----|----:|\n| a\\|b | 1 |\n| **c** | **−2** |\n"
    )


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(RenderError, match="not as long"):
        pipe_table([["a"]], ["left", "left"], ["x", "y"])


def test_table_and_figure_blocks_as_written() -> None:
    assert table_block("a-b", "| x |\n|:--|\n| 1 |\n", "Caption") == (
        ":::: {#tbl-a-b}\n| x |\n|:--|\n| 1 |\n\nCaption\n::::\n"
    )
    assert figure_block("a-b", "/evidence/a/b.svg", "Caption", 'says "x"') == (
        '![Caption](/evidence/a/b.svg){#fig-a-b fig-alt="says &quot;x&quot;"}\n'
    )


@pytest.mark.parametrize("path", ["../x.svg", "http://x/y.svg", "a b.svg", "x.svg){onload=1}"])
def test_a_figure_outside_the_project_is_refused(path: str) -> None:
    with pytest.raises(RenderError, match="path of a figure"):
        figure_block("x", path, "c", "a")


def test_a_finding_says_its_severity_by_word_and_symbol() -> None:
    text = read_back(finding_block("RML-C01", "high", "<b>title</b>", ["Body."]))
    assert text == "▲ High RML-C01 <b>title</b>\n\nBody."
    with pytest.raises(RenderError, match="no severity"):
        finding_block("RML-C01", "grave", "title")


def test_free_text_keeps_paragraphs_and_lists_and_nothing_else() -> None:
    assert paragraphs("One <b>\ntwo.\n\n- a\n- *b*\n\n# c") == "One \\<b\\> two\\.\n\n- a\n- \\*b\\*\n\n\\# c\n"


def test_facts_stand_in_pairs_down_the_columns() -> None:
    table = facts_table({"a": "1", "b": "2", "c": "3"})
    assert table.splitlines()[3:5] == ["| a | 1 | c | 3 |", "| b | 2 |  |  |"]


def test_blocks_nest() -> None:
    assert div([div(["x"], Attributes(classes=("inner",)))], Attributes(classes=("outer",)), depth=4) == (
        ":::: {.outer}\n::: {.inner}\nx\n:::\n::::\n"
    )
