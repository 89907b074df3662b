"""Which inputs cause a candidate's errors: Shapley values of the log-loss by feature, trees and GLM alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.candidates.candidate import Candidate
from respml.candidates.refits import design_frame
from respml.candidates.scorers import LinearScorer
from respml.debug.loss_shapley import LossShapley, background_error, linear_loss_shapley, loss_shapley
from respml.explain.tree_tables import TreeTables, tree_tables


def loss_contributions(
    candidate: Candidate, rows: pd.DataFrame, outcome: npt.NDArray[Any], background: pd.DataFrame
) -> LossShapley | None:
    """:func:`respml.debug.loss_shapley.loss_shapley` of a candidate, terms of one feature summed; None for others.

    Parameters
    ----------
    rows, background: portfolio columns; the background comes from the training rows and its size is stated.
    """
    design, reference = design_frame(candidate, rows), design_frame(candidate, background)
    if candidate.booster is not None:
        found = loss_shapley(_trees(candidate), design, outcome, reference)
    elif isinstance(candidate.scorer, LinearScorer):
        weights = pd.Series(candidate.scorer.coefficient, index=list(candidate.encoding.terms))
        found = linear_loss_shapley(candidate.scorer.intercept, weights, design, outcome, reference)
    else:
        return None
    return replace(
        found, prediction=_by_feature(candidate, found.prediction), loss=_by_feature(candidate, found.loss)
    )


def _by_feature(candidate: Candidate, terms: pd.DataFrame) -> pd.DataFrame:
    values = candidate.encoding.to_features(terms.to_numpy())
    return pd.DataFrame(values, index=terms.index, columns=list(candidate.features))


def contribution_error(
    candidate: Candidate,
    rows: pd.DataFrame,
    outcome: npt.NDArray[Any],
    background: pd.DataFrame,
    *,
    sample: int,
    seed: int,
) -> float:
    """Error that the choice of background rows leaves in the importances, as a share of their sum; nan for others.

    Zero for a GLM whose background is the whole of its training rows is not claimed: only trees are measured.
    """
    if candidate.booster is None:
        return float("nan")
    design, reference = design_frame(candidate, rows), design_frame(candidate, background)
    table = background_error(_trees(candidate), design, outcome, reference, rows=sample, seed=seed)
    return float(table["importance_error"].sum() / table["importance"].sum()) if len(table) else float(np.nan)


def _trees(candidate: Candidate) -> TreeTables:
    return tree_tables(candidate.booster, tuple(candidate.encoding.terms))
