"""The registry of conventions: every public measure is in it, completely."""

import inspect
import math
from importlib import import_module

import pytest

from respml.measures.conventions import all_conventions, import_all
from respml.measures.estimate import Estimate, undefined

MEASURES = {
    "ranking": "area_under_roc average_precision gini kolmogorov_smirnov",
    "ranking_curves": "lift_table precision_recall_curve roc_curve",
    "proper_scores": "brier_score brier_skill_score log_loss murphy_decomposition",
    "intervals": "clopper_pearson jeffreys wilson",
    "bootstrap": "bca_interval percentile_interval",
    "calibration": "calibration_curve calibration_in_the_large calibration_intercept_slope hosmer_lemeshow "
    "observed_over_expected spiegelhalter_z",
    "calibration_error": "expected_calibration_error integrated_calibration_index",
    "grades": "binomial_test grade_table herfindahl_index jeffreys_test migration_bandwidth migration_matrix",
    "stability": "characteristic_stability population_stability_index two_sample_kolmogorov_smirnov",
    "comparison": "delong_paired_test paired_bootstrap",
    "decisions": "benchmark_right_champion_wrong mcnemar_test swap_sets",
    "confusion": "confusion_counts ten_error_metrics",
    "cutoffs": "cutoff_table select_cutoff",
    "business_value": "business_value value_difference value_sensitivity",
    "model_ranking": "fold_metrics mean_rank rank_folds",
    "multiplicity": "benjamini_hochberg holm",
    "profile": "column_profile duplicate_columns duplicate_rows shared_rows",
    "feature_association": "correlation_with_outcome information_value single_feature_auc variance_inflation",
    "sample_checks": "auc_change_test",
}
NAMES = [(module, name) for module, names in MEASURES.items() for name in names.split()]


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_measure_declares_what_it_is(module, name):
    import_all()
    declared = {each.function: each for each in all_conventions()}[f"respml.measures.{module}.{name}"]
    assert declared.name
    assert declared.formula
    assert declared.source
    assert inspect.getdoc(getattr(import_module(f"respml.measures.{module}"), name))


def test_names_are_unique_and_sorted():
    import_all()
    names = [each.name for each in all_conventions() if each.function.count(".") == 3]
    assert len(names) == len(set(names))
    assert names == sorted(names, key=str.lower)


def test_an_estimate_knows_whether_it_is_defined():
    assert undefined(5, "no events").interval is None
    assert not undefined(5, "no events").defined
    assert math.isnan(undefined(5, "no events").value)
    assert Estimate(0.5, 0.4, 0.6, 10, "Wilson").interval == (0.4, 0.6)
