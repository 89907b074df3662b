"""Experiment: the champion fitted again under other seeds. How much of its score is chance?"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from respml.candidates.boosting import BoostingData, Configuration, Fit, Rows, column_directions, fit_rounds
from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.ranking import discrimination_and_loss
from respml.candidates.tables import write_table
from respml.portfolio.portfolio import Portfolio

REFITS = 10
WORKERS = 2


def run(inputs: Mapping[str, Path], output: Path, seed: int) -> None:
    """Write ``seeds.parquet`` (``row``, ``refit_1`` … ``refit_10``: test probabilities) and ``summary.parquet``.

    ``summary``: ``refit``, ``seed``, ``rounds``, ``valid_auc``, ``valid_log_loss``, ``varies`` (whether the seed enters
    the fit at all: it does not for a GLM or a model made elsewhere, whose ten columns are its own probabilities).
    """
    portfolio, candidates = Portfolio.read(inputs["portfolio"]), Candidates.read(inputs["candidates"])
    probabilities, summary = refits(portfolio, candidates[candidates.champion], seed)
    rows = pd.DataFrame({"row": portfolio.row_numbers("test"), **probabilities})
    write_table(rows, output / "seeds.parquet")
    write_table(summary, output / "summary.parquet")


def refits(
    portfolio: Portfolio, candidate: Candidate, seed: int, count: int = REFITS
) -> tuple[dict[str, npt.NDArray[np.float64]], pd.DataFrame]:
    """Fit a candidate's settings again under ``count`` seeds: same features, constraints, hyper-parameters and rows.

    Only the sampling of rows and columns differs; the number of rounds is chosen anew on valid.

    Returns
    -------
    Test probabilities by refit, and the summary described at :func:`run`.
    """
    names = [f"refit_{place + 1}" for place in range(count)]
    seeds = [int(each) for each in np.random.default_rng(seed).choice(2**31 - 1, size=count, replace=False)]
    outcome = portfolio.outcome("valid")
    if not candidate.refittable:
        valid, test = (candidate.score_rows(portfolio.features(part)) for part in ("valid", "test"))
        area, loss = discrimination_and_loss(outcome, valid)
        summary = pd.DataFrame({"refit": names, "seed": seeds, "rounds": 0, "valid_auc": area, "valid_log_loss": loss})
        return dict.fromkeys(names, test), summary.assign(varies=False)
    rows = {
        part: Rows.of(
            candidate.encoding.matrix(portfolio.features(part)), portfolio.outcome(part), portfolio.weight(part)
        )
        for part in ("train", "valid", "test")
    }
    configuration = Configuration(**candidate.parameters["configuration"])
    directions = column_directions(candidate.monotone, candidate.encoding)

    def shares(worker: int) -> list[tuple[int, npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
        data = BoostingData.build(rows["train"], rows["valid"], configuration.max_bin)
        results = []
        for number in range(worker, count, WORKERS):
            fit = Fit(data, configuration, directions, seeds[number], candidate.parameters["early_stopping"])
            scorer = fit.advance(candidate.parameters["max_rounds"]).scorer()
            rounds = fit.best_round + 1
            if candidate.parameters["fitted_on"] == "train_and_valid":
                both = rows["train"].joined(rows["valid"])
                scorer = fit_rounds(both, configuration, directions, seeds[number], rounds)
            valid, test = (
                np.asarray(expit(scorer.log_odds(rows[part].matrix.astype(np.float64)))) for part in ("valid", "test")
            )
            results.append((rounds, valid, test))
        return results

    with ThreadPoolExecutor(WORKERS) as pool:
        by_worker = list(pool.map(shares, range(WORKERS)))
    ordered = [by_worker[number % WORKERS][number // WORKERS] for number in range(count)]
    records = [
        (name, each_seed, rounds, *discrimination_and_loss(outcome, valid))
        for name, each_seed, (rounds, valid, _) in zip(names, seeds, ordered, strict=True)
    ]
    summary = pd.DataFrame(records, columns=["refit", "seed", "rounds", "valid_auc", "valid_log_loss"])
    probabilities = {name: test for name, (_, _, test) in zip(names, ordered, strict=True)}
    return probabilities, summary.assign(varies=True)
