"""What linters and the reader of a signature are promised."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from pkgutil import walk_packages

import pytest

import respml.measures
from respml.measures.conventions import all_conventions, import_all

ROOT = Path(__file__).resolve().parents[1]

import_all()

# Modules whose public functions serve measures and are none themselves, with the reason.
SERVANTS = {
    "binning": "groups of rows",
    "bootstrap": "redraws rows; the two interval methods in it are declared",
    "column_bins": "bins of a column",
    "conventions": "the register itself",
    "divergence": "terms of the stability index",
    "estimate": "the form of a result",
    "fairness.bootstrap": "redraws rows; the intervals it makes are declared",
    "fairness.cells": "counts rows",
    "fairness.frames": "the form of a result",
    "fairness.membership": "who belongs to which group",
    "fairness.rates": "evaluates the rates that others declare",
    "fairness.study": "checks and binds what the tests read",
    "inputs": "checks arguments",
    "logistic": "fits for the calibration slope",
    "ranking_influence": "influence of rows behind intervals of ranking measures",
    "ranking_replicates": "replicates behind intervals of ranking measures",
    "score_groups": "sorts rows by score",
}
# Public functions in other modules that are no measures, by reason.
NO_CONVENTION = {
    "a step of a declared measure of its module": (
        "business_value.row_values business_value.value_of_counts calibration.logit calibration.probability_bins "
        "cutoffs.distinct_cutoffs cutoffs.step_cutoffs fairness.acceptance.acceptance_records "
        "fairness.acceptance.adverse_impact_ratio fairness.adversary.adversaries fairness.adversary.banded_share "
        "fairness.adversary.stratified_folds fairness.calibration.calibration_records fairness.calibration.fit_slope "
        "fairness.comparison.compare fairness.comparison.fisher_exact fairness.confusion.cell_metrics "
        "fairness.confusion.rate_interval fairness.disparity.ratio_records fairness.effects.auc_and_influence "
        "fairness.effects.feature_effects fairness.effects.impact_ratio_and_influence "
        "fairness.individuals.logloss_residual fairness.individuals.nearest fairness.individuals.standardised "
        "fairness.ranking.auc_difference fairness.scores.mean_and_influence fairness.scores.squared_deviation "
        "fairness.scores.standardised_difference fairness.scores.variance_and_influence "
        "fairness.segments.weighted_quantile grades.assign_grades grades.grade_boundaries intervals.normal_interval "
        "model_ranking.random_folds model_ranking.winner proper_scores.row_log_loss ranking.class_variance "
        "ranking.ranking_area sample_checks.standard_error"
    ),
    "a table or selection of what a declared measure returned": (
        "coefficients.sign_table confusion.decision_counts confusion.outcome_amounts fairness.disparity.outside_band "
        "fairness.condensed.condensed fairness.condensed.lowest_ratios fairness.condensed.with_names "
        "fairness.disparity.worst_ratio fairness.individuals.false_positive_summary "
        "fairness.individuals.worst_contributions fairness.sensitivity.sensitivity_band "
        "fairness.significance.significance_table fairness.suppression.suppress_counts "
        "fairness.suppression.few_in_a_cell fairness.suppression.suppress_rates "
        "fairness.suppression.suppress_few_outcomes fairness.suppression.suppress_groups "
        "feature_association.information_value_table model_ranking.evaluation_table"
    ),
    "words or a refusal, not a number": (
        "fairness.confusion.group_note fairness.confusion.undefined_note fairness.proxies.refused_features "
        "fairness.proxies.require_permitted"
    ),
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)


def test_ruff_is_silent():
    found = run(
        "ruff", "check", "--no-cache", "--output-format", "concise", "respml", "tests", "build.py", "benchmarks"
    )
    assert found.returncode == 0, found.stdout


def test_types_are_strict():
    found = run("mypy", "--strict", "respml")
    assert found.returncode == 0, found.stdout


def public_definitions(room: str) -> Iterator[tuple[Path, ast.FunctionDef | ast.ClassDef]]:
    """Public functions, classes and their public methods."""
    for path in sorted((ROOT / "respml" / room).rglob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                yield path, node
                methods = node.body if isinstance(node, ast.ClassDef) else []
                for method in methods:
                    if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                        yield path, method


@pytest.mark.parametrize(
    "room", ["measures", "explain", "debug", "figures", "checks", "evidence", "portfolio", "candidates"]
)
def test_every_public_function_says_what_it_does(room):
    missing = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path, node in public_definitions(room)
        if not ast.get_docstring(node) and not _is_protocol_member(node)
    ]
    assert missing == []


def _is_protocol_member(node: ast.AST) -> bool:
    """A property of a protocol whose body is ``...`` has nothing to say that its type does not."""
    body = getattr(node, "body", [])
    return len(body) == 1 and isinstance(body[0], ast.Expr) and getattr(body[0].value, "value", None) is Ellipsis


def public_measures() -> dict[str, Callable[..., object]]:
    """Dotted name of each public function of the measures."""
    found = {}
    for module in walk_packages(respml.measures.__path__, "respml.measures."):
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if inspect.isfunction(value) and value.__module__ == module.name and not name.startswith("_"):
                found[f"{module.name}.{name}"] = value
    return found


def undeclared_measures() -> set[str]:
    """Public functions without a convention, without the name of the room in front."""
    declared = {each.function for each in all_conventions()}
    return {name.removeprefix("respml.measures.") for name in set(public_measures()) - declared}


def test_every_public_measure_declares_its_convention_or_is_listed_with_a_reason():
    listed = {name for names in NO_CONVENTION.values() for name in names.split()}
    rest = {name for name in undeclared_measures() - listed if name.rsplit(".", 1)[0] not in SERVANTS}
    assert rest == set(), "declare with @convention, or list with the reason why it is no measure"


def test_no_exception_is_listed_in_vain():
    listed = {name for names in NO_CONVENTION.values() for name in names.split()}
    assert listed - undeclared_measures() == set()
    assert set(SERVANTS) - {name.rsplit(".", 1)[0] for name in undeclared_measures()} == set()


def test_conventions_are_complete():
    for each in all_conventions():
        assert each.name and each.formula and each.source, each.function
