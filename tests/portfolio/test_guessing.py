"""Roles guessed from names and values."""

import numpy as np
import pandas as pd
import pytest

from respml.errors import InputError
from respml.portfolio.guessing import guess_event, guess_roles, guess_target, protected_ground, words


@pytest.fixture
def frame():
    """200 rows, every 5th a default."""
    rows = np.arange(200)
    return pd.DataFrame(
        {
            "customer_id": rows + 5000,
            "opened": pd.date_range("2024-01-01", periods=200),
            "income": rows * 10.0,
            "age": 20 + rows % 60,
            "sex": np.where(rows % 2, "f", "m"),
            "region": np.array(["north", "south", "west"])[rows % 3],
            "comment": [f"text {row}" for row in rows],
            "sample_weight": 1.0 + rows % 2,
            "flag": (rows % 7 == 0).astype(int),
            "default": (rows % 5 == 0).astype(int),
        }
    )


def test_each_column_gets_the_role_its_name_and_values_point_to(frame):
    roles = guess_roles(frame)
    assert roles.target.value == "default"
    assert roles.event.value == 1
    assert roles.identifier is not None and roles.identifier.value == "customer_id"
    assert not roles.repeated
    assert roles.time is not None and roles.time.value == "opened"
    assert roles.weight is not None and roles.weight.value == "sample_weight"
    assert set(roles.protected) == {"sex", "age_band"}
    assert roles.bands == {"age_band": ("age", (30.0, 40.0, 50.0, 60.0))}
    assert set(roles.segments) == {"region"}
    assert set(roles.excluded) == {"age", "comment"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DEFAULT_NEXT_MONTH", ("default", "next", "month")),
        ("default.payment.next.month", ("default", "payment", "next", "month")),
        ("isBad90", ("is", "bad90")),
        ("  ", ()),
    ],
)
def test_words_of_a_name(name, expected):
    assert words(name) == expected


@pytest.mark.parametrize(
    ("name", "ground"),
    [
        ("SEX", "sex"),
        ("applicantGender", "sex"),
        ("AGE", "age"),
        ("age_band", "age"),
        ("MARRIAGE", "marital status"),
        ("marital_status", "marital status"),
        ("race", "race or ethnicity"),
        ("ethnicity_code", "race or ethnicity"),
        ("religion", "religion"),
        ("nationality", "national origin"),
        ("foreign_worker", "national origin"),
        ("account_age", None),
        ("age_of_oldest_loan", None),
        ("mortgage", None),
        ("average_balance", None),
        ("trace", None),
        ("essex_branch", None),
    ],
)
def test_protected_names_are_whole_words(name, ground):
    assert protected_ground(name) == ground


@pytest.mark.parametrize("name", ["default", "BAD", "default_12m", "target", "y", "isDefault", "Delinquent"])
def test_the_target_is_named_like_a_default(frame, name):
    assert guess_target(frame.rename(columns={"default": name})).value == name


def test_a_stronger_word_wins_over_a_weaker_one(frame):
    assert guess_target(frame.rename(columns={"flag": "y"})).value == "default"


def test_the_only_column_of_two_values_is_the_target(frame):
    assert guess_target(frame.rename(columns={"default": "z"}).drop(columns=["flag", "sample_weight"])).value == "z"


def test_protected_columns_are_no_targets_and_doubt_is_an_error(frame):
    with pytest.raises(InputError, match=r"3 columns have two values \('sample_weight', 'flag', 'z'\)") as caught:
        guess_target(frame.rename(columns={"default": "z"}))
    assert "--target" in caught.value.remedy
    with pytest.raises(InputError, match="no complete column has two values"):
        guess_target(frame[["income", "sex"]].assign(z=1))


def test_a_target_with_missing_values_is_not_guessed(frame):
    holed = frame.assign(default=frame["default"].astype(float).mask(frame.index == 3))
    assert guess_target(holed.drop(columns=["flag", "sample_weight"]).assign(z=frame["flag"])).value == "z"


def test_a_stated_target_must_exist(frame):
    assert guess_target(frame, "flag").value == "flag"
    with pytest.raises(InputError, match="no column 'defualt'") as caught:
        guess_target(frame, "defualt")
    assert caught.value.remedy == "Did you mean 'default'?"


@pytest.mark.parametrize(
    ("values", "event"),
    [
        ([0, 1, 0, 0], 1),
        ([0.0, 1.0, 0.0], 1),
        (["no", "yes", "no"], "yes"),
        (["good", "bad", "good"], "bad"),
        (["Fully Paid", "Charged Off", "Fully Paid"], "Charged Off"),
        ([2, 2, 2, 7], 7),
        (["a", "c", "a"], "c"),
        (["Current", "Default", "Late"], "Default"),
    ],
)
def test_the_event_is_the_value_that_says_default_else_the_rarer(values, event):
    assert guess_event(pd.Series(values)).value == event


def test_many_values_without_a_word_for_default_are_refused():
    with pytest.raises(InputError, match="holds 4 values"):
        guess_event(pd.Series([2, 3, 4, 5], name="grade"))


def test_identifiers(frame):
    repeated = frame.assign(customer_id=frame["customer_id"] // 2)
    assert guess_roles(repeated).repeated
    coded = guess_roles(frame.assign(branch_id=frame.index % 4))
    assert "branch_id" in coded.excluded
    anonymous = frame.drop(columns=["customer_id", "comment"])
    counted = guess_roles(anonymous.assign(line=np.arange(200)))
    assert counted.identifier is not None and counted.identifier.value == "line"
    assert guess_roles(anonymous.assign(amount=100.0 + np.arange(200))).identifier is None
    shuffled = np.random.default_rng(0).permutation(200)
    assert guess_roles(anonymous.assign(amount=shuffled)).identifier is None


@pytest.mark.parametrize(
    ("name", "values", "is_time"),
    [
        ("month", [202401, 202402, 202403, 202412], True),
        ("year", [2021, 2022, 2023, 2024], True),
        ("vintage", ["2024-01", "2024-02", "2024-03", "2024-04"], True),
        ("months_on_book", [1, 2, 3, 4], False),
        ("time_to_close", [3, 5, 8, 13], False),
        ("period", [202413, 202414, 202415, 202416], False),
        ("amount", [2021, 2022, 2023, 2024], False),
    ],
)
def test_time_is_told_by_name_and_values_together(frame, name, values, is_time):
    plain = frame.drop(columns="opened").assign(**{name: np.resize(np.array(values), len(frame))})
    found = guess_roles(plain).time
    assert (found is not None and found.value == name) == is_time


def test_columns_no_model_can_take_are_left_out_with_a_reason(frame):
    odd = frame.assign(
        empty=np.nan, same=1.0, infinite=np.where(frame.index == 0, np.inf, 1.5), closed=frame["opened"], grade="A"
    )
    excluded = guess_roles(odd).excluded
    assert {"empty", "same", "infinite", "closed", "grade"} <= set(excluded)
    assert all(excluded.values())


def test_the_code_of_a_place_is_no_input(frame):
    codes = np.arange(len(frame)) % 7
    placed = frame.assign(zip_code=codes, plz=codes, zipped=codes)
    excluded = guess_roles(placed).excluded
    assert {"zip_code", "plz"} <= set(excluded) and "may stand for a group" in excluded["zip_code"]
    assert "zipped" not in excluded


def test_a_second_weight_is_no_input(frame):
    assert "weight_2" in guess_roles(frame.assign(weight_2=frame["sample_weight"])).excluded


def test_a_band_never_takes_a_name_that_exists(frame):
    roles = guess_roles(frame.assign(AGE_BAND="x"))
    assert "age_band_2" in roles.bands
