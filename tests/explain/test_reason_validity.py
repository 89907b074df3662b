import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from respml.explain.model import Model
from respml.explain.reason_validity import (
    agreement,
    baseline_values,
    first_reason_changed,
    first_reason_transition,
    improvement_test,
    near_tie_rate,
    share_by_reason,
)
from respml.explain.reasons import ALL_APPLICANTS, Reason, Reasons, adverse_action_reasons, baseline_population


def linear(weights: dict[str, float]) -> Model:
    def predict(frame: pd.DataFrame) -> np.ndarray:
        return 1 / (1 + np.exp(-sum(frame[name].to_numpy() * each for name, each in weights.items())))

    return Model("glm", predict, tuple(weights))


def made(weights: dict[str, float], frame: pd.DataFrame, population: str = ALL_APPLICANTS, sign: float = 1) -> Reasons:
    """Exact Shapley values of a linear model (independent inputs), or reversed ones when sign is -1."""
    contribution = pd.DataFrame({name: sign * each * frame[name] for name, each in weights.items()})
    contribution["bias"] = 0.0
    chance = linear(weights).probability(frame)
    base = baseline_population(contribution, chance, 0.5, population=population)
    texts = {name: Reason(name.upper(), f"Your {name}") for name in weights}
    return adverse_action_reasons(contribution, chance, 0.5, texts, baseline=base)


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(1).normal(size=(600, 4)), columns=list("abcd"))


WEIGHTS = {"a": 2.0, "b": 1.0, "c": -0.5, "d": 0.25}


def validity(frame: pd.DataFrame, sign: float) -> pd.DataFrame:
    reasons = made(WEIGHTS, frame, sign=sign)
    everyone = baseline_population(
        pd.DataFrame({**{name: frame[name] for name in WEIGHTS}, "bias": 0.0}),
        linear(WEIGHTS).probability(frame),
        0.5,
        population=ALL_APPLICANTS,
    )
    values = baseline_values(frame, everyone, list(WEIGHTS))
    return improvement_test(linear(WEIGHTS), frame, reasons, values).set_index(["rank", "outcome"])


def test_true_reasons_lower_the_risk_and_reversed_ones_do_not(frame):
    true = validity(frame, 1)
    assert true.loc[("1", "risk falls"), "estimate"] > 0.97
    assert true.loc[("all stated", "decision flips"), "estimate"] > 0.75
    false = validity(frame, -1)
    assert false.loc[("1", "risk falls"), "estimate"] < 0.2


def test_intervals_are_wilson(frame):
    line = validity(frame, 1).loc[("1", "decision flips")]
    low, high = proportion_confint(line["count"], line["n"], method="wilson")
    assert (line["lower"], line["upper"]) == pytest.approx((low, high))


def test_agreement_is_complete_with_itself_and_lower_with_another_model(frame):
    own = made(WEIGHTS, frame)
    other = made({"a": 0.2, "b": 1.0, "c": -0.5, "d": 2.0}, frame)
    table = agreement({"glm": own, "same": own, "other": other}).set_index(["first", "second", "measure"]).sort_index()
    assert table.loc[("glm", "same"), "estimate"].tolist() == [1.0, 1.0, 1.0]
    assert table.loc[("glm", "other", "top 1"), "estimate"] < 0.7
    both = set(own.frame["row"]) & set(other.frame["row"])
    assert table.loc[("glm", "other", "top 1"), "n"] == len(both)
    assert (table["lower"] <= table["estimate"]).all() and (table["estimate"] <= table["upper"]).all()


def test_shares_by_reason_and_group_add_up(frame):
    reasons = made(WEIGHTS, frame)
    group = pd.Series(np.where(frame["d"] > 0, "x", "y"), index=frame.index)
    table = share_by_reason(reasons, group)
    first = table[table["place"] == "first"].groupby("group")["estimate"].sum()
    assert first.tolist() == pytest.approx([1, 1, 1])
    assert table[table["group"] == "all"]["n"].iloc[0] == reasons.frame["row"].nunique()


def test_transition_counts_every_applicant_declined_by_either(frame):
    before, after = made(WEIGHTS, frame), made({"a": 0.2, "b": 1.0, "c": -0.5, "d": 2.0}, frame)
    table = first_reason_transition(before, after)
    either = set(before.frame["row"]) | set(after.frame["row"])
    either |= set(before.without_reason) | set(after.without_reason)
    assert table["count"].sum() == len(either)
    assert first_reason_changed(before, before)["estimate"].item() == 0.0
    assert first_reason_changed(before, after)["estimate"].item() > 0.3


def test_near_tie_rate_counts_flags(frame):
    reasons = made(WEIGHTS, frame)
    table = near_tie_rate(reasons).set_index("where")
    first = reasons.frame[reasons.frame["rank"] == 1]
    assert table.loc["first reason", "count"] == first["near_tie"].sum()
    assert table.loc["first reason", "n"] == len(first)
