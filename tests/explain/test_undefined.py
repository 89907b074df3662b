"""Explanations of a model that gives some invented rows no score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from respml.explain import Model, accumulated_local_effects, lime, partial_dependence
from respml.explain.interaction_strength import two_way_partial_dependence
from respml.explain.shape import curve_summary


def predict(rows: pd.DataFrame) -> np.ndarray:
    """No score where the income is missing or not above zero, or where debt is above income."""
    income, debt = rows["income"].to_numpy(float), rows["debt"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 1 / (1 + np.exp(np.log(income) - 0.3 * debt))
    return np.where(debt > income, np.nan, score)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(5)
    income = generator.uniform(2, 9, 400)
    return pd.DataFrame({"income": income, "debt": income * generator.uniform(0, 0.9, 400)})


@pytest.fixture(scope="module")
def model() -> Model:
    return Model("card", predict, ("income", "debt"))


def test_a_curve_goes_without_values_beyond_the_range_and_its_means_without_rows_that_have_no_score(model, frame):
    found = partial_dependence(model, frame)
    assert found.curves["estimate"].notna().all()
    income = found.curves[found.curves["feature"] == "income"]
    assert "below" not in set(income["kind"])
    at = income.iloc[0]
    scored = frame["debt"] <= at["value"]
    assert 0 < at["n"] == scored.sum() < len(frame)
    by_hand = predict(frame.assign(income=at["value"]))[scored].mean()
    assert at["estimate"] == pytest.approx(by_hand, abs=1e-12)
    assert found.curves["value"].notna().all()
    summary = curve_summary(found.curves).set_index("feature")
    assert summary["at_missing"].isna().all()
    assert not summary["missing_is_lowest"].any()


def test_a_missing_value_is_left_out_of_the_inputs_that_refuse_it_alone(frame):
    taking = Model("card", lambda rows: predict(rows.fillna({"debt": 0.0})), ("income", "debt"))
    found = partial_dependence(taking, frame)
    absent = found.curves[found.curves["value"].isna()]
    assert list(absent["feature"]) == ["debt"]


def test_local_effects_surfaces_and_copies_go_without_rows_that_have_no_score(model, frame):
    assert accumulated_local_effects([model], frame, features=["income"])["estimate"].notna().all()
    assert two_way_partial_dependence(model, frame, "income", "debt", points=6)["estimate"].notna().all()
    found = lime(model, frame, frame.index[0], n=300)
    assert np.isfinite(found.r2)
    assert found.n < 300


def test_an_input_that_does_not_act_is_not_lowest_where_it_is_missing(frame):
    idle = Model("idle", lambda rows: np.full(len(rows), 0.2), ("income", "debt"))
    assert not curve_summary(partial_dependence(idle, frame).curves)["missing_is_lowest"].any()
