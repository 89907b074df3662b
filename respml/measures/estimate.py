"""The single-number result of a measure: a value never travels without its interval, its n and its method."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty.

    Attributes
    ----------
    value: the point estimate; ``nan`` where the measure is undefined.
    lower, upper: the 95 % confidence limits; ``nan`` where there is none.
    n: number of rows the value rests on.
    method: how the interval was made (``"DeLong"``, ``"Wilson"``, ``"stratified bootstrap, BCa"``).
    unit: unit of the value, empty for a pure ratio.
    note: why the value is undefined, or what a reader must know; empty otherwise.
    """

    value: float
    lower: float
    upper: float
    n: int
    method: str
    unit: str = ""
    note: str = ""

    @property
    def defined(self) -> bool:
        """Whether the measure has a value on this data."""
        return not math.isnan(self.value)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The confidence limits, or nothing where they are undefined."""
        if math.isnan(self.lower) or math.isnan(self.upper):
            return None
        return (self.lower, self.upper)


def undefined(n: int, note: str, *, method: str = "", unit: str = "") -> Estimate:
    """An estimate that does not exist on this data, with the reason in ``note``."""
    return Estimate(math.nan, math.nan, math.nan, n, method, unit, note)
