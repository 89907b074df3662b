"""The data dictionary: what it may say, and where it is wrong."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest

from respml.errors import InputError
from respml.portfolio.comparison import compare
from respml.portfolio.dictionary import Column, Dictionary, parse_dictionary, read_dictionary

FULL = """
columns:
  EDUCATION:
    meaning: Highest education
    type: category
    minimum: 0
    maximum: 6
    labels: {1: graduate school, 2: university}
    expected_sign: -1
    prohibited: true
    missing_codes: [-999, "?"]
  SINCE: {meaning: First day, unit: day, type: date, minimum: 2020-01-01}
"""


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_dictionary(text, "d.yml")
    return str(caught.value)


def test_every_key_is_read() -> None:
    dictionary = parse_dictionary(FULL, "d.yml")
    assert dictionary["EDUCATION"] == Column(
        meaning="Highest education",
        type="category",
        minimum=0,
        maximum=6,
        labels={1: "graduate school", 2: "university"},
        expected_sign=-1,
        prohibited=True,
        missing=(-999, "?"),
    )
    assert dictionary["SINCE"].minimum == datetime.date(2020, 1, 1)
    assert list(dictionary) == ["EDUCATION", "SINCE"]


def test_an_undeclared_column_reads_as_an_empty_one() -> None:
    dictionary = parse_dictionary(FULL, "d.yml")
    assert "AGE" not in dictionary
    assert dictionary["AGE"] == Column()


def test_labels_of_whole_floats_and_unknown_codes() -> None:
    column = parse_dictionary(FULL, "d.yml")["EDUCATION"]
    assert [column.label(code) for code in (1, 2.0, 5, "x")] == ["graduate school", "university", "5", "x"]


def test_yaml_round_trip() -> None:
    dictionary = parse_dictionary(FULL, "d.yml")
    assert parse_dictionary(dictionary.to_yaml(), "d.yml") == dictionary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "d.yml: The data dictionary is empty. Give it a mapping 'columns'."),
        ("- a", "d.yml, line 1: 'dictionary' is not a mapping. Write 'name: value' lines."),
        ("colums: {}", "d.yml, line 1, key 'colums': Unknown key 'colums'. Did you mean 'columns'?"),
        (
            "columns:\n  A:\n    meening: x",
            "d.yml, line 3, key 'columns.A.meening': Unknown key 'meening'. Did you mean 'meaning'?",
        ),
        (
            "columns:\n  A: {type: numeric}",
            "d.yml, line 2, key 'columns.A.type': 'numeric' is not one of number, category, flag, date, identifier. "
            "Correct it.",
        ),
        (
            "columns:\n  A: {expected_sign: 2}",
            "d.yml, line 2, key 'columns.A.expected_sign': '2' is not +1, -1 or 0. Correct it.",
        ),
        (
            "columns:\n  A: {prohibited: maybe}",
            "d.yml, line 2, key 'columns.A.prohibited': 'maybe' is not true or false. Correct it.",
        ),
        (
            "columns:\n  A: {minimum: .nan}",
            "d.yml, line 2, key 'columns.A.minimum': 'nan' is not a number or a date. Correct it.",
        ),
        (
            "columns:\n  A: {minimum: 3, maximum: 1}",
            "d.yml, line 2, key 'columns.A': minimum 3 exceeds maximum 1. Exchange them.",
        ),
        (
            "columns:\n  A: {minimum: 3, maximum: 2020-01-01}",
            "d.yml, line 2, key 'columns.A': minimum and maximum are not of one type. Give two numbers or two dates.",
        ),
        (
            "columns:\n  A: {}\n  B: {}\n  A: {}",
            "d.yml, line 4: The key 'A' of 'columns' appears twice. Keep one; the first is in line 2.",
        ),
        (
            "columns:\n  A:\n    labels: {1: no}",
            "d.yml, line 3, key 'columns.A.labels': The label 'False' of code '1' is not text. Put it in quotes.",
        ),
        ("columns:\n  1: {}", "d.yml, line 2: The column name '1' is not text. Put it in quotes."),
        (
            "columns:\n  A: {missing_codes: 9}",
            "d.yml, line 2, key 'columns.A.missing_codes': '9' is not a list of values. Correct it.",
        ),
        (
            "columns:\n  [a: b",
            "d.yml, line 2: The YAML is malformed: expected ',' or ']', but got '<stream end>'. Mend it.",
        ),
        ("columns: {? [a, b] : {}}", "d.yml, line 1: A key is not a plain value. Quote it."),
    ],
)
def test_refusals_name_file_line_and_key(text: str, expected: str) -> None:
    assert refusal(text) == expected


def test_python_objects_are_not_constructed() -> None:
    assert refusal("columns:\n  A: {meaning: !!python/object/apply:os.getcwd []}") == (
        "d.yml, line 2: The value cannot be read. Correct it."
    )


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "dictionary.yml").write_text("columns: {}")
    with pytest.raises(InputError, match=r"does not exist\. Did you mean 'dictionary.yml'\?"):
        read_dictionary(tmp_path / "dictionry.yml")
    with pytest.raises(InputError, match="cannot be read"):
        read_dictionary(tmp_path)


def test_comparison_reports_what_the_data_has_beyond_its_dictionary() -> None:
    dictionary = parse_dictionary(
        """
columns:
  EDUCATION: {type: category, labels: {1: graduate, 2: university, 3: school}}
  PAY_0: {type: category, labels: {-1: duly, 0: revolving, 1: late}, minimum: -1, maximum: 1}
  AGE: {minimum: 18, maximum: 99}
  GONE: {meaning: not in the data}
  INCOME: {type: number}
""",
        "d.yml",
    )
    frame = pd.DataFrame(
        {
            "EDUCATION": [0, 5, 6, 6, 1],
            "PAY_0": [-2, -2, 0, 1, 1],
            "AGE": [17.0, 40, 120, 130, None],
            "INCOME": ["1", "x", "2", "3", "4"],
            "EXTRA": [1, 2, 3, 4, 5],
        }
    )
    found = [(note.kind, note.column, note.count) for note in compare(dictionary, frame)]
    assert found == [
        ("above_maximum", "AGE", 2),
        ("absent_column", "GONE", 0),
        ("below_minimum", "AGE", 1),
        ("below_minimum", "PAY_0", 2),
        ("type_mismatch", "INCOME", 5),
        ("undeclared_column", "EXTRA", 5),
        ("unmapped_code", "EDUCATION", 4),
        ("unmapped_code", "PAY_0", 2),
    ]
    texts = {note.column: note.text for note in compare(dictionary, frame)}
    assert texts["EDUCATION"] == "4 rows hold codes without a label: '0', '5', '6'."


def test_data_as_declared_gives_no_note() -> None:
    dictionary = Dictionary({"a": Column(minimum=0, maximum=2), "f": Column(type="flag", labels={0: "no", 1: "yes"})})
    assert compare(dictionary, pd.DataFrame({"a": [0, 1, 2], "f": [0, 1, 1]})) == ()
