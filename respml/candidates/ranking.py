"""Which candidate wins on the valid rows: five metrics on five folds, the simpler model on ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.typing import ArrayLike

from respml.measures.inputs import labelled_scores
from respml.measures.model_ranking import fold_metrics, mean_rank, random_folds, rank_folds, winner
from respml.measures.proper_scores import row_log_loss
from respml.measures.ranking import ranking_area
from respml.measures.score_groups import score_groups

FOLDS = 5


def discrimination_and_loss(outcome: ArrayLike, probability: ArrayLike) -> tuple[float, float]:
    """AUC and mean log-loss, without intervals; the AUC is NaN where a class is missing."""
    rows = labelled_scores(outcome, probability)
    area = float("nan") if rows.single_class else ranking_area(score_groups(rows))
    return area, float(row_log_loss(rows.outcome, rows.score).mean())


class FoldComparison:
    """Ranks models on the same random folds of the valid rows; the metrics of a model are computed once.

    Parameters
    ----------
    outcome: 0/1 of the valid rows.
    seed: seed of the folds.
    """

    def __init__(self, outcome: ArrayLike, seed: int, folds: int = FOLDS) -> None:
        self.outcome = np.asarray(outcome)
        self.fold = random_folds(len(self.outcome), folds, seed)
        self._metrics: dict[str, pd.DataFrame] = {}

    def add(self, name: str, probability: npt.NDArray[np.float64]) -> None:
        """Register a model's probabilities on the valid rows."""
        self._metrics[name] = fold_metrics(self.outcome, {name: probability}, self.fold)

    def ranks(self, names: Sequence[str]) -> pd.DataFrame:
        """``fold``, ``metric``, ``model``, ``value``, ``rank`` of the named models among themselves."""
        table = rank_folds(pd.concat([self._metrics[name] for name in names], ignore_index=True))
        return table.sort_values(["fold", "metric"], kind="stable", ignore_index=True)

    def mean_rank(self, name: str, compared: Sequence[str]) -> float:
        """Mean rank of one model among itself and the compared ones; 1 is best everywhere."""
        means = mean_rank(self.ranks([*compared, name]))
        ranks = dict(zip(means["model"], means["mean_rank"], strict=True))
        return float(ranks[name])


def ranking_tables(
    outcome: ArrayLike, probabilities: Mapping[str, npt.NDArray[np.float64]], order: Sequence[str], seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The final comparison of all candidates on the valid rows.

    Parameters
    ----------
    outcome: 0/1 of the valid rows.
    probabilities: name -> probability of default on these rows.
    order: names from the simplest model to the most complex one.
    seed: seed of the folds.

    Returns
    -------
    ``ranking_folds`` (``fold``, ``metric``, ``model``, ``value``, ``rank``; :func:`evaluation_table` of the measures
    makes the wide form) and ``ranking_summary`` (``model``, ``mean_rank``, ``n``, ``winner``). A more complex model
    wins only with a strictly lower mean rank.
    """
    comparison = FoldComparison(outcome, seed)
    for name in order:
        comparison.add(name, probabilities[name])
    folds = comparison.ranks(order)
    summary = mean_rank(folds)
    best = winner(summary, order)
    return folds, summary.assign(winner=summary["model"] == best)
