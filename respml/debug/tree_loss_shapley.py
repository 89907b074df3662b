"""Shapley values of a tree ensemble's log-odds and of its log-loss against a background of rows, in one pass.

For one row x and one background row z, a leaf with path features F is reached by the coalition S exactly when x meets
the path on S and z meets it elsewhere. With A the features only x meets and B those only z meets, a leaf of value v
that nobody misses adds v (|A|-1)! |B|! / (|A|+|B|)! to each feature of A and -v |A|! (|B|-1)! / (|A|+|B|)! to each of
B.

The log-loss value of the pair is the log-odds value times the slope (loss(x) - loss(z)) / (margin(x) - margin(z)). That
slope is a smooth function of two margins, so it is a short sum of products u(x) v(z): the sum over the background is
taken once a path pattern, not once a row, and more background rows cost next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from respml.debug.arrays import Floats, Integers
from respml.errors import InputError
from respml.explain.tree_response import LeafPaths, leaf_paths
from respml.explain.tree_tables import TreeTables

SLOPE_TOLERANCE = 1e-6
CHEBYSHEV_NODES = 48
PATTERN_BITS = 20


@dataclass(frozen=True)
class PairedShapley:
    """Contributions of both games against one background.

    Attributes
    ----------
    margin: log-odds contributions, array (rows, features).
    loss: log-loss contributions, array (rows, features).
    terms: number of products that the slope was written in.
    """

    margin: Floats
    loss: Floats
    terms: int


def softplus(value: Floats) -> Floats:
    """ln(1 + exp(value)): the log-loss of a non-default at log-odds ``value``."""
    result: Floats = np.logaddexp(0.0, value)
    return result


def loss_slope(row: Floats, background: Floats) -> Floats:
    """Slope of the loss of a default between two log-odds, with its limit -1/(1+exp(m)) where they coincide."""
    gap = row - background
    near = np.abs(gap) < 1e-5
    difference = (softplus(-row) - softplus(-background)) / np.where(near, 1.0, gap)
    slope: Floats = np.where(near, -expit(-(row + background) / 2), difference)
    return slope


def slope_terms(row: Floats, background: Floats, tolerance: float = SLOPE_TOLERANCE) -> tuple[Floats, Floats]:
    """Factors u (rows, terms) and v (background rows, terms) with u vᵀ equal to the slope within ``tolerance``.

    The slope is expanded in Chebyshev polynomials over the range of the margins; a singular value decomposition of the
    coefficients gives the fewest products.
    """
    low = float(min(row.min(), background.min()))
    high = float(max(row.max(), background.max()))
    centre, half = (low + high) / 2, max((high - low) / 2, 1e-6)
    nodes = np.cos(np.pi * (np.arange(CHEBYSHEV_NODES) + 0.5) / CHEBYSHEV_NODES)
    points = centre + half * nodes
    values = loss_slope(points[:, None], points[None, :])
    basis = np.polynomial.chebyshev.chebvander(nodes, CHEBYSHEV_NODES - 1)
    inverse = basis.T * (2.0 / CHEBYSHEV_NODES)
    inverse[0] /= 2.0
    left, size, right = np.linalg.svd(inverse @ values @ inverse.T)
    tail = np.append(np.cumsum(size[::-1])[::-1], 0.0)
    terms = max(int(np.argmax(tail <= tolerance / 4)), 1)
    at_row = np.polynomial.chebyshev.chebvander((row - centre) / half, CHEBYSHEV_NODES - 1)
    at_background = np.polynomial.chebyshev.chebvander((background - centre) / half, CHEBYSHEV_NODES - 1)
    return at_row @ (left[:, :terms] * size[:terms]), at_background @ right[:terms].T


def tree_loss_shapley(
    tables: TreeTables, frame: pd.DataFrame, outcome: NDArray[np.bool_], background: pd.DataFrame
) -> PairedShapley:
    """Interventional Shapley values of log-odds and log-loss for every row.

    Parameters
    ----------
    tables: a logistic ensemble, see :func:`respml.explain.tree_tables.tree_tables`.
    frame: rows to explain, with the model's inputs.
    outcome: whether each row defaulted.
    background: reference rows, averaged over.

    Returns
    -------
    PairedShapley; each row's loss contributions sum to its loss less the background's mean loss under its outcome.
    The slope is approximated within 1e-6, so sums agree to about 1e-6 times the margins' range.
    """
    if not tables.logistic:
        raise InputError("The ensemble does not predict a probability.", remedy="Use a 'binary:logistic' ensemble.")
    if len(frame) == 0 or len(background) == 0:
        raise InputError("Shapley values need rows and background rows.", remedy="Pass a partition and a background.")
    row_matrix, background_matrix = tables.matrix(frame), tables.matrix(background)
    at_row, at_background = slope_terms(tables.margin(frame), tables.margin(background))
    terms = at_row.shape[1]
    # loss of a non-default = loss of a default + margin: one more product, the constant, covers it.
    row_factor = np.column_stack([at_row, (~outcome).astype(np.float64)]).astype(np.float32)
    weights = np.column_stack([at_background, np.ones(len(background))]) / len(background)
    paths = leaf_paths(tables)
    row_bits, background_bits = _Conditions(paths, row_matrix), _Conditions(paths, background_matrix)
    loss = np.zeros((len(tables.feature_names), len(frame)))
    margin = np.zeros_like(loss)
    split = paths.split
    for leaf, value in enumerate(paths.value):
        steps = np.flatnonzero(split[leaf] >= 0)
        features, bit = np.unique(split[leaf][steps], return_inverse=True)
        if features.size == 0:
            continue
        if features.size > PATTERN_BITS:
            raise InputError(
                f"A path splits on {features.size} features, {PATTERN_BITS} are supported.",
                remedy="Use shallower trees.",
            )
        rows, table = _leaf_table(
            row_bits.pattern(leaf, steps, bit, features.size),
            background_bits.pattern(leaf, steps, bit, features.size),
            weights,
            features.size,
        )
        if rows.kept.size == 0:
            continue
        gathered = np.take(table, rows.position, axis=0)
        factor = row_factor if rows.kept.size == len(frame) else row_factor[rows.kept]
        change = np.einsum("njk,nk->jn", gathered, factor, optimize=False) * value
        every = slice(None) if rows.kept.size == len(frame) else rows.kept
        for place, feature in enumerate(features):
            loss[feature, every] += change[place]
            margin[feature, every] += gathered[:, place, -1] * value
    return PairedShapley(margin.T.copy(), loss.T.copy(), terms)


class _Conditions:
    """Which rows fail each condition of each path, computed once per distinct split."""

    def __init__(self, paths: LeafPaths, matrix: NDArray[np.float32]) -> None:
        tables = paths.tables
        splits = np.flatnonzero(tables.feature >= 0)
        values = matrix.T[tables.feature[splits]]
        goes_yes = values < tables.threshold[splits][:, None]
        goes_yes |= np.isnan(values) & tables.missing_yes[splits][:, None]
        self._row_of_node = np.full(len(tables.feature), -1, dtype=np.int64)
        self._row_of_node[splits] = np.arange(len(splits))
        self._goes_yes = goes_yes
        self._paths = paths

    def pattern(self, leaf: int, steps: Integers, bit: Integers, width: int) -> Integers:
        """Bits of the features on which each row leaves the path, shape (rows,)."""
        failed = np.zeros(self._goes_yes.shape[1], dtype=np.int32)
        for feature in range(width):
            missed = np.zeros(self._goes_yes.shape[1], dtype=bool)
            for step in steps[bit == feature]:
                missed |= self._goes_yes[self._row_of_node[self._paths.step[leaf, step]]] != self._paths.yes[leaf, step]
            failed |= missed.astype(np.int32) << feature
        return failed.astype(np.int64)


@dataclass(frozen=True)
class _Rows:
    """Rows a leaf matters to, and where each stands in the leaf's table."""

    kept: Integers
    position: Integers


def _shares(width: int) -> tuple[Floats, Floats]:
    """Shapley weights by |A| and |B|: of a feature in A, and of a feature in B."""
    gain = np.zeros((width + 1, width + 1))
    loss = np.zeros((width + 1, width + 1))
    for a in range(width + 1):
        for b in range(width + 1 - a):
            if a:
                gain[a, b] = factorial(a - 1) * factorial(b) / factorial(a + b)
            if b:
                loss[a, b] = factorial(a) * factorial(b - 1) / factorial(a + b)
    return gain, loss


_SHARES = [_shares(width) for width in range(PATTERN_BITS + 1)]


def _leaf_table(row: Integers, background: Integers, weights: Floats, width: int) -> tuple[_Rows, NDArray[np.float32]]:
    """Contribution of one leaf of value one by pattern of the row, shape (patterns, features, terms)."""
    row_count = np.bincount(row)
    patterns = np.flatnonzero(row_count)
    references, reference_of = np.unique(background, return_inverse=True)
    mass = np.zeros((len(references), weights.shape[1]))
    np.add.at(mass, reference_of, weights)
    # A leaf is reachable only where no feature is failed by both rows.
    reachable = (patterns[:, None] & references[None, :]) == 0
    useful = reachable.any(axis=1)
    lookup = np.full(len(row_count), -1, dtype=np.int64)
    lookup[patterns[useful]] = np.arange(np.count_nonzero(useful))
    patterns, reachable = patterns[useful], reachable[useful]
    place = lookup[row]
    kept = np.flatnonzero(place >= 0)
    bits = 1 << np.arange(width)
    background_fails = (references[:, None] & bits) != 0
    row_fails = (patterns[:, None] & bits) != 0
    gain, loss = _SHARES[width]
    only_row, only_background = background_fails.sum(axis=1), row_fails.sum(axis=1)
    gains = reachable * gain[only_row[None, :], only_background[:, None]]
    losses = reachable * loss[only_row[None, :], only_background[:, None]]
    spread = (background_fails[:, :, None] * mass[:, None, :]).reshape(len(references), width * weights.shape[1])
    table = (gains @ spread).reshape(len(patterns), width, weights.shape[1])
    table -= row_fails[:, :, None] * (losses @ mass)[:, None, :]
    return _Rows(kept, place[kept]), table.astype(np.float32)
