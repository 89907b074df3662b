"""Four inputs, ten values each: the published adversarial search around a prototype, and the choice of prototypes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import (
    Predict,
    answers,
    as_matrix,
    flags,
    given_probabilities,
    limits,
    probabilities,
    row_losses,
)
from respml.errors import InputError
from respml.explain.display import Displayed


@dataclass(frozen=True)
class GridSearch(Displayed):
    """What a grid around one row reached.

    Attributes
    ----------
    extremes: rows of smallest and largest score: ``end``, ``probability``, ``base`` (the prototype's), then the
    varied features. surfaces: largest and smallest score over the other two features at each pair of values:
        ``first``, ``second``, ``first_value``, ``second_value``, ``highest``, ``lowest``.
    scored: number of rows scored.
    """

    extremes: pd.DataFrame
    surfaces: pd.DataFrame
    scored: int


def grid_search(
    predict: Predict,
    frame: pd.DataFrame,
    position: int,
    features: Sequence[str],
    *,
    points: int = 10,
    beyond: float = 0.1,
    extremes: int = 5,
) -> GridSearch:
    """Every combination of ``points`` values of a few inputs of one row.

    Purpose: the baseline attack of the reference notebooks. Mechanism: values equally spaced from minimum −
    ``beyond``·abs(minimum) to maximum + ``beyond``·abs(maximum); all combinations scored; rows that the model gives
    no score are left out. Signs of high risk: a row far below the cut-off reached from a declined prototype.
    Strengths: exhaustive on its grid, shows interactions. Limitations: four inputs, coarse, values beyond the range;
    see :func:`respml.debug.attacks.adversarial.find_flips` for a search of plausible changes."""
    if not 1 < len(features) <= 5 or points < 2:
        raise InputError(f"A grid of {points} values in {len(features)} inputs.", remedy="Use two to five inputs.")
    names = list(features)
    low, high = limits(as_matrix(frame, names), names)
    axes = [np.linspace(a - beyond * abs(a), b + beyond * abs(b), points) for a, b in zip(low, high, strict=True)]
    cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(names))
    rows = pd.concat([frame.iloc[[position]]] * len(cells), ignore_index=True)
    rows[names] = cells
    scores = answers(predict, rows)
    if np.isnan(scores).all():
        raise InputError("The model gives no row of the grid a score.", remedy="Vary inputs within its domain.")
    cube = scores.reshape((points,) * len(names))
    parts = []
    for first, second in combinations(range(len(names)), 2):
        others = tuple(axis for axis in range(len(names)) if axis not in {first, second})
        parts.append(
            pd.DataFrame(
                {
                    "first": names[first],
                    "second": names[second],
                    "first_value": np.repeat(axes[first], points),
                    "second_value": np.tile(axes[second], points),
                    "highest": np.fmax.reduce(cube, axis=others).reshape(-1),
                    "lowest": np.fmin.reduce(cube, axis=others).reshape(-1),
                }
            )
        )
    order = np.argsort(scores, kind="stable")[: np.count_nonzero(~np.isnan(scores))]
    table = pd.DataFrame(cells, columns=names)
    table.insert(0, "base", float(probabilities(predict, frame.iloc[[position]])[0]))
    table.insert(0, "probability", scores)
    ends = pd.concat(
        [table.iloc[order[:extremes]].assign(end="lowest"), table.iloc[order[::-1][:extremes]].assign(end="highest")]
    )
    return GridSearch(
        ends[["end", "probability", "base", *names]].reset_index(drop=True),
        pd.concat(parts, ignore_index=True),
        scores.size,
    )


def prototypes(
    probability: ArrayLike,
    outcome: ArrayLike,
    *,
    cutoff: float,
    near_cutoff: int,
    percentiles: Sequence[float],
    residual_percentiles: Sequence[float],
) -> pd.DataFrame:
    """Rows to attack: declined just above the cut-off, at percentiles of the score, at percentiles of the log-loss.

    Percentiles are true nearest ranks. Returns ``prototype`` (why), ``position``, ``probability``, ``residual``,
    ``outcome``."""
    scores = given_probabilities(probability)
    if not scores.size:
        raise InputError("No row is given to choose from.", remedy="Pass a partition.")
    event = flags(outcome, scores.size)
    losses = row_losses(event, scores)
    order = np.argsort(scores, kind="stable")
    above = order[scores[order] > cutoff][:near_cutoff]
    chosen = [("just above the cut-off", int(each)) for each in above]
    for name, values, wanted in (("score", scores, percentiles), ("log-loss", losses, residual_percentiles)):
        ranked = np.argsort(values, kind="stable")
        for each in wanted:
            at = max(int(np.ceil(each / 100 * values.size)) - 1, 0)
            chosen.append((f"{each:g}th percentile of {name}", int(ranked[at])))
    position = np.array([each for _, each in chosen], dtype=np.int64)
    return pd.DataFrame(
        {
            "prototype": [name for name, _ in chosen],
            "position": position,
            "probability": scores[position],
            "residual": losses[position],
            "outcome": event[position].astype(np.int64),
        }
    )
