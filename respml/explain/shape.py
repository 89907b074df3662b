"""Readings of curves: support behind them, monotone individual curves, jumps, and what missing values are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.explain.grids import DISTINCT_LIMIT
from respml.explain.intervals import wilson_columns

# trees are summed in single precision: smaller steps are rounding
MONOTONE_TOLERANCE = 1e-6
IN_RANGE = ("range", "quantile")


def support(values: pd.Series, outcome: ArrayLike | None = None, *, bins: int = 20) -> pd.DataFrame:
    """Histogram of one feature with the mean target in each bin, for the panel beside a partial dependence curve.

    One bin a value where there are at most 20 distinct values, else equal-width bins (the last closed on the right);
    a missing bin when there are missing values. Columns: ``feature``, ``lower_edge``, ``upper_edge``, ``centre``,
    ``missing``, ``n``, ``share``, ``events``, ``estimate`` (mean target), ``lower``, ``upper``, ``method`` (Wilson);
    the last five are absent without outcome.
    """
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(numbers)
    distinct = np.unique(numbers[known])
    if len(distinct) <= DISTINCT_LIMIT:
        edges_low, edges_high = distinct, distinct
        place = np.searchsorted(distinct, numbers)
    else:
        edges = np.linspace(distinct[0], distinct[-1], bins + 1)
        edges_low, edges_high = edges[:-1], edges[1:]
        place = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, bins - 1)
    size = len(edges_low)
    place = np.where(known, place, size)
    target = None if outcome is None else np.asarray(outcome, dtype=np.float64)
    counts = np.bincount(place, minlength=size + 1)
    table = pd.DataFrame(
        {
            "feature": str(values.name),
            "lower_edge": np.append(edges_low, np.nan),
            "upper_edge": np.append(edges_high, np.nan),
            "centre": np.append((edges_low + edges_high) / 2, np.nan),
            "missing": np.append(np.zeros(size, bool), True),
            "n": counts,
            "share": counts / max(len(numbers), 1),
        }
    )
    if target is not None:
        table["events"] = np.bincount(place, weights=target, minlength=size + 1)
        table = wilson_columns(table, "events", "n")
    return table[~table["missing"] | (table["n"] > 0)].reset_index(drop=True)


def count_monotone_curves(individual: pd.DataFrame, *, needed: int = 6) -> pd.DataFrame:
    """How many of the customers' curves only rise or only fall, per model and feature.

    Purpose: the evidence on which a hybrid model constrains a feature (published rule: at least 6 of 11). Mechanism:
    differences between neighbouring grid values inside the observed range, ties allowed; a flat curve counts as both.
    Signs of high risk: a constrained feature with fewer monotone curves than curves; a free feature whose curves go
    both ways. Strengths: simple, reproducible. Limitations: eleven customers, one grid; no proof (see monotonicity).

    Columns: ``model``, ``feature``, ``curves``, ``non_decreasing``, ``non_increasing``, ``flat``, ``monotone``,
    ``constrain`` (monotone >= needed).
    """
    inside = individual[individual["kind"].isin(IN_RANGE)]
    rows: list[dict[str, object]] = []
    for (model, feature), part in inside.groupby(["model", "feature"], sort=False):
        ordered = part.sort_values(["percentile", "value"], kind="stable")
        curves = np.stack([each["estimate"].to_numpy() for _, each in ordered.groupby("percentile")])
        change = np.diff(curves, axis=1)
        rising = (change >= -MONOTONE_TOLERANCE).all(axis=1)
        falling = (change <= MONOTONE_TOLERANCE).all(axis=1)
        monotone = int((rising | falling).sum())
        rows.append(
            {
                "model": model,
                "feature": feature,
                "curves": len(curves),
                "non_decreasing": int(rising.sum()),
                "non_increasing": int(falling.sum()),
                "flat": int((rising & falling).sum()),
                "monotone": monotone,
                "constrain": monotone >= needed,
            }
        )
    return pd.DataFrame(rows)


def curve_summary(curves: pd.DataFrame) -> pd.DataFrame:
    """Range, largest jump, direction and the worth of missing values, one row a model and feature.

    Signs of high risk: ``missing_is_lowest`` (withholding a value lowers the risk below every observed value of
    an input that acts), a jump that makes up most of the range, ``turns`` above 0 where a monotone effect is expected.

    Columns: ``model``, ``feature``, ``minimum``, ``maximum``, ``spread`` (maximum - minimum inside the range),
    ``jump`` (largest signed change between neighbouring values), ``jump_from``, ``jump_to``, ``turns`` (changes of
    direction), ``at_missing``, ``missing_is_lowest``, ``beyond_below``, ``beyond_above`` (partial dependence at the
    farthest value beyond either end).
    """
    rows: list[dict[str, object]] = []
    for (model, feature), part in curves.groupby(["model", "feature"], sort=False):
        inside = part[part["kind"].isin(IN_RANGE)].sort_values("value")
        estimate, value = inside["estimate"].to_numpy(), inside["value"].to_numpy()
        change = np.diff(estimate)
        place = int(np.abs(change).argmax()) if len(change) else -1
        direction = np.sign(change[np.abs(change) > MONOTONE_TOLERANCE])
        missing = part.loc[part["kind"] == "missing", "estimate"]
        at_missing = float(missing.iloc[0]) if len(missing) else np.nan
        below = part[part["kind"] == "below"].sort_values("value")["estimate"]
        above = part[part["kind"] == "above"].sort_values("value")["estimate"]
        rows.append(
            {
                "model": model,
                "feature": feature,
                "minimum": float(estimate.min()),
                "maximum": float(estimate.max()),
                "spread": float(estimate.max() - estimate.min()),
                "jump": float(change[place]) if len(change) else 0.0,
                "jump_from": float(value[place]) if len(change) else np.nan,
                "jump_to": float(value[place + 1]) if len(change) else np.nan,
                "turns": int((np.diff(direction) != 0).sum()),
                "at_missing": at_missing,
                "missing_is_lowest": bool(at_missing <= estimate.min() and np.ptp([*estimate, at_missing]) > 0)
                if len(missing)
                else False,
                "beyond_below": float(below.iloc[0]) if len(below) else np.nan,
                "beyond_above": float(above.iloc[-1]) if len(above) else np.nan,
            }
        )
    return pd.DataFrame(rows)
