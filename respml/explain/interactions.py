"""Shapley interaction values: which pairs of inputs a tree ensemble uses together, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from numpy.typing import NDArray

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.interaction_strength import sample_rows
from respml.explain.leaf_interactions import MOST_FEATURES, leaf_interactions, most_features_on_a_path
from respml.explain.model import FloatArray
from respml.explain.tree_response import leaf_paths
from respml.explain.tree_tables import TreeTables, tree_tables

WORK_PER_SECOND = 1e8
CHUNK_CELLS = 8_000_000
CHECK_ROWS = 20
FEWEST_ROWS = 20

SHALLOW = "leaf patterns, exact, all rows"
SAMPLED = "XGBoost pred_interactions, exact, sampled rows"


@dataclass(frozen=True)
class Interactions(Displayed):
    """Mean absolute interaction of every pair of one model.

    Attributes
    ----------
    pairs: ``model``, ``first``, ``second``, ``rank``, ``estimate`` (mean |interaction| in log-odds, both halves of the
        symmetric matrix together), ``share`` (of main effects plus interactions), ``n``, ``method``.
    main: ``model``, ``feature``, ``estimate`` (mean |main effect|), ``share``.
    check: ``rows``, ``max_difference`` from ``pred_interactions`` on those rows (0 where that was the method).
    rows: rows the means rest on; ``available``: rows given.
    """

    pairs: pd.DataFrame
    main: pd.DataFrame
    check: pd.DataFrame
    rows: int
    available: int

    def top(self, number: int = 5) -> pd.DataFrame:
        """The strongest pairs."""
        return self.pairs.head(number).reset_index(drop=True)


def shapley_interactions(
    name: str,
    booster: Any,
    frame: pd.DataFrame,
    *,
    features: Sequence[str] | None = None,
    seconds: float = 10.0,
    rows: int | None = None,
    seed: int = 0,
) -> Interactions:
    """Mean absolute tree-path Shapley interaction of every pair of features.

    Purpose: find the pairs whose effect is not the sum of two effects; they decide which two-way figures are drawn.
    Mechanism: interaction values (Lundberg and others 2020) split each contribution into a main effect and one half a
    pair; trees with at most eight distinct features a path are read leaf by leaf for all rows and checked against
    XGBoost on a few; deeper ones go through ``pred_interactions`` on a sample whose size follows from ``seconds`` and
    the size of the trees at a fixed nominal speed, not from the clock, so that runs agree. Signs of high risk: a pair
    without a business reason among the strongest; interactions taking a large share; the pair missing from the
    benchmark. Strengths: exact for the rows used, same unit as contributions. Limitations: tree-path weighting;
    correlated inputs share an interaction; sampled where said.

    ``features`` names the booster's columns, for boosters stored without names; ``rows`` caps the rows explained by the
    leaf patterns (all rows when not given).
    """
    tables = tree_tables(booster, None if features is None else tuple(features))
    names = list(tables.feature_names)
    if len(frame) == 0:
        raise InputError("There are no rows to explain.", remedy="Pass a partition with rows.")
    inputs = pd.DataFrame(tables.matrix(frame), columns=names, index=frame.index)
    if most_features_on_a_path(tables) <= MOST_FEATURES:
        chosen = sample_rows(inputs, rows or len(inputs), seed)
        mean = _mean_by_patterns(tables, tables.matrix(chosen))
        difference = _difference(tables, booster, chosen.iloc[:CHECK_ROWS])
        method = SHALLOW if len(chosen) == len(inputs) else SHALLOW.replace("all rows", "sampled rows")
    else:
        size = affordable_rows(tables, seconds)
        chosen = sample_rows(inputs, min(size, len(inputs)), seed)
        mean = np.abs(_by_xgboost(booster, chosen)).mean(axis=0)
        difference = pd.DataFrame({"rows": [0], "max_difference": [0.0]})
        method = SAMPLED
    pairs, main = _tables_of_means(name, names, mean, len(chosen), method)
    return Interactions(pairs, main, difference, len(chosen), len(frame))


def affordable_rows(tables: TreeTables, seconds: float) -> int:
    """Rows that ``pred_interactions`` explains in the time, at 1e8 leaf * depth^2 * feature steps a second."""
    depth = max(leaf_paths(tables).step.shape[1], 1)
    work = int(tables.is_leaf.sum()) * depth**2 * len(tables.feature_names)
    return max(int(seconds * WORK_PER_SECOND / work), FEWEST_ROWS)


def compare_interactions(results: Mapping[str, Interactions], *, number: int = 10) -> pd.DataFrame:
    """The strongest pairs of any model side by side.

    Columns ``first``, ``second`` and per model ``estimate_<model>``, ``rank_<model>``; ordered by the best rank.
    """
    wide: list[pd.DataFrame] = []
    for model, result in results.items():
        table = result.pairs.set_index(["first", "second"])[["estimate", "rank"]]
        wide.append(table.rename(columns={"estimate": f"estimate_{model}", "rank": f"rank_{model}"}))
    joined = pd.concat(wide, axis=1)
    best = joined[[f"rank_{model}" for model in results]].min(axis=1)
    order = best.sort_values(kind="stable").index
    return joined.loc[order].head(number).reset_index()


def _mean_by_patterns(tables: TreeTables, matrix: NDArray[np.float32]) -> FloatArray:
    features = matrix.shape[1]
    block = max(CHUNK_CELLS // features**2, 1)
    total = np.zeros((features, features))
    for start in range(0, len(matrix), block):
        total += np.abs(leaf_interactions(tables, matrix[start : start + block])).sum(axis=2)
    return total / len(matrix)


def _by_xgboost(booster: Any, rows: pd.DataFrame) -> NDArray[Any]:
    matrix = xgboost.DMatrix(rows.to_numpy(dtype=np.float32), feature_names=booster.feature_names)
    values = booster.predict(matrix, pred_interactions=True)
    return np.asarray(values[:, :-1, :-1], dtype=np.float64)


def _difference(tables: TreeTables, booster: Any, rows: pd.DataFrame) -> pd.DataFrame:
    own = np.moveaxis(leaf_interactions(tables, tables.matrix(rows)), 2, 0)
    gap = np.abs(own - _by_xgboost(booster, rows)).max()
    return pd.DataFrame({"rows": [len(rows)], "max_difference": [float(gap)]})


def _tables_of_means(
    name: str, names: list[str], mean: FloatArray, n: int, method: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    first, second = np.triu_indices(len(names), 1)
    strength = mean[first, second] + mean[second, first]
    alone = np.diag(mean)
    total = float(strength.sum() + alone.sum())
    pairs = pd.DataFrame(
        {
            "model": name,
            "first": [names[place] for place in first],
            "second": [names[place] for place in second],
            "estimate": strength,
            "share": strength / total if total > 0 else np.nan,
            "n": n,
            "method": method,
        }
    ).sort_values("estimate", ascending=False, kind="stable", ignore_index=True)
    pairs.insert(3, "rank", np.arange(1, len(pairs) + 1))
    main = pd.DataFrame(
        {"model": name, "feature": names, "estimate": alone, "share": alone / total if total > 0 else np.nan}
    ).sort_values("estimate", ascending=False, kind="stable", ignore_index=True)
    return pairs, main
