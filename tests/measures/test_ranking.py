"""Ranking measures against scikit-learn, scipy, a published variance and by property."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from respml.errors import InputError
from respml.measures.ranking import (
    area_under_roc,
    average_precision,
    gini,
    kolmogorov_smirnov,
    lift_table,
    precision_recall_curve,
    roc_curve,
)
from tests.measures.portfolios import simulated, tied_scores

WITHOUT_INTERVAL = {"replicates": 0}


@given(tied_scores())
def test_points_equal_scikit_learn_and_scipy_under_ties_and_weights(rows):
    outcome, score, weight = rows
    for given_weight in (None, weight):
        assert area_under_roc(outcome, score, given_weight).value == pytest.approx(
            metrics.roc_auc_score(outcome, score, sample_weight=given_weight), abs=1e-12
        )
        assert average_precision(outcome, score, given_weight, **WITHOUT_INTERVAL).value == pytest.approx(
            metrics.average_precision_score(outcome, score, sample_weight=given_weight), abs=1e-12
        )
    expected = stats.ks_2samp(score[outcome == 1], score[outcome == 0]).statistic
    assert kolmogorov_smirnov(outcome, score, **WITHOUT_INTERVAL).value == pytest.approx(expected, abs=1e-12)


@given(tied_scores())
def test_integer_weights_give_the_points_of_repeated_rows(rows):
    outcome, score, weight = rows
    repeated = np.repeat(np.arange(outcome.size), weight.astype(int))
    for measure in (area_under_roc, kolmogorov_smirnov, average_precision):
        options = {} if measure is area_under_roc else WITHOUT_INTERVAL
        weighted = measure(outcome, score, weight, **options).value
        assert weighted == pytest.approx(measure(outcome[repeated], score[repeated], **options).value, abs=1e-12)


@given(tied_scores(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(rows, random):
    outcome, score, weight = rows
    order = list(range(outcome.size))
    random.shuffle(order)
    before, after = area_under_roc(outcome, score, weight), area_under_roc(outcome[order], score[order], weight[order])
    assert after.value == pytest.approx(before.value, abs=1e-12)
    assert (after.lower, after.upper) == pytest.approx((before.lower, before.upper), abs=1e-12, nan_ok=True)


@given(tied_scores())
def test_only_the_order_of_scores_matters(rows):
    outcome, score, weight = rows
    stretched = np.exp(3 * score) - 7
    assert area_under_roc(outcome, stretched, weight) == area_under_roc(outcome, score, weight) or np.isnan(
        area_under_roc(outcome, score, weight).lower
    )
    reversed_area = area_under_roc(outcome, -score, weight).value
    assert reversed_area == pytest.approx(1 - area_under_roc(outcome, score, weight).value, abs=1e-12)


@given(tied_scores())
def test_rows_of_weight_zero_do_not_exist(rows):
    outcome, score, weight = rows
    kept = weight > 0
    with_zeros = area_under_roc(outcome, score, weight)
    without = area_under_roc(outcome[kept], score[kept], weight[kept])
    assert with_zeros.n == without.n == kept.sum()
    assert with_zeros.value == without.value


@given(tied_scores())
def test_delong_variance_equals_the_placement_definition(rows):
    # DeLong et al. 1988: S10/m + S01/n with sample variances of the placement values, here from the full kernel.
    outcome, score, _ = rows
    difference = score[outcome == 1][:, None] - score[outcome == 0][None, :]
    kernel = (difference > 0) + 0.5 * (difference == 0)
    variance = kernel.mean(axis=1).var(ddof=1) / kernel.shape[0] + kernel.mean(axis=0).var(ddof=1) / kernel.shape[1]
    area = area_under_roc(outcome, score)
    if kernel.mean() in (0.0, 1.0):
        assert np.isnan(area.lower)
        return
    reach = 1.959963984540054 * np.sqrt(variance)
    assert area.lower == pytest.approx(max(0, kernel.mean() - reach), abs=1e-9)
    assert area.upper == pytest.approx(min(1, kernel.mean() + reach), abs=1e-9)


def test_unit_weights_change_no_interval():
    outcome, probability = simulated(500)
    plain, weighted = area_under_roc(outcome, probability), area_under_roc(outcome, probability, np.ones(500))
    assert (plain.lower, plain.upper) == pytest.approx((weighted.lower, weighted.upper), abs=1e-12)
    assert weighted.method == "DeLong, weighted"


def test_gini_is_twice_the_area_less_one():
    outcome, probability = simulated(500)
    area, accuracy_ratio = area_under_roc(outcome, probability), gini(outcome, probability)
    assert accuracy_ratio.value == pytest.approx(2 * area.value - 1)
    assert accuracy_ratio.upper == pytest.approx(2 * area.upper - 1)


@pytest.mark.parametrize("measure", [area_under_roc, gini, kolmogorov_smirnov, average_precision])
@pytest.mark.parametrize("outcome", [[], [0, 0, 0], [1, 1]])
def test_one_class_is_undefined_with_a_reason(measure, outcome):
    estimate = measure(outcome, np.linspace(0, 1, len(outcome)))
    assert not estimate.defined
    assert estimate.note
    assert estimate.n == len(outcome)


def test_constant_score_ranks_nothing():
    outcome, _ = simulated(200)
    constant = np.full(200, 0.3)
    assert area_under_roc(outcome, constant).value == 0.5
    assert area_under_roc(outcome, constant).note
    assert kolmogorov_smirnov(outcome, constant).value == 0.0
    assert average_precision(outcome, constant).value == pytest.approx(outcome.mean())


def test_perfect_separation_and_single_rows_have_no_interval():
    assert area_under_roc([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]).interval is None
    assert area_under_roc([0, 0, 1], [0.1, 0.6, 0.4]).interval is None
    assert area_under_roc([0, 0, 1], [0.1, 0.6, 0.4]).value == 0.5


@pytest.mark.parametrize(
    ("outcome", "probability", "weight", "message"),
    [
        ([0, 2], [0.1, 0.2], None, "other than 0 and 1"),
        ([0, 1], [0.1, np.nan], None, "missing or infinite"),
        ([0, 1], [0.1], None, "rows"),
        ([0, 1], [0.1, 0.2], [1, -1], "negative"),
        ([0, 1], ["a", "b"], None, "not numbers"),
        ([[0, 1]], [0.1, 0.2], None, "dimensions"),
    ],
)
def test_unusable_input_is_refused_in_words(outcome, probability, weight, message):
    with pytest.raises(InputError, match=message):
        area_under_roc(outcome, probability, weight)


@pytest.mark.parametrize("measure", [kolmogorov_smirnov, average_precision])
def test_bootstrap_interval_is_repeatable_and_holds_the_estimate(measure):
    outcome, probability = simulated(1500)
    first, second = measure(outcome, probability, seed=3), measure(outcome, probability, seed=3)
    assert first == second
    assert first.lower < first.value < first.upper
    assert measure(outcome, probability, seed=4).lower != first.lower


@given(tied_scores())
def test_roc_curve_has_the_vertices_of_scikit_learn(rows):
    outcome, score, weight = rows
    curve = roc_curve(outcome, score, weight)
    kept = weight > 0
    false_rate, true_rate, _ = metrics.roc_curve(
        outcome[kept], score[kept], sample_weight=weight[kept], drop_intermediate=False
    )
    np.testing.assert_allclose(curve["false_positive_rate"], false_rate, atol=1e-12)
    np.testing.assert_allclose(curve["true_positive_rate"], true_rate, atol=1e-12)
    for row in curve.itertuples():
        declined = weight[(score > row.cutoff) & (outcome == 1)].sum()
        assert row.true_positive_rate == pytest.approx(declined / weight[outcome == 1].sum())


@given(tied_scores())
def test_precision_recall_curve_has_the_vertices_of_scikit_learn(rows):
    outcome, score, _ = rows
    curve = precision_recall_curve(outcome, score)
    precision, recall, _ = metrics.precision_recall_curve(outcome, score)
    np.testing.assert_allclose(curve["recall"], recall[:-1][::-1], atol=1e-12)
    np.testing.assert_allclose(curve["precision"], precision[:-1][::-1], atol=1e-12)


def test_thinned_curve_keeps_its_ends_and_its_shape():
    outcome, probability = simulated(5000)
    full, thin = roc_curve(outcome, probability), roc_curve(outcome, probability, points=200)
    assert len(thin) <= 201
    assert tuple(thin.iloc[0, :2]) == (0.0, 0.0)
    assert tuple(thin.iloc[-1, :2]) == (1.0, 1.0)
    area_full = np.trapezoid(full["true_positive_rate"], full["false_positive_rate"])
    area_thin = np.trapezoid(thin["true_positive_rate"], thin["false_positive_rate"])
    assert area_thin == pytest.approx(area_full, abs=2e-3)


def test_curves_of_one_class_are_undefined_not_zero():
    assert roc_curve([0, 0], [0.1, 0.2])["true_positive_rate"].isna().all()
    assert precision_recall_curve([0, 0], [0.1, 0.2])["recall"].isna().all()


def test_lift_of_ten_hand_made_bands():
    # 100 rows, score = row number; the 10 highest all default, none of the others: lift 10 in band 1, then 0.
    outcome = np.repeat([0, 1], [90, 10])
    table = lift_table(outcome, np.arange(100) / 100)
    assert table["bin"].tolist() == list(range(1, 11))
    assert table["n"].tolist() == [10] * 10
    assert table["lift"].tolist() == [10.0] + [0.0] * 9
    assert table["cumulative_capture"].tolist() == [1.0] * 10
    assert table.loc[0, "upper"] == 1.0
    assert table.loc[9, "lower"] == 0.0


@given(tied_scores())
def test_lift_bands_never_split_ties_and_add_up(rows):
    outcome, score, _ = rows
    table = lift_table(outcome, score, 5)
    assert table["n"].sum() == outcome.size
    assert table["events"].sum() == outcome.sum()
    assert (table["minimum_probability"].to_numpy()[:-1] > table["maximum_probability"].to_numpy()[1:]).all()


@pytest.mark.slow
@pytest.mark.parametrize("measure", [area_under_roc, average_precision, kolmogorov_smirnov])
def test_intervals_cover_the_truth_about_as_often_as_promised(measure):
    # Two normal populations 1.2 apart, prevalence fixed at 1/4; the truth from 1,000,000 rows.
    generator = np.random.default_rng(5)

    def draw(events, others):
        outcome = np.repeat([1, 0], [events, others])
        return outcome, generator.normal(size=events + others) + 1.2 * outcome

    options = {} if measure is area_under_roc else {"replicates": 0}
    truth = measure(*draw(250_000, 750_000), **options).value
    options = {} if measure is area_under_roc else {"replicates": 400}
    estimates = [measure(*draw(100, 300), **options) for _ in range(400)]
    coverage = np.mean([each.lower <= truth <= each.upper for each in estimates])
    # The KS distance is a maximum, biased upwards in small samples: its interval falls a little short of 95 %.
    assert (0.88 if measure is kolmogorov_smirnov else 0.92) < coverage < 0.985
