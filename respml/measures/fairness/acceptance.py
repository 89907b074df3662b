"""Who is accepted: adverse impact ratio, marginal effect, shortfall in people, odds ratio, and their tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from respml.measures.conventions import convention
from respml.measures.fairness.cells import Cells
from respml.measures.fairness.comparison import Comparison, compare
from respml.measures.fairness.confusion import group_note, rate_interval
from respml.measures.fairness.frames import RESULT, result_frame
from respml.measures.fairness.rates import ACCEPTANCE
from respml.measures.fairness.study import Study

AIR = "adverse impact ratio"
MARGINAL_EFFECT = "marginal effect"
SHORTFALL = "shortfall"
ODDS_RATIO = "odds ratio"
ACCEPTANCE_RATE = "acceptance rate"


@convention(
    name="Adverse impact ratio",
    formula="acceptance(group) / acceptance(reference), accepted = probability ≤ cut-off",
    source="29 CFR 1607.4(D) for the ratio; Morris & Lobsenz 2000 for the interval",
    direction="below 1: the group is accepted less often than the reference",
    zero_bins="nobody accepted in the reference: undefined; nobody, or everybody, in a group: MOVER interval",
    denominator="acceptance rate of the reference group",
    interval="exp(ln AIR ± z·√((1−p1)/(n1·p1) + (1−p0)/(n0·p0)))",
    weights="case weights and membership probabilities; variance linearised",
)
def acceptance_gaps(study: Study, confidence: float = 0.95) -> pd.DataFrame:
    """Acceptance of every group against the reference group, five measures a group.

    ``acceptance rate`` share accepted (Wilson); ``adverse impact ratio`` (log-normal); ``marginal effect``
    100·(reference − group), points, negative favours the group (Newcombe); ``shortfall`` n·(reference − group), people
    of the group who would be accepted at the reference's rate and are not (Newcombe, group size fixed); ``odds ratio``
    of acceptance (Woolf).

    Returns
    -------
    candidate, attribute, group, reference, measure, estimate, lower, upper, n, n_reference, p_value, method, note,
    unit. The reference group has the row ``acceptance rate`` only.
    """
    records = [
        {"candidate": candidate, **record}
        for candidate, cells in study.tables()
        for record in acceptance_records(cells, confidence)
    ]
    return result_frame(records, RESULT, ("unit",))


def acceptance_records(cells: Cells, confidence: float = 0.95) -> list[dict[str, object]]:
    """The rows of :func:`acceptance_gaps` for one table of cells, without ``candidate``."""
    result = compare(cells, ACCEPTANCE, confidence)
    lower, upper = rate_interval(result.values, confidence)
    records: list[dict[str, object]] = []
    for group, name in enumerate(cells.names):
        common: dict[str, object] = {
            "attribute": cells.membership.attribute,
            "group": name,
            "reference": cells.membership.reference,
            "n": int(result.values.rows[group]),
            "n_reference": int(result.values.rows[cells.reference]),
        }
        note = group_note(cells, group)
        records.append(
            {
                **common,
                "measure": ACCEPTANCE_RATE,
                "estimate": result.values.value[group],
                "lower": lower[group],
                "upper": upper[group],
                "method": "Wilson",
                "note": note,
                "unit": "share",
            }
        )
        if group != cells.reference:
            records += [{**common, **row} for row in _gaps(cells, result, group, note)]
    return records


def _gaps(cells: Cells, result: Comparison, group: int, note: str) -> list[dict[str, object]]:
    """AIR, marginal effect, shortfall and odds ratio of one group."""
    size = float(cells.weight[group].sum())
    low, high = result.difference_lower[group], result.difference_upper[group]
    ratio_note = "; ".join(part for part in (note, result.ratio_note(group, cells.reference)) if part)
    rows, others = result.values.rows[group], result.values.rows[cells.reference]
    empty = "" if rows and others else f"undefined: nobody in the {'reference' if rows else 'group'}"
    gap_note = "; ".join(part for part in (note, empty) if part)
    odds_note = gap_note
    if np.isnan(result.odds_ratio[group]) and not empty:
        odds_note = "; ".join(part for part in (note, "undefined: an acceptance rate of 0 or 1") if part)
    shared = {"p_value": result.p_value[group], "method": result.test[group]}
    return [
        {
            **shared,
            "measure": AIR,
            "estimate": result.ratio[group],
            "lower": result.ratio_lower[group],
            "upper": result.ratio_upper[group],
            "note": ratio_note,
            "unit": "ratio",
        },
        {
            **shared,
            "measure": MARGINAL_EFFECT,
            "estimate": -100 * result.difference[group],
            "lower": -100 * high,
            "upper": -100 * low,
            "note": gap_note,
            "unit": "points",
        },
        {
            **shared,
            "measure": SHORTFALL,
            "estimate": -size * result.difference[group],
            "lower": -size * high,
            "upper": -size * low,
            "note": gap_note,
            "unit": "people",
        },
        {
            **shared,
            "measure": ODDS_RATIO,
            "estimate": result.odds_ratio[group],
            "lower": result.odds_lower[group],
            "upper": result.odds_upper[group],
            "note": odds_note,
            "unit": "ratio",
        },
    ]


def adverse_impact_ratio(cells: Cells, confidence: float = 0.95) -> pd.DataFrame:
    """The AIR rows of one table of cells: group, reference, estimate, lower, upper, n, n_reference, p_value, …"""
    frame = pd.DataFrame.from_records(acceptance_records(cells, confidence))
    return frame[frame["measure"] == AIR].drop(columns=["measure", "unit"]).reset_index(drop=True)
