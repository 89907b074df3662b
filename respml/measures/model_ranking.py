"""Ranking of models over folds of the validation rows: several metrics, mean rank, and the simpler model on ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.cutoffs import cutoff_table
from respml.measures.inputs import Integers, complete_array, labelled_probabilities, same_length
from respml.measures.proper_scores import row_log_loss
from respml.measures.ranking import ranking_area
from respml.measures.score_groups import score_groups

METRICS = ("max mcc", "max f1", "max accuracy", "logloss", "auc")
RANK_TOLERANCE = 1e-9
VALUE_TOLERANCE = 1e-6


def random_folds(n: int, folds: int = 5, seed: int = 12345) -> Integers:
    """A fold 0 … ``folds − 1`` for each of ``n`` rows, in random order and of equal size up to one row."""
    if folds < 1:
        raise InputError("The number of folds is below one.", remedy="Ask for at least two folds.")
    return np.random.default_rng(seed).permutation(np.arange(n) % folds).astype(np.int64)


def _metrics(outcome: ArrayLike, probability: ArrayLike) -> dict[str, float]:
    """The five metrics of one model on one fold; undefined ones are ``nan``."""
    rows = labelled_probabilities(outcome, probability)
    table = cutoff_table(rows.event, rows.score)
    best = {name: table[column].max() for name, column in (("mcc", "mcc"), ("f1", "f1"), ("accuracy", "accuracy"))}
    return {
        "max mcc": float(best["mcc"]),
        "max f1": float(best["f1"]),
        "max accuracy": float(best["accuracy"]),
        "logloss": float(row_log_loss(rows.outcome, rows.score).mean()) if rows.n else float("nan"),
        "auc": float("nan") if rows.single_class else ranking_area(score_groups(rows)),
    }


@convention(
    name="Metrics by fold",
    formula="maximum over all cut-offs of MCC, F1 and accuracy; log-loss; AUC; on each fold of the validation rows",
    source="Hall (2020), GLM–MGBM–GBM notebook",
    direction="log-loss: lower is better; the others: higher is better",
    ties="as cut-off table and AUC",
    interval="none: the spread over folds is the evidence",
    weights="not applicable: unweighted only",
)
def fold_metrics(outcome: ArrayLike, probabilities: Mapping[str, ArrayLike], fold: ArrayLike) -> pd.DataFrame:
    """Five metrics of each model on each fold.

    Parameters
    ----------
    outcome: 0/1 array.
    probabilities: probability array of each model, by name.
    fold: fold of each row, any whole numbers.

    Returns
    -------
    DataFrame with ``fold``, ``metric`` (``max mcc``, ``max f1``, ``max accuracy``, ``logloss``, ``auc``), ``model``,
    ``value``; ``nan`` where a metric is undefined on the fold.
    """
    labels = np.asarray(outcome)
    folds = complete_array(fold, "fold").astype(np.int64)
    same_length(labels.size, folds.size, "fold")
    records = []
    for number in np.unique(folds):
        chosen = folds == number
        values = {}
        for model, probability in probabilities.items():
            scores = np.asarray(probability)
            same_length(labels.size, scores.size, f"probability of {model}")
            values[model] = _metrics(labels[chosen], scores[chosen])
        records += [(int(number), metric, model, values[model][metric]) for metric in METRICS for model in values]
    return pd.DataFrame(records, columns=["fold", "metric", "model", "value"])


@convention(
    name="Rank by fold and metric",
    formula="rank 1 = best model on that fold and metric",
    source="Caruana, Joachims & Backstrom 2004; Hall (2020)",
    direction="log-loss ascending, all other metrics descending",
    ties="values no further than 0.000001 from the next one share the mean of their ranks",
    zero_bins="undefined values take no rank",
)
def rank_folds(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``rank`` (1 = best, ties averaged) within each fold and metric.

    The same function in two forms differs in the last digits of its probabilities; that is no difference in rank.

    Parameters
    ----------
    frame: as :func:`fold_metrics` returns; the metric named ``logloss`` ranks ascending, all others descending.
    """
    lower_is_better = frame["metric"] == "logloss"
    oriented = frame["value"].where(lower_is_better, -frame["value"])
    ranks = oriented.groupby([frame["fold"], frame["metric"]]).transform(_ranks)
    return frame.assign(rank=ranks)


def _ranks(values: pd.Series) -> pd.Series:
    """Ranks from the lowest value, 1 …; values that follow each other closely share theirs."""
    ordered = values.sort_values(kind="stable")
    level = (ordered.diff() > VALUE_TOLERANCE).cumsum().where(ordered.notna())
    return level.rank(method="average").reindex(values.index)


@convention(
    name="Mean rank",
    formula="mean of the ranks over all folds and metrics",
    source="Caruana, Joachims & Backstrom 2004; Hall (2020)",
    direction="1 = best everywhere",
    denominator="folds × metrics",
    interval="none: folds share models and metrics are correlated",
)
def mean_rank(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean rank of each model.

    Parameters
    ----------
    frame: as :func:`fold_metrics` or :func:`rank_folds` returns.

    Returns
    -------
    DataFrame with ``model`` (in order of first appearance), ``mean_rank``, ``n`` (ranks averaged).
    """
    ranked = frame if "rank" in frame else rank_folds(frame)
    grouped = ranked.groupby("model", sort=False)["rank"]
    return pd.DataFrame({"mean_rank": grouped.mean(), "n": grouped.count()}).reset_index()


def winner(frame: pd.DataFrame, order: Sequence[str]) -> str:
    """The model that stands after each more complex one has challenged in turn.

    Parameters
    ----------
    frame: as :func:`fold_metrics`, :func:`rank_folds` or :func:`mean_rank` returns.
    order: names from the simplest to the most complex model; only those named take part.

    Returns
    -------
    The name of the winner: a model displaces a simpler one only with a strictly lower mean rank, so ties stay simple.
    """
    if not order:
        raise InputError("No models are named.", remedy="List the models from the simplest to the most complex.")
    means = frame if "mean_rank" in frame else mean_rank(frame)
    ranks = dict(zip(means["model"], means["mean_rank"], strict=True))
    unknown = [name for name in order if name not in ranks]
    if unknown:
        raise InputError(f"There is no rank for {', '.join(unknown)}.", remedy="Name models that were ranked.")
    best = order[0]
    for challenger in order[1:]:
        # Means of tied ranks can differ in the last binary digit; that is no difference.
        if ranks[challenger] < ranks[best] - RANK_TOLERANCE:
            best = challenger
    return best


def evaluation_table(frame: pd.DataFrame) -> pd.DataFrame:
    """The ranking as one row per fold and metric: ``fold``, ``metric``, a column a model, then their ranks."""
    ranked = frame if "rank" in frame else rank_folds(frame)
    models = list(dict.fromkeys(ranked["model"]))
    values = ranked.pivot(index=["fold", "metric"], columns="model", values="value")[models]
    ranks = ranked.pivot(index=["fold", "metric"], columns="model", values="rank")[models]
    table: pd.DataFrame = values.join(ranks.add_suffix("_rank")).reset_index()
    table.columns.name = None
    return table
