"""Signs of coefficients held against correlation and expectation, by hand."""

import pandas as pd

from respml.measures.coefficients import sign_table

COEFFICIENTS = pd.DataFrame(
    {
        "term": ["limit", "delay", "region = north", "age", "idle"],
        "feature": ["limit", "delay", "region", "age", "idle"],
        "coefficient": [-0.5, -0.1, 0.9, 0.2, 0.0],
        "standardised": [-0.3, -0.8, 0.1, 0.2, 0.0],
    }
)
CORRELATION = pd.DataFrame({"feature": ["limit", "delay", "age", "idle"], "correlation": [-0.2, 0.4, 0.0, 0.1]})
EXPECTED = {"limit": -1, "delay": 1, "region": 1, "age": 0, "idle": 1}


def test_signs_by_hand():
    table = sign_table(COEFFICIENTS, CORRELATION, EXPECTED).set_index("term")
    # limit agrees with both; delay with neither; a level has no direction; 0 and nothing expected are no sign
    assert table["agrees_expected"].to_dict() == {
        "limit": "yes",
        "delay": "no",
        "region = north": "",
        "age": "",
        "idle": "",
    }
    assert table["agrees_correlation"].to_dict() == {
        "limit": "yes",
        "delay": "no",
        "region = north": "",
        "age": "",
        "idle": "",
    }
    assert table["expected"].to_dict() == {
        "limit": "falling",
        "delay": "rising",
        "region = north": "rising",
        "age": "none",
        "idle": "rising",
    }


def test_the_strongest_standardised_comes_first():
    assert sign_table(COEFFICIENTS, CORRELATION, {})["term"].tolist() == [
        "delay",
        "limit",
        "age",
        "region = north",
        "idle",
    ]


def test_nothing_stated_is_said():
    table = sign_table(COEFFICIENTS, CORRELATION, {"limit": None})
    assert set(table["expected"]) == {"not stated"}
    assert set(table["agrees_expected"]) == {""}


def test_the_index_of_the_coefficients_plays_no_part():
    shuffled = COEFFICIENTS.iloc[[3, 1, 4, 0, 2]]
    pd.testing.assert_frame_equal(
        sign_table(shuffled, CORRELATION, EXPECTED), sign_table(COEFFICIENTS, CORRELATION, EXPECTED)
    )
