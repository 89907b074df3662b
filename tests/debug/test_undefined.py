"""Rows that an analysis invents and the model gives no score: left out and counted, never an error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from respml.debug.attacks.extraction import extraction_attack
from respml.debug.attacks.grid_search import grid_search
from respml.debug.attacks.poisoning import backdoor_scan
from respml.debug.attacks.random_attack import random_attack
from respml.debug.finding_sizes import low_missing
from respml.debug.sensitivity import dependence_summary, dependence_with_residuals, robustness
from respml.debug.stress import Scenario, stress_test
from respml.measures.fairness.effects import _scored

NAMES = ["income", "arrears"]


def frame(rows: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    generator = np.random.default_rng(3)
    table = pd.DataFrame({"income": generator.lognormal(1, 0.5, rows), "arrears": generator.integers(0, 4, rows) * 1.0})
    return table, (generator.random(rows) < predict(table)).astype(int)


def predict(rows: pd.DataFrame) -> np.ndarray:
    """No score for a missing value, none for an income of zero or less."""
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 1 / (1 + np.exp(1 + 0.4 * np.log(rows["income"]) - 0.6 * rows["arrears"])).to_numpy()
    return np.where(rows["income"].to_numpy() > 0, score, np.nan)


def test_dependence_leaves_out_the_values_without_a_score():
    table, outcome = frame()
    found = dependence_with_residuals(predict, table, outcome, NAMES)
    assert set(found["kind"]) == {"range", "quantile", "above", "below"}  # arrears below zero has a score
    assert (found.loc[found["feature"] == "income", "value"] > 0).all()
    summary = dependence_summary(found).set_index("feature")
    assert summary["missing_below"].isna().all()
    assert not summary["missing_lowest"].any()


def test_a_door_is_not_opened_by_a_row_without_a_score():
    table, _ = frame()
    found = backdoor_scan(predict, table, NAMES, cutoff=0.3, beyond=0.33)
    assert "missing" not in set(found["probe"])
    assert list(found[found["feature"] == "income"]["probe"]) == ["above"]
    assert low_missing(table, NAMES, cutoff=0.3)(predict) == 0.0


def test_random_rows_without_a_score_are_counted_and_not_accepted():
    table, _ = frame()
    found = random_attack(
        predict, table, NAMES, rows=2000, beyond=0.33, missing_share=0.5, cutoff=1.0, seed=1
    ).summary.set_index("variant")
    # every row with a score lies below a cut-off of one, so what is not accepted is what is refused
    assert found.loc["plain", "approved"] == pytest.approx(1 - found.loc["plain", "refused"])
    assert found.loc["with missing", "refused"] == pytest.approx(
        1 - 0.25 * (1 - found.loc["plain", "refused"]), abs=0.03
    )
    assert found.loc["portfolio", "refused"] == 0


def test_a_scenario_without_scores_is_left_out():
    table, outcome = frame()
    scenarios = [
        Scenario("outage", 0.1, assign={"arrears": float("nan")}),
        Scenario("half income", 0.5, multiply={"income": 0.5}),
    ]
    found = stress_test(predict, table, outcome, scenarios, cutoff=0.3, seed=1, repeats=2)
    assert set(found["scenario"]) == {"half income"}
    assert stress_test(predict, table, outcome, scenarios[:1], cutoff=0.3, seed=1, repeats=2).empty


def test_a_grid_and_a_copy_go_without_the_rows_that_have_no_score():
    table, _ = frame()
    shifted = table.assign(income=table["income"] - table["income"].min() + 1e-9)
    found = grid_search(predict, shifted, 0, NAMES, beyond=0.1)
    assert found.extremes["probability"].notna().all()
    copies = extraction_attack(predict, table, table, NAMES, queries=[200], tree_depth=3, cutoff=0.3, seed=1)
    assert copies["r_squared"].notna().all()


def test_noise_is_measured_on_the_rows_that_keep_a_score():
    table, outcome = frame()

    def above_three(rows: pd.DataFrame) -> np.ndarray:
        changed = rows["income"].to_numpy() != table["income"].to_numpy()
        return np.where(changed & (rows["income"].to_numpy() > 3), np.nan, predict(rows))

    found = robustness(above_three, table, outcome, NAMES, sizes=[0.1], repeats=1, cutoff=0.3, seed=1)
    assert found[["estimate", "flips", "rank_correlation"]].notna().all().all()


def test_a_row_without_a_score_keeps_its_own_when_an_input_is_held():
    own = np.array([0.1, 0.2])
    assert list(_scored(lambda rows: np.array([np.nan, 0.5]), pd.DataFrame({"a": [1, 2]}), own)) == [0.1, 0.5]
