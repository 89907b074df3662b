from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest
import xgboost

from respml.explain import shapley
from respml.explain.tree_tables import TreeTables, tree_tables

RANDOM = np.random.default_rng(5)
ROWS = np.where(RANDOM.uniform(size=(600, 4)) < 0.05, np.nan, RANDOM.normal(size=(600, 4)))
OUTCOME = (np.nan_to_num(ROWS[:, 0]) * np.nan_to_num(ROWS[:, 1]) + RANDOM.normal(size=600) > 0.3).astype(int)


def booster(depth: int, rounds: int = 12) -> xgboost.Booster:
    matrix = xgboost.DMatrix(ROWS.astype(np.float32), label=OUTCOME)
    parameters = {"objective": "binary:logistic", "max_depth": depth, "base_score": 0.3, "nthread": 1}
    return xgboost.train(parameters, matrix, rounds)


def expected_margin(tables: TreeTables, row: np.ndarray, known: frozenset[int]) -> float:
    """Expected log-odds when only some features are known: unknown splits are averaged by training cover."""

    def below(node: int) -> float:
        if tables.feature[node] < 0:
            return float(tables.value[node])
        yes, no = int(tables.yes[node]), int(tables.no[node])
        if tables.feature[node] in known:
            value = row[tables.feature[node]]
            follows = tables.missing_yes[node] if np.isnan(value) else np.float32(value) < tables.threshold[node]
            return below(yes if follows else no)
        share = tables.cover[yes] / (tables.cover[yes] + tables.cover[no])
        return float(share * below(yes) + (1 - share) * below(no))

    return tables.base + sum(below(int(root)) for root in tables.roots)


def by_definition(tables: TreeTables, row: np.ndarray) -> np.ndarray:
    """Shapley's formula, over all subsets."""
    size = len(row)
    values = np.zeros(size)
    for feature in range(size):
        others = [each for each in range(size) if each != feature]
        for count in range(size):
            weight = factorial(count) * factorial(size - count - 1) / factorial(size)
            for subset in combinations(others, count):
                gain = expected_margin(tables, row, frozenset({*subset, feature}))
                values[feature] += weight * (gain - expected_margin(tables, row, frozenset(subset)))
    return values


def test_tree_values_are_shapleys_formula_over_all_subsets() -> None:
    model = booster(3)
    found = shapley.tree_contributions(model, ROWS)
    tables = tree_tables(model, ("a", "b", "c", "d"))
    for place in range(12):
        np.testing.assert_allclose(found.values[place], by_definition(tables, ROWS[place]), atol=1e-5)
    assert found.method == "WOODELF, checked against XGBoost"
    assert found.checked_rows == 200 and found.largest_difference < 1e-5


@pytest.mark.parametrize("depth", [1, 6, 10])
def test_values_and_bias_add_up_to_the_margin(depth: int) -> None:
    model = booster(depth)
    found = shapley.tree_contributions(model, ROWS)
    margin = model.inplace_predict(ROWS.astype(np.float32), predict_type="margin")
    np.testing.assert_allclose(found.values.sum(axis=1) + found.bias, margin, atol=1e-5)


def test_a_wrong_fast_path_is_noticed_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    model = booster(3)
    right = shapley.tree_contributions(model, ROWS)
    fast = shapley._by_patterns
    monkeypatch.setattr(shapley, "_by_patterns", lambda *arguments: fast(*arguments) + 0.001)
    found = shapley.tree_contributions(model, ROWS)
    assert found.method == "XGBoost (WOODELF differed on the checked rows)"
    assert found.largest_difference == pytest.approx(0.001, abs=1e-5)
    np.testing.assert_allclose(found.values, right.values, atol=1e-5)


def test_deep_trees_go_to_xgboost(monkeypatch: pytest.MonkeyPatch) -> None:
    model = booster(4)
    monkeypatch.setattr(shapley, "DEEPEST_TABLES", 3)
    assert shapley.tree_contributions(model, ROWS).method == "XGBoost (trees of depth 4)"


def test_depth_is_that_of_the_deepest_tree() -> None:
    assert [shapley.deepest_leaf(booster(depth)) for depth in (1, 3, 5)] == [1, 3, 5]


def test_linear_values_are_coefficient_times_distance_from_the_mean() -> None:
    matrix = np.array([[1.0, 10.0], [3.0, 20.0]])
    found = shapley.linear_contributions(matrix, np.array([2.0, -0.1]), np.array([2.0, 15.0]), 0.5)
    np.testing.assert_allclose(found.values, [[-2.0, 0.5], [2.0, -0.5]])
    assert found.bias == pytest.approx(0.5 + 2.0 * 2.0 - 0.1 * 15.0)


def test_one_row_is_enough() -> None:
    model = booster(2)
    found = shapley.tree_contributions(model, ROWS[:1])
    assert found.values.shape == (1, 4) and found.checked_rows == 1
