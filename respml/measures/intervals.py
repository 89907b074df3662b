"""Confidence intervals of a proportion, vectorised."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.inputs import Floats

NORMAL_95 = float(special.ndtri(0.975))


def _counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Successes and trials as floats of one shape, with undefined (``nan``) trials where there are none."""
    k, n = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64))
    if np.any(k < 0) or np.any(k > n):
        raise InputError("successes lie outside 0 to trials.", remedy="Pass counts with 0 ≤ successes ≤ trials.")
    return k.astype(np.float64), np.where(n > 0, n, np.nan)


@convention(
    name="Wilson interval",
    formula="(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)",
    source="Wilson 1927",
    denominator="trials",
    zero_bins="no trials: undefined",
    interval="score interval, 95 % unless stated",
    weights="not applicable: unweighted only (counts)",
)
def wilson(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score interval of a proportion.

    Parameters
    ----------
    successes, trials: counts, scalars or arrays of one shape.
    confidence: two-sided confidence level.

    Returns
    -------
    lower, upper: arrays of the common shape; ``nan`` where there are no trials.
    """
    k, n = _counts(successes, trials)
    z = special.ndtri(0.5 + confidence / 2)
    share = k / n
    centre = share + z * z / (2 * n)
    reach = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    lower = np.where(k == 0, np.where(np.isnan(n), np.nan, 0.0), (centre - reach) / scale)
    upper = np.where(k == n, 1.0, (centre + reach) / scale)
    return lower, upper


@convention(
    name="Clopper–Pearson interval",
    formula="Beta quantiles α/2 of (k, n−k+1) and 1−α/2 of (k+1, n−k)",
    source="Clopper & Pearson 1934",
    denominator="trials",
    zero_bins="no trials: undefined; k = 0 gives lower 0, k = n gives upper 1",
    interval="exact (conservative), 95 % unless stated",
    weights="not applicable: unweighted only (counts)",
)
def clopper_pearson(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval of a proportion; parameters and result as :func:`wilson`."""
    k, n = _counts(successes, trials)
    tail = (1 - confidence) / 2
    lower = np.where(k == 0, np.where(np.isnan(n), np.nan, 0.0), special.betaincinv(np.maximum(k, 1), n - k + 1, tail))
    upper = np.where(k == n, 1.0, special.betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail))
    return lower, upper


@convention(
    name="Jeffreys interval",
    formula="Beta(k+½, n−k+½) quantiles α/2 and 1−α/2",
    source="Brown, Cai & DasGupta 2001",
    denominator="trials",
    zero_bins="no trials: undefined; k = 0 gives lower 0, k = n gives upper 1",
    interval="equal-tailed posterior under the Jeffreys prior, 95 % unless stated",
    weights="not applicable: unweighted only (counts)",
)
def jeffreys(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Jeffreys interval of a proportion; parameters and result as :func:`wilson`."""
    k, n = _counts(successes, trials)
    tail = (1 - confidence) / 2
    quantile = special.betaincinv
    lower = np.where(k == 0, np.where(np.isnan(n), np.nan, 0.0), quantile(k + 0.5, n - k + 0.5, tail))
    upper = np.where(k == n, 1.0, quantile(k + 0.5, n - k + 0.5, 1 - tail))
    return lower, upper


def normal_interval(value: float, standard_error: float) -> tuple[float, float]:
    """95 % normal interval ``value ± 1.96 · standard_error``."""
    return value - NORMAL_95 * standard_error, value + NORMAL_95 * standard_error
