"""Interventional Shapley values of a tree ensemble against stated backgrounds, and how much the background matters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.leaf_patterns import LeafPatterns
from respml.explain.model import FloatArray, Model
from respml.explain.shapley_summary import BIAS
from respml.explain.tree_tables import TreeTables

MOST_FEATURES_ON_A_PATH = 8
SMALLEST_SHARE = 0.9


def interventional_shapley(model: Model, rows: pd.DataFrame, background: pd.DataFrame) -> pd.DataFrame:
    """Shapley values of each row's log-odds when absent features take the values of background rows.

    Purpose: contributions against a named population ("compared with applicants just approved"), without the tree-path
    weighting of the default XGBoost values. Mechanism: the game value of a set of features is the mean log-odds of the
    background rows with those features replaced by the customer's (Janzing and others 2020). For each leaf and each
    pair of customer and background row only the features that one meets and the other fails matter; rows with the same
    pattern on a leaf are treated together, so all rows against all background rows cost one pass. Exact. Signs of high
    risk: order of features that changes with the background. Strengths: names its reference population; additive to the
    prediction. Limitations: mixes customers with background rows into combinations that may not exist; paths with more
    than eight distinct features are refused (use ``shap`` on a small background there).

    Returns one column a feature and ``bias`` (mean log-odds of the background), index as ``rows``.
    """
    tables = _tables(model)
    if len(background) == 0:
        raise InputError("The background has no rows.", remedy="Name a population with at least one row.")
    weights = np.full((len(background), 1), 1 / len(background))
    values = contributions_by_background(tables, tables.matrix(rows), tables.matrix(background), weights)[:, :, 0]
    frame = pd.DataFrame(values, index=rows.index, columns=list(tables.feature_names))
    frame[BIAS] = float(tables.margin(background).mean())
    return frame


@dataclass(frozen=True)
class BackgroundSensitivity(Displayed):
    """How explanations move with the background sample.

    Attributes
    ----------
    ranks: ``feature``, ``rank`` (mean over backgrounds of mean |value|), ``rank_lower``, ``rank_upper`` (2.5 and 97.5
        percentiles over backgrounds), ``estimate``, ``lower``, ``upper`` (mean |value|, same percentiles), ``stable``
        (rank the same under every background).
    top: ``measure``, ``estimate``, ``lower``, ``upper`` (share of rows whose largest positive contribution is the
        same feature as under the mean of all backgrounds; mean, minimum and maximum over backgrounds), ``n``.
    backgrounds: number of backgrounds. size: rows in each.
    """

    ranks: pd.DataFrame
    top: pd.DataFrame
    backgrounds: int
    size: int

    @property
    def order_depends_on_background(self) -> bool:
        """Whether the most important feature changes, or fewer than nine tenths of rows keep their top factor."""
        first = self.ranks.iloc[0]
        return bool(first["rank_upper"] > 1 or float(self.top["estimate"].iloc[0]) < SMALLEST_SHARE)


def background_sensitivity(
    model: Model, rows: pd.DataFrame, pool: pd.DataFrame, *, size: int = 100, backgrounds: int = 20, seed: int = 0
) -> BackgroundSensitivity:
    """Explain the same rows against many backgrounds drawn from one population, and compare orders.

    Purpose: an explanation that depends on which hundred customers were drawn is not a property of the model.
    Mechanism: ``backgrounds`` samples of ``size`` rows without replacement; exact interventional values under each in
    one pass. Signs of high risk: rank intervals wider than one place among the leading features; top factors that
    change.
    Strengths: all backgrounds at the cost of about one. Limitations: one population at a time; pass another pool to
    compare populations.
    """
    tables = _tables(model)
    if len(pool) < size or backgrounds < 2 or len(rows) == 0:
        raise InputError(
            f"{backgrounds} backgrounds of {size} rows from {len(pool)}.", remedy="Use a larger pool and rows."
        )
    generator = np.random.default_rng(seed)
    weights = np.zeros((len(pool), backgrounds))
    for place in range(backgrounds):
        weights[generator.choice(len(pool), size, replace=False), place] = 1 / size
    used = np.flatnonzero(weights.any(axis=1))
    values = contributions_by_background(tables, tables.matrix(rows), tables.matrix(pool.iloc[used]), weights[used])
    means = np.abs(values).mean(axis=0).T
    ranks = np.argsort(np.argsort(-means, axis=1, kind="stable"), axis=1) + 1
    table = pd.DataFrame(
        {
            "feature": list(tables.feature_names),
            "estimate": means.mean(axis=0),
            "lower": np.quantile(means, 0.025, axis=0),
            "upper": np.quantile(means, 0.975, axis=0),
            "rank_lower": np.quantile(ranks, 0.025, axis=0, method="nearest").astype(int),
            "rank_upper": np.quantile(ranks, 0.975, axis=0, method="nearest").astype(int),
            "stable": np.ptp(ranks, axis=0) == 0,
        }
    ).sort_values("estimate", ascending=False, kind="stable", ignore_index=True)
    table.insert(1, "rank", np.arange(1, len(table) + 1))
    usual = values.mean(axis=2).argmax(axis=1)
    same = (values.argmax(axis=1) == usual[:, None]).mean(axis=0)
    top = pd.DataFrame(
        {
            "measure": ["largest adverse contribution unchanged"],
            "estimate": [float(same.mean())],
            "lower": [float(same.min())],
            "upper": [float(same.max())],
            "n": [len(rows)],
        }
    )
    return BackgroundSensitivity(table, top, backgrounds, size)


def contributions_by_background(
    tables: TreeTables, rows: NDArray[np.float32], background: NDArray[np.float32], weights: FloatArray
) -> FloatArray:
    """Exact values against several weightings of one background; shape (rows, features, weightings).

    ``weights`` has shape (background rows, weightings), each column summing to one.
    """
    patterns = LeafPatterns(tables)
    if patterns.most_features > MOST_FEATURES_ON_A_PATH:
        raise InputError(
            f"A path tests {patterns.most_features} features; exact patterns allow {MOST_FEATURES_ON_A_PATH}.",
            remedy="Explain a shallower model, or use shap with a small background.",
        )
    result = np.zeros((len(tables.feature_names), len(rows), weights.shape[1]))
    columns = np.ascontiguousarray(np.concatenate([rows, background]).T)
    absent = np.isnan(columns)
    for batch in patterns.batches():
        effects = _pair_effects(batch.features.shape[1])
        size = effects.shape[0]
        for place, leaf in enumerate(batch.leaves):
            used = batch.features[place]
            pattern = patterns.of_rows(int(leaf), used, columns, absent)
            theirs, mine = pattern[len(rows) :], pattern[: len(rows)]
            share = np.stack([np.bincount(theirs, each, minlength=size) for each in weights.T], axis=1)
            effect = np.tensordot(effects, share, axes=(1, 0)) * patterns.paths.value[leaf]
            for bit, feature in enumerate(used):
                result[feature] += effect[:, bit][mine]
    return np.moveaxis(result, 0, 1)


@lru_cache(maxsize=MOST_FEATURES_ON_A_PATH)
def _pair_effects(features: int) -> FloatArray:
    """Credit of each feature for a unit leaf, by the pattern of the customer and of the background row.

    With ``a`` features met by the customer alone and ``b`` by the background row alone (and none by neither), the leaf
    is reached by a set exactly when it holds all of the first and none of the second; so each of the first gets
    (a-1)! b! / (a+b)!, each of the second -a! (b-1)! / (a+b)!. Shape (patterns, patterns, features).
    """
    size = 1 << features
    effects = np.zeros((size, size, features))
    for mine in range(size):
        for other in range(size):
            if mine | other != size - 1:
                continue
            first, second = mine & ~other, other & ~mine
            a, b = first.bit_count(), second.bit_count()
            for bit in range(features):
                if first >> bit & 1:
                    effects[mine, other, bit] = math.factorial(a - 1) * math.factorial(b) / math.factorial(a + b)
                elif second >> bit & 1:
                    effects[mine, other, bit] = -math.factorial(a) * math.factorial(b - 1) / math.factorial(a + b)
    return effects


def _tables(model: Model) -> TreeTables:
    if model.trees is None:
        raise InputError(f"Model {model.name!r} has no trees.", remedy="Use linear_shapley for a linear model.")
    return model.trees


def linear_shapley(
    coefficients: pd.Series, intercept: float, rows: pd.DataFrame, background: pd.DataFrame
) -> pd.DataFrame:
    """Interventional Shapley values of a linear model: coefficient times (value - background mean).

    ``coefficients`` is indexed by feature, on the scale of the columns given. Returns feature columns and ``bias``.
    """
    names = [str(name) for name in coefficients.index]
    mean = background[names].astype(np.float64).mean()
    frame = (rows[names].astype(np.float64) - mean) * coefficients
    frame[BIAS] = float(intercept + (mean * coefficients).sum())
    return frame
