"""The whole of ``report.yml``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from respml.spec.candidates import CandidatesSpec
from respml.spec.changes import Changes
from respml.spec.data import Data, Partitions
from respml.spec.depth import AnalysisSwitch, Depth
from respml.spec.disclosure import Disclosure
from respml.spec.fairness import Fairness
from respml.spec.identity import Identity, Line, Strict, Tier
from respml.spec.reasons import ReasonsSpec
from respml.spec.reconciliation import Reconciliation
from respml.spec.review import Review
from respml.spec.stress import Stress

NEED_A_MODEL = ("explanations", "reasons")
"""Analyses with nothing to say of a champion known by its scores alone; the others say what they cannot test."""


NOT_APPLICABLE = "not applicable: "
"""How the reason begins where an analysis is not left out but has nothing to be applied to."""


class CutoffRule(Strict):
    """How the probability above which an application is declined is chosen, on the valid partition."""

    rule: Literal["max_f1", "youden", "max_accuracy", "max_mcc", "max_value", "fixed"] = "max_f1"
    value: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _fixed_has_a_value(self) -> CutoffRule:
        if (self.rule == "fixed") != (self.value is not None):
            raise ValueError("give 'value' with rule 'fixed', and only then")
        return self


# Beyond this no currency has an amount for one decision, and sums of squares would leave the range of a float.
Amount = Annotated[float, Field(ge=-1e15, le=1e15)]


class ValueMatrix(Strict):
    """What each outcome of a decision is worth to the lender. Positive class: default; decision: decline."""

    currency: Line = "USD"
    true_positive: Amount = 0.0
    false_positive: Amount = -23_000.0
    false_negative: Amount = -85_000.0
    true_negative: Amount = 23_000.0
    source: Line = "illustrative amounts; replace by the lender's own"


class MinimumGain(Strict):
    """What the champion must gain over the benchmark, fixed before the comparison is made."""

    auc: float = Field(default=0.01, ge=0, lt=1)
    log_loss: float = Field(default=0.0, ge=0)
    set_by: Line = "not stated"
    set_on: date | None = None


class Decision(Strict):
    """Cut-off, amounts and the minimum gain."""

    cutoff: CutoffRule = CutoffRule()
    value: ValueMatrix = ValueMatrix()
    minimum_gain: MinimumGain = MinimumGain()


class ThresholdOverride(Strict):
    """The spec's own value for a registered threshold, with its provenance."""

    value: float
    owner: Line
    date: date
    reason: Line


class Render(Strict):
    """Engines and formats of the document."""

    engine: Literal["auto", "quarto", "pandoc"] = "auto"
    formats: tuple[Literal["html", "pdf", "docx"], ...] = ("html", "pdf")
    pdf_variant: Literal["pdf/a-3a", "pdf/ua-1", "plain"] = "pdf/a-3a"
    paper: Literal["A4", "letter"] = "A4"
    table_rows: int = Field(default=60, ge=5, le=200)


class Compute(Strict):
    """How much of the machine a build may use. ``replicates``: bootstrap replicates of every interval."""

    workers: int = Field(default=2, ge=1, le=256)
    replicates: int = Field(default=1000, ge=1000, le=100_000)
    notebook_timeout: int = Field(default=900, ge=1)


class ReportSpec(Strict):
    """Everything a user says about one report."""

    model: Identity
    data: Data
    partitions: Partitions = Partitions()
    candidates: CandidatesSpec = CandidatesSpec()
    reconciliation: Reconciliation = Reconciliation()
    decision: Decision = Decision()
    reasons: ReasonsSpec = ReasonsSpec()
    fairness: Fairness = Fairness()
    stress: Stress = Stress()
    thresholds: dict[Line, ThresholdOverride] = Field(default_factory=dict)
    mute: dict[Line, Line] = Field(default_factory=dict)
    analyses: dict[Line, AnalysisSwitch] = Field(default_factory=dict)
    depth: dict[Tier, Depth] = Field(default_factory=dict)
    changes: Changes = Changes()
    narrative: Line = "narrative"
    review: Review = Review()
    disclosure: Disclosure = Disclosure()
    template: Line = "model_risk"
    render: Render = Render()
    compute: Compute = Compute()
    seed: int = Field(default=12345, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _group_probabilities_are_held_out(self) -> ReportSpec:
        self.fairness.held_out(self.data)
        return self

    @model_validator(mode="after")
    def _cells_are_not_too_small(self) -> ReportSpec:
        if self.disclosure.individuals != "allowed" and self.data.minimum_cell < self.disclosure.minimum_cell:
            raise ValueError(
                f"'data.minimum_cell' is below 'disclosure.minimum_cell' ({self.disclosure.minimum_cell}): tables would"
                " print cells of fewer people"
            )
        return self

    @model_validator(mode="after")
    def _data_in_a_bundle_is_answered_for(self) -> ReportSpec:
        if self.review.bundle_data != "none" and not self.disclosure.approved:
            raise ValueError("'review.bundle_data' beyond none needs 'disclosure.reason' and 'disclosure.approved_by'")
        return self

    @property
    def switches(self) -> dict[str, AnalysisSwitch]:
        """Every analysis with a switch: those of ``analyses``, and what other sections of the spec switch off."""
        off: dict[str, str] = {}
        if not self.candidates.champion_has_model:
            off |= dict.fromkeys(NEED_A_MODEL, f"{NOT_APPLICABLE}no model object")
        reason = self.fairness.why_not(self.data)
        if reason is not None:
            off["fairness"] = reason
        kept = {name: why for name, why in off.items() if name not in self.analyses or self.analyses[name].run}
        return {**self.analyses, **{name: AnalysisSwitch(run=False, reason=why) for name, why in kept.items()}}
