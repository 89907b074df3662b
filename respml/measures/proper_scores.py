"""Proper scoring rules: log-loss, Brier score, Brier skill score and Murphy's decomposition."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.measures.binning import quantile_groups
from respml.measures.conventions import convention
from respml.measures.estimate import Estimate, undefined
from respml.measures.inputs import Floats, labelled_probabilities
from respml.measures.intervals import normal_interval

PROBABILITY_FLOOR = float(np.finfo(np.float64).eps)


def row_log_loss(outcome: Floats, probability: Floats) -> Floats:
    """Log-loss of each row, natural logarithm; probabilities of 0 and 1 are moved in by 2.2e-16."""
    held = np.clip(probability, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR)
    loss: Floats = -np.where(outcome == 1, np.log(held), np.log1p(-held))
    return loss


def _mean_estimate(loss: Floats, weight: Floats, method: str) -> Estimate:
    """Weighted mean of per-row losses with its normal interval; no interval for one row."""
    n = loss.size
    share = weight / weight.sum()
    mean = float(share @ loss)
    variance = n / (n - 1) * float(share**2 @ (loss - mean) ** 2) if n > 1 else float("nan")
    lower, upper = normal_interval(mean, float(np.sqrt(variance)))
    return Estimate(mean, lower, upper, n, method, "", "one row: no interval" if n == 1 else "")


@convention(
    name="Log-loss",
    formula="mean of −[y ln p + (1 − y) ln(1 − p)]",
    source="Good 1952",
    direction="lower is better",
    zero_bins="p = 0 and p = 1 are moved in by 2.2e-16",
    denominator="rows (or their weight)",
    interval="normal, standard error of the mean of per-row losses",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def log_loss(outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Estimate:
    """Mean log-loss.

    Parameters
    ----------
    outcome: 0/1 array.
    probability: probabilities of default, 0 to 1.
    weight: case weights or none.

    Returns
    -------
    Estimate; undefined without rows. One class is allowed: each row has its loss.
    """
    rows = labelled_probabilities(outcome, probability, weight)
    method = "normal, mean of per-row losses"
    if rows.n == 0:
        return undefined(0, rows.single_class, method=method)
    return _mean_estimate(row_log_loss(rows.outcome, rows.score), rows.weight, method)


@convention(
    name="Brier score",
    formula="mean of (p − y)²",
    source="Brier 1950",
    direction="lower is better",
    denominator="rows (or their weight)",
    interval="normal, standard error of the mean of per-row losses",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def brier_score(outcome: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> Estimate:
    """Mean squared error of the probabilities; parameters and result as :func:`log_loss`."""
    rows = labelled_probabilities(outcome, probability, weight)
    method = "normal, mean of per-row losses"
    if rows.n == 0:
        return undefined(0, rows.single_class, method=method)
    return _mean_estimate((rows.score - rows.outcome) ** 2, rows.weight, method)


@convention(
    name="Brier skill score",
    formula="1 − Brier score / Brier score of the event rate, BS_ref = ȳ(1 − ȳ)",
    source="Murphy 1973",
    direction="1 = perfect, 0 = no better than the event rate, below 0 = worse",
    zero_bins="undefined where only one class is present",
    denominator="Brier score of the event rate of the same rows, or of the reference rate given",
    interval="normal, delta method over both scores",
    weights="case weights as sampling weights; rows of weight zero left out",
)
def brier_skill_score(
    outcome: ArrayLike,
    probability: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    reference_rate: float | None = None,
) -> Estimate:
    """Skill over a constant forecast.

    Parameters
    ----------
    outcome, probability, weight: as :func:`log_loss`.
    reference_rate: constant forecast to beat, for example the event rate in training; the event rate of the rows
        themselves where none is given.

    Returns
    -------
    Estimate; undefined where one class is missing.
    """
    rows = labelled_probabilities(outcome, probability, weight)
    method = "normal, delta method"
    if rows.single_class:
        return undefined(rows.n, rows.single_class, method=method)
    share = rows.weight / rows.weight.sum()
    rate = float(share @ rows.outcome) if reference_rate is None else reference_rate
    loss, base = (rows.score - rows.outcome) ** 2, (rate - rows.outcome) ** 2
    brier, reference = float(share @ loss), float(share @ base)
    # With the rate estimated, its own derivative vanishes: the mean of (rate − y)² is smallest at that rate.
    influence = -(loss - brier) / reference + brier / reference**2 * (base - reference)
    error = float(np.sqrt(rows.n / (rows.n - 1) * (share**2 @ influence**2)))
    value = 1 - brier / reference
    lower, upper = normal_interval(value, error)
    return Estimate(value, lower, upper, rows.n, method)


@convention(
    name="Murphy decomposition of the Brier score",
    formula="Brier = reliability − resolution + uncertainty + within-bin variance − 2 · within-bin covariance",
    source="Murphy 1973; Stephenson, Coelho & Jolliffe 2008 (within-bin terms)",
    direction="reliability: lower is better; resolution: higher is better",
    ties="equal probabilities stay in one bin",
    zero_bins="empty bins are left out",
    denominator="rows",
    interval="none",
    weights="not applicable: unweighted only",
)
def murphy_decomposition(outcome: ArrayLike, probability: ArrayLike, bins: int | None = 10) -> pd.DataFrame:
    """Reliability, resolution and uncertainty, with the within-bin terms that make the sum exact.

    Parameters
    ----------
    outcome, probability: aligned arrays.
    bins: number of bins of about equal size; one bin for each distinct probability where it is ``None``, and then the
        within-bin terms are zero.

    Returns
    -------
    DataFrame with ``component`` (``reliability``, ``resolution``, ``uncertainty``, ``within-bin variance``,
    ``within-bin covariance``, ``brier score``), ``sign`` (how it enters the sum) and ``value``; the covariance enters
    with its factor two, so that Σ sign · value of the first five equals the last. All ``nan`` without rows.
    """
    rows = labelled_probabilities(outcome, probability)
    y, p = rows.outcome, rows.score
    names = [
        "reliability",
        "resolution",
        "uncertainty",
        "within-bin variance",
        "within-bin covariance",
        "brier score",
    ]
    signs = [1, -1, 1, 1, -1, 1]
    if rows.n == 0:
        return pd.DataFrame({"component": names, "sign": signs, "value": np.full(6, np.nan)})
    group = np.unique(p, return_inverse=True)[1] if bins is None else quantile_groups(p, bins)
    size = np.bincount(group).astype(np.float64)
    mean_p = np.divide(np.bincount(group, weights=p), size, out=np.zeros(size.size), where=size > 0)
    mean_y = np.divide(np.bincount(group, weights=y), size, out=np.zeros(size.size), where=size > 0)
    rate = y.mean()
    off_p, off_y = p - mean_p[group], y - mean_y[group]
    values = [
        float(size @ (mean_p - mean_y) ** 2) / rows.n,
        float(size @ (mean_y - rate) ** 2) / rows.n,
        float(rate * (1 - rate)),
        float(np.mean(off_p**2)),
        float(2 * np.mean(off_p * off_y)),
        float(np.mean((p - y) ** 2)),
    ]
    return pd.DataFrame({"component": names, "sign": signs, "value": values})
