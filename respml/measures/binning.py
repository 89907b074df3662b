"""Groups of rows by the rank of a value, such that equal values are never split."""

from __future__ import annotations

import numpy as np

from respml.errors import InputError
from respml.measures.inputs import Floats, Integers


def quantile_groups(value: Floats, groups: int, weight: Floats | None = None) -> Integers:
    """Group of each row, 0 to ``groups − 1`` by ascending value, about equal in weight.

    A row's group is ⌊groups · (midpoint of its ties' cumulative weight) / total⌋: equal values share a group, whatever
    their order, so groups may differ in size or be empty where there are many ties.
    """
    if groups < 1:
        raise InputError("The number of groups is below one.", remedy="Ask for at least one group.")
    if value.size == 0:
        return np.empty(0, dtype=np.int64)
    _, position = np.unique(value, return_inverse=True)
    mass = np.bincount(position, weights=weight)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    group: Integers = np.minimum((groups * middle).astype(np.int64), groups - 1)
    return group[position]


def width_groups(probability: Floats, groups: int) -> Integers:
    """Group of each probability in ``groups`` intervals of equal width on 0 to 1, closed on the right."""
    if groups < 1:
        raise InputError("The number of groups is below one.", remedy="Ask for at least one group.")
    return np.clip(np.ceil(probability * groups).astype(np.int64) - 1, 0, groups - 1)
