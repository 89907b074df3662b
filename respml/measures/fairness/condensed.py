"""The many rows of the fairness measures condensed: the lowest ratio, and one line a candidate."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from respml.measures.fairness.acceptance import AIR
from respml.measures.fairness.membership import CROSS, UNKNOWN

ATTRIBUTES, INTERSECTIONS = "attributes", "intersections"


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with ``who`` (``group (attribute)``) and ``scope`` (``attributes`` or ``intersections``)."""
    crossed = frame["attribute"].astype(str).str.contains(CROSS, regex=False)
    return frame.assign(
        who=frame["group"] + " (" + frame["attribute"] + ")",
        scope=crossed.map({True: INTERSECTIONS, False: ATTRIBUTES}),
    )


def lowest_ratios(acceptance: pd.DataFrame, by: Sequence[str] = ("candidate",)) -> pd.DataFrame:
    """The row with the lowest adverse impact ratio in each combination of ``by``.

    The interval is that of the group named, not of the smallest of many ratios.

    Parameters
    ----------
    acceptance: result of :func:`respml.measures.fairness.acceptance.acceptance_gaps`; suppressed rows, undefined rows
        and rows whose group is unknown do not enter.
    """
    ratios = acceptance[(acceptance["measure"] == AIR) & acceptance["estimate"].notna()]
    unknown = ratios["group"].map(lambda name: UNKNOWN in name.split(CROSS)).astype(bool)
    known = ratios[~unknown]
    return known.sort_values("estimate", kind="stable").groupby(list(by), sort=False).head(1).reset_index(drop=True)


def condensed(significance: pd.DataFrame, ratios: pd.DataFrame, by: Sequence[str] = ("candidate",)) -> pd.DataFrame:
    """One row for each combination of ``by``: the largest gaps, and how many groups they concern.

    Parameters
    ----------
    significance: result of :func:`respml.measures.fairness.significance.significance_table`, with :func:`with_names`.
    ratios: disparity ratios with ``outside``, with :func:`with_names`.

    Returns
    -------
    The columns of ``by``, ``air``, ``air_lower``, ``air_upper``, ``who`` (the group with the lowest AIR), ``points``
    (largest marginal effect), ``smd`` (largest), ``groups`` (with a defined AIR), ``withheld`` (without one),
    ``practical`` (groups with a practical gap), ``both`` (practical, and Holm-adjusted significant), ``outside`` (error
    metrics outside the band).
    """
    records = []
    outside = ratios[ratios["outside"].fillna(False).astype(bool)].groupby(list(by)).size()
    for values, part in significance.groupby(list(by), sort=False):
        defined = part[part["air"].notna()]
        first = defined.sort_values("air", kind="stable").head(1).to_dict("records")
        practical = part["practical"].fillna(False).astype(bool)
        statistical = part["statistical"].fillna(False).astype(bool)
        key = values if len(by) > 1 else values[0]
        records.append(
            {
                **dict(zip(by, values, strict=True)),
                **{name: first[0][name] if first else None for name in ("air", "air_lower", "air_upper", "who")},
                "points": part["points"].max(),
                "smd": part["smd"].max(),
                "groups": len(defined),
                "withheld": len(part) - len(defined),
                "practical": int(practical.sum()),
                "both": int((practical & statistical).sum()),
                "outside": int(outside.get(key, 0)),
            }
        )
    return pd.DataFrame.from_records(records)
