"""Regions of the input space as rules in words, and decision trees that find them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

from respml.debug.arrays import Booleans, Floats, Integers, as_matrix
from respml.debug.slices import number_words
from respml.errors import InputError


@dataclass(frozen=True)
class Condition:
    """``lower < feature <= upper``, or whether the feature is missing where ``missing`` is given."""

    feature: str
    lower: float = -np.inf
    upper: float = np.inf
    missing: bool | None = None

    def holds(self, frame: pd.DataFrame) -> Booleans:
        """Whether each row meets the condition; a missing value meets no condition on a range."""
        values = as_matrix(frame, [self.feature], infinite=True)[:, 0]
        if self.missing is not None:
            absent: Booleans = np.isnan(values) == self.missing
            return absent
        within: Booleans = (values > self.lower) & (values <= self.upper)
        return within

    @property
    def text(self) -> str:
        """The condition in words."""
        if self.missing is not None:
            return f"{self.feature} is {'missing' if self.missing else 'present'}"
        if np.isinf(self.lower):
            return f"{self.feature} ≤ {number_words(self.upper)}"
        if np.isinf(self.upper):
            return f"{self.feature} > {number_words(self.lower)}"
        return f"{number_words(self.lower)} < {self.feature} ≤ {number_words(self.upper)}"


@dataclass(frozen=True)
class Rule:
    """All of the conditions together; no condition means every row."""

    conditions: tuple[Condition, ...] = field(default_factory=tuple)

    def holds(self, frame: pd.DataFrame) -> Booleans:
        """Whether each row meets the rule."""
        chosen = np.ones(len(frame), dtype=bool)
        for condition in self.conditions:
            chosen &= condition.holds(frame)
        return chosen

    @property
    def text(self) -> str:
        """The rule in words."""
        return " and ".join(condition.text for condition in self.conditions) or "all rows"


@dataclass(frozen=True)
class RuleTree:
    """A regression tree whose leaves are rules.

    Attributes
    ----------
    features: columns it may split on.
    fill: value that stands for a missing one, the median of the fitted rows; a second column says it was missing.
    tree: the fitted scikit-learn tree, on the encoded columns.
    """

    features: tuple[str, ...]
    fill: Mapping[str, float]
    tree: Any

    def leaves(self, frame: pd.DataFrame) -> Integers:
        """Leaf (node number) of each row."""
        return np.asarray(self.tree.apply(_encode(frame, self.features, self.fill))).astype(np.int64)

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Mean target of the leaf of each row."""
        return np.asarray(self.tree.predict(_encode(frame, self.features, self.fill)), dtype=np.float64)

    def rules(self) -> dict[int, Rule]:
        """The rule of each leaf.

        A threshold on a filled column also catches the rows whose missing value was filled; the rule in words then
        holds for present values only, and the leaf's support is counted by the rule.
        """
        inner = self.tree.tree_
        found: dict[int, Rule] = {}

        def walk(node: int, bounds: dict[int, tuple[float, float]]) -> None:
            if inner.children_left[node] < 0:
                found[node] = Rule(tuple(self._condition(at, *limits) for at, limits in sorted(bounds.items())))
                return
            at, threshold = int(inner.feature[node]), float(inner.threshold[node])
            low, high = bounds.get(at, (-np.inf, np.inf))
            walk(int(inner.children_left[node]), {**bounds, at: (low, min(high, threshold))})
            walk(int(inner.children_right[node]), {**bounds, at: (max(low, threshold), high)})

        walk(0, {})
        return found

    def _condition(self, at: int, low: float, high: float) -> Condition:
        width = len(self.features)
        if at >= width:
            return Condition(self.features[at - width], missing=low > 0)
        return Condition(self.features[at], low, high)


def fit_rule_tree(
    frame: pd.DataFrame, target: Floats, features: Sequence[str], *, depth: int, smallest_leaf: int, seed: int
) -> RuleTree:
    """A regression tree of ``target`` with at most ``depth`` splits on a path and ``smallest_leaf`` rows in a leaf."""
    if len(frame) < 2 * smallest_leaf:
        raise InputError(
            f"{len(frame)} rows cannot be split into leaves of {smallest_leaf}.", remedy="Allow smaller leaves."
        )
    fill = {
        name: 0.0 if np.isnan(column).all() else float(np.nanmedian(column))
        for name, column in zip(features, as_matrix(frame, features).T, strict=True)
    }
    tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=smallest_leaf, random_state=seed)
    tree.fit(_encode(frame, tuple(features), fill), target)
    return RuleTree(tuple(features), fill, tree)


def _encode(frame: pd.DataFrame, features: tuple[str, ...], fill: Mapping[str, float]) -> Floats:
    matrix = as_matrix(frame, list(features))
    absent = np.isnan(matrix)
    filled = np.where(absent, np.array([fill[name] for name in features]), matrix)
    encoded: Floats = np.column_stack([filled, absent.astype(np.float64)])
    return encoded
