"""Boosted trees: one fit that can be advanced in steps, stops early on the valid rows, and repeats bit for bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost

from respml.candidates.encoding import Encoding, Matrix
from respml.candidates.scorers import TreeScorer


@dataclass(frozen=True)
class Configuration:
    """Hyper-parameters of one boosted model, in XGBoost's own names."""

    max_depth: int
    learning_rate: float
    subsample: float
    colsample_bytree: float
    min_child_weight: float
    reg_lambda: float
    max_bin: int = 256

    def as_dict(self) -> dict[str, float]:
        """Name -> value."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Rows:
    """Rows of one partition for boosting: float32 design matrix, outcome, optional case weights."""

    matrix: npt.NDArray[np.float32]
    outcome: npt.NDArray[np.int8]
    weight: npt.NDArray[np.float64] | None = None

    @classmethod
    def of(cls, matrix: Matrix, outcome: npt.NDArray[np.int8], weight: npt.NDArray[np.float64] | None = None) -> Rows:
        """Rows of a float64 design matrix."""
        return cls(np.ascontiguousarray(matrix, dtype=np.float32), outcome, weight)

    def columns(self, positions: Sequence[int]) -> Rows:
        """The same rows with some of the columns."""
        return Rows(np.ascontiguousarray(self.matrix[:, list(positions)]), self.outcome, self.weight)

    @property
    def event_rate(self) -> float:
        """Weighted share of defaults."""
        return float(np.average(self.outcome, weights=self.weight))

    def joined(self, other: Rows) -> Rows:
        """These rows and then the other ones."""
        weight = None
        if self.weight is not None and other.weight is not None:
            weight = np.concatenate([self.weight, other.weight])
        return Rows(np.concatenate([self.matrix, other.matrix]), np.concatenate([self.outcome, other.outcome]), weight)


@dataclass(frozen=True)
class BoostingData:
    """Quantised training rows and valid rows, built once and shared by the fits of one thread."""

    train: Any
    valid: Any
    base_score: float

    @classmethod
    def build(cls, train: Rows, valid: Rows, max_bin: int) -> BoostingData:
        """Quantise; the base score is the training event rate."""
        quantised = xgboost.QuantileDMatrix(
            train.matrix, label=train.outcome, weight=train.weight, max_bin=max_bin, nthread=1
        )
        watched = xgboost.QuantileDMatrix(
            valid.matrix, label=valid.outcome, weight=valid.weight, max_bin=max_bin, ref=quantised, nthread=1
        )
        return cls(quantised, watched, train.event_rate)


class Fit:
    """A boosted model under construction.

    One thread and a random stream that depends on the seed and the round alone (``seed_per_iteration``) make the result
    independent of how fits are interleaved over threads.

    Parameters
    ----------
    data: quantised rows, not used by another thread at the same time.
    configuration: hyper-parameters.
    directions: +1, -1 or 0 for each column of the matrix.
    seed: seed of the row and column sampling.
    patience: rounds without a lower valid log-loss after which the fit stops.
    """

    def __init__(
        self,
        data: BoostingData,
        configuration: Configuration,
        directions: Sequence[int],
        seed: int,
        patience: int,
        metrics: Sequence[str] = ("logloss",),
        watch_train: bool = False,
    ) -> None:
        self.data = data
        self.configuration = configuration
        self.patience = patience
        self.history: list[dict[str, float]] = []
        self.best_round = -1
        self.best_loss = np.inf
        self.stopped = False
        self._watched = [(data.valid, "valid"), *([(data.train, "train")] if watch_train else [])]
        self.parameters = boosting_parameters(configuration, data.base_score, directions, seed)
        settings = [*self.parameters.items(), *(("eval_metric", name) for name in metrics)]
        self._booster = xgboost.Booster(settings, [each for each, _ in self._watched] + [data.train])

    @property
    def rounds(self) -> int:
        """Rounds fitted so far."""
        return len(self.history)

    def advance(self, to_round: int) -> Fit:
        """Fit further rounds, at most up to the given number, unless the valid log-loss has stopped falling."""
        while self.rounds < to_round and not self.stopped:
            place = self.rounds
            self._booster.update(self.data.train, place)
            values = self._evaluate(place)
            self.history.append(values)
            if values["valid-logloss"] < self.best_loss:
                self.best_loss, self.best_round = values["valid-logloss"], place
            self.stopped = place - self.best_round >= self.patience
        return self

    def scorer(self) -> TreeScorer:
        """The model up to the round with the lowest valid log-loss."""
        return TreeScorer(without_training_state(self._booster[: self.best_round + 1]))

    def curve(self) -> pd.DataFrame:
        """``round`` (from 1), ``partition``, ``metric``, ``value``, ``best`` (the round that is kept)."""
        records = [
            (place + 1, *name.split("-", 1), value, place == self.best_round)
            for place, values in enumerate(self.history)
            for name, value in values.items()
        ]
        return pd.DataFrame(records, columns=["round", "partition", "metric", "value", "best"])

    def _evaluate(self, place: int) -> dict[str, float]:
        message = self._booster.eval_set(self._watched, place)
        pairs = (part.rsplit(":", 1) for part in message.split("\t")[1:])
        return {name: float(value) for name, value in pairs}


def boosting_parameters(
    configuration: Configuration, base_score: float, directions: Sequence[int], seed: int
) -> dict[str, Any]:
    """XGBoost's parameters of a fit that repeats bit for bit: histogram method, one thread, seed per round."""
    parameters: dict[str, Any] = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "base_score": base_score,
        "seed": seed,
        "seed_per_iteration": True,
        "nthread": 1,
        "verbosity": 0,
        **configuration.as_dict(),
    }
    if any(directions):
        parameters["monotone_constraints"] = "(" + ",".join(str(int(each)) for each in directions) + ")"
    return parameters


def fit_rounds(
    rows: Rows, configuration: Configuration, directions: Sequence[int], seed: int, rounds: int
) -> TreeScorer:
    """Fit a fixed number of rounds, without watching any other rows."""
    data = xgboost.QuantileDMatrix(
        rows.matrix, label=rows.outcome, weight=rows.weight, max_bin=configuration.max_bin, nthread=1
    )
    parameters = boosting_parameters(configuration, rows.event_rate, directions, seed)
    booster = xgboost.Booster(parameters, [data])
    for place in range(rounds):
        booster.update(data, place)
    return TreeScorer(without_training_state(booster))


def without_training_state(booster: Any) -> Any:
    """The booster as it will be read back: no caches, no training data attached, all threads when it scores."""
    return xgboost.Booster(model_file=bytearray(booster.save_raw("ubj")))


def column_directions(directions: Mapping[str, int], encoding: Encoding) -> list[int]:
    """Direction of each matrix column; a feature that is spread over several columns is free in all of them."""
    owners = encoding.owners
    return [int(directions.get(owner, 0)) if owners.count(owner) == 1 else 0 for owner in owners]
