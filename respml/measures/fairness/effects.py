"""What a changed score does to the groups and to the ranking: paired differences of AIR and AUC on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.fairness.acceptance import AIR
from respml.measures.fairness.frames import result_frame
from respml.measures.fairness.membership import FloatArray, IntArray, Membership
from respml.measures.fairness.ranking import AUC
from respml.measures.fairness.scores import mean_and_influence
from respml.measures.fairness.segments import weighted_quantile
from respml.measures.inputs import labelled_scores
from respml.measures.ranking import class_variance, ranking_area
from respml.measures.ranking_influence import area_under_roc_influence
from respml.measures.score_groups import score_groups

HOLDS = ("cutoff", "acceptance")
"""What stays the same when the score changes: the cut-off, or the share of everyone accepted."""

EFFECT_COLUMNS = (
    "change",
    "feature",
    "attribute",
    "group",
    "reference",
    "measure",
    "before",
    "after",
    "estimate",
    "lower",
    "upper",
    "n",
    "p_value",
    "method",
    "note",
)


@dataclass(frozen=True)
class Change:
    """A score that replaces the base score.

    Attributes
    ----------
    change: what was done, for example ``dropped``.
    feature: to which feature, or the name of the alternative.
    probability: the changed score, shape (n,).
    """

    change: str
    feature: str
    probability: FloatArray


@convention(
    name="Effect of a changed score",
    formula="AIR and AUC of the changed score less those of the base score, on the same rows",
    source="paired linearisation; AUC by DeLong, DeLong & Clarke-Pearson 1988",
    direction="above 0: the AIR, or the AUC, rises",
    ties="as AIR and AUC",
    interval="normal, paired influence values; cut-offs taken as given",
    weights="case weights and membership probabilities",
)
def change_effects(
    outcome: IntArray,
    base: FloatArray,
    changes: Iterable[Change],
    memberships: Sequence[Membership],
    cutoff: float,
    weight: FloatArray | None = None,
    *,
    hold: str = "acceptance",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Paired effect of each change on the AIR of every group and on the AUC.

    Parameters
    ----------
    outcome: 0/1, shape (n,).
    base: probabilities of the candidate, shape (n,).
    changes: changed probabilities of the same rows.
    memberships: attributes with their groups and references.
    cutoff: the candidate's cut-off.
    hold: ``acceptance`` moves the cut-off of a changed score so that the same share of everyone is accepted;
        ``cutoff`` keeps it.

    Returns
    -------
    change, feature, attribute, group, reference (empty for the AUC), measure, before, after, estimate (after − before),
    lower, upper, n, p_value (two-sided), method, note.
    """
    if hold not in HOLDS:
        raise InputError(f"Nothing called '{hold}' can be held.", remedy=f"Choose one of: {', '.join(HOLDS)}.")
    weights = np.ones(len(outcome)) if weight is None else weight
    z = float(special.ndtri(0.5 + confidence / 2))
    accepted = (base <= cutoff).astype(np.float64)
    share = float(weights @ accepted / weights.sum())
    groups = [(membership, name) for membership in memberships for name in membership.protected]
    air_before = {
        (membership.attribute, name): impact_ratio_and_influence(accepted, membership, name, weights)
        for membership, name in groups
    }
    auc_before = auc_and_influence(outcome, base, weight)
    records: list[dict[str, object]] = []
    for change in changes:
        moved = cutoff if hold == "cutoff" else weighted_quantile(change.probability, weights, share)
        now = (change.probability <= moved).astype(np.float64)
        label: dict[str, object] = {"change": change.change, "feature": change.feature, "n": int((weights > 0).sum())}
        before, influence_before, _ = auc_before
        after, influence, spread = auc_and_influence(outcome, change.probability, weight)
        error = float(np.sqrt(spread(influence - influence_before)))
        auc = {**label, "measure": AUC, "attribute": "", "group": "", "reference": "", "method": "DeLong, paired"}
        records.append({**auc, **_paired(before, after, error, z)})
        for membership, name in groups:
            air, air_influence = air_before[membership.attribute, name]
            new, new_influence = impact_ratio_and_influence(now, membership, name, weights)
            error = float(np.sqrt(np.sum((new_influence - air_influence) ** 2)))
            place = {"attribute": membership.attribute, "group": name, "reference": membership.reference}
            record = {**label, **place, "measure": AIR, "method": f"paired linearisation, {hold} held"}
            records.append({**record, **_paired(air, new, error, z)})
    return result_frame(records, EFFECT_COLUMNS)


def feature_effects(
    predict: Callable[[pd.DataFrame], FloatArray],
    features: pd.DataFrame,
    outcome: IntArray,
    memberships: Sequence[Membership],
    cutoff: float,
    weight: FloatArray | None = None,
    *,
    names: Sequence[str] | None = None,
    refitted: Mapping[str, FloatArray] | None = None,
    seed: int = 12345,
    hold: str = "acceptance",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Effect on AIR and AUC of taking each feature's information away.

    Three changes: ``held`` the feature is set to its median (its commonest level) for everyone; ``replaced`` its values
    are shuffled over the rows; ``refitted`` the model was fitted without it, where such scores are given.

    Parameters
    ----------
    predict: probability of default from a frame of inputs.
    features: model inputs, n rows.
    names: features to change; all where none are named.
    refitted: feature → probabilities of the model fitted without it.
    seed: seed of the shuffle, the same for every feature.

    Returns
    -------
    As :func:`change_effects`.
    """
    base = np.asarray(predict(features), dtype=np.float64)
    order = np.random.default_rng(seed).permutation(len(features))

    def changes() -> Iterable[Change]:
        for name in names if names is not None else [str(column) for column in features.columns]:
            column = features[name]
            middle = column.median() if pd.api.types.is_numeric_dtype(column) else column.mode().iloc[0]
            held = pd.Series([middle] * len(column), index=column.index)
            if not pd.api.types.is_integer_dtype(column) or float(middle).is_integer():
                held = held.astype(column.dtype)
            yield Change("held", name, _scored(predict, features.assign(**{name: held}), base))
            shuffled = column.iloc[order].set_axis(column.index)
            yield Change("replaced", name, _scored(predict, features.assign(**{name: shuffled}), base))
            if refitted is not None and name in refitted:
                yield Change("refitted", name, np.asarray(refitted[name], dtype=np.float64))

    options = {"hold": hold, "confidence": confidence}
    return change_effects(outcome, base, changes(), memberships, cutoff, weight, **options)  # type: ignore[arg-type]


def impact_ratio_and_influence(
    accepted: FloatArray, membership: Membership, group: str, weight: FloatArray
) -> tuple[float, FloatArray]:
    """AIR of a group and each row's influence on it."""
    mine, influence = mean_and_influence(accepted, membership.share_of(group) * weight)
    other, other_influence = mean_and_influence(accepted, membership.share_of(membership.reference) * weight)
    if not other > 0:
        return float("nan"), np.full(len(accepted), np.nan)
    return mine / other, influence / other - mine * other_influence / other**2


def auc_and_influence(
    outcome: IntArray, score: FloatArray, weight: FloatArray | None
) -> tuple[float, FloatArray, Callable[[FloatArray], float]]:
    """AUC, each row's influence on it (rows of positive weight), and the variance that influence values give."""
    rows = labelled_scores(outcome, score, weight)
    if rows.single_class:
        return float("nan"), np.full(rows.n, np.nan), lambda influence: float("nan")
    groups = score_groups(rows)
    area = ranking_area(groups)
    return area, area_under_roc_influence(rows, area, groups), lambda influence: class_variance(influence, rows)


def _scored(predict: Callable[[pd.DataFrame], FloatArray], frame: pd.DataFrame, own: FloatArray) -> FloatArray:
    """Scores of changed rows; a row that the model then gives no score keeps its own."""
    found = np.asarray(predict(frame), dtype=np.float64)
    return np.where(np.isnan(found), own, found)


def _paired(before: float, after: float, error: float, z: float) -> dict[str, object]:
    """Difference with its normal interval and two-sided p-value."""
    difference = after - before
    if np.isnan(difference):
        return {"before": before, "after": after, "note": "undefined before or after the change"}
    p_value = 2 * special.ndtr(-abs(difference) / error) if error > 0 else np.nan
    note = "" if error > 0 else "no row changed"
    limits = {"lower": difference - z * error, "upper": difference + z * error}
    return {"before": before, "after": after, "estimate": difference, **limits, "p_value": p_value, "note": note}
