"""Where the model is wrong, row by row: residuals, extreme rows, facets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Floats, Integers, flags, given_probabilities, row_losses
from respml.errors import InputError
from respml.measures.conventions import convention


@convention(
    name="Deviance residual",
    formula="s √(−2 [y ln p + (1 − y) ln(1 − p)]), s = +1 for a default, −1 otherwise",
    source="McCullagh & Nelder 1989",
    direction="far from zero = far from the outcome; positive = default scored too low",
    zero_bins="p = 0 and p = 1 are moved in by 2.2e-16",
    weights="not applicable: one value a row",
)
def deviance_residual(outcome: ArrayLike, probability: ArrayLike) -> Floats:
    """Signed deviance residual of each row; its square over two is the row's log-loss."""
    losses = row_losses(outcome, probability)
    sign = np.where(flags(outcome, losses.size), 1.0, -1.0)
    residual: Floats = sign * np.sqrt(2.0 * losses)
    return residual


def residual_frame(
    outcome: ArrayLike, probability: ArrayLike, *, identifier: Sequence[object] | pd.Index | pd.Series | None = None
) -> pd.DataFrame:
    """Both residuals of each row.

    Purpose: show where the model is wrong, and whether a few rows or whole regions carry the error. Mechanism: log-loss
    and signed deviance residual of each row against its prediction. Signs of high risk: many defaults with a low
    prediction and a residual beyond those of the bulk; a residual that depends on a feature within a class. Strengths:
    model-agnostic, additive (log-loss). Limitations: a single default at a low probability is expected, not a defect;
    read counts and groups.

    Returns columns ``row`` (position), ``identifier``, ``outcome``, ``probability``, ``log_loss``, ``deviance``.
    """
    values = given_probabilities(probability)
    event = flags(outcome, values.size)
    names = np.arange(values.size) if identifier is None else np.asarray(identifier)
    return pd.DataFrame(
        {
            "row": np.arange(values.size),
            "identifier": names,
            "outcome": event.astype(np.int64),
            "probability": values,
            "log_loss": row_losses(event, values),
            "deviance": deviance_residual(event, values),
        }
    )


def extreme_rows(
    residuals: pd.DataFrame, frame: pd.DataFrame, *, rows: int, columns: Sequence[str] = ()
) -> pd.DataFrame:
    """The rows of largest and of smallest residual within each class, with chosen features.

    Parameters
    ----------
    residuals: from :func:`residual_frame`, aligned with ``frame`` by position.
    rows: number of rows at each end of each class.
    columns: features of ``frame`` to show.

    Returns the columns of ``residuals`` and ``columns``, with ``end`` (highest, lowest) in front; ties in file order.
    """
    parts = []
    for outcome in (1, 0):
        own = residuals[residuals["outcome"] == outcome].sort_values("log_loss", ascending=False, kind="stable")
        parts.append(own.head(rows).assign(end="highest"))
        parts.append(own.tail(min(rows, max(len(own) - rows, 0))).iloc[::-1].assign(end="lowest"))
    table = pd.concat(parts, ignore_index=True)
    shown = frame[list(columns)].iloc[table["row"].to_numpy()].reset_index(drop=True)
    return pd.concat([table[["end", *residuals.columns]], shown], axis=1)


def spread_sample(value: ArrayLike, points: int, seed: int, *, extremes: int = 50) -> Integers:
    """Positions of at most ``points`` rows for a scatter: the ``extremes`` at each end, the rest at random.

    Ascending positions; the same for the same seed. All rows where there are no more than ``points``.
    """
    values = np.asarray(value, dtype=np.float64)
    if values.size <= points:
        return np.arange(values.size)
    if points < 2 * extremes:
        raise InputError(f"{points} points cannot keep {extremes} at each end.", remedy="Ask for more points.")
    order = np.argsort(values, kind="stable")
    kept = np.concatenate([order[:extremes], order[values.size - extremes :]])
    middle = order[extremes : values.size - extremes]
    drawn = np.random.default_rng(seed).choice(middle, points - kept.size, replace=False)
    return np.sort(np.concatenate([kept, drawn]))


def scatter_frame(residuals: pd.DataFrame, *, points: int, seed: int) -> pd.DataFrame:
    """Rows of :func:`residual_frame` to draw: ``points`` at most, extremes of the deviance residual always kept."""
    return residuals.iloc[spread_sample(residuals["deviance"], points, seed)].reset_index(drop=True)


def facet_summary(residuals: pd.DataFrame, level: ArrayLike) -> pd.DataFrame:
    """Residuals by level of a feature and class.

    Returns columns ``level`` (missing last), ``outcome``, ``n``, ``estimate`` (mean log-loss), ``lower``, ``upper``
    (95 % normal; nan below two rows), ``median``, ``maximum``, ``mean_probability``.
    """
    given = pd.Series(np.asarray(level), index=residuals.index)
    grouped = residuals.assign(level=given).groupby(["level", "outcome"], dropna=False, sort=True)
    table = grouped.agg(
        n=("log_loss", "size"),
        estimate=("log_loss", "mean"),
        deviation=("log_loss", "std"),
        median=("log_loss", "median"),
        maximum=("log_loss", "max"),
        mean_probability=("probability", "mean"),
    ).reset_index()
    reach = 1.959964 * table["deviation"] / np.sqrt(table["n"])
    table["lower"], table["upper"] = table["estimate"] - reach, table["estimate"] + reach
    names = ["level", "outcome", "n", "estimate", "lower", "upper", "median", "maximum", "mean_probability"]
    return table[names]


def facet_scatter(residuals: pd.DataFrame, level: ArrayLike, *, points: int, seed: int) -> pd.DataFrame:
    """:func:`scatter_frame` with the column ``level`` of a feature, one panel a level."""
    return scatter_frame(residuals.assign(level=np.asarray(level)), points=points, seed=seed)
