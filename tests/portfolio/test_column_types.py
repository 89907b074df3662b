"""Whatever type a source has becomes number, text, ordered bands or date."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pandas as pd
import pytest

from respml.portfolio.column_types import standardise


def cases() -> list[tuple[pd.Series, str, list[object]]]:
    nan = float("nan")
    return [
        (pd.Series([True, False]), "int8", [1, 0]),
        (pd.Series([True, None], dtype="boolean"), "float64", [1.0, nan]),
        (pd.Series([True, None], dtype=object), "float64", [1.0, nan]),
        (pd.Series([1, 2], dtype="Int32"), "int64", [1, 2]),
        (pd.Series([1, None], dtype="Int64"), "float64", [1.0, nan]),
        (pd.Series([1.5, None], dtype="Float32"), "float64", [1.5, nan]),
        (pd.Series([Decimal("1.25"), None], dtype=object), "float64", [1.25, nan]),
        (pd.Series([1, 2], dtype=object), "int64", [1, 2]),
        (pd.Series([1, 2.5], dtype=object), "float64", [1.0, 2.5]),
        (pd.Series([1, "x"], dtype=object), "str", ["1", "x"]),
        (pd.Series(["a", None], dtype=object), "str", ["a", nan]),
        (pd.Series(["a", "b"], dtype="string"), "str", ["a", "b"]),
        (pd.Series(["a", None]).astype("category"), "str", ["a", nan]),
        (pd.Series([3, 1]).astype("category"), "int64", [3, 1]),
        (pd.Series([3, None]).astype("category"), "float64", [3.0, nan]),
        (pd.Series([None, None], dtype=object), "float64", [nan, nan]),
        (pd.Series([1, 2], dtype="int64[pyarrow]"), "int64", [1, 2]),
        (pd.Series([1.5, 2], dtype="float16"), "float32", [1.5, 2.0]),
    ]


@pytest.mark.parametrize(("before", "dtype", "values"), cases())
def test_each_type(before: pd.Series, dtype: str, values: list[object]) -> None:
    after = standardise(pd.DataFrame({"c": before}))[0]["c"]
    pd.testing.assert_series_equal(after, pd.Series(values, dtype=dtype, name="c"))


def test_dates_lose_their_zone_in_utc() -> None:
    zoned = pd.Series(pd.to_datetime(["2024-01-01T00:00:00+08:00"]))
    days = pd.Series([datetime.date(2024, 1, 1)], dtype=object)
    frame = standardise(pd.DataFrame({"zoned": zoned, "days": days}))[0]
    assert frame["zoned"].iloc[0] == pd.Timestamp("2023-12-31T16:00:00")
    assert frame["days"].iloc[0] == pd.Timestamp(2024, 1, 1)


def test_ordered_bands_stay() -> None:
    bands = pd.Series(pd.Categorical(["low", "high"], categories=["low", "high"], ordered=True))
    after = standardise(pd.DataFrame({"b": bands}))[0]["b"]
    assert after.cat.ordered
    assert list(after.cat.categories) == ["low", "high"]


def test_columns_that_are_neither_are_left_out_with_a_note() -> None:
    frame = pd.DataFrame({"list": pd.Series([[1], [2]]), "gap": pd.to_timedelta([1, 2], unit="D"), "n": [1, 2]})
    after, notes = standardise(frame)
    assert list(after.columns) == ["n"]
    assert [(note.kind, note.column) for note in notes] == [("type_dropped", "list"), ("type_dropped", "gap")]


def test_rows_are_numbered_from_zero() -> None:
    frame = pd.DataFrame({"n": [5, 6]}, index=[9, 3])
    after = standardise(frame)[0]
    assert after.index.tolist() == [0, 1]
    assert after["n"].tolist() == [5, 6]
