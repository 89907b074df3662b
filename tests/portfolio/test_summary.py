"""The portfolio in words: roles, ranges and notes as the report prints them."""

import datetime

import pandas as pd
import pytest

from respml.portfolio.build import build_portfolio
from respml.portfolio.dictionary import Column
from respml.portfolio.summary import allowed, dictionary_table, notes_table
from respml.spec.data import Data, Partitions

DICTIONARY = """\
columns:
  amount: {meaning: Amount of the loan, unit: EUR, minimum: 0, maximum: 450}
  delay: {meaning: Months late, type: category, labels: {0: none, 1: one month}}
"""


@pytest.fixture
def portfolio(loans, tmp_path):
    loans.assign(split=["train", "valid", "test", "train"] * 100, region="north").assign(
        split=[("train", "valid", "test")[row % 3] for row in range(400)]
    ).to_parquet(tmp_path / "loans.parquet")
    (tmp_path / "dictionary.yml").write_text(DICTIONARY)
    data = Data(
        source="loans.parquet",
        dictionary="dictionary.yml",
        target="default",
        identifier="id",
        protected=("sex",),
        segments=("region",),
        excluded={"month": "not needed"},
    )
    values = {"train": ("train",), "valid": ("valid",), "test": ("test",)}
    return build_portfolio(data, Partitions(rule="column", column="split", values=values), 1, tmp_path)


def test_every_column_has_one_role(portfolio):
    roles = dictionary_table(portfolio).set_index("column")["role"].to_dict()
    assert roles == {
        "id": "identifier",
        "amount": "input",
        "delay": "input",
        "sex": "protected",
        "month": "excluded",
        "default": "target",
        "split": "partition",
        "region": "segment",
    }


def test_meaning_unit_and_range_are_those_of_the_dictionary(portfolio):
    table = dictionary_table(portfolio).set_index("column")
    assert table.loc["amount", ["meaning", "unit", "range"]].tolist() == ["Amount of the loan", "EUR", "0 to 450"]
    assert table.loc["delay", "range"] == "0: none, 1: one month"
    assert table.loc["sex", ["meaning", "type"]].tolist() == ["not stated", "not stated"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column(), ""),
        (Column(minimum=0), "from 0"),
        (Column(maximum=1234567), "up to 1,234,567"),
        (Column(minimum=-5, maximum=12000), "-5 to 12,000"),
        (Column(minimum=datetime.date(2023, 1, 1), maximum=datetime.date(2024, 1, 1)), "2023-01-01 to 2024-01-01"),
        (Column(labels={"north": "north", "south": "south"}), "north, south"),
        (
            Column(labels=dict.fromkeys(range(9), "a rather long label")),
            "0: a rather long label … 8: a rather long label",
        ),
    ],
)
def test_ranges_in_words(column, expected):
    assert allowed(column) == expected


def test_notes_have_words_for_their_kind(portfolio):
    notes = notes_table(portfolio)
    assert {"code not in the dictionary", "column not in the dictionary"} <= set(notes["kind_text"])
    assert not pd.Series(notes["kind_text"]).str.contains("_").any()
