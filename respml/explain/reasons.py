"""Adverse-action reasons for every declined applicant, from contributions measured against a named population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.model import FloatArray
from respml.explain.shapley_summary import contribution_features

MOST_REASONS = 4
AT_CUTOFF = "approved applicants at or just above the passing score"
ALL_APPLICANTS = "all applicants"
NEAR_TIE = 0.05


@dataclass(frozen=True)
class Baseline(Displayed):
    """The population against whose average an applicant falls short.

    Attributes
    ----------
    population: its name, for the document and the letter's file.
    contribution: mean contribution of each feature in it (log-odds).
    n: its number of applicants.
    highest, lowest: range of predicted probabilities in it.
    mask: which rows of the scored frame belong to it.
    """

    population: str
    contribution: pd.Series
    n: int
    lowest: float
    highest: float
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class Reason:
    """Text of a reason: its code in the mapping file, and the sentence an applicant reads."""

    code: str
    text: str


@dataclass(frozen=True)
class Reasons(Displayed):
    """Reasons of all declined applicants.

    Attributes
    ----------
    frame: one row an applicant and rank: ``row`` (index label), ``rank``, ``factor`` (feature or group), ``code``,
        ``text``, ``contribution`` (log-odds above the baseline), ``share`` (of the applicant's adverse total),
        ``near_tie`` (the next factor, stated or not, is within the tie margin), ``inquiries_rule`` (added as fifth).
    declined: number of declined applicants.
    without_reason: index labels of declined applicants with no factor worse than the baseline.
    baseline: name of the population.
    cutoff: probability above which an applicant is declined.
    factors: every scored factor with its ``features``, ``code`` and ``text``.
    members: factor -> the features it stands for.
    """

    frame: pd.DataFrame
    declined: int
    without_reason: tuple[object, ...]
    baseline: str
    cutoff: float
    factors: pd.DataFrame
    members: Mapping[str, tuple[str, ...]]

    def of(self, row: object) -> pd.DataFrame:
        """The reasons of one applicant; :class:`InputError` when the applicant was not declined or has none."""
        found = self.frame[np.asarray(self.frame["row"] == row)]
        if len(found) == 0:
            raise InputError(f"Applicant {row!r} has no adverse-action reasons.", remedy="Name a declined applicant.")
        return found.reset_index(drop=True)


def baseline_population(
    contribution: pd.DataFrame,
    probability: ArrayLike,
    cutoff: float,
    *,
    population: str = AT_CUTOFF,
    band: float = 0.1,
) -> Baseline:
    """The average contributions of a population named in the official comment to 12 CFR 1002.9(b)(2).

    ``population`` is :data:`AT_CUTOFF` (the share ``band`` of approved applicants whose probability is nearest below
    the cut-off, at least one) or :data:`ALL_APPLICANTS`. Approved means probability <= cutoff.
    """
    features = contribution_features(contribution)
    chance = np.asarray(probability, dtype=np.float64)
    if len(chance) != len(contribution):
        raise InputError(f"{len(contribution)} contributions, {len(chance)} probabilities.", remedy="Align them.")
    if population == ALL_APPLICANTS:
        mask = np.ones(len(chance), dtype=bool)
    elif population == AT_CUTOFF:
        approved = np.flatnonzero(chance <= cutoff)
        if len(approved) == 0:
            raise InputError(
                f"No applicant is approved at cut-off {cutoff}.", remedy="Use another cut-off or baseline."
            )
        size = max(int(np.ceil(band * len(approved))), 1)
        nearest = approved[np.argsort(-chance[approved], kind="stable")[:size]]
        mask = np.zeros(len(chance), dtype=bool)
        mask[nearest] = True
    else:
        raise InputError(f"Unknown baseline {population!r}.", remedy=f"Use {AT_CUTOFF!r} or {ALL_APPLICANTS!r}.")
    mean = contribution.loc[mask, features].astype(np.float64).mean()
    return Baseline(population, mean, int(mask.sum()), float(chance[mask].min()), float(chance[mask].max()), mask)


def near_duplicate_groups(frame: pd.DataFrame, *, threshold: float = 0.9) -> dict[str, tuple[str, ...]]:
    """Groups of features whose ranks correlate so strongly that naming two of them would name one fact twice.

    Single-linkage clusters of 1 - |Spearman correlation|, cut at 1 - ``threshold``; missing values by pairwise
    deletion. Group name = its first feature. Features alone are not listed.
    """
    names = [str(name) for name in frame.columns]
    if len(names) < 2:
        return {}
    strength = frame.corr(method="spearman").abs().fillna(0.0).to_numpy(dtype=np.float64).copy()
    np.fill_diagonal(strength, 1.0)
    distance = np.clip(1 - (strength + strength.T) / 2, 0, None)
    cluster = fcluster(linkage(squareform(distance, checks=False), "single"), 1 - threshold, "distance")
    groups = [tuple(name for name, each in zip(names, cluster, strict=True) if each == label) for label in set(cluster)]
    return {group[0]: group for group in sorted(groups, key=lambda each: names.index(each[0])) if len(group) > 1}


def adverse_action_reasons(
    contribution: pd.DataFrame,
    probability: ArrayLike,
    cutoff: float,
    texts: Mapping[str, Reason],
    *,
    baseline: Baseline | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    prohibited: Sequence[str] = (),
    most: int = MOST_REASONS,
    inquiries: str | None = None,
    near_tie: float = NEAR_TIE,
) -> Reasons:
    """Up to four ordered reasons for every applicant above the cut-off.

    Purpose: the specific principal reasons of an adverse action. Mechanism: an applicant's contribution to the log-odds
    of default minus the mean contribution in the baseline population; grouped features summed; only positive (adverse)
    differences count; the largest ``most`` in order, ties by the order of the columns. Signs of high risk: near-ties
    between stated and unstated reasons; applicants without any reason; one reason on most letters. Strengths: additive,
    every scored factor competes, all applicants at once. Limitations: contributions describe the model, not the
    applicant; a factor may be stated that the applicant cannot change; whether the reasons are true is tested in
    reason_validity.

    Parameters
    ----------
    contribution: Shapley values with ``bias`` (log-odds, positive = riskier); all applicants.
    probability: predicted probability of default; declined means ``probability > cutoff``.
    texts: factor (feature or group) -> :class:`Reason`; an unmapped factor is an error that names it.
    baseline: from :func:`baseline_population`; at the cut-off when not given.
    groups: group -> features reported as one factor.
    prohibited: features that must not be scored; :class:`InputError` if any has a contribution column.
    inquiries: factor that counts inquiries: when adverse but not among the stated ones it is added as one more key
    factor.
    near_tie: two neighbouring factors are tied when they differ by at most this share of the applicant's largest.
    """
    features = contribution_features(contribution)
    refused = [name for name in prohibited if name in features]
    if refused:
        raise InputError(
            f"Prohibited features are scored: {', '.join(refused)}.",
            remedy="Refit the model without them; they may not be given as reasons nor left out of them.",
        )
    factors = _factors(features, dict(groups or {}))
    unmapped = [name for name in factors if name not in texts]
    if unmapped:
        raise InputError(
            f"No reason text for: {', '.join(unmapped)}.", remedy="Add each to the reason mapping, with code and text."
        )
    if inquiries is not None and inquiries not in factors:
        raise InputError(f"The inquiries factor {inquiries!r} is not scored.", remedy="Name a scored factor.")
    chance = np.asarray(probability, dtype=np.float64)
    base = baseline or baseline_population(contribution, chance, cutoff)
    absent = [name for name in features if name not in base.contribution.index]
    if absent:
        raise InputError(f"The baseline lacks features: {', '.join(absent)}.", remedy="Make it for the same model.")
    declined = np.flatnonzero(chance > cutoff)
    excess = contribution[features].iloc[declined].to_numpy(dtype=np.float64)
    excess = excess - base.contribution[features].to_numpy(dtype=np.float64)
    summed = np.stack([excess[:, [features.index(name) for name in part]].sum(axis=1) for part in factors.values()], 1)
    labels = contribution.index.to_numpy()[declined]
    frame = _ordered(summed, labels, list(factors), texts, most, inquiries, near_tie)
    silent = tuple(labels[~(summed > 0).any(axis=1)].tolist())
    listed = pd.DataFrame(
        {
            "factor": list(factors),
            "features": [", ".join(part) for part in factors.values()],
            "code": [texts[name].code for name in factors],
            "text": [texts[name].text for name in factors],
        }
    )
    return Reasons(frame, len(declined), silent, base.population, float(cutoff), listed, factors)


def _factors(features: list[str], groups: dict[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Every scored factor in column order: groups where their first feature stands, other features alone."""
    member: dict[str, str] = {}
    for group, names in groups.items():
        for name in names:
            if name in member:
                raise InputError(f"Feature {name!r} is in two reason groups.", remedy="Keep it in one.")
            if name not in features:
                raise InputError(f"Reason group {group!r} names {name!r}, which is not scored.", remedy="Remove it.")
            member[name] = group
    factors: dict[str, tuple[str, ...]] = {}
    for name in features:
        factor = member.get(name, name)
        factors[factor] = (*factors.get(factor, ()), name)
    return factors


def _ordered(
    summed: FloatArray,
    labels: NDArray[np.object_],
    factors: list[str],
    texts: Mapping[str, Reason],
    most: int,
    inquiries: str | None,
    near_tie: float,
) -> pd.DataFrame:
    order = np.argsort(-summed, axis=1, kind="stable")
    largest = np.take_along_axis(summed, order, axis=1)
    adverse = np.where(summed > 0, summed, 0.0).sum(axis=1)
    following = np.concatenate([largest[:, 1:], np.full((len(largest), 1), -np.inf)], axis=1)
    margin = near_tie * largest[:, :1]
    tied = (largest - following <= margin) & (following > 0)
    stated = largest > 0
    stated[:, most:] = False
    added = np.zeros_like(stated)
    if inquiries is not None:
        added = (order == factors.index(inquiries)) & (largest > 0) & ~stated
    applicant, place = np.nonzero(stated | added)
    chosen = order[applicant, place]
    fifth = added[applicant, place]
    rank = np.where(fifth, stated.sum(axis=1)[applicant] + 1, place + 1)
    value = largest[applicant, place]
    codes = np.array([texts[name].code for name in factors], dtype=object)
    sentences = np.array([texts[name].text for name in factors], dtype=object)
    return pd.DataFrame(
        {
            "row": labels[applicant],
            "rank": rank,
            "factor": np.array(factors, dtype=object)[chosen],
            "code": codes[chosen],
            "text": sentences[chosen],
            "contribution": value,
            "share": value / adverse[applicant],
            "near_tie": tied[applicant, place],
            "inquiries_rule": fifth,
        }
    )
