"""Whether an invented row could be a customer: its distance from real rows, against the distances real rows keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from respml.debug.arrays import Floats, as_matrix
from respml.debug.resilience import mahalanobis, standardised
from respml.errors import InputError


@dataclass(frozen=True)
class Plausibility:
    """Real rows as a yardstick.

    Attributes
    ----------
    features: columns compared; reference: the real rows; values: their standardised inputs.
    neighbours: fitted nearest-neighbour index; own_distances: distance of each real row to its nearest other,
    ascending. own_mahalanobis: Mahalanobis distances of the real rows, ascending.
    """

    features: tuple[str, ...]
    reference: pd.DataFrame
    values: Floats
    neighbours: Any
    own_distances: Floats
    own_mahalanobis: Floats

    def judge(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Percentiles (0 to 100) of the rows' distances among those of real rows; near 100 = unlike any customer.

        Returns ``neighbour_percentile``, ``mahalanobis_percentile``, ``out_of_range`` (number of columns beyond the
        range of the real rows) and ``missing`` (number of missing cells), index of ``rows``.
        """
        values = standardised(rows, self.features, self.reference)
        distance = np.asarray(self.neighbours.kneighbors(values, n_neighbors=1)[0])[:, 0]
        real, cells = as_matrix(self.reference, self.features), as_matrix(rows, self.features)
        # A column of which no real row knows a value has no range that could be left.
        known = np.where(np.isnan(real).all(axis=0), 0.0, real)
        beyond = (cells < np.nanmin(known, axis=0)) | (cells > np.nanmax(known, axis=0))
        return pd.DataFrame(
            {
                "neighbour_percentile": _percentile(self.own_distances, distance),
                "mahalanobis_percentile": _percentile(self.own_mahalanobis, mahalanobis(values, self.values)),
                "out_of_range": beyond.sum(axis=1),
                "missing": np.isnan(cells).sum(axis=1),
            },
            index=rows.index,
        )


def plausibility(frame: pd.DataFrame, features: Sequence[str], *, rows: int, seed: int) -> Plausibility:
    """A yardstick of at most ``rows`` rows of ``frame``, drawn at random."""
    if len(frame) < 3:
        raise InputError(f"{len(frame)} rows are no yardstick.", remedy="Pass a partition.")
    chosen = np.sort(np.random.default_rng(seed).choice(len(frame), min(rows, len(frame)), replace=False))
    reference = frame.iloc[chosen]
    values = standardised(reference, features, reference)
    index = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(values)
    own = np.asarray(index.kneighbors(values)[0])[:, 1]
    return Plausibility(tuple(features), reference, values, index, np.sort(own), np.sort(mahalanobis(values, values)))


def _percentile(ordered: Floats, values: Floats) -> Floats:
    result: Floats = 100.0 * np.searchsorted(ordered, values, side="right") / ordered.size
    return result


def column_ranks(frame: pd.DataFrame, features: Sequence[str]) -> dict[str, Floats]:
    """Sorted observed values of each column, for distances measured in ranks."""
    return {
        name: np.sort(column[np.isfinite(column)])
        for name, column in zip(features, as_matrix(frame, features).T, strict=True)
    }


def rank_of(ordered: Floats, value: float) -> float:
    """Mid-rank of a value among sorted values, 0 to 1."""
    if ordered.size == 0 or np.isnan(value):
        return 0.5
    low, high = np.searchsorted(ordered, value, side="left"), np.searchsorted(ordered, value, side="right")
    return float(low + high) / (2 * ordered.size)
