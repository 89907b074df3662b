"""Where and how a model fails: arrays, frames and callables in, tidy frames out. No files, no figures, no spec.

from respml.debug import find_weak_spots
spots = find_weak_spots(frame, outcome, probability, columns, seed=1, bins=5, smallest_slice=100, candidates=8)
spots.confirmed(0.05, {"ranking": 0.05, "loss": 0.05, "calibration": 0.05})

A model is a function from a frame to probabilities; functions that refit one are given a function that fits it.
"""

from respml.debug.attacks.adversarial import Flips, find_flips
from respml.debug.attacks.extraction import extraction_attack
from respml.debug.attacks.grid_search import GridSearch, grid_search, prototypes
from respml.debug.attacks.membership import membership_inference, reference_scores
from respml.debug.attacks.plausibility import Plausibility, plausibility
from respml.debug.attacks.poisoning import backdoor_scan, missing_value_scan, poisoning_probe
from respml.debug.attacks.random_attack import RandomAttack, random_attack
from respml.debug.benchmark import agreement_counts, benchmark_disagreement, blending_trial, disagreement_profile
from respml.debug.drift import drift_table
from respml.debug.error_trees import error_tree_spots
from respml.debug.instability import Instability, coin_toss_customers, instability
from respml.debug.loss_profiles import extreme_profiles, importance_comparison, residual_scatter, worst_row
from respml.debug.loss_shapley import (
    LossShapley,
    background_error,
    background_sample,
    linear_loss_shapley,
    loss_shapley,
    sampled_loss_shapley,
)
from respml.debug.overfit import overfit_regions, overfit_summary
from respml.debug.reliability import conformal_reliability
from respml.debug.remediation import (
    Action,
    Holdout,
    try_actions,
    with_assertion,
    with_bands,
    with_blending,
    with_imputation,
    with_missing_injected,
    with_recalibration,
    with_valid_inputs,
)
from respml.debug.residual_trees import ResidualTree, assertion_trial, residual_tree
from respml.debug.residuals import deviance_residual, extreme_rows, facet_summary, residual_frame
from respml.debug.resilience import resilience, resilience_drivers, resilience_samples
from respml.debug.retries import feature_retry, row_removal_retry, with_row_deviation
from respml.debug.rules import Condition, Rule
from respml.debug.segments import segment_errors, segment_table
from respml.debug.sensitivity import (
    dependence_summary,
    dependence_with_residuals,
    perturbed,
    robustness,
    what_if,
)
from respml.debug.stress import Scenario, adverse, recession, stress_test
from respml.debug.weak_spots import WeakSpots, distinct_spots, find_weak_spots, heatmap_frame, slice_table

__all__ = [
    "Action",
    "Condition",
    "Flips",
    "GridSearch",
    "Holdout",
    "Instability",
    "LossShapley",
    "Plausibility",
    "RandomAttack",
    "ResidualTree",
    "Rule",
    "Scenario",
    "WeakSpots",
    "adverse",
    "agreement_counts",
    "assertion_trial",
    "backdoor_scan",
    "background_error",
    "background_sample",
    "benchmark_disagreement",
    "blending_trial",
    "coin_toss_customers",
    "conformal_reliability",
    "dependence_summary",
    "dependence_with_residuals",
    "deviance_residual",
    "disagreement_profile",
    "distinct_spots",
    "drift_table",
    "error_tree_spots",
    "extraction_attack",
    "extreme_profiles",
    "extreme_rows",
    "facet_summary",
    "feature_retry",
    "find_flips",
    "find_weak_spots",
    "grid_search",
    "heatmap_frame",
    "importance_comparison",
    "instability",
    "linear_loss_shapley",
    "loss_shapley",
    "membership_inference",
    "missing_value_scan",
    "overfit_regions",
    "overfit_summary",
    "perturbed",
    "plausibility",
    "poisoning_probe",
    "prototypes",
    "random_attack",
    "recession",
    "reference_scores",
    "residual_frame",
    "residual_scatter",
    "residual_tree",
    "resilience",
    "resilience_drivers",
    "resilience_samples",
    "robustness",
    "row_removal_retry",
    "sampled_loss_shapley",
    "segment_errors",
    "segment_table",
    "slice_table",
    "stress_test",
    "try_actions",
    "what_if",
    "with_assertion",
    "with_bands",
    "with_blending",
    "with_imputation",
    "with_missing_injected",
    "with_recalibration",
    "with_row_deviation",
    "with_valid_inputs",
    "worst_row",
]
