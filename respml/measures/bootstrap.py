"""Stratified bootstrap by weights: rows are drawn with replacement within each class, all replicates at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.inputs import (
    Floats,
    Integers,
    case_weights,
    complete_array,
    labelled_scores,
    same_length,
)
from respml.measures.ranking_replicates import area_under_roc_replicates, sorted_rows

DEFAULT_REPLICATES = 1000
DEFAULT_SEED = 12345
BLOCK_CELLS = 500_000

Replicator = Callable[[NDArray[Any]], Floats]


def weight_blocks(
    stratum: ArrayLike, replicates: int = DEFAULT_REPLICATES, seed: int = DEFAULT_SEED
) -> Iterator[NDArray[np.uint8]]:
    """Bootstrap counts, a block of replicates at a time, so that memory stays bounded on large tables.

    Parameters
    ----------
    stratum: one value a row (the outcome, or zeros for an unstratified bootstrap); rows are drawn within each value.
    replicates: number of replicates, zero or more.
    seed: seed of the generator; the counts do not depend on the block size.

    Yields
    ------
    uint8 arrays (replicates of the block, rows): how often each row is drawn. Each stratum keeps its size.
    """
    if replicates < 0:
        raise InputError("The number of bootstrap replicates is negative.", remedy="Ask for 1,000 or more.")
    strata = np.asarray(stratum)
    members = [np.flatnonzero(strata == value) for value in np.unique(strata)]
    generators = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(len(members))]
    block = max(1, BLOCK_CELLS // max(1, strata.size))
    for start in range(0, replicates, block):
        counts = np.zeros((min(block, replicates - start), strata.size), dtype=np.uint8)
        for rows, generator in zip(members, generators, strict=True):
            for replicate in counts:
                drawn = generator.integers(0, rows.size, rows.size, dtype=np.uint32)
                replicate[rows] = np.bincount(drawn, minlength=rows.size)
        yield counts


def stratified_weights(
    outcome: ArrayLike, replicates: int = DEFAULT_REPLICATES, seed: int = DEFAULT_SEED
) -> NDArray[np.uint8]:
    """All bootstrap counts as one uint8 matrix (replicates, rows); each class keeps its number of rows.

    The matrix takes ``replicates · rows`` bytes; :func:`weight_blocks` gives the same counts in blocks.
    """
    blocks = list(weight_blocks(outcome, replicates, seed))
    return np.concatenate(blocks) if blocks else np.zeros((0, np.asarray(outcome).size), dtype=np.uint8)


def bootstrap_replicates(
    stratum: ArrayLike,
    statistics: Mapping[str, Replicator],
    replicates: int = DEFAULT_REPLICATES,
    seed: int = DEFAULT_SEED,
    weight: Floats | None = None,
) -> pd.DataFrame:
    """Replicates of several statistics on the same draws.

    Parameters
    ----------
    stratum: one value a row; rows are drawn within each value.
    statistics: for each name a function from a weight matrix (replicates, rows) to one value a replicate.
    weight: case weights that multiply the counts; none for unweighted rows.

    Returns
    -------
    DataFrame with one row a replicate and one column a statistic.
    """
    parts: dict[str, list[Floats]] = {name: [] for name in statistics}
    for counts in weight_blocks(stratum, replicates, seed):
        weights = counts if weight is None else counts * weight
        for name, statistic in statistics.items():
            parts[name].append(statistic(weights))
    return pd.DataFrame({name: np.concatenate(part) if part else np.empty(0) for name, part in parts.items()})


def bootstrap_auc(
    outcome: ArrayLike,
    probabilities: Mapping[str, ArrayLike],
    replicates: int = DEFAULT_REPLICATES,
    seed: int = DEFAULT_SEED,
    weight: ArrayLike | None = None,
) -> pd.DataFrame:
    """Stratified bootstrap replicates of the area under the ROC curve of several scores on the same draws.

    Parameters
    ----------
    outcome: 0/1 array.
    probabilities: score array of each model by name, aligned with ``outcome``.
    replicates, seed: number of replicates and seed.
    weight: case weights; rows of weight zero are left out.

    Returns
    -------
    DataFrame (replicates × models); ``nan`` where a class is missing.
    """
    rows = {name: labelled_scores(outcome, each, weight) for name, each in probabilities.items()}
    if not rows:
        return pd.DataFrame(index=range(replicates))
    first = next(iter(rows.values()))
    if first.single_class:
        return pd.DataFrame(np.nan, index=range(replicates), columns=list(rows))

    def replicator(score: Floats) -> Replicator:
        order = sorted_rows(first.event, score)
        return lambda weights: area_under_roc_replicates(order, weights)

    statistics = {name: replicator(each.score) for name, each in rows.items()}
    return bootstrap_replicates(first.event, statistics, replicates, seed, first.weight if first.weighted else None)


def mean_replicator(per_row_values: Floats) -> Replicator:
    """The weighted mean of a per-row value as a function of a weight matrix."""

    def weighted_mean(weights: NDArray[Any]) -> Floats:
        matrix = weights.astype(np.float64)
        mean: Floats = (matrix @ per_row_values) / matrix.sum(axis=1)
        return mean

    return weighted_mean


def bootstrap_means(
    per_row_values: Mapping[str, ArrayLike],
    stratum: ArrayLike | None = None,
    replicates: int = DEFAULT_REPLICATES,
    seed: int = DEFAULT_SEED,
    weight: ArrayLike | None = None,
) -> pd.DataFrame:
    """Bootstrap replicates of the means of per-row values (losses, amounts), all on the same draws.

    Parameters
    ----------
    per_row_values: one array a name, all of one length.
    stratum: value within which rows are drawn (the outcome); none for an unstratified bootstrap.
    weight: case weights; the mean is weighted.

    Returns
    -------
    DataFrame (replicates × names).
    """
    values = {name: complete_array(each, name) for name, each in per_row_values.items()}
    n = next(iter(values.values())).size if values else 0
    for name, each in values.items():
        same_length(n, each.size, name)
    strata: NDArray[Any] = np.zeros(n, dtype=np.int8) if stratum is None else np.asarray(stratum)
    same_length(n, strata.size, "stratum")
    weights = None if weight is None else case_weights(weight, n)
    statistics = {name: mean_replicator(each) for name, each in values.items()}
    return bootstrap_replicates(strata, statistics, replicates, seed, weights)


@convention(
    name="Bootstrap interval, percentile",
    formula="quantiles α/2 and 1−α/2 of the replicates",
    source="Efron & Tibshirani 1993",
    interval="95 % unless stated; linear interpolation between order statistics",
)
def percentile_interval(replicates: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Percentile interval of bootstrap replicates; ``(nan, nan)`` where there are none or one is undefined."""
    values = np.asarray(replicates, dtype=np.float64)
    if values.size == 0 or np.isnan(values).any():
        return (np.nan, np.nan)
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(values, [tail, 1 - tail])
    return float(lower), float(upper)


@convention(
    name="Bootstrap interval, BCa",
    formula="quantiles Φ(z₀ + (z₀+z)/(1−a(z₀+z))) of the replicates, z = ±1.96",
    source="Efron 1987",
    ties="a replicate equal to the estimate counts one half in z₀",
    interval="95 % unless stated; acceleration a from the empirical influence values",
)
def bca_interval(
    replicates: ArrayLike, value: float, acceleration: float = 0.0, confidence: float = 0.95
) -> tuple[float, float]:
    """Bias-corrected and accelerated interval of bootstrap replicates.

    Parameters
    ----------
    replicates: replicates of the statistic.
    value: the statistic on the data itself.
    acceleration: skewness of the influence values over six, see :func:`acceleration`.

    Returns
    -------
    lower, upper; both ``nan`` where a replicate is undefined, both ``value`` where all replicates equal it.
    """
    values = np.asarray(replicates, dtype=np.float64)
    if values.size == 0 or np.isnan(values).any() or np.isnan(value):
        return (np.nan, np.nan)
    below = np.count_nonzero(values < value) + np.count_nonzero(values == value) / 2
    # An estimate outside all its replicates would put the bias at infinity; half a replicate bounds it.
    share = min(max(below, 0.5), values.size - 0.5) / values.size
    bias = special.ndtri(share)
    z = special.ndtri(np.array([(1 - confidence) / 2, (1 + confidence) / 2]))
    levels = special.ndtr(bias + (bias + z) / (1 - acceleration * (bias + z)))
    lower, upper = np.quantile(values, levels)
    return float(lower), float(upper)


def acceleration(influence: ArrayLike, stratum: ArrayLike | None = None) -> float:
    """Acceleration of a BCa interval: Σ d³ / (6 (Σ d²)^1.5).

    Parameters
    ----------
    influence: derivative of the statistic with respect to the weight of each row.
    stratum: class of each row; the influence is centred within it, because stratified draws keep class sizes.

    Returns
    -------
    The acceleration; zero where no row has influence.
    """
    centred = centre_within(np.asarray(influence, dtype=np.float64), stratum)
    spread = float(np.sum(centred**2))
    return float(np.sum(centred**3)) / (6 * spread**1.5) if spread > 0 else 0.0


def centre_within(values: Floats, stratum: ArrayLike | None = None) -> Floats:
    """``values`` less their mean in each stratum."""
    if values.size == 0:
        return values
    given: NDArray[Any] = np.zeros(values.size) if stratum is None else np.asarray(stratum)
    strata: Integers = np.unique(given, return_inverse=True)[1].astype(np.int64)
    means = np.bincount(strata, weights=values) / np.bincount(strata)
    centred: Floats = values - means[strata]
    return centred
