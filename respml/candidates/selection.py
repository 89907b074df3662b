"""Forward selection: features join in the order of their correlation, and a longer list must win strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from respml.candidates.boosting import BoostingData, Configuration, Fit, Rows, column_directions
from respml.candidates.encoding import Encoding
from respml.candidates.ranking import FoldComparison, discrimination_and_loss
from respml.measures.model_ranking import RANK_TOLERANCE


@dataclass(frozen=True)
class SelectionPath:
    """The path and the features it chose.

    Attributes
    ----------
    table: one row a step: ``step`` (from 1), ``added`` (empty at the first), ``features`` (count), ``valid_auc``,
        ``valid_log_loss``, ``mean_rank`` (among the compared models and itself), ``compared`` (how many), ``chosen``.
    features: the chosen features, in the order in which they joined.
    """

    table: pd.DataFrame
    features: tuple[str, ...]


def feature_lists(
    start: Sequence[str], features: Sequence[str], correlation: Mapping[str, float]
) -> list[tuple[str, ...]]:
    """The lists of a path: the starting features, then one more at a time by descending absolute correlation.

    Features without a correlation come last; equal ones keep the order given. Without starting features the first list
    is the most correlated one alone.
    """

    def strength(name: str) -> float:
        value = abs(correlation[name])
        return -1.0 if np.isnan(value) else value

    ranked = sorted(features, key=strength, reverse=True)
    first = tuple(name for name in ranked if name in set(start)) or tuple(ranked[:1])
    rest = [name for name in ranked if name not in first]
    return [first + tuple(rest[:count]) for count in range(len(rest) + 1)]


def forward_selection(
    train: Rows,
    valid: Rows,
    encoding: Encoding,
    lists: Sequence[tuple[str, ...]],
    directions: Mapping[str, int],
    configuration: Configuration,
    comparison: FoldComparison,
    compared: Sequence[str],
    *,
    seed: int,
    max_rounds: int,
    patience: int,
    workers: int,
) -> SelectionPath:
    """Fit one model a list, all with the same configuration, and keep the list of the lowest mean rank.

    Each step's model is ranked against the ``compared`` simpler models on the folds of the valid rows. The walk starts
    with the rank that a loser to all of them would have, and a step is accepted only with a strictly lower mean rank
    than the best so far, so that of equal lists the shorter one stays. Where no step beats that rank the first list is
    kept.

    Parameters
    ----------
    train, valid: all columns of ``encoding``.
    lists: as :func:`feature_lists` gives.
    directions: feature -> +1, -1 or 0.
    comparison: holds the metrics of the compared models.
    compared: their names.
    """

    def fitted(features: tuple[str, ...]) -> tuple[float, float, np.ndarray]:
        place = encoding.positions(features)
        part = encoding.subset(features)
        held = valid.columns(place)
        data = BoostingData.build(train.columns(place), held, configuration.max_bin)
        signs = column_directions(directions, part)
        fit = Fit(data, configuration, signs, seed, patience).advance(max_rounds)
        probability = np.asarray(expit(fit.scorer().log_odds(held.matrix.astype(np.float64))))
        area, loss = discrimination_and_loss(valid.outcome, probability)
        return area, loss, probability

    with ThreadPoolExecutor(max(1, workers)) as pool:
        results = list(pool.map(fitted, lists))
    records = []
    best, best_rank = 0, len(compared) + 1.0
    for step, (features, (area, loss, probability)) in enumerate(zip(lists, results, strict=True)):
        name = f"step {step + 1}"
        comparison.add(name, probability)
        rank = comparison.mean_rank(name, compared)
        if rank < best_rank - RANK_TOLERANCE:
            best, best_rank = step, rank
        records.append(
            {
                "step": step + 1,
                "added": features[-1] if step else "",
                "features": len(features),
                "valid_auc": area,
                "valid_log_loss": loss,
                "mean_rank": rank,
                "compared": len(compared),
            }
        )
    table = pd.DataFrame(records)
    table["chosen"] = table["step"] == best + 1
    return SelectionPath(table, lists[best])
