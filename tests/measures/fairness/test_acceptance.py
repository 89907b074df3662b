import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from respml.measures.fairness.acceptance import acceptance_gaps
from respml.measures.fairness.cells import cells_from_matrices
from respml.measures.fairness.comparison import compare, fisher_exact
from respml.measures.fairness.membership import observed_membership
from respml.measures.fairness.rates import ACCEPTANCE
from respml.measures.fairness.study import make_study
from tests.measures.fairness.portfolios import printed_study, random_study


def measures(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    return frame[frame["group"] == group].set_index("measure")


def test_published_acceptance_gaps_reproduce_to_the_digits_shown() -> None:
    female = measures(acceptance_gaps(printed_study()), "female")
    assert round(female.loc["adverse impact ratio", "estimate"], 3) == 1.034
    assert round(female.loc["marginal effect", "estimate"], 2) == -2.60
    assert round(female.loc["acceptance rate", "estimate"], 3) == 0.796
    # 5,463 women at the male rate: 5463 × (2679/3477 − 4351/5463) = −141.8 people, that is, none is missing.
    assert female.loc["shortfall", "estimate"] == pytest.approx(5463 * (2679 / 3477 - 4351 / 5463), rel=1e-12)


def test_air_interval_is_the_log_normal_formula() -> None:
    # Morris & Lobsenz: exp(ln AIR ± 1.96 √((1−p1)/(n1 p1) + (1−p0)/(n0 p0))), worked out here by hand.
    p1, n1, p0, n0 = 4351 / 5463, 5463, 2679 / 3477, 3477
    error = np.sqrt((1 - p1) / (n1 * p1) + (1 - p0) / (n0 * p0))
    z = stats.norm.ppf(0.975)
    row = measures(acceptance_gaps(printed_study()), "female").loc["adverse impact ratio"]
    assert row["lower"] == pytest.approx(p1 / p0 * np.exp(-z * error), rel=1e-12)
    assert row["upper"] == pytest.approx(p1 / p0 * np.exp(z * error), rel=1e-12)


def test_limits_and_tests_agree_with_statsmodels() -> None:
    accepted, sizes = (4351, 2679), (5463, 3477)
    result = compare(
        cells_from_matrices("S", {"m": (453, 345, 418, 2261), "f": (598, 514, 534, 3817)}, "m"), ACCEPTANCE
    )
    difference = confint_proportions_2indep(accepted[0], sizes[0], accepted[1], sizes[1], "newcomb", "diff")
    odds = confint_proportions_2indep(accepted[0], sizes[0], accepted[1], sizes[1], "logit", "odds-ratio")
    ratio = confint_proportions_2indep(accepted[0], sizes[0], accepted[1], sizes[1], "log", "ratio")
    statistic, p_value = proportions_ztest(accepted, sizes)
    assert (result.difference_lower[1], result.difference_upper[1]) == pytest.approx(difference, rel=1e-10)
    assert (result.odds_lower[1], result.odds_upper[1]) == pytest.approx(odds, rel=1e-10)
    assert (result.ratio_lower[1], result.ratio_upper[1]) == pytest.approx(ratio, rel=1e-10)
    assert result.statistic[1] == pytest.approx(statistic, rel=1e-10)
    assert result.p_value[1] == pytest.approx(p_value, rel=1e-8)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 300), st.integers(0, 300))
def test_fisher_agrees_with_scipy(a: int, b: int, c: int, d: int) -> None:
    if a + b == 0 or c + d == 0:
        return
    oracle = stats.fisher_exact([[a, b], [c, d]])[1]
    assert fisher_exact(a, a + b, c, c + d) == pytest.approx(oracle, rel=1e-7, abs=1e-12)


def test_fisher_takes_over_exactly_where_an_expected_cell_is_below_five() -> None:
    # 100 of 200 accepted in the reference. Pooled share ≈ ½: 9 people expect 4.5, 11 expect 5.5 in the smaller cell.
    for size, test in ((9, "Fisher exact"), (11, "two-proportion z")):
        accepted = size // 2 + 1
        cells = cells_from_matrices("G", {"r": (0, 100, 0, 100), "p": (0, size - accepted, 0, accepted)}, "r")
        assert compare(cells, ACCEPTANCE).test[1] == test


def test_all_declined_in_the_group_gives_ratio_zero_with_a_one_sided_looking_interval() -> None:
    groups = observed_membership("G", ["r"] * 50 + ["p"] * 20, "r")
    score = np.r_[np.full(40, 0.1), np.full(10, 0.9), np.full(20, 0.9)]
    outcome = np.r_[np.zeros(45), np.ones(25)]
    row = measures(acceptance_gaps(make_study(outcome, {"m": score}, {"m": 0.5}, [groups])), "p")
    air = row.loc["adverse impact ratio"]
    assert air["estimate"] == 0 and air["lower"] == 0 and 0 < air["upper"] < 0.5
    assert "all declined" in air["note"] and "MOVER" in air["note"]
    assert np.isnan(row.loc["odds ratio", "estimate"]) and "rate of 0 or 1" in row.loc["odds ratio", "note"]


def test_all_declined_in_the_reference_is_undefined_not_infinite() -> None:
    groups = observed_membership("G", ["r", "r", "p", "p"], "r")
    frame = acceptance_gaps(make_study([0, 1, 0, 1], {"m": [0.9, 0.9, 0.1, 0.9]}, {"m": 0.5}, [groups]))
    air = measures(frame, "p").loc["adverse impact ratio"]
    assert np.isnan(air["estimate"]) and np.isnan(air["lower"])
    assert "reference rate is 0" in air["note"]


def test_a_group_of_one_member_is_shown_with_its_note() -> None:
    groups = observed_membership("G", ["r"] * 30 + ["p"], "r")
    score = np.r_[np.full(20, 0.1), np.full(10, 0.9), 0.1]
    frame = acceptance_gaps(make_study(np.r_[np.zeros(29), 1, 0], {"m": score}, {"m": 0.5}, [groups]))
    row = measures(frame, "p")
    assert row.loc["acceptance rate", "n"] == 1
    assert "one member" in row.loc["adverse impact ratio", "note"]
    # One acceptance in one trial must not look certain: Wilson's lower limit for 1/1 is 0.2065.
    assert row.loc["acceptance rate", "lower"] == pytest.approx(0.2065, abs=1e-4)
    assert row.loc["adverse impact ratio", "lower"] < 0.5


def test_a_group_whose_weights_are_all_zero_is_shown_as_empty() -> None:
    groups = observed_membership("G", ["r", "r", "r", "p", "p"], "r")
    study = make_study([0, 1, 0, 0, 1], {"m": [0.1, 0.9, 0.1, 0.1, 0.9]}, {"m": 0.5}, [groups], [1, 1, 1, 0, 0])
    row = measures(acceptance_gaps(study), "p")
    assert row["n"].eq(0).all()
    assert np.isnan(row["estimate"]).all()
    assert "no rows with positive weight" in row.loc["adverse impact ratio", "note"]


def test_unknown_membership_is_tested_like_any_group() -> None:
    labels = ["r"] * 20 + [None] * 20
    frame = acceptance_gaps(
        make_study([0, 1] * 20, {"m": np.r_[np.full(30, 0.1), np.full(10, 0.9)]}, {"m": 0.5},
                   [observed_membership("G", labels, "r")])
    )  # fmt: skip
    assert measures(frame, "unknown").loc["adverse impact ratio", "estimate"] == 0.5


def test_scaling_the_weights_changes_nothing() -> None:
    study = random_study(500, seed=2, weighted=True)
    tenfold = make_study(study.outcome, study.probability, study.cutoff, study.memberships[:2], study.weights * 10)
    columns = ["estimate", "lower", "upper", "p_value"]
    first, second = acceptance_gaps(study), acceptance_gaps(tenfold)
    keep = first["measure"] != "shortfall"
    pd.testing.assert_frame_equal(first.loc[keep, columns], second.loc[keep, columns])


def test_order_of_rows_does_not_matter() -> None:
    study = random_study(300, seed=4)
    order = np.random.default_rng(0).permutation(300)
    shuffled = make_study(
        study.outcome[order],
        {"gbm": study.probability["gbm"][order]},
        study.cutoff,
        [membership.take(order) for membership in study.memberships[:2]],
    )
    pd.testing.assert_frame_equal(acceptance_gaps(study), acceptance_gaps(shuffled))


def test_a_gap_to_an_empty_reference_says_so() -> None:
    base = random_study(200, seed=4, groups=2)
    reference = base.memberships[0].codes == base.memberships[0].names.index(base.memberships[0].reference)
    study = make_study(
        base.outcome, base.probability, base.cutoff, base.memberships[:1], np.where(reference, 0.0, 1.0), False
    )
    frame = acceptance_gaps(study)
    gaps = frame[(frame["measure"] != "acceptance rate") & (frame["group"] != base.memberships[0].reference)]
    assert gaps["estimate"].isna().all()
    assert gaps["note"].str.contains("nobody in the reference|of the reference").all()
    assert not gaps["note"].str.contains("rate of 0 or 1").any()
