"""Columns that are no inputs of the models carry the dictionary's words, in the order of the codes; lists end."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from respml.analysis import named_levels, some_of
from respml.portfolio.dictionary import Column

COLUMNS = {
    "EDUCATION": Column(labels={1: "graduate school", 2: "university", 3: "high school"}),
    "PAY_0": Column(labels={0: "revolving", 1: "1 month late"}),
    "AGE": Column(meaning="Age"),
}


class Words:
    columns = COLUMNS

    def __getitem__(self, name: str) -> Column:
        return COLUMNS[name]


PORTFOLIO = SimpleNamespace(inputs=("PAY_0",), dictionary=Words())
FRAME = pd.DataFrame({"EDUCATION": [3, 1, 5, 2, None], "PAY_0": [0, 1, 0, 1, 0], "AGE": [30, 40, 50, 60, 70], "x": 1})


def test_words_stand_for_codes_and_keep_their_order():
    named = named_levels(FRAME, PORTFOLIO)  # type: ignore[arg-type]
    assert named["EDUCATION"].astype(object).where(named["EDUCATION"].notna(), None).tolist() == [
        "high school",
        "graduate school",
        "unlabelled 5",
        "university",
        None,
    ]
    assert list(named["EDUCATION"].cat.categories) == ["graduate school", "university", "high school", "unlabelled 5"]


def test_inputs_and_columns_without_labels_stay():
    named = named_levels(FRAME, PORTFOLIO)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(named[["PAY_0", "AGE", "x"]], FRAME[["PAY_0", "AGE", "x"]])


@pytest.mark.parametrize(
    ("names", "most", "expected"),
    [
        ([], 2, "none"),
        (["a"], 2, "a"),
        (["a", "b"], 2, "a; b"),
        (["a", "b", "c"], 2, "a; b; 1 more"),
        ((str(each) for each in range(9)), 3, "0; 1; 2; 6 more"),
    ],
)
def test_a_long_list_says_how_many_it_leaves_out(names, most, expected):
    assert some_of(names, most, "; ") == expected
