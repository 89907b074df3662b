"""Exact search for a row on which a tree ensemble steps the wrong way at one threshold of one feature.

As a function of one feature a tree ensemble only changes at that feature's thresholds, and at a threshold t only the
trees that split there change. The change of each such tree depends on the other inputs through boxes: products of
intervals, with or without missing. The total change over all rows is therefore the minimum, over compatible choices of
one box a tree, of a sum of leaf differences: a finite problem, solved by branch and bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from respml.explain.tree_tables import BoolArray, FloatArray, TreeTables

SingleArray = NDArray[np.float32]


@dataclass(frozen=True)
class Boxes:
    """Sets of rows: per feature an interval lower <= x < upper, or missing; arrays of shape (boxes, features)."""

    lower: SingleArray
    upper: SingleArray
    missing: BoolArray

    def meet(self, box: Boxes) -> Boxes:
        """Each of these boxes cut with one box."""
        return Boxes(np.maximum(self.lower, box.lower), np.minimum(self.upper, box.upper), self.missing & box.missing)

    def possible(self) -> BoolArray:
        """Which boxes hold at least one row."""
        return np.asarray(((self.lower < self.upper) | self.missing).all(axis=1))

    def take(self, places: NDArray[np.int64]) -> Boxes:
        """The boxes at the given places."""
        return Boxes(self.lower[places], self.upper[places], self.missing[places])


@dataclass(frozen=True)
class Pieces:
    """One tree at one threshold: boxes of the other inputs, and the tree's change there; they cover all rows."""

    boxes: Boxes
    change: FloatArray


@dataclass(frozen=True)
class Search:
    """Outcome of a search: ``status`` is proved, violated or unresolved; ``box`` holds the rows of a violation."""

    status: str
    change: float
    box: Boxes | None
    expanded: int


def everything(features: int) -> Boxes:
    """One box that holds all rows."""
    return Boxes(
        np.full((1, features), -np.inf, np.float32),
        np.full((1, features), np.inf, np.float32),
        np.ones((1, features), bool),
    )


def tree_of_node(tables: TreeTables) -> NDArray[np.int64]:
    """Tree that each node belongs to, shape (nodes,)."""
    return np.searchsorted(tables.roots, np.arange(len(tables.feature)), side="right") - 1


def tree_pieces(tables: TreeTables, tree: int, feature: int, threshold: np.float32, direction: int) -> Pieces:
    """How one tree changes when the feature steps up to ``threshold``, times ``direction``, by box of other inputs."""
    end = tables.roots[tree + 1] if tree + 1 < tables.trees else len(tables.feature)
    start = int(tables.roots[tree])
    holds = np.zeros(int(end) - start, dtype=bool)
    own = slice(start, int(end))
    holds[:] = (tables.feature[own] == feature) & (tables.threshold[own] == threshold)
    for node in range(int(end) - 1, start - 1, -1):
        if tables.feature[node] >= 0:
            holds[node - start] |= holds[tables.yes[node] - start] | holds[tables.no[node] - start]
    found: list[tuple[Boxes, float]] = []
    stack = [(start, start, everything(len(tables.feature_names)))]
    while stack:
        below, above, box = stack.pop()
        if below == above and not holds[below - start]:
            found.append((box, 0.0))
            continue
        below, above = (
            _resolve(tables, below, feature, threshold, False),
            _resolve(tables, above, feature, threshold, True),
        )
        node = below if tables.feature[below] >= 0 else above
        split = int(tables.feature[node])
        if split < 0:
            found.append((box, direction * float(tables.value[above] - tables.value[below])))
            continue
        for follows_yes in (True, False):
            part = _restrict(box, split, tables.threshold[node], follows_yes, bool(tables.missing_yes[node]))
            if not part.possible()[0]:
                continue
            child = int(tables.yes[node] if follows_yes else tables.no[node])
            stack.append((child if below == node else below, child if above == node else above, part))
    return Pieces(_joined([box for box, _ in found]), np.array([change for _, change in found]))


def _resolve(tables: TreeTables, node: int, feature: int, threshold: np.float32, at: bool) -> int:
    """Follow splits on the feature itself, its value standing just below the threshold or at it."""
    while tables.feature[node] == feature:
        goes_yes = threshold < tables.threshold[node] if at else threshold <= tables.threshold[node]
        node = int(tables.yes[node] if goes_yes else tables.no[node])
    return node


def _restrict(box: Boxes, feature: int, threshold: np.float32, follows_yes: bool, missing_yes: bool) -> Boxes:
    lower, upper, missing = box.lower.copy(), box.upper.copy(), box.missing.copy()
    if follows_yes:
        upper[0, feature] = min(upper[0, feature], threshold)
    else:
        lower[0, feature] = max(lower[0, feature], threshold)
    missing[0, feature] &= follows_yes == missing_yes
    return Boxes(lower, upper, missing)


def _joined(boxes: list[Boxes]) -> Boxes:
    return Boxes(
        np.concatenate([each.lower for each in boxes]),
        np.concatenate([each.upper for each in boxes]),
        np.concatenate([each.missing for each in boxes]),
    )


def search_decrease(pieces: list[Pieces], features: int, *, tolerance: float, budget: int) -> Search:
    """Find a box of rows on which the trees' changes sum to less than ``-tolerance``, or prove there is none.

    Depth-first branch and bound: trees with the most negative piece first; a partial choice is dropped when the
    smallest changes still compatible with it, added up, stay at or above ``-tolerance``. ``budget`` bounds the number
    of partial choices looked at, so that the answer does not depend on the clock; beyond it the status is unresolved.
    """
    ordered = sorted(pieces, key=lambda each: float(each.change.min()))
    bound = float(sum(each.change.min() for each in ordered))
    if bound >= -tolerance:
        return Search("proved", bound, None, 0)
    expanded = 0
    lowest = bound
    stack: list[tuple[int, Boxes, float]] = [(0, everything(features), 0.0)]
    while stack:
        depth, box, total = stack.pop()
        expanded += 1
        if expanded > budget:
            return Search("unresolved", lowest, None, expanded)
        if depth == len(ordered):
            return Search("violated", total, box, expanded)
        met = [each.boxes.meet(box) for each in ordered[depth:]]
        open_pieces = [each.possible() for each in met]
        smallest = [float(each.change[mask].min()) for each, mask in zip(ordered[depth:], open_pieces, strict=True)]
        rest = sum(smallest[1:])
        if total + smallest[0] + rest >= -tolerance:
            continue
        here = ordered[depth]
        choices = np.flatnonzero(open_pieces[0])
        choices = choices[np.argsort(-here.change[choices], kind="stable")]
        for place in choices:
            change = total + float(here.change[place])
            if change + rest < -tolerance:
                stack.append((depth + 1, met[0].take(np.array([place])), change))
    return Search("proved", -tolerance, None, expanded)
