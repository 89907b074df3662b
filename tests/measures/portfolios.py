"""Small portfolios for the tests of the measures: drawn once from a seed, or by Hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies
from numpy.typing import NDArray


def simulated(n: int = 2000, seed: int = 7, gain: float = 1.0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Outcomes drawn from the probabilities given with them, so the probabilities are calibrated."""
    generator = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(-(gain * generator.normal(size=n) - 1.5)))
    return (generator.random(n) < probability).astype(np.int64), probability


@strategies.composite
def tied_scores(
    draw: strategies.DrawFn, largest: int = 40
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Outcome with both classes, scores on a coarse grid (many ties) and integer weights, some zero in no class."""
    n = draw(strategies.integers(4, largest))
    middle = draw(strategies.lists(strategies.integers(0, 1), min_size=n - 4, max_size=n - 4))
    scores = draw(strategies.lists(strategies.integers(0, 8), min_size=n, max_size=n))
    weights = draw(strategies.lists(strategies.integers(0, 3), min_size=n - 4, max_size=n - 4))
    return (
        np.array([0, 0, 1, 1, *middle]),
        np.array(scores) / 8.0,
        np.array([1.0, 2.0, 1.0, 2.0, *weights]),
    )
