"""The test that an AUC has not fallen, by hand against the normal distribution."""

import numpy as np
import pytest
from scipy import stats

from respml.errors import InputError
from respml.measures.ranking import area_under_roc
from respml.measures.sample_checks import auc_change_test, standard_error
from tests.measures.portfolios import simulated


def test_initial_area_as_a_fixed_number():
    # S = (.80 − .77)/.01 = 3.
    test = auc_change_test(0.80, 0.0, 0.77, 0.01)
    assert test.statistic == pytest.approx(3)
    assert test.p_value == pytest.approx(stats.norm.sf(3))
    assert "ECB" in test.method


def test_two_samples_add_their_variances():
    # √(.03² + .04²) = .05: S = .1/.05 = 2.
    assert auc_change_test(0.85, 0.03, 0.75, 0.04).statistic == pytest.approx(2)


def test_a_rise_is_no_fall():
    assert auc_change_test(0.75, 0.0, 0.80, 0.01).p_value > 0.99


def test_without_standard_error_the_test_is_undefined():
    assert np.isnan(auc_change_test(0.8, 0, 0.7, 0).p_value)
    assert np.isnan(auc_change_test(float("nan"), 0, 0.7, 0.1).p_value)
    with pytest.raises(InputError):
        auc_change_test(0.8, -0.1, 0.7, 0.1)


def test_standard_error_comes_back_from_the_interval():
    area = area_under_roc(*simulated(500))
    assert standard_error(area) == pytest.approx((area.upper - area.lower) / 2 / 1.959963984540054)
    assert np.isnan(standard_error(area_under_roc([0, 0], [0.1, 0.2])))
