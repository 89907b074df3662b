"""What is planted in a simulated portfolio is found, at the limits of the register, and nothing in the clean one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.checks import threshold_register
from respml.explain import (
    Model,
    accumulated_local_effects,
    compare_effects,
    importance,
    partial_dependence,
    prove_monotonicity,
    shapley_interactions,
)
from respml.portfolio.simulate import TRUE_SIGNS, SimulationTruths, simulate

LIMIT = {name: each.value for name, each in threshold_register({}).items()}
SIGNS = {**TRUE_SIGNS, "behaviour_index": 0}


@dataclass(frozen=True)
class Fitted:
    model: Model
    booster: Any
    test: pd.DataFrame

    @property
    def ratio(self) -> float:
        columns = [*self.test.columns, "bias"]
        values = self.booster.predict(xgboost.DMatrix(self.test), pred_contribs=True)
        table = importance({"m": pd.DataFrame(values, columns=columns)}, replicates=50).table
        return float(table["estimate"].iloc[0] / table["estimate"].iloc[1])

    @property
    def strongest(self) -> tuple[set[str], float]:
        pair = shapley_interactions("m", self.booster, self.test).pairs.iloc[0]
        return {pair["first"], pair["second"]}, float(pair["share"])


def fitted(constrained: bool = True, **truths: float) -> Fitted:
    frame, _, _ = simulate(8000, 7, SimulationTruths(**truths))
    columns = [name for name in frame.columns if name in SIGNS]
    inputs, outcome = frame[columns].astype(np.float64), frame["default_12m"]
    promised = {name: SIGNS[name] for name in columns if SIGNS[name]}
    parameters = {
        "objective": "binary:logistic",
        "max_depth": 4,
        "eta": 0.15,
        "subsample": 0.8,
        "seed": 1,
        "nthread": 1,
        "base_score": 0.2,
    }
    if constrained:
        parameters["monotone_constraints"] = promised
    booster = xgboost.train(parameters, xgboost.DMatrix(inputs[:5600], outcome[:5600]), 50)
    return Fitted(Model.from_booster("m", booster, monotone=promised), booster, inputs[5600:])


@pytest.fixture(scope="module")
def clean() -> Fitted:
    return fitted()


def test_the_planted_interaction_is_the_strongest_and_above_the_limit():
    pair, share = fitted(interaction=1.0).strongest
    assert pair == {"utilisation", "inquiries_6m"}
    assert share > LIMIT["interaction_share"]


def test_the_over_strong_input_is_above_the_limit():
    assert fitted(over_strong=1.0).ratio > LIMIT["dominance_ratio"]


def test_a_broken_promise_is_found_with_rows_that_show_it():
    broken = fitted(constrained=False)
    proof = prove_monotonicity(broken.model, rows=broken.test)
    violated = proof.summary[proof.summary["status"] == "violated"]
    assert len(violated) and violated["verified"].all()
    name = violated["feature"].iloc[0]
    low, high = (proof.counter_examples[proof.counter_examples["feature"] == name].iloc[place] for place in (0, 1))
    others = [each for each in broken.test.columns if each != name]
    pd.testing.assert_series_equal(low[others], high[others], check_names=False)
    assert (high["probability"] - low["probability"]) * SIGNS[name] < 0


def test_nothing_is_found_in_the_clean_portfolio(clean):
    assert clean.ratio <= LIMIT["dominance_ratio"]
    assert clean.strongest[1] <= LIMIT["interaction_share"]
    assert prove_monotonicity(clean.model, rows=clean.test).holds
    names = ["utilisation", "missed_payments_6m", "payment_ratio"]
    curves = partial_dependence([clean.model], clean.test, features=names).curves
    local = accumulated_local_effects([clean.model], clean.test, features=names)
    assert compare_effects(curves, local)["ratio"].max() <= LIMIT["effect_gap"]
