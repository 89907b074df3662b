"""The result of a significance test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class TestResult:
    """A test statistic with its p-value.

    Attributes
    ----------
    statistic: value of the test statistic; ``nan`` where the test is undefined.
    p_value: probability of a statistic at least as extreme under the hypothesis; ``nan`` where undefined.
    n: number of rows (or pairs) the test rests on.
    degrees_of_freedom: degrees of freedom; ``nan`` where the reference distribution has none.
    method: the test and its reference distribution, with the side (one-sided, two-sided).
    note: why the test is undefined or what a reader must know; empty otherwise.
    """

    __test__: ClassVar[bool] = False

    statistic: float
    p_value: float
    n: int
    degrees_of_freedom: float
    method: str
    note: str = ""
