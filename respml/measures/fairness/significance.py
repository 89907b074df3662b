"""Practical and statistical significance side by side, with p-values adjusted for the number of groups looked at."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from respml.measures.conventions import convention
from respml.measures.fairness.acceptance import AIR, MARGINAL_EFFECT, SHORTFALL
from respml.measures.fairness.scores import SMD
from respml.measures.multiplicity import benjamini_hochberg, holm

FAMILY = ("candidate", "attribute", "measure")
"""What is tested together: all groups of an attribute, for one candidate and one measure."""


@convention(
    name="Adjustment for several groups",
    formula="Holm step-down and Benjamini–Hochberg step-up within a family of groups",
    source="Holm 1979; Benjamini & Hochberg 1995",
    zero_bins="a test that is undefined is not counted in its family",
)
def adjust_for_groups(frame: pd.DataFrame, family: Sequence[str] = FAMILY) -> pd.DataFrame:
    """Add ``p_holm`` and ``p_benjamini_hochberg``, adjusted within each family, and ``tests``, the family's size.

    Parameters
    ----------
    frame: result of a measure with a column ``p_value``.
    family: columns that name a family.
    """
    result = frame.assign(p_holm=float("nan"), p_benjamini_hochberg=float("nan"), tests=0)
    for _, part in frame[frame["p_value"].notna()].groupby(list(family), sort=False):
        result.loc[part.index, "p_holm"] = holm(part["p_value"].to_numpy())
        result.loc[part.index, "p_benjamini_hochberg"] = benjamini_hochberg(part["p_value"].to_numpy())
        result.loc[part.index, "tests"] = len(part)
    return result


def significance_table(
    acceptance: pd.DataFrame,
    differences: pd.DataFrame,
    *,
    air_threshold: float,
    points_threshold: float,
    smd_threshold: float,
    significance: float,
) -> pd.DataFrame:
    """One row a group: size of the gap, and whether chance explains it.

    Parameters
    ----------
    acceptance: result of :func:`respml.measures.fairness.acceptance.acceptance_gaps`.
    differences: result of :func:`respml.measures.fairness.scores.score_differences`.
    air_threshold: practical where the AIR is below this.
    points_threshold: practical where the marginal effect exceeds this, in points.
    smd_threshold: practical where the SMD exceeds this.
    significance: level of the Holm-adjusted test of acceptance rates.

    Returns
    -------
    candidate, attribute, group, reference, n, n_reference, air, air_lower, air_upper, points, shortfall, smd, p_value,
    p_holm, p_benjamini_hochberg, method, practical (any of the three thresholds crossed against the group), which
    (those crossed), statistical (p_holm below the level), note. Missing where undefined.
    """
    key = ["candidate", "attribute", "group", "reference"]
    adjusted = adjust_for_groups(acceptance[acceptance["measure"] == AIR])
    columns = ["n", "n_reference", "p_value", "p_holm", "p_benjamini_hochberg", "method", "note"]
    table = adjusted.rename(columns={"estimate": "air", "lower": "air_lower", "upper": "air_upper"})
    table = table[[*key, "air", "air_lower", "air_upper", *columns]]
    for name, measure, source in (
        ("points", MARGINAL_EFFECT, acceptance),
        ("shortfall", SHORTFALL, acceptance),
        ("smd", SMD, differences),
    ):
        part = source.loc[source["measure"] == measure, [*key, "estimate"]].rename(columns={"estimate": name})
        table = table.merge(part, on=key, how="left", validate="one_to_one")
    crossed = {
        "AIR": table["air"] < air_threshold,
        "points": table["points"] > points_threshold,
        "SMD": table["smd"] > smd_threshold,
    }
    which = [", ".join(name for name, hits in crossed.items() if hits.iloc[row]) for row in range(len(table))]
    practical = pd.Series([bool(text) for text in which], index=table.index, dtype="boolean")
    statistical = (table["p_holm"] < significance).astype("boolean").mask(table["p_holm"].isna())
    return table.assign(
        practical=practical.mask(table["air"].isna() & table["smd"].isna()), which=which, statistical=statistical
    )
