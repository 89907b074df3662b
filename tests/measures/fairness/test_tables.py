"""Adjustment, suppression, segments and sensitivity: what is done to the tables before they are printed."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from respml.measures.fairness.acceptance import AIR, acceptance_gaps
from respml.measures.fairness.bootstrap import bootstrap_intervals
from respml.measures.fairness.calibration import group_calibration
from respml.measures.fairness.confusion import confusion_matrices, group_error_metrics
from respml.measures.fairness.disparity import disparity_ratios
from respml.measures.fairness.membership import Membership, observed_membership, probable_membership
from respml.measures.fairness.ranking import AUC, AUC_DIFFERENCE, group_ranking
from respml.measures.fairness.scores import score_differences
from respml.measures.fairness.segments import acceptance_by_quantile, acceptance_by_segment, weighted_quantile
from respml.measures.fairness.sensitivity import membership_sensitivity, sensitivity_band
from respml.measures.fairness.significance import adjust_for_groups, significance_table
from respml.measures.fairness.study import make_study
from respml.measures.fairness.suppression import (
    COUNTS,
    suppress_counts,
    suppress_estimates,
    suppress_few_outcomes,
    suppress_groups,
    suppress_rates,
)
from tests.measures.fairness.portfolios import random_study, rows_of, soft_membership

LIMITS = {"air_threshold": 0.8, "points_threshold": 5.0, "smd_threshold": 0.3, "significance": 0.05}


def test_adjustment_counts_the_groups_of_one_attribute_as_a_family() -> None:
    study = random_study(800, seed=13, groups=5, gap=0.3)
    frame = adjust_for_groups(acceptance_gaps(study))
    part = frame[(frame["attribute"] == "SEX") & (frame["measure"] == AIR)]
    assert set(part["tests"]) == {4}
    for column, method in (("p_holm", "holm"), ("p_benjamini_hochberg", "fdr_bh")):
        assert part[column].to_numpy() == pytest.approx(multipletests(part["p_value"], method=method)[1])


def test_practical_and_statistical_significance_are_told_apart() -> None:
    # large: 60 % against 80 %, both; small sample: 1 of 2 against 80 %, practical only; 79 % of many: neither of size.
    sizes = {"reference": (20_000, 16_000), "large": (5_000, 3_000), "few": (2, 1), "near": (20_000, 15_500)}
    labels = np.concatenate([[name] * n for name, (n, _) in sizes.items()])
    score = np.concatenate([np.r_[np.full(a, 0.1), np.full(n - a, 0.9)] for n, a in sizes.values()])
    outcome = np.arange(len(labels)) % 2
    study = make_study(outcome, {"m": score}, {"m": 0.5}, [observed_membership("G", labels, "reference")])
    table = significance_table(acceptance_gaps(study), score_differences(study), **LIMITS).set_index("group")
    assert table[["practical", "statistical"]].to_dict("index") == {
        "few": {"practical": True, "statistical": False},
        "large": {"practical": True, "statistical": True},
        "near": {"practical": False, "statistical": True},
    }
    assert table.loc["large", "which"] == "AIR, points, SMD"
    assert table.loc["large", "shortfall"] == pytest.approx(1000)


def test_thresholds_are_arguments() -> None:
    study = random_study(800, seed=13, groups=2, gap=0.3)
    gaps, differences = acceptance_gaps(study), score_differences(study)
    strict = significance_table(gaps, differences, **{**LIMITS, "air_threshold": 10.0})
    assert strict["practical"].all()
    loose = {**LIMITS, "air_threshold": 0.0, "points_threshold": 100.0, "smd_threshold": 9.0}
    assert not significance_table(gaps, differences, **loose)["practical"].any()


def test_estimates_on_too_few_rows_are_withheld_and_say_so() -> None:
    frame = pd.DataFrame(
        {"n": [5, 30, 0], "n_reference": [100] * 3, "estimate": [1.0] * 3, "p_value": [0.5] * 3, "note": ["", "x", "y"]}
    )
    shown = suppress_estimates(frame, 30)
    assert shown["suppressed"].tolist() == [True, False, False]
    assert np.isnan(shown.loc[0, "estimate"]) and np.isnan(shown.loc[0, "p_value"])
    assert shown["note"].tolist() == ["suppressed: fewer than 30 rows", "x", "y"]
    assert frame.loc[0, "estimate"] == 1.0


def test_a_small_count_takes_the_whole_matrix_with_it() -> None:
    matrices = pd.DataFrame(
        {
            "n": [163, 150],
            "true_positive": [3.0, 50.0],
            "false_positive": [20.0, 50.0],
            "false_negative": [40.0, 0.0],
            "true_negative": [100.0, 50.0],
            "smallest_cell": [3, 0],
            "note": ["", ""],
        }
    )
    shown = suppress_counts(matrices, 5)
    assert shown.loc[0, list(COUNTS)].isna().all()
    assert shown.loc[1, list(COUNTS)].tolist() == [50.0, 50.0, 0.0, 50.0]
    assert np.isnan(shown.loc[0, "smallest_cell"])
    assert shown["suppressed"].tolist() == [4, 0]
    assert shown["note"].tolist() == ["suppressed: a count below 5", ""]


def small_group_study():  # type: ignore[no-untyped-def]
    """A reference of 400, and a group of 60: 8 defaults, 10 declined, of which 3 defaulted."""
    cells = {"r": (40, 60, 50, 250), "p": (3, 7, 5, 45)}
    groups, declined, outcome = rows_of(cells)
    membership = observed_membership("G", groups, "r")
    return make_study(outcome, {"m": np.where(declined == 1, 0.9, 0.1)}, {"m": 0.5}, [membership])


def test_no_printed_rate_tells_a_withheld_count() -> None:
    study = small_group_study()
    matrices = confusion_matrices(study)
    shown = suppress_rates(suppress_estimates(group_error_metrics(study), 30), matrices, 10)
    group = shown[shown["group"] == "p"].set_index("measure")
    # 10 of 60 declined may be told; who of them defaulted, and that 8 of 60 did, may not.
    assert group["estimate"].notna().to_dict() == {name: name == "acceptance rate" for name in group.index}
    assert group.loc["prevalence", "note"] == "suppressed: a count below 10"
    assert shown[shown["group"] == "r"]["estimate"].notna().all()
    for frame in (disparity_ratios(study), bootstrap_intervals(study, 50)):
        kept = suppress_rates(suppress_estimates(frame, 30), matrices, 10)
        kept = kept[(kept["group"] == "p") & kept["estimate"].notna()]
        assert set(kept["measure"]) <= {"acceptance rate", "acceptance rate ratio"}


def test_a_rate_on_enough_people_stays() -> None:
    study = small_group_study()
    shown = suppress_rates(group_error_metrics(study), confusion_matrices(study), 3)
    assert shown["estimate"].notna().all() and not shown["suppressed"].any()


def test_a_ratio_to_a_reference_with_a_small_count_is_withheld_too() -> None:
    study = small_group_study()
    turned = make_study(
        study.outcome, study.probability, study.cutoff, [Membership("G", ("r", "p"), "p", study.memberships[0].codes)]
    )
    kept = suppress_rates(disparity_ratios(turned), confusion_matrices(turned), 10)
    assert kept["estimate"].isna().all() and kept["reference_value"].isna().all()


def test_ranking_within_a_group_needs_defaults_not_rows_alone() -> None:
    study = small_group_study()
    ranked = suppress_few_outcomes(group_ranking(study), confusion_matrices(study), 10, (AUC, AUC_DIFFERENCE))
    shown = ranked.set_index(["group", "measure"])["estimate"].notna()
    assert shown.to_dict() == {("r", AUC): True, ("p", AUC): False, ("p", AUC_DIFFERENCE): False}
    assert set(ranked[ranked["estimate"].isna()]["note"]) == {"suppressed: fewer than 10 defaults or payers"}


def test_a_frame_that_counts_something_else_is_withheld_by_the_size_of_the_group() -> None:
    matrices = confusion_matrices(small_group_study())
    frame = pd.DataFrame(
        {
            "attribute": ["G", "G", ""],
            "group": ["p", "r", ""],
            "reference": ["r", "r", ""],
            "n": [460] * 3,
            "before": [0.9] * 3,
            "estimate": [0.1] * 3,
        }
    )
    shown = suppress_groups(frame, matrices, 100)
    assert shown["estimate"].notna().tolist() == [False, True, True]
    assert shown["before"].notna().tolist() == [False, True, True]
    assert shown.loc[0, "note"] == "suppressed: fewer than 100 rows"


def test_a_group_known_by_probabilities_has_the_size_that_they_add_up_to() -> None:
    # 400 rows at 1 %: four people, in 400 rows none of which need be one of them.
    generator = np.random.default_rng(3)
    shares = pd.DataFrame({"a": np.full(400, 0.99), "b": np.full(400, 0.01)})
    score = generator.random(400)
    study = make_study(score < 0.2, {"m": score}, {"m": 0.7}, [probable_membership("race", shares, "a")])
    for frame in (acceptance_gaps(study), score_differences(study), group_ranking(study), group_calibration(study)):
        assert set(frame[frame["group"] == "b"]["n"]) == {4}
        shown = suppress_estimates(frame, 30)
        assert shown[shown["group"] == "b"]["estimate"].isna().all()
    assert confusion_matrices(study).set_index("group")["n"].to_dict() == {"all": 400, "a": 396, "b": 4}


def test_nothing_is_suppressed_in_a_large_table() -> None:
    matrices = confusion_matrices(random_study(3000, seed=1, groups=2))
    assert suppress_counts(matrices, 5)["suppressed"].eq(0).all()


def test_weighted_quantile_accepts_the_share_asked_for() -> None:
    score = np.arange(10) / 10
    for share in (0.1, 0.3, 0.7, 1.0):
        assert (score <= weighted_quantile(score, np.ones(10), share)).mean() == pytest.approx(share)
    assert weighted_quantile(np.array([1.0, 2.0]), np.array([1.0, 99.0]), 0.5) == 2.0


def test_air_at_a_quantile_is_the_air_at_that_cutoff() -> None:
    study = random_study(500, seed=3, gap=0.6)
    frame = acceptance_by_quantile(study, [0.4])
    moved = make_study(study.outcome, study.probability, {"gbm": frame["cutoff"].iloc[0]}, study.memberships[:2])
    expected = acceptance_gaps(moved)
    expected = expected[expected["measure"] == AIR]["estimate"].to_numpy()
    assert frame[frame["measure"] == AIR]["estimate"].to_numpy() == pytest.approx(expected)
    assert (study.probability["gbm"] <= frame["cutoff"].iloc[0]).mean() == pytest.approx(0.4, abs=0.002)


def test_a_gap_planted_in_one_segment_shows_there_and_only_there() -> None:
    generator = np.random.default_rng(9)
    segment = np.where(generator.random(4000) < 0.5, "north", "south")
    code = generator.integers(0, 2, 4000)
    declined = generator.random(4000) < np.where((segment == "north") & (code == 1), 0.6, 0.3)
    study = make_study(np.arange(4000) % 2, {"m": declined * 0.8}, {"m": 0.5}, [observed_membership("G", code, 0)])
    frame = acceptance_by_segment(study, {"region": segment})
    air = frame[frame["measure"] == AIR].set_index("level")
    assert air.loc["north", "upper"] < 0.8
    assert air.loc["south", "lower"] < 1 < air.loc["south", "upper"]


def test_a_segment_without_the_group_is_undefined_not_missing() -> None:
    study = make_study(
        [0, 1, 0, 1], {"m": [0.1, 0.9, 0.1, 0.9]}, {"m": 0.5}, [observed_membership("G", list("rrpp"), "r")]
    )
    frame = acceptance_by_segment(study, {"s": ["x", "x", "x", None], "t": ["x", "x", "x", "x"]})
    row = frame[(frame["level"] == "unknown") & (frame["measure"] == AIR)].iloc[0]
    assert np.isnan(row["estimate"]) and row["n"] == 1 and row["n_reference"] == 0


def test_certain_probabilities_give_no_band_and_uncertain_ones_do() -> None:
    base = random_study(2000, seed=17, groups=2, gap=0.8)
    codes = base.membership("SEX").codes
    for sharpness, spread in ((1.0, False), (0.5, True)):
        soft = soft_membership(codes, ("a", "b"), sharpness, 5)  # type: ignore[arg-type]
        study = make_study(base.outcome, base.probability, base.cutoff, [soft], intersections=False)
        table = membership_sensitivity(study, [0.6, 0.8])
        band = sensitivity_band(table)
        air = band[band["measure"] == AIR].iloc[0]
        assert (air["highest"] - air["lowest"] > 0.02) == spread
        assert set(table["use"]) == {"weighted by probability", "threshold 0.6", "threshold 0.8"}
        coverage = table.groupby("use")["coverage"].first()
        assert coverage["weighted by probability"] == pytest.approx(1.0)
        assert (coverage["threshold 0.8"] < 0.9) == spread


def test_attributes_with_labels_have_no_sensitivity() -> None:
    assert membership_sensitivity(random_study(100), [0.8]).empty
