"""A boosted tree ensemble as flat arrays, with XGBoost's exact decision rule.

XGBoost sends a row to the *yes* child when ``float32(x) < float32(threshold)``, to the *no* child otherwise, and to
the split's default child when the value is missing. All of ``respml.explain`` that walks trees reads these arrays.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from respml.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

LEAF = -1


@dataclass(frozen=True)
class TreeTables:
    """All nodes of all trees, one after the other.

    Attributes
    ----------
    feature_names: the model's inputs in training order.
    roots: index of the root node of each tree, shape (trees,).
    feature: position in ``feature_names`` that a node splits on, -1 at leaves, shape (nodes,).
    threshold: float32 split value, shape (nodes,).
    yes, no: node reached when ``x < threshold`` / ``x >= threshold``; a leaf points to itself.
    missing_yes: whether a missing value follows ``yes``.
    value: contribution of a leaf to the log-odds, 0 at splits.
    cover: sum of second derivatives of the training rows in the node.
    base: the ensemble's intercept, in log-odds (or in the target's unit for a squared-error objective).
    logistic: whether the prediction is ``1 / (1 + exp(-margin))``.
    """

    feature_names: tuple[str, ...]
    roots: IntArray
    feature: IntArray
    threshold: NDArray[np.float32]
    yes: IntArray
    no: IntArray
    missing_yes: BoolArray
    value: FloatArray
    cover: FloatArray
    base: float
    logistic: bool

    @property
    def trees(self) -> int:
        """Number of trees."""
        return len(self.roots)

    @property
    def is_leaf(self) -> BoolArray:
        """Mask of the leaves, shape (nodes,)."""
        return np.asarray(self.feature == LEAF)

    def position(self, feature: str) -> int:
        """Column position of a feature; :class:`InputError` when the ensemble was not trained on it."""
        if feature not in self.feature_names:
            raise InputError(
                f"The tree ensemble has no feature {feature!r}.", remedy=f"Use one of {', '.join(self.feature_names)}."
            )
        return self.feature_names.index(feature)

    def matrix(self, frame: pd.DataFrame) -> NDArray[np.float32]:
        """The rows as XGBoost sees them: float32, columns in training order, nan where missing."""
        absent = [name for name in self.feature_names if name not in frame.columns]
        if absent:
            raise InputError(f"The frame lacks model inputs: {', '.join(absent)}.", remedy="Pass all features.")
        return frame[list(self.feature_names)].to_numpy(dtype=np.float32, na_value=np.nan)

    def margin(self, frame: pd.DataFrame) -> FloatArray:
        """Sum of leaf values plus base for every row, in float64; shape (rows,)."""
        return margin_of_matrix(self, self.matrix(frame))


def margin_of_matrix(tables: TreeTables, matrix: NDArray[np.float32], *, chunk: int = 4096) -> FloatArray:
    """Walk all trees for the rows of a float32 matrix (columns in training order); shape (rows,)."""
    total = np.full(len(matrix), tables.base)
    for start in range(0, len(matrix), chunk):
        total[start : start + chunk] += tables.value[leaf_of_rows(tables, matrix[start : start + chunk])].sum(axis=1)
    return total


def leaf_of_rows(tables: TreeTables, matrix: NDArray[np.float32]) -> IntArray:
    """Index of the leaf each row reaches in each tree, shape (rows, trees)."""
    rows = np.arange(len(matrix))[:, None]
    node = np.repeat(tables.roots[None, :], len(matrix), axis=0)
    while True:
        split = tables.feature[node]
        if (split == LEAF).all():
            return node
        value = matrix[rows, np.maximum(split, 0)]
        goes_yes = np.where(np.isnan(value), tables.missing_yes[node], value < tables.threshold[node])
        node = np.where(goes_yes, tables.yes[node], tables.no[node])


def tree_tables(booster: Any, feature_names: tuple[str, ...] | None = None) -> TreeTables:
    """Read an ``xgboost.Booster`` into flat arrays, exactly as it predicts.

    All trees of the booster are read: slice it first (``booster[: best_iteration + 1]``) where early stopping left more
    trees than the model uses. Parameter ``feature_names`` is needed only when the booster carries no names.

    Raises :class:`InputError` for linear boosters, DART, categorical splits, several outputs, or an objective whose
    output is neither a logistic probability nor the plain sum.
    """
    document = json.loads(bytes(booster.save_raw("json")))
    learner = document["learner"]
    ensemble = learner["gradient_booster"]
    if ensemble["name"] != "gbtree":
        raise InputError(f"Booster type {ensemble['name']!r} is not supported.", remedy="Use booster 'gbtree'.")
    objective = str(learner["objective"]["name"])
    logistic = objective in {"binary:logistic", "reg:logistic"}
    if not logistic and objective not in {"reg:squarederror", "binary:logitraw"}:
        raise InputError(f"Objective {objective!r} is not supported.", remedy="Use 'binary:logistic'.")
    parameters = learner["learner_model_param"]
    if int(parameters.get("num_class", 0)) > 1 or int(parameters.get("num_target", 1)) > 1:
        raise InputError("The booster has several outputs.", remedy="Explain one binary outcome at a time.")
    names = tuple(feature_names or learner["feature_names"] or booster.feature_names or ())
    if len(names) != int(parameters["num_feature"]):
        raise InputError(
            f"The booster has {parameters['num_feature']} features and {len(names)} names.",
            remedy="Train with named columns or pass feature_names.",
        )
    score = float(str(parameters["base_score"]).strip("[]"))
    base = math.log(score / (1 - score)) if logistic or objective == "binary:logitraw" else score
    return _stack(ensemble["model"]["trees"], names, base, logistic)


def _stack(trees: list[dict[str, Any]], names: tuple[str, ...], base: float, logistic: bool) -> TreeTables:
    """Lay the trees' own arrays end to end, with child indices made global."""
    sizes = [len(tree["left_children"]) for tree in trees]
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64) if trees else np.zeros(0, np.int64)
    if any(any(tree["split_type"]) for tree in trees):
        raise InputError("The booster has categorical splits.", remedy="Encode categories as numbers before training.")

    def stacked(key: str, dtype: Any) -> NDArray[Any]:
        return np.concatenate([np.asarray(tree[key], dtype=dtype) for tree in trees]) if trees else np.zeros(0, dtype)

    own = np.arange(sum(sizes), dtype=np.int64)
    offset = np.repeat(roots, sizes)
    left = stacked("left_children", np.int64)
    right = stacked("right_children", np.int64)
    leaf = left < 0
    condition = stacked("split_conditions", np.float32)
    return TreeTables(
        feature_names=names,
        roots=roots,
        feature=np.where(leaf, LEAF, stacked("split_indices", np.int64)),
        threshold=np.where(leaf, np.float32(0), condition).astype(np.float32),
        yes=np.where(leaf, own, left + offset),
        no=np.where(leaf, own, right + offset),
        missing_yes=stacked("default_left", np.int64).astype(bool),
        value=np.where(leaf, condition, np.float32(0)).astype(np.float64),
        cover=stacked("sum_hessian", np.float64),
        base=base,
        logistic=logistic,
    )
