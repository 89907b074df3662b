"""Checks on discrimination testing. A limit crossed is a flag with its provenance, never a breach of law."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


@check(
    "RML-F01",
    title="Lowest adverse impact ratio",
    severity="medium",
    chapter="fairness",
    needs=("fairness.lowest.air.{champion}", "fairness.lowest.who.{champion}"),
    thresholds=("air_flag", "air_watch"),
    remediation="Find the inputs that carry the gap, and weigh the alternatives of the search.",
)
def lowest_ratio(case: Case) -> Outcome:
    """No group is accepted at less than the flagged share of its reference group's rate."""
    id = f"fairness.lowest.air.{case.champion}"
    ratio = case.value(id)
    shown = "The lowest adverse impact ratio is {" + id + ":interval}, of {fairness.lowest.who." + case.champion + "}"
    if ratio < case.threshold("air_flag"):
        return case.finding(
            shown + ", below {threshold.air_flag}: a flag taken from employment practice, which no federal lending "
            "regulator has codified."
        )
    if ratio < case.threshold("air_watch"):
        return case.observation(shown + ", between {threshold.air_flag} and {threshold.air_watch}.")
    return case.passed(shown + ", not below {threshold.air_watch}.")


@check(
    "RML-F02",
    title="Gaps both practical and beyond chance",
    severity="medium",
    chapter="fairness",
    needs=("fairness.groups.both", "fairness.groups.practical", "fairness.groups.tested", "fairness.groups.named"),
    thresholds=("air_flag", "marginal_effect_points", "smd_flag", "group_significance"),
    remediation="Explain each gap by the score with the outcome held, by its proxies, and by the search.",
)
def practical_and_significant(case: Case) -> Outcome:
    """No group has a gap that is practical and beyond chance after Holm's adjustment."""
    if case.value("fairness.groups.tested") == 0:
        return case.not_applicable("No group is large enough to be tested.")
    limits = (
        "an AIR below {threshold.air_flag}, a gap above {threshold.marginal_effect_points} points or an SMD above "
        "{threshold.smd_flag}"
    )
    if case.value("fairness.groups.both") > 0:
        return case.finding(
            "Of {fairness.groups.tested} groups, {fairness.groups.both} show "
            + limits
            + " and a Holm-adjusted p below "
            "{threshold.group_significance}: {fairness.groups.named}."
        )
    if case.value("fairness.groups.practical") > 0:
        return case.observation(
            "{fairness.groups.practical} of {fairness.groups.tested} groups show " + limits + ", none beyond chance."
        )
    return case.passed("None of {fairness.groups.tested} groups shows " + limits + ".")


@check(
    "RML-F03",
    title="Score gap with the outcome held",
    severity="medium",
    chapter="fairness",
    needs=("fairness.smd.largest", "fairness.smd.who", "fairness.held.largest", "fairness.held.who"),
    thresholds=("smd_flag", "smd_high"),
    remediation="Find the inputs whose gap is not matched by risk; weigh leaving them out.",
)
def score_gap(case: Case) -> Outcome:
    """No group is scored riskier than its reference by more than the limit, least of all at the same outcome."""
    gap, held = case.value("fairness.smd.largest"), case.value("fairness.held.largest")
    shown = "The largest score gap is {fairness.smd.largest:interval} standard deviations, of {fairness.smd.who}"
    same = "with the outcome held the largest is {fairness.held.largest:interval}, of {fairness.held.who}"
    if gap > case.threshold("smd_high") or held > case.threshold("smd_flag"):
        return case.finding(f"{shown}; {same}; limits {{threshold.smd_high}} and {{threshold.smd_flag}}.")
    if gap > case.threshold("smd_flag"):
        return case.observation(f"{shown}, above {{threshold.smd_flag}}; {same}.")
    return case.passed(f"{shown}; {same}.")


@check(
    "RML-F04",
    title="Error rates differ between groups",
    severity="low",
    chapter="fairness",
    needs=("fairness.errors.outside", "fairness.errors.beyond", "fairness.errors.ratios", "fairness.errors.farthest"),
    thresholds=("disparity_low", "disparity_high", "group_significance"),
    remediation="Say which errors matter for this use, and whether another cut-off or candidate evens them out.",
)
def error_ratios(case: Case) -> Outcome:
    """The ten error metrics of each group lie within the band around those of its reference group."""
    band = "{threshold.disparity_low} to {threshold.disparity_high}"
    if case.value("fairness.errors.ratios") == 0:
        return case.not_applicable("No error ratio rests on enough rows.")
    farthest = (
        "; the farthest {fairness.errors.among} is {fairness.errors.farthest:interval}, {fairness.errors.measure} of "
        "{fairness.errors.who}"
    )
    cited = ("fairness.errors.measure", "fairness.errors.who", "fairness.errors.among")
    if case.value("fairness.errors.beyond") > 0:
        return case.finding(
            "{fairness.errors.beyond} of {fairness.errors.ratios} error ratios lie outside " + band + " with a Holm-"
            "adjusted p below {threshold.group_significance}" + farthest + ".",
            evidence=cited,
        )
    if case.value("fairness.errors.outside") > 0:
        return case.observation(
            "{fairness.errors.outside} of {fairness.errors.ratios} error ratios lie outside " + band
            + ", none beyond chance" + farthest + ".",
            evidence=cited,
        )  # fmt: skip
    return case.passed("All {fairness.errors.ratios} error ratios lie within " + band + ".")


@check(
    "RML-F05",
    title="Ranks a group worse",
    severity="medium",
    chapter="fairness",
    needs=("fairness.ranking.worse", "fairness.ranking.named", "fairness.groups.tested"),
    thresholds=("group_significance",),
    remediation="Look for inputs that are missing or coarse for this group.",
)
def ranks_worse(case: Case) -> Outcome:
    """The score ranks risk within each group as well as within its reference group."""
    if case.value("fairness.groups.tested") == 0:
        return case.not_applicable("No group is large enough to be tested.")
    if case.value("fairness.ranking.worse") > 0:
        return case.finding(
            "In {fairness.ranking.worse} groups the AUC is lower than in the reference group, Holm-adjusted p below "
            "{threshold.group_significance}: {fairness.ranking.named}."
        )
    return case.passed("In no group is the AUC lower than in the reference group by more than chance.")


@check(
    "RML-F06",
    title="Overstates a group's risk",
    severity="medium",
    chapter="fairness",
    needs=("fairness.calibration.overstated", "fairness.calibration.understated", "fairness.groups.tested"),
    thresholds=("group_significance",),
    remediation="Recalibrate as a whole first; a remaining gap calls for other inputs, not for the group as an input.",
)
def misstates_risk(case: Case) -> Outcome:
    """Observed defaults agree with the expected in every group."""
    if case.value("fairness.groups.tested") == 0:
        return case.not_applicable("No group is large enough to be tested.")
    level = "Holm-adjusted p below {threshold.group_significance}"
    if case.value("fairness.calibration.overstated") > 0:
        return case.finding(
            "The risk of {fairness.calibration.overstated} groups is overstated, " + level
            + ": {fairness.calibration.over_named}.",
            evidence=("fairness.calibration.over_named",),
        )  # fmt: skip
    if case.value("fairness.calibration.understated") > 0:
        return case.observation(
            "The risk of {fairness.calibration.understated} groups is understated, " + level
            + ": {fairness.calibration.under_named}.",
            evidence=("fairness.calibration.under_named",),
        )  # fmt: skip
    return case.passed("In no group do observed defaults differ from the expected by more than chance.")


@check(
    "RML-F11",
    title="Intersections of groups",
    severity="low",
    chapter="fairness",
    needs=(
        "fairness.crossed.air",
        "fairness.crossed.who",
        "fairness.crossed.both",
        "fairness.crossed.practical",
        "fairness.crossed.tested",
    ),
    thresholds=("air_flag", "marginal_effect_points", "smd_flag", "group_significance"),
    remediation="Test the intersection on more rows before acting; look for inputs that act on both attributes.",
)
def intersections(case: Case) -> Outcome:
    """No intersection of two groups has a gap that is practical, by the limits of the groups, and beyond chance."""
    if case.value("fairness.crossed.tested") == 0:
        return case.not_applicable("No intersection is large enough, or none is tested.")
    limits = (
        "an AIR below {threshold.air_flag}, a gap above {threshold.marginal_effect_points} points or an SMD above "
        "{threshold.smd_flag}"
    )
    lowest = "; the lowest ratio is {fairness.crossed.air:interval}, of {fairness.crossed.who}."
    if case.value("fairness.crossed.both") > 0:
        return case.finding(
            "Of {fairness.crossed.tested} intersections, {fairness.crossed.both} show " + limits
            + " and a Holm-adjusted p below {threshold.group_significance}" + lowest
        )  # fmt: skip
    if case.value("fairness.crossed.practical") > 0:
        return case.observation(
            "Of {fairness.crossed.tested} intersections, {fairness.crossed.practical} show " + limits
            + ", none beyond chance" + lowest
        )  # fmt: skip
    return case.passed("None of {fairness.crossed.tested} intersections shows " + limits + lowest)


@check(
    "RML-F12",
    title="Segments in which a group falls behind",
    severity="low",
    chapter="fairness",
    needs=("fairness.segments.tested", "fairness.segments.lowest", "fairness.segments.where"),
    thresholds=("air_flag", "group_significance"),
    remediation="Look at the segment by itself: which inputs decide there, and for whom.",
)
def segments(case: Case) -> Outcome:
    """Within no segment does a group fall below the flag beyond chance."""
    if case.value("fairness.segments.tested") == 0:
        return case.not_applicable("The spec names no segments, or none is large enough.")
    shown = (
        "Of {fairness.segments.tested} pairs of group and segment, the lowest ratio beyond chance is "
        "{fairness.segments.lowest:interval}, of {fairness.segments.where}"
    )
    if case.metric("fairness.segments.where").value == "none":
        return case.passed(
            "In none of {fairness.segments.tested} pairs of group and segment is the ratio below one with a Holm-"
            "adjusted p below {threshold.group_significance}."
        )
    if case.value("fairness.segments.lowest") < case.threshold("air_flag"):
        return case.finding(shown + ", below {threshold.air_flag}.")
    return case.observation(shown + ".")


@check(
    "RML-F14",
    title="Groups without a name",
    severity="low",
    chapter="fairness",
    needs=("fairness.unnamed.share", "fairness.unnamed.groups", "fairness.unnamed.rows"),
    thresholds=("missing_share",),
    remediation="Complete the group data, or explain the codes in the dictionary.",
)
def unnamed_groups(case: Case) -> Outcome:
    """Nearly every row has a group that the dictionary explains."""
    shown = (
        "{fairness.unnamed.rows} rows in {fairness.unnamed.groups} groups have no group or one that the dictionary "
        "does not explain, at most {fairness.unnamed.share} of an attribute"
    )
    if case.value("fairness.unnamed.share") > case.threshold("missing_share"):
        return case.finding(shown + ", above {threshold.missing_share}.")
    if case.value("fairness.unnamed.groups") > 0:
        return case.observation(shown + ".")
    return case.passed("Every row has a group that the dictionary explains.")


@check(
    "RML-F15",
    title="Depends on how uncertain membership is used",
    severity="low",
    chapter="fairness",
    needs=("fairness.sensitivity.attributes",),
    thresholds=("air_flag",),
    remediation="Report the range, not one value; improve the group data where the range crosses the flag.",
)
def uncertain_membership(case: Case) -> Outcome:
    """The ratio lies on the same side of the flag however group probabilities are used."""
    if case.value("fairness.sensitivity.attributes") == 0:
        return case.not_applicable("No attribute is known as probabilities only.")
    shown = (
        "Weighted by probability the lowest ratio is {fairness.sensitivity.weighted}, over all ways "
        "{fairness.sensitivity.lowest}"
    )
    cited = ("fairness.sensitivity.weighted", "fairness.sensitivity.lowest")
    flag = case.threshold("air_flag")
    weighted, lowest = case.value(cited[0]), case.value(cited[1])
    if (weighted < flag) != (lowest < flag):
        return case.finding(shown + ": on both sides of {threshold.air_flag}.", evidence=cited)
    return case.passed(shown + ": on one side of {threshold.air_flag}.", evidence=cited)
