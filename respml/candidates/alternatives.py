"""Experiment: a declared search for less discriminatory alternatives to the champion.

What is tried, how much of it, and the rule that picks are fixed before anything is fitted. Fits use train, choices use
valid, test is only reported. Group data weights, selects and tests; nothing eligible reads it when it decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from respml.candidates.alternative_choice import (
    Alternative,
    Judged,
    archive,
    before_after,
    counted_groups,
    group_ratios,
    lowest_ratio,
)
from respml.candidates.alternative_fits import (
    fit_regularised,
    group_thresholds,
    reduction_models,
    reject_option,
    reweighing,
)
from respml.candidates.alternative_plan import Plan
from respml.candidates.boosting import BoostingData, Configuration, Fit, Rows, column_directions, fit_rounds
from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.search import sample_configurations
from respml.candidates.tables import write_table
from respml.errors import InputError
from respml.measures.cutoffs import cutoff_table, select_cutoff
from respml.measures.fairness.membership import Membership, thresholded
from respml.measures.fairness.segments import weighted_quantile
from respml.portfolio.portfolio import Portfolio
from respml.spec.candidates import Ranges
from respml.spec.data import Data
from respml.spec.fairness import Fairness
from respml.spec.report import Decision

PARTS = ("train", "valid", "test")
DROPPED = " left out"

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def run(inputs: Mapping[str, Path], output: Path, seed: int, settings: Mapping[str, Any]) -> None:
    """Write the tables of the search as Parquet; see :func:`search_alternatives`.

    Parameters
    ----------
    inputs: folders of ``portfolio`` and ``candidates``.
    settings: the sections ``data``, ``decision`` and ``fairness`` of the spec.
    """
    portfolio, candidates = Portfolio.read(inputs["portfolio"]), Candidates.read(inputs["candidates"])
    plan = Plan.from_spec(
        Data.model_validate(settings["data"]),
        Decision.model_validate(settings["decision"]),
        Fairness.model_validate(settings["fairness"]),
    )
    for name, table in search_alternatives(portfolio, candidates[candidates.champion], plan, seed).items():
        write_table(table, output / f"{name}.parquet")


def search_alternatives(portfolio: Portfolio, candidate: Candidate, plan: Plan, seed: int) -> dict[str, pd.DataFrame]:
    """Try every declared alternative to a candidate and apply the rule.

    Parameters
    ----------
    portfolio: with partitions train, valid, test and at least one protected attribute.
    candidate: the base. A candidate that is no boosted model is only post-processed, and the budget says so.
    plan: what is tried.
    seed: seed of sampling and of ties.

    Returns
    -------
    ``archive`` and ``ratios``: see :func:`respml.candidates.alternative_choice.archive`; ``before_after``: base and
    choice on test, paired; ``budget``: family, declared, tried, eligible, note, rule, target (attribute), seed;
    ``without``: see :func:`without_each`.
    """
    if not plan.memberships(portfolio, "valid"):
        raise InputError("There is no protected attribute.", where="key 'data.protected'", remedy="Name one.")
    search = _Search(portfolio, candidate, plan, seed)
    found = search.alternatives()
    table, ratios = archive(found, {part: search.judged[part] for part in ("valid", "test")}, plan.rule)
    chosen = found[int(np.flatnonzero(table["chosen"])[0])]
    return {
        "archive": table,
        "ratios": ratios,
        "before_after": before_after(found[0], chosen, search.judged["test"]),
        "budget": search.budget(table),
        "without": without_each(found),
    }


def without_each(found: Sequence[Alternative]) -> pd.DataFrame:
    """Test scores of the base refitted without one feature, a column a feature; empty where none was left out."""
    scores = {
        each.settings.removesuffix(DROPPED): each.score["test"]
        for each in found
        if each.family == "feature dropped" and each.score is not None
    }
    return pd.DataFrame(scores)


class _Search:
    """The rows, the base and the attribute that the search aims at."""

    def __init__(self, portfolio: Portfolio, candidate: Candidate, plan: Plan, seed: int) -> None:
        self.candidate, self.plan, self.seed = candidate, plan, seed
        self.frames = {part: portfolio.features(part) for part in PARTS}
        self.judged = {
            part: Judged(
                portfolio.outcome(part).astype(np.int64),
                plan.memberships(portfolio, part),
                portfolio.weight(part),
            )
            for part in PARTS
        }
        self.boosted = candidate.refittable
        self.rows = {
            part: Rows.of(candidate.encoding.matrix(frame), portfolio.outcome(part), portfolio.weight(part))
            for part, frame in self.frames.items()
            if self.boosted
        }
        self.base = self._base()
        ratios = group_ratios(self.base, "valid", self.judged["valid"])
        lowest = lowest_ratio(ratios, counted_groups(ratios, plan.rule.minimum_rows))
        first = self.judged["valid"].memberships[0].attribute
        self.target = first if lowest is None else str(lowest["attribute"])
        below = ratios[(ratios["attribute"] == self.target) & (ratios["estimate"] < 1)]
        self.favoured = set(below["group"])
        """Groups of the target attribute that the base accepts less often than the reference."""

    def alternatives(self) -> list[Alternative]:
        """Everything that the plan declares, the base first."""
        found = [self.base, *self._cutoffs()]
        if self.boosted:
            self.configuration = Configuration(**self.candidate.parameters["configuration"])
            self.rounds = int(self.candidate.parameters["rounds"])
            self.directions = column_directions(self.candidate.monotone, self.candidate.encoding)
            found += [*self._reweighed(), *self._dropped(), *self._configured(), *self._regularised()]
            found += self._reduced()
        return [*found, *self._rejected(), *([self._thresholds()] if self.plan.group_thresholds else [])]

    def budget(self, table: pd.DataFrame) -> pd.DataFrame:
        """Family, declared, tried and eligible alternatives; the rule; the attribute aimed at."""
        plan = self.plan
        declared = {
            "base": 1,
            "cut-off": len(plan.shares),
            "reweighing": len(plan.reweighing),
            "feature dropped": min(plan.dropped, len(self.candidate.features)),
            "hyper-parameters": plan.configurations,
            "regularised objective": len(plan.regularised),
            "fairlearn grid search": plan.reductions,
            "reject option": len(plan.bands),
            "fairlearn group thresholds": int(plan.group_thresholds),
        }
        grouped = table.groupby("family")["eligible"].agg(["size", "sum"])
        records = [
            {
                "family": family,
                "declared": count,
                "tried": int(grouped["size"].get(family, 0)),
                "eligible": int(grouped["sum"].get(family, 0)),
                "note": "" if family in grouped.index else self._why_untried(count),
                "rule": plan.rule.text(),
                "target": self.target,
                "seed": self.seed,
            }
            for family, count in declared.items()
        ]
        return pd.DataFrame.from_records(records)

    def _why_untried(self, declared: int) -> str:
        if declared == 0:
            return ""
        if not self.boosted:
            return "not tried: the base is no boosted model"
        if not self.favoured:
            return "not tried: no group is accepted less often than the reference"
        return "not tried: the model has one feature"

    def _base(self) -> Alternative:
        scores = {part: self.candidate.score_rows(frame) for part, frame in self.frames.items()}
        valid = self.judged["valid"]
        cutoff = self.plan.cutoff
        if cutoff is None:
            table = cutoff_table(valid.outcome, scores["valid"], weight=valid.weight, values=self.plan.amounts)
            cutoff = select_cutoff(table, self.plan.cutoff_rule)
        name = f"{self.candidate.label} as it is"
        return _cut(name, "base", f"cut-off by {self.plan.cutoff_rule} on valid", scores, cutoff)

    def _share_accepted(self) -> float:
        weight = self._weight("valid")
        return float(weight @ (1 - self.base.declined["valid"]) / weight.sum())

    def _weight(self, part: str) -> Floats:
        weight = self.judged[part].weight
        return np.ones(len(self.judged[part].outcome)) if weight is None else weight

    def _same_share(self, name: str, family: str, settings: str, scores: Mapping[str, Floats]) -> Alternative:
        """An alternative cut so that it accepts the base's share of the valid rows."""
        cutoff = weighted_quantile(scores["valid"], self._weight("valid"), self._share_accepted())
        return _cut(name, family, settings, scores, cutoff)

    def _cutoffs(self) -> list[Alternative]:
        assert self.base.score is not None
        share, found = self._share_accepted(), []
        for shift in self.plan.shares:
            wanted = float(np.clip(share + shift, 0.01, 0.99))
            cutoff = weighted_quantile(self.base.score["valid"], self._weight("valid"), wanted)
            settings = f"accepts {100 * wanted:.1f} % of valid"
            points = f"{100 * shift:+g}".replace("-", "−")
            found.append(_cut(f"cut-off, {points} points accepted", "cut-off", settings, self.base.score, cutoff))
        return found

    def _target_groups(self, part: str) -> tuple[Membership, Integers]:
        """Groups of the target attribute, and 1 for rows of the groups accepted less often."""
        membership = next(each for each in self.judged[part].memberships if each.attribute == self.target)
        if membership.codes is None:
            # Training and decisions need one group a row: the likeliest, where it is likelier than not.
            membership = thresholded(membership, 0.5)
        shares = [membership.share_of(name) for name in membership.names if name in self.favoured]
        return membership, np.sum(shares, axis=0).astype(np.int64) if shares else np.zeros(membership.rows, np.int64)

    def _scored(self, log_odds: Mapping[str, Floats]) -> dict[str, Floats]:
        return {part: np.asarray(expit(values), dtype=np.float64) for part, values in log_odds.items()}

    def _reweighed(self) -> list[Alternative]:
        membership, _ = self._target_groups("train")
        assert membership.codes is not None
        rows, found = self.rows["train"], []
        for strength in self.plan.reweighing:
            weight = reweighing(membership.codes, self.judged["train"].outcome, rows.weight, strength)
            scorer = fit_rounds(
                replace(rows, weight=weight), self.configuration, self.directions, self.seed, self.rounds
            )
            scores = self._scored(
                {part: scorer.log_odds(each.matrix.astype(float)) for part, each in self.rows.items()}
            )
            settings = f"strength {strength:g} on {self.target}"
            found.append(self._same_share(f"reweighing {strength:g}", "reweighing", settings, scores))
        return found

    def _dropped(self) -> list[Alternative]:
        encoding, found = self.candidate.encoding, []
        if len(encoding.features) < 2:
            return []
        for feature in encoding.features[: self.plan.dropped]:
            kept = [name for name in encoding.features if name != feature]
            place = encoding.positions(kept)
            rows = {part: each.columns(place) for part, each in self.rows.items()}
            signs = [self.directions[column] for column in place]
            scorer = fit_rounds(rows["train"], self.configuration, signs, self.seed, self.rounds)
            scores = self._scored({part: scorer.log_odds(each.matrix.astype(float)) for part, each in rows.items()})
            found.append(self._same_share(f"without {feature}", "feature dropped", f"{feature}{DROPPED}", scores))
        return found

    def _configured(self) -> list[Alternative]:
        found: list[Alternative] = []
        if self.plan.configurations < 1:
            return found
        patience = int(self.candidate.parameters["early_stopping"])
        most = int(self.candidate.parameters["max_rounds"])
        data: dict[int, BoostingData] = {}
        for number, each in enumerate(sample_configurations(Ranges(), self.plan.configurations, self.seed)):
            if each.max_bin not in data:
                data[each.max_bin] = BoostingData.build(self.rows["train"], self.rows["valid"], each.max_bin)
            fit = Fit(data[each.max_bin], each, self.directions, self.seed, patience).advance(most)
            scorer = fit.scorer()
            scores = self._scored({part: scorer.log_odds(row.matrix.astype(float)) for part, row in self.rows.items()})
            settings = ", ".join(f"{name} {value:g}" for name, value in each.as_dict().items())
            found.append(self._same_share(f"configuration {number}", "hyper-parameters", settings, scores))
        return found

    def _regularised(self) -> list[Alternative]:
        _, protected = self._target_groups("train")
        found = []
        for strength in self.plan.regularised:
            booster = fit_regularised(
                self.rows["train"], protected.astype(np.float64), strength, self.configuration, self.directions,
                self.seed, self.rounds,
            )  # fmt: skip
            margins = {
                part: np.asarray(booster.inplace_predict(each.matrix, predict_type="margin"), dtype=np.float64)
                for part, each in self.rows.items()
            }
            settings = f"λ {strength:g}, protected: groups of {self.target} accepted less often"
            name = f"regularised λ {strength:g}"
            found.append(self._same_share(name, "regularised objective", settings, self._scored(margins)))
        return found

    def _reduced(self) -> list[Alternative]:
        _, protected = self._target_groups("train")
        if self.plan.reductions < 1 or protected.min() == protected.max():
            return []
        models = reduction_models(
            self.rows["train"], protected, self.configuration, self.directions, self.seed, self.rounds,
            self.plan.reductions,
        )  # fmt: skip
        found = []
        for number, model in enumerate(models):
            scores = {part: model.predict_proba(each.matrix)[:, 1] for part, each in self.rows.items()}
            settings = f"demographic parity on {self.target}, grid point {number}, case weights not used"
            found.append(self._same_share(f"grid search {number}", "fairlearn grid search", settings, scores))
        return found

    def _rejected(self) -> list[Alternative]:
        assert self.base.score is not None
        found = []
        for band in self.plan.bands:
            declined = {
                part: reject_option(score, self.base.cutoff, band, self._target_groups(part)[1])
                for part, score in self.base.score.items()
            }
            settings = f"±{band:g} around the cut-off, by {self.target}"
            found.append(
                Alternative(f"reject option ±{band:g}", "reject option", settings, np.nan, None, declined, True)
            )
        return found

    def _thresholds(self) -> Alternative:
        assert self.base.score is not None
        groups = {part: self._target_groups(part)[1] for part in PARTS}
        name, family = "group thresholds", "fairlearn group thresholds"
        if groups["valid"].min() == groups["valid"].max():
            return Alternative(name, family, "one group only", np.nan, None, self.base.declined, True)
        valid = (self.base.score["valid"], groups["valid"], self.judged["valid"].outcome)
        others = {part: (score, groups[part]) for part, score in self.base.score.items()}
        settings = f"demographic parity on {self.target}, set on valid"
        return Alternative(name, family, settings, np.nan, None, group_thresholds(valid, others, self.seed), True)


def _cut(name: str, family: str, settings: str, scores: Mapping[str, Floats], cutoff: float) -> Alternative:
    declined = {part: (score > cutoff).astype(np.int64) for part, score in scores.items()}
    return Alternative(name, family, settings, cutoff, scores, declined)
