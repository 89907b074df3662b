"""Customers whose decision depends on the seed or on which rows the model was refitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Floats, area_or_nan, flags
from respml.errors import InputError
from respml.explain.display import Displayed
from respml.measures.intervals import wilson


@dataclass(frozen=True)
class Instability(Displayed):
    """Spread of scores over refits.

    Attributes
    ----------
    rows: one line a row: ``row``, ``identifier``, ``mean``, ``deviation``, ``lowest``, ``highest``, ``decline_share``
        (refits that decline), ``coin_toss``.
    summary: one line a measure: ``measure``, ``estimate``, ``lower``, ``upper``, ``n``, ``method``.
    refits: one line a refit: ``refit``, ``auc``, ``decline_rate``, ``flips`` (share of decisions unlike the first
    refit's)."""

    rows: pd.DataFrame
    summary: pd.DataFrame
    refits: pd.DataFrame


def instability(
    scores: ArrayLike,
    outcome: ArrayLike,
    *,
    cutoff: float,
    coin_toss: float,
    identifier: Sequence[object] | pd.Index | pd.Series | None = None,
) -> Instability:
    """How much scores and decisions depend on choices nobody made.

    Purpose: underspecification: equally good models that decide differently. Mechanism: the same rows scored by
    refits under other seeds or resampled training rows. A decision is a coin toss where the share of refits that
    decline lies strictly between ``coin_toss`` and 1 − ``coin_toss``. Signs of high risk: many such customers; a
    spread of AUC over seeds that rivals the gain over the benchmark. Strengths: speaks of customers. Limitations:
    covers only the variation that was tried.

    Parameters
    ----------
    scores: array (refits, rows), the documented model first; coin_toss: share in 0 to 0.5.
    """
    matrix = np.asarray(scores, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] < 2 or not 0 <= coin_toss < 0.5:
        raise InputError(
            f"Scores have shape {matrix.shape}, coin-toss share {coin_toss:g}.",
            remedy="Pass at least two refits (refits, rows) and a share below 0.5.",
        )
    refits, n = matrix.shape
    event = flags(outcome, n)
    declined = matrix > cutoff
    share = declined.mean(axis=0)
    toss = (share > coin_toss) & (share < 1 - coin_toss)
    rows = pd.DataFrame(
        {
            "row": np.arange(n),
            "identifier": np.arange(n) if identifier is None else np.asarray(identifier),
            "mean": matrix.mean(axis=0),
            "deviation": matrix.std(axis=0, ddof=1),
            "lowest": matrix.min(axis=0),
            "highest": matrix.max(axis=0),
            "decline_share": share,
            "coin_toss": toss,
        }
    )
    areas = np.array([area_or_nan(event, each) for each in matrix])
    flips = (declined != declined[0]).mean(axis=1)
    table = pd.DataFrame(
        {"refit": np.arange(refits), "auc": areas, "decline_rate": declined.mean(axis=1), "flips": flips}
    )
    return Instability(rows, _summary(rows, areas, flips, n), table)


def _summary(rows: pd.DataFrame, areas: Floats, flips: Floats, n: int) -> pd.DataFrame:
    changed = (rows["decline_share"] > 0) & (rows["decline_share"] < 1)
    lines = []
    for name, flag in (("coin_toss_share", rows["coin_toss"]), ("ever_changed_share", changed)):
        low, high = wilson(flag.sum(), n)
        lines.append((name, float(flag.mean()), float(low), float(high), n, "Wilson"))
    spread = "lowest and highest refit"
    lines += [
        ("auc", float(areas.mean()), float(areas.min()), float(areas.max()), areas.size, spread),
        ("flips", float(flips[1:].mean()), float(flips[1:].min()), float(flips[1:].max()), areas.size - 1, spread),
        (
            "score_deviation",
            float(rows["deviation"].mean()),
            float(rows["deviation"].quantile(0.05)),
            float(rows["deviation"].quantile(0.95)),
            n,
            "5 % and 95 % of rows",
        ),
    ]
    return pd.DataFrame(lines, columns=["measure", "estimate", "lower", "upper", "n", "method"])


def coin_toss_customers(result: Instability, frame: pd.DataFrame, columns: Sequence[str], rows: int) -> pd.DataFrame:
    """The customers whose refits disagree most (decline share nearest one half), with chosen columns of ``frame``."""
    table = result.rows.assign(distance=(result.rows["decline_share"] - 0.5).abs())
    order = table.sort_values(["distance", "deviation", "row"], ascending=[True, False, True])
    head = order[order["coin_toss"]].head(rows).drop(columns="distance").reset_index(drop=True)
    shown = frame[list(columns)].iloc[head["row"].to_numpy()].reset_index(drop=True)
    return pd.concat([head, shown], axis=1)
