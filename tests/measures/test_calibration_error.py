"""ECE by hand, ICI against the lowess of statsmodels, and what their intervals do."""

import numpy as np
import pytest
from statsmodels.nonparametric.smoothers_lowess import lowess

from respml.errors import InputError
from respml.measures.calibration_error import expected_calibration_error, integrated_calibration_index
from tests.measures.portfolios import simulated

QUICK = {"replicates": 100}


def test_ece_by_hand():
    # Groups of 4 at .25 (2 events, gap .25) and 6 at .5 (3 events, gap 0): .4 · .25 = .1.
    outcome = [1, 1, 0, 0, 1, 1, 1, 0, 0, 0]
    probability = [0.25] * 4 + [0.5] * 6
    for strategy in ("quantile", "uniform"):
        assert expected_calibration_error(outcome, probability, 2, strategy, **QUICK).value == pytest.approx(0.1)


def test_ece_of_one_bin_is_the_error_in_the_large():
    outcome, probability = simulated(500)
    estimate = expected_calibration_error(outcome, probability, 1, **QUICK)
    assert estimate.value == pytest.approx(abs(outcome.mean() - probability.mean()))


@pytest.mark.parametrize("distortion", [1.0, 1.7])
def test_ici_agrees_with_lowess(distortion):
    outcome, probability = simulated(2000)
    distorted = probability**distortion
    smooth = lowess(outcome, distorted, frac=0.75, it=0, return_sorted=False)
    expected = np.mean(np.abs(smooth - distorted))
    assert integrated_calibration_index(outcome, distorted, replicates=0).value == pytest.approx(expected, abs=5e-4)


def test_ici_of_a_constant_probability_is_its_distance_from_the_event_rate():
    outcome, _ = simulated(200)
    estimate = integrated_calibration_index(outcome, np.full(200, 0.4), **QUICK)
    assert estimate.value == pytest.approx(abs(outcome.mean() - 0.4))
    few = integrated_calibration_index([0, 1, 1], [0.2, 0.2, 0.8], **QUICK)
    assert few.value == pytest.approx((0.3 + 0.3 + 0.2) / 3)


@pytest.mark.parametrize("measure", [expected_calibration_error, integrated_calibration_index])
def test_weights_zero_is_absence_order_is_nothing_and_the_interval_holds_the_value(measure):
    outcome, probability = simulated(400)
    weight = np.append(np.zeros(100), np.ones(300))
    assert measure(outcome, probability, weight=weight, replicates=0).value == pytest.approx(
        measure(outcome[100:], probability[100:], replicates=0).value
    )
    assert measure(outcome[::-1], probability[::-1], replicates=0).value == pytest.approx(
        measure(outcome, probability, replicates=0).value
    )
    estimate = measure(outcome, probability, **QUICK)
    assert estimate.lower <= estimate.value <= estimate.upper
    assert estimate == measure(outcome, probability, **QUICK)
    assert not measure([], []).defined


@pytest.mark.parametrize("measure", [expected_calibration_error, integrated_calibration_index])
def test_a_distortion_is_seen(measure):
    outcome, probability = simulated(3000)
    good, bad = measure(outcome, probability, **QUICK), measure(outcome, probability**2, **QUICK)
    assert bad.lower > good.upper


def test_unknown_strategies_are_refused():
    with pytest.raises(InputError):
        expected_calibration_error([0, 1], [0.1, 0.2], strategy="other")
