from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from respml.candidates.encoding import Encoding, learn_encoding
from respml.errors import InputError

TRAIN = pd.DataFrame(
    {
        "amount": [1.0, np.nan, 5.0, 3.0],
        "flag": [True, False, True, True],
        "housing": ["rent", "own", None, "own"],
        "band": pd.Categorical(["low", "high", "low", "low"], ["low", "middle", "high"], ordered=True),
    }
)


def test_trees_see_missing_numbers_as_missing() -> None:
    encoding = learn_encoding(TRAIN, ["amount", "flag"], fill_missing=False)
    assert encoding.one_to_one
    np.testing.assert_array_equal(encoding.matrix(TRAIN), [[1, 1], [np.nan, 0], [5, 1], [3, 1]])


def test_linear_models_see_the_training_median_and_an_indicator() -> None:
    encoding = learn_encoding(TRAIN, ["amount"], fill_missing=True)
    assert encoding.terms == ("amount", "amount is missing")
    np.testing.assert_array_equal(encoding.matrix(TRAIN)[1], [3.0, 1.0])


def test_no_indicator_where_training_has_no_missing_value_but_a_later_gap_is_filled() -> None:
    encoding = learn_encoding(TRAIN.dropna(subset=["amount"]), ["amount"], fill_missing=True)
    assert encoding.terms == ("amount",)
    assert encoding.matrix(TRAIN)[1, 0] == 3.0


def test_levels_become_columns_and_an_unseen_level_is_zero_in_all_and_counted() -> None:
    encoding = learn_encoding(TRAIN, ["housing"], fill_missing=False)
    assert encoding.terms == ("housing = own", "housing = rent", "housing is missing")
    rows = pd.DataFrame({"housing": ["boat", "own", None]})
    np.testing.assert_array_equal(encoding.matrix(rows), [[0, 0, 0], [1, 0, 0], [0, 0, 1]])
    assert encoding.unseen(rows) == {"housing": 1}
    assert encoding.unseen(TRAIN) == {}


def test_ordered_categories_become_their_position() -> None:
    encoding = learn_encoding(TRAIN, ["band"], fill_missing=False)
    np.testing.assert_array_equal(encoding.matrix(TRAIN)[:, 0], [0, 2, 0, 0])


def test_contributions_of_levels_are_summed_to_their_feature() -> None:
    encoding = learn_encoding(TRAIN, ["amount", "housing"], fill_missing=False)
    np.testing.assert_array_equal(encoding.to_features(np.array([[1.0, 2.0, 3.0, 4.0]])), [[1.0, 9.0]])


def test_subset_takes_the_columns_of_the_named_features_in_their_order() -> None:
    encoding = learn_encoding(TRAIN, ["amount", "housing", "flag"], fill_missing=False)
    part = encoding.subset(["flag", "housing"])
    whole = encoding.matrix(TRAIN)
    np.testing.assert_array_equal(whole[:, encoding.positions(["flag", "housing"])], part.matrix(TRAIN))


def test_survives_json() -> None:
    encoding = learn_encoding(TRAIN, list(TRAIN.columns), fill_missing=True)
    assert Encoding.from_json(json.loads(json.dumps(encoding.as_json()))) == encoding


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("opened", pd.to_datetime(["2020-01-01"] * 4), "holds dates"),
        ("empty", [np.nan] * 4, "no value"),
        ("bias", [1.0] * 4, "may not be named"),
    ],
)
def test_refuses_columns_no_model_can_read(column: str, values: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        learn_encoding(pd.DataFrame({column: values}), [column], fill_missing=False)


def test_names_what_is_wrong_with_rows_to_score() -> None:
    encoding = learn_encoding(TRAIN, ["amount"], fill_missing=False)
    with pytest.raises(InputError, match="lack model inputs: amount"):
        encoding.matrix(TRAIN[["flag"]])
    with pytest.raises(InputError, match="infinite"):
        encoding.matrix(pd.DataFrame({"amount": [np.inf]}))
    with pytest.raises(InputError, match="expects numbers"):
        encoding.matrix(pd.DataFrame({"amount": ["many"]}))
