"""Stability: PSI by hand under each rule, its symmetry, its critical value by simulation, and scipy for KS."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from respml.errors import InputError
from respml.measures.stability import (
    characteristic_stability,
    population_stability_index,
    two_sample_kolmogorov_smirnov,
)

LEVELS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=40)


def test_two_levels_by_hand():
    # Shares .5/.5 against .8/.2: (.3) ln 1.6 + (−.3) ln .4 = .3 ln 4 = .415888.
    result = population_stability_index(["a"] * 5 + ["b"] * 5, ["a"] * 8 + ["b"] * 2)
    assert result.floored == pytest.approx(0.3 * np.log(4))
    assert result.empty_dropped == pytest.approx(0.3 * np.log(4))
    # One half added: 5.5/11 against 8.5/11 and 2.5/11.
    expected = (8.5 / 11 - 0.5) * np.log(8.5 / 5.5) + (2.5 / 11 - 0.5) * np.log(2.5 / 5.5)
    assert result.half_added == pytest.approx(expected)
    assert not result.any_empty
    assert result.critical_value == pytest.approx(0.2 * stats.chi2.ppf(0.95, 1))


def test_disjoint_samples_show_a_total_shift_except_where_empty_bins_are_dropped():
    # Deciles of the reference are all below the current scores: nine bins go from .1 to 0, the last from .1 to 1.
    reference, current = np.linspace(0.0, 0.4, 5000), np.linspace(0.6, 1.0, 5000)
    result = population_stability_index(reference, current)
    expected = 9 * (1e-4 - 0.1) * np.log(1e-4 / 0.1) + 0.9 * np.log(10)
    assert result.floored == pytest.approx(expected)
    assert result.half_added > 2
    assert result.any_empty
    assert result.empty_dropped == pytest.approx(0.9 * np.log(10))
    levels = population_stability_index(["a"] * 100, ["b"] * 100)
    assert levels.empty_dropped == 0.0
    assert levels.floored == pytest.approx(2 * (1 - 1e-4) * np.log(1e4))


def test_edges_are_deciles_of_the_reference_and_outer_bins_are_open():
    reference = np.arange(1000.0)
    result = population_stability_index(reference, np.array([-5.0, 5000.0]))
    assert result.table["reference_n"].tolist() == [100.0] * 10
    assert result.table["current_n"].tolist() == [1.0] + [0.0] * 8 + [1.0]
    assert result.table["from_value"].iloc[0] == -np.inf
    assert result.table["to_value"].iloc[0] == 99.0


def test_missing_and_unseen_values_are_bins_of_their_own():
    result = population_stability_index(["a", "b", None, "a"], ["a", "c", "c", None])
    kinds = result.table.set_index("kind")
    assert kinds.loc["unseen", "current_n"] == 2
    assert kinds.loc["missing", ["reference_n", "current_n"]].tolist() == [1, 1]
    assert result.any_empty
    complete = population_stability_index([1.0, 2.0], [1.0, 2.0])
    assert set(complete.table["kind"]) == {"level"}
    all_missing = population_stability_index(np.arange(100.0), np.full(50, np.nan))
    assert all_missing.table.set_index("kind").loc["missing", "current_share"] == 1.0


def test_a_constant_reference_notices_other_values():
    assert population_stability_index(np.ones(50), np.ones(60)).floored == 0.0
    assert population_stability_index(np.ones(50), np.full(60, 2.0)).floored > 10
    assert np.isnan(population_stability_index(np.ones(50), np.ones(60)).critical_value)


def test_a_level_that_neither_sample_uses_changes_nothing():
    first, second = ["a"] * 30 + ["b"] * 70, ["a"] * 300 + ["b"] * 200
    plain = population_stability_index(first, second, categories=["a", "b"])
    padded = population_stability_index(first, second, categories=["a", "b", "c", "d"])
    assert (padded.floored, padded.half_added, padded.critical_value) == pytest.approx(
        (plain.floored, plain.half_added, plain.critical_value)
    )


@given(LEVELS, LEVELS)
def test_index_is_symmetric_and_never_negative(first, second):
    categories = ["a", "b", "c"]
    forth = population_stability_index(first, second, categories=categories)
    back = population_stability_index(second, first, categories=categories)
    for rule in ("floored", "half_added", "empty_dropped"):
        assert getattr(forth, rule) == pytest.approx(getattr(back, rule))
    assert min(forth.floored, forth.half_added) >= -1e-12
    assert forth.table["floored"].sum() == pytest.approx(forth.floored)


@given(LEVELS, LEVELS)
def test_weights_are_repetitions_and_zero_is_absence(first, second):
    weight = np.arange(len(first)) % 3 + (len(first) == 1)
    repeated = np.repeat(np.array(first, dtype=object), weight)
    weighted = population_stability_index(first, second, categories=["a", "b", "c"], reference_weight=weight)
    plain = population_stability_index(repeated, second, categories=["a", "b", "c"])
    assert weighted.floored == pytest.approx(plain.floored)
    assert weighted.n_reference == np.count_nonzero(weight)


def test_order_of_rows_does_not_matter_and_inputs_are_left_alone():
    generator = np.random.default_rng(1)
    reference, current = generator.normal(size=500), generator.normal(0.1, size=400)
    before = reference.copy()
    result = population_stability_index(reference, current)
    assert result.floored == population_stability_index(reference[::-1], generator.permutation(current)).floored
    np.testing.assert_array_equal(reference, before)


def test_critical_value_is_exceeded_about_one_time_in_twenty():
    generator = np.random.default_rng(4)
    above = 0
    for _ in range(300):
        result = population_stability_index(generator.normal(size=1000), generator.normal(size=600))
        above += result.floored > result.critical_value
    assert stats.binomtest(above, 300, 0.05).pvalue > 0.001


def test_no_rows_are_undefined():
    result = population_stability_index(np.array([]), np.arange(5.0))
    assert np.isnan(result.floored)
    assert result.table["floored"].isna().all()
    assert np.isnan(two_sample_kolmogorov_smirnov([], [1.0]).p_value)


def test_text_where_numbers_were_is_refused():
    with pytest.raises(InputError, match="holds text"):
        population_stability_index(np.arange(50.0), ["low"] * 5)


@pytest.mark.parametrize("n", [50, 2000])
def test_kolmogorov_smirnov_equals_scipy_on_complete_values(n):
    generator = np.random.default_rng(2)
    first, second = generator.normal(size=n), generator.normal(0.2, size=n // 2)
    test = two_sample_kolmogorov_smirnov(np.append(first, np.nan), second)
    expected = stats.ks_2samp(first, second)
    assert test.statistic == pytest.approx(expected.statistic)
    assert test.p_value == pytest.approx(expected.pvalue, rel=0.1)
    assert test.n == n + n // 2
    assert "1 missing" in test.note


def test_frame_has_one_row_a_column():
    generator = np.random.default_rng(3)
    reference = pd.DataFrame({"x": generator.normal(size=500), "g": generator.choice(list("ab"), 500)})
    current = pd.DataFrame({"g": ["b"] * 300, "x": generator.normal(size=300), "more": 1})
    table = characteristic_stability(reference, current).set_index("column")
    assert table.index.tolist() == ["x", "g"]
    assert table["kind"].tolist() == ["number", "level"]
    assert table.loc["x", "floored"] == population_stability_index(reference["x"], current["x"]).floored
    assert table.loc["x", "ks_p_value"] == pytest.approx(stats.ks_2samp(reference["x"], current["x"]).pvalue, rel=0.1)
    assert np.isnan(table.loc["g", "ks_p_value"])
    assert table.loc["g", "any_empty"]
    with pytest.raises(InputError, match="lack the columns x"):
        characteristic_stability(reference, current[["g"]])
