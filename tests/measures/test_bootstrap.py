"""The bootstrap: what is drawn, what the replicates equal, and the intervals made of them."""

import numpy as np
import pytest
from hypothesis import given
from scipy import stats
from sklearn import metrics

from respml.errors import InputError
from respml.measures import bootstrap
from respml.measures.bootstrap import (
    acceleration,
    bca_interval,
    bootstrap_auc,
    bootstrap_means,
    percentile_interval,
    stratified_weights,
    weight_blocks,
)
from respml.measures.inputs import labelled_scores
from respml.measures.ranking_influence import (
    area_under_roc_influence,
    average_precision_influence,
    kolmogorov_smirnov_influence,
)
from respml.measures.ranking_replicates import (
    area_under_roc_replicates,
    average_precision_replicates,
    kolmogorov_smirnov_replicates,
    sorted_rows,
)
from tests.measures.portfolios import simulated, tied_scores


def test_each_replicate_keeps_the_size_of_each_class():
    outcome, _ = simulated(300)
    weights = stratified_weights(outcome, 50, seed=1)
    assert weights.shape == (50, 300)
    assert (weights[:, outcome == 1].sum(axis=1) == outcome.sum()).all()
    assert (weights.sum(axis=1) == 300).all()


def test_counts_are_multinomial():
    # Each count is binomial(n, 1/n): variance 1 − 1/n. 400 × 200 counts put the mean of squares within a few percent.
    weights = stratified_weights(np.zeros(200), 400, seed=2).astype(float)
    assert weights.var() == pytest.approx(1 - 1 / 200, rel=0.03)
    assert np.corrcoef(weights[:, 0], weights[:, 1])[0, 1] == pytest.approx(0, abs=0.2)


def test_draws_do_not_depend_on_the_block(monkeypatch):
    outcome, _ = simulated(120)
    whole = stratified_weights(outcome, 30, seed=9)
    monkeypatch.setattr(bootstrap, "BLOCK_CELLS", 7 * 120)
    blocks = list(weight_blocks(outcome, 30, seed=9))
    assert len(blocks) == 5
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_replicates_equal_scikit_learn_on_the_drawn_rows():
    outcome, probability = simulated(200)
    probability = np.round(probability, 2)
    replicates = bootstrap_auc(outcome, {"plain": probability, "flipped": -probability}, 20, seed=4)
    for drawn, plain, flipped in zip(
        stratified_weights(outcome, 20, seed=4), replicates["plain"], replicates["flipped"], strict=True
    ):
        assert plain == pytest.approx(metrics.roc_auc_score(outcome, probability, sample_weight=drawn), abs=1e-12)
        assert flipped == pytest.approx(1 - plain, abs=1e-12)


@given(tied_scores())
def test_weighted_replicates_equal_scikit_learn_and_a_direct_distance(rows):
    outcome, score, weight = rows
    order = sorted_rows(outcome == 1, score)
    matrix = weight[None, :]
    assert area_under_roc_replicates(order, matrix)[0] == pytest.approx(
        metrics.roc_auc_score(outcome, score, sample_weight=weight), abs=1e-12
    )
    assert average_precision_replicates(order, matrix)[0] == pytest.approx(
        metrics.average_precision_score(outcome, score, sample_weight=weight), abs=1e-12
    )
    distances = [
        abs(
            np.average(score[outcome == 1] <= cut, weights=weight[outcome == 1])
            - np.average(score[outcome == 0] <= cut, weights=weight[outcome == 0])
        )
        for cut in np.unique(score)
    ]
    assert kolmogorov_smirnov_replicates(order, matrix)[0] == pytest.approx(max(distances), abs=1e-12)


@pytest.mark.parametrize("name", ["area", "distance", "average"])
def test_influence_is_the_derivative_by_the_weight_of_a_row(name):
    outcome, probability = simulated(60, seed=3)
    probability = np.round(probability, 2)
    weight = np.random.default_rng(1).uniform(0.5, 2, 60)
    statistic = {
        "area": area_under_roc_replicates,
        "distance": kolmogorov_smirnov_replicates,
        "average": average_precision_replicates,
    }[name]
    order = sorted_rows(outcome == 1, probability)
    value = statistic(order, weight[None, :])[0]
    rows = labelled_scores(outcome, probability, weight)
    influence = {
        "area": lambda: area_under_roc_influence(rows, value),
        "distance": lambda: kolmogorov_smirnov_influence(rows),
        "average": lambda: average_precision_influence(rows, value),
    }[name]()
    step = 1e-6
    nudged = np.repeat(weight[None, :], 60, axis=0) * (1 + step * np.eye(60))
    np.testing.assert_allclose(influence, (statistic(order, nudged) - value) / step, atol=1e-5)


def test_means_equal_a_weighted_average_on_the_same_draws():
    outcome, probability = simulated(100)
    loss = (outcome - probability) ** 2
    replicates = bootstrap_means({"loss": loss}, outcome, 25, seed=6)
    expected = [np.average(loss, weights=drawn) for drawn in stratified_weights(outcome, 25, seed=6)]
    np.testing.assert_allclose(replicates["loss"], expected, rtol=1e-12)


def test_percentile_interval_takes_the_quantiles():
    assert percentile_interval(np.arange(1001)) == pytest.approx((25.0, 975.0))
    assert np.isnan(percentile_interval([1.0, np.nan])).all()
    assert np.isnan(percentile_interval([])).all()


def test_bca_of_a_mean_equals_scipy():
    # scipy.stats.bootstrap uses the jackknife for the acceleration, which for a mean has the same skewness as the
    # influence values; the replicates differ by seed, hence the tolerance.
    sample = np.random.default_rng(8).exponential(size=80)
    ours = bootstrap_means({"mean": sample}, replicates=20_000, seed=1)["mean"]
    interval = bca_interval(ours, sample.mean(), acceleration(sample - sample.mean()))
    expected = stats.bootstrap((sample,), np.mean, n_resamples=20_000, rng=2, method="BCa").confidence_interval
    assert interval == pytest.approx((expected.low, expected.high), abs=0.01)
    # Skewed to the right: the BCa interval lies above the percentile interval.
    assert interval[1] > percentile_interval(ours)[1]


def test_bca_without_bias_or_skew_is_the_percentile_interval():
    replicates = np.arange(-500, 501) / 1000
    assert bca_interval(replicates, 0.0) == pytest.approx(percentile_interval(replicates))


def test_bca_of_constant_replicates_is_that_constant():
    assert bca_interval(np.full(100, 0.5), 0.5) == (0.5, 0.5)
    assert np.isnan(bca_interval([0.1, np.nan], 0.1)).all()


def test_one_class_gives_undefined_replicates():
    assert bootstrap_auc([1, 1], {"a": [0.1, 0.2]}, 5)["a"].isna().all()


def test_negative_replicates_are_refused():
    with pytest.raises(InputError, match="negative"):
        stratified_weights([0, 1], -1)
