"""Markdown that reads well as it stands, and that no reader of Markdown takes for anything but the text it is."""

from __future__ import annotations

import html
import random
import re

import pypandoc
import pytest

from respml.document.markdown import plain
from respml.review.changes_markdown import light

SIGNS = [
    *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ab1é", "--", "...", "**", "__", "~~", "{{<", "www.", "http://a.b", "&amp;",
    "&#35;", "1. ", "a) ", "- ", "# ", "> ", ":::", "```", "<b>", "[x](y)", "![a](b)", "a@b.c", "@me", ":smile:", "$x$",
    "^a^", "<!--",
]  # fmt: skip


def hostile(count):
    """Texts made of all that means something in Markdown; the same ones each time."""
    draw = random.Random(5)
    texts = [plain("".join(draw.choice(SIGNS) for _ in range(draw.randint(1, 14)))) for _ in range(count)]
    return [each for each in texts if each]


def page(markdown, reader):
    return pypandoc.convert_text(markdown, "html", reader, extra_args=["--wrap=none"])


@pytest.mark.parametrize("reader", ["markdown-smart", "gfm", "commonmark"])
def test_a_paragraph_of_any_text_is_read_back_as_that_text(reader):
    texts = hostile(800)
    read = page("\n\n".join(f"# T\n\n{light(each)}" for each in texts), reader)
    paragraphs = re.split(r"<h1[^>]*>T</h1>\n?", read)[1:]
    for text, paragraph in zip(texts, paragraphs, strict=True):
        assert paragraph.strip() == f"<p>{html.escape(text, quote=False)}</p>" or (
            html.unescape(paragraph.strip()) == f"<p>{text}</p>" and paragraph.count("<") == 2
        )


@pytest.mark.parametrize("reader", ["markdown-smart", "gfm"])
def test_a_cell_of_any_text_is_read_back_as_that_text(reader):
    texts = hostile(800)
    rows = "\n".join(f"| {light(each, inside=True)} | x |" for each in texts)
    cells = re.findall(r"<td>(.*?)</td>\n<td>x</td>", page(f"| a | b |\n|---|---|\n{rows}\n", reader), re.DOTALL)
    assert [html.unescape(each) for each in cells] == texts
    assert not any("<" in each for each in cells)


@pytest.mark.parametrize(
    "text",
    [
        "From 1.0.0 to 1.1.0: re-validate (Champion's ranking)",
        "−0.004 (−0.006 to −0.002), p <0.001; 6.9 %",
        "45,872,000 (39,711,317 to 52,032,683) NT$",
        "fairness.effect.auc of PAY_0 × PAY_AMT2: “x” + 3 = 5!",
        "▲ beyond its interval",
    ],
)
def test_what_cannot_be_markup_has_no_backslash(text):
    assert light(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- 1", "\\- 1"),
        ("1. First", "1\\. First"),
        ("# Head", "\\# Head"),
        ("a|b", "a\\|b"),
        ("_a_b_", "\\_a_b\\_"),
        ("<b>", "\\<b>"),
        ("fairness.*", "fairness.\\*"),
        ("{{< include x >}}", "\\{\\{< include x >}}"),
    ],
)
def test_what_could_be_markup_has_one(text, expected):
    assert light(text) == expected


def test_inside_a_line_nothing_starts_a_list():
    assert light("1. First", inside=True) == "1. First"
    assert light("-0.5", inside=True) == "-0.5"
