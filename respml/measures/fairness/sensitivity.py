"""How far a result depends on the way uncertain group membership is used: weighted, or cut at a probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from respml.measures.conventions import convention
from respml.measures.fairness.acceptance import AIR, MARGINAL_EFFECT, acceptance_gaps
from respml.measures.fairness.frames import KEY, result_frame
from respml.measures.fairness.membership import UNKNOWN, thresholded
from respml.measures.fairness.scores import SMD, score_differences
from respml.measures.fairness.study import Study

WEIGHTED = "weighted by probability"


@convention(
    name="Sensitivity to uncertain membership",
    formula="AIR, marginal effect and SMD with probabilities as weights, and with rows assigned at several thresholds",
    source="Consumer Financial Protection Bureau 2014 (BISG); Chen, Kallus, Mao, Svacha & Udell 2019 on its bias",
    interval="as the measures; the probabilities are taken as right",
    weights="case weights × membership probabilities",
)
def membership_sensitivity(
    study: Study, thresholds: Sequence[float], deviation: str = "all", confidence: float = 0.95
) -> pd.DataFrame:
    """Results under weighted and thresholded membership, for attributes given as probabilities.

    Parameters
    ----------
    study: candidates, decisions and groups; attributes with observed labels are left out.
    thresholds: probabilities at which a row is assigned to its likeliest group, else to ``unknown``.

    Returns
    -------
    candidate, attribute, group, reference, measure, use (``weighted by probability`` or ``threshold …``), estimate,
    lower, upper, n, coverage (share of the case weight assigned to a known group), note.
    """
    fuzzy = [membership for membership in study.memberships if not membership.observed]
    uses = [(WEIGHTED, tuple(fuzzy))]
    uses += [(f"threshold {level:g}", tuple(thresholded(each, level) for each in fuzzy)) for level in thresholds]
    parts = []
    for use, memberships in uses:
        part = replace(study, memberships=memberships)
        gaps = acceptance_gaps(part, confidence)
        found = pd.concat([gaps, score_differences(part, deviation, confidence)])
        found = found[found["measure"].isin((AIR, MARGINAL_EFFECT, SMD)) & (found["group"] != UNKNOWN)]
        coverage = {}
        for each in memberships:
            known = 1.0 - each.share_of(UNKNOWN) if UNKNOWN in each.names else study.weights * 0 + 1.0
            coverage[each.attribute] = float(study.weights @ known / study.weights.sum())
        parts.append(found.assign(use=use, coverage=found["attribute"].map(coverage)))
    columns = [*KEY, "use", "estimate", "lower", "upper", "n", "coverage", "note"]
    if not fuzzy:
        return result_frame([], columns)
    return pd.concat(parts, ignore_index=True)[columns]


def sensitivity_band(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """Range of the point estimates over the ways of using membership.

    Returns
    -------
    candidate, attribute, group, reference, measure, weighted, lowest, highest, coverage_lowest.
    """
    key = list(KEY)
    weighted = sensitivity[sensitivity["use"] == WEIGHTED].set_index(key)["estimate"]
    grouped = sensitivity.groupby(key, sort=False)
    band = grouped.agg(lowest=("estimate", "min"), highest=("estimate", "max"), coverage_lowest=("coverage", "min"))
    band.insert(0, "weighted", weighted.reindex(band.index))
    return band.reset_index()
