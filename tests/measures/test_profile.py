"""Column profile, duplicates and associations against pandas, scipy, statsmodels, hand counts and published values."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics
from statsmodels.stats.outliers_influence import variance_inflation_factor

from respml.errors import InputError
from respml.measures.profile import (
    column_profile,
    correlation_with_outcome,
    duplicate_columns,
    duplicate_rows,
    information_value,
    information_value_table,
    shared_rows,
    single_feature_auc,
    variance_inflation,
)
from tests.measures.portfolios import simulated


def mixed_frame() -> pd.DataFrame:
    generator = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "amount": np.append(generator.normal(size=98), [np.nan, 0.0]),
            "delay": generator.integers(-2, 3, 100),
            "region": generator.choice(["north", "south", None], 100),
            "flag": generator.random(100) < 0.3,
        }
    )


def test_profile_equals_pandas_describe():
    frame = mixed_frame()
    profile = column_profile(frame).set_index("column")
    described = frame[["amount", "delay"]].describe().T
    for ours, theirs in {
        "count": "count", "mean": "mean", "standard_deviation": "std", "minimum": "min", "lower_quartile": "25%",
        "median": "50%", "upper_quartile": "75%", "maximum": "max",
    }.items():  # fmt: skip
        np.testing.assert_allclose(profile.loc[["amount", "delay"], ours].astype(float), described[theirs])
    assert profile["missing"].tolist() == frame.isna().sum().tolist()
    assert profile["distinct"].tolist() == frame.nunique().tolist()
    assert profile.loc["delay", "zeros"] == (frame["delay"] == 0).sum()
    assert profile.loc["region", "most_frequent"] == frame["region"].value_counts().index[0]
    assert profile.loc["flag", "kind"] == "level"
    assert np.isnan(profile.loc["region", "mean"])


def test_profile_of_an_empty_column_is_undefined_not_an_error():
    row = column_profile(pd.DataFrame({"x": [np.nan, np.nan]})).iloc[0]
    assert (row["count"], row["missing"], row["distinct"], row["most_frequent"]) == (0, 2, 0, "")
    assert np.isnan(row["mean"])


def test_of_equally_frequent_values_the_smallest_is_named():
    assert column_profile(pd.DataFrame({"x": [3, 1, 1, 3]}))["most_frequent"].item() == "1"


def test_correlation_and_interval_equal_scipy():
    frame = mixed_frame()
    outcome = np.random.default_rng(2).integers(0, 2, 100)
    table = correlation_with_outcome(frame, outcome).set_index("feature")
    present = frame["amount"].notna()
    expected = stats.pearsonr(frame.loc[present, "amount"], outcome[present])
    interval = expected.confidence_interval(0.95)
    row = table.loc["amount"]
    assert (row["estimate"], row["lower"], row["upper"]) == pytest.approx((expected[0], interval.low, interval.high))
    assert row["n"] == 99
    assert table.loc["flag", "estimate"] == pytest.approx(stats.pearsonr(frame["flag"].astype(float), outcome)[0])
    assert np.isnan(table.loc["region", "estimate"])


def test_correlation_of_constants_and_copies():
    outcome = np.array([0, 1, 0, 1, 1])
    table = correlation_with_outcome(pd.DataFrame({"constant": 1.0, "copy": outcome}, index=range(5)), outcome)
    assert np.isnan(table["estimate"][0])
    assert table.loc[1, ["estimate", "lower", "upper"]].tolist() == pytest.approx([1, 1, 1])
    with pytest.raises(InputError, match="rows"):
        correlation_with_outcome(pd.DataFrame({"a": [1]}), outcome)


UCI = Path(os.environ.get("RESPML_UCI", Path(__file__).parents[2] / "../shared/data/uci_credit_card.csv"))


@pytest.mark.uci
@pytest.mark.skipif(not UCI.is_file(), reason="the UCI credit-card file is not here; set RESPML_UCI")
def test_published_correlations_of_the_uci_data():
    # Hall, notebooks on the UCI credit-card data, all 30,000 rows.
    published = {"LIMIT_BAL": -0.153520, "SEX": -0.039961, "AGE": 0.013890, "PAY_0": 0.324794, "PAY_2": 0.263551,
                 "PAY_6": 0.186866, "BILL_AMT1": -0.019644, "BILL_AMT6": -0.005372, "PAY_AMT1": -0.072929,
                 "PAY_AMT6": -0.053183}  # fmt: skip
    frame = pd.read_csv(UCI, skiprows=0 if "LIMIT_BAL" in UCI.open().readline() else 1)
    target = next(name for name in frame.columns if name.lower().startswith("default"))
    table = correlation_with_outcome(frame[list(published)], frame[target]).set_index("feature")
    assert table["estimate"].to_dict() == pytest.approx(published, abs=5e-7)


def test_information_value_by_hand():
    # Level a: 40 good, 10 bad; level b: 10 good, 40 bad. One half added: shares 40.5/51 and 10.5/51 either way.
    column, outcome = ["a"] * 50 + ["b"] * 50, [0] * 40 + [1] * 10 + [0] * 10 + [1] * 40
    expected = 2 * (30 / 51) * np.log(40.5 / 10.5)
    estimate = information_value(column, outcome)
    assert estimate.value == pytest.approx(expected)
    assert estimate.note == ""
    table = information_value_table(column, outcome)
    assert table["contribution"].sum() == pytest.approx(expected)
    assert table["weight_of_evidence"].tolist() == pytest.approx([np.log(40.5 / 10.5), -np.log(40.5 / 10.5)])
    assert table["event_rate"].tolist() == [0.2, 0.8]


def test_information_value_interval_agrees_with_simulation():
    generator = np.random.default_rng(3)
    good, bad = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])

    def column(first, second):
        return np.repeat(["a", "b", "c"] * 2, np.concatenate([first, second]))

    outcome = np.repeat([0, 1], [900, 300])
    values = [
        information_value(column(generator.multinomial(900, good), generator.multinomial(300, bad)), outcome).value
        for _ in range(400)
    ]
    estimate = information_value(column((900 * good).round().astype(int), (300 * bad).round().astype(int)), outcome)
    assert (estimate.upper - estimate.lower) / 2 / 1.96 == pytest.approx(np.std(values), rel=0.12)


def test_information_value_marks_one_sided_bins_and_counts_missing_values():
    outcome = np.array([0, 0, 1, 1])
    estimate = information_value(["a", "a", None, None], outcome)
    assert np.isfinite(estimate.value)
    assert "one class" in estimate.note
    assert information_value_table(["a", "a", None, None], outcome)["kind"].tolist() == ["level", "missing"]
    assert not information_value(["a", "b"], [0, 0]).defined


def test_single_feature_auc_equals_scikit_learn_in_either_direction():
    outcome, probability = simulated(500)
    frame = pd.DataFrame({"up": probability, "down": -probability, "hole": np.where(probability > 0.5, np.nan, 1)})
    table = single_feature_auc(frame, outcome).set_index("feature")
    area = metrics.roc_auc_score(outcome, probability)
    assert table["estimate"][:2].tolist() == pytest.approx([area, area])
    assert table["direction"].tolist() == ["rising", "falling", "rising"]
    assert table.loc["down", "lower"] == pytest.approx(table.loc["up", "lower"])
    assert table.loc["hole", "n"] == (probability <= 0.5).sum()


def test_levels_are_ordered_by_event_rate_unless_there_are_too_many():
    outcome = np.array([1, 1, 0, 0, 1, 0] * 20)
    leak = np.where(outcome == 1, "closed", "open")
    frame = pd.DataFrame({"leak": leak, "name": [f"n{row}" for row in range(120)]})
    table = single_feature_auc(frame, outcome).set_index("feature")
    assert table.loc["leak", "estimate"] == 1.0
    assert np.isnan(table.loc["name", "estimate"])
    assert "levels" in table.loc["name", "note"]


def test_variance_inflation_equals_statsmodels():
    generator = np.random.default_rng(4)
    frame = pd.DataFrame(generator.normal(size=(200, 3)), columns=list("abc"))
    frame["d"] = frame["a"] + 0.5 * generator.normal(size=200)
    design = np.column_stack([np.ones(200), frame])
    expected = [variance_inflation_factor(design, position + 1) for position in range(4)]
    assert variance_inflation(frame)["estimate"].tolist() == pytest.approx(expected)


def test_variance_inflation_of_dependent_and_constant_columns():
    generator = np.random.default_rng(5)
    frame = pd.DataFrame(generator.normal(size=(50, 2)), columns=["a", "b"])
    frame = frame.assign(c=frame["a"] * 2 + 1, d=3.0)
    table = variance_inflation(frame).set_index("feature")["estimate"]
    assert np.isinf(table[["a", "c"]]).all()
    assert table["b"] == pytest.approx(1 / (1 - frame["a"].corr(frame["b"]) ** 2))
    assert np.isnan(table["d"])
    with pytest.raises(InputError, match="without numbers"):
        variance_inflation(pd.DataFrame({"t": ["a", "b"]}))


def test_duplicates_by_hand():
    frame = pd.DataFrame({"a": [1, 1, 2, 1, np.nan, np.nan], "b": list("xxyxzz")})
    found = duplicate_rows(frame)
    assert (found.n, found.groups, found.rows, found.surplus) == (6, 2, 5, 3)
    assert duplicate_rows(frame.assign(id=range(6))).rows == 0
    assert duplicate_rows(frame.assign(id=range(6)), ["a", "b"]).rows == 5
    with pytest.raises(InputError, match="lacks the columns"):
        duplicate_rows(frame, ["c"])


def test_shared_rows_count_every_copy_in_the_second_table():
    first = pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": list("xyz")})
    second = pd.DataFrame({"a": [1.0, 1.0, 2.0, np.nan, 5.0, 5.0], "b": list("xxqzww")})
    assert shared_rows(first, second) == 3
    assert shared_rows(first, second.iloc[:0]) == 0


def test_equal_columns_are_paired():
    frame = pd.DataFrame({"a": [1, np.nan], "b": [1, np.nan], "c": [1, 2]})
    assert duplicate_columns(frame).to_numpy().tolist() == [["a", "b"]]
