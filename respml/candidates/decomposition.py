"""Experiment: what each kind of complexity adds, from a linear model to unconstrained trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.encoding import Matrix, learn_encoding
from respml.candidates.glm import PenalisedPath, Standard, fit_path
from respml.candidates.ranking import discrimination_and_loss
from respml.candidates.splines import SplineBasis, components, products, strongest
from respml.candidates.tables import write_table
from respml.portfolio.portfolio import Portfolio

PARTS = ("train", "valid", "test")
MIXING = 0.5
POINTS = 12
SMALLEST_SHARE = 1e-3
PAIRED = 8
CONSTRAINED, FREE = "mgbm", "gbm"

Probability = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One rung of the ladder.

    Attributes
    ----------
    name, label: short and printed name.
    adds: what it can express that the step before cannot.
    terms: columns of its design matrix.
    valid, test: probabilities.
    penalty: λ of a penalised step; NaN for trees.
    """

    name: str
    label: str
    adds: str
    terms: int
    valid: Probability
    test: Probability
    penalty: float = float("nan")


def run(inputs: Mapping[str, Path], output: Path, seed: int) -> None:
    """Write ``steps.parquet`` (``row``, one column of test probabilities a step) and ``summary.parquet``.

    ``summary``: ``step``, ``label``, ``adds``, ``terms``, ``penalty``, ``valid_auc``, ``valid_log_loss``, in order.
    All steps are fitted on train and tuned on valid. Nothing is random here, so ``seed`` is not used.
    """
    del seed
    portfolio, candidates = Portfolio.read(inputs["portfolio"]), Candidates.read(inputs["candidates"])
    steps = decomposition_steps(portfolio, candidates)
    outcome = portfolio.outcome("valid")
    probabilities = {"row": portfolio.row_numbers("test"), **{step.name: step.test for step in steps}}
    write_table(pd.DataFrame(probabilities), output / "steps.parquet")
    records = []
    for step in steps:
        area, loss = discrimination_and_loss(outcome, step.valid)
        records.append((step.name, step.label, step.adds, step.terms, step.penalty, area, loss))
    columns = ["step", "label", "adds", "terms", "penalty", "valid_auc", "valid_log_loss"]
    write_table(pd.DataFrame(records, columns=columns), output / "summary.parquet")


def decomposition_steps(portfolio: Portfolio, candidates: Candidates) -> list[Step]:
    """Linear GLM → curves → pairwise interactions → monotone trees → free trees.

    The first and the last two steps are the report's own candidates; a candidate the report leaves out is left out
    here. The curves are cubic B-splines with an elastic-net penalty; the interactions are products of the fitted curves
    of the eight strongest inputs, added to the splines and fitted together with them.
    """
    steps: list[Step] = []
    if "glm" in candidates.order:
        glm = candidates["glm"]
        steps.append(_candidate_step(portfolio, glm, "straight lines", float(glm.parameters["penalty"])))
    steps += _additive_steps(portfolio)
    for name, adds in (
        (CONSTRAINED, "interactions of any order, each constrained input monotone"),
        (FREE, "effects that rise and fall"),
    ):
        if name in candidates.order:
            steps.append(_candidate_step(portfolio, candidates[name], adds))
    return steps


def _candidate_step(portfolio: Portfolio, candidate: Candidate, adds: str, penalty: float = float("nan")) -> Step:
    valid, test = (candidate.predict(portfolio.features(part)) for part in ("valid", "test"))
    return Step(candidate.name, candidate.label, adds, len(candidate.encoding.terms), valid, test, penalty)


def _additive_steps(portfolio: Portfolio) -> list[Step]:
    train = portfolio.features("train")
    encoding = learn_encoding(train, portfolio.inputs, fill_missing=True)
    raw = {part: encoding.matrix(portfolio.features(part)) for part in PARTS}
    basis = SplineBasis.learn(raw["train"])
    curved = {part: basis.matrix(raw[part]) for part in PARTS}
    path, standardised = _tuned(portfolio, curved)
    curves = {part: components(standardised[part], path.coefficient[path.chosen], basis.owners) for part in PARTS}
    first = _step("glm_splines", "GLM with splines", "one smooth curve for each input", path, standardised)
    top = strongest(curves["train"], PAIRED)
    paired = {part: np.hstack([curved[part], products(curves[part], top)]) for part in PARTS}
    path, standardised = _tuned(portfolio, paired)
    label = "GLM with splines and pairs"
    return [first, _step("glm_interactions", label, "products of two inputs' curves", path, standardised)]


def _tuned(portfolio: Portfolio, matrices: Mapping[str, Matrix]) -> tuple[PenalisedPath, dict[str, Matrix]]:
    standard = Standard.of(matrices["train"])
    standardised = {part: standard.apply(matrix) for part, matrix in matrices.items()}
    path = fit_path(
        standardised["train"],
        portfolio.outcome("train"),
        standardised["valid"],
        portfolio.outcome("valid"),
        mixing=(MIXING,),
        path_length=POINTS,
        smallest_share=SMALLEST_SHARE,
        weight=portfolio.weight("train"),
    )
    return path, standardised


def _step(name: str, label: str, adds: str, path: PenalisedPath, standardised: Mapping[str, Matrix]) -> Step:
    penalty = float(path.points["penalty"].iloc[path.chosen])
    valid, test = (path.probability(standardised[part]) for part in ("valid", "test"))
    return Step(name, label, adds, standardised["train"].shape[1], valid, test, penalty)
