"""Changed inputs, scenarios, drift and refits do to the numbers what the definitions say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import mahalanobis as scipy_mahalanobis
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from respml.debug.drift import drift_table
from respml.debug.instability import coin_toss_customers, instability
from respml.debug.reliability import conformal_reliability, conformal_threshold
from respml.debug.resilience import mahalanobis, resilience, resilience_drivers, resilience_samples
from respml.debug.retries import feature_retry, out_of_fold, row_removal_retry, with_row_deviation
from respml.debug.sensitivity import dependence_with_residuals, perturbed, robustness, what_if
from respml.debug.stress import Scenario, apply_scenario, recession, stress_test
from respml.errors import InputError
from respml.explain.tree_tables import tree_tables
from tests.debug.portfolios import calibrated

FRAME, OUTCOME, CHANCE = calibrated(2000, 1)


def predict(frame: pd.DataFrame) -> np.ndarray:
    """Missing x is scored as if it were very low: a backdoor."""
    return expit(-1.2 + frame["x"].fillna(-9.0) + 0.5 * frame["y"]).to_numpy()


def fit(frame: pd.DataFrame, outcome: np.ndarray, seed: int):
    columns = [name for name in frame.columns if name != "kind"]
    model = LogisticRegression(C=1e6).fit(frame[columns], outcome)
    return lambda rows: model.predict_proba(rows[columns])[:, 1]


def test_dependence_is_the_mean_of_rescored_rows_with_residuals_by_class() -> None:
    table = dependence_with_residuals(predict, FRAME, OUTCOME, ["x"], points={"x": [np.nan, -99.0, 0.5]})
    changed = predict(FRAME.assign(x=0.5))
    last = table.iloc[2]
    assert table["kind"].tolist() == ["missing", "below", "range"]
    assert last["estimate"] == pytest.approx(changed.mean())
    assert last["residual_1"] == pytest.approx(-np.log(changed[OUTCOME == 1]).mean())
    assert last["residual_0"] == pytest.approx(-np.log1p(-changed[OUTCOME == 0]).mean())
    assert table["support"].tolist() == [0, 0, 2000]


def test_dependence_through_the_trees_equals_dependence_through_predict(small) -> None:
    frame, outcome, booster = small

    def scores(rows: pd.DataFrame) -> np.ndarray:
        return booster.inplace_predict(rows[["a", "b", "c", "d"]].to_numpy(np.float32)).astype(float)

    slow = dependence_with_residuals(scores, frame, outcome, ["c", "d"])
    fast = dependence_with_residuals(scores, frame, outcome, ["c", "d"], trees=tree_tables(booster))
    pd.testing.assert_frame_equal(slow, fast, atol=1e-5, rtol=1e-5)


def test_no_noise_changes_nothing_and_more_noise_changes_more() -> None:
    table = robustness(
        predict, FRAME, OUTCOME, ["x", "y"], sizes=[0.0, 0.05, 0.2], repeats=2, cutoff=0.3, seed=1
    ).set_index(["kind", "size"])
    for kind in ("quantile", "normal"):
        assert table.loc[(kind, 0.0), "auc_change"] == pytest.approx(0, abs=1e-12)
        assert table.loc[(kind, 0.0), "flips"] == 0
        assert table.loc[(kind, 0.2), "score_change"] > table.loc[(kind, 0.05), "score_change"] > 0
        assert table.loc[(kind, 0.2), "rank_correlation"] < 1


def test_perturbed_values_are_observed_quantiles_or_noise_of_the_stated_size() -> None:
    gaps = FRAME.assign(x=FRAME["x"].where(np.arange(2000) % 10 > 0))
    moved = perturbed(gaps, ["x"], kind="quantile", size=0.1, seed=1)["x"]
    assert set(moved.dropna()) <= set(gaps["x"].dropna()) and moved.isna().equals(gaps["x"].isna())
    ranks = gaps["x"].rank(pct=True)
    assert (moved.rank(pct=True) - ranks).abs().max() < 0.15
    noise = perturbed(FRAME, ["y"], kind="normal", size=0.1, seed=1)["y"] - FRAME["y"]
    assert noise.std() == pytest.approx(0.1 * FRAME["y"].std(ddof=0), rel=0.06)
    with pytest.raises(InputError):
        perturbed(FRAME, ["x"], kind="uniform", size=0.1, seed=1)


def test_what_if_scores_base_and_changed_row_with_one_model() -> None:
    table = what_if(predict, FRAME, [{"x": 2.0}, {"x": float("nan")}])
    lowest = FRAME.iloc[[int(np.argmin(CHANCE))]]
    assert table.loc[0, "probability"] == pytest.approx(CHANCE.min())
    assert table.loc[0, "changed"] == pytest.approx(predict(lowest.assign(x=2.0))[0])
    assert table["change"].tolist()[1] == "x = missing" and len(table) == 4


def test_whole_numbers_stay_whole_where_asked_and_a_model_that_cuts_at_them_keeps_its_ranking() -> None:
    generator = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"state": generator.integers(-2, 4, 4000).astype(float), "amount": generator.normal(size=4000)}
    )
    outcome = (generator.random(4000) < np.where(frame["state"] >= 2, 0.8, 0.2)).astype(int)
    kept = perturbed(frame, ["state", "amount"], kind="whole", size=0.1, seed=1)
    loose = perturbed(frame, ["state", "amount"], kind="normal", size=0.1, seed=1)
    assert (kept["state"] == kept["state"].round()).all() and (kept["amount"] != kept["amount"].round()).any()
    np.testing.assert_array_equal(kept["amount"], loose["amount"])
    assert (loose["state"] != loose["state"].round()).mean() > 0.5

    def predict(rows: pd.DataFrame) -> np.ndarray:
        return np.where(rows["state"] >= 2, 0.8, 0.2)

    table = robustness(
        predict, frame, outcome, ["state"], sizes=[0.1], repeats=1, cutoff=0.5, seed=1, kinds=("normal", "whole")
    ).set_index("kind")
    # Half of the rows at two fall below it by the smallest noise; noise of a sixth of a step rounds to nothing.
    assert table.loc["normal", "flips"] > 0.05 and table.loc["whole", "flips"] < 0.01


def test_a_scenario_hits_the_share_it_declares() -> None:
    scenario = Scenario("s", 0.25, outcome=0, shift={"x": 1.0}, multiply={"y": 0.5}, assign={"z": 7.0}, flip=0.5)
    changed, after, hit = apply_scenario(scenario, FRAME, OUTCOME, seed=1)
    goods = int((OUTCOME == 0).sum())
    assert hit.sum() == round(0.25 * goods) and not hit[OUTCOME == 1].any()
    assert after.sum() - OUTCOME.sum() == round(0.5 * hit.sum())
    np.testing.assert_allclose(changed["x"][hit], FRAME["x"][hit] + 1)
    np.testing.assert_allclose(changed["y"][hit], FRAME["y"][hit] / 2)
    assert (changed["z"][hit] == 7).all()
    pd.testing.assert_frame_equal(changed[~hit], FRAME[~hit])
    assert "25 % of non-defaulters" in scenario.text
    with pytest.raises(InputError, match="absent"):
        apply_scenario(Scenario("s", 0.5, shift={"no": 1.0}), FRAME, OUTCOME, seed=1)


def test_stress_lowers_the_auc_and_an_empty_scenario_does_not() -> None:
    scenarios = [recession(status=["x"], payments=[], amounts=["y"]), Scenario("none", 0.5)]
    table = stress_test(predict, FRAME, OUTCOME, scenarios, cutoff=0.3, seed=1, repeats=2)
    auc = table[table["measure"] == "auc"].set_index(["scenario", "state"])["estimate"]
    assert auc[("recession", "after")] < auc[("recession", "before")] - 0.02
    assert auc[("none", "after")] == auc[("none", "before")]


def test_drift_is_seen_where_it_is() -> None:
    later = FRAME.assign(x=FRAME["x"] + 0.6)
    partitions = {"train": FRAME, "test": calibrated(2000, 2)[0], "later": later}
    scores = {name: predict(frame) for name, frame in partitions.items()}
    table = drift_table(partitions, scores, "train", ["x", "y", "z", "kind"], bins=10)
    assert table["column"].iloc[0] == "score"
    moved = table[table["partition"] == "later"].set_index("column")
    assert moved.loc["x", "floored"] > 0.25 > moved.loc["y", "floored"] and moved.loc["x", "ks_q_value"] < 1e-6
    assert (table[table["partition"] == "test"]["floored"] < 0.02).all()


def test_mahalanobis_distances_are_scipys() -> None:
    values = FRAME[["x", "y", "z"]].to_numpy()
    inverse = np.linalg.inv(np.cov(values.T))
    expected = [scipy_mahalanobis(row, values.mean(axis=0), inverse) for row in values[:5]]
    np.testing.assert_allclose(mahalanobis(values[:5], values), expected)


def test_a_hard_region_is_in_the_hard_sample_and_named_by_its_driver() -> None:
    outcome = np.where(FRAME["z"] > 0.8, np.random.default_rng(1).random(2000) < 0.5, OUTCOME)
    names = ["x", "y", "z"]
    samples = resilience_samples(
        FRAME, outcome, CHANCE, names, share=0.2, clusters=4, depth=3, smallest_leaf=30, seed=1
    )
    table = resilience(samples, outcome, CHANCE).set_index("sample")
    assert table.loc["hard sample", "auc"] < table.loc["all", "auc"] - 0.05
    # Half of each class, rounded up, is judged; a fifth of it is the outer sample.
    judged = sum(int(np.ceil((outcome == each).sum() / 2)) for each in (0, 1))
    assert table.loc["all", "n"] == len(samples) == judged and table.loc["outer sample", "n"] == round(judged / 5)
    drivers = resilience_drivers(samples, FRAME, names, bins=5, largest=2)
    hard = drivers[drivers["sample"] == "hard sample"]
    assert "z" in set(hard["feature"]) and hard["psi"].iloc[0] > hard["critical_value"].iloc[0]


def test_coin_tosses_by_hand() -> None:
    scores = [[0.2, 0.6, 0.45], [0.2, 0.6, 0.55], [0.3, 0.4, 0.45], [0.1, 0.7, 0.55]]
    result = instability(scores, [0, 1, 1], cutoff=0.5, coin_toss=0.3, identifier=list("abc"))
    assert result.rows["decline_share"].tolist() == [0, 0.75, 0.5]
    assert result.rows["coin_toss"].tolist() == [False, False, True]
    assert result.refits["flips"].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    summary = result.summary.set_index("measure")["estimate"]
    assert summary["coin_toss_share"] == pytest.approx(1 / 3) and summary["ever_changed_share"] == pytest.approx(2 / 3)
    customers = coin_toss_customers(result, pd.DataFrame({"v": [7, 8, 9]}), ["v"], 5)
    assert customers[["identifier", "v"]].to_numpy().tolist() == [["c", 9]]
    with pytest.raises(InputError):
        instability([[0.1, 0.2]], [0, 1], cutoff=0.5, coin_toss=0.3)


def test_conformal_coverage_meets_its_level_and_a_broken_segment_falls_below() -> None:
    # Hand: distances .1 .2 .3 .4; ceil(5 × .6) = 3rd smallest.
    assert conformal_threshold([0, 0, 1, 1], [0.1, 0.4, 0.8, 0.7], 0.6) == pytest.approx(0.3)
    assert conformal_threshold([0], [0.1], 0.9) == float("inf")
    frame, outcome, scores = calibrated(6000, 3)
    outcome = np.where(frame["kind"] == "east", 1 - outcome, outcome)
    fine = frame["kind"].to_numpy() != "east"
    table = conformal_reliability(
        OUTCOME, CHANCE, outcome, scores, frame["kind"], coverage=0.9, smallest_segment=30
    ).set_index("segment")
    assert table.loc["north", "lower"] < 0.9 < table.loc["north", "upper"] + 0.02
    assert table.loc["east", "upper"] < 0.7
    assert table.loc["all", "n"] == 6000 and fine.sum() == table.loc[["north", "south"], "n"].sum()


def test_the_published_row_deviations() -> None:
    # UCI customers 1, 2 and 3; values printed in the reference notebook resid_sens_analysis.
    bills = [
        [3913, 3102, 689, 0, 0, 0],
        [2682, 1725, 2682, 3272, 3455, 3261],
        [29239, 14027, 13559, 14331, 14948, 15549],
    ]
    frame = pd.DataFrame(bills, columns=list("abcdef"))
    added = with_row_deviation(list("abcdef"), "deviation")(frame)["deviation"]
    np.testing.assert_allclose(added, [1761.633219, 637.967841, 6064.518593], atol=1e-6)


def test_a_missing_feature_is_found_by_retrying_and_noise_is_not() -> None:
    train, train_outcome, _ = calibrated(4000, 4)
    lacking, held = train[["x", "kind"]], FRAME[["x", "kind"]]

    def restore(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(y=(train if len(frame) == 4000 else FRAME)["y"].to_numpy())

    def noise(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(y=np.random.default_rng(len(frame)).normal(size=len(frame)))

    arguments = (fit, lacking, train_outcome, held, OUTCOME)
    assert feature_retry(*arguments, restore, seed=1).loc[1, "upper"] < 0
    assert feature_retry(*arguments, noise, seed=1).loc[1, "upper"] > 0


def test_row_removal_drops_what_it_says_and_keeps_the_holdout() -> None:
    train, train_outcome, _ = calibrated(1000, 5)
    goods = int((train_outcome == 0).sum())
    table = row_removal_retry(fit, train, train_outcome, FRAME, OUTCOME, removed=0, keep_every=2, seed=1)
    assert table["n"].tolist() == [2000, 2000]
    assert table.loc[1, "rows"] == 1000 - goods // 2
    # Half the goods gone doubles the odds: the level is wrong, the log-loss rises.
    assert table.loc[1, "lower"] > 0


def test_out_of_fold_rows_are_not_scored_by_their_own_model() -> None:
    seen: list[set[float]] = []

    def remember(frame: pd.DataFrame, outcome: np.ndarray, seed: int):
        own = set(frame["x"])
        seen.append(own)
        return lambda rows: np.array([float(each in own) for each in rows["x"]])

    assert out_of_fold(remember, FRAME, OUTCOME == 1, seed=1).sum() == 0 and len(seen) == 3
