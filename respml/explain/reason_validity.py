"""Are the reasons true? Each stated factor is repaired and the applicant rescored; methods are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from respml.explain.intervals import NORMAL_95, wilson_columns
from respml.explain.model import FloatArray, Model, feature_matrix
from respml.explain.reasons import Baseline, Reasons

NOT_DECLINED = "(not declined)"
NO_REASON = "(no reason)"


def baseline_values(frame: pd.DataFrame, baseline: Baseline, features: Sequence[str]) -> pd.Series:
    """A usual value of each feature in the baseline population: the lower median, a value someone has."""
    part = frame.loc[baseline.mask, list(features)]
    return part.quantile(0.5, interpolation="lower").astype(np.float64)


def improvement_test(
    model: Model, frame: pd.DataFrame, reasons: Reasons, values: pd.Series, *, method: str = ""
) -> pd.DataFrame:
    """Set only the stated factor to its usual value in the baseline: does the risk fall, does the decision flip?

    Purpose: a reason is true if the applicant would have looked better without it. Mechanism: for each declined
    applicant and stated rank, that factor's features (one, or a group) take the baseline population's lower median; the
    model rescores; last line: all stated factors at once. Signs of high risk: a share of falls well under one for the
    first reason; no flip even when all stated reasons are repaired. Strengths: tests the sentence on the letter,
    model-agnostic.
    Limitations: a usual value is one of many; strong interactions can make a true reason fail; a flip is not promised.

    Columns: ``method``, ``rank`` ("1".."5", "all stated"), ``outcome`` (risk falls, decision flips), ``count``, ``n``,
    ``estimate``, ``lower``, ``upper`` (Wilson, in ``method_interval``), ``mean_change`` (of the probability).
    """
    rescored = rescore_stated(model, frame, reasons, values)
    records: list[dict[str, object]] = []
    for rank, part in rescored.groupby("rank", sort=False):
        for outcome, mask in (("risk falls", part["falls"]), ("decision flips", part["flips"])):
            records.append(
                {
                    "rank": rank,
                    "outcome": outcome,
                    "count": int(mask.sum()),
                    "n": len(part),
                    "mean_change": float((part["changed"] - part["base"]).mean()),
                }
            )
    columns = ["rank", "outcome", "count", "n", "mean_change"]
    table = wilson_columns(pd.DataFrame(records, columns=columns), "count", "n")
    table = table.rename(columns={"method": "method_interval"})
    table.insert(0, "method", method or reasons.baseline)
    return table


def rescore_stated(model: Model, frame: pd.DataFrame, reasons: Reasons, values: pd.Series) -> pd.DataFrame:
    """The rescored applicants behind :func:`improvement_test`.

    Columns: ``row``, ``rank`` (text, "all stated" for all at once), ``factor``, ``base``, ``changed`` (probabilities),
    ``falls``, ``flips``, ``already`` (the applicant already had the usual value, so nothing changed).
    """
    stated = reasons.frame
    if stated.empty:
        return pd.DataFrame(columns=["row", "rank", "factor", "base", "changed", "falls", "flips", "already"])
    labels = pd.Index(stated["row"].unique())
    applicants = feature_matrix(frame.loc[labels], model.features)
    place = labels.get_indexer(stated["row"].tolist())
    usual = {name: float(values[name]) for name in model.features if name in values.index}
    single = applicants[place].copy()
    together = applicants.copy()
    for factor, lines in stated.reset_index(drop=True).groupby("factor"):
        for name in reasons.members[str(factor)]:
            column = model.features.index(name)
            single[lines.index.to_numpy(), column] = usual[name]
            together[place[lines.index.to_numpy()], column] = usual[name]
    changed = np.concatenate([single, together])
    before = np.concatenate([place, np.arange(len(labels))])
    base = model.probability(pd.DataFrame(applicants, columns=list(model.features)))[before]
    after = model.probability(pd.DataFrame(changed, columns=list(model.features)))
    same = np.isclose(changed, applicants[before], rtol=0, atol=0, equal_nan=True).all(axis=1)
    return pd.DataFrame(
        {
            "row": np.concatenate([stated["row"].to_numpy(), labels.to_numpy()]),
            "rank": [*stated["rank"].astype(str), *["all stated"] * len(labels)],
            "factor": [*stated["factor"], *[""] * len(labels)],
            "base": base,
            "changed": after,
            "falls": after < base,
            "flips": after <= reasons.cutoff,
            "already": same,
        }
    )


def agreement(sets: Mapping[str, Reasons], *, most: int = 4) -> pd.DataFrame:
    """How often two ways of making reasons give the same first reason, and how much their first four overlap.

    Purpose: reasons that depend on the method, the baseline or the seed are not the applicant's reasons. Mechanism:
    every pair of the given sets, over applicants declined under both with at least one reason in both; top-1: same
    factor first; top-4: size of the common part over the size of the larger set. Signs of high risk: low top-1
    agreement between accepted baselines. Strengths: no truth needed. Limitations: methods may agree and be wrong
    together; near-ties lower the agreement without harm.

    Columns: ``first``, ``second``, ``measure`` (top 1, top 4, same 4), ``estimate``, ``lower``, ``upper``, ``n``,
    ``method`` (Wilson for shares of applicants, normal limits of the mean for the overlap).
    """
    records: list[dict[str, object]] = []
    for (first, left), (second, right) in combinations(sets.items(), 2):
        a, b = _factor_sets(left, most), _factor_sets(right, most)
        pairs = [(stated, b[row]) for row, stated in a.items() if row in b]
        same_first = sum(x[0] == y[0] for x, y in pairs)
        same_set = sum(set(x) == set(y) for x, y in pairs)
        overlap = np.array([len(set(x) & set(y)) / max(len(x), len(y)) for x, y in pairs])
        base = {"first": first, "second": second}
        records.append(base | {"measure": "top 1", "count": same_first, "n": len(pairs)})
        records.append(base | {"measure": f"same {most}", "count": same_set, "n": len(pairs)})
        records.append(base | {"measure": f"top {most}", "n": len(pairs)} | _mean_limits(overlap))
    columns = ["first", "second", "measure", "count", "n", "mean", "low", "high"]
    table = wilson_columns(pd.DataFrame(records, columns=columns), "count", "n")
    means = table["measure"] == f"top {most}"
    for target, source in (("estimate", "mean"), ("lower", "low"), ("upper", "high")):
        table[target] = table[target].where(~means, table[source])
    table["method"] = table["method"].where(~means, "normal limits of the mean")
    return table[["first", "second", "measure", "estimate", "lower", "upper", "n", "method"]]


def _factor_sets(reasons: Reasons, most: int) -> dict[object, tuple[str, ...]]:
    stated = reasons.frame[reasons.frame["rank"] <= most].sort_values(["row", "rank"], kind="stable")
    return {row: tuple(lines) for row, lines in stated.groupby("row", sort=False)["factor"]}


def _mean_limits(values: FloatArray) -> dict[str, object]:
    if len(values) == 0:
        return {"mean": np.nan, "low": np.nan, "high": np.nan}
    mean = float(values.mean())
    half = NORMAL_95 * float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return {"mean": mean, "low": max(mean - half, 0.0), "high": min(mean + half, 1.0)}


def near_tie_rate(reasons: Reasons) -> pd.DataFrame:
    """Share of applicants whose order of reasons hangs on a near-tie: at the first reason, and at the edge of the list.

    Columns ``where`` ("first reason", "last stated reason"), ``count``, ``n``, ``estimate``, ``lower``, ``upper``,
    ``method``. At the last stated reason a near-tie means that an unstated factor weighs almost as much.
    """
    stated = reasons.frame[~reasons.frame["inquiries_rule"].astype(bool)]
    first = stated[stated["rank"] == 1]
    last = stated.groupby("row", sort=False).tail(1)
    records = [
        ("first reason", int(first["near_tie"].sum()), len(first)),
        ("last stated reason", int(last["near_tie"].sum()), len(last)),
    ]
    return wilson_columns(pd.DataFrame(records, columns=["where", "count", "n"]), "count", "n")


def share_by_reason(reasons: Reasons, group: pd.Series | None = None) -> pd.DataFrame:
    """Share of declined applicants who are given each reason, first or anywhere, overall and by group.

    Purpose: a reason on most letters, or on one group's letters, deserves a look. ``group`` is indexed like the
    scored frame. Columns: ``group`` ("all" or the level), ``factor``, ``text``, ``place`` (first, any), ``count``,
    ``n`` (declined applicants of the group with a reason), ``estimate``, ``lower``, ``upper``, ``method`` (Wilson).
    """
    stated = reasons.frame[["row", "rank", "factor"]].copy()
    stated["group"] = "all"
    parts = [stated]
    if group is not None:
        parts.append(stated.assign(group=group.reindex(stated["row"]).astype(str).to_numpy()))
    texts = dict(zip(reasons.factors["factor"], reasons.factors["text"], strict=True))
    records: list[dict[str, object]] = []
    for part in parts:
        for level, lines in part.groupby("group", sort=True):
            n = int(lines["row"].nunique())
            for factor in reasons.factors["factor"]:
                mine = lines[lines["factor"] == factor]
                for place, count in (("first", int((mine["rank"] == 1).sum())), ("any", len(mine))):
                    records.append(
                        {
                            "group": level,
                            "factor": factor,
                            "text": texts[factor],
                            "place": place,
                            "count": count,
                            "n": n,
                        }
                    )
    columns = ["group", "factor", "text", "place", "count", "n"]
    return wilson_columns(pd.DataFrame(records, columns=columns), "count", "n")


def first_reason_transition(before: Reasons, after: Reasons) -> pd.DataFrame:
    """Who gets a different first reason when one model replaces another.

    Columns ``before``, ``after`` (factor, or "(not declined)", "(no reason)"), ``count``, ``share`` (of all applicants
    declined by either model), ``same``. Largest first.
    """
    first = [_first(each) for each in (before, after)]
    rows = first[0].index.union(first[1].index)
    table = pd.DataFrame({"before": first[0].reindex(rows), "after": first[1].reindex(rows)}).fillna(NOT_DECLINED)
    counts = table.groupby(["before", "after"], sort=True).size().rename("count").reset_index()
    counts["share"] = counts["count"] / max(int(counts["count"].sum()), 1)
    counts["same"] = counts["before"] == counts["after"]
    return counts.sort_values("count", ascending=False, kind="stable").reset_index(drop=True)


def first_reason_changed(before: Reasons, after: Reasons) -> pd.DataFrame:
    """Share of applicants declined by both models whose first reason differs.

    Columns ``count``, ``n``, ``estimate``, ``lower``, ``upper``, ``method`` (Wilson).
    """
    table = first_reason_transition(before, after)
    both = table[(table["before"] != NOT_DECLINED) & (table["after"] != NOT_DECLINED)]
    n = int(both["count"].sum())
    count = int(both.loc[~both["same"], "count"].sum())
    return wilson_columns(pd.DataFrame({"count": [count], "n": [n]}), "count", "n")


def _first(reasons: Reasons) -> pd.Series:
    stated = reasons.frame[reasons.frame["rank"] == 1].set_index("row")["factor"]
    silent = pd.Series(NO_REASON, index=pd.Index(list(reasons.without_reason)), dtype=object)
    return pd.concat([stated, silent]) if len(silent) else stated
