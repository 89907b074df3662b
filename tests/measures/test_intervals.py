"""Intervals of a proportion against statsmodels and scipy."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from respml.errors import InputError
from respml.measures.intervals import clopper_pearson, jeffreys, wilson

COUNTS = [(0, 10), (1, 10), (5, 10), (10, 10), (37, 1000), (2, 3)]


@pytest.mark.parametrize(
    ("interval", "method"), [(wilson, "wilson"), (clopper_pearson, "beta")], ids=["wilson", "clopper_pearson"]
)
@pytest.mark.parametrize(("successes", "trials"), COUNTS)
def test_interval_equals_statsmodels(interval, method, successes, trials):
    lower, upper = interval(successes, trials)
    expected = proportion_confint(successes, trials, method=method)
    assert (float(lower), float(upper)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(1, 10), (5, 10), (37, 1000)])
def test_jeffreys_is_the_beta_posterior_inside_the_range(successes, trials):
    lower, upper = jeffreys(successes, trials)
    posterior = stats.beta(successes + 0.5, trials - successes + 0.5)
    assert float(lower) == pytest.approx(posterior.ppf(0.025), abs=1e-12)
    assert float(upper) == pytest.approx(posterior.ppf(0.975), abs=1e-12)


def test_jeffreys_reaches_the_edge_at_the_edge():
    assert float(jeffreys(0, 20)[0]) == 0.0
    assert float(jeffreys(20, 20)[1]) == 1.0


@pytest.mark.parametrize("interval", [wilson, clopper_pearson, jeffreys])
def test_without_trials_the_interval_is_undefined(interval):
    lower, upper = interval([0, 1], [0, 2])
    assert np.isnan(lower[0])
    assert np.isnan(upper[0])
    assert lower[1] < 0.5 < upper[1]


def test_more_successes_than_trials_are_refused():
    with pytest.raises(InputError, match="outside 0 to trials"):
        wilson(3, 2)


def test_confidence_widens_the_interval():
    assert float(wilson(5, 50, 0.99)[0]) < float(wilson(5, 50, 0.9)[0])
