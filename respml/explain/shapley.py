"""Shapley contributions to the log-odds: exact for linear models, path-dependent TreeSHAP for boosted trees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost

CHECKED_ROWS = 200
CHECK_TOLERANCE = 1e-4
DEEPEST_TABLES = 10


@dataclass(frozen=True)
class Contributions:
    """Shapley values of one model on some rows.

    Attributes
    ----------
    values: log-odds contributions, float64, shape (rows, columns of the matrix).
    bias: the model's expected log-odds; ``values.sum(axis=1) + bias`` are the log-odds.
    method: how they were computed, in words.
    checked_rows: rows on which a second implementation was asked too.
    largest_difference: largest absolute difference between the two there; NaN without a check.
    """

    values: npt.NDArray[np.float64]
    bias: float
    method: str
    checked_rows: int = 0
    largest_difference: float = float("nan")


def linear_contributions(
    matrix: npt.NDArray[np.float64],
    coefficient: npt.NDArray[np.float64],
    centre: npt.NDArray[np.float64],
    intercept: float,
) -> Contributions:
    """Coefficient · (value − training mean): the interventional Shapley value of a model without interactions.

    Parameters
    ----------
    matrix: rows × terms.
    coefficient, centre: one a term, on the scale of the matrix.
    intercept: log-odds where every term is zero.

    Source: Štrumbelj and Kononenko 2014, additive models.
    """
    values = (matrix - centre) * coefficient
    return Contributions(values, float(intercept + centre @ coefficient), "coefficient times distance from the mean")


def tree_contributions(booster: Any, matrix: npt.NDArray[np.float64]) -> Contributions:
    """Path-dependent tree Shapley values of an XGBoost model with a binary logistic objective.

    WOODELF computes them per leaf pattern, in a small fraction of the time of the recursive algorithm; a spread sample
    of 200 rows is computed by XGBoost as well, and where the two differ by more than 1e-4 in log-odds, or trees are
    deeper than 10, XGBoost computes all rows and ``method`` says why.

    Parameters
    ----------
    booster: ``xgboost.Booster`` without feature names.
    matrix: rows × columns in training order, NaN where missing.

    Sources: Lundberg et al. 2020 (TreeSHAP); Nadel and Wettenstein 2025 (WOODELF).
    """
    single = np.ascontiguousarray(matrix, dtype=np.float32)
    sample = np.unique(np.linspace(0, len(single) - 1, min(CHECKED_ROWS, len(single))).astype(np.int64))
    reference = _by_xgboost(booster, single[sample])
    bias = float(reference[0, -1])
    depth = deepest_leaf(booster)
    if depth > DEEPEST_TABLES:
        reason = f"XGBoost (trees of depth {depth})"
        return Contributions(_by_xgboost(booster, single)[:, :-1], bias, reason)
    values = _by_patterns(booster, single)
    difference = float(np.abs(values[sample] - reference[:, :-1]).max(initial=0.0))
    if not difference <= CHECK_TOLERANCE:
        reason = "XGBoost (WOODELF differed on the checked rows)"
        return Contributions(_by_xgboost(booster, single)[:, :-1], bias, reason, len(sample), difference)
    return Contributions(values, bias, "WOODELF, checked against XGBoost", len(sample), difference)


def deepest_leaf(booster: Any) -> int:
    """Number of splits above the deepest leaf of all trees."""
    trees = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]
    deepest = 0
    for tree in trees:
        depth = np.zeros(len(tree["left_children"]), dtype=np.int64)
        for node, (left, right) in enumerate(zip(tree["left_children"], tree["right_children"], strict=True)):
            if left >= 0:
                depth[left] = depth[right] = depth[node] + 1
        deepest = max(deepest, int(depth.max()))
    return deepest


def _by_xgboost(booster: Any, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """XGBoost's own values; the last column is the bias."""
    return np.asarray(booster.predict(xgboost.DMatrix(matrix), pred_contribs=True), dtype=np.float64)


def _by_patterns(booster: Any, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    from woodelf.core.cube_metric import ShapleyValues
    from woodelf.high_depth_woodelf import woodelf_for_high_depth

    names = [f"f{place}" for place in range(matrix.shape[1])]
    frame = pd.DataFrame(matrix, columns=names)
    found = woodelf_for_high_depth(booster, frame, None, ShapleyValues(), verbose=False)
    values = np.zeros(matrix.shape)
    for place, name in enumerate(names):
        if name in found:
            values[:, place] = found[name]
    return values
