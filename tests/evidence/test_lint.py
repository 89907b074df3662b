"""Literal results have no place in prose; names in back-quotes and placeholders do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respml.errors import AnalysisError
from respml.evidence.lint import literal_numbers, placeholders, require_traceable
from respml.evidence.model import quoted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The AUC is 0.778.", ["0.778."]),
        ("Above 5 %", ["5"]),
        ("fell by −0.3 points", ["−0.3"]),
        ("of 9,054 rows", ["9,054"]),
        ("between 1 and 2", ["1", "2"]),
        ("2 × 2", ["2", "2"]),
        ("(3)", ["3"]),
        ("year-2024", ["2024"]),
        ("½", []),
    ],
)
def test_literal_numbers_are_found(text, found):
    assert literal_numbers(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The AUC is {auc.mgbm:interval}.",
        "`F1` and `2 × 2` and `1002.9`",
        "PAY_0 and x1 are words",
        "{lift_top} times, over {auc_by_partition.test} of `top 10`",
        "No number at all.",
        "",
    ],
)
def test_traceable_texts_pass(text):
    require_traceable(text, "here")


@pytest.mark.parametrize(
    "text", ["AUC 0.5", "{Auc}", "{auc", "auc}", "{auc:range}", "{}", "{auc.}", "{a} and {b c}", "`unclosed 5"]
)
def test_literals_and_malformed_placeholders_are_refused_with_their_place(text):
    with pytest.raises(AnalysisError) as caught:
        require_traceable(text, "performance.verdict")
    assert caught.value.where == "performance.verdict"
    assert caught.value.remedy


def test_placeholders_in_order_with_repeats():
    assert placeholders("{b} then {a.c:interval} then {b}") == ["b", "a.c", "b"]


@given(st.text())
def test_a_quoted_name_is_always_traceable(name):
    """Names of columns and levels are hostile text: whatever they hold, they can stand in a statement."""
    require_traceable(f"The column {quoted(name)} moved.", "here")
