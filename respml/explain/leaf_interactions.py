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

from respml.explain.leaf_patterns import LeafPatterns
from respml.explain.tree_tables import FloatArray, TreeTables

NODES = 5
MOST_FEATURES = 8


def most_features_on_a_path(tables: TreeTables) -> int:
    """Largest number of distinct features on any path; leaf patterns need 2 to that power entries."""
    return LeafPatterns(tables).most_features


def leaf_interactions(tables: TreeTables, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """Interaction values of each row, shape (features, features, rows); symmetric, main effects on the diagonal.

    Row sums over the first axis give the tree-path Shapley values. At most eight distinct features a path.
    """
    patterns = LeafPatterns(tables)
    features = len(tables.feature_names)
    pair_of = {pair: place for place, pair in enumerate(combinations(range(features), 2))}
    pairs = np.zeros((len(pair_of), len(matrix)))
    single = np.zeros((features, len(matrix)))
    columns = np.ascontiguousarray(matrix.T)
    absent = np.isnan(columns)
    for batch in patterns.batches():
        values = patterns.paths.value[batch.leaves]
        alone, together = _leaf_values(patterns.training_share(batch), values)
        for place, leaf in enumerate(batch.leaves):
            used = batch.features[place]
            pattern = patterns.of_rows(int(leaf), used, columns, absent)
            for bit, feature in enumerate(used):
                single[feature] += alone[place, bit][pattern]
            for order, pair in enumerate(combinations(used.tolist(), 2)):
                pairs[pair_of[pair]] += together[place, order][pattern]
    result = np.zeros((features, features, len(matrix)))
    for (first, second), place in pair_of.items():
        result[first, second] = pairs[place]
        result[second, first] = pairs[place]
    main = single - result.sum(axis=0)
    result[np.arange(features), np.arange(features)] = main
    return result


def _leaf_values(share: FloatArray, value: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shapley value of each feature and half interaction of each pair, for every pattern of a batch of leaves.

    ``share`` has shape (leaves, features), ``value`` (leaves,). Shapes of the results (leaves, features, patterns) and
    (leaves, pairs, patterns), pairs in the order of :func:`itertools.combinations`.
    """
    leaves, size = share.shape
    node, weight = np.polynomial.legendre.leggauss(NODES)
    time, weight = (node + 1) / 2, weight / 2
    met = (np.arange(1 << size)[None, :] >> np.arange(size)[:, None] & 1).astype(np.float64)
    factor = [
        (1 - time)[:, None, None] * share[None, :, bit, None] + time[:, None, None] * met[bit] for bit in range(size)
    ]
    change = met[None] - share[:, :, None]

    def integral(without: tuple[int, ...]) -> FloatArray:
        product = np.ones((NODES, leaves, met.shape[1]))
        for bit in range(size):
            if bit not in without:
                product *= factor[bit]
        return np.asarray(np.tensordot(weight, product, axes=1))

    alone = np.stack([value[:, None] * change[:, bit] * integral((bit,)) for bit in range(size)], axis=1)
    together = [
        value[:, None] / 2 * change[:, first] * change[:, second] * integral((first, second))
        for first, second in combinations(range(size), 2)
    ]
    return alone, np.stack(together, axis=1) if together else np.zeros((leaves, 0, met.shape[1]))
