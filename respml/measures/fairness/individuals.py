"""People, not averages: who in a protected group is declined and pays, and whether like cases are treated alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special
from sklearn.neighbors import NearestNeighbors

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.fairness.calibration import CLIP
from respml.measures.fairness.frames import result_frame
from respml.measures.fairness.membership import FloatArray, IntArray, whole_people
from respml.measures.fairness.study import Study

CONSISTENCY_COLUMNS = (
    "candidate",
    "attribute",
    "group",
    "measure",
    "estimate",
    "lower",
    "upper",
    "n",
    "method",
    "note",
)


def logloss_residual(outcome: ArrayLike, probability: ArrayLike) -> FloatArray:
    """−[y ln p + (1 − y) ln(1 − p)] of each row, probabilities kept 1e-12 away from 0 and 1."""
    event = np.asarray(outcome, dtype=np.float64)
    safe = np.clip(np.asarray(probability, dtype=np.float64), CLIP, 1 - CLIP)
    residual: FloatArray = -(event * np.log(safe) + (1 - event) * np.log1p(-safe))
    return residual


@convention(
    name="False positives of a group",
    formula="rows of the group with outcome paid and probability > cut-off, by log-loss residual −ln(1 − p)",
    source="Hall, notebook on disparate impact analysis, 2019",
    direction="highest: declined with the least reason; lowest: declined just above the cut-off",
    ties="equal residuals in row order",
    weights="listed unweighted; rows of weight 0 left out",
)
def false_positives(
    study: Study,
    candidate: str,
    attribute: str,
    group: str,
    *,
    highest: int,
    lowest: int,
    row: ArrayLike | None = None,
) -> pd.DataFrame:
    """People of a group who were declined although they paid, the most and the least surprising.

    Parameters
    ----------
    highest, lowest: how many rows to list at each end; a row is listed once.
    row: row number of each row, shape (n,); positions where none are given.

    Returns
    -------
    side (``highest``, ``lowest``), rank (1 = most extreme of its side), row, probability, residual, above_cutoff
    (probability − cut-off). Empty where the group has no false positive. With probabilities of membership, rows whose
    likeliest group this is.
    """
    numbers = np.arange(len(study.outcome)) if row is None else np.asarray(row)
    score = study.probability[candidate]
    found = np.flatnonzero(_belongs(study, attribute, group) & (study.outcome == 0) & (study.declined(candidate) == 1))
    residual = logloss_residual(study.outcome, score)
    order = found[np.argsort(-residual[found], kind="stable")]
    top = order[:highest]
    bottom = order[highest:][::-1][:lowest]
    picked = np.concatenate([top, bottom])
    return pd.DataFrame(
        {
            "side": ["highest"] * len(top) + ["lowest"] * len(bottom),
            "rank": [*range(1, len(top) + 1), *range(1, len(bottom) + 1)],
            "row": numbers[picked],
            "probability": score[picked],
            "residual": residual[picked],
            "above_cutoff": score[picked] - study.cutoff[candidate],
        }
    )


def false_positive_summary(study: Study, candidate: str, attribute: str) -> pd.DataFrame:
    """How the residuals of false positives are distributed in each group.

    Returns
    -------
    group, n (false positives), residual_mean, residual_lowest, residual_median, residual_highest, near_cutoff (share
    within a tenth of the probability range above the cut-off).
    """
    score, cutoff = study.probability[candidate], study.cutoff[candidate]
    wrong = (study.outcome == 0) & (study.declined(candidate) == 1)
    residual = logloss_residual(study.outcome, score)
    records = []
    for name in study.membership(attribute).names:
        here = wrong & _belongs(study, attribute, name)
        values = residual[here]
        some = values.size > 0
        records.append(
            {
                "group": name,
                "n": int(values.size),
                "residual_mean": float(values.mean()) if some else np.nan,
                "residual_lowest": float(values.min()) if some else np.nan,
                "residual_median": float(np.median(values)) if some else np.nan,
                "residual_highest": float(values.max()) if some else np.nan,
                "near_cutoff": float((score[here] - cutoff <= 0.1 * (1 - cutoff)).mean()) if some else np.nan,
            }
        )
    return pd.DataFrame.from_records(records)


def worst_contributions(
    contribution: pd.DataFrame, features: pd.DataFrame, row: int, probability: float, bias: str = "bias"
) -> pd.DataFrame:
    """Shapley values of one row, largest first, with the sum held against the logit of its probability.

    Parameters
    ----------
    contribution: one column a feature plus the bias, log-odds, index = row number.
    features: the inputs, same index.
    row: row number.
    probability: the row's probability.

    Returns
    -------
    feature, value (as text), contribution, cumulative (bias + contributions so far); the last row is ``sum`` with the
    difference to logit(probability) in ``additivity_error``.
    """
    if row not in contribution.index:
        raise InputError(f"Row {row} has no Shapley values.", remedy="Use rows of the partition they were made on.")
    order = pd.Series(contribution.loc[row].drop(labels=bias), dtype="float64").sort_values(ascending=False)
    start = float(contribution.at[row, bias])  # type: ignore[arg-type]
    frame = pd.DataFrame(
        {
            "feature": order.index.astype(str),
            "value": [str(features.at[row, name]) if name in features else "" for name in order.index],
            "contribution": order.to_numpy(dtype=np.float64),
        }
    )
    frame["cumulative"] = start + frame["contribution"].cumsum()
    total = start + float(order.sum())
    error = total - float(special.logit(np.clip(probability, CLIP, 1 - CLIP)))
    last = pd.DataFrame({"feature": ["sum"], "value": [""], "contribution": [total], "cumulative": [total]})
    return pd.concat([frame, last], ignore_index=True).assign(additivity_error=[np.nan] * len(frame) + [error])


@convention(
    name="Consistency among nearest neighbours",
    formula="1 − mean |value − mean value of the k nearest neighbours|, value = decision or probability",
    source="Zemel, Wu, Swersky, Pitassi & Dwork 2013",
    direction="1 = like cases are treated alike",
    ties="neighbours at equal distance in row order",
    denominator="rows of the group",
    interval="normal over rows; dependence through shared neighbours ignored",
    weights="not applicable: unweighted only; rows of weight 0 left out",
)
def consistency(study: Study, features: pd.DataFrame, neighbours: int = 5, confidence: float = 0.95) -> pd.DataFrame:
    """Consistency of decisions and of scores for every candidate and group.

    Parameters
    ----------
    features: the model inputs, n rows; non-numeric columns become indicators, columns are scaled to unit standard
        deviation, missing values take the median.
    neighbours: number of nearest other rows.

    Returns
    -------
    candidate, attribute, group, measure (``decision consistency``, ``score consistency``), estimate, lower, upper, n,
    method, note.
    """
    kept = np.flatnonzero(study.weights > 0)
    if len(kept) <= neighbours:
        raise InputError(f"{len(kept)} rows are too few for {neighbours} neighbours.", remedy="Ask for fewer.")
    near = nearest(standardised(features.iloc[kept]), neighbours)
    z = float(special.ndtri(0.5 + confidence / 2))
    records: list[dict[str, object]] = []
    for candidate, score in study.probability.items():
        decision = study.declined(candidate).astype(np.float64)
        for measure, values in (("decision consistency", decision[kept]), ("score consistency", score[kept])):
            alike = 1 - np.abs(values - values[near].mean(axis=1))
            for membership in study.memberships:
                for name in membership.names:
                    weight = membership.share_of(name)[kept]
                    records.append(
                        {
                            "candidate": candidate,
                            "attribute": membership.attribute,
                            "group": name,
                            "measure": measure,
                            **_mean_record(alike, weight, z),
                            "method": f"{neighbours} nearest neighbours",
                        }
                    )
    return result_frame(records, CONSISTENCY_COLUMNS)


@convention(
    name="Nearest counterparts",
    formula="mean over the group of value − mean value of the k nearest rows of the reference group, less the same "
    "mean over the reference group's own rows and their nearest others",
    source="situation testing by nearest neighbours, Luong, Ruggieri & Turini 2011",
    direction="above 0: people of the group are scored riskier, or declined more, than like people of the reference",
    interval="normal over rows; dependence through shared counterparts ignored",
    weights="not applicable: unweighted only; rows of weight 0 left out",
)
def counterpart_gaps(
    study: Study, features: pd.DataFrame, neighbours: int = 5, confidence: float = 0.95
) -> pd.DataFrame:
    """How people of each group are treated compared with the likest people of the reference group.

    Neighbours lie nearer the middle of the data than the rows they are neighbours of, so that even the reference group
    differs from its own nearest others; that difference is taken off. The measures called plain leave it on.

    Returns
    -------
    candidate, attribute, group, reference, measure (``decision gap``, ``score gap``, ``plain decision gap``,
    ``plain score gap``), estimate, lower, upper, n, method, note. Attributes given as probabilities are left out.
    """
    kept = np.flatnonzero(study.weights > 0)
    scaled = standardised(features.iloc[kept])
    z = float(special.ndtri(0.5 + confidence / 2))
    records: list[dict[str, object]] = []
    for membership in study.memberships:
        if membership.codes is None:
            continue
        codes = membership.codes[kept]
        pool = np.flatnonzero(codes == membership.names.index(membership.reference))
        if len(pool) <= neighbours:
            continue
        search = NearestNeighbors(n_neighbors=neighbours).fit(scaled[pool])
        own = pool[nearest(scaled[pool], neighbours)]
        for name in membership.protected:
            mine = np.flatnonzero(codes == membership.names.index(name))
            near = pool[search.kneighbors(scaled[mine], return_distance=False)] if len(mine) else None
            for candidate, score in study.probability.items():
                decision = study.declined(candidate).astype(np.float64)
                for measure, values in (("decision gap", decision[kept]), ("score gap", score[kept])):
                    gap = np.zeros(0) if near is None else values[mine] - values[near].mean(axis=1)
                    usual = values[pool] - values[own].mean(axis=1)
                    place = {
                        "candidate": candidate,
                        "attribute": membership.attribute,
                        "group": name,
                        "reference": membership.reference,
                    }
                    method = f"{neighbours} nearest of the reference"
                    excess = {"measure": measure, **_excess_record(gap, usual, z), "method": f"{method}, less its own"}
                    plain = {**_mean_record(gap, np.ones(len(gap)), z), "method": method}
                    records += [{**place, **excess}, {**place, "measure": f"plain {measure}", **plain}]
    columns = ("candidate", "attribute", "group", "reference", *CONSISTENCY_COLUMNS[3:])
    return result_frame(records, columns)


def standardised(features: pd.DataFrame) -> FloatArray:
    """Inputs as numbers of unit standard deviation: indicators for categories, the median for missing values."""
    numeric = features.select_dtypes(include=["number", "bool"]).astype("float64")
    rest = features[[column for column in features if column not in numeric]]
    if rest.shape[1]:
        numeric = numeric.join(pd.get_dummies(rest.astype(str), dtype="float64"))
    filled = numeric.fillna(numeric.median()).fillna(0.0).to_numpy(dtype=np.float64)
    spread = filled.std(axis=0)
    scaled: FloatArray = (filled - filled.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return scaled


def nearest(points: FloatArray, neighbours: int) -> IntArray:
    """Positions of the nearest other rows of each row, shape (n, neighbours)."""
    search = NearestNeighbors(n_neighbors=neighbours + 1).fit(points)
    found = search.kneighbors(points, return_distance=False)
    # A row is its own nearest neighbour, except among duplicates, where it may come later or not at all.
    itself = found == np.arange(len(points))[:, None]
    itself[~itself.any(axis=1), -1] = True
    others: IntArray = found[~itself].reshape(len(points), neighbours)
    return others


def _mean_record(values: FloatArray, weight: FloatArray, z: float) -> dict[str, object]:
    """Weighted mean with its normal interval."""
    total = float(weight.sum())
    rows = whole_people(total)
    if rows == 0:
        return {"n": 0, "note": "undefined: no rows with positive weight"}
    mean = float(weight @ values / total)
    error = float(np.sqrt(np.sum((weight * (values - mean)) ** 2))) / total
    limits = {"lower": mean - z * error, "upper": mean + z * error} if rows > 1 else {}
    return {"estimate": mean, **limits, "n": rows, "note": "" if rows > 1 else "one member: no interval"}


def _excess_record(gap: FloatArray, usual: FloatArray, z: float) -> dict[str, object]:
    """Mean of a group's gaps less the mean of the reference group's, with its normal interval."""
    if len(gap) == 0:
        return {"n": 0, "note": "undefined: no rows with positive weight"}
    difference = float(gap.mean() - usual.mean())
    if len(gap) == 1:
        return {"estimate": difference, "n": 1, "note": "one member: no interval"}
    error = float(np.sqrt(gap.var() / len(gap) + usual.var() / len(usual)))
    return {"estimate": difference, "lower": difference - z * error, "upper": difference + z * error, "n": len(gap)}


def _belongs(study: Study, attribute: str, group: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Rows with positive weight whose group this is, or whose likeliest group this is."""
    membership = study.membership(attribute)
    if membership.codes is not None:
        member = membership.codes == membership.names.index(group)
    else:
        member = membership.matrix().argmax(axis=1) == membership.names.index(group)
    return np.asarray(member & (study.weights > 0))
