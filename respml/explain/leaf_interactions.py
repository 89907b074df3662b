"""Tree-path Shapley interaction values of many rows, read leaf by leaf.

On one leaf a coalition S of features is worth

    value * product over S of [row meets the feature's conditions] * product over the rest of the share of training
    weight that does,

a product of one factor a feature. The Shapley weights are integrals of t^|S| (1 - t)^(rest - |S|), so every value and
interaction of a leaf is the integral over t of a product of (1 - t) * share + t * met: a polynomial, integrated exactly
by Gauss-Legendre nodes. Rows meet a leaf in few patterns; each pattern is computed once and looked up by all rows.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from respml.explain.model import FloatArray
from respml.explain.tree_response import LeafPaths, leaf_paths
from respml.explain.tree_tables import TreeTables

NODES = 5
MOST_FEATURES = 8


def most_features_on_a_path(tables: TreeTables) -> int:
    """Largest number of distinct features on any path; leaf patterns need 2 to that power entries."""
    split = leaf_paths(tables).split
    return max((len(np.unique(line[line >= 0])) for line in split), default=0)


def leaf_interactions(tables: TreeTables, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """Interaction values of each row, shape (features, features, rows); symmetric, main effects on the diagonal.

    Row sums over the first axis give the tree-path Shapley values. At most eight distinct features a path.
    """
    paths = leaf_paths(tables)
    features = len(tables.feature_names)
    pair_of = {pair: place for place, pair in enumerate(combinations(range(features), 2))}
    pairs = np.zeros((len(pair_of), len(matrix)))
    single = np.zeros((features, len(matrix)))
    columns = np.ascontiguousarray(matrix.T)
    absent = np.isnan(columns)
    share = _condition_share(paths)
    split = paths.split
    for leaf, value in enumerate(paths.value):
        used = np.unique(split[leaf])
        used = used[used >= 0]
        if len(used) == 0 or value == 0:
            continue
        rest = np.array([share[leaf][split[leaf] == feature].prod() for feature in used])
        pattern = _patterns(paths, leaf, used, columns, absent)
        alone, together = _leaf_values(len(used), rest, float(value))
        for place, feature in enumerate(used):
            single[feature] += alone[place][pattern]
        for place, (first, second) in enumerate(combinations(used.tolist(), 2)):
            pairs[pair_of[(first, second)]] += together[place][pattern]
    result = np.zeros((features, features, len(matrix)))
    for (first, second), place in pair_of.items():
        result[first, second] = pairs[place]
        result[second, first] = pairs[place]
    main = single - result.sum(axis=0)
    result[np.arange(features), np.arange(features)] = main
    return result


def _condition_share(paths: LeafPaths) -> FloatArray:
    """Share of a split's training weight that follows the path, shape (leaves, depth); 1 beyond the path's end."""
    tables = paths.tables
    child = np.where(paths.yes, tables.yes[paths.step], tables.no[paths.step])
    weight = np.where(tables.cover[paths.step] > 0, tables.cover[paths.step], 1.0)
    return np.where(paths.step >= 0, tables.cover[child] / weight, 1.0)


def _patterns(
    paths: LeafPaths, leaf: int, used: NDArray[np.int64], columns: NDArray[np.float32], absent: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Which of a leaf's features each row meets, as the bits of a number, shape (rows,)."""
    pattern = np.zeros(columns.shape[1], dtype=np.int64)
    at = np.array([leaf])
    for bit, feature in enumerate(used):
        lower, upper, missing = paths.interval(at, int(feature))
        met = (columns[feature] >= lower[0]) & (columns[feature] < upper[0])
        if missing[0]:
            met |= absent[feature]
        pattern += met.astype(np.int64) << bit
    return pattern


def _leaf_values(size: int, rest: FloatArray, value: float) -> tuple[FloatArray, FloatArray]:
    """Shapley value of each feature and half interaction of each pair, for every pattern of one leaf.

    Shapes (features, patterns) and (pairs, patterns), pairs in the order of :func:`itertools.combinations`.
    """
    node, weight = np.polynomial.legendre.leggauss(NODES)
    time, weight = (node + 1) / 2, weight / 2
    met = (np.arange(1 << size)[None, :] >> np.arange(size)[:, None] & 1).astype(np.float64)
    factor = (1 - time)[:, None, None] * rest[None, :, None] + time[:, None, None] * met[None]
    change = met - rest[:, None]
    alone = np.empty((size, met.shape[1]))
    together = np.empty((size * (size - 1) // 2, met.shape[1]))
    for place in range(size):
        others = [other for other in range(size) if other != place]
        alone[place] = value * change[place] * (weight @ factor[:, others].prod(axis=1))
    for place, (first, second) in enumerate(combinations(range(size), 2)):
        others = [other for other in range(size) if other not in (first, second)]
        integral = weight @ factor[:, others].prod(axis=1)
        together[place] = value / 2 * change[first] * change[second] * integral
    return alone, together
