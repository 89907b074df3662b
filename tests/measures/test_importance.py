"""Mean absolute contributions against scipy and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from respml.measures.importance import mean_absolute_contribution


def test_means_shares_and_order_by_hand():
    frame = pd.DataFrame({"a": [1.0, -1.0, 1.0], "b": [-3.0, 3.0, -3.0], "bias": [9.0, 9.0, 9.0]})
    table = mean_absolute_contribution(frame)
    assert table["feature"].tolist() == ["b", "a"]
    assert table["estimate"].tolist() == [3.0, 1.0]
    assert table["share"].tolist() == [0.75, 0.25]
    assert table["n"].tolist() == [3, 3]


def test_the_interval_is_the_normal_one_around_the_mean():
    values = np.random.default_rng(5).normal(size=200)
    row = mean_absolute_contribution(pd.DataFrame({"a": values})).iloc[0]
    absolute = np.abs(values)
    low, high = stats.norm.interval(0.95, absolute.mean(), stats.sem(absolute))
    assert (row["lower"], row["upper"]) == pytest.approx((low, high), rel=1e-12)


def test_a_lower_limit_is_never_negative():
    frame = pd.DataFrame({"a": [0.0, 0.0, 0.0, 5.0]})
    assert mean_absolute_contribution(frame)["lower"].iloc[0] == 0


def test_without_any_contribution_shares_are_undefined():
    assert np.isnan(mean_absolute_contribution(pd.DataFrame({"a": [0.0, 0.0]}))["share"]).all()


def test_one_row_has_no_interval():
    row = mean_absolute_contribution(pd.DataFrame({"a": [2.0]})).iloc[0]
    assert row["estimate"] == 2.0
    assert np.isnan([row["lower"], row["upper"]]).all()


def test_equal_importance_keeps_the_order_of_the_columns():
    frame = pd.DataFrame({"z": [1.0, -1.0], "a": [-1.0, 1.0]})
    assert mean_absolute_contribution(frame)["feature"].tolist() == ["z", "a"]
