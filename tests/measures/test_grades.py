"""Grades: boundaries, calibration tests against scipy and statsmodels, concentration and migration by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from statsmodels.stats.multitest import multipletests

from respml.errors import InputError
from respml.measures.grades import (
    assign_grades,
    binomial_test,
    grade_boundaries,
    grade_order,
    grade_table,
    herfindahl_index,
    jeffreys_test,
    migration_bandwidth,
    migration_matrix,
)
from tests.measures.portfolios import simulated


def test_boundaries_are_equal_steps_of_log_odds():
    _, probability = simulated(2000)
    boundaries = grade_boundaries(probability, 8)
    assert boundaries.size == 7
    steps = np.diff(special.logit(boundaries))
    np.testing.assert_allclose(steps, steps[0])
    assert grade_boundaries(probability, 4, "quantile") == pytest.approx(np.quantile(probability, [0.25, 0.5, 0.75]))


def test_a_constant_probability_gives_one_boundary():
    assert grade_boundaries(np.full(10, 0.2), 7).size == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_grades_rise_with_the_probability_and_the_boundary_belongs_below(probability):
    grades = assign_grades(probability, [0.1, 0.2, 0.5])
    expected = [1 + (p > 0.1) + (p > 0.2) + (p > 0.5) for p in probability]
    assert grades.tolist() == expected


def test_unusable_grades_are_refused():
    with pytest.raises(InputError, match="do not rise"):
        assign_grades([0.1], [0.3, 0.2])
    with pytest.raises(InputError, match="two grades"):
        grade_boundaries([0.1], 1)
    with pytest.raises(InputError, match="strategy"):
        grade_boundaries([0.1], 7, "other")
    with pytest.raises(InputError, match="whole number"):
        grade_table([0, 1], [0.1, 0.2], [1, 1.5])
    with pytest.raises(InputError, match="whole number from 1"):
        migration_matrix([1, 4], [1, 2], grades=3)


@pytest.mark.parametrize(("events", "n", "pd"), [(0, 50, 0.01), (3, 50, 0.02), (50, 50, 0.9), (12, 400, 0.05)])
def test_one_sided_tests_equal_scipy(events, n, pd):
    assert jeffreys_test(events, n, pd) == pytest.approx(stats.beta.cdf(pd, events + 0.5, n - events + 0.5))
    expected = stats.binomtest(events, n, pd, alternative="greater").pvalue
    assert binomial_test(events, n, pd) == pytest.approx(expected)


def test_without_rows_a_grade_has_no_test():
    assert np.isnan(jeffreys_test(0, 0, 0.1))
    assert np.isnan(binomial_test(0, 0, 0.1))


def test_table_by_hand():
    outcome = [0, 0, 0, 1, 0, 1, 1, 0]
    probability = [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.6, 0.6]
    table = grade_table(outcome, probability, [1, 1, 2, 2, 4, 4, 5, 5])
    assert table["grade"].tolist() == [1, 2, 3, 4, 5]
    assert table["n"].tolist() == [2, 2, 0, 2, 2]
    assert table["events"].tolist() == [0, 1, 0, 1, 1]
    assert table["mean_probability"].tolist() == pytest.approx([0.1, 0.2, np.nan, 0.3, 0.6], nan_ok=True)
    assert table["monotone"].all()
    defined = table.dropna(subset="jeffreys_p")
    assert len(defined) == 4
    np.testing.assert_allclose(defined["jeffreys_holm"], multipletests(defined["jeffreys_p"], method="holm")[1])
    np.testing.assert_allclose(defined["binomial_bh"], multipletests(defined["binomial_p"], method="fdr_bh")[1])


def test_a_falling_event_rate_is_marked():
    table = grade_table([1, 0, 1, 0, 0, 0], [0.1, 0.1, 0.2, 0.2, 0.3, 0.3], [1, 1, 2, 2, 3, 3])
    assert table["monotone"].tolist() == [True, True, False]
    assert grade_table([], [], []).empty


def test_a_pd_that_is_too_low_is_found_and_a_right_one_is_not():
    outcome, probability = simulated(4000)
    grade = assign_grades(probability, grade_boundaries(probability, 7))
    assert grade_table(outcome, probability, grade)["jeffreys_holm"].min() > 0.01
    assert grade_table(outcome, probability / 2, grade)["jeffreys_holm"].min() < 1e-6


def test_herfindahl_by_hand():
    assert herfindahl_index([1, 1, 2, 2]).value == 0.5
    assert herfindahl_index([1, 1, 1]).interval == (1.0, 1.0)
    assert herfindahl_index([1] * 6 + [2] * 3 + [3]).value == pytest.approx(0.46)
    assert not herfindahl_index([]).defined


def test_herfindahl_interval_agrees_with_simulation():
    generator = np.random.default_rng(1)
    share = np.array([0.6, 0.3, 0.1])
    spread = np.std([np.sum((generator.multinomial(500, share) / 500) ** 2) for _ in range(4000)])
    estimate = herfindahl_index(np.repeat([1, 2, 3], [300, 150, 50]))
    assert (estimate.upper - estimate.lower) / 2 / 1.96 == pytest.approx(spread, rel=0.08)


def test_migration_by_hand():
    first, second = [1, 1, 1, 2, 3, 3], [1, 2, 3, 2, 3, 1]
    matrix = migration_matrix(first, second, 4)
    assert len(matrix) == 16
    share = matrix.pivot(index="first_grade", columns="second_grade", values="share")
    assert share.loc[1].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert share.loc[4].isna().all()
    # Grades 1 to 3. Up: moves 1→2 and 1→3, distances 1 + 2 of 2 + 2 possible. Down: 3→1, 2 of 2.
    width = migration_bandwidth(first, second)
    assert (width.upper, width.lower, width.n) == (0.75, 1.0, 6)
    still = migration_bandwidth([1, 2], [1, 2])
    assert np.isnan(still.upper)
    assert migration_matrix([], []).empty


def test_the_order_of_grades_is_tested_as_fisher_does_and_empty_grades_are_passed_over():
    events, n = [10, 0, 4, 30], [100, 0, 120, 130]
    found = grade_order(events, n)
    assert found[["before", "after"]].to_numpy().tolist() == [[0, 2], [2, 3]]
    assert found["falls"].tolist() == [True, False]
    for row, (first, second) in zip(found.itertuples(), [(0, 2), (2, 3)], strict=True):
        table = [[events[second], n[second] - events[second]], [events[first], n[first] - events[first]]]
        assert row.p == pytest.approx(stats.fisher_exact(table, alternative="less").pvalue)
    assert found["holm"].to_numpy() == pytest.approx(multipletests(found["p"], method="holm")[1])


def test_one_grade_has_no_neighbour():
    assert grade_order([3], [10]).empty
    assert grade_order([], []).empty
