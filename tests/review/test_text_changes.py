"""The redline."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from respml.review.text_changes import compare_text, redline, text_frame
from tests.review.runs import paragraph

VOCABULARY = ["the", "model", "gains", "loses", "in", "rank", "and", "0.78", "0.81", "AUC"]
WORDS = st.lists(st.sampled_from(VOCABULARY), max_size=14).map(" ".join)


def shown(old, new):
    marks = {"same": "{}", "deleted": "[-{}-]", "inserted": "{{+{}+}}"}
    return " ".join(marks[each.operation].format(each.text) for each in redline(old, new))


def test_word_by_word():
    assert shown("The model gains 0.03 in AUC.", "The model gains 0.04 in rank and AUC.") == (
        "The model gains [-0.03-] {+0.04+} in {+rank and+} AUC."
    )
    assert shown("", "All new.") == "{+All new.+}"
    assert shown("All gone.", "") == "[-All gone.-]"
    assert shown("Same.", "Same.") == "Same."


@given(WORDS, WORDS)
def test_both_texts_can_be_read_back(old, new):
    pieces = redline(old, new)
    assert " ".join(each.text for each in pieces if each.operation != "inserted") == old
    assert " ".join(each.text for each in pieces if each.operation != "deleted") == new


def test_a_number_placed_from_a_metric_is_no_new_wording():
    old = [paragraph("The AUC is 0.78.", words="The AUC is #")]
    new = [paragraph("The AUC is 0.81.", words="The AUC is #")]
    (change,) = compare_text(old, new)
    assert change.only_numbers
    (change,) = compare_text(old, [paragraph("The AUC fell to 0.70.", words="The AUC fell to #")])
    assert not change.only_numbers


def test_edited_paragraphs_are_matched_and_others_come_or_go():
    old = [paragraph("The data cover two years of one bank."), paragraph("Nothing here survives at all.")]
    new = [paragraph("A wholly different opening was written."), paragraph("The data cover three years of one bank.")]
    changes = compare_text(old, new)
    assert [(each.old, each.new) for each in changes] == [
        ("", "A wholly different opening was written."),
        ("The data cover two years of one bank.", "The data cover three years of one bank."),
        ("Nothing here survives at all.", ""),
    ]


def test_sections_are_compared_with_themselves():
    moved = "The same words in another section are one deletion and one insertion."
    changes = compare_text([paragraph(moved, "sec-a")], [paragraph(moved, "sec-b")])
    assert [(each.section, bool(each.old), bool(each.new)) for each in changes] == [
        ("sec-b", False, True),
        ("sec-a", True, False),
    ]


def test_equal_texts_leave_nothing():
    text = [paragraph("One."), paragraph("Two.")]
    assert compare_text(text, list(text)) == ()
    assert list(text_frame(()).columns) == ["section", "title", "old", "new", "only_numbers"]
