"""Other ways to the same reasons: leaving one feature out, other refits; and reasons compared between groups."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.explain.loco import MAJORITY, leave_one_covariate_out
from respml.explain.model import Model
from respml.explain.reasons import Reasons
from respml.measures.intervals import wilson


def leave_one_out_contributions(
    model: Model,
    rows: pd.DataFrame,
    outcome: ArrayLike,
    *,
    reference: pd.DataFrame | None = None,
    absent: str = MAJORITY,
) -> pd.DataFrame:
    """Unscaled leave-one-out contributions in the shape of Shapley values, so that reasons can be made of them.

    Returns one column a feature (probability points) and ``bias`` (mean outcome), index as ``rows``. They do not add up
    to the prediction: what is missing is interaction.
    """
    found = leave_one_covariate_out(model, rows, outcome, reference=reference, absent=absent)
    wide = found.frame.pivot(index="row", columns="feature", values="contribution")
    table = wide.loc[rows.index, list(model.features)].copy()
    table.columns.name = None
    table.index.name = rows.index.name
    return table.assign(bias=float(np.asarray(outcome, dtype=np.float64).mean()))


def group_gaps(reasons: Reasons, groups: pd.DataFrame, *, least: int = 30) -> pd.DataFrame:
    """Does one group get a first reason more often than all other declined applicants?

    Purpose: a reason that falls on one protected group points at a proxy, or at a fact about that group; either is to
    be known before letters go out. Mechanism: for each attribute, level with at least ``least`` declined applicants on
    both sides, and factor, the share with that first reason in the level minus that among all other levels; Newcombe's
    interval with the confidence split evenly over all comparisons (Bonferroni). Signs of high risk: an interval away
    from zero. Strengths: every factor and group, one error rate for all. Limitations: groups may differ for reasons the
    law allows; nothing is said about who is declined at all.

    Parameters
    ----------
    groups: one column an attribute, indexed like the scored frame; missing values are left out.

    Columns: ``attribute``, ``level``, ``factor``, ``share``, ``others``, ``estimate`` (difference), ``lower``,
    ``upper``, ``n``, ``n_others``, ``comparisons``, ``method``; largest difference first.
    """
    first = reasons.frame[reasons.frame["rank"] == 1].set_index("row")["factor"]
    factors = [str(name) for name in reasons.factors["factor"]]
    counted: list[tuple[str, str, str, int, int, int, int]] = []
    for attribute in groups.columns:
        level_of = groups[attribute].reindex(first.index)
        known = level_of.notna().to_numpy()
        names, given = level_of[known].astype(str).to_numpy(), first[known].to_numpy()
        for level in sorted(set(names)):
            inside = names == level
            n, others = int(inside.sum()), int((~inside).sum())
            if min(n, others) < least:
                continue
            for factor in factors:
                hit = given == factor
                counted.append(
                    (str(attribute), level, factor, int(hit[inside].sum()), n, int(hit[~inside].sum()), others)
                )
    columns = ["attribute", "level", "factor", "count", "n", "count_others", "n_others"]
    table = pd.DataFrame(counted, columns=columns)
    confidence = 1 - 0.05 / max(len(table), 1)
    low, high = wilson(table["count"], table["n"], confidence)
    low_others, high_others = wilson(table["count_others"], table["n_others"], confidence)
    table["share"] = table["count"] / table["n"]
    table["others"] = table["count_others"] / table["n_others"]
    table["estimate"] = table["share"] - table["others"]
    table["lower"] = table["estimate"] - np.sqrt((table["share"] - low) ** 2 + (high_others - table["others"]) ** 2)
    table["upper"] = table["estimate"] + np.sqrt((high - table["share"]) ** 2 + (table["others"] - low_others) ** 2)
    table["comparisons"] = len(table)
    table["method"] = "Newcombe, Bonferroni over all comparisons"
    return table.sort_values("estimate", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def split_near_duplicates(
    duplicates: Iterable[tuple[str, ...]], members: Iterable[tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    """Groups of near-duplicate features that the reasons state as more than one factor.

    ``duplicates``: groups of :func:`respml.explain.reasons.near_duplicate_groups`; ``members``: features of each
    factor.
    """
    together = [set(each) for each in members]
    return tuple(group for group in duplicates if not any(set(group) <= each for each in together))
