"""Frames behind the Shapley figures: beeswarm, dependence, and one customer's contributions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from respml.errors import InputError
from respml.explain.interaction_strength import sample_rows
from respml.explain.model import FloatArray
from respml.explain.shapley_summary import BIAS, contribution_features

SWARM_BINS = 60


def beeswarm(
    contribution: pd.DataFrame, frame: pd.DataFrame, *, features: int = 15, rows: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Points of a beeswarm: one a row and feature, placed so that none hides another.

    Purpose: direction, size and spread of each feature's contributions at one look. Mechanism: features ordered by mean
    absolute contribution; at most ``rows`` rows drawn once under ``seed``; points that fall into the same narrow bin of
    contributions are stacked symmetrically. Signs of high risk: high and low values on the same side (interaction),
    long tails of single rows. Strengths: shows rows, not only averages. Limitations: a sample of rows; colour is the
    rank of the value, so distances between values are not shown.

    Columns: ``feature``, ``place`` (0 = most important), ``row`` (index label), ``value``, ``contribution``, ``colour``
    (rank share of the value in 0..1, nan when missing), ``offset`` (vertical position in -0.5..0.5 about ``place``).
    """
    names = contribution_features(contribution)
    mean = np.abs(contribution[names].to_numpy(dtype=np.float64)).mean(axis=0)
    top = [names[place] for place in np.argsort(-mean, kind="stable")[:features]]
    chosen = sample_rows(contribution, rows, seed)
    values = frame.loc[chosen.index]
    parts: list[pd.DataFrame] = []
    for place, name in enumerate(top):
        column = values[name].to_numpy(dtype=np.float64, na_value=np.nan)
        part = chosen[name].to_numpy(dtype=np.float64)
        parts.append(
            pd.DataFrame(
                {
                    "feature": name,
                    "place": place,
                    "row": chosen.index,
                    "value": column,
                    "contribution": part,
                    "colour": _rank_share(column),
                }
            )
        )
    return placed(pd.concat(parts, ignore_index=True))


def placed(swarm: pd.DataFrame) -> pd.DataFrame:
    """The points of a beeswarm with their vertical position in ``offset``, which depends on the order of the lines.

    Parameters
    ----------
    swarm: ``place``, ``contribution``; other columns stay.
    """
    if swarm.empty:
        return swarm.assign(offset=np.empty(0))
    width = float(np.ptp(swarm["contribution"].to_numpy(dtype=np.float64))) or 1.0
    offset = np.empty(len(swarm))
    for _, points in swarm.reset_index(drop=True).groupby("place"):
        part = points["contribution"].to_numpy(dtype=np.float64)
        offset[points.index] = _offsets(part, width / SWARM_BINS)
    return swarm.assign(offset=offset)


def _rank_share(column: FloatArray) -> FloatArray:
    known = ~np.isnan(column)
    share = np.full(len(column), np.nan)
    if known.any():
        ranks = rankdata(column[known])
        share[known] = 0.5 if np.ptp(ranks) == 0 else (ranks - ranks.min()) / np.ptp(ranks)
    return share


def _offsets(part: FloatArray, width: float) -> FloatArray:
    """Stack the points of each bin alternately above and below the line, scaled to the fullest bin."""
    bins = np.floor((part - part.min()) / width).astype(np.int64)
    order = np.argsort(bins, kind="stable")
    start = np.searchsorted(bins[order], bins[order], side="left")
    level = np.empty(len(part))
    step = np.arange(len(part)) - start
    level[order] = np.where(step % 2 == 0, step // 2, -(step // 2 + 1))
    highest = np.abs(level).max(initial=0)
    return level / (2 * highest) * 0.9 if highest > 0 else level


def dependence(
    contribution: pd.DataFrame,
    frame: pd.DataFrame,
    feature: str,
    *,
    colour: str | None = None,
    rows: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """A feature's contributions against its values, with the input that best explains their spread as colour.

    Purpose: the shape of one effect row by row. Mechanism: contribution against value; the colour feature, unless
    given, is the one whose ranks correlate most with the contributions after the mean contribution of each tenth of
    the values is taken off. Signs of high risk: vertical spread at one value (interaction), jumps, missing values far
    from the rest.
    Strengths: no extrapolation. Limitations: the colour is a heuristic, interactions are measured elsewhere; a sample.

    Columns: ``feature``, ``row``, ``value``, ``contribution``, ``colour_feature``, ``colour_value``.
    """
    names = contribution_features(contribution)
    if feature not in names:
        raise InputError(f"There is no contribution of {feature!r}.", remedy=f"Choose among {', '.join(names)}.")
    chosen = sample_rows(contribution, rows, seed)
    values = frame.loc[chosen.index]
    column = values[feature].to_numpy(dtype=np.float64, na_value=np.nan)
    part = chosen[feature].to_numpy(dtype=np.float64)
    partner = colour or _partner(column, part, values, [name for name in names if name != feature])
    return pd.DataFrame(
        {
            "feature": feature,
            "row": chosen.index,
            "value": column,
            "contribution": part,
            "colour_feature": partner,
            "colour_value": values[partner].to_numpy(dtype=np.float64, na_value=np.nan) if partner else np.nan,
        }
    )


def _partner(column: FloatArray, part: FloatArray, values: pd.DataFrame, others: list[str]) -> str:
    filled = np.where(np.isnan(column), np.inf, column)
    cuts = np.unique(np.quantile(filled, np.linspace(0.1, 0.9, 9), method="inverted_cdf"))
    group = np.searchsorted(cuts, filled)
    mean = np.bincount(group, weights=part) / np.maximum(np.bincount(group), 1)
    rest = part - mean[group]
    best, strength = "", -1.0
    for name in others:
        other = values[name].to_numpy(dtype=np.float64, na_value=np.nan)
        known = ~np.isnan(other)
        if known.sum() < 3 or np.ptp(other[known]) == 0 or np.ptp(rest[known]) < 1e-12:
            continue
        found = abs(float(np.corrcoef(rankdata(other[known]), rest[known])[0, 1]))
        if found > strength:
            best, strength = name, found
    return best


def local_contributions(contribution: pd.DataFrame, frame: pd.DataFrame, row: object) -> pd.DataFrame:
    """One customer's contributions, largest first, with the running sum from the bias to the prediction.

    Columns: ``rank``, ``feature``, ``value``, ``contribution`` (log-odds), ``share`` (of the sum of absolute values),
    ``running`` (bias plus contributions so far), ``probability`` (of the running sum).
    """
    names = contribution_features(contribution)
    place_of_row = row_position(contribution, row)
    part = contribution[names].iloc[place_of_row].to_numpy(dtype=np.float64)
    order = np.argsort(-np.abs(part), kind="stable")
    running = float(contribution[BIAS].iloc[place_of_row]) + np.cumsum(part[order])
    total = np.abs(part).sum()
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(names) + 1),
            "feature": [names[place] for place in order],
            "value": frame[[names[place] for place in order]].iloc[row_position(frame, row)].to_numpy(dtype=np.float64),
            "contribution": part[order],
            "share": np.abs(part[order]) / total if total > 0 else np.nan,
            "running": running,
            "probability": 1 / (1 + np.exp(-running)),
        }
    )


def contributions_beside(contributions: Mapping[str, pd.DataFrame], frame: pd.DataFrame, row: object) -> pd.DataFrame:
    """One customer's contributions under several models on one scale (log-odds against each model's own bias).

    For a linear model pass coefficient times (value - mean) with bias = intercept + sum of coefficient times mean:
    that is its Shapley value under independent inputs. Columns: ``feature``, ``value``, one column a model (nan where
    the model does not use the feature); ordered by the largest absolute contribution under any model; last row
    ``bias``.
    """
    features = list(dict.fromkeys(name for each in contributions.values() for name in contribution_features(each)))
    table = pd.DataFrame({"feature": features})
    place = row_position(frame, row)
    table["value"] = [float(frame[name].iloc[place]) if name in frame.columns else np.nan for name in features]
    bias: dict[str, object] = {"feature": BIAS, "value": np.nan}
    for model, contribution in contributions.items():
        part = contribution.iloc[[row_position(contribution, row)]]
        table[model] = [float(part[name].iloc[0]) if name in part.columns else np.nan for name in features]
        bias[model] = float(part[BIAS].iloc[0])
    size = table[list(contributions)].abs().max(axis=1)
    table = table.loc[size.sort_values(ascending=False, kind="stable").index]
    return pd.concat([table, pd.DataFrame([bias])], ignore_index=True)


def row_position(frame: pd.DataFrame, row: object) -> int:
    """Position of the row with this index label; :class:`InputError` unless there is exactly one."""
    found = np.flatnonzero(np.asarray(frame.index == row))
    if len(found) != 1:
        raise InputError(f"Row {row!r} occurs {len(found)} times.", remedy="Choose a row of the scored partition.")
    return int(found[0])
