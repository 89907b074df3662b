"""The size of a finding is large for a model that has the defect and near zero for one that has not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from respml.debug import finding_sizes as sizes
from respml.debug.attacks.extraction import extraction_attack
from respml.debug.attacks.plausibility import plausibility
from respml.debug.remediation import with_bands, with_imputation, with_recalibration
from respml.debug.sensitivity import robustness
from tests.debug.portfolios import calibrated

FRAME, OUTCOME, CHANCE = calibrated(3000, 1)
NAMES = ["x", "y", "z"]
INPUTS = FRAME[NAMES]


def honest(frame: pd.DataFrame) -> np.ndarray:
    return expit(-1.2 + frame["x"].fillna(0.0) + 0.5 * frame["y"].fillna(0.0)).to_numpy()


def holed(frame: pd.DataFrame) -> np.ndarray:
    return np.where(frame["z"].isna(), 0.01, honest(frame))


def jumpy(frame: pd.DataFrame) -> np.ndarray:
    """A tiny change of x turns the score round."""
    return np.where(np.sin(200 * frame["x"]) > 0, 0.9, 0.1)


def test_a_hole_has_a_size_and_an_honest_model_none() -> None:
    size = sizes.hole(INPUTS, NAMES, cutoff=0.3, beyond=0.0)
    # Every declined row is accepted without z, none by any value of z.
    assert size(holed) == pytest.approx(1.0)
    assert size(honest) <= 0.0
    # A score that goes on falling beyond the range opens more there than in it.
    assert sizes.hole(INPUTS, NAMES, cutoff=0.3, beyond=0.3)(honest) > 0.0
    low = sizes.low_missing(INPUTS, NAMES, cutoff=0.3)
    assert low(holed) == pytest.approx(honest(INPUTS).mean() - 0.01, abs=0.001) and low(honest) == 0.0


def test_inputs_scored_as_safe_where_missing_are_counted() -> None:
    def timid(frame: pd.DataFrame) -> np.ndarray:
        return expit(-1.2 + frame["x"].fillna(FRAME["x"].min()) + frame["y"].fillna(0.0)).to_numpy()

    size = sizes.safest_missing(INPUTS, NAMES, cutoff=0.3)
    # x: absent is worth its smallest value; y: its middle; z is not read at all, so absent is as low as any value.
    assert size(timid) == pytest.approx(2 / 3) and size(honest) == pytest.approx(1 / 3)
    assert size(with_imputation(timid, INPUTS, NAMES)) == pytest.approx(1 / 3)


def test_overstatement_is_that_of_the_group_overstated_most() -> None:
    low, high = (CHANCE < 0.2), (CHANCE >= 0.2)

    def doubled(frame: pd.DataFrame) -> np.ndarray:
        return np.where(low, 2 * CHANCE, CHANCE)

    size = sizes.overstatement(INPUTS, OUTCOME, [low, high])
    assert size(doubled) == pytest.approx(2 * CHANCE[low].sum() / OUTCOME[low].sum() - 1)
    assert size(lambda frame: CHANCE / 3) == 0.0


def test_a_segment_is_misstated_by_the_distance_of_its_rates() -> None:
    inside = (FRAME["z"] > 0).to_numpy()
    size = sizes.misstatement(INPUTS, OUTCOME, inside)
    rate = OUTCOME[inside].mean()
    assert size(lambda frame: np.full(len(frame), rate)) == pytest.approx(0.0)
    assert size(lambda frame: np.full(len(frame), rate - 0.1)) == pytest.approx(0.1)


def test_the_sizes_are_what_the_chapters_print() -> None:
    table = robustness(honest, INPUTS, OUTCOME, NAMES, sizes=[0.05, 0.1], repeats=2, cutoff=0.4, seed=7)
    worst = -table.loc[table["size"] == 0.1, "auc_change"].min()
    assert sizes.noise(INPUTS, OUTCOME, NAMES, share=0.1, repeats=2, seed=7)(honest) == pytest.approx(worst)
    alone = robustness(
        honest, INPUTS, OUTCOME, NAMES, sizes=[1.0], repeats=2, cutoff=0.4, seed=7, kinds=("permuted",), by_feature=True
    ).set_index("feature")
    share = -alone.loc["x", "auc_change"] / (alone.loc["x", "auc_before"] - 0.5)
    assert sizes.scrambled(INPUTS, OUTCOME, "x", repeats=2, seed=7)(honest) == pytest.approx(share)
    many = extraction_attack(honest, INPUTS, INPUTS, NAMES, queries=[200, 800], tree_depth=6, cutoff=0.4, seed=7)
    best = many[(many["knowledge"] == "marginals") & (many["queries"] == 200)]["r_squared"].max()
    copied = sizes.copied(INPUTS, INPUTS, NAMES, queries=200, drawn=800, cutoff=0.4, seed=7)
    assert copied(honest) == pytest.approx(best)


def test_missing_values_help_random_rows_only_where_there_is_a_hole() -> None:
    size = sizes.random_gain(INPUTS, NAMES, rows=5000, beyond=0.2, missing_share=0.3, cutoff=0.1, seed=1)
    assert size(holed) > 0.1 > size(honest)


def test_noise_and_cheap_flips_are_larger_for_a_jumpy_model() -> None:
    noise = sizes.noise(INPUTS, (CHANCE > 0.3).astype(int), NAMES, share=0.1, repeats=2, seed=1)
    assert noise(honest) < 0.05
    positions = [int(each) for each in np.flatnonzero((CHANCE > 0.3) & (jumpy(INPUTS) > 0.3))[:15]]
    yardstick = plausibility(INPUTS, NAMES, rows=1000, seed=1)
    size = sizes.cheap_flips(INPUTS, positions, NAMES, yardstick, cutoff=0.3, effort=0.1, plausible=95, candidates=40)
    assert size(jumpy) > size(honest) + 0.3


def test_scrambling_the_only_input_destroys_the_ranking() -> None:
    size = sizes.scrambled(INPUTS, OUTCOME, "x", repeats=2, seed=1)
    assert size(lambda frame: expit(frame["x"]).to_numpy()) == pytest.approx(1.0, abs=0.1)
    assert sizes.scrambled(INPUTS, OUTCOME, "z", repeats=2, seed=1)(honest) == pytest.approx(0.0, abs=1e-9)


def test_recalibration_answers_slope_and_level() -> None:
    steep = with_recalibration(honest, 0.4, 1.5)
    slope, level = sizes.slope_error(INPUTS, OUTCOME), sizes.level_error(INPUTS, OUTCOME)
    # The outcome is drawn from honest(): slope 1, and 1 / 1.5 for log-odds half as large again.
    assert slope(honest) < 0.1 and slope(steep) == pytest.approx(1 - 1 / 1.5, abs=0.1)
    assert level(honest) < 0.05
    low = with_recalibration(honest, -1.0, 1.0)
    assert level(low) == pytest.approx(OUTCOME.sum() / expit(-2.2 + FRAME["x"] + 0.5 * FRAME["y"]).sum() - 1)
    again = with_recalibration(steep, -0.4 / 1.5, 1 / 1.5)
    np.testing.assert_allclose(again(INPUTS), honest(INPUTS), atol=1e-12)


def test_excess_loss_counts_only_what_the_model_does_not_expect() -> None:
    inside = (FRAME["kind"] == "south").to_numpy()
    size = sizes.excess_loss(INPUTS, OUTCOME, inside)
    assert size(honest) < 0.03
    # Certain and wrong: predicting 0.01 where a quarter defaults loses about 0.25 ln(99) beyond the expected.
    rate = OUTCOME[inside].mean()
    assert size(lambda frame: np.full(len(frame), 0.01)) == pytest.approx((rate - 0.01) * np.log(99), rel=0.02)


def test_members_and_copies() -> None:
    train, train_outcome, chance = calibrated(3000, 5)
    reference = (chance, CHANCE)
    size = sizes.remembered(train[NAMES], train_outcome, INPUTS, OUTCOME, reference)
    table = {float(x): float(y) for x, y in zip(train["x"], train_outcome, strict=True)}

    def memory(frame: pd.DataFrame) -> np.ndarray:
        known = frame["x"].map(table).to_numpy()
        return np.where(np.isnan(known), honest(frame), np.clip(known, 0.05, 0.95))

    assert size(memory) > 0.3 and size(honest) < 0.02
    copied = sizes.copied(INPUTS, INPUTS, NAMES, queries=1000, drawn=1000, cutoff=0.3, seed=1)
    assert copied(honest) > 0.9
    assert sizes.fall_from_train(train[NAMES], train_outcome, INPUTS, OUTCOME)(memory) > 0.2


def test_bands_give_the_middle_of_a_band() -> None:
    banded = with_bands(lambda frame: np.array([0.0, 0.049, 0.05, 0.12]), 0.05)
    np.testing.assert_allclose(banded(INPUTS.head(4)), [0.025, 0.025, 0.075, 0.125])
