"""No cell of a CSV file begins like a formula, and every number stays one."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from respml.evidence.spreadsheet import csv_text

HOSTILE = ["=cmd|'/C calc'!A0", "+1+1", "-x", "@SUM(A1)", "\t=1", " =1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_like_a_formula_is_marked_as_text_in_cells_and_headers(text):
    written = csv_text(pd.DataFrame({text: [text]}))
    back = pd.read_csv(io.StringIO(written, newline=""))
    assert back.columns.tolist() == ["'" + text] and back.iloc[0, 0] == "'" + text


def test_a_carriage_return_begins_no_line():
    assert csv_text(pd.DataFrame({"a": ["x\r=1", "\r=1"]})) == "a\nx =1\n' =1\n"


def test_numbers_and_other_texts_stay_as_they_are():
    frame = pd.DataFrame({"a": [-1.5, np.nan], "b": ["-3", "plain"], "c": [None, "a=b"], "d": [True, False]})
    assert csv_text(frame) == frame.to_csv(index=False, lineterminator="\n")


def test_columns_of_one_name_keep_their_own_values():
    frame = pd.DataFrame([["=1", "x"]], columns=["a", "a"])
    assert csv_text(frame) == "a,a\n'=1,x\n"


@given(st.lists(st.text(max_size=8), min_size=1, max_size=5))
def test_no_text_whatever_begins_a_cell_like_a_formula(texts):
    written = csv_text(pd.DataFrame({"a": pd.Series(texts, dtype=object), "b": 1}))
    back = pd.read_csv(io.StringIO(written, newline=""), dtype=str, keep_default_na=False)
    for value, text in zip(back["a"], texts, strict=True):
        line = text.replace("\r", " ")
        assert not value.startswith(("=", "@", "\t", "\r")) and value in (line, f"'{line}")
