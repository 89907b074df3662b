"""Confusion matrices and the ten error metrics of every group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from respml.measures.conventions import convention
from respml.measures.fairness.cells import ACCEPTED, DECLINED, Cells
from respml.measures.fairness.membership import FloatArray, whole_people
from respml.measures.fairness.rates import ACCEPTANCE, TEN_METRICS, Rate, RateValues, rate_values
from respml.measures.fairness.study import Study
from respml.measures.intervals import wilson

EVERYONE = "all"
"""Name of the row that holds all groups together."""


def group_note(cells: Cells, group: int) -> str:
    """What a reader must know about a group's cells: no weight, one member, no defaults, all declined …"""
    rows = whole_people(float(cells.rows[group].sum()))
    if rows == 0:
        return "no rows with positive weight"
    notes = ["one member"] if rows == 1 else []
    table = cells.rows[group]
    if table[:, 1].sum() == 0:
        notes.append("no defaults")
    if table[:, 0].sum() == 0:
        notes.append("defaults only")
    if table[ACCEPTED].sum() == 0:
        notes.append("all declined")
    if table[DECLINED].sum() == 0:
        notes.append("all accepted")
    return "; ".join(notes)


@convention(
    name="Confusion matrix by group",
    formula="TP, FP, FN, TN: Σ case weight × membership; positive = declined, probability > cut-off",
    source="Hall, notebook on disparate impact analysis, 2019",
    ties="a probability equal to the cut-off is accepted",
    zero_bins="empty cells are 0",
    weights="case weights and membership probabilities are summed; n counts rows",
)
def confusion_matrices(study: Study) -> pd.DataFrame:
    """Counts of every candidate, attribute and group, and of all groups together (group ``all``).

    Returns
    -------
    candidate, attribute, group, true_positive, false_positive, false_negative, true_negative (weighted sums), n (rows
    with positive weight), smallest_cell (rows in the smallest of the four cells), note.
    """
    records = []
    for candidate in study.probability:
        flat = study.declined(candidate) * 2 + study.outcome
        weight = np.bincount(flat, study.weights, 4).reshape(2, 2).astype(np.float64)
        rows = np.bincount(flat[study.weights > 0], minlength=4).reshape(2, 2).astype(np.float64)
        records.append(_record(candidate, EVERYONE, EVERYONE, weight, rows, ""))
        for attribute in (membership.attribute for membership in study.memberships):
            cells = study.cells(candidate, attribute)
            for group, name in enumerate(cells.names):
                note = group_note(cells, group)
                records.append(_record(candidate, attribute, name, cells.weight[group], cells.rows[group], note))
    return pd.DataFrame.from_records(records)


def _record(
    candidate: str, attribute: str, group: str, weight: FloatArray, rows: FloatArray, note: str
) -> dict[str, object]:
    return {
        "candidate": candidate,
        "attribute": attribute,
        "group": group,
        "true_positive": weight[1, 1],
        "false_positive": weight[1, 0],
        "false_negative": weight[0, 1],
        "true_negative": weight[0, 0],
        "n": whole_people(float(rows.sum())),
        "smallest_cell": whole_people(float(rows.min())),
        "note": note,
    }


@convention(
    name="Group error metrics",
    formula="; ".join(f"{rate.short} {rate.meaning}" for rate in TEN_METRICS),
    source="Hall, notebook on disparate impact analysis, 2019",
    ties="a probability equal to the cut-off is accepted",
    zero_bins="0/0 is undefined",
    denominator="as in each formula",
    interval="Wilson on the effective number of rows",
    weights="case weights and membership probabilities; variance linearised",
)
def group_error_metrics(study: Study, confidence: float = 0.95) -> pd.DataFrame:
    """The ten error metrics and the acceptance rate of every group.

    Returns
    -------
    candidate, attribute, group, measure, estimate, lower, upper, n (rows in the denominator), method, note.
    """
    parts = [cell_metrics(cells, confidence).assign(candidate=candidate) for candidate, cells in study.tables()]
    frame = pd.concat(parts, ignore_index=True)
    return frame[["candidate", *[column for column in frame.columns if column != "candidate"]]]


def cell_metrics(cells: Cells, confidence: float = 0.95) -> pd.DataFrame:
    """As :func:`group_error_metrics`, for one table of cells, without the column ``candidate``."""
    records = []
    for rate in (*TEN_METRICS, ACCEPTANCE):
        values = rate_values(cells, rate)
        lower, upper = rate_interval(values, confidence)
        for group, name in enumerate(cells.names):
            note = group_note(cells, group)
            if values.rows[group] == 0:
                note = undefined_note(rate, note)
            records.append(
                {
                    "attribute": cells.membership.attribute,
                    "group": name,
                    "measure": rate.name,
                    "estimate": values.value[group],
                    "lower": lower[group],
                    "upper": upper[group],
                    "n": int(values.rows[group]),
                    "method": "Wilson",
                    "note": note,
                }
            )
    return pd.DataFrame.from_records(records)


def rate_interval(values: RateValues, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Wilson limits of a rate in every group, on its effective number of rows."""
    trials = np.where(np.isnan(values.value), 0.0, values.effective)
    hits = np.clip(np.nan_to_num(values.value) * trials, 0.0, trials)
    return wilson(hits, trials, confidence)


def undefined_note(rate: Rate, note: str = "") -> str:
    """Why a rate is undefined: its denominator holds nobody."""
    reason = f"undefined: 0/0 in {rate.meaning}"
    return f"{note}; {reason}" if note else reason
