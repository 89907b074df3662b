"""Quality rules: each fires on a built case and stays silent on a clean one."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from respml.portfolio import quality
from respml.portfolio.dictionary import Column, Dictionary


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return frame.to_dict(orient="records")


def test_completeness() -> None:
    frame = pd.DataFrame({"a": [1.0, None, None, 4], "t": ["x", None, "y", "z"], "full": [1, 2, 3, 4]})
    assert records(quality.completeness(frame)) == [
        {"column": "a", "n": 4, "missing": 2, "missing_share": 0.5},
        {"column": "t", "n": 4, "missing": 1, "missing_share": 0.25},
        {"column": "full", "n": 4, "missing": 0, "missing_share": 0.0},
    ]
    assert np.isnan(quality.completeness(frame.iloc[:0])["missing_share"]).all()


def test_uniqueness() -> None:
    frame = pd.DataFrame({"a": [1, 1, 2, 3], "tie": ["y", "x", "y", "x"], "none": [None] * 4})
    found = quality.uniqueness(frame).set_index("column")
    assert found.loc["a", ["n", "distinct", "most_frequent", "most_frequent_share"]].tolist() == [4, 3, "1", 0.5]
    assert found.loc["tie", "most_frequent"] == "x"
    assert found.loc["none", "n"] == 0
    assert np.isnan(found.loc["none", "distinct_share"])


def test_column_types() -> None:
    frame = pd.DataFrame({"n": [1], "t": ["x"], "d": [pd.Timestamp(2024, 1, 1)], "c": pd.Categorical(["x"])})
    assert quality.column_types(frame)["kind"].tolist() == ["number", "text", "date", "text"]


def test_range_violations_count_both_sides_and_leave_missing_out() -> None:
    dictionary = Dictionary(
        {
            "age": Column(minimum=18, maximum=99),
            "since": Column(minimum=datetime.date(2024, 1, 1)),
            "free": Column(),
        }
    )
    frame = pd.DataFrame(
        {
            "age": [17, 18, 99, 100, None],
            "since": pd.to_datetime(["2023-12-31", "2024-01-01", None, None, None]),
            "free": [1e9] * 5,
        }
    )
    assert records(quality.range_violations(frame, dictionary)) == [
        {
            "column": "age",
            "minimum": "18",
            "maximum": "99",
            "n": 4,
            "below": 1,
            "above": 1,
            "share": 0.5,
            "smallest": "17",
            "largest": "100",
        },
        {
            "column": "since",
            "minimum": "2024-01-01",
            "maximum": "",
            "n": 2,
            "below": 1,
            "above": 0,
            "share": 0.5,
            "smallest": "2023-12-31",
            "largest": "2024-01-01",
        },
    ]


def test_unmapped_codes() -> None:
    dictionary = Dictionary(
        {
            "code": Column(type="category", labels={1: "one", 2: "two"}, missing=(-9,)),
            "amount": Column(type="number", labels={-1: "unknown"}),
        }
    )
    frame = pd.DataFrame({"code": [1.0, 2, 5, 5, -9, None], "amount": [1, 2, 3, 4, 5, 6]})
    assert records(quality.unmapped_codes(frame, dictionary)) == [{"column": "code", "code": "5", "n": 2, "share": 0.4}]


def test_constants_and_all_missing() -> None:
    frame = pd.DataFrame({"one": [7, 7], "half": [7, None], "none": [None, None], "two": [1, 2]})
    assert records(quality.constants(frame)) == [{"column": "one", "value": "7", "n": 2}]
    assert quality.all_missing(frame) == ("none",)


def test_duplicate_rows() -> None:
    frame = pd.DataFrame({"a": [1, 1, 1, 2, 2, 3], "b": [0, 0, 0, 0, 1, 0]})
    assert records(quality.duplicate_rows(frame, ["a", "b"])) == [
        {"columns": "a, b", "n": 6, "groups": 1, "rows": 3, "surplus": 2}
    ]
    assert quality.duplicate_rows(frame.iloc[3:], ["a", "b"])["rows"].item() == 0


def test_duplicates_across_partitions() -> None:
    frame = pd.DataFrame({"a": [1, 1, 2, None, None, 3], "b": [0, 0, 0, 0, 0, 0]})
    membership = np.array(["train", "test", "train", "train", "test", "test"])
    found = records(quality.duplicates_across_partitions(frame, membership, ["a", "b"], ("train", "test")))
    assert found == [
        {"partition": "train", "other": "test", "n": 3, "shared": 2, "share": 2 / 3},
        {"partition": "test", "other": "train", "n": 3, "shared": 2, "share": 2 / 3},
    ]
    apart = quality.duplicates_across_partitions(frame.iloc[[0, 5]], membership[[0, 5]], ["a"], ("train", "test"))
    assert apart["shared"].tolist() == [0, 0]
