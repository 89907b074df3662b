"""Adjustment of p-values where several tests are made together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.inputs import Floats, float_array


def _p_values(p_values: ArrayLike) -> tuple[Floats, Floats]:
    """The p-values, and those that are defined in ascending order."""
    values = float_array(p_values, "p-values")
    if np.any((values < 0) | (values > 1)):
        raise InputError("A p-value lies outside 0 to 1.", remedy="Pass p-values.")
    return values, np.sort(values[~np.isnan(values)])


def _placed(values: Floats, adjusted: Floats) -> Floats:
    """Adjusted values of the ascending order put back in the order given; undefined ones stay undefined."""
    result = np.full(values.size, np.nan)
    defined = np.flatnonzero(~np.isnan(values))
    result[defined[np.argsort(values[defined], kind="stable")]] = adjusted
    return result


@convention(
    name="Holm adjustment",
    formula="max over j ≤ i of (m − j + 1) p_(j), at most 1",
    source="Holm 1979",
    direction="controls the chance of any false rejection",
    zero_bins="undefined p-values are left out of m and stay undefined",
)
def holm(p_values: ArrayLike) -> Floats:
    """Holm-adjusted p-values in the order given; ``nan`` stays ``nan`` and does not count as a test."""
    values, ordered = _p_values(p_values)
    factors = np.arange(ordered.size, 0, -1)
    return _placed(values, np.minimum(np.maximum.accumulate(ordered * factors), 1.0))


@convention(
    name="Benjamini–Hochberg q-value",
    formula="min over j ≥ i of m p_(j) / j, at most 1",
    source="Benjamini & Hochberg 1995",
    direction="controls the expected share of false rejections",
    zero_bins="undefined p-values are left out of m and stay undefined",
)
def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Benjamini–Hochberg q-values in the order given; ``nan`` stays ``nan`` and does not count as a test."""
    values, ordered = _p_values(p_values)
    scaled = ordered * ordered.size / np.arange(1, ordered.size + 1)
    return _placed(values, np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0))
