"""Rows as patterns on a leaf: which of the features on its path a row meets, as the bits of a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from respml.explain.tree_response import LeafPaths, leaf_paths
from respml.explain.tree_tables import FloatArray, TreeTables


@dataclass(frozen=True)
class LeafBatch:
    """Leaves whose paths test equally many features.

    Attributes
    ----------
    leaves: positions of the leaves in ``LeafPaths.leaf``, shape (leaves,).
    features: their features, ascending, shape (leaves, features on the path).
    """

    leaves: NDArray[np.int64]
    features: NDArray[np.int64]


class LeafPatterns:
    """The paths of an ensemble, ready to read patterns of rows."""

    def __init__(self, tables: TreeTables) -> None:
        self.paths: LeafPaths = leaf_paths(tables)
        every = np.arange(len(self.paths.leaf))
        limits = [self.paths.interval(every, feature) for feature in range(len(tables.feature_names))]
        self.lower = np.stack([each[0] for each in limits], axis=1)
        self.upper = np.stack([each[1] for each in limits], axis=1)
        self.missing = np.stack([each[2] for each in limits], axis=1)
        split = self.paths.split
        self.present = np.stack([(split == feature).any(axis=1) for feature in range(len(limits))], axis=1)

    @property
    def most_features(self) -> int:
        """Largest number of distinct features on a path; patterns take 2 to that power values."""
        return int(self.present.sum(axis=1).max(initial=0))

    def batches(self, size: int = 256) -> Iterator[LeafBatch]:
        """Leaves with a value and at least one feature, in batches of equal numbers of features."""
        count = np.where(self.paths.value != 0, self.present.sum(axis=1), 0)
        for features in range(1, self.most_features + 1):
            leaves = np.flatnonzero(count == features)
            for start in range(0, len(leaves), size):
                part = leaves[start : start + size]
                yield LeafBatch(part, np.nonzero(self.present[part])[1].reshape(len(part), features))

    def of_rows(
        self, leaf: int, features: NDArray[np.int64], columns: NDArray[np.float32], absent: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Pattern of every row on one leaf; ``columns`` and ``absent`` (missing) have shape (features, rows)."""
        pattern = np.zeros(columns.shape[1], dtype=np.int64)
        for bit, feature in enumerate(features):
            met = columns[feature] >= self.lower[leaf, feature]
            met &= columns[feature] < self.upper[leaf, feature]
            if self.missing[leaf, feature]:
                met |= absent[feature]
            pattern += met.astype(np.int64) << bit
        return pattern

    def training_share(self, batch: LeafBatch) -> FloatArray:
        """Share of training weight that meets each feature's conditions on the path, shape (leaves, features)."""
        tables, paths = self.paths.tables, self.paths
        step = paths.step[batch.leaves]
        child = np.where(paths.yes[batch.leaves], tables.yes[step], tables.no[step])
        weight = np.where(tables.cover[step] > 0, tables.cover[step], 1.0)
        ratio = np.where(step >= 0, tables.cover[child] / weight, 1.0)
        split = paths.split[batch.leaves]
        own = split[:, None, :] == batch.features[:, :, None]
        return np.asarray(np.where(own, ratio[:, None, :], 1.0).prod(axis=2))
