"""Fits of the search for less discriminatory alternatives: group data shapes the training, and is no model input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, GridSearch
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin

from respml.candidates.boosting import Configuration, Rows, boosting_parameters, fit_rounds

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def reweighing(group: Integers, outcome: Integers, weight: Floats | None, strength: float) -> Floats:
    """Case weights under which group and outcome are independent: (P(g)·P(y) / P(g, y))^strength times the weight.

    Parameters
    ----------
    group: group number of each training row.
    outcome: 0/1.
    weight: case weights or none.
    strength: 0 leaves the weights as they are, 1 is the full correction.

    Source: Kamiran & Calders 2012.
    """
    base = np.ones(len(group)) if weight is None else weight
    total = base.sum()
    joint = np.bincount(group * 2 + outcome, base, 2 * (int(group.max()) + 1)).reshape(-1, 2) / total
    factor = np.outer(joint.sum(axis=1), joint.sum(axis=0)) / np.where(joint > 0, joint, 1.0)
    return np.asarray(base * factor[group, outcome] ** strength, dtype=np.float64)


def fit_regularised(
    rows: Rows, protected: Floats, strength: float, configuration: Configuration, directions: Sequence[int], seed: int,
    rounds: int,
) -> xgboost.Booster:  # fmt: skip
    """Boosted trees whose loss rewards lower scores of the protected group.

    Gradient (p − y) − λ·(p − a) and hessian (1 − λ)·p·(1 − p), a = 1 for protected rows, λ = ``strength`` in [0, 1);
    λ = 0 is the ordinary logistic loss.

    Source: Hall, Curtis & Pandey 2023, chapter 10.
    """
    weight = np.ones(len(protected)) if rows.weight is None else rows.weight

    def objective(margin: Floats, data: Any) -> tuple[Floats, Floats]:
        probability = expit(np.asarray(margin, dtype=np.float64))
        gradient = (probability - rows.outcome) - strength * (probability - protected)
        hessian = (1 - strength) * probability * (1 - probability)
        return gradient * weight, np.maximum(hessian, 1e-16) * weight

    data = xgboost.QuantileDMatrix(
        rows.matrix, label=rows.outcome, weight=rows.weight, max_bin=configuration.max_bin, nthread=1
    )
    parameters = boosting_parameters(configuration, rows.event_rate, directions, seed)
    return xgboost.train(parameters, data, rounds, obj=objective)


class BoostedClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A boosted model as fairlearn's reductions want it: fit with sample weights, 0/1 predictions, probabilities."""

    def __init__(
        self,
        configuration: Configuration | None = None,
        directions: Sequence[int] = (),
        seed: int = 0,
        rounds: int = 1,
    ) -> None:
        self.configuration = configuration
        self.directions = directions
        self.seed = seed
        self.rounds = rounds

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> BoostedClassifier:
        """Fit; a constant outcome, which a reduction may ask for, gives a constant prediction."""
        assert self.configuration is not None
        outcome = np.asarray(y).astype(np.int8).ravel()
        self.classes_ = np.array([0, 1])
        self.constant_ = float(outcome[0]) if outcome.min() == outcome.max() else None
        if self.constant_ is None:
            weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
            rows = Rows(np.ascontiguousarray(X, dtype=np.float32), outcome, weight)
            self.scorer_ = fit_rounds(rows, self.configuration, self.directions, self.seed, self.rounds)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities of paying and of default."""
        if self.constant_ is not None:
            default = np.full(len(X), self.constant_)
        else:
            default = expit(self.scorer_.log_odds(np.ascontiguousarray(X, dtype=np.float64)))
        return np.column_stack([1 - default, default])

    def predict(self, X: Any) -> Integers:
        """1 where default is likelier than not."""
        return np.asarray(self.predict_proba(X)[:, 1] > 0.5, dtype=np.int64)


def reduction_models(
    rows: Rows, protected: Integers, configuration: Configuration, directions: Sequence[int], seed: int, rounds: int,
    grid: int,
) -> list[BoostedClassifier]:  # fmt: skip
    """Models along fairlearn's grid search for demographic parity; the group weights training rows only.

    Case weights are not passed on: fairlearn's reductions set the weights themselves.

    Source: Agarwal, Beygelzimer, Dudík, Langford & Wallach 2018.
    """
    base = BoostedClassifier(configuration, tuple(directions), seed, rounds)
    search = GridSearch(base, constraints=DemographicParity(), grid_size=grid)
    search.fit(rows.matrix, rows.outcome.astype(int), sensitive_features=protected)
    return list(search.predictors_)


class _ScoreColumn(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Hands a column of probabilities through, so that a post-processor can work on scores already made."""

    classes_ = np.array([0, 1])

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> _ScoreColumn:
        return self

    def predict_proba(self, X: Any) -> Floats:
        default = np.asarray(X, dtype=np.float64)[:, 0]
        return np.column_stack([1 - default, default])

    def predict(self, X: Any) -> Integers:
        return np.asarray(self.predict_proba(X)[:, 1] > 0.5, dtype=np.int64)


def group_thresholds(
    fitted: tuple[Floats, Integers, Integers], others: Mapping[str, tuple[Floats, Integers]], seed: int
) -> dict[str, Integers]:
    """Decisions by fairlearn's ThresholdOptimizer for demographic parity, which reads the group when it decides.

    Parameters
    ----------
    fitted: score, protected indicator and outcome of the rows that set the thresholds.
    others: partition → score and protected indicator of the rows to decide on.

    Returns
    -------
    Partition → 1 where declined; ties between thresholds are drawn under ``seed``.

    Source: Hardt, Price & Srebro 2016.
    """
    score, protected, outcome = fitted
    optimizer = ThresholdOptimizer(
        estimator=_ScoreColumn(), constraints="demographic_parity", prefit=True, predict_method="predict_proba"
    )
    optimizer.fit(score[:, None], outcome, sensitive_features=protected)
    return {
        partition: np.asarray(
            optimizer.predict(values[:, None], sensitive_features=groups, random_state=seed), dtype=np.int64
        )
        for partition, (values, groups) in others.items()
    }


def reject_option(score: Floats, cutoff: float, band: float, protected: Integers) -> Integers:
    """Decisions in which rows within ``band`` of the cut-off go by group: protected accepted, others declined.

    Source: Kamiran, Karim & Zhang 2012.
    """
    declined = (score > cutoff).astype(np.int64)
    near = np.abs(score - cutoff) <= band
    declined[near] = 1 - protected[near]
    return declined
