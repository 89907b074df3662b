"""Judging alternatives: what is measured of each, the frontier, and the selection rule that was fixed beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.measures.fairness.acceptance import adverse_impact_ratio
from respml.measures.fairness.cells import count_cells
from respml.measures.fairness.effects import Change, change_effects
from respml.measures.fairness.membership import UNKNOWN, Membership
from respml.measures.ranking import area_under_roc

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rule:
    """The selection rule.

    Attributes
    ----------
    auc_tolerance: largest loss of valid AUC against the base, as a share of the base's AUC.
    share_tolerance: largest change of the share of valid rows accepted; a looser cut-off alone lifts every AIR.
    minimum_gain: smallest rise of the lowest valid AIR that is worth a change.
    minimum_rows: groups with fewer valid rows do not enter the lowest AIR.
    """

    auc_tolerance: float = 0.01
    share_tolerance: float = 0.05
    minimum_gain: float = 0.005
    minimum_rows: int = 100

    def text(self) -> str:
        """The rule in one sentence."""
        return (
            f"Among alternatives that read no group data when they decide, with a valid AUC of at least "
            f"{100 * (1 - self.auc_tolerance):.1f} % of the base's, accepting a share within "
            f"{100 * self.share_tolerance:g} points of the base's, the one with the highest lowest AIR over all groups "
            f"of at least {self.minimum_rows} valid rows, an AIR above 1 counting as 1; the base stays where the gain "
            f"is below {self.minimum_gain:g}."
        )


@dataclass(frozen=True)
class Alternative:
    """One candidate of the search.

    Attributes
    ----------
    name: unique, printed.
    family: what kind of change it is.
    settings: what was set, as text.
    cutoff: cut-off of its score; ``nan`` for decisions that are no cut of a score.
    score: partition → probabilities; ``None`` where there are decisions only.
    declined: partition → 1 where declined.
    group_at_decision: whether deciding needs the applicant's group.
    """

    name: str
    family: str
    settings: str
    cutoff: float
    score: Mapping[str, Floats] | None
    declined: Mapping[str, Integers]
    group_at_decision: bool = False


@dataclass(frozen=True)
class Judged:
    """Rows on which alternatives are judged.

    Attributes
    ----------
    outcome: 0/1.
    memberships: the protected attributes.
    weight: case weights or none.
    """

    outcome: Integers
    memberships: Sequence[Membership]
    weight: Floats | None


def group_ratios(alternative: Alternative, partition: str, rows: Judged) -> pd.DataFrame:
    """AIR of every group: alternative, attribute, group, reference, estimate, lower, upper, n, n_reference, …"""
    tables = [
        adverse_impact_ratio(count_cells(membership, alternative.declined[partition], rows.outcome, rows.weight))
        for membership in rows.memberships
    ]
    frame = pd.concat([table for table in tables if len(table)], ignore_index=True)
    frame.insert(0, "alternative", alternative.name)
    frame.insert(1, "partition", partition)
    return frame


def lowest_ratio(ratios: pd.DataFrame, counted: set[tuple[str, str]]) -> pd.Series | None:
    """The row with the lowest AIR among the counted (attribute, group) pairs; ``None`` where all are undefined."""
    keys = zip(ratios["attribute"], ratios["group"], strict=True)
    mask = np.array([key in counted for key in keys], dtype=bool)
    kept = ratios[mask & ratios["estimate"].notna().to_numpy()]
    return None if kept.empty else kept.iloc[int(kept["estimate"].to_numpy().argmin())]


def counted_groups(ratios: pd.DataFrame, minimum_rows: int) -> set[tuple[str, str]]:
    """Known groups with enough rows, on the partition that selects."""
    kept = ratios[(ratios["n"] >= minimum_rows) & (ratios["group"] != UNKNOWN)]
    return set(zip(kept["attribute"], kept["group"], strict=True))


def archive(
    alternatives: Sequence[Alternative], rows: Mapping[str, Judged], rule: Rule
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every alternative with what was measured, the frontier and the choice.

    Parameters
    ----------
    alternatives: the base first.
    rows: ``valid``, on which the rule decides, and ``test``, which is reported only.

    Returns
    -------
    archive: number, alternative, family, settings, cutoff, eligible, why_not; for valid and test ``<p>_auc``,
        ``<p>_auc_lower``, ``<p>_auc_upper``, ``<p>_air`` (lowest), ``<p>_air_lower``, ``<p>_air_upper``, ``<p>_group``,
        ``<p>_accepted``, ``<p>_accuracy``; frontier (no eligible one has more of both on valid), chosen.
    ratios: the AIR of every group on both partitions.
    """
    ratios = {
        partition: [group_ratios(each, partition, judged) for each in alternatives]
        for partition, judged in rows.items()
    }
    counted = counted_groups(ratios["valid"][0], rule.minimum_rows)
    records = []
    for number, each in enumerate(alternatives):
        record: dict[str, object] = {
            "number": number,
            "alternative": each.name,
            "family": each.family,
            "settings": each.settings,
            "cutoff": each.cutoff,
            "why_not": "reads the group when it decides" if each.group_at_decision else "",
        }
        for partition, judged in rows.items():
            record |= _measured(each, partition, judged, lowest_ratio(ratios[partition][number], counted))
        records.append(record)
    table = pd.DataFrame.from_records(records)
    base = table.iloc[0]
    short = table["valid_auc"] < (1 - rule.auc_tolerance) * base["valid_auc"]
    table["why_not"] = table["why_not"].mask(short & (table["why_not"] == ""), "valid AUC below the tolerance")
    moved = (table["valid_accepted"] - base["valid_accepted"]).abs() > rule.share_tolerance + 1e-9
    table["why_not"] = table["why_not"].mask(moved & (table["why_not"] == ""), "share accepted outside the tolerance")
    undefined = table["valid_auc"].isna() | table["valid_air"].isna()
    table["why_not"] = table["why_not"].mask(undefined & (table["why_not"] == ""), "AUC or AIR undefined")
    table.insert(5, "eligible", table["why_not"] == "")
    table["frontier"] = frontier(table)
    table["chosen"] = table.index == choose(table, rule)
    return table, pd.concat([frame for frames in ratios.values() for frame in frames], ignore_index=True)


def frontier(table: pd.DataFrame) -> pd.Series:
    """Whether no alternative that needs no group has more valid AUC and more lowest valid AIR at once."""
    open_to = (table["why_not"] != "reads the group when it decides") & table["valid_auc"].notna()
    auc, air = table["valid_auc"].to_numpy(), counted_air(table)
    marks = []
    for place in range(len(table)):
        beaten = (auc >= auc[place]) & (air >= air[place]) & ((auc > auc[place]) | (air > air[place]))
        marks.append(bool(open_to.iloc[place]) and not bool((beaten & open_to.to_numpy()).any()))
    return pd.Series(marks, index=table.index)


def counted_air(table: pd.DataFrame) -> Floats:
    """Lowest valid AIR, at most 1: lifting a group further above the reference is no gain."""
    capped: Floats = np.minimum(table["valid_air"].to_numpy(dtype=np.float64), 1.0)
    return capped


def choose(table: pd.DataFrame, rule: Rule) -> int:
    """Position of the alternative that the rule picks; the base (position 0) where none gains enough."""
    lowest = counted_air(table)
    eligible = table.assign(_air=lowest)[table["eligible"].to_numpy()]
    if eligible.empty:
        return 0
    ranked = eligible.sort_values(["_air", "valid_auc", "number"], ascending=[False, False, True], kind="stable")
    best = int(ranked.index[0])
    gain = lowest[best] - lowest[0]
    return best if gain >= rule.minimum_gain else 0


def before_after(base: Alternative, chosen: Alternative, rows: Judged, partition: str = "test") -> pd.DataFrame:
    """AUC and every AIR of the base and of the chosen alternative on the same rows, with paired intervals.

    Returns
    -------
    The columns of :func:`respml.measures.fairness.effects.change_effects`.
    """
    assert base.score is not None and chosen.score is not None
    # Shifting a score moves its cut-off and leaves its order: both decide at the base's cut-off.
    moved = chosen.score[partition] - (chosen.cutoff - base.cutoff)
    decided = np.where(chosen.declined[partition] == 1, np.nextafter(base.cutoff, 2), base.cutoff)
    consistent = np.where((moved > base.cutoff) == (chosen.declined[partition] == 1), moved, decided)
    return change_effects(
        rows.outcome,
        base.score[partition],
        [Change(chosen.family, chosen.name, consistent)],
        rows.memberships,
        base.cutoff,
        rows.weight,
        hold="cutoff",
    )


def _measured(each: Alternative, partition: str, rows: Judged, lowest: pd.Series | None) -> dict[str, object]:
    weight = np.ones(len(rows.outcome)) if rows.weight is None else rows.weight
    declined = each.declined[partition]
    found: dict[str, object] = {
        f"{partition}_accepted": float(weight @ (1 - declined) / weight.sum()),
        f"{partition}_accuracy": float(weight @ (declined == rows.outcome) / weight.sum()),
    }
    for suffix, column in (("", "estimate"), ("_lower", "lower"), ("_upper", "upper")):
        found[f"{partition}_air{suffix}"] = float("nan") if lowest is None else float(lowest[column])
    found[f"{partition}_group"] = "" if lowest is None else f"{lowest['attribute']}: {lowest['group']}"
    area = None if each.score is None else area_under_roc(rows.outcome, each.score[partition], rows.weight)
    found[f"{partition}_auc"] = float("nan") if area is None else area.value
    found[f"{partition}_auc_lower"] = float("nan") if area is None else area.lower
    found[f"{partition}_auc_upper"] = float("nan") if area is None else area.upper
    return found
