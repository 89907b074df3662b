"""Experiment: would another fit of the champion be better, steadier, or free of what debugging found?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.new_features import candidate_features
from respml.candidates.refits import Refit, design_frame, in_threads, regularised, with_missing_copies
from respml.candidates.tables import write_table
from respml.debug.remediation import inject_missing
from respml.debug.retries import out_of_fold, without_worst_rows
from respml.portfolio.portfolio import Portfolio

RESAMPLES = 10
MOST_FEATURES = 4
REMOVED_SHARE = 0.01
MISSING_SHARE = 0.25
REMEDIES = ("regularised", "missing_injected")

Probability = npt.NDArray[np.float64]


def run(inputs: Mapping[str, Path], output: Path, seed: int) -> None:
    """Write what the refits say, and the refitted remedies themselves.

    ``trials``: ``trial`` (column of ``predictions``), ``label``, ``kind`` (base, feature, rows), ``rows`` (fitted).
    ``predictions``: ``row``, one column of test probabilities a trial. ``resamples``: ``row``, ``resample_1`` …: test
    probabilities of refits to stratified resamples of the training rows. ``remedies``: ``name``, ``rounds``, a
    candidate's folder of that name beside the tables. All are empty where the champion cannot be refitted here.
    """
    portfolio, candidates = Portfolio.read(inputs["portfolio"]), Candidates.read(inputs["candidates"])
    champion = candidates[candidates.champion]
    row = pd.DataFrame({"row": portfolio.row_numbers("test")})
    if not champion.refittable:
        write_table(pd.DataFrame(columns=["trial", "label", "kind", "rows"]), output / "trials.parquet")
        write_table(row, output / "predictions.parquet")
        write_table(row, output / "resamples.parquet")
        write_table(pd.DataFrame(columns=["name", "rounds"]), output / "remedies.parquet")
        return
    trials, predictions = retries(portfolio, champion, seed)
    write_table(trials, output / "trials.parquet")
    write_table(row.assign(**predictions), output / "predictions.parquet")
    write_table(row.assign(**resamples(portfolio, champion, seed)), output / "resamples.parquet")
    found = remedies(portfolio, champion, seed)
    for name, candidate in found.items():
        candidate.save(output / name)
    rounds = [int(each.parameters["rounds"]) for each in found.values()]
    write_table(pd.DataFrame({"name": list(found), "rounds": rounds}), output / "remedies.parquet")


def retries(portfolio: Portfolio, champion: Candidate, seed: int) -> tuple[pd.DataFrame, dict[str, Probability]]:
    """The champion's settings with one more feature each, and with fewer training rows; its own seed, one holdout.

    Outliers are the share of training rows of largest loss under models that did not see them; the second trial also
    keeps only every second row that did not default. Returns the tables described at :func:`run`.
    """
    fit, own = Refit.of(champion), int(champion.parameters["seed"])
    train, test = (portfolio.features(part) for part in ("train", "test"))
    target = portfolio.outcome("train").astype(np.int64)
    design, holdout = design_frame(champion, train), design_frame(champion, test)
    numeric = [name for name in portfolio.inputs if pd.api.types.is_numeric_dtype(train[name])]
    columns = portfolio.dictionary.columns
    units = {name: columns[name].unit or "" if name in columns else "" for name in numeric}
    labels = [("base", "the champion's own inputs", "base", len(train))]
    tasks: list[Callable[[], Probability]] = [lambda: fit(design, target, own)(holdout)]
    for place, feature in enumerate(candidate_features(numeric, units, most=MOST_FEATURES)):
        grown = design.assign(**{feature.name: feature.values(train)})
        wider = holdout.assign(**{feature.name: feature.values(test)})
        labels.append((f"feature_{place + 1}", f"with {feature.text}", "feature", len(train)))
        tasks.append(lambda grown=grown, wider=wider: fit(grown, target, own)(wider))  # type: ignore[misc]
    unseen = out_of_fold(fit, design, target, seed=seed)
    for place, (keep_every, label) in enumerate(
        ((1, "without the rows of largest loss"), (2, "without them, and every other repaid row"))
    ):
        kept = without_worst_rows(target, unseen, removed=round(REMOVED_SHARE * len(train)), keep_every=keep_every)
        labels.append((f"rows_{place + 1}", label, "rows", int(kept.sum())))
        tasks.append(lambda kept=kept: fit(design[kept], target[kept], own)(holdout))  # type: ignore[misc]
    trials = pd.DataFrame(labels, columns=["trial", "label", "kind", "rows"])
    return trials, dict(zip(trials["trial"], in_threads(tasks), strict=True))


def resamples(portfolio: Portfolio, champion: Candidate, seed: int) -> dict[str, Probability]:
    """Test probabilities of refits to training rows redrawn within each class, each with its own seed."""
    fit = Refit.of(champion)
    design = design_frame(champion, portfolio.features("train"))
    holdout = design_frame(champion, portfolio.features("test"))
    target = portfolio.outcome("train").astype(np.int64)

    def one(stream: np.random.SeedSequence) -> Probability:
        generator = np.random.default_rng(stream)
        chosen = np.concatenate(
            [generator.choice(rows, rows.size) for rows in (np.flatnonzero(target == each) for each in (0, 1))]
        )
        own_seed = int(stream.generate_state(1)[0] >> 1)
        return fit(design.iloc[chosen], target[chosen], own_seed)(holdout)

    streams = np.random.SeedSequence(seed).spawn(RESAMPLES)
    found = in_threads([lambda each=each: one(each) for each in streams])  # type: ignore[misc]
    return {f"resample_{place + 1}": scores for place, scores in enumerate(found)}


def remedies(portfolio: Portfolio, champion: Candidate, seed: int) -> dict[str, Candidate]:
    """The champion refitted with heavier penalties, and with copies of training rows in which one input is missing."""
    design = design_frame(champion, portfolio.features("train"))
    target = portfolio.outcome("train").astype(np.int64)
    rows, outcome = inject_missing(design, target, list(design.columns), share=MISSING_SHARE, seed=seed)
    tasks: list[Callable[[], Any]] = [
        lambda: regularised(champion, portfolio, seed),
        lambda: with_missing_copies(champion, portfolio, rows, outcome.astype(np.int64), seed),
    ]
    return dict(zip(REMEDIES, in_threads(tasks), strict=True))
