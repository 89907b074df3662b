"""Paired comparisons against a kernel DeLong, statsmodels, brute-force bootstrap, and by property."""

import numpy as np
import pytest
from hypothesis import given
from scipy import stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar

from respml.errors import InputError
from respml.measures.bootstrap import stratified_weights
from respml.measures.comparison import (
    benchmark_right_champion_wrong,
    delong_paired_test,
    mcnemar_test,
    paired_bootstrap,
    swap_sets,
)
from respml.measures.ranking import area_under_roc
from tests.measures.portfolios import simulated, tied_scores


def kernel_delong(outcome, first, second):
    """DeLong et al. 1988 from the full matrix of pairs: difference and its standard error."""
    components = []
    for score in (first, second):
        gap = score[outcome == 1][:, None] - score[outcome == 0][None, :]
        kernel = (gap > 0) + 0.5 * (gap == 0)
        components.append((kernel.mean(), kernel.mean(axis=1), kernel.mean(axis=0)))
    (area_a, v10_a, v01_a), (area_b, v10_b, v01_b) = components
    covariance = np.cov(v10_a, v10_b) / v10_a.size + np.cov(v01_a, v01_b) / v01_a.size
    return area_b - area_a, np.sqrt(max(0.0, covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))


@given(tied_scores())
def test_delong_equals_the_kernel_definition(rows):
    outcome, score, weight = rows
    other = np.round(score * weight, 1)
    gain, error = kernel_delong(outcome, score, other)
    test = delong_paired_test(outcome, score, other)
    assert test.difference.value == pytest.approx(gain, abs=1e-12)
    if error > 1e-9:
        assert test.statistic == pytest.approx(gain / error, rel=1e-6, abs=1e-9)
        assert test.p_value == pytest.approx(2 * stats.norm.sf(abs(gain / error)), rel=1e-5)
    elif abs(gain) < 1e-12:
        assert (test.statistic, test.p_value) == (0.0, 1.0)
    else:
        assert np.isnan(test.p_value)


def test_exchanging_the_models_changes_the_sign_only():
    outcome, probability = simulated(500)
    noisy = probability + np.random.default_rng(1).normal(0, 0.05, 500)
    forth, back = delong_paired_test(outcome, probability, noisy), delong_paired_test(outcome, noisy, probability)
    assert forth.difference.value == pytest.approx(-back.difference.value)
    assert forth.p_value == pytest.approx(back.p_value)
    assert forth.first == area_under_roc(outcome, probability).value


def test_a_monotone_transform_is_no_difference():
    outcome, probability = simulated(500)
    test = delong_paired_test(outcome, probability, probability**3)
    assert (test.difference.value, test.statistic, test.p_value) == (0.0, 0.0, 1.0)
    assert (test.difference.lower, test.difference.upper) == (0.0, 0.0)


def test_a_plain_loss_of_signal_is_found():
    outcome, probability = simulated(2000)
    noise = np.random.default_rng(2).random(2000)
    test = delong_paired_test(outcome, noise, probability)
    assert test.p_value < 1e-6
    assert test.difference.lower > 0


def test_weights_of_one_and_zero_mean_what_they_say():
    outcome, probability = simulated(300)
    noisy = probability + np.random.default_rng(1).normal(0, 0.05, 300)
    weight = np.append(np.ones(200), np.zeros(100))
    weighted = delong_paired_test(outcome, probability, noisy, weight)
    assert weighted == delong_paired_test(outcome[:200], probability[:200], noisy[:200])


@pytest.mark.slow
def test_delong_rejects_equal_models_about_one_time_in_twenty():
    generator = np.random.default_rng(3)
    rejected = 0
    for _ in range(600):
        outcome = np.repeat([1, 0], [80, 240])
        signal = generator.normal(size=320) + outcome
        a, b = signal + generator.normal(size=320), signal + generator.normal(size=320)
        rejected += delong_paired_test(outcome, a, b).p_value < 0.05
    assert stats.binomtest(rejected, 600, 0.05).pvalue > 0.001


SCIKIT = {
    "log_loss": metrics.log_loss,
    "brier_score": metrics.brier_score_loss,
    "average_precision": metrics.average_precision_score,
    "area_under_roc": metrics.roc_auc_score,
}


@pytest.mark.parametrize("measure", SCIKIT)
def test_bootstrap_difference_equals_scikit_learn_on_the_same_draws(measure):
    outcome, probability = simulated(250)
    other = np.clip(probability + np.random.default_rng(1).normal(0, 0.05, 250), 0.01, 0.99)
    test = paired_bootstrap(outcome, probability, other, measure, replicates=200, seed=5)
    function = SCIKIT[measure]
    assert test.first == pytest.approx(function(outcome, probability))
    assert test.difference.value == pytest.approx(function(outcome, other) - function(outcome, probability))
    gains = [
        function(outcome, other, sample_weight=drawn) - function(outcome, probability, sample_weight=drawn)
        for drawn in stratified_weights(outcome, 200, seed=5)
    ]
    smaller = min(np.sum(np.array(gains) <= 0), np.sum(np.array(gains) >= 0))
    assert test.p_value == pytest.approx(min(1, 2 * (smaller + 1) / 201))
    assert np.quantile(gains, 0.001) < test.difference.lower < test.difference.upper < np.quantile(gains, 0.999)


def test_bootstrap_of_the_area_agrees_with_delong():
    outcome, probability = simulated(3000)
    noisy = probability + np.random.default_rng(1).normal(0, 0.1, 3000)
    bootstrapped = paired_bootstrap(outcome, noisy, probability, "area_under_roc").difference
    analytic = delong_paired_test(outcome, noisy, probability).difference
    assert bootstrapped.interval == pytest.approx(analytic.interval, abs=0.003)


def test_bootstrap_of_ks_and_value_are_repeatable():
    outcome, probability = simulated(400)
    noisy = probability + np.random.default_rng(1).normal(0, 0.1, 400)
    first = paired_bootstrap(outcome, probability, noisy, "kolmogorov_smirnov", 200, 1)
    assert first == paired_bootstrap(outcome, probability, noisy, "kolmogorov_smirnov", 200, 1) or np.isnan(
        first.statistic
    )
    amounts = {"tp": 0, "fp": -1, "fn": -4, "tn": 1}
    value = paired_bootstrap(outcome, probability, noisy, "value", 200, cutoff_a=0.3, cutoff_b=0.2, amounts=amounts)
    expected = sum(
        np.where(outcome == 1, np.where(p > cut, 0, -4), np.where(p > cut, -1, 1)).sum() * sign
        for p, cut, sign in ((noisy, 0.2, 1), (probability, 0.3, -1))
    )
    assert value.difference.value == pytest.approx(expected)
    assert value.difference.lower < expected < value.difference.upper


def test_the_same_model_twice_has_no_difference():
    outcome, probability = simulated(200)
    for measure in SCIKIT:
        test = paired_bootstrap(outcome, probability, probability, measure, 50)
        assert (test.difference.value, test.difference.lower, test.difference.upper, test.p_value) == (0, 0, 0, 1)


def test_undefined_and_refused_comparisons():
    assert not delong_paired_test([0, 0], [0.1, 0.2], [0.1, 0.2]).difference.defined
    assert not paired_bootstrap([1, 1], [0.1, 0.2], [0.1, 0.2], "average_precision", 10).difference.defined
    assert paired_bootstrap([1, 1], [0.1, 0.2], [0.1, 0.2], "brier_score", 10).difference.value == 0
    assert delong_paired_test([0, 0, 1], [0.1, 0.6, 0.4], [0.1, 0.2, 0.4]).difference.interval is None
    with pytest.raises(InputError, match="no measure"):
        paired_bootstrap([0, 1], [0.1, 0.2], [0.1, 0.2], "accuracy")
    with pytest.raises(InputError, match="both cut-offs"):
        paired_bootstrap([0, 1], [0.1, 0.2], [0.1, 0.2], "value")


def decisions(b, c, agree=30):
    """Outcome and two sets of decisions with b rows only A gets right and c rows only B gets right."""
    outcome = np.zeros(b + c + agree, dtype=int)
    first, second = outcome.copy(), outcome.copy()
    second[:b] = 1
    first[b : b + c] = 1
    return outcome, first, second


@pytest.mark.parametrize(("b", "c"), [(3, 9), (12, 12), (0, 5), (24, 0), (10, 15), (40, 61), (30, 31)])
def test_mcnemar_equals_statsmodels(b, c):
    test = mcnemar_test(*decisions(b, c))
    expected = mcnemar([[30, b], [c, 0]], exact=b + c < 25, correction=True)
    assert test.p_value == pytest.approx(expected.pvalue)
    assert ("exact" in test.method) == (b + c < 25)
    assert test.n == b + c


def test_equal_discordance_is_no_evidence_in_either_form():
    # The continuity correction stops at zero: |30 − 30| − 1 is no difference in the other direction.
    assert mcnemar_test(*decisions(30, 30)).p_value == 1.0
    assert mcnemar_test(*decisions(30, 30), exact=True).p_value == 1.0


def test_mid_p_takes_half_of_the_observed_point():
    # b = 2, c = 8: P(X ≤ 2) = 56/1024, P(X = 2) = 45/1024; mid-p = 2·56/1024 − 45/1024 = 67/1024.
    assert mcnemar_test(*decisions(2, 8), mid_p=True).p_value == pytest.approx(67 / 1024)


def test_no_discordant_rows_is_no_evidence():
    assert mcnemar_test(*decisions(0, 0)).p_value == 1.0


def test_swap_sets_by_hand():
    outcome = [1, 0, 1, 0, 1, 0]
    table = swap_sets(outcome, [0, 0, 1, 1, 1, 0], [0, 1, 1, 0, 0, 0])
    assert table["n"].tolist() == [2, 1, 2, 1]
    assert table["events"].tolist() == [1, 0, 1, 1]
    assert table["event_rate"].tolist() == [0.5, 0.0, 0.5, 1.0]
    assert table["share"].sum() == pytest.approx(1)
    swapped_in = table.query("decision_a == 'decline' and decision_b == 'approve'")
    assert swapped_in["n"].item() == 2
    assert swap_sets([0], [0], [0])["event_rate"].isna().tolist() == [False, True, True, True]


def test_benchmark_right_and_champion_wrong_by_hand():
    outcome = np.array([0, 0, 1, 1, 0])
    benchmark = np.array([0.1, 0.2, 0.9, 0.1, 0.8])
    champion = np.array([0.4, 0.1, 0.2, 0.9, 0.1])
    found = benchmark_right_champion_wrong(outcome, benchmark, champion, 0.5, 0.3)
    assert found.rows.tolist() == [0, 2]
    assert (found.n, found.share, found.champion_right) == (2, 0.4, 2)
    assert found.event_rate == 0.5
    assert found.mean_benchmark_probability == pytest.approx(0.5)
    assert found.mean_champion_probability == pytest.approx(0.3)
    nothing = benchmark_right_champion_wrong(outcome, benchmark, benchmark, 0.5, 0.5)
    assert nothing.n == 0
    assert np.isnan(nothing.event_rate)
