"""Shapley contributions of a model that can only be asked for predictions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.explain.shapley import Contributions

EVALUATIONS = 2_000_000
FEWEST, MOST = 4, 32

Floats = npt.NDArray[np.float64]


def sampled_contributions(
    log_odds: Callable[[pd.DataFrame], Floats], frame: pd.DataFrame, *, evaluations: int = EVALUATIONS, seed: int = 0
) -> Contributions:
    """Shapley values by permutation sampling: exact in sum, estimated in how the sum is shared.

    Mechanism: against each background row the inputs are switched to the row's own values one by one, in a random order
    and in its reverse, and each switch's change of the log-odds belongs to the input switched. Background rows are
    taken at even steps of the model's own ranking of ``frame``, so that the bias lies near the mean log-odds. As many
    are used as the budget of predictions allows, at least 4 and at most 32.

    Parameters
    ----------
    log_odds: rows with the columns of ``frame`` -> log-odds.
    frame: rows to explain, one column an input.
    evaluations: number of predictions aimed at.
    seed: seed of the orders.

    Returns
    -------
    Contributions whose values have shape (rows, columns); ``values.sum(axis=1) + bias`` are the log-odds.

    Source: Štrumbelj and Kononenko 2014; antithetic orders, Mitchell and others 2022.
    """
    rows, inputs = frame.shape
    own = log_odds(frame)
    if rows == 0 or inputs == 0:
        return Contributions(np.zeros((rows, inputs)), float(own.mean()) if rows else 0.0, "no inputs")
    affordable = evaluations // max(2 * rows * max(inputs - 1, 1), 1)
    count = int(min(max(affordable, FEWEST), MOST, rows))
    steps = np.linspace(0, rows - 1, 2 * count + 1)[1::2].round().astype(np.int64)
    background = np.argsort(own, kind="stable")[steps]
    random = np.random.default_rng(seed)
    values = np.zeros((rows, inputs))
    for place in background:
        order = random.permutation(inputs)
        for direction in (order, order[::-1]):
            values += _one_order(log_odds, frame, own, int(place), direction)
    values /= 2 * count
    method = f"permutation sampling, 2 orders for each of {count} background rows"
    return Contributions(values, float(own[background].mean()), method)


def _one_order(
    log_odds: Callable[[pd.DataFrame], Floats],
    frame: pd.DataFrame,
    own: Floats,
    place: int,
    order: npt.NDArray[np.int64],
) -> Floats:
    """Change of the log-odds as the inputs are switched in one order, shape (rows, inputs)."""
    rows, inputs = frame.shape
    path = np.empty((inputs + 1, rows))
    path[0], path[-1] = own[place], own
    if inputs > 1:
        row = np.tile(np.arange(rows), inputs - 1)
        switched = np.repeat(np.arange(1, inputs), rows)
        position = np.argsort(order)
        mixed = {
            name: frame[name].take(np.where(position[column] < switched, row, place)).reset_index(drop=True)
            for column, name in enumerate(frame.columns)
        }
        path[1:-1] = log_odds(pd.DataFrame(mixed)).reshape(inputs - 1, rows)
    changes = np.empty((rows, inputs))
    changes[:, order] = np.diff(path, axis=0).T
    return changes
