"""Error metrics of a group against the reference: ratios, differences, and the parity ladder built on them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from respml.measures.conventions import convention
from respml.measures.fairness.cells import Cells
from respml.measures.fairness.comparison import compare
from respml.measures.fairness.confusion import group_note
from respml.measures.fairness.frames import RESULT, result_frame
from respml.measures.fairness.rates import TEN_METRICS
from respml.measures.fairness.study import Study

LADDER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("type I parity", ("false discovery rate", "false positive rate")),
    ("type II parity", ("false omission rate", "false negative rate")),
    ("equalised odds", ("false positive rate", "true positive rate")),
    (
        "supervised fairness",
        ("false discovery rate", "false positive rate", "false omission rate", "false negative rate"),
    ),
    ("overall", tuple(rate.name for rate in TEN_METRICS)),
)
"""The five rungs and the metrics whose ratios must lie within the band."""


@convention(
    name="Disparity ratio",
    formula="metric(group) / metric(reference), for each of the ten error metrics",
    source="Hall, notebook on disparate impact analysis, 2019; interval Katz et al. 1978",
    direction="1 = the same rate in both groups",
    zero_bins="reference rate 0 or 0/0: undefined; a rate of 0 or 1: interval by MOVER from Wilson limits",
    denominator="the reference group's rate",
    interval="log-normal; test two-proportion z, Fisher where an expected cell is below 5",
    weights="case weights and membership probabilities; variance linearised",
)
def disparity_ratios(study: Study, confidence: float = 0.95) -> pd.DataFrame:
    """Ratios of the ten error metrics of every group to the reference group.

    Returns
    -------
    candidate, attribute, group, reference, measure, estimate (ratio), lower, upper, n, n_reference (rows in the two
    denominators), p_value, method (test), note, value, reference_value, difference, difference_lower,
    difference_upper (group − reference, Newcombe).
    """
    records = [
        {"candidate": candidate, **record}
        for candidate, cells in study.tables()
        for record in ratio_records(cells, confidence)
    ]
    extra = ("value", "reference_value", "difference", "difference_lower", "difference_upper")
    return result_frame(records, RESULT, extra)


def ratio_records(cells: Cells, confidence: float = 0.95) -> list[dict[str, object]]:
    """The rows of :func:`disparity_ratios` for one table of cells, without ``candidate``."""
    records: list[dict[str, object]] = []
    reference = cells.reference
    for rate in TEN_METRICS:
        result = compare(cells, rate, confidence)
        for group, name in enumerate(cells.names):
            if group == reference:
                continue
            notes = (group_note(cells, group), result.ratio_note(group, reference))
            records.append(
                {
                    "attribute": cells.membership.attribute,
                    "group": name,
                    "reference": cells.membership.reference,
                    "measure": rate.name,
                    "estimate": result.ratio[group],
                    "lower": result.ratio_lower[group],
                    "upper": result.ratio_upper[group],
                    "n": int(result.values.rows[group]),
                    "n_reference": int(result.values.rows[reference]),
                    "p_value": result.p_value[group],
                    "method": result.test[group],
                    "note": "; ".join(note for note in notes if note),
                    "value": result.values.value[group],
                    "reference_value": result.values.value[reference],
                    "difference": result.difference[group],
                    "difference_lower": result.difference_lower[group],
                    "difference_upper": result.difference_upper[group],
                }
            )
    return records


def outside_band(frame: pd.DataFrame, band: tuple[float, float]) -> pd.DataFrame:
    """The frame with a column ``outside``: whether the ratio lies outside the band.

    Parameters
    ----------
    frame: any frame with a column ``estimate`` holding ratios.
    band: limits; a ratio equal to a limit is outside, as in the source.

    Returns
    -------
    The frame with ``outside`` (nullable boolean, missing where undefined) and ``interval_outside`` (whether the whole
    interval lies outside, on one side).
    """
    low, high = band
    undefined = frame["estimate"].isna()
    outside = ~((frame["estimate"] > low) & (frame["estimate"] < high))
    whole = (frame["upper"] < low) | (frame["lower"] > high)
    unknown = frame["lower"].isna() | frame["upper"].isna()
    return frame.assign(
        outside=outside.astype("boolean").mask(undefined),
        interval_outside=whole.astype("boolean").mask(unknown),
    )


@convention(
    name="Parity ladder",
    formula="; ".join(f"{rung}: {', '.join(names)}" for rung, names in LADDER[:-1]) + "; overall: all ten",
    source="Hall, notebook on disparate impact analysis, 2019",
    direction="true = every named ratio lies strictly inside the band",
    zero_bins="a ratio that is undefined leaves its rungs undecided, unless another ratio fails them",
    weights="as the ratios",
)
def parity_ladder(ratios: pd.DataFrame, band: tuple[float, float]) -> pd.DataFrame:
    """Five rungs for every group: do the ratios of the rung's metrics all lie within the band?

    Parameters
    ----------
    ratios: result of :func:`disparity_ratios`.
    band: limits of the band, for example (0.8, 1.25); equality is outside.

    Returns
    -------
    candidate, attribute, group, reference, rung, holds (nullable boolean), reason (the ratios outside the band, or
    undefined, with their values).
    """
    key = ["candidate", "attribute", "group", "reference"]
    short = {rate.name: rate.short for rate in TEN_METRICS}
    records = []
    for values, part in ratios.groupby(key, sort=False):
        ratio = dict(zip(part["measure"], part["estimate"], strict=True))
        for rung, names in LADDER:
            failed = [name for name in names if not math.isnan(ratio[name]) and not band[0] < ratio[name] < band[1]]
            undefined = [name for name in names if math.isnan(ratio[name])]
            reasons = [f"{short[name]} ratio {ratio[name]:.3f}" for name in failed]
            reasons += [f"{short[name]} undefined" for name in undefined]
            holds = False if failed else (None if undefined else True)
            inside = f"all {len(names)} ratios within {band[0]:g} to {band[1]:g}"
            records.append((*values, rung, holds, "; ".join(reasons) if reasons else inside))
    frame = pd.DataFrame.from_records(records, columns=[*key, "rung", "holds", "reason"])
    frame["holds"] = frame["holds"].astype("boolean")
    return frame


def worst_ratio(frame: pd.DataFrame, by: tuple[str, ...] = ("candidate", "attribute", "measure")) -> pd.DataFrame:
    """The row farthest from 1 on the log scale within each combination of ``by``; undefined ratios are left out."""
    defined = frame[frame["estimate"].notna()]
    with np.errstate(divide="ignore"):
        distance = np.abs(np.log(defined["estimate"].to_numpy(dtype=np.float64)))
    ranked = defined.assign(_distance=distance).sort_values("_distance", ascending=False, kind="stable")
    return ranked.groupby(list(by), sort=False).head(1).drop(columns="_distance").sort_index()
