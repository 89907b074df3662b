"""Where the rows come from, which column plays which role, and how the rows are divided."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from respml.spec.identity import Line, Strict

Value = bool | int | float | date | str
PARTITIONS = ("train", "valid", "test", "out_of_time")


class Derived(Strict):
    """A column made by cutting a numeric column into bands, for testing and segments only.

    ``edges`` are the inner boundaries, ascending; band k holds ``edges[k-1] <= value < edges[k]``.
    """

    column: Line
    edges: tuple[float, ...] = Field(min_length=1, max_length=30)
    labels: tuple[Line, ...]

    @model_validator(mode="after")
    def _bands_and_labels_agree(self) -> Derived:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("edges must ascend without repetition")
        if len(self.labels) != len(self.edges) + 1:
            raise ValueError(f"{len(self.edges)} edges make {len(self.edges) + 1} bands; give one label for each")
        return self


class Data(Strict):
    """The data file and the roles of its columns.

    ``inputs`` may be left out: then every column without another role is an input. ``event`` is the target value
    that means default; it may be left out where the target is already 0/1.
    """

    source: Line
    format: Literal["auto", "csv", "parquet", "excel"] = "auto"
    dictionary: Line | None = None
    target: Line
    event: Value | tuple[Value, ...] | None = None
    identifier: Line | None = None
    duplicates: Literal["refuse", "report"] = "refuse"
    inputs: tuple[Line, ...] | None = None
    protected: tuple[Line, ...] = ()
    reference_groups: dict[Line, Value] = Field(default_factory=dict)
    segments: tuple[Line, ...] = ()
    weight: Line | None = None
    time: Line | None = None
    excluded: dict[Line, Line] = Field(default_factory=dict)
    derived: dict[Line, Derived] = Field(default_factory=dict)
    minimum_cell: int = Field(default=30, ge=1)


class Shares(Strict):
    """Shares of the rows for each partition; they add up to one."""

    train: float = Field(default=0.6, gt=0, lt=1)
    valid: float = Field(default=0.2, gt=0, lt=1)
    test: float = Field(default=0.2, gt=0, lt=1)

    @model_validator(mode="after")
    def _shares_add_up(self) -> Shares:
        total = self.train + self.valid + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"train, valid and test add up to {total:.6g}; they must add up to 1")
        return self


class Partitions(Strict):
    """How rows are divided.

    Rules: ``random`` and ``stratified`` use ``shares``; ``column`` maps the values of ``column`` to partitions;
    ``time`` cuts ``data.time`` at ``boundaries`` (rows from the last boundary on are out-of-time, the rest is divided
    by ``shares``); ``reference`` draws one uniform number a row with the legacy generator seeded 12345 and trains below
    0.7, then divides that part into train and valid by ``valid_share``.
    """

    rule: Literal["random", "stratified", "column", "time", "reference"] = "stratified"
    seed: int | None = None
    shares: Shares = Shares()
    valid_share: float = Field(default=0.2, gt=0, lt=1)
    column: Line | None = None
    values: dict[Literal["train", "valid", "test", "out_of_time"], tuple[Value, ...]] = Field(default_factory=dict)
    out_of_time_from: Value | None = None

    @model_validator(mode="after")
    def _rule_has_what_it_needs(self) -> Partitions:
        if self.rule == "column" and (self.column is None or not {"train", "valid", "test"} <= set(self.values)):
            raise ValueError("rule 'column' needs the keys 'column' and 'values' with train, valid and test")
        if self.rule == "time" and self.out_of_time_from is None:
            raise ValueError("rule 'time' needs the key 'out_of_time_from'")
        return self
