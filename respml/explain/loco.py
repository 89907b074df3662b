"""Leave-one-covariate-out contributions, for one model and for an ensemble of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.model import FloatArray, Model, feature_matrix
from respml.explain.tree_tables import TreeTables, margin_of_matrix

MAJORITY = "majority path"
MISSING = "missing value"
MEAN = "mean of the reference rows"
UNSTABLE_SIGN_SHARE = 0.8


@dataclass(frozen=True)
class LeaveOneOut(Displayed):
    """Contributions of explained rows.

    Attributes
    ----------
    frame: ``row``, ``rank`` (by |contribution|), ``feature``, ``value``, ``contribution`` (probability points),
        ``scaled`` (times the row's scaler).
    check: ``row``, ``probability``, ``mean_outcome``, ``sum``, ``scaler``, ``error`` (mean outcome + sum of scaled
        contributions - probability; nan where the sum is 0 and no scaler exists).
    absent: how a left-out feature was represented.
    """

    frame: pd.DataFrame
    check: pd.DataFrame
    absent: str


def leave_one_covariate_out(
    model: Model,
    rows: pd.DataFrame,
    outcome: ArrayLike,
    *,
    reference: pd.DataFrame | None = None,
    absent: str = MAJORITY,
) -> LeaveOneOut:
    """Change in a row's probability when each feature is taken away, scaled to add up.

    Purpose: a second local explanation with another notion of absence; agreement with Shapley values is evidence, a
    conflict is a finding. Mechanism: contribution = p(x) - p(x without the feature). Without means: at each split on
    the feature follow the child with more training weight (*majority path*, trees only); or a *missing value* through
    the model's own missing branch; or the *mean of the reference rows*. Scaler = (p - mean outcome) / sum of
    contributions, so that the mean outcome plus the scaled contributions is p. Signs of high risk: a scaler far from
    one or negative (strong interactions; order doubtful); different leading feature than Shapley. Strengths: simple, no
    sampling.
    Limitations: one feature at a time: features that stand in for each other all look unimportant; the scaling hides
    it.

    ``outcome`` is the 0/1 target of the test partition, whose mean anchors the scale.
    """
    mean_outcome = float(np.asarray(outcome, dtype=np.float64).mean())
    probability = model.probability(rows)
    change = probability[:, None] - _without(model, rows, reference, absent)
    total = change.sum(axis=1)
    scaler = np.divide(probability - mean_outcome, total, out=np.full(len(rows), np.nan), where=np.abs(total) > 1e-12)
    scaled = change * scaler[:, None]
    check = pd.DataFrame(
        {
            "row": rows.index,
            "probability": probability,
            "mean_outcome": mean_outcome,
            "sum": total,
            "scaler": scaler,
            "error": mean_outcome + scaled.sum(axis=1) - probability,
        }
    )
    return LeaveOneOut(_long(rows, model.features, change, scaled), check, absent)


def leave_one_out_ensemble(
    models: Sequence[Model],
    rows: pd.DataFrame,
    outcome: ArrayLike,
    *,
    reference: pd.DataFrame | None = None,
    absent: str = MAJORITY,
) -> pd.DataFrame:
    """Leave-one-out contributions over models that differ only in seed or sampling.

    Purpose: a reason that another seed would not give is not a reason. Mechanism: :func:`leave_one_covariate_out` of
    every member; mean and standard deviation. Unstable: fewer than 80 % of members agree with the sign of the mean, or
    the standard deviation exceeds the mean's size. Signs of high risk: unstable features among the leading five.
    Strengths: shows underspecification. Limitations: members share data, so the spread is a lower bound.

    Columns: ``row``, ``feature``, ``rank`` (by |mean|), ``mean``, ``scaled_mean``, ``standard_deviation``,
    ``sign_share`` (members with the mean's sign), ``unstable``, ``members``.
    """
    if len(models) < 2:
        raise InputError("An ensemble needs at least two models.", remedy="Pass ten refits under different seeds.")
    if len({model.features for model in models}) != 1:
        raise InputError("The ensemble's members have different features.", remedy="Refit them on one feature list.")
    parts = [leave_one_covariate_out(each, rows, outcome, reference=reference, absent=absent).frame for each in models]
    table = pd.concat(parts, ignore_index=True)
    grouped = table.groupby(["row", "feature"], sort=False)
    result = grouped.agg(
        mean=("contribution", "mean"), scaled_mean=("scaled", "mean"), standard_deviation=("contribution", "std")
    ).reset_index()
    sign = np.sign(table["contribution"])
    usual = np.sign(grouped["contribution"].transform("mean"))
    share = (sign == usual).groupby([table["row"], table["feature"]], sort=False).mean().to_numpy()
    result["sign_share"] = share
    result["unstable"] = (share < UNSTABLE_SIGN_SHARE) | (result["standard_deviation"] > result["mean"].abs())
    result["members"] = len(models)
    order = result.groupby("row", sort=False)["mean"].transform(
        lambda each: each.abs().rank(ascending=False, method="first")
    )
    result.insert(2, "rank", order.astype(int))
    first_seen = result["row"].map({label: place for place, label in enumerate(rows.index)})
    places = np.lexsort((result["rank"].to_numpy(), first_seen.to_numpy()))
    return result.iloc[places].reset_index(drop=True)


def _without(model: Model, rows: pd.DataFrame, reference: pd.DataFrame | None, absent: str) -> FloatArray:
    """Probability of each row without each feature, shape (rows, features)."""
    if absent == MAJORITY:
        if model.trees is None or not model.trees_reproduce(rows):
            raise InputError(
                f"Model {model.name!r} has no trees that give its predictions.", remedy=f"Use absent={MEAN!r}."
            )
        matrix = model.trees.matrix(rows)
        columns = [
            expit(margin_of_matrix(_majority(model.trees, place), matrix)) for place in range(len(model.features))
        ]
        return np.stack(columns, axis=1)
    if absent == MEAN:
        if reference is None:
            raise InputError("Mean imputation needs reference rows.", remedy="Pass the training partition.")
        values = np.nanmean(feature_matrix(reference, model.features), axis=0)
    elif absent == MISSING:
        values = np.full(len(model.features), np.nan)
    else:
        raise InputError(f"Unknown representation {absent!r}.", remedy=f"Use {MAJORITY!r}, {MEAN!r} or {MISSING!r}.")
    base = feature_matrix(rows, model.features)
    tiled = np.tile(base, (len(model.features), 1, 1))
    for place in range(len(model.features)):
        tiled[place, :, place] = values[place]
    flat = pd.DataFrame(tiled.reshape(-1, len(model.features)), columns=list(model.features))
    return model.probability(flat).reshape(len(model.features), len(rows)).T


def _majority(tables: TreeTables, feature: int) -> TreeTables:
    """The ensemble with every split on one feature replaced by its heavier child."""
    splits = tables.feature == feature
    heavier = np.where(tables.cover[tables.yes] >= tables.cover[tables.no], tables.yes, tables.no)
    return replace(tables, yes=np.where(splits, heavier, tables.yes), no=np.where(splits, heavier, tables.no))


def _long(rows: pd.DataFrame, features: Sequence[str], change: FloatArray, scaled: FloatArray) -> pd.DataFrame:
    order = np.argsort(-np.abs(change), axis=1, kind="stable")
    names = np.array(features, dtype=object)
    values = feature_matrix(rows, features)
    return pd.DataFrame(
        {
            "row": np.repeat(rows.index.to_numpy(), len(features)),
            "rank": np.tile(np.arange(1, len(features) + 1), len(rows)),
            "feature": names[order].reshape(-1),
            "value": np.take_along_axis(values, order, axis=1).reshape(-1),
            "contribution": np.take_along_axis(change, order, axis=1).reshape(-1),
            "scaled": np.take_along_axis(scaled, order, axis=1).reshape(-1),
        }
    )


def compare_with_shapley(loco: LeaveOneOut, contribution: pd.DataFrame) -> pd.DataFrame:
    """Whether both methods name the same leading feature, row by row.

    Columns ``row``, ``loco``, ``shapley``, ``same``, ``common_five`` (features common to both leading fives).
    """
    names = [str(name) for name in contribution.columns if name != "bias"]
    records: list[dict[str, object]] = []
    for row, lines in loco.frame.groupby("row", sort=False):
        mine = lines.sort_values("rank")["feature"].tolist()
        values = contribution.loc[contribution.index == row, names].to_numpy(dtype=np.float64)[0]
        theirs = [names[place] for place in np.argsort(-np.abs(values), kind="stable")]
        records.append(
            {
                "row": row,
                "loco": mine[0],
                "shapley": theirs[0],
                "same": mine[0] == theirs[0],
                "common_five": len(set(mine[:5]) & set(theirs[:5])),
            }
        )
    return pd.DataFrame(records)
