import numpy as np
import pandas as pd
import pytest

from respml.errors import InputError
from respml.explain.shapley_frames import beeswarm, contributions_beside, dependence, local_contributions
from respml.explain.shapley_summary import additivity, importance, rank_agreement, sign_comparison


def test_additivity_holds_for_the_booster_and_fires_on_one_changed_value(models, contributions, inputs):
    chance = models["gbm"].probability(inputs)
    clean = additivity(contributions["gbm"], chance)
    assert clean["holds"].item() and clean["rows_over"].item() == 0
    spoiled = contributions["gbm"].copy()
    spoiled.iloc[3, 0] += 0.01
    found = additivity(spoiled, chance)
    assert not found["holds"].item() and found["rows_over"].item() == 1
    assert found["max_error_log_odds"].item() == pytest.approx(0.01, abs=1e-4)
    with pytest.raises(InputError, match="bias"):
        additivity(spoiled.drop(columns="bias"), chance)


def test_importance_is_the_mean_absolute_value_and_is_deterministic(contributions):
    first = importance(contributions, replicates=200, seed=4)
    again = importance(contributions, replicates=200, seed=4)
    pd.testing.assert_frame_equal(first.table, again.table)
    gbm = first.table[first.table["model"] == "gbm"].set_index("feature")
    expected = contributions["gbm"].drop(columns="bias").astype(float).abs().mean()
    assert np.allclose(gbm["estimate"], expected[gbm.index])
    assert (gbm["rank_lower"] <= gbm["rank"]).all() and (gbm["rank"] <= gbm["rank_upper"]).all()
    assert (gbm["lower"] <= gbm["estimate"]).all() and (gbm["estimate"] <= gbm["upper"]).all()


def test_order_of_two_equal_features_is_not_resolved_and_of_a_dominant_one_is():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"a": generator.normal(size=500), "b": generator.normal(size=500), "bias": 0.0})
    frame["big"] = 10 + generator.normal(size=500)
    result = importance({"m": frame}, replicates=300)
    assert len(result.pairs) == 1 and result.pairs["adjacent"].item()
    assert "a" in result.unresolved_words("m") and "big" not in result.unresolved_words("m")
    top = result.table.iloc[0]
    assert (top["feature"], top["rank_lower"], top["rank_upper"]) == ("big", 1, 1)


def test_bootstrap_limits_match_scipy(contributions):
    from scipy.stats import bootstrap

    size = contributions["mgbm"]["delay"].abs().to_numpy(dtype=float)
    expected = bootstrap((size,), np.mean, n_resamples=2000, method="percentile", random_state=1).confidence_interval
    table = importance({"mgbm": contributions["mgbm"]}, replicates=2000).table.set_index("feature")
    width = expected.high - expected.low
    assert abs(table.loc["delay", "lower"] - expected.low) < 0.15 * width
    assert abs(table.loc["delay", "upper"] - expected.high) < 0.15 * width


def test_sign_disagreement_is_listed_in_words_only_where_signs_differ(contributions, inputs, applicants):
    correlation = inputs.corrwith(applicants["default"])
    coefficient = pd.Series({"delay": 0.9, "limit": 0.3, "paid": -0.2})
    table = sign_comparison(correlation, coefficient, contributions, inputs).set_index("feature")
    assert table.loc["delay", "signs_agree"] and table.loc["delay", "disagreement"] == ""
    assert not table.loc["limit", "signs_agree"]
    assert "rises: coefficient" in table.loc["limit", "disagreement"]
    ranks = rank_agreement(table.reset_index())
    line = ranks[(ranks["first"] == "correlation") & (ranks["second"] == "gbm")].iloc[0]
    expected = correlation.abs().corr(contributions["gbm"][correlation.index].abs().mean(), method="spearman")
    assert line["spearman"] == pytest.approx(expected)
    assert np.isfinite(ranks["spearman"]).all()


def test_beeswarm_is_deterministic_and_keeps_points_apart(contributions, inputs):
    points = beeswarm(contributions["gbm"], inputs, features=3, rows=400, seed=5)
    pd.testing.assert_frame_equal(points, beeswarm(contributions["gbm"], inputs, features=3, rows=400, seed=5))
    assert len(points) == 1200 and points["offset"].abs().max() <= 0.5
    assert points["colour"].dropna().between(0, 1).all()
    top = contributions["gbm"].drop(columns="bias").abs().mean().idxmax()
    assert points.loc[points["place"] == 0, "feature"].iloc[0] == top
    row = points.iloc[17]
    assert row["contribution"] == pytest.approx(contributions["gbm"].loc[row["row"], row["feature"]])


def test_dependence_picks_the_planted_partner(contributions, inputs):
    # Late payment acts more strongly where little was paid (see conftest.draw).
    assert dependence(contributions["gbm"], inputs, "delay")["colour_feature"].iloc[0] == "paid"


def test_local_contributions_run_from_bias_to_the_prediction(models, contributions, inputs):
    table = local_contributions(contributions["gbm"], inputs, 12)
    assert table["probability"].iloc[-1] == pytest.approx(models["gbm"].probability(inputs.loc[[12]])[0], abs=1e-6)
    assert table["contribution"].abs().is_monotonic_decreasing
    beside = contributions_beside(contributions, inputs, 12)
    assert beside["feature"].iloc[-1] == "bias"
    assert beside["gbm"].sum() == pytest.approx(contributions["gbm"].loc[12].astype(float).sum(), abs=1e-6)
    with pytest.raises(InputError, match="occurs 0 times"):
        local_contributions(contributions["gbm"], inputs, "nobody")
