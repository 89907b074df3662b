"""Can the inputs, or the score alone, tell the group: an adversary that tries, judged on rows it did not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost
from scipy import special

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.fairness.frames import result_frame
from respml.measures.fairness.membership import FloatArray, IntArray, Membership
from respml.measures.fairness.study import Study
from respml.measures.ranking import area_under_roc

SETTINGS: Mapping[str, object] = {"max_depth": 3, "eta": 0.1, "subsample": 0.8, "min_child_weight": 5}
ROUNDS = 50
FOLDS = 5
BANDS = 20
"""Bands of a single column: fine enough for a relation that turns, coarse enough for steady shares."""
SMALLEST_FOLD = 5
"""Rows of each kind that every fold needs."""

FOLD_DEPENDENCE = 2.0
"""Factor on the summed variance of the folds.

Each pair of folds meets twice, once as fitted and judged and once the other way round. Without a signal the two
meetings give the same product of noise, so that the variance of their sum is twice what independent folds would have.
"""

ADVERSARY_COLUMNS = (
    "attribute",
    "group",
    "reference",
    "source",
    "estimate",
    "lower",
    "upper",
    "n",
    "n_reference",
    "p_value",
    "method",
    "note",
)


@dataclass(frozen=True)
class Adversary:
    """What an adversary reached.

    Attributes
    ----------
    result: one row: attribute, group, reference, source, estimate (AUC), lower, upper, n, n_reference, p_value
        (one-sided against 0.5), method, note.
    carriers: feature, share (of the mean absolute Shapley value on unseen rows), mean_absolute (log-odds), in
        descending order; empty where the AUC is undefined.
    """

    result: pd.DataFrame
    carriers: pd.DataFrame


@convention(
    name="Adversary AUC",
    formula="mean over folds of the AUC with which boosted trees, fitted on the other folds, tell group from "
    "reference; from one column, the share of the group in each of 20 bands of the other folds",
    source="Hall, GWU_rml lecture 3; cross-fitting Chernozhukov et al. 2018",
    direction="0.5: the group cannot be told; 1: it is known",
    ties="a tied pair counts one half",
    zero_bins="fewer than 5 rows of either kind a fold: undefined",
    interval="normal, DeLong variances of the folds, doubled because each pair of folds is used both ways",
    weights="case weights in fitting and in the AUC; membership probabilities: rows assigned to the likeliest group",
)
def adversary(
    features: pd.DataFrame,
    membership: Membership,
    group: str,
    weight: FloatArray | None = None,
    *,
    source: str = "inputs",
    seed: int = 12345,
    folds: int = FOLDS,
    rounds: int = ROUNDS,
) -> Adversary:
    """Try to tell one group from the reference by the given columns.

    Parameters
    ----------
    features: n rows; numbers, booleans or categories; missing values are allowed.
    membership: groups of the n rows.
    group: the group to be told from ``membership.reference``.
    weight: case weights, shape (n,).
    source: what the columns are, for the table.
    """
    weights = np.ones(membership.rows) if weight is None else weight
    codes = membership.codes if membership.codes is not None else membership.matrix().argmax(axis=1)
    mine, other = membership.names.index(group), membership.names.index(membership.reference)
    kept = np.flatnonzero(((codes == mine) | (codes == other)) & (weights > 0))
    label = (codes[kept] == mine).astype(np.int64)
    base: dict[str, object] = {
        "attribute": membership.attribute,
        "group": group,
        "reference": membership.reference,
        "source": source,
        "n": int(label.sum()),
        "n_reference": int(len(label) - label.sum()),
        "method": f"{'boosted trees' if features.shape[1] > 1 else 'bands'}, {folds}-fold cross-fitted, DeLong",
    }
    empty = pd.DataFrame({"feature": [], "share": [], "mean_absolute": []})
    if min(label.sum(), len(label) - label.sum()) < SMALLEST_FOLD * folds:
        note = f"undefined: fewer than {SMALLEST_FOLD} rows of either kind a fold"
        return Adversary(result_frame([{**base, "note": note}], ADVERSARY_COLUMNS), empty)
    table = _numbers(features.iloc[kept])
    fold = stratified_folds(label, folds, seed)
    areas, variances = [], []
    absolute = np.zeros(table.shape[1])
    for number in range(folds):
        unseen = fold == number
        fitting = (table[~unseen], label[~unseen], weights[kept][~unseen])
        if table.shape[1] == 1:
            guess = banded_share(*fitting, table[unseen, 0])
            absolute += np.abs(guess).sum()
        else:
            contribution = _fit(*fitting, seed, rounds).predict(
                xgboost.DMatrix(table[unseen], nthread=1), pred_contribs=True
            )
            guess = contribution.sum(axis=1)
            absolute += np.abs(contribution[:, :-1]).sum(axis=0)
        area = area_under_roc(label[unseen], guess, None if weight is None else weights[kept][unseen])
        areas.append(area.value)
        variances.append((max(area.upper - area.value, area.value - area.lower) / special.ndtri(0.975)) ** 2)
    value = float(np.mean(areas))
    error = float(np.sqrt(FOLD_DEPENDENCE * np.sum(variances))) / folds
    reach = float(special.ndtri(0.975)) * error
    record = {
        **base,
        "estimate": value,
        "lower": max(value - reach, 0.0),
        "upper": min(value + reach, 1.0),
        "p_value": special.ndtr(-(value - 0.5) / error) if error > 0 else np.nan,
    }
    total = absolute.sum()
    carriers = pd.DataFrame(
        {
            "feature": [str(name) for name in features.columns],
            "share": absolute / total if total > 0 else np.zeros(len(absolute)),
            "mean_absolute": absolute / len(label),
        }
    ).sort_values("share", ascending=False, kind="stable", ignore_index=True)
    return Adversary(result_frame([record], ADVERSARY_COLUMNS), carriers)


def adversaries(
    study: Study, features: pd.DataFrame, *, seed: int = 12345, folds: int = FOLDS, rounds: int = ROUNDS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Adversaries for every group of every attribute: from the inputs, and from each candidate's score alone.

    Returns
    -------
    results: attribute, group, reference, source (``inputs`` or ``score of <candidate>``), estimate, lower, upper, n,
        n_reference, p_value, method, note.
    carriers: attribute, group, feature, share, mean_absolute, of the adversary on the inputs.
    """
    if len(features) != len(study.outcome):
        raise InputError(f"The inputs have {len(features)} rows, the study {len(study.outcome)}.")
    results, carriers = [], []
    options = {"seed": seed, "folds": folds, "rounds": rounds}
    for membership in study.memberships:
        for group in membership.protected:
            found = adversary(features, membership, group, study.weight, **options)  # type: ignore[arg-type]
            results.append(found.result)
            carriers.append(found.carriers.assign(attribute=membership.attribute, group=group))
            for candidate, score in study.probability.items():
                alone = pd.DataFrame({"score": score})
                source = f"score of {candidate}"
                found = adversary(alone, membership, group, study.weight, source=source, **options)
                results.append(found.result)
    columns = ["attribute", "group", "feature", "share", "mean_absolute"]
    return pd.concat(results, ignore_index=True), pd.concat(carriers, ignore_index=True)[columns]


def banded_share(
    table: FloatArray, label: IntArray, weight: FloatArray, unseen: FloatArray, bands: int = BANDS
) -> FloatArray:
    """Share of the group in each quantile band of one column, given to unseen rows; missing is a band of its own."""
    column = table[:, 0]
    known = column[~np.isnan(column)]
    edges: FloatArray = np.unique(np.quantile(known, np.arange(1, bands) / bands)) if known.size else np.zeros(0)

    def band(values: FloatArray) -> IntArray:
        place = np.searchsorted(edges, values, side="left")
        return np.where(np.isnan(values), len(edges) + 1, place).astype(np.int64)

    size = len(edges) + 2
    hit = np.bincount(band(column), weight * label, size)
    total = np.bincount(band(column), weight, size)
    share = np.where(total > 0, hit / np.where(total > 0, total, 1.0), float(np.average(label, weights=weight)))
    return np.asarray(share[band(unseen)], dtype=np.float64)


def stratified_folds(label: IntArray, folds: int, seed: int) -> IntArray:
    """A random fold number of each row, every fold with its share of each label."""
    generator = np.random.default_rng(seed)
    fold = np.zeros(len(label), dtype=np.int64)
    for value in np.unique(label):
        rows = generator.permutation(np.flatnonzero(label == value))
        fold[rows] = np.arange(len(rows)) % folds
    return fold


def _fit(
    table: FloatArray,
    label: IntArray,
    weight: FloatArray,
    seed: int,
    rounds: int,
) -> xgboost.Booster:
    """Boosted trees that tell the group."""
    data = xgboost.QuantileDMatrix(table, label=label, weight=weight, nthread=1, max_bin=64)
    parameters = {**SETTINGS, "objective": "binary:logistic", "seed": seed, "nthread": 1, "max_bin": 64}
    return xgboost.train(parameters, data, rounds)


def _numbers(features: pd.DataFrame) -> FloatArray:
    """Columns as floats; categories become the number of their level, in sorted order."""
    columns = []
    for name in features:
        column = features[name]
        if not pd.api.types.is_numeric_dtype(column):
            codes = column.astype("category").cat.codes.astype("float64")
            column = codes.mask(codes < 0)
        columns.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.column_stack(columns)
