"""Which features stand in for a group: each alone, each one's part of the gap, and what must not be used at all."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import special

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.fairness.frames import result_frame
from respml.measures.fairness.membership import FloatArray, Membership
from respml.measures.fairness.scores import mean_and_influence
from respml.measures.ranking import area_under_roc

PROXY_COLUMNS = (
    "attribute",
    "group",
    "reference",
    "feature",
    "estimate",
    "lower",
    "upper",
    "direction",
    "correlation",
    "n",
    "n_reference",
    "p_value",
    "method",
    "note",
)


@convention(
    name="Feature as proxy",
    formula="AUC with which a feature alone ranks the group above the reference, turned to be at least 0.5",
    source="DeLong, DeLong & Clarke-Pearson 1988; Mann & Whitney 1947",
    direction="0.5: says nothing of the group; 1: gives it away; direction says which way",
    ties="a tied pair counts one half",
    zero_bins="missing values rank lowest, said so",
    interval="DeLong",
    weights="case weights and membership probabilities as sampling weights",
)
def feature_proxies(features: pd.DataFrame, membership: Membership, weight: FloatArray | None = None) -> pd.DataFrame:
    """How well each feature alone tells each group from the reference.

    Returns
    -------
    attribute, group, reference, feature, estimate (AUC ≥ 0.5), lower, upper, direction (``higher`` or ``lower`` in the
    group), correlation (Pearson, with membership), n, n_reference, p_value (two-sided against 0.5), method, note.
    Columns that are not numbers are listed as not applicable.
    """
    weights = np.ones(membership.rows) if weight is None else weight
    base = membership.share_of(membership.reference) * weights
    records: list[dict[str, object]] = []
    for group in membership.protected:
        mine = membership.share_of(group) * weights
        for name in features:
            column = features[name]
            record: dict[str, object] = {
                "attribute": membership.attribute,
                "group": group,
                "reference": membership.reference,
                "feature": str(name),
                "n": membership.people(group, weights),
                "n_reference": membership.people(membership.reference, weights),
                "method": "DeLong",
                "direction": "",
                "correlation": np.nan,
            }
            if not pd.api.types.is_numeric_dtype(column):
                records.append({**record, "note": "not applicable: not a number; see the adversary"})
                continue
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            records.append({**record, **_proxy(values, mine, base)})
    return result_frame(records, PROXY_COLUMNS)


def _proxy(values: FloatArray, mine: FloatArray, base: FloatArray) -> dict[str, object]:
    """AUC, interval, direction and correlation of one feature with membership."""
    absent = np.isnan(values)
    note = "missing values ranked lowest" if absent.any() else ""
    known = values[~absent]
    filled = np.where(absent, known.min() - 1 if known.size else 0.0, values)
    # A fuzzy row counts in both groups, each time with its share.
    left, right = mine > 0, base > 0
    score = np.concatenate([filled[left], filled[right]])
    label = np.concatenate([np.ones(int(left.sum())), np.zeros(int(right.sum()))])
    weight = np.concatenate([mine[left], base[right]])
    area = area_under_roc(label, score, None if bool(np.all(weight == 1)) else weight)
    if not area.defined:
        return {"note": f"undefined: {area.note}"}
    lower, upper, value = area.lower, area.upper, area.value
    error = max(upper - value, value - lower) / float(special.ndtri(0.975))
    if value < 0.5:
        value, lower, upper = 1 - value, 1 - upper, 1 - lower
    mean_score, _ = mean_and_influence(score, weight)
    mean_label, _ = mean_and_influence(label, weight)
    centred, member = score - mean_score, label - mean_label
    scale = np.sqrt((weight @ centred**2) * (weight @ member**2))
    return {
        "estimate": value,
        "lower": lower,
        "upper": upper,
        "direction": "higher" if area.value >= 0.5 else "lower",
        "correlation": float(weight @ (centred * member) / scale) if scale > 0 else np.nan,
        "p_value": 2 * special.ndtr(-(value - 0.5) / error) if error > 0 else np.nan,
        "note": "; ".join(part for part in (note, area.note) if part),
    }


def refused_features(
    inputs: Iterable[str], prohibited: Iterable[str], protected: Iterable[str], proxies: pd.DataFrame, near: float
) -> pd.DataFrame:
    """Inputs that may not be used: prohibited by the dictionary, protected, or as good as a protected attribute.

    Parameters
    ----------
    inputs: names of the model inputs.
    prohibited: columns that the data dictionary prohibits.
    protected: the protected attributes.
    proxies: results of :func:`feature_proxies`.
    near: AUC at which a feature counts as a near-duplicate of the attribute.

    Returns
    -------
    feature, reason, attribute, group, estimate (AUC, where the reason is near-duplicate), threshold.
    """
    barred, guarded = set(prohibited), set(protected)
    records: list[tuple[str, str, str, str, float, float]] = []
    for feature in inputs:
        if feature in barred:
            records.append((feature, "prohibited by the data dictionary", "", "", np.nan, np.nan))
        if feature in guarded:
            records.append((feature, "a protected attribute", feature, "", np.nan, np.nan))
        close = proxies[(proxies["feature"] == feature) & (proxies["estimate"] >= near)]
        for attribute, group, estimate in zip(close["attribute"], close["group"], close["estimate"], strict=True):
            if feature != attribute:
                records.append((feature, "near-duplicate of a protected attribute", attribute, group, estimate, near))
    columns = ["feature", "reason", "attribute", "group", "estimate", "threshold"]
    return pd.DataFrame.from_records(records, columns=columns)


def require_permitted(refused: pd.DataFrame) -> None:
    """Raise :class:`InputError` where :func:`refused_features` lists any feature."""
    if len(refused):
        listed = "; ".join(
            f"{feature} ({reason})" for feature, reason in zip(refused["feature"], refused["reason"], strict=True)
        )
        raise InputError(f"Inputs that may not be used: {listed}.", remedy="Take them out of the inputs.")


@convention(
    name="Contribution to the outcome gap",
    formula="mean Shapley value in the group − in the reference; beside it mean among defaults − among paid",
    source="Shapley decomposition of a group difference, Lundberg 2020; additive in log-odds",
    direction="above 0: the feature raises the group's score relative to the reference",
    denominator="shares: of the sum over features",
    interval="normal, influence values",
    weights="case weights and membership probabilities",
)
def gap_contributions(
    contribution: pd.DataFrame,
    outcome: FloatArray | np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    membership: Membership,
    weight: FloatArray | None = None,
    *,
    bias: str = "bias",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What each feature adds to the gap between groups against what it adds to telling risk.

    Parameters
    ----------
    contribution: Shapley values in log-odds, n rows, one column a feature and the bias.
    outcome: 0/1, shape (n,).
    membership: groups of the n rows.

    Returns
    -------
    attribute, group, reference, feature, estimate (gap, log-odds), lower, upper, n, n_reference, p_value, gap_share (of
    the sum of gaps), gap_given_outcome (average over outcomes of the gap among rows of that outcome), risk (mean among
    defaults − among paid), risk_lower, risk_upper, risk_share (of the sum of risks), gap_per_risk (gap / risk).
    """
    z = float(special.ndtri(0.5 + confidence / 2))
    weights = np.ones(membership.rows) if weight is None else weight
    event = np.asarray(outcome, dtype=np.float64)
    names = [str(name) for name in contribution.columns if name != bias]
    values = contribution[[name for name in contribution.columns if name != bias]].to_numpy(dtype=np.float64)
    share = float(weights @ event / weights.sum())
    risk = [_difference(column, weights * event, weights * (1 - event)) for column in values.T]
    base = membership.share_of(membership.reference) * weights
    parts = []
    for group in membership.protected:
        mine = membership.share_of(group) * weights
        gap = [_difference(column, mine, base) for column in values.T]
        paid = [_difference(column, mine * (1 - event), base * (1 - event))[0] for column in values.T]
        default = [_difference(column, mine * event, base * event)[0] for column in values.T]
        estimate, error = np.array([each[0] for each in gap]), np.array([each[1] for each in gap])
        risks, risk_error = np.array([each[0] for each in risk]), np.array([each[1] for each in risk])
        with np.errstate(divide="ignore", invalid="ignore"):
            part = pd.DataFrame(
                {
                    "attribute": membership.attribute,
                    "group": group,
                    "reference": membership.reference,
                    "feature": names,
                    "estimate": estimate,
                    "lower": estimate - z * error,
                    "upper": estimate + z * error,
                    "n": membership.people(group, weights),
                    "n_reference": membership.people(membership.reference, weights),
                    "p_value": 2 * special.ndtr(-np.abs(estimate) / error),
                    "gap_share": estimate / estimate.sum(),
                    "gap_given_outcome": (1 - share) * np.array(paid) + share * np.array(default),
                    "risk": risks,
                    "risk_lower": risks - z * risk_error,
                    "risk_upper": risks + z * risk_error,
                    "risk_share": risks / risks.sum(),
                    "gap_per_risk": estimate / risks,
                }
            )
        parts.append(part.replace([np.inf, -np.inf], np.nan))
    return pd.concat(parts, ignore_index=True)


def _difference(values: FloatArray, first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Difference of two weighted means and its standard error."""
    mine, influence = mean_and_influence(values, first)
    other, other_influence = mean_and_influence(values, second)
    return mine - other, float(np.sqrt(np.sum((influence - other_influence) ** 2)))
