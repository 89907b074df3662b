"""Acceptance gaps where an average can hide them: along the score, and within segments of the portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.measures.conventions import convention
from respml.measures.fairness.acceptance import AIR, MARGINAL_EFFECT, acceptance_records
from respml.measures.fairness.cells import count_cells
from respml.measures.fairness.frames import RESULT, result_frame
from respml.measures.fairness.membership import UNKNOWN, FloatArray, is_missing, plain
from respml.measures.fairness.study import Study

KEPT = (AIR, MARGINAL_EFFECT)


def weighted_quantile(values: FloatArray, weight: FloatArray, share: float) -> float:
    """Smallest value at or below which at least ``share`` of the weight lies."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    place = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12)))
    return float(values[order][min(place, len(values) - 1)])


@convention(
    name="AIR by score quantile",
    formula="AIR where the cut-off is the q-quantile of the score, that is, the q share of lowest risk is accepted",
    source="quantile form used in fair-lending practice; interval as AIR",
    ties="a tie at the quantile is accepted whole",
    interval="as AIR; the cut-off is taken as given",
    weights="as AIR",
)
def acceptance_by_quantile(study: Study, shares: Sequence[float], confidence: float = 0.95) -> pd.DataFrame:
    """AIR and marginal effect at several shares of acceptance.

    Parameters
    ----------
    study: candidates and groups; its cut-offs play no part.
    shares: shares of everyone accepted, in (0, 1].

    Returns
    -------
    candidate, attribute, group, reference, measure, estimate, lower, upper, n, n_reference, p_value, method, note,
    share, cutoff.
    """
    records: list[dict[str, object]] = []
    for candidate, score in study.probability.items():
        for share in shares:
            cutoff = weighted_quantile(score, study.weights, share)
            declined = (score > cutoff).astype(np.int64)
            for membership in study.memberships:
                cells = count_cells(membership, declined, study.outcome, study.weight)
                for record in acceptance_records(cells, confidence):
                    if record["measure"] in KEPT:
                        records.append({"candidate": candidate, **record, "share": share, "cutoff": cutoff})
    return result_frame(records, RESULT, ("share", "cutoff"))


@convention(
    name="AIR by segment",
    formula="AIR among the rows of a segment, at the candidate's own cut-off",
    source="29 CFR 1607.4(D) applied within segments",
    interval="as AIR",
    weights="as AIR",
)
def acceptance_by_segment(
    study: Study, segments: Mapping[str, ArrayLike | pd.Series], confidence: float = 0.95
) -> pd.DataFrame:
    """AIR and marginal effect within every level of every segment variable.

    Parameters
    ----------
    study: candidates, decisions and groups.
    segments: variable → level of each row, shape (n,); missing is a level of its own.

    Returns
    -------
    candidate, attribute, group, reference, measure, estimate, lower, upper, n, n_reference, p_value, method, note,
    variable, level.
    """
    records: list[dict[str, object]] = []
    for variable, levels in segments.items():
        series = pd.Series(levels).reset_index(drop=True)
        text = series.map(lambda value: UNKNOWN if is_missing(value) else plain(value)).to_numpy()
        for level in dict.fromkeys(sorted(text)):
            here = text == level
            weight = None if study.weight is None else study.weight[here]
            for membership in study.memberships:
                part = membership.take(here)
                for candidate in study.probability:
                    cells = count_cells(part, study.declined(candidate)[here], study.outcome[here], weight)
                    for record in acceptance_records(cells, confidence):
                        if record["measure"] in KEPT:
                            place = {"candidate": candidate, "variable": variable, "level": level}
                            records.append({**record, **place})
    return result_frame(records, RESULT, ("variable", "level"))
