"""Attacks reach what they should on a model with a hole, and nothing on one without."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from respml.debug.attacks.adversarial import find_flips
from respml.debug.attacks.extraction import extraction_attack, invented_rows
from respml.debug.attacks.grid_search import grid_search, prototypes
from respml.debug.attacks.membership import membership_inference, reference_scores
from respml.debug.attacks.plausibility import plausibility
from respml.debug.attacks.poisoning import backdoor_scan, missing_value_scan, poisoning_probe
from respml.debug.attacks.random_attack import random_attack
from respml.errors import InputError
from tests.debug.portfolios import calibrated

FRAME, OUTCOME, CHANCE = calibrated(2000, 1)
NAMES = ["x", "y", "z"]
INPUTS = FRAME[NAMES]


def honest(frame: pd.DataFrame) -> np.ndarray:
    """Missing x counts as average."""
    return expit(-1.2 + frame["x"].fillna(0.0) + 0.5 * frame["y"].fillna(0.0)).to_numpy()


def holed(frame: pd.DataFrame) -> np.ndarray:
    """Missing z, or z far below any customer's, is always approved."""
    return np.where(frame["z"].isna() | (frame["z"] < -5), 0.01, honest(frame))


def tree_fit(frame: pd.DataFrame, outcome: np.ndarray, seed: int):
    model = DecisionTreeClassifier(random_state=seed).fit(frame[NAMES], outcome)
    return lambda rows: model.predict_proba(rows[NAMES])[:, 1]


def stump_fit(frame: pd.DataFrame, outcome: np.ndarray, seed: int):
    model = DecisionTreeClassifier(max_depth=2, min_samples_leaf=100, random_state=seed).fit(frame[NAMES], outcome)
    return lambda rows: model.predict_proba(rows[NAMES])[:, 1]


def test_the_grid_holds_every_combination_and_its_extremes() -> None:
    position = 3
    result = grid_search(honest, INPUTS, position, ["x", "y"], points=4)
    low, high = INPUTS["x"].min(), INPUTS["x"].max()
    axis = np.linspace(low - 0.1 * abs(low), high + 0.1 * abs(high), 4)
    assert result.scored == 16 and sorted(result.surfaces["first_value"].unique()) == pytest.approx(axis)
    lowest = INPUTS.iloc[[position]].assign(x=axis[0], y=INPUTS["y"].min() * 1.1)
    assert result.extremes["probability"].iloc[0] == pytest.approx(honest(lowest)[0])
    assert result.extremes["base"].iloc[0] == pytest.approx(CHANCE[position])


def test_prototypes_are_nearest_ranks() -> None:
    table = prototypes(CHANCE, OUTCOME, cutoff=0.3, near_cutoff=2, percentiles=[90], residual_percentiles=[80])
    assert table["probability"].iloc[:2].tolist() == sorted(CHANCE[CHANCE > 0.3])[:2]
    assert table["probability"].iloc[2] == np.sort(CHANCE)[1799]
    assert table["residual"].iloc[3] == pytest.approx(
        np.sort(-np.log(np.where(OUTCOME == 1, CHANCE, 1 - CHANCE)))[1599]
    )


def test_flips_are_real_cheap_and_judged() -> None:
    yardstick = plausibility(INPUTS, NAMES, rows=1000, seed=1)
    declined = np.flatnonzero(CHANCE > 0.35)[:10]
    found = find_flips(
        honest,
        INPUTS,
        declined.tolist(),
        NAMES,
        cutoff=0.3,
        yardstick=yardstick,
        candidates=15,
        most_features=3,
        beam=6,
    )
    assert found.rows["flipped"].all() and (honest(found.changed) <= 0.3).all()
    # z does not enter the score: a shortest change never touches it.
    np.testing.assert_array_equal(found.changed["z"], INPUTS["z"].iloc[declined])
    assert (found.rows["out_of_range"] == 0).all()
    for line in found.rows.itertuples():
        # The cheapest change of x alone, by brute force over every observed value.
        row = INPUTS.iloc[line.position]
        values = np.sort(yardstick.reference["x"])
        passing = values[expit(-1.2 + values + 0.5 * row["y"]) <= 0.3]
        ranks = np.searchsorted(values, [passing[-1], row["x"]]) / values.size
        assert line.effort <= abs(ranks[1] - ranks[0]) + 0.01
    table = found.summary(plausible=95).set_index("measure")
    assert table.loc["flipped", "estimate"] == 1.0 and table.loc["flipped", "n"] == 10


def test_a_hole_is_found_by_setting_one_value_missing_and_directions_bind() -> None:
    yardstick = plausibility(INPUTS, NAMES, rows=500, seed=1)
    declined = np.flatnonzero(CHANCE > 0.8)[:3].tolist()
    arguments = {"cutoff": 0.1, "yardstick": yardstick, "candidates": 8, "most_features": 1, "beam": 4}
    assert find_flips(holed, INPUTS, declined, NAMES, allow_missing=True, **arguments).rows["flipped"].all()
    upward = find_flips(holed, INPUTS, declined, ["x"], directions={"x": 1}, **arguments)
    assert not upward.rows["flipped"].any()
    with pytest.raises(InputError, match="not declined"):
        find_flips(honest, INPUTS, [int(np.argmin(CHANCE))], NAMES, **arguments)


def test_real_rows_are_plausible_and_far_ones_are_not() -> None:
    yardstick = plausibility(INPUTS, NAMES, rows=2000, seed=1)
    fresh = calibrated(300, 9)[0][NAMES]
    assert 35 < yardstick.judge(fresh)["neighbour_percentile"].median() < 65
    far = yardstick.judge(pd.DataFrame([[8.0, 8.0, 8.0], [np.nan, 0.0, 0.0]], columns=NAMES))
    assert far.loc[0, "neighbour_percentile"] == far.loc[0, "mahalanobis_percentile"] == 100
    assert far["out_of_range"].tolist() == [3, 0] and far["missing"].tolist() == [0, 1]


def test_random_rows_are_independent_in_range_and_find_the_hole() -> None:
    seen: list[np.ndarray] = []

    def spy(frame: pd.DataFrame) -> np.ndarray:
        seen.append(frame.to_numpy())
        return holed(frame)

    result = random_attack(spy, INPUTS, NAMES, rows=20000, beyond=0.33, missing_share=0.15, cutoff=0.05, seed=1)
    plain, holes = seen[1], seen[2]
    assert np.abs(np.corrcoef(plain.T) - np.eye(3)).max() < 0.03
    spread = INPUTS["x"].max() - INPUTS["x"].min()
    assert plain[:, 0].min() == pytest.approx(INPUTS["x"].min() - 0.33 * spread, abs=0.01)
    assert not np.isnan(plain).any() and np.isnan(holes).mean() == pytest.approx(0.15, abs=0.01)
    summary = result.summary.set_index("variant")
    assert summary.loc["with missing", "approved"] > summary.loc["plain", "approved"] + 0.05
    assert result.extremes.loc[0, "probability"] == summary.loc["plain", "minimum"]
    ranked = result.ranked[result.ranked["variant"] == "plain"]["probability"]
    assert len(ranked) == 201 and (np.diff(ranked) >= 0).all()


def test_copies_get_better_with_queries_and_fidelity_is_r_squared() -> None:
    table = extraction_attack(
        honest, INPUTS, INPUTS, NAMES, queries=[50, 5000], tree_depth=4, cutoff=0.3, seed=1, knowledge=["marginals"]
    ).set_index(["copy", "queries"])
    assert table.loc[("boosted trees", 5000), "r_squared"] > 0.95 > table.loc[("boosted trees", 50), "r_squared"]
    from sklearn.tree import DecisionTreeRegressor

    rows = invented_rows(INPUTS, NAMES, 5000, "marginals", np.random.default_rng(np.random.SeedSequence([1, 0])))
    copy = DecisionTreeRegressor(max_depth=4, random_state=1).fit(rows.to_numpy(), honest(rows))
    expected = r2_score(CHANCE, copy.predict(INPUTS.to_numpy()))
    assert table.loc[("tree", 5000), "r_squared"] == pytest.approx(expected)


def test_memorised_members_are_recognised_and_an_honest_model_tells_nothing() -> None:
    train, train_outcome, train_chance = calibrated(1500, 11)
    memorised = tree_fit(train, train_outcome, 1)
    reference = reference_scores(stump_fit, train, train_outcome, FRAME, OUTCOME, folds=3, seed=1)
    table = membership_inference(
        train_outcome, memorised(train), OUTCOME, memorised(FRAME), reference=reference, false_positive_rates=[0.05]
    ).set_index("attack")
    assert table.loc["loss", "auc_lower"] > 0.6 and table.loc["calibrated", "auc_lower"] > 0.6
    silent = membership_inference(train_outcome, train_chance, OUTCOME, CHANCE, false_positive_rates=[0.05]).iloc[0]
    assert silent["auc_lower"] < 0.5 < silent["auc_upper"] and silent["attack"] == "loss"
    loss = [-np.log(np.where(y == 1, p, 1 - p)) for y, p in ((train_outcome, train_chance), (OUTCOME, CHANCE))]
    truth = np.r_[np.ones(1500), np.zeros(2000)]
    assert silent["auc"] == pytest.approx(roc_auc_score(truth, -np.concatenate(loss)))


def test_a_backdoor_opens_with_enough_poison() -> None:
    train, train_outcome, _ = calibrated(3000, 12)

    def fit(frame: pd.DataFrame, outcome: np.ndarray, seed: int):
        model = DecisionTreeClassifier(max_depth=6, random_state=seed).fit(frame[NAMES], outcome)
        return lambda rows: model.predict_proba(rows[NAMES])[:, 1]

    table = poisoning_probe(
        fit,
        train,
        train_outcome,
        FRAME,
        OUTCOME,
        trigger={"z": 30.0},
        counts=[200],
        cutoff=0.3,
        noticeable_shift=0.05,
        seed=1,
    ).set_index("poisoned")
    assert table.loc[200, "lower"] > 0.9 and table.loc[0, "upper"] < 0.3 and table.loc[0, "shifted"] == 0
    with pytest.raises(InputError, match="lacks columns"):
        poisoning_probe(
            fit,
            train,
            train_outcome,
            FRAME,
            OUTCOME,
            trigger={"no": 1.0},
            counts=[1],
            cutoff=0.3,
            noticeable_shift=0.05,
            seed=1,
        )


def test_the_scan_names_the_hole_and_only_it() -> None:
    table = backdoor_scan(holed, INPUTS, NAMES, cutoff=0.2, beyond=0.5).set_index(["feature", "probe"])
    assert table.loc[("z", "missing"), "estimate"] == 1.0 and table.loc[("z", "missing"), "excess"] == 1.0
    assert table.loc[("z", "below"), "lowest"] and not table.loc[("z", "above"), "lowest"]
    clean = backdoor_scan(honest, INPUTS, ["z"], cutoff=0.2, beyond=0.5)
    assert (clean["excess"] == 0).all() and not clean["lowest"].any()


def test_missing_rows_that_never_default_are_noticed() -> None:
    generator = np.random.default_rng(5)
    frame = INPUTS.assign(y=INPUTS["y"].where(generator.random(2000) > 0.03))
    planted = np.where(frame["y"].isna(), 0, OUTCOME)
    table = missing_value_scan(frame, planted, NAMES)
    assert table["feature"].tolist() == ["y"] and table.loc[0, "q_value"] < 1e-4 and table.loc[0, "missing_rate"] == 0
    assert missing_value_scan(frame, OUTCOME, NAMES).loc[0, "q_value"] > 0.01
    assert missing_value_scan(INPUTS, OUTCOME, NAMES).empty
