"""What stands beside an effect curve: the rows behind it, its correlated partner, and whether two curves agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import spearmanr

from respml.explain.model import FloatArray
from respml.explain.shape import IN_RANGE, support

SKEWED = 8.0


def skewed_features(frame: pd.DataFrame, features: Sequence[str]) -> tuple[str, ...]:
    """Features whose range is more than eight times that between their 10th and 90th percentile: drawn on a log axis.

    A range between equal percentiles counts as skewed when the feature has more than twenty distinct values.
    """
    found = []
    for name in features:
        values = frame[name].dropna().to_numpy(dtype=np.float64)
        if len(np.unique(values)) <= 20:
            continue
        low, high = np.quantile(values, [0.1, 0.9])
        if np.ptp(values) > SKEWED * (high - low):
            found.append(name)
    return tuple(found)


def panel_supports(frame: pd.DataFrame, outcome: ArrayLike, features: Sequence[str], *, bins: int = 20) -> pd.DataFrame:
    """:func:`respml.explain.shape.support` of several features; skewed ones in bins of equal width of their logarithm.

    The logarithm is sign(x) · ln(1 + |x|); edges and centres are returned on the feature's own scale. Columns as
    ``support``, and ``skewed``.
    """
    wide = skewed_features(frame, features)
    tables: list[pd.DataFrame] = []
    for name in features:
        values = frame[name].astype(np.float64)
        if name in wide:
            table = support(pd.Series(np.sign(values) * np.log1p(np.abs(values)), name=name), outcome, bins=bins)
            for column in ("lower_edge", "upper_edge", "centre"):
                table[column] = np.sign(table[column]) * np.expm1(np.abs(table[column]))
        else:
            table = support(values, outcome, bins=bins)
        tables.append(table.assign(skewed=name in wide))
    return pd.concat(tables, ignore_index=True)


def most_correlated(frame: pd.DataFrame) -> pd.DataFrame:
    """Each feature's most strongly rank-correlated partner.

    Columns ``feature``, ``partner``, ``correlation`` (Spearman, signed), strongest first; nothing for a single feature.
    """
    names = [str(name) for name in frame.columns]
    if len(names) < 2:
        return pd.DataFrame(columns=["feature", "partner", "correlation"])
    matrix = frame.corr(method="spearman").to_numpy(dtype=np.float64).copy()
    np.fill_diagonal(matrix, np.nan)
    size = np.where(np.isnan(matrix), -1.0, np.abs(matrix))
    partner = size.argmax(axis=1)
    table = pd.DataFrame(
        {
            "feature": names,
            "partner": [names[place] for place in partner],
            "correlation": matrix[np.arange(len(names)), partner],
        }
    )
    return table.sort_values("correlation", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def compare_effects(curves: pd.DataFrame, local_effects: pd.DataFrame) -> pd.DataFrame:
    """Partial dependence against accumulated local effects, where the rows are.

    Purpose: find the curves that rest on combinations no customer has. Mechanism: partial dependence is read off at the
    edges of the accumulated local effects by linear interpolation and centred with the same row weights. Signs of high
    risk: a gap that is a large part of the effect's own spread; a negative rank correlation. Strengths: weighted by
    rows. Limitations: linear interpolation between grid points; both curves are averages.

    Columns: ``model``, ``feature``, ``gap`` (largest absolute difference, probability), ``spread`` (of the accumulated
    local effects), ``ratio`` (gap over the larger of both spreads), ``correlation`` (Spearman between the curves; nan
    where either is flat).
    """
    records: list[dict[str, object]] = []
    for (model, feature), part in local_effects.groupby(["model", "feature"], sort=False):
        line = centred_curve(curves, part, {"model": model, "feature": feature})
        own = part["estimate"].to_numpy(dtype=np.float64)
        gap = float(np.abs(line - own).max())
        largest = max(float(np.ptp(line)), float(np.ptp(own)))
        flat = np.ptp(line) < 1e-12 or np.ptp(own) < 1e-12
        records.append(
            {
                "model": model,
                "feature": feature,
                "gap": gap,
                "spread": float(np.ptp(own)),
                "ratio": gap / largest if largest > 0 else np.nan,
                "correlation": np.nan if flat else float(spearmanr(line, own).statistic),
            }
        )
    return pd.DataFrame(records, columns=["model", "feature", "gap", "spread", "ratio", "correlation"])


def centred_curve(curves: pd.DataFrame, local_effect: pd.DataFrame, which: Mapping[str, object]) -> FloatArray:
    """Partial dependence at the edges of one accumulated local effect, centred with that effect's row weights."""
    inside = curves[curves["kind"].isin(IN_RANGE)]
    for column, value in which.items():
        inside = inside[inside[column] == value]
    inside = inside.sort_values("value")
    line: FloatArray = np.interp(local_effect["value"], inside["value"], inside["estimate"])
    n = local_effect["n"].to_numpy(dtype=np.float64)[1:]
    if n.sum() == 0:
        return np.asarray(line - line.mean())
    return np.asarray(line - float(((line[:-1] + line[1:]) / 2 * n).sum() / n.sum()))
