"""Explanations: arrays, frames and callables in, tidy frames out. No files, no figures, no specification.

from respml.explain import Model, partial_dependence
model = Model.of(classifier)
partial_dependence(model, frame)
"""

from respml.explain.accumulated_local_effects import accumulated_local_effects
from respml.explain.coding import NumericView, numeric_view
from respml.explain.counterfactual import Action, Counterfactual, counterfactual, what_if
from respml.explain.effect_panels import compare_effects, most_correlated, panel_supports, skewed_features
from respml.explain.grids import explicit_grid, grid, grids, reference_grid, stretched_reference_grid
from respml.explain.interaction_strength import h_statistic, two_way_partial_dependence
from respml.explain.interactions import Interactions, compare_interactions, shapley_interactions
from respml.explain.interventional import (
    BackgroundSensitivity,
    background_sensitivity,
    interventional_shapley,
    linear_shapley,
)
from respml.explain.lime import LocalSurrogate, lime, lime_practical
from respml.explain.loco import LeaveOneOut, compare_with_shapley, leave_one_covariate_out, leave_one_out_ensemble
from respml.explain.model import Model
from respml.explain.monotonicity import MonotonicityProof, linear_monotonicity, missing_direction, prove_monotonicity
from respml.explain.partial_dependence import PartialDependence, partial_dependence
from respml.explain.percentiles import PERCENTILES, percentile_customers
from respml.explain.reason_sentences import Wording, worded
from respml.explain.reason_validity import (
    agreement,
    baseline_values,
    first_reason_changed,
    first_reason_transition,
    improvement_test,
    near_tie_rate,
    rescore_stated,
    share_by_reason,
)
from respml.explain.reason_ways import group_gaps, leave_one_out_contributions, split_near_duplicates
from respml.explain.reasons import (
    ALL_APPLICANTS,
    AT_CUTOFF,
    Baseline,
    Reason,
    Reasons,
    adverse_action_reasons,
    baseline_population,
    near_duplicate_groups,
)
from respml.explain.shape import count_monotone_curves, curve_summary, support
from respml.explain.shapley_frames import beeswarm, contributions_beside, dependence, local_contributions, placed
from respml.explain.shapley_summary import Importance, additivity, importance, rank_agreement, sign_comparison
from respml.explain.surrogate import Surrogate, surrogate_tree
from respml.explain.tree_tables import TreeTables, tree_tables

__all__ = [
    "ALL_APPLICANTS",
    "AT_CUTOFF",
    "PERCENTILES",
    "Action",
    "BackgroundSensitivity",
    "Baseline",
    "Counterfactual",
    "Importance",
    "Interactions",
    "LeaveOneOut",
    "LocalSurrogate",
    "Model",
    "MonotonicityProof",
    "NumericView",
    "PartialDependence",
    "Reason",
    "Reasons",
    "Surrogate",
    "TreeTables",
    "Wording",
    "accumulated_local_effects",
    "additivity",
    "adverse_action_reasons",
    "agreement",
    "background_sensitivity",
    "baseline_population",
    "baseline_values",
    "beeswarm",
    "compare_effects",
    "compare_interactions",
    "compare_with_shapley",
    "contributions_beside",
    "count_monotone_curves",
    "counterfactual",
    "curve_summary",
    "dependence",
    "explicit_grid",
    "first_reason_changed",
    "first_reason_transition",
    "grid",
    "grids",
    "group_gaps",
    "h_statistic",
    "importance",
    "improvement_test",
    "interventional_shapley",
    "leave_one_covariate_out",
    "leave_one_out_contributions",
    "leave_one_out_ensemble",
    "lime",
    "lime_practical",
    "linear_monotonicity",
    "linear_shapley",
    "local_contributions",
    "missing_direction",
    "most_correlated",
    "near_duplicate_groups",
    "near_tie_rate",
    "numeric_view",
    "panel_supports",
    "partial_dependence",
    "percentile_customers",
    "placed",
    "prove_monotonicity",
    "rank_agreement",
    "reference_grid",
    "rescore_stated",
    "shapley_interactions",
    "share_by_reason",
    "sign_comparison",
    "skewed_features",
    "split_near_duplicates",
    "stretched_reference_grid",
    "support",
    "surrogate_tree",
    "tree_tables",
    "two_way_partial_dependence",
    "what_if",
    "worded",
]
