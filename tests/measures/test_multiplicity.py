"""Adjusted p-values against statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from respml.errors import InputError
from respml.measures.multiplicity import benjamini_hochberg, holm


@pytest.mark.parametrize(("adjust", "method"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjustment_equals_statsmodels(adjust, method, p_values):
    np.testing.assert_allclose(adjust(p_values), multipletests(p_values, method=method)[1], atol=1e-12)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_undefined_tests_do_not_count(adjust):
    result = adjust([0.01, np.nan, 0.04])
    assert np.isnan(result[1])
    np.testing.assert_allclose(result[[0, 2]], adjust([0.01, 0.04]))
    assert adjust([]).size == 0


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_values_outside_zero_to_one_are_refused(adjust):
    with pytest.raises(InputError):
        adjust([1.2])
