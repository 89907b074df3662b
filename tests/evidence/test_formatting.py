"""What a reader sees of a value: a table of expected strings."""

import datetime
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from respml.errors import AnalysisError
from respml.evidence.formatting import FORMATS, format_difference, format_interval, format_value


@pytest.mark.parametrize(
    ("value", "format", "expected"),
    [
        # the sign is the minus sign of typography, and nothing rounds to a negative zero
        (-0.0, "ratio2", "0.00"),
        (-0.004, "ratio2", "0.00"),
        (-0.006, "ratio2", "−0.01"),
        (-1234.5, "ratio1", "−1,234.5"),
        (0.77765, "ratio3", "0.778"),
        (0.5, "ratio0", "0"),  # half to even, as Python rounds
        (1234567, "integer", "1,234,567"),
        (-3, "integer", "−3"),
        (2.0, "integer", "2"),
        (0.2212, "percent0", "22 %"),
        (0.2212, "percent1", "22.1 %"),
        (-0.0004, "percent1", "0.0 %"),
        (-0.01, "percent1", "−1.0 %"),
        (1.0, "percent2", "100.00 %"),
        (0.01, "signed2", "+0.01"),
        (-0.01, "signed2", "−0.01"),
        (0.001, "signed2", "0.00"),
        (-0.001, "signed2", "0.00"),
        (0.0, "signed2", "0.00"),
        (1.26, "points1", "+1.3"),
        (1234567.6, "money0", "1,234,568"),
        (-23000, "money0", "−23,000"),
        (23000, "signed_money0", "+23,000"),
        (-0.4, "signed_money0", "0"),
        (5, "signed_integer", "+5"),
        (0.0004, "p_value", "<0.001"),
        (0.001, "p_value", "0.001"),
        (0.0, "p_value", "<0.001"),
        (0.0499, "p_value", "0.050"),
        (1.0, "p_value", "1.000"),
        (0, "number", "0"),
        (-0.0, "number", "0"),
        (12, "number", "12"),
        (12.0, "number", "12"),
        (1234567.0, "number", "1,234,567"),
        (3.14159, "number", "3.142"),
        (31415.9, "number", "31,416"),
        (0.00012345, "number", "0.0001234"),  # 0.00012345 lies just below the tie in binary
        (-0.00012345, "number", "−0.0001234"),
        (1.23456e-7, "number", "1.235 × 10⁻⁷"),
        (-4.129e-6, "number", "−4.129 × 10⁻⁶"),
        (1.352e-5, "number", "1.352 × 10⁻⁵"),
        (-1.23456e12, "number", "−1.235 × 10¹²"),
    ],
)
def test_the_printed_form(value, format, expected):
    assert format_value(value, format) == expected


@pytest.mark.parametrize("format", [each for each in FORMATS if each != "text"])
def test_undefined_and_infinite_print_alike_in_every_number_format(format):
    for missing in (None, math.nan, np.float64("nan")):
        assert format_value(missing, format) == "n/a"
    assert format_value(math.inf, format) == "∞"
    assert format_value(-math.inf, format) == "−∞"


@pytest.mark.parametrize(
    ("value", "format", "expected"),
    [
        (True, "number", "yes"),
        (False, "text", "no"),
        ("forward", "number", "forward"),
        ("<b>5 %</b>", "text", "<b>5 %</b>"),  # escaping is the document's business
        (3.25, "text", "3.25"),
        (None, "text", "n/a"),
        (math.nan, "text", "n/a"),
        (datetime.date(2026, 1, 31), "text", "2026-01-31"),
    ],
)
def test_words_flags_and_dates(value, format, expected):
    assert format_value(value, format) == expected


def test_numpy_values_print_as_python_s():
    assert format_value(np.int64(1234), "integer") == "1,234"
    assert format_value(np.float32(0.25), "ratio2") == "0.25"
    assert format_value(np.bool_(True), "number") == "yes"
    assert format_value(pd.Series([7], dtype="Int64").iloc[0], "integer") == "7"


def test_a_unit_follows_a_value_and_not_an_undefined_one():
    assert format_value(12.5, "ratio1", "EUR") == "12.5 EUR"
    assert format_value(math.nan, "ratio1", "EUR") == "n/a"


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(AnalysisError, match="ratio9") as caught:
        format_value(1.0, "ratio9")
    assert "ratio3" in caught.value.remedy


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((0.7776, 0.766, 0.789, "ratio3"), "0.778 (0.766 to 0.789)"),
        ((0.221, 0.21, 0.232, "percent1"), "22.1 % (21.0 % to 23.2 %)"),
        ((-0.01, -0.02, 0.001, "signed2"), "−0.01 (−0.02 to 0.00)"),
        ((5.0, math.nan, 6.0, "ratio1"), "5.0"),
        ((5.0, 4.0, math.nan, "ratio1"), "5.0"),
        ((math.nan, 4.0, 6.0, "ratio1"), "n/a"),
        ((1.5, 0.2, math.inf, "ratio1"), "1.5 (0.2 to ∞)"),
    ],
)
def test_intervals(arguments, expected):
    assert format_interval(*arguments) == expected


def test_the_unit_of_an_interval_stands_once():
    assert format_interval(2.0, 1.0, 3.0, "ratio0", "EUR") == "2 (1 to 3) EUR"


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(FORMATS))
def test_no_number_prints_a_hyphen_for_minus_or_a_negative_zero(value, format):
    shown = format_value(value, format)
    if format != "text":
        assert "-" not in shown
        digits = [character for character in shown if character.isdigit()]
        if digits and set(digits) == {"0"} and "e" not in shown:
            assert not shown.startswith(("−", "+"))


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_read_back(value):
    assert int(format_value(value, "integer").replace(",", "").replace("−", "-")) == value


@pytest.mark.parametrize(
    ("difference", "format", "unit", "expected"),
    [
        (-0.007758, "percent1", "", "−0.8 points"),  # of 6.9 % and 6.1 %
        (0.0042, "percent2", "", "+0.42 points"),
        (1.25, "points1", "", "+1.2 points"),
        (0.0105, "ratio3", "", "+0.011"),
        (-0.0105, "signed4", "", "−0.0105"),
        (0.00001, "ratio3", "", "0.000"),
        (-1500.0, "integer", "", "−1,500"),
        (1234567.0, "money0", "NT$", "+1,234,567 NT$"),
        (-0.000012345, "number", "", "−1.234 × 10⁻⁵"),
        (12.0, "number", "", "+12"),
        (0.2, "p_value", "", "+0.200"),
        (math.nan, "ratio3", "", ""),
        (1.0, "text", "", ""),
    ],
)
def test_differences_in_the_format_of_their_values(difference, format, unit, expected):
    assert format_difference(difference, format, unit) == expected
