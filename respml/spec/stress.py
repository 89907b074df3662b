"""Stress scenarios: which customers change, in which way, and who says so."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from respml.spec.identity import Line, Strict


class StressScenario(Strict):
    """A share of the test rows changes.

    ``outcome`` limits who is hit to rows with that outcome. Columns are first multiplied, then shifted, then set by
    ``assign`` (``null`` = missing); ``flip`` is the share of the rows hit whose outcome is reversed.
    """

    name: Line
    share: float = Field(gt=0, le=1)
    outcome: Literal[0, 1] | None = None
    multiply: dict[Line, float] = Field(default_factory=dict)
    shift: dict[Line, float] = Field(default_factory=dict)
    assign: dict[Line, float | None] = Field(default_factory=dict)
    flip: float = Field(default=0.0, ge=0, le=1)
    cut_to_range: bool = False
    source: Line = "the spec"

    @model_validator(mode="after")
    def _something_happens(self) -> StressScenario:
        if not (self.multiply or self.shift or self.assign or self.flip):
            raise ValueError("a scenario changes nothing; give 'multiply', 'shift', 'assign' or 'flip'")
        return self


class Stress(Strict):
    """Scenarios of the stress test.

    Left out, two are made from what the report knows: ``recession`` (a quarter of the rows that repaid gets worse on
    every input with an expected direction, and half of those default) and ``outage`` (the most important input is
    missing for a tenth of the rows). ``defaults`` adds them to scenarios of the spec's own.
    """

    scenarios: tuple[StressScenario, ...] = ()
    defaults: bool = False

    @model_validator(mode="after")
    def _names_differ(self) -> Stress:
        names = [each.name for each in self.scenarios]
        if len(set(names)) < len(names):
            raise ValueError("two scenarios have the same name")
        return self
