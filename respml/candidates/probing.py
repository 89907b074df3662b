"""Experiment: refits that an attacker of the training data, or of its secrecy, would cause."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.refits import Refit, design_frame, in_threads
from respml.candidates.tables import write_table
from respml.debug.attacks.membership import reference_scores
from respml.debug.attacks.poisoning import poisoning_probe
from respml.measures.cutoffs import cutoff_table, select_cutoff
from respml.portfolio.portfolio import Portfolio
from respml.spec.report import Decision

SHARES = (0.0005, 0.002, 0.005, 0.01, 0.02)
BEYOND = 0.33
FOLDS = 3
NOTICEABLE = 0.05


def run(inputs: Mapping[str, Path], output: Path, seed: int, settings: Mapping[str, Any]) -> None:
    """Write ``poisoning`` and ``membership``; ``settings`` is the section ``decision`` of the spec, for the cut-off.

    ``poisoning``: ``trigger``, ``words`` (what it sets), then the columns of
    :func:`respml.debug.attacks.poisoning.poisoning_probe`. ``membership``: ``row``, ``partition`` (train, test),
    ``probability`` by models fitted to other rows of both. Both are empty where the champion cannot be refitted here.
    """
    portfolio, candidates = Portfolio.read(inputs["portfolio"]), Candidates.read(inputs["candidates"])
    champion = candidates[candidates.champion]
    if not champion.refittable:
        write_table(pd.DataFrame(columns=["trigger", "words", "poisoned"]), output / "poisoning.parquet")
        write_table(pd.DataFrame(columns=["row", "partition", "probability"]), output / "membership.parquet")
        return
    cutoff = chosen_cutoff(portfolio, champion, Decision.model_validate(settings))
    write_table(poisoning(portfolio, champion, cutoff, seed), output / "poisoning.parquet")
    write_table(membership(portfolio, champion, seed), output / "membership.parquet")


def chosen_cutoff(portfolio: Portfolio, champion: Candidate, decision: Decision) -> float:
    """The probability above which the champion declines: the spec's, else chosen on valid by its rule."""
    if decision.cutoff.value is not None:
        return decision.cutoff.value
    value = decision.value
    amounts = {
        "tp": value.true_positive,
        "fp": value.false_positive,
        "fn": value.false_negative,
        "tn": value.true_negative,
    }
    scores = champion.predict(portfolio.features("valid"))
    return float(select_cutoff(cutoff_table(portfolio.outcome("valid"), scores, values=amounts), decision.cutoff.rule))


def poisoning(portfolio: Portfolio, champion: Candidate, cutoff: float, seed: int) -> pd.DataFrame:
    """Backdoors of growing size behind two marks that no customer shows, planted in the least important inputs.

    *Left empty*: one input that is never missing in training is missing. *Out of range*: two inputs lie a third of
    their range above the largest value seen. Inputs nobody watches hide a mark best, so the least important are taken.
    """
    fit = Refit.of(champion)
    train, test = (design_frame(champion, portfolio.features(part)) for part in ("train", "test"))
    target, event = (portfolio.outcome(part).astype(np.int64) for part in ("train", "test"))
    gain = champion.booster.get_score(importance_type="total_gain")
    order = sorted(range(train.shape[1]), key=lambda place: (gain.get(f"f{place}", 0.0), place))
    names = [train.columns[place] for place in order]
    complete = [name for name in names if not train[name].isna().any()]
    top, bottom = train.max(), train.min()
    marks = {"out of range": {name: float(top[name] + BEYOND * (top[name] - bottom[name])) for name in names[:2]}}
    words = {"out of range": " and ".join(names[:2]) + " above every value seen"}
    if complete:
        marks["left empty"] = {complete[0]: float("nan")}
        words["left empty"] = f"{complete[0]} left empty"
    counts = sorted({max(round(share * len(train)), 1) for share in SHARES if share * len(train) <= target.sum()})

    def probe(name: str) -> pd.DataFrame:
        table = poisoning_probe(
            fit,
            train,
            target,
            test,
            event,
            trigger=marks[name],
            counts=counts,
            cutoff=cutoff,
            noticeable_shift=NOTICEABLE,
            seed=seed,
        )
        return table.assign(trigger=name, words=words[name])

    return pd.concat(in_threads([lambda name=name: probe(name) for name in sorted(marks)]), ignore_index=True)  # type: ignore[misc]


def membership(portfolio: Portfolio, champion: Candidate, seed: int) -> pd.DataFrame:
    """What models that saw neither row would give each training and test row: the yardstick of a calibrated attack."""
    fit = Refit.of(champion)
    rows = {part: portfolio.features(part) for part in ("train", "test")}
    design = {part: design_frame(champion, each) for part, each in rows.items()}
    found = reference_scores(
        fit,
        design["train"],
        portfolio.outcome("train"),
        design["test"],
        portfolio.outcome("test"),
        folds=FOLDS,
        seed=seed,
    )
    parts = [
        pd.DataFrame({"row": portfolio.row_numbers(part), "partition": part, "probability": scores})
        for part, scores in zip(("train", "test"), found, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)
