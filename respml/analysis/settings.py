"""The part of the spec that analyses may depend on: all else can change without running a notebook again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from respml.spec.data import Data, Partitions
from respml.spec.disclosure import Disclosure
from respml.spec.external import CandidateName
from respml.spec.fairness import Fairness
from respml.spec.identity import Strict
from respml.spec.reasons import ReasonSettings
from respml.spec.report import Decision, ReportSpec
from respml.spec.stress import Stress

FILE = "settings.json"


class AnalysisSettings(Strict):
    """What a notebook sees of ``report.yml``.

    ``seed`` is the analysis's own, derived from the spec's seed and the stage's name; ``replicates`` the number of
    bootstrap replicates of every interval; ``limits`` are registered thresholds that tables mark rows by.
    ``common_seed`` is the same for all analyses: a bootstrapped number that two of them print must be one number.
    """

    data: Data
    partitions: Partitions
    champion: CandidateName
    benchmark: CandidateName
    order: tuple[CandidateName, ...]
    decision: Decision
    fairness: Fairness = Fairness()
    stress: Stress = Stress()
    disclosure: Disclosure = Disclosure()
    limits: dict[str, float] = Field(default_factory=dict)
    replicates: int
    seed: int
    common_seed: int
    reasons: ReasonSettings | None = None

    @classmethod
    def from_spec(
        cls,
        spec: ReportSpec,
        seed: int,
        reasons: ReasonSettings | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> AnalysisSettings:
        """The settings an analysis with this seed gets."""
        return cls(
            data=spec.data,
            partitions=spec.partitions,
            champion=spec.candidates.champion,
            benchmark=spec.candidates.benchmark,
            order=spec.candidates.order,
            decision=spec.decision,
            fairness=spec.fairness,
            stress=spec.stress,
            disclosure=spec.disclosure,
            limits=dict(limits or {}),
            replicates=spec.compute.replicates,
            seed=seed,
            common_seed=spec.seed,
            reasons=reasons,
        )

    def write(self, folder: Path) -> None:
        """Write as JSON with sorted keys."""
        text = json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> AnalysisSettings:
        """Read what :meth:`write` wrote."""
        return cls.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
