"""Predictions with one feature set to each value of a grid, for any model: through its trees, else through predict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from respml.explain.model import FloatArray, Model, feature_matrix
from respml.explain.tree_response import leaf_paths, tree_response

TILE_ROWS = 400_000
LEAF_STEP_COST = 2

TREES = "trees, one pass for all grid values"
PREDICT = "predict, batched"


@dataclass(frozen=True)
class Response:
    """Probabilities of one block of rows over one feature's grid.

    Attributes
    ----------
    feature: the feature that was set.
    rows: positions of the rows.
    probability: at distinct cells, shape (cells, rows).
    cell: cell of each grid value, shape (grid values,).
    """

    feature: str
    rows: slice
    probability: FloatArray
    cell: NDArray[np.int64]


def response_method(model: Model, frame: pd.DataFrame, grids: Mapping[str, FloatArray]) -> str:
    """Which path :func:`responses` takes: the trees where they give the predictions and cost less, else predict.

    One pass over the trees costs a step a leaf, and another for each grid feature on the leaf's path, whatever the
    number of grid values; predicting costs the trees' depth for every value. Deep trees with few values are thus
    predicted.
    """
    if model.trees is None or not model.trees_reproduce(frame):
        return PREDICT
    paths = leaf_paths(model.trees)
    split = paths.split
    leaf_steps = len(paths.leaf) + sum(int((split == model.trees.position(name)).any(axis=1).sum()) for name in grids)
    walk_steps = sum(len(values) for values in grids.values()) * model.trees.trees * max(split.shape[1], 1)
    return TREES if LEAF_STEP_COST * leaf_steps < walk_steps else PREDICT


def responses(model: Model, frame: pd.DataFrame, grids: Mapping[str, FloatArray]) -> Iterator[Response]:
    """Predictions of all rows with one feature at a time set to its grid values; blocks of a feature in row order."""
    if model.trees is not None and response_method(model, frame, grids) == TREES:
        for block in tree_response(model.trees, frame, grids):
            probability = 1.0 / (1.0 + np.exp(-block.margin))
            yield Response(block.feature, block.rows, probability, block.cell)
        return
    matrix = feature_matrix(frame, model.features)
    for feature, values in grids.items():
        yield from _tiled(model, matrix, feature, np.asarray(values, dtype=np.float64))


def _tiled(model: Model, matrix: FloatArray, feature: str, values: FloatArray) -> Iterator[Response]:
    column = model.features.index(feature)
    block = max(TILE_ROWS // max(len(values), 1), 1)
    for start in range(0, len(matrix), block):
        part = matrix[start : start + block]
        tiled = np.tile(part, (len(values), 1))
        tiled[:, column] = np.repeat(values, len(part))
        probability = model.probability(pd.DataFrame(tiled, columns=list(model.features), copy=False))
        rows = slice(start, start + len(part))
        yield Response(feature, rows, probability.reshape(len(values), len(part)), np.arange(len(values)))


def response_matrix(model: Model, frame: pd.DataFrame, feature: str, values: FloatArray) -> FloatArray:
    """Probability of every row at every value of one feature, shape (rows, values)."""
    result = np.empty((len(frame), len(values)))
    for block in responses(model, frame, {feature: values}):
        result[block.rows] = block.probability[block.cell].T
    return result
