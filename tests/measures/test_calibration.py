"""Calibration against statsmodels, scikit-learn, hand derivations and published arithmetic."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from scipy import special, stats
from sklearn.calibration import calibration_curve as scikit_curve
from statsmodels.stats.proportion import proportion_confint

from respml.errors import InputError
from respml.measures.calibration import (
    calibration_curve,
    calibration_in_the_large,
    calibration_intercept_slope,
    hosmer_lemeshow,
    observed_over_expected,
    spiegelhalter_z,
)
from tests.measures.portfolios import simulated, tied_scores


def test_curve_equals_scikit_learn():
    outcome, probability = simulated(1000)
    for ours, theirs in (("quantile", "quantile"), ("uniform", "uniform")):
        curve = calibration_curve(outcome, probability, 8, ours)
        rate, mean = scikit_curve(outcome, probability, n_bins=8, strategy=theirs)
        np.testing.assert_allclose(curve["event_rate"], rate, atol=1e-12)
        np.testing.assert_allclose(curve["mean_probability"], mean, atol=1e-12)
        assert curve["n"].sum() == 1000
        lower, upper = proportion_confint(curve["events"], curve["n"], method="wilson")
        np.testing.assert_allclose(curve[["lower", "upper"]], np.column_stack([lower, upper]), atol=1e-12)


@given(tied_scores())
def test_curve_never_splits_ties_and_adds_up(rows):
    outcome, score, weight = rows
    for given_weight in (None, weight):
        curve = calibration_curve(outcome, score, 4, weight=given_weight)
        assert curve["n"].sum() == (outcome.size if given_weight is None else np.count_nonzero(weight))
        assert (np.diff(curve["mean_probability"]) > 0).all()
        assert ((curve["lower"] <= curve["event_rate"] + 1e-9) & (curve["event_rate"] <= curve["upper"] + 1e-9)).all()


def test_curve_of_nothing_is_empty_and_unknown_strategies_are_refused():
    assert calibration_curve([], []).empty
    with pytest.raises(InputError, match="no binning strategy"):
        calibration_curve([0, 1], [0.1, 0.2], strategy="other")


def recalibrated(outcome, probability, **options):
    design = sm.add_constant(special.logit(probability))
    return sm.GLM(outcome, design, family=sm.families.Binomial(), **options)


def test_intercept_and_slope_equal_statsmodels():
    outcome, probability = simulated(1500)
    stretched = special.expit(1.5 * special.logit(probability) + 0.3)
    table = calibration_intercept_slope(outcome, stretched)
    fit = recalibrated(outcome, stretched).fit()
    np.testing.assert_allclose(table["estimate"], fit.params, atol=1e-7)
    np.testing.assert_allclose(table[["lower", "upper"]], fit.conf_int(), atol=1e-6)
    assert table["term"].tolist() == ["intercept", "slope"]
    assert table["upper"][1] < 1


def test_weighted_slope_has_the_robust_variance_of_statsmodels():
    outcome, probability = simulated(800)
    weight = np.random.default_rng(2).uniform(0.2, 3, 800)
    table = calibration_intercept_slope(outcome, probability, weight)
    fit = recalibrated(outcome, probability, var_weights=weight).fit(cov_type="HC0")
    np.testing.assert_allclose(table["estimate"], fit.params, atol=1e-7)
    np.testing.assert_allclose(table[["lower", "upper"]], fit.conf_int(), atol=1e-6)


@pytest.mark.parametrize(
    ("outcome", "probability"),
    [([0, 1, 0, 1], [0.3] * 4), ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]), ([0, 0, 0], [0.1, 0.2, 0.3]), ([], [])],
    ids=["constant", "separated", "one class", "no rows"],
)
def test_slope_is_undefined_with_a_reason(outcome, probability):
    table = calibration_intercept_slope(outcome, probability)
    assert table[["estimate", "lower", "upper"]].isna().all().all()
    assert table["note"].str.len().min() > 0


def test_calibration_in_the_large_equals_statsmodels_with_an_offset():
    outcome, probability = simulated(1500)
    low = special.expit(special.logit(probability) - 0.4)
    fit = sm.GLM(outcome, np.ones((1500, 1)), family=sm.families.Binomial(), offset=special.logit(low)).fit()
    estimate = calibration_in_the_large(outcome, low)
    assert estimate.value == pytest.approx(fit.params[0], abs=1e-7)
    assert estimate.interval == pytest.approx(tuple(fit.conf_int()[0]), abs=1e-6)
    shifted = special.expit(special.logit(low) + estimate.value)
    assert shifted.mean() == pytest.approx(outcome.mean(), abs=1e-9)
    assert not calibration_in_the_large([1, 1], [0.4, 0.5]).defined


def test_certain_probabilities_stay_finite():
    outcome, probability = simulated(300)
    probability = np.where(np.arange(300) < 3, outcome, probability)
    assert calibration_intercept_slope(outcome, probability)["estimate"].notna().all()


def test_observed_over_expected_by_hand():
    # 3 defaults of 10, expected 10 · .2 = 2: O/E 1.5, with Wilson limits of 3/10 over .2.
    estimate = observed_over_expected([1] * 3 + [0] * 7, [0.2] * 10)
    lower, upper = proportion_confint(3, 10, method="wilson")
    assert estimate.value == pytest.approx(1.5)
    assert estimate.interval == pytest.approx((lower / 0.2, upper / 0.2))
    assert observed_over_expected([0, 0], [0.5, 0.5]).value == 0
    assert not observed_over_expected([0, 0], [0.0, 0.0]).defined
    weighted = observed_over_expected([1, 0, 1], [0.2, 0.2, 0.9], [3, 7, 0])
    assert weighted.value == pytest.approx(1.5)


def test_hosmer_lemeshow_by_hand_and_by_degrees_of_freedom():
    # Two groups of 10, p .2 and .5, 4 and 5 defaults: (4 − 2)²/(10·.2·.8) + 0 = 2.5.
    outcome = [1] * 4 + [0] * 6 + [1] * 5 + [0] * 5
    test = hosmer_lemeshow(outcome, [0.2] * 10 + [0.5] * 10, groups=2)
    assert test.statistic == pytest.approx(2.5)
    assert test.p_value == pytest.approx(stats.chi2.sf(2.5, 2))
    assert test.degrees_of_freedom == 2
    assert np.isnan(hosmer_lemeshow(outcome, [0.2] * 10 + [0.5] * 10, groups=2, in_sample=True).p_value)
    outcome, probability = simulated(1000)
    inside = hosmer_lemeshow(outcome, probability, in_sample=True)
    assert inside.degrees_of_freedom == 8
    assert inside.p_value == pytest.approx(stats.chi2.sf(inside.statistic, 8))


def test_hosmer_lemeshow_of_certain_groups():
    assert hosmer_lemeshow([0, 0, 1, 1], [0, 0, 1, 1], groups=2).statistic == 0
    assert hosmer_lemeshow([0, 1, 1, 1], [0, 0, 1, 1], groups=2).p_value == 0


def test_spiegelhalter_by_hand():
    # y = (1, 0), p = (.2, .3): ((.8)(.6) + (−.3)(.4)) / √(.36·.16 + .16·.21) = .36/√.0912.
    test = spiegelhalter_z([1, 0], [0.2, 0.3])
    assert test.statistic == pytest.approx(0.36 / np.sqrt(0.0912))
    assert test.p_value == pytest.approx(2 * stats.norm.sf(0.36 / np.sqrt(0.0912)))
    assert np.isnan(spiegelhalter_z([1, 0], [0.5, 0.5]).p_value)
    assert np.isnan(spiegelhalter_z([], []).p_value)


def test_tests_of_calibration_hold_their_size_and_find_a_plain_error():
    rejected = np.zeros(2)
    for seed in range(300):
        outcome, probability = simulated(600, seed=seed)
        rejected += [
            hosmer_lemeshow(outcome, probability).p_value < 0.05,
            spiegelhalter_z(outcome, probability).p_value < 0.05,
        ]
    for count in rejected:
        assert stats.binomtest(int(count), 300, 0.05).pvalue > 0.001
    outcome, probability = simulated(2000)
    assert hosmer_lemeshow(outcome, probability**2).p_value < 1e-6
    assert spiegelhalter_z(outcome, probability**2).p_value < 1e-6
