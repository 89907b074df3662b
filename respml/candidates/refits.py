"""The champion's settings fitted again on changed rows or columns: what retries, probes and remedies share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from respml.candidates.boosting import BoostingData, Configuration, Fit, Rows, column_directions, fit_rounds
from respml.candidates.candidate import Candidate
from respml.portfolio.portfolio import Portfolio

WORKERS = 2
Predict = Callable[[pd.DataFrame], npt.NDArray[np.float64]]
Result = TypeVar("Result")


def design_frame(candidate: Candidate, rows: pd.DataFrame) -> pd.DataFrame:
    """A candidate's design matrix as a frame, one column a term, index of ``rows``."""
    return pd.DataFrame(candidate.encoding.matrix(rows), columns=list(candidate.encoding.terms), index=rows.index)


@dataclass(frozen=True)
class Refit:
    """Fits the settings of a boosted candidate to any design frame: ``refit(frame, outcome, seed)`` gives a predictor.

    Columns that the candidate does not have are unconstrained. The number of rounds is the candidate's own; rows have
    no case weights, for most callers make rows up.

    Attributes
    ----------
    configuration: hyper-parameters.
    directions: column -> +1 or -1 for constrained columns.
    rounds: number of trees.
    """

    configuration: Configuration
    directions: Mapping[str, int]
    rounds: int

    @classmethod
    def of(cls, candidate: Candidate) -> Refit:
        """The settings of a candidate that is :attr:`Candidate.refittable`."""
        signs = column_directions(candidate.monotone, candidate.encoding)
        return cls(
            Configuration(**candidate.parameters["configuration"]),
            dict(zip(candidate.encoding.terms, signs, strict=True)),
            int(candidate.parameters["rounds"]),
        )

    def __call__(self, frame: pd.DataFrame, outcome: npt.NDArray[Any], seed: int) -> Predict:
        """Fit on the rows of ``frame``; the predictor reads the same columns."""
        names = list(frame.columns)
        rows = Rows.of(frame.to_numpy(dtype=np.float64), np.asarray(outcome, dtype=np.int8))
        signs = [int(self.directions.get(name, 0)) for name in names]
        scorer = fit_rounds(rows, self.configuration, signs, seed, self.rounds)

        def predict(scored: pd.DataFrame) -> npt.NDArray[np.float64]:
            return np.asarray(expit(scorer.log_odds(scored[names].to_numpy(dtype=np.float64))), dtype=np.float64)

        return predict


def regularised(candidate: Candidate, portfolio: Portfolio, seed: int) -> Candidate:
    """The candidate with leaves and penalty four times as heavy and trees half as deep.

    Fitted on train, its number of rounds chosen anew on valid.
    """
    old = Configuration(**candidate.parameters["configuration"])
    new = replace(
        old,
        max_depth=max(old.max_depth // 2, 2),
        min_child_weight=4 * max(old.min_child_weight, 5.0),
        reg_lambda=4 * max(old.reg_lambda, 1.0),
    )
    return _early_stopped(candidate, portfolio, new, design_frame(candidate, portfolio.features("train")), None, seed)


def with_missing_copies(
    candidate: Candidate, portfolio: Portfolio, rows: pd.DataFrame, outcome: npt.NDArray[Any], seed: int
) -> Candidate:
    """The candidate fitted to other training rows of its design matrix, its number of rounds chosen anew on valid."""
    old = Configuration(**candidate.parameters["configuration"])
    return _early_stopped(candidate, portfolio, old, rows, outcome, seed)


def _early_stopped(
    candidate: Candidate,
    portfolio: Portfolio,
    configuration: Configuration,
    rows: pd.DataFrame,
    outcome: npt.NDArray[Any] | None,
    seed: int,
) -> Candidate:
    target = portfolio.outcome("train") if outcome is None else np.asarray(outcome, dtype=np.int8)
    weight = portfolio.weight("train") if outcome is None else None
    train = Rows.of(rows.to_numpy(dtype=np.float64), target, weight)
    valid = Rows.of(candidate.encoding.matrix(portfolio.features("valid")), portfolio.outcome("valid"))
    signs = column_directions(candidate.monotone, candidate.encoding)
    data = BoostingData.build(train, valid, configuration.max_bin)
    fit = Fit(data, configuration, signs, seed, candidate.parameters["early_stopping"])
    scorer = fit.advance(candidate.parameters["max_rounds"]).scorer()
    parameters = {
        **candidate.parameters,
        "configuration": configuration.as_dict(),
        "rounds": fit.best_round + 1,
        "base_score": data.base_score,
        "seed": seed,
        "fitted_on": "train",
    }
    return replace(candidate, scorer=scorer, parameters=parameters)


def in_threads(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results of independent fits in the order of the tasks; fits release the interpreter's lock."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda task: task(), tasks))
