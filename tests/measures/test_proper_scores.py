"""Proper scores against scikit-learn, with intervals against scipy and the exact sum of Murphy's terms."""

import numpy as np
import pytest
from hypothesis import given
from scipy import stats
from sklearn import metrics

from respml.errors import InputError
from respml.measures.proper_scores import brier_score, brier_skill_score, log_loss, murphy_decomposition, row_log_loss
from tests.measures.portfolios import simulated, tied_scores


@given(tied_scores())
def test_scores_equal_scikit_learn_with_and_without_weights(rows):
    outcome, score, weight = rows
    for given_weight in (None, weight):
        assert log_loss(outcome, score, given_weight).value == pytest.approx(
            metrics.log_loss(outcome, score, sample_weight=given_weight, labels=[0, 1]), rel=1e-9
        )
        assert brier_score(outcome, score, given_weight).value == pytest.approx(
            metrics.brier_score_loss(outcome, score, sample_weight=given_weight), abs=1e-12
        )


def test_published_residuals():
    # Hall, debugging_resid_analysis_redux: a default at p .008015 costs 4.826454, a good row at .006011 .006030.
    loss = row_log_loss(np.array([1.0, 0.0]), np.array([0.008015, 0.006011]))
    assert loss == pytest.approx([4.826454, 0.006030], abs=1e-4)


def test_intervals_are_those_of_a_mean():
    outcome, probability = simulated(300)
    loss = (outcome - probability) ** 2
    expected = stats.norm.interval(0.95, loss.mean(), stats.sem(loss))
    assert brier_score(outcome, probability).interval == pytest.approx(expected)
    assert brier_score(outcome, probability, np.ones(300)).interval == pytest.approx(expected)


@pytest.mark.parametrize("measure", [log_loss, brier_score, brier_skill_score])
def test_no_rows_are_undefined_and_weight_zero_is_no_row(measure):
    assert not measure([], []).defined
    outcome, probability = simulated(60)
    weight = np.append(np.zeros(30), np.ones(30))
    kept = measure(outcome[30:], probability[30:], np.ones(30))
    assert measure(outcome, probability, weight) == kept


def test_one_class_has_a_loss_but_no_skill():
    assert log_loss([0, 0], [0.1, 0.2]).value == pytest.approx(-(np.log(0.9) + np.log(0.8)) / 2)
    assert brier_skill_score([0, 0], [0.1, 0.2]).note == "no defaults among the rows"
    assert brier_score([1], [0.4]).interval is None


def test_skill_is_zero_for_the_event_rate_and_one_for_certainty():
    outcome, probability = simulated(200)
    assert brier_skill_score(outcome, np.full(200, outcome.mean())).value == pytest.approx(0)
    assert brier_skill_score(outcome, outcome).value == 1
    assert brier_skill_score(outcome, 1 - outcome).value < 0
    assert (
        brier_skill_score(outcome, probability, reference_rate=0.9).value
        > brier_skill_score(outcome, probability).value
    )


def test_skill_interval_agrees_with_a_bootstrap():
    outcome, probability = simulated(2000)
    generator = np.random.default_rng(1)
    replicates = []
    for _ in range(2000):
        drawn = generator.integers(0, 2000, 2000)
        y, p = outcome[drawn], probability[drawn]
        replicates.append(1 - np.mean((y - p) ** 2) / (y.mean() * (1 - y.mean())))
    estimate = brier_skill_score(outcome, probability)
    assert estimate.interval == pytest.approx(tuple(np.quantile(replicates, [0.025, 0.975])), abs=0.006)


@given(tied_scores())
def test_murphy_terms_add_up_to_the_brier_score(rows):
    outcome, score, _ = rows
    for bins in (1, 4, None):
        table = murphy_decomposition(outcome, score, bins).set_index("component")
        parts = table.drop("brier score")
        expected = metrics.brier_score_loss(outcome, score)
        assert (parts["sign"] * parts["value"]).sum() == pytest.approx(expected, abs=1e-12)
    assert table.loc["within-bin variance", "value"] == pytest.approx(0, abs=1e-15)


def test_murphy_by_hand():
    # Two forecasts: .25 (4 rows, 1 event) and .75 (4 rows, 2 events). Reliability (0 + 4·.0625)/8 = .03125,
    # resolution (4·.015625 + 4·.015625)/8 = .015625, uncertainty .375·.625 = .234375.
    table = murphy_decomposition([1, 0, 0, 0, 1, 1, 0, 0], [0.25] * 4 + [0.75] * 4, None).set_index("component")
    assert table["value"].tolist()[:3] == pytest.approx([0.03125, 0.015625, 0.234375])
    assert murphy_decomposition([], [])["value"].isna().all()


def test_values_that_are_no_probabilities_are_refused():
    with pytest.raises(InputError, match="outside 0 to 1"):
        log_loss([0, 1], [0.2, 1.2])
