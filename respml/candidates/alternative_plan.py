"""What a search for less discriminatory alternatives tries, declared before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from respml.candidates.alternative_choice import Rule
from respml.candidates.protected_groups import protected_memberships, tested_memberships
from respml.measures.fairness.membership import Membership
from respml.portfolio.portfolio import Portfolio
from respml.spec.data import Data
from respml.spec.fairness import Fairness
from respml.spec.report import Decision


@dataclass(frozen=True)
class Plan:
    """The search, declared before it runs.

    Attributes
    ----------
    rule: how the alternative is chosen.
    cutoff_rule: rule of the base's cut-off, on valid.
    shares: shifts of the share accepted that the cut-off family tries; all other families keep the base's share.
    reweighing: strengths of reweighing.
    dropped: most features that are left out, one at a time, in the order of the model.
    configurations: random hyper-parameter settings.
    regularised: strengths λ of the fairness-regularised objective.
    reductions: models on fairlearn's grid.
    bands: half-widths of the reject option.
    group_thresholds: whether fairlearn's thresholds by group are tried.
    amounts: value of each outcome, for the cut-off rule ``max_value``.
    cutoff: the base's cut-off where it is fixed beforehand.
    data: names the reference groups; the most frequent known group of train where none is given.
    fairness: bands of many-valued numbers, quartiles of train where none are given; attributes known as probabilities.
    """

    rule: Rule = field(default_factory=Rule)
    cutoff_rule: str = "max_f1"
    shares: tuple[float, ...] = (-0.10, -0.05, -0.02, 0.02, 0.05, 0.10)
    reweighing: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    dropped: int = 30
    configurations: int = 20
    regularised: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4)
    reductions: int = 5
    bands: tuple[float, ...] = (0.02, 0.05, 0.10)
    group_thresholds: bool = True
    amounts: Mapping[str, float] | None = None
    cutoff: float | None = None
    data: Data | None = None
    fairness: Fairness = field(default_factory=Fairness)

    @classmethod
    def from_spec(cls, data: Data, decision: Decision, fairness: Fairness) -> Plan:
        """The plan that the spec's sections declare; a family that is not named is not tried."""
        declared, value = fairness.alternatives, decision.value
        named = set(declared.families)
        return cls(
            rule=Rule(declared.auc_tolerance, declared.share_tolerance, declared.minimum_gain, declared.minimum_rows),
            cutoff_rule=decision.cutoff.rule,
            shares=declared.cutoff_shifts if "cutoff" in named else (),
            reweighing=declared.reweighing if "reweighing" in named else (),
            dropped=declared.dropped if "drop_feature" in named else 0,
            configurations=declared.configurations if "hyperparameters" in named else 0,
            regularised=declared.regularised if "regularised" in named else (),
            reductions=declared.reductions if "reductions" in named else 0,
            bands=declared.reject_bands if "reject_option" in named else (),
            group_thresholds="group_thresholds" in named,
            amounts={
                "tp": value.true_positive,
                "fp": value.false_positive,
                "fn": value.false_negative,
                "tn": value.true_negative,
            },
            cutoff=decision.cutoff.value,
            data=data,
            fairness=fairness,
        )

    def memberships(self, portfolio: Portfolio, partition: str) -> tuple[Membership, ...]:
        """The groups that alternatives are judged by."""
        if self.data is None:
            return protected_memberships(portfolio, partition)
        return tested_memberships(portfolio, partition, self.data, self.fairness)
