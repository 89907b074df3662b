"""Fit every candidate of a report: the order of the steps, and what each hands to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.candidates.boosting import BoostingData, Configuration, Fit, Rows, column_directions, fit_rounds
from respml.candidates.candidate import LABELS, Candidate, Candidates
from respml.candidates.constraints import constraint_table, correlation_table
from respml.candidates.encoding import Encoding, learn_encoding
from respml.candidates.glm import Standard, fit_path, original_scale, selected_features
from respml.candidates.hybrid import monotone_curves
from respml.candidates.named_inputs import require_known_inputs
from respml.candidates.ranking import FoldComparison, ranking_tables
from respml.candidates.search import midpoint, random_search
from respml.candidates.selection import SelectionPath, feature_lists, forward_selection
from respml.errors import InputError
from respml.portfolio.portfolio import Portfolio
from respml.spec.candidates import CandidatesSpec

TREES = ("mgbm", "gbm", "hybrid")


def fit_candidates(
    portfolio: Portfolio,
    settings: CandidatesSpec,
    seed: int,
    workers: int,
    external: Mapping[str, Candidate] | None = None,
) -> Candidates:
    """Fit the candidates that the spec lists, in its order.

    Everything is fitted on train; features, hyper-parameters, penalties and the number of rounds are chosen on valid;
    no step sees test. The result does not depend on ``workers``.

    Parameters
    ----------
    portfolio: with partitions train and valid.
    settings: the ``candidates`` section of the spec.
    seed: seed of sampling, search and folds.
    workers: threads to use.
    external: candidates made elsewhere, by name; they are ranked with the others.

    Returns
    -------
    Candidates with the tables ``correlation``, ``constraints``, ``glm_path``, ``search``, ``selection_path``,
    ``training_curve``, ``hybrid_counts``, ``ranking_folds``, ``ranking_summary``; tables of steps that the spec leaves
    out are absent.

    Errors
    ------
    InputError where a partition is missing or holds one class only, or the spec names an unknown input.
    """
    return _Fitting(portfolio, settings, seed, workers, external or {}).run()


@dataclass
class _Fitting:
    """The state of one fit: rows in, candidates and tables collected."""

    portfolio: Portfolio
    settings: CandidatesSpec
    seed: int
    workers: int
    external: Mapping[str, Candidate]
    candidates: dict[str, Candidate] = field(default_factory=dict)
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def run(self) -> Candidates:
        self._load()
        own = [name for name in self.settings.order if name not in self.external]
        # The GLM is fitted for boosted candidates too: its coefficients start their feature path.
        fitted = {"glm": self._fit_glm()} if own else {}
        ready = {**fitted, **self.external}
        probabilities: dict[str, npt.NDArray[np.float64]] = {}
        for name in self.settings.order:
            self.candidates[name] = ready[name] if name in ready else self._fit_trees(name)
            probabilities[name] = self.candidates[name].score_rows(self.valid)
            self.comparison.add(name, probabilities[name])
        folds, summary = ranking_tables(self.valid_outcome, probabilities, self.settings.order, self.seed)
        self._keep("ranking_folds", folds)
        self._keep("ranking_summary", summary)
        return Candidates(
            self.candidates,
            champion=self.settings.champion,
            benchmark=self.settings.benchmark,
            order=tuple(self.settings.order),
            tables={name: pd.concat(parts, ignore_index=True) for name, parts in self.tables.items()},
        )

    def _load(self) -> None:
        inputs = self.portfolio.inputs
        require_known_inputs(self.settings, inputs)
        self.train, self.valid = (_features(self.portfolio, each) for each in ("train", "valid"))
        self.train_outcome, self.valid_outcome = (_outcome(self.portfolio, each) for each in ("train", "valid"))
        self.correlation = correlation_table(self.train, self.train_outcome, inputs)
        self.constraints = constraint_table(self.settings.mgbm.constraints, self.correlation, self.portfolio.dictionary)
        self._keep("correlation", self.correlation)
        self._keep("constraints", self.constraints)
        self.directions = {
            str(name): int(sign)
            for name, sign in zip(self.constraints["feature"], self.constraints["direction"], strict=True)
        }
        self.comparison = FoldComparison(self.valid_outcome, self.seed)
        self.encoding = learn_encoding(self.train, inputs, fill_missing=False)
        self.train_rows = Rows.of(self.encoding.matrix(self.train), self.train_outcome, self.portfolio.weight("train"))
        self.valid_rows = Rows.of(self.encoding.matrix(self.valid), self.valid_outcome, self.portfolio.weight("valid"))

    def _fit_glm(self) -> Candidate:
        settings = self.settings.glm
        encoding = learn_encoding(self.train, self.portfolio.inputs, fill_missing=True)
        matrix = encoding.matrix(self.train)
        standard = Standard.of(matrix)
        path = fit_path(
            standard.apply(matrix),
            self.train_outcome,
            standard.apply(encoding.matrix(self.valid)),
            self.valid_outcome,
            mixing=settings.mixing,
            path_length=settings.path_length,
            weight=self.portfolio.weight("train"),
        )
        self.start = selected_features(path, encoding, settings.selection_threshold)
        self._keep("glm_path", path.table(encoding))
        chosen = path.points.iloc[path.chosen]
        parameters = {
            "mixing": float(chosen["mixing"]),
            "penalty": float(chosen["penalty"]),
            "active": int(chosen["active"]),
            "points": len(path.points),
            "fitted_on": "train",
        }
        scorer = original_scale(path, standard)
        return Candidate("glm", LABELS["glm"], encoding, scorer, {}, parameters, _software("glum"))

    def _fit_trees(self, name: str) -> Candidate:
        boosting = self.settings.boosting
        directions: Mapping[str, int] = {} if name == "gbm" else self.directions
        if name == "hybrid":
            gbm = self.candidates["gbm"]
            counts = monotone_curves(gbm, self.valid, self.directions, self.settings.hybrid.monotone_curves)
            self._keep("hybrid_counts", counts)
            kept = set(counts.loc[counts["constrained"], "feature"])
            directions = {feature: sign for feature, sign in self.directions.items() if feature in kept}
            features = gbm.features
        else:
            features = self._choose_features(name, directions)
        place = self.encoding.positions(features)
        encoding = self.encoding.subset(features)
        train, valid = self.train_rows.columns(place), self.valid_rows.columns(place)
        signs = column_directions(directions, encoding)
        found = random_search(train, valid, signs, boosting.search, self.seed, self.workers)
        self._keep("search", found.leaderboard, name)
        data = BoostingData.build(train, valid, found.best.max_bin)
        fit = Fit(data, found.best, signs, self.seed, boosting.search.early_stopping, watch_train=True)
        fit.advance(boosting.search.max_rounds)
        self._keep("training_curve", fit.curve(), name)
        rounds = fit.best_round + 1
        scorer = fit.scorer()
        if boosting.refit == "train_and_valid":
            scorer = fit_rounds(train.joined(valid), found.best, signs, self.seed, rounds)
        parameters = {
            **_parameters(found.best, rounds, data.base_score, self.seed),
            "max_rounds": boosting.search.max_rounds,
            "early_stopping": boosting.search.early_stopping,
            "fitted_on": boosting.refit,
            "constraints": {feature: directions.get(feature, 0) for feature in features},
        }
        monotone = {
            column.feature: sign
            for column, sign in zip(encoding.columns, _per_feature(encoding, signs), strict=True)
            if sign
        }
        return Candidate(name, LABELS[name], encoding, scorer, monotone, parameters, _software("xgboost"))

    def _choose_features(self, name: str, directions: Mapping[str, int]) -> tuple[str, ...]:
        boosting = self.settings.boosting
        inputs = self.portfolio.inputs
        if boosting.selection == "all":
            return inputs
        if not isinstance(boosting.selection, str):
            return tuple(dict.fromkeys(boosting.selection))
        path = self._forward(name, directions)
        self._keep("selection_path", path.table, name)
        return path.features

    def _forward(self, name: str, directions: Mapping[str, int]) -> SelectionPath:
        search = self.settings.boosting.search
        correlation = dict(zip(self.correlation["feature"], self.correlation["correlation"], strict=True))
        simpler = self.settings.order[: self.settings.order.index(name)]
        compared = [each for each in simpler if each in self.candidates]
        return forward_selection(
            self.train_rows,
            self.valid_rows,
            self.encoding,
            feature_lists(self.start, self.portfolio.inputs, correlation),
            directions,
            midpoint(search.ranges),
            self.comparison,
            compared,
            seed=self.seed,
            max_rounds=search.max_rounds,
            patience=search.early_stopping,
            workers=self.workers,
        )

    def _keep(self, table: str, frame: pd.DataFrame, candidate: str | None = None) -> None:
        if candidate is not None:
            frame = frame.copy()
            frame.insert(0, "candidate", candidate)
        self.tables.setdefault(table, []).append(frame)


def _features(portfolio: Portfolio, partition: str) -> pd.DataFrame:
    if partition not in portfolio.partitions:
        raise InputError(
            f"The portfolio has no partition '{partition}', which fitting needs.",
            where="key 'partitions'",
            remedy="Give train and valid a share of the rows.",
        )
    return portfolio.features(partition)


def _outcome(portfolio: Portfolio, partition: str) -> npt.NDArray[np.int8]:
    outcome = portfolio.outcome(partition)
    if outcome.min(initial=1) == outcome.max(initial=0):
        raise InputError(
            f"The partition '{partition}' holds one class only: {int(outcome.sum())} defaults in {len(outcome)} rows.",
            where="key 'partitions'",
            remedy="Divide the rows so that each partition has defaults and non-defaults.",
        )
    return outcome


def _per_feature(encoding: Encoding, signs: list[int]) -> list[int]:
    """The constraint of each feature: that of its column, 0 where it is spread over several."""
    owners = encoding.owners
    by_owner = dict(zip(owners, signs, strict=True))
    return [by_owner[column.feature] for column in encoding.columns]


def _parameters(configuration: Configuration, rounds: int, base_score: float, seed: int) -> dict[str, Any]:
    return {"configuration": configuration.as_dict(), "rounds": rounds, "base_score": base_score, "seed": seed}


def _software(library: str) -> dict[str, str]:
    return {each: version(each) for each in sorted({library, "numpy"})}
