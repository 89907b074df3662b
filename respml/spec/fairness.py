"""Discrimination testing: which groups, how they are known, what is searched, and where the result is printed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from respml.spec.data import Data
from respml.spec.identity import Line, Strict

Family = Literal[
    "cutoff",
    "reweighing",
    "drop_feature",
    "hyperparameters",
    "regularised",
    "reductions",
    "reject_option",
    "group_thresholds",
]
FAMILIES: tuple[Family, ...] = (
    "cutoff",
    "reweighing",
    "drop_feature",
    "hyperparameters",
    "regularised",
    "reductions",
    "reject_option",
    "group_thresholds",
)
THRESHOLDS = (
    "air_flag",
    "air_watch",
    "disparity_low",
    "disparity_high",
    "smd_flag",
    "smd_high",
    "marginal_effect_points",
    "group_significance",
    "proxy_auc",
)
"""Registered thresholds that the tables of the chapter use, so that an override reaches them."""

VOLUME = "fairness"
"""Analysis, passage and folder of a run that a separate volume takes with it."""


class GroupProbabilities(Strict):
    """An attribute that is known as probabilities only, such as BISG.

    ``columns`` maps each group to the column with its probability; the columns are held out of the inputs.
    ``thresholds`` are the probabilities at which a row is assigned to a group, to show how far results depend on it.
    """

    columns: dict[Line, Line] = Field(min_length=2)
    reference: Line
    thresholds: tuple[float, ...] = Field(default=(0.5, 0.8), min_length=1)

    @model_validator(mode="after")
    def _reference_and_thresholds_are_usable(self) -> GroupProbabilities:
        if self.reference not in self.columns:
            raise ValueError(f"reference {self.reference!r} is not one of the groups {sorted(self.columns)}")
        if not all(0 < each <= 1 for each in self.thresholds):
            raise ValueError("thresholds must lie above 0 and not above 1")
        return self


class Alternatives(Strict):
    """The search for less discriminatory alternatives, declared before it runs.

    ``families`` says what is tried, the numbers below it how much of it. The choice is made on valid, among
    alternatives that read no group data when they decide: AUC at least ``1 - auc_tolerance`` of the champion's, share
    accepted within ``share_tolerance``, and the highest lowest AIR over groups of ``minimum_rows``; a gain below
    ``minimum_gain`` changes nothing.
    """

    families: tuple[Family, ...] = FAMILIES
    cutoff_shifts: tuple[float, ...] = (-0.10, -0.05, -0.02, 0.02, 0.05, 0.10)
    reweighing: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    dropped: int = Field(default=30, ge=0, le=500)
    configurations: int = Field(default=20, ge=0, le=5000)
    regularised: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4)
    reductions: int = Field(default=5, ge=0, le=200)
    reject_bands: tuple[float, ...] = (0.02, 0.05, 0.10)
    auc_tolerance: float = Field(default=0.01, ge=0, lt=1)
    share_tolerance: float = Field(default=0.05, ge=0, lt=1)
    minimum_gain: float = Field(default=0.005, ge=0, lt=1)
    minimum_rows: int = Field(default=100, ge=1)
    set_by: Line = "not stated"
    set_on: date | None = None

    @model_validator(mode="after")
    def _settings_are_in_range(self) -> Alternatives:
        if not all(0 <= each <= 1 for each in self.reweighing):
            raise ValueError("reweighing strengths must lie between 0 and 1")
        if not all(0 <= each < 1 for each in self.regularised):
            raise ValueError("regularised strengths must be at least 0 and below 1")
        if not all(-1 < each < 1 for each in self.cutoff_shifts):
            raise ValueError("cutoff_shifts are shares and must lie between -1 and 1")
        if not all(0 < each < 1 for each in self.reject_bands):
            raise ValueError("reject_bands must lie between 0 and 1")
        return self


class Fairness(Strict):
    """What the chapter on discrimination tests, beside ``data.protected`` and ``data.reference_groups``.

    ``volume``: ``bound`` into the report, ``separate`` as a document of its own, or ``omit``; the last two need a
    ``reason``, which the report prints. ``edges`` are inner boundaries of the bands of a many-valued protected number
    such as age. ``accepted_shares`` are the shares of everyone accepted at which AIR is shown; ``segments`` default to
    ``data.segments``. ``deviation`` divides the standardised mean difference. ``listed`` people are shown at each end
    of the false positives.
    """

    volume: Literal["bound", "separate", "omit"] = "bound"
    reason: Line | None = None
    edges: dict[Line, tuple[float, ...]] = Field(default_factory=dict)
    probabilities: dict[Line, GroupProbabilities] = Field(default_factory=dict)
    intersections: bool = True
    accepted_shares: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    segments: tuple[Line, ...] | None = None
    deviation: Literal["all", "pooled", "reference"] = "all"
    neighbours: int = Field(default=5, ge=1, le=100)
    listed: int = Field(default=5, ge=1, le=50)
    alternatives: Alternatives = Alternatives()

    @model_validator(mode="after")
    def _reason_and_edges(self) -> Fairness:
        if self.volume != "bound" and not self.reason:
            raise ValueError(f"volume '{self.volume}' needs a 'reason'; the report prints it")
        for attribute, edges in self.edges.items():
            if not edges or list(edges) != sorted(set(edges)):
                raise ValueError(f"edges of '{attribute}' must ascend without repetition")
        if not self.accepted_shares or not all(0 < each <= 1 for each in self.accepted_shares):
            raise ValueError("accepted_shares must lie above 0 and not above 1")
        return self

    def why_not(self, data: Data) -> str | None:
        """Why there is nothing to run, or ``None``."""
        if self.volume == "omit":
            return self.reason
        if not data.protected and not self.probabilities:
            return "The spec names no protected attribute under data.protected or fairness.probabilities."
        return None

    def held_out(self, data: Data) -> None:
        """Group probabilities are no inputs of a model.

        Raises
        ------
        ValueError: where a probability column would be an input, or an attribute is given twice.
        """
        for attribute, entry in self.probabilities.items():
            if attribute in data.protected:
                raise ValueError(f"'{attribute}' is given in data.protected and in fairness.probabilities; keep one")
            for column in entry.columns.values():
                named = data.inputs is not None and column in data.inputs
                silent = data.inputs is None and column not in data.excluded
                if named or silent:
                    raise ValueError(
                        f"'{column}' holds group probabilities and would be an input; list it under data.excluded"
                    )
