"""The symmetric divergence Σ (a − e) ln(a/e) of two binned distributions, under three rules for empty bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from respml.measures.inputs import Floats

SHARE_FLOOR = 1e-4


@dataclass(frozen=True)
class Divergence:
    """Contributions of each bin to Σ (a − e) ln(a/e) under three zero-bin rules.

    Attributes
    ----------
    floored: shares below 0.0001 are raised to it.
    half_added: one half is added to the count of both samples in every bin that either sample uses.
    empty_dropped: bins empty in either sample contribute nothing (what several tools print).
    empty: whether the bin is empty in exactly one sample.
    """

    floored: Floats
    half_added: Floats
    empty_dropped: Floats
    empty: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def _contribution(first: Floats, second: Floats) -> Floats:
    result: Floats = (second - first) * np.log(second / first)
    return result


def divergence(first: Floats, second: Floats) -> Divergence:
    """Contributions of each bin.

    Parameters
    ----------
    first, second: (weighted) counts of the bins in either sample; both totals must be positive.
    """
    share_a, share_b = first / first.sum(), second / second.sum()
    occupied = (first > 0) | (second > 0)
    both = (first > 0) & (second > 0)
    floored = np.where(occupied, _contribution(np.maximum(share_a, SHARE_FLOOR), np.maximum(share_b, SHARE_FLOOR)), 0.0)
    half_a, half_b = first + 0.5, second + 0.5
    total_a, total_b = half_a[occupied].sum(), half_b[occupied].sum()
    half_added = np.where(occupied, _contribution(half_a / total_a, half_b / total_b), 0.0)
    dropped = np.zeros(first.size)
    dropped[both] = _contribution(share_a[both], share_b[both])
    return Divergence(floored, half_added, dropped, occupied & ~both)
