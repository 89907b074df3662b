"""A person's words: all of them are printed, and none of them is markup that was not allowed."""

from __future__ import annotations

import re

import pypandoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from respml.errors import InputError
from respml.review.passage_markdown import cited, passage_markdown, places, without_variables


def read_back(text):
    """What a reader sees, by Pandoc."""
    markdown = passage_markdown(text, "narrative/data.md")
    return pypandoc.convert_text(markdown, "plain", format="markdown", extra_args=["--wrap=none"])


def test_paragraphs_lists_emphasis_and_results():
    text = (
        "First line\nof one paragraph, **strong** and *soft* and _slanted_.\n\n"
        "- one {{< var a.b >}}\n- two\n  goes on\n    - within\n\n1. first\n2. second"
    )
    assert passage_markdown(text, "x.md") == (
        "First line of one paragraph\\, **strong** and *soft* and *slanted*\\.\n\n"
        "- one {{< var a.b >}}\n- two goes on\n    - within\n\n1. first\n2. second\n"
    )


def test_html_links_images_divs_tables_and_citations_are_printed_as_they_stand():
    hostile = '<b onclick="x()">b</b> [t](http://x) ![i](y) ::: {.z} @fig-a [@k] | a | $x$ ^[note] a\\_b'
    page = pypandoc.convert_text(passage_markdown(hostile, "x.md"), "html", format="markdown")
    assert not re.search(r"<(b|a|img|div|table|span|sup)\b", page)
    assert "&lt;b onclick=" in page and "[t](http://x)" in page and "a_b" in page


def test_snake_case_names_and_lone_stars_are_no_emphasis():
    assert read_back("pay_0 and pay_2, 2 * 3 * 4, 5*").strip() == "pay_0 and pay_2, 2 * 3 * 4, 5*"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("fine\n\n{{< include /etc/passwd >}}", 3, "no shortcode but var"),
        ("{{% raw %}}", 1, "no shortcode but var"),
        ("- a\n- {{<var>}}", 2, "no shortcode but var"),
        ("**bold {{< meta x >}}**", 1, "no shortcode but var"),
        ("words\n# My heading", 2, "no headings"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text, line, what):
    with pytest.raises(InputError, match=rf"narrative/data\.md, line {line}.*{what}"):
        passage_markdown(text, "narrative/data.md")


def test_citations_of_results():
    text = "{{< var a.b >}} {{<var interval.a.b>}}\n{{< var c.d_e >}}"
    assert cited(text) == ("a.b", "c.d_e")
    assert list(places(text)) == [("a.b", 1), ("interval.a.b", 1), ("c.d_e", 2)]
    assert without_variables("AUC {{< var a.b2 >}} of 5").split() == ["AUC", "of", "5"]


def test_nothing_is_nothing():
    assert passage_markdown(" \n\n", "x.md") == ""


WORDS = st.lists(st.from_regex(r"[A-Za-z<>&$|@!:~^'\"%]{1,9}", fullmatch=True), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.lists(st.sampled_from([" ", "\n", "\n\n", "\n- ", "\n\n- "]), min_size=20, max_size=20))
def test_every_word_a_person_wrote_is_printed(words, gaps):
    text = words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=False))
    printed = read_back(text)
    # typography is Pandoc's: it may bend quotes, join dots and part words at line ends
    letters = re.sub(r"[^A-Za-z<>&$|@!:~^%]", "", printed)
    assert letters == re.sub(r"[^A-Za-z<>&$|@!:~^%]", "", text)
