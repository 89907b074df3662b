"""The comparison printed: complete, escaped, and asking no other host for anything."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pypandoc
import pytest

from respml.review.changes_formats import FORMATS, rendered
from respml.review.comparison_of_runs import Rescored, compare
from respml.spec.changes import DEFAULT_RULES
from tests.review.runs import candidate, finding, metric, paragraph, run

HOSTILE = '<script>alert("1")</script> | `x` {{< include /etc/passwd >}} \x1b[31mred\u202e'
OLD = run(
    metrics=(metric("performance.auc.mgbm", 0.80, (0.78, 0.82)), metric("data.rows", 9, format="integer")),
    findings=(finding("RML-P01", "passed"),),
    paragraphs=(paragraph("In this chapter of the document stood only old words."),),
)
NEW = run(
    "1.1.0",
    metrics=(metric("performance.auc.mgbm", 0.90, (0.88, 0.92)), metric("data.rows", 9, format="integer")),
    findings=(finding("RML-P01", message=HOSTILE),),
    candidates={"mgbm": candidate(features=("utilisation", "income", HOSTILE))},
    paragraphs=(paragraph("In this chapter of the document stood only " + HOSTILE),),
    passages={"data": {"state": "stale", "moved": [HOSTILE]}},
)
COMPARISON = compare(OLD, NEW, rescored=Rescored(1000, 60, 40, 20, (0.047, 0.077), 0.12))


class Tags(HTMLParser):
    """The tags of a page and its attributes."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_tells_the_verdict_the_finding_and_both_intervals(format):
    text = rendered(COMPARISON, format)
    plain = text.replace("\\", "")
    assert "re-validate" in plain
    assert "RML-P01" in plain
    if format == "json":
        (change,) = json.loads(text)["metrics"]["changes"]
        assert (change["old_lower"], change["new_upper"]) == (0.78, 0.92)
    else:
        assert "0.800 (0.780 to 0.820)" in plain and "0.900 (0.880 to 0.920)" in plain


@pytest.mark.parametrize("format", ["terminal", "markdown", "html"])
def test_the_verdict_is_told_once_before_all_else(format):
    text = rendered(COMPARISON, format).replace("\\", "")
    told = "From 1.0.0 to 1.1.0: re-validate (New input of the champion"
    assert text.count(told) == 1
    assert text.index(told) < text.lower().index("materiality")
    assert "rules fired; ◀ marks the one that decides." in text


def test_cells_of_a_narrow_screen_say_which_column_they_are_of():
    page = rendered(COMPARISON, "html")
    assert '<td data-head="Check">RML-P01</td>' in page
    assert page.count("<td data-head=") == page.count("<td")


def test_html_escapes_what_is_not_ours_and_has_no_script_and_no_address():
    page = rendered(COMPARISON, "html")
    tags = Tags()
    tags.feed(page)
    names = {name for name, _ in tags.found}
    assert "script" not in names and {"ins", "table", "section"} <= names
    assert not [attributes for _, attributes in tags.found if {"src", "href", "onclick"} & set(attributes)]
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in page
    assert not re.search(r"https?:|url\(|@import|\x1b|\u202e", page)
    assert "default-src 'none'" in page


def test_the_terminal_gets_printable_characters_only():
    text = rendered(COMPARISON, "terminal")
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "stood only [-old words.-] {+<script>" in text


def test_markdown_is_read_back_as_text():
    page = pypandoc.convert_text(rendered(COMPARISON, "markdown"), "html", "markdown", extra_args=["--wrap=none"])
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<del>old words.</del>" in page


def test_json_is_whole_and_stable():
    text = rendered(COMPARISON, "json")
    content = json.loads(text)
    assert content["decisions"]["share"] == pytest.approx(0.06)
    assert content["candidates"][0]["name"] == HOSTILE
    assert content["stale"] == [{"name": "data", "moved": [HOSTILE]}]
    assert text == rendered(COMPARISON, "json")
    assert json.loads(rendered(compare(OLD, OLD), "json"))["decisions"].keys() == {"not_measured"}


def test_what_stayed_within_its_interval_is_counted_and_listed_on_demand():
    first, second = (metric("data.share", value, (value - 0.02, value + 0.02)) for value in (0.80, 0.81))
    comparison = compare(run(metrics=(first,)), run("1.1.0", metrics=(second,)))
    assert "1 within it" in rendered(comparison, "terminal")
    assert "0.810 (0.790 to 0.830)" not in rendered(comparison, "terminal")
    assert "0.810 (0.790 to 0.830)" in rendered(comparison, "terminal", everything=True)


def test_two_equal_runs_have_nothing_to_list():
    text = rendered(compare(OLD, OLD), "terminal")
    assert "log (no rule fired)" in text
    assert f"0 of {len(DEFAULT_RULES)} rules fired." in text
    assert "Every candidate is the same." in text
