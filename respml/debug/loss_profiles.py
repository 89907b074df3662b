"""What the Shapley values of the loss say: ranks against the prediction, the worst row, best and worst customers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Floats, Integers, flags
from respml.debug.loss_shapley import LossShapley
from respml.debug.residuals import spread_sample
from respml.errors import InputError


def importance_comparison(values: LossShapley, *, rank_gain: int = 1) -> pd.DataFrame:
    """Importance of each feature for the loss beside that for the prediction.

    Purpose: find inputs to drop or review. Mechanism: mean absolute contributions of both games, ranked; a feature that
    ranks higher for the loss by ``rank_gain`` places or more is marked ``review``, one that also has a positive mean
    loss contribution (it raises the error on average) ``drop``. Signs of high risk: marked features near the top.
    Strengths: both games share rows and background. Limitations: ranks of near-zero features are noise; judge by
    ``importance_loss`` first. An input that is pure noise has a mean near zero, for the background is as noisy.

    Returns columns ``feature``, ``importance_prediction``, ``importance_loss``, ``mean_loss`` (signed), ``lower``,
    ``upper`` (95 % normal of it over rows), ``rank_prediction``, ``rank_loss`` (1 = most important), ``rank_gain``,
    ``candidate`` (drop, review or empty), ``n``; by ascending ``rank_loss``.
    """
    prediction, loss = values.prediction.to_numpy(), values.loss.to_numpy()
    n = len(loss)
    table = pd.DataFrame(
        {
            "feature": values.loss.columns,
            "importance_prediction": np.abs(prediction).mean(axis=0),
            "importance_loss": np.abs(loss).mean(axis=0),
            "mean_loss": loss.mean(axis=0),
        }
    )
    reach = 1.959964 * loss.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(loss.shape[1], np.nan)
    table["lower"], table["upper"] = table["mean_loss"] - reach, table["mean_loss"] + reach
    for game in ("prediction", "loss"):
        order = table[f"importance_{game}"].rank(ascending=False, method="first")
        table[f"rank_{game}"] = order.astype(np.int64)
    table["rank_gain"] = table["rank_prediction"] - table["rank_loss"]
    higher = table["rank_gain"] >= rank_gain
    table["candidate"] = np.where(higher & (table["lower"] > 0), "drop", np.where(higher, "review", ""))
    table["n"] = n
    return table.sort_values("rank_loss", ignore_index=True)


def worst_row(values: LossShapley, frame: pd.DataFrame, *, position: int | None = None) -> pd.DataFrame:
    """Contributions to the loss of one row, the one of largest loss unless ``position`` is given.

    Returns columns ``row`` (its label), ``feature``, ``value`` (the customer's), ``contribution``, by descending
    contribution, between a first row ``expected loss`` and a last row ``loss`` (the sum; equal to the row's log-loss).
    """
    at = int(np.argmax(values.row_loss)) if position is None else position
    label = values.loss.index[at]
    names = list(values.loss.columns)
    parts = pd.DataFrame(
        {
            "row": label,
            "feature": names,
            "value": frame[names].iloc[at].to_numpy(dtype=np.float64),
            "contribution": values.loss.to_numpy()[at],
        }
    ).sort_values("contribution", ascending=False, kind="stable")
    first = pd.DataFrame(
        {"row": [label], "feature": ["expected loss"], "value": [np.nan], "contribution": [values.base[at]]}
    )
    total = float(values.base[at] + parts["contribution"].sum())
    last = pd.DataFrame({"row": [label], "feature": ["loss"], "value": [np.nan], "contribution": [total]})
    return pd.concat([first, parts, last], ignore_index=True)


def extreme_profiles(values: LossShapley, frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Mean contributions and mean feature values of the rows of lowest and of highest loss.

    Returns columns ``feature``, and for ``best`` and ``worst``: ``mean_<end>`` (feature value), ``loss_<end>`` and
    ``prediction_<end>`` (mean contributions), ``absolute_loss_<end>``; then ``rows`` (at each end). By descending
    ``absolute_loss_worst``.
    """
    if not 0 < rows <= len(values.row_loss) // 2:
        raise InputError(f"{rows} rows at each end of {len(values.row_loss)}.", remedy="Ask for at most half of them.")
    order = np.argsort(values.row_loss, kind="stable")
    names = list(values.loss.columns)
    table = pd.DataFrame({"feature": names})
    for end, chosen in (("best", order[:rows]), ("worst", order[-rows:])):
        table[f"mean_{end}"] = frame[names].iloc[chosen].mean().to_numpy(dtype=np.float64)
        table[f"loss_{end}"] = values.loss.to_numpy()[chosen].mean(axis=0)
        table[f"prediction_{end}"] = values.prediction.to_numpy()[chosen].mean(axis=0)
        table[f"absolute_loss_{end}"] = np.abs(values.loss.to_numpy()[chosen]).mean(axis=0)
    table["rows"] = rows
    return table.sort_values("absolute_loss_worst", ascending=False, ignore_index=True)


def residual_scatter(
    values: LossShapley, frame: pd.DataFrame, outcome: ArrayLike, features: Sequence[str], *, points: int, seed: int
) -> pd.DataFrame:
    """Loss of rows against the Shapley values of chosen features, thinned to ``points`` rows with the extremes kept.

    Returns columns ``row``, ``feature``, ``value``, ``prediction`` (log-odds contribution), ``loss_contribution``,
    ``residual`` (log-loss), ``outcome``.
    """
    event = flags(outcome, len(frame))
    kept: Integers = spread_sample(values.row_loss, points, seed)
    parts = []
    for name in features:
        if name not in values.loss.columns:
            raise InputError(f"The Shapley values have no feature {name!r}.", remedy="Use a model input.")
        cell: Floats = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)[kept]
        parts.append(
            pd.DataFrame(
                {
                    "row": values.loss.index[kept],
                    "feature": name,
                    "value": cell,
                    "prediction": values.prediction[name].to_numpy()[kept],
                    "loss_contribution": values.loss[name].to_numpy()[kept],
                    "residual": values.row_loss[kept],
                    "outcome": event[kept].astype(np.int64),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
