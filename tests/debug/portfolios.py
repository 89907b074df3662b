"""Made-up portfolios in which it is known what is wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd


def calibrated(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Rows whose outcome is drawn from the very probability that the 'model' gives: nothing is wrong with it."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(size=(rows, 3)), columns=["x", "y", "z"])
    frame["kind"] = generator.choice(["north", "south", "east"], rows)
    probability = 1 / (1 + np.exp(1.2 - frame["x"] - 0.5 * frame["y"])).to_numpy()
    return frame, (generator.random(rows) < probability).astype(int), probability
