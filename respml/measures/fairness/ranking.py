"""Does the score rank risk equally well in every group: AUC by group and the test of equal AUC."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from respml.measures.conventions import convention
from respml.measures.estimate import Estimate
from respml.measures.fairness.frames import RESULT, result_frame
from respml.measures.fairness.study import Study
from respml.measures.ranking import area_under_roc

AUC = "AUC"
AUC_DIFFERENCE = "AUC difference"


@convention(
    name="Equality of AUC across groups",
    formula="AUC(group) − AUC(reference); z = difference / √(var + var)",
    source="DeLong, DeLong & Clarke-Pearson 1988, unpaired form",
    direction="below 0: the score ranks the group worse than the reference",
    ties="a tied pair counts one half",
    zero_bins="a group without defaults, or with defaults only: undefined",
    interval="normal, variances of the two AUCs added (the groups share no rows)",
    weights="case weights and membership probabilities as sampling weights; overlap of fuzzy groups ignored, said so",
)
def group_ranking(study: Study) -> pd.DataFrame:
    """AUC of every candidate within every group and its difference to the reference group, 95 % intervals.

    Returns
    -------
    candidate, attribute, group, reference, measure (``AUC``; ``AUC difference`` group − reference), estimate, lower,
    upper, n, n_reference, p_value (two-sided), method, note.
    """
    records: list[dict[str, object]] = []
    for candidate, score in study.probability.items():
        for membership in study.memberships:
            areas: dict[str, Estimate] = {}
            for name in membership.names:
                weight = membership.share_of(name) * study.weights
                kept = weight > 0
                unit = bool(np.all(weight[kept] == 1))
                areas[name] = area_under_roc(study.outcome[kept], score[kept], None if unit else weight[kept])
            base = areas[membership.reference]
            for name, area in areas.items():
                common: dict[str, object] = {
                    "candidate": candidate,
                    "attribute": membership.attribute,
                    "group": name,
                    "reference": membership.reference,
                    "n": membership.people(name, study.weights),
                    "n_reference": membership.people(membership.reference, study.weights),
                }
                records.append(
                    {
                        **common,
                        "measure": AUC,
                        "estimate": area.value,
                        "lower": area.lower,
                        "upper": area.upper,
                        "method": area.method,
                        "note": area.note,
                    }
                )
                if name != membership.reference:
                    overlap = "" if membership.observed else "overlap of the groups ignored"
                    records.append({**common, **auc_difference(area, base, overlap)})
    return result_frame(records, RESULT)


def auc_difference(area: Estimate, base: Estimate, note: str = "") -> dict[str, object]:
    """Difference of two AUCs on rows that do not overlap, with interval and two-sided p-value."""
    z = float(special.ndtri(0.975))
    error = float(np.hypot(_standard_error(area), _standard_error(base)))
    difference = area.value - base.value
    notes = [note, f"group: {area.note}" if area.note else "", f"reference: {base.note}" if base.note else ""]
    return {
        "measure": AUC_DIFFERENCE,
        "estimate": difference,
        "lower": difference - z * error,
        "upper": difference + z * error,
        "p_value": 2 * special.ndtr(-abs(difference) / error) if error > 0 else np.nan,
        "method": f"{area.method}, unpaired",
        "note": "; ".join(part for part in notes if part),
    }


def _standard_error(area: Estimate) -> float:
    """Standard error behind a normal interval; the limit that was not cut at 0 or 1 tells it."""
    z = float(special.ndtri(0.975))
    return max(area.upper - area.value, area.value - area.lower) / z
