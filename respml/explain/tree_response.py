"""What a tree ensemble would say if one feature took each value of a grid: one pass over the trees for all values.

For a feature j, a leaf's path splits into conditions on j, which fix an interval of values, and conditions on the
other inputs, which a row meets or not whatever j is. So the log-odds of every row at every grid value is

    margin(row) - (leaves with j on their path that the row is in)
                + sum over leaves with j on their path: value * [row meets the other conditions] * [value in interval]

The bracketed row facts are bit masks, combined eight rows at a time; the sum is one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from respml.explain.tree_tables import LEAF, BoolArray, FloatArray, IntArray, TreeTables

SingleArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

MASK_CELLS = 4_000_000


@dataclass(frozen=True)
class LeafPaths:
    """Every leaf with the conditions on its path.

    Attributes
    ----------
    leaf: node index of each leaf, shape (leaves,).
    tables: the ensemble.
    step: node of each condition on the path, -1 beyond its end, shape (leaves, depth).
    yes: whether the path follows the yes child there, shape (leaves, depth).
    """

    leaf: IntArray
    tables: TreeTables
    step: IntArray
    yes: BoolArray

    @property
    def value(self) -> FloatArray:
        """Leaf values, shape (leaves,)."""
        return self.tables.value[self.leaf]

    @property
    def split(self) -> IntArray:
        """Feature of each condition, -1 beyond the path's end, shape (leaves, depth)."""
        return np.where(self.step >= 0, self.tables.feature[self.step], LEAF)

    def interval(self, leaves: IntArray, feature: int) -> tuple[SingleArray, SingleArray, BoolArray]:
        """Values of a feature that reach the given leaves: lower <= x < upper, and whether missing does."""
        step, yes = self.step[leaves], self.yes[leaves]
        on_feature = (step >= 0) & (self.tables.feature[step] == feature)
        threshold = self.tables.threshold[step]
        lower = np.where(on_feature & ~yes, threshold, np.float32(-np.inf)).max(axis=1, initial=-np.inf)
        upper = np.where(on_feature & yes, threshold, np.float32(np.inf)).min(axis=1, initial=np.inf)
        missing = (~on_feature | (self.tables.missing_yes[step] == yes)).all(axis=1)
        return lower.astype(np.float32), upper.astype(np.float32), missing


def leaf_paths(tables: TreeTables) -> LeafPaths:
    """List the leaves of an ensemble with their paths, found from each leaf upwards."""
    nodes = len(tables.feature)
    parent = np.full(nodes, -1, dtype=np.int64)
    came_yes = np.zeros(nodes, dtype=bool)
    splits = np.flatnonzero(~tables.is_leaf)
    parent[tables.yes[splits]] = splits
    came_yes[tables.yes[splits]] = True
    parent[tables.no[splits]] = splits
    leaf = np.flatnonzero(tables.is_leaf)
    steps: list[IntArray] = []
    directions: list[BoolArray] = []
    node = leaf
    while True:
        above = np.where(node >= 0, parent[node], -1)
        if (above < 0).all():
            break
        steps.append(above)
        directions.append(came_yes[node] & (node >= 0))
        node = above
    if not steps:
        return LeafPaths(leaf, tables, np.zeros((len(leaf), 0), np.int64), np.zeros((len(leaf), 0), bool))
    return LeafPaths(leaf, tables, np.stack(steps, axis=1), np.stack(directions, axis=1))


@dataclass(frozen=True)
class ResponseBlock:
    """Predictions of one feature's grid for a block of rows.

    Attributes
    ----------
    feature: name of the feature that was set.
    rows: positions of the block's rows in the frame.
    margin: log-odds at distinct grid cells, shape (cells, rows).
    cell: cell of each grid value, shape (grid values,).
    """

    feature: str
    rows: slice
    margin: FloatArray
    cell: IntArray

    def probability(self) -> FloatArray:
        """Probabilities at every grid value, shape (grid values, rows)."""
        return np.asarray(expit(self.margin))[self.cell]


@dataclass(frozen=True)
class _Plan:
    """One feature's leaves, and which of its grid cells each leaf answers for."""

    leaves: IntArray
    off_path: IntArray
    weight: SingleArray
    cell: IntArray


def tree_response(
    tables: TreeTables, frame: pd.DataFrame, grids: Mapping[str, NDArray[np.float64]]
) -> Iterator[ResponseBlock]:
    """Predictions of every row with one feature set to each of its grid values, for all features in one batch.

    Parameters
    ----------
    frame: rows, with all model inputs.
    grids: feature -> values (nan = missing), shape (grid values,). Unknown features raise :class:`InputError`.

    Yields one :class:`ResponseBlock` a feature and block of rows; blocks of one feature come in row order. Agrees with
    the booster's own predictions to float32 rounding (about 1e-6 in log-odds).
    """
    paths = leaf_paths(tables)
    condition, literal = _conditions(paths)
    always = 2 * len(condition)
    plans = {
        name: _plan(paths, literal, always, tables.position(name), np.asarray(grid)) for name, grid in grids.items()
    }
    split = paths.split
    presence = np.stack([(split == tables.position(name)).any(axis=1) for name in grids], axis=0)
    own_weight = np.concatenate([np.ones((1, len(paths.leaf))), presence]) * paths.value
    matrix = tables.matrix(frame)
    largest = max([len(paths.leaf), *(len(plan.leaves) for plan in plans.values())], default=1)
    block = int(np.clip(MASK_CELLS // max(largest, 1), 64, 8192)) // 8 * 8
    for start in range(0, len(matrix), block):
        part = matrix[start : start + block]
        rows = slice(start, start + len(part))
        bits = _literal_bits(tables, condition, part)
        own = _weighted(bits, literal, own_weight.astype(np.float32), len(part)).astype(np.float64)
        for position, (name, plan) in enumerate(plans.items()):
            fixed = tables.base + own[0] - own[position + 1]
            moved = _weighted(bits, plan.off_path, plan.weight, len(part))
            yield ResponseBlock(name, rows, fixed + moved, plan.cell)


def _conditions(paths: LeafPaths) -> tuple[IntArray, IntArray]:
    """Distinct split conditions (as representative nodes), and each leaf's path written in them.

    Literal 2c means condition c holds, 2c + 1 that it does not; the last literal is always true.
    """
    tables = paths.tables
    splits = np.flatnonzero(~tables.is_leaf)
    key = np.stack(
        [tables.feature[splits], tables.threshold[splits].view(np.int32).astype(np.int64), tables.missing_yes[splits]],
        axis=1,
    )
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    of_node = np.zeros(len(tables.feature), dtype=np.int64)
    of_node[splits] = inverse.reshape(-1)
    always = 2 * len(first)
    literal = np.where(paths.step >= 0, 2 * of_node[paths.step] + ~paths.yes, always)
    return splits[first], literal


def _plan(paths: LeafPaths, literal: IntArray, always: int, feature: int, grid: NDArray[np.float64]) -> _Plan:
    split = paths.split
    leaves = np.flatnonzero((split == feature).any(axis=1))
    lower, upper, missing = paths.interval(leaves, feature)
    single = grid.astype(np.float32)
    nodes = paths.tables.feature == feature
    threshold = np.unique(paths.tables.threshold[nodes])
    position = np.where(np.isnan(single), len(threshold) + 1, np.searchsorted(threshold, single, side="right"))
    _, first, cell = np.unique(position, return_index=True, return_inverse=True)
    point = single[first][:, None]
    reached = np.where(np.isnan(point), missing, (point >= lower) & (point < upper))
    off_path = np.where(split[leaves] == feature, always, literal[leaves])
    return _Plan(leaves, off_path, (reached * paths.value[leaves]).astype(np.float32), cell.reshape(-1))


def _literal_bits(tables: TreeTables, condition: IntArray, part: SingleArray) -> ByteArray:
    """One packed row mask a literal: holds, does not hold, ..., always; shape (literals, bytes)."""
    values = part.T[tables.feature[condition]]
    holds = values < tables.threshold[condition][:, None]
    holds |= np.isnan(values) & tables.missing_yes[condition][:, None]
    packed = np.packbits(holds, axis=1)
    bits = np.full((2 * len(condition) + 1, (part.shape[0] + 7) // 8), 255, dtype=np.uint8)
    bits[0 : 2 * len(condition) : 2] = packed
    bits[1 : 2 * len(condition) : 2] = ~packed
    return bits


def _weighted(bits: ByteArray, literal: IntArray, weight: SingleArray, rows: int) -> NDArray[np.float32]:
    """``weight @ [row meets all literals of the leaf]``, shape (weights, rows); spare bits are cut off."""
    if literal.shape[0] == 0 or literal.shape[1] == 0:
        constant = weight.sum(axis=1, dtype=np.float32) if literal.shape[0] else np.zeros(len(weight), np.float32)
        return np.repeat(constant[:, None], rows, axis=1)
    mask = bits[literal[:, 0]]
    for step in range(1, literal.shape[1]):
        mask &= bits[literal[:, step]]
    met = np.unpackbits(mask, axis=1, count=rows).astype(np.float32)
    return weight @ met
