"""Experiment: ten refits of the champion under other seeds and samples. Which explanations do not depend on them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from respml.candidates.boosting import BoostingData, Configuration, Fit, Rows, column_directions, fit_rounds
from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.ranking import discrimination_and_loss
from respml.candidates.tables import write_table
from respml.portfolio.portfolio import Portfolio

MEMBERS = 10
STEP = 0.01
SMALLEST = 0.1
WORKERS = 2


def run(inputs: Mapping[str, Path], output: Path, seed: int) -> None:
    """Write the members as candidates (``member_1`` … ``member_10``), ``summary`` and their test ``contributions``.

    ``summary``: ``member``, ``seed``, ``row_share``, ``column_share``, ``rounds``, ``test_auc``. ``contributions``:
    ``member``, ``row``, one float32 column a feature and ``bias`` (log-odds), ``probability``. A champion without
    random numbers in its fit, such as a GLM, has no members: both tables are empty.
    """
    portfolio, candidates = Portfolio.read(inputs["portfolio"]), Candidates.read(inputs["candidates"])
    test, outcome = portfolio.features("test"), portfolio.outcome("test")
    summary: list[dict[str, object]] = []
    contributions: list[pd.DataFrame] = []
    for number, (member, settings) in enumerate(members(portfolio, candidates[candidates.champion], seed), start=1):
        member.save(output / f"member_{number}")
        probability = member.predict(test)
        values, _ = member.contributions(test)
        area, _ = discrimination_and_loss(outcome, probability)
        summary.append({"member": number, **settings, "test_auc": area})
        table = values.reset_index(names="row").assign(probability=probability)
        table.insert(0, "member", number)
        contributions.append(table)
    columns = ["member", "seed", "row_share", "column_share", "rounds", "test_auc"]
    write_table(pd.DataFrame(summary, columns=columns), output / "summary.parquet")
    empty = pd.DataFrame(columns=["member", "row", "bias", "probability"])
    write_table(
        pd.concat(contributions, ignore_index=True) if contributions else empty, output / "contributions.parquet"
    )


def members(
    portfolio: Portfolio, champion: Candidate, seed: int, count: int = MEMBERS
) -> Iterator[tuple[Candidate, dict[str, object]]]:
    """Refits of a boosted champion: member i draws i hundredths fewer of the rows and columns, under a seed of its own.

    Features, constraints and all other settings are the champion's; the number of rounds is chosen anew on valid.
    Yields each member as a candidate and its settings; nothing for a champion that is not boosted.
    """
    if champion.booster is None or "configuration" not in champion.parameters:
        return
    rows = {
        part: Rows.of(
            champion.encoding.matrix(portfolio.features(part)), portfolio.outcome(part), portfolio.weight(part)
        )
        for part in ("train", "valid")
    }
    usual = Configuration(**champion.parameters["configuration"])
    directions = column_directions(champion.monotone, champion.encoding)
    seeds = [int(each) for each in np.random.default_rng(seed).choice(2**31 - 1, size=count, replace=False)]
    varied = [
        replace(
            usual,
            subsample=max(usual.subsample - STEP * (place + 1), SMALLEST),
            colsample_bytree=max(usual.colsample_bytree - STEP * (place + 1), SMALLEST),
        )
        for place in range(count)
    ]

    def fitted(worker: int) -> list[tuple[Candidate, int]]:
        data = BoostingData.build(rows["train"], rows["valid"], usual.max_bin)
        found = []
        for place in range(worker, count, WORKERS):
            fit = Fit(data, varied[place], directions, seeds[place], champion.parameters["early_stopping"])
            scorer = fit.advance(champion.parameters["max_rounds"]).scorer()
            rounds = fit.best_round + 1
            if champion.parameters["fitted_on"] == "train_and_valid":
                both = rows["train"].joined(rows["valid"])
                scorer = fit_rounds(both, varied[place], directions, seeds[place], rounds)
            parameters = {**champion.parameters, "configuration": varied[place].as_dict()}
            found.append((replace(champion, scorer=scorer, parameters=parameters), rounds))
        return found

    with ThreadPoolExecutor(WORKERS) as pool:
        by_worker = list(pool.map(fitted, range(WORKERS)))
    for place in range(count):
        candidate, rounds = by_worker[place % WORKERS][place // WORKERS]
        yield (
            candidate,
            {
                "seed": seeds[place],
                "row_share": varied[place].subsample,
                "column_share": varied[place].colsample_bytree,
                "rounds": rounds,
            },
        )
