"""Cubic B-splines of the columns of a design matrix, and products of their fitted curves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import BSpline

from respml.candidates.encoding import Matrix

DEGREE = 3
INNER_KNOTS = 6
FEWEST_VALUES = 4


@dataclass(frozen=True)
class SplineBasis:
    """A basis for each column of a design matrix.

    Attributes
    ----------
    knots: distinct knots of each column, boundary knots included; empty for a column that stays linear.
    """

    knots: tuple[npt.NDArray[np.float64], ...]

    @classmethod
    def learn(cls, train: Matrix) -> SplineBasis:
        """Boundary knots at minimum and maximum, six inner knots at quantiles of the training rows, duplicates merged.

        A column with fewer than four distinct values stays linear.
        """
        return cls(tuple(_knots(train[:, place]) for place in range(train.shape[1])))

    @property
    def owners(self) -> npt.NDArray[np.int64]:
        """Position of the column that each basis function belongs to."""
        sizes = [1 if len(knots) == 0 else len(knots) + DEGREE - 1 for knots in self.knots]
        return np.repeat(np.arange(len(sizes)), sizes)

    def matrix(self, matrix: Matrix) -> Matrix:
        """Basis functions of all columns side by side; a value beyond the boundary knots counts as the boundary."""
        blocks = []
        for place, knots in enumerate(self.knots):
            column = matrix[:, place]
            if len(knots) == 0:
                blocks.append(column[:, None])
                continue
            full = np.concatenate([np.repeat(knots[0], DEGREE), knots, np.repeat(knots[-1], DEGREE)])
            held = np.clip(column, knots[0], knots[-1])
            blocks.append(BSpline.design_matrix(held, full, DEGREE).toarray())
        return np.hstack(blocks)


def components(
    standardised: Matrix, coefficient: npt.NDArray[np.float64], owners: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """The fitted curve of each original column in log-odds: shape (rows, columns)."""
    return np.stack(
        [standardised[:, owners == owner] @ coefficient[owners == owner] for owner in np.unique(owners)], axis=1
    )


def strongest(curves: npt.NDArray[np.float64], count: int) -> list[int]:
    """Positions of the curves with the largest standard deviation, strongest first."""
    return [int(place) for place in np.argsort(-curves.std(axis=0), kind="stable")[:count]]


def products(curves: npt.NDArray[np.float64], chosen: list[int]) -> npt.NDArray[np.float64]:
    """Product of each pair of the chosen curves: shape (rows, pairs)."""
    pairs = list(combinations(chosen, 2))
    if not pairs:
        return np.empty((len(curves), 0))
    return np.stack([curves[:, first] * curves[:, second] for first, second in pairs], axis=1)


def _knots(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    distinct = np.unique(column)
    if len(distinct) < FEWEST_VALUES:
        return np.empty(0)
    return np.unique(np.quantile(column, np.linspace(0, 1, INNER_KNOTS + 2)))
