"""Accumulated local effects: a feature's effect among the customers who actually have values near it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from respml.explain.model import FloatArray, Model, as_models, feature_matrix


def accumulated_local_effects(
    models: Model | Sequence[Model], frame: pd.DataFrame, *, features: Sequence[str] | None = None, bins: int = 20
) -> pd.DataFrame:
    """Effect of each feature as the sum of average local changes, for correlated inputs.

    Purpose: partial dependence mixes customers with values they never have together when inputs are correlated; this
    curve does not. Mechanism (Apley and Zhu 2020): cut the feature at quantiles; for the rows of each interval, the
    mean change of the probability from its lower to its upper edge; accumulate; subtract the row-weighted mean, so the
    curve averages zero over the rows. Signs of high risk: a shape or sign different from partial dependence, which
    then rests on impossible combinations. Strengths: no extrapolation; two predictions a row whatever the grid.
    Limitations: no individual curves; noisy in thin intervals (``n``); the level is relative.

    Rows where the feature is missing are left out. Returns columns ``model``, ``feature``, ``value`` (edge),
    ``estimate`` (centred effect, probability), ``n`` (rows of the interval ending there, 0 at the first edge).
    """
    tables: list[pd.DataFrame] = []
    for model in as_models(models):
        matrix = feature_matrix(frame, model.features)
        for name in features if features is not None else model.features:
            if name in model.features:
                tables.append(_curve(model, matrix, name, bins))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _curve(model: Model, matrix: FloatArray, feature: str, bins: int) -> pd.DataFrame:
    column = model.features.index(feature)
    known = matrix[~np.isnan(matrix[:, column])]
    values = known[:, column]
    if len(values) == 0:
        return pd.DataFrame(columns=["model", "feature", "value", "estimate", "n"])
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf"))
    if len(edges) < 2:
        return pd.DataFrame({"model": model.name, "feature": feature, "value": edges, "estimate": 0.0, "n": 0})
    interval = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, len(edges) - 2)
    low, high = known.copy(), known.copy()
    low[:, column] = edges[interval]
    high[:, column] = edges[interval + 1]
    probability = model.probability(pd.DataFrame(np.concatenate([low, high]), columns=list(model.features)))
    change = probability[len(known) :] - probability[: len(known)]
    scored = ~np.isnan(change)  # a row that the model gives no score at an edge says nothing of the step
    change, interval = change[scored], interval[scored]
    n = np.bincount(interval, minlength=len(edges) - 1)
    mean = np.bincount(interval, weights=change, minlength=len(edges) - 1) / np.maximum(n, 1)
    effect = np.concatenate([[0.0], np.cumsum(mean)])
    centre = float(((effect[:-1] + effect[1:]) / 2 * n).sum() / max(n.sum(), 1))
    return pd.DataFrame(
        {
            "model": model.name,
            "feature": feature,
            "value": edges,
            "estimate": effect - centre,
            "n": np.concatenate([[0], n]),
        }
    )
