"""What a terminal that knows no typography is told."""

from __future__ import annotations

import pytest

from respml.verbs.shared import speakable

TEXT = "AUC 0.8 → 0.9 ▲ −0.1…"


@pytest.mark.parametrize(("encoding", "expected"), [("utf-8", TEXT), ("ascii", "AUC 0.8 -> 0.9 ! -0.1...")])
def test_signs_that_an_encoding_has_not_become_plain_ones(encoding, expected):
    assert speakable(TEXT, encoding) == expected


def test_columns_behind_an_arrow_stay_where_they_are():
    lines = speakable("  0.8  →  0.9\n  0.7     0.6", "ascii").split("\n")
    assert lines[0].index("0.9") == lines[1].index("0.6")


def test_what_has_no_plain_sign_is_a_question_mark():
    assert speakable("名 é", "ascii") == "? ?"
    assert speakable("é →", "latin-1") == "é ->"
