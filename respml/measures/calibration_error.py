"""Average distance between probabilities and event rates: in bins (ECE) and smoothed (ICI)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from respml.errors import InputError
from respml.measures.binning import quantile_groups, width_groups
from respml.measures.bootstrap import DEFAULT_REPLICATES, DEFAULT_SEED, Replicator, bca_interval, bootstrap_replicates
from respml.measures.conventions import convention
from respml.measures.estimate import Estimate, undefined
from respml.measures.inputs import Floats, LabelledScores, labelled_probabilities

METHOD = "bootstrap, bias-corrected"
CELLS = 500


def _with_interval(rows: LabelledScores, statistic: Replicator, replicates: int, seed: int) -> Estimate:
    """Value of a statistic with its bias-corrected bootstrap interval; rows are redrawn regardless of class."""
    value = float(statistic(rows.weight[None, :])[0])
    frame = bootstrap_replicates(
        np.zeros(rows.n), {"value": statistic}, replicates, seed, rows.weight if rows.weighted else None
    )
    lower, upper = bca_interval(frame["value"].to_numpy(np.float64), value)
    # A distance near zero lies below most of its replicates; the interval still has to hold it.
    return Estimate(value, min(lower, value), max(upper, value), rows.n, METHOD)


@convention(
    name="ECE (expected calibration error)",
    formula="Σ over bins of (share of rows) · |event rate − mean probability|",
    source="Naeini, Cooper & Hauskrecht 2015",
    direction="0 = calibrated in every bin; grows with the number of bins by noise alone",
    ties="equal probabilities stay in one bin",
    zero_bins="empty bins add nothing",
    denominator="rows (or their weight)",
    interval="bootstrap over rows with the bins held, bias-corrected",
    weights="case weights; rows of weight zero left out",
)
def expected_calibration_error(
    outcome: ArrayLike,
    probability: ArrayLike,
    bins: int = 10,
    strategy: str = "quantile",
    *,
    weight: ArrayLike | None = None,
    replicates: int = DEFAULT_REPLICATES,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """Expected calibration error.

    Parameters
    ----------
    outcome, probability, weight: aligned arrays.
    bins: number of bins. strategy: ``quantile`` or ``uniform`` (equal width).
    replicates, seed: of the bootstrap; zero replicates leave the interval out.

    Returns
    -------
    Estimate; undefined without rows.
    """
    if strategy not in ("quantile", "uniform"):
        raise InputError(f"There is no binning strategy {strategy!r}.", remedy="Use quantile or uniform.")
    rows = labelled_probabilities(outcome, probability, weight)
    if rows.n == 0:
        return undefined(0, rows.single_class, method=METHOD)
    group = quantile_groups(rows.score, bins, rows.weight) if strategy == "quantile" else width_groups(rows.score, bins)
    excess = np.zeros((rows.n, bins))
    excess[np.arange(rows.n), group] = rows.outcome - rows.score

    def error(weights: NDArray[Any]) -> Floats:
        matrix = weights.astype(np.float64)
        gap: Floats = np.abs(matrix @ excess).sum(axis=1) / matrix.sum(axis=1)
        return gap

    return _with_interval(rows, error, replicates, seed)


@convention(
    name="ICI (integrated calibration index)",
    formula="mean over rows of |smoothed event rate at p − p|",
    source="Austin & Steyerberg 2019; Cleveland 1979 (local regression)",
    direction="0 = calibrated everywhere",
    ties="rows with equal probabilities share one smoothed rate",
    zero_bins="a constant probability is compared with the event rate",
    denominator="rows (or their weight)",
    interval="bootstrap over rows with the smoothing windows held, bias-corrected",
    weights="case weights; rows of weight zero left out",
)
def integrated_calibration_index(
    outcome: ArrayLike,
    probability: ArrayLike,
    *,
    span: float = 0.75,
    points: int = 50,
    weight: ArrayLike | None = None,
    replicates: int = DEFAULT_REPLICATES,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """Integrated calibration index by local linear regression with tricube weights.

    Rows are first gathered in at most 500 cells of neighbouring probabilities, whose mean stands for them: exact where
    there are no more distinct probabilities than that, else within 0.0005 of the index by rows.

    Parameters
    ----------
    outcome, probability, weight: aligned arrays.
    span: share of the rows in each window.
    points: quantiles of the probability at which the smooth is computed; between them it is linear.
    replicates, seed: of the bootstrap; zero replicates leave the interval out.

    Returns
    -------
    Estimate; undefined without rows.
    """
    rows = labelled_probabilities(outcome, probability, weight)
    if rows.n == 0:
        return undefined(0, rows.single_class, method=METHOD)
    smooth = _local_linear(rows, span, points)
    return _with_interval(rows, smooth, replicates, seed)


def _local_linear(rows: LabelledScores, span: float, points: int) -> Replicator:
    """The index as a function of a weight matrix, with cells, windows and evaluation points taken from the rows."""
    order = np.argsort(rows.score, kind="stable")
    p, event = rows.score[order], rows.event[order]
    cell = quantile_groups(p, CELLS)
    starts = np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))
    middle = np.add.reduceat(p, starts) / np.diff(np.append(starts, rows.n))
    # A mean of equal numbers can miss them by a rounding, which would look like a slope over no distance.
    middle = np.where(p[starts] == p[np.append(starts[1:], rows.n) - 1], p[starts], middle)
    grid = np.unique(np.quantile(middle, np.linspace(0, 1, points), method="inverted_cdf"))
    nearest = max(1, min(rows.n, int(span * rows.n + 1e-10)))
    reach = np.array([np.partition(np.abs(p - point), nearest - 1)[nearest - 1] for point in grid])[None, :]
    centred = middle[:, None] - grid[None, :]
    scaled = np.divide(np.abs(centred), reach, out=np.where(centred != 0, 1.0, 0.0), where=reach > 0)
    kernel = np.maximum(1 - scaled**3, 0.0) ** 3
    # Evaluation points lie on cells, so a window holds at least the rows of its own cell, whatever its reach.
    of_weight = np.concatenate([kernel, kernel * centred, kernel * centred**2], axis=1)
    of_events = np.concatenate([kernel, kernel * centred], axis=1)
    right = np.clip(np.searchsorted(grid, middle, side="left"), min(1, grid.size - 1), grid.size - 1)
    left = np.maximum(right - 1, 0)
    width = grid[right] - grid[left]
    fraction = np.divide(middle - grid[left], width, out=np.zeros(middle.size), where=width > 0)

    def index(weights: NDArray[Any]) -> Floats:
        ordered = np.take(weights, order, axis=1)
        size = np.add.reduceat(ordered, starts, axis=1, dtype=np.float64)
        events = np.add.reduceat(ordered * event, starts, axis=1, dtype=np.float64)
        s0, s1, s2 = np.split(size @ of_weight, 3, axis=1)
        t0, t1 = np.split(events @ of_events, 2, axis=1)
        total = size.sum(axis=1)
        # A window that a replicate leaves empty takes the event rate of the replicate.
        rate = np.broadcast_to((events.sum(axis=1) / total)[:, None], t0.shape)
        level = np.divide(t0, s0, out=rate.copy(), where=s0 > 0)
        spread = s0 * s2 - s1**2
        local = np.divide(s2 * t0 - s1 * t1, spread, out=level, where=spread > 1e-12 * s0 * s2)
        held = np.clip(local, 0.0, 1.0)
        smoothed = np.take(held, left, axis=1) * (1 - fraction) + np.take(held, right, axis=1) * fraction
        gap: Floats = np.einsum("ij,ij->i", size, np.abs(smoothed - middle)) / total
        return gap

    return index
