"""Checks on where gaps between groups come from and what narrows them: proxies, like cases, alternatives."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome

THERE = "there"
"""What ``fairness.model`` says where the champion can be asked about other rows."""


@check(
    "RML-F07",
    title="An input stands for a group",
    severity="high",
    chapter="fairness",
    needs=(
        "fairness.model",
        "fairness.refused.count",
        "fairness.refused.used",
        "fairness.refused.named",
        "fairness.feature.auc",
    ),
    thresholds=("proxy_auc",),
    remediation="Take the input out, or document why it is needed and what replaces it; refit and test again.",
)
def stands_for_a_group(case: Case) -> Outcome:
    """No input is prohibited, protected, or as good as a protected attribute."""
    nearest = "{fairness.feature.name} tells {fairness.feature.who} with an AUC of {fairness.feature.auc:interval}"
    cited = ("fairness.feature.name", "fairness.feature.who")
    limit = "a near-duplicate from {threshold.proxy_auc} on"
    if case.metric("fairness.model").value != THERE:
        if case.value("fairness.refused.count") > 0:
            return case.observation(
                "Among the inputs of the data, with no model object to tell whether the champion uses them: "
                f"{{fairness.refused.named}}; {nearest}, {limit}.",
                evidence=cited,
            )
    elif case.value("fairness.refused.used") > 0:
        return case.finding(
            f"The champion uses inputs that should not be used: {{fairness.refused.named}}; {nearest}, {limit}.",
            evidence=cited,
        )
    elif case.value("fairness.refused.count") > 0:
        return case.observation(
            f"Among the inputs, though not used by the champion: {{fairness.refused.named}}; {nearest}, {limit}.",
            evidence=cited,
        )
    case.value("fairness.feature.auc")
    return case.passed(f"At most {nearest}; {limit}.", evidence=cited)


@check(
    "RML-F08",
    title="Inputs or score give a group away",
    severity="low",
    chapter="fairness",
    needs=("fairness.adversary.inputs", "fairness.adversary.score", "fairness.adversary.score_who"),
    thresholds=("proxy_auc",),
    remediation="Compare with the gap in observed risk; what remains comes from proxies.",
)
def score_gives_away(case: Case) -> Outcome:
    """Neither the inputs together nor the score alone tell a group from its reference."""
    metric = case.metric("fairness.adversary.score")
    lower, _ = metric.interval or (case.value("fairness.adversary.score"),) * 2
    case.value("fairness.adversary.score")
    inputs = case.value("fairness.adversary.inputs")
    shown = (
        "From the score alone {fairness.adversary.score_who} is told with an AUC of "
        "{fairness.adversary.score:interval}, from the inputs a group with {fairness.adversary.inputs:interval}"
    )
    if inputs >= case.threshold("proxy_auc"):
        return case.finding(shown + "; inputs at {threshold.proxy_auc} or more as good as hold the group.")
    if lower > 0.5:
        return case.observation(shown + ": more than chance.")
    return case.passed(shown + ".")


@check(
    "RML-F09",
    title="One input carries a gap at little cost",
    severity="medium",
    chapter="fairness",
    needs=(
        "fairness.model",
        "fairness.effect.air",
        "fairness.effect.auc",
        "fairness.effect.feature",
        "fairness.focus.group",
    ),
    remediation="Weigh leaving the input out: the table of the chapter states what it buys and what it costs.",
)
def one_input_carries(case: Case) -> Outcome:
    """Without any one input the lowest ratio does not rise beyond chance."""
    if case.metric("fairness.model").value != THERE:
        return case.not_applicable("No model object.")
    rise, cost = case.metric("fairness.effect.air"), case.metric("fairness.effect.auc")
    case.value("fairness.effect.air"), case.value("fairness.effect.auc")
    shown = (
        "Without {fairness.effect.feature} the ratio of {fairness.focus.group} changes by "
        "{fairness.effect.air:interval} and AUC by {fairness.effect.auc:interval}"
    )
    tolerance = case.spec.fairness.alternatives.auc_tolerance
    lower = rise.interval[0] if rise.interval else float("-inf")
    worst = cost.interval[1] if cost.interval else float("-inf")
    if lower > 0 and worst >= -tolerance:
        return case.finding(shown + ", which does not exceed the tolerance of the declared search beyond chance.")
    if lower > 0:
        return case.observation(shown + ", more than the declared search tolerates.")
    return case.passed(shown + ", which chance explains.")


@check(
    "RML-F10",
    title="A less discriminatory alternative was found",
    severity="medium",
    chapter="fairness",
    needs=(
        "fairness.search.changed",
        "fairness.search.confirmed",
        "fairness.search.air_change",
        "fairness.search.auc_change",
        "fairness.search.tried",
    ),
    remediation="Decide on the choice of the search, and record why it is or is not taken.",
)
def alternative_found(case: Case) -> Outcome:
    """The declared search keeps the champion."""
    if case.value("fairness.search.tried") == 0:
        return case.not_applicable("The spec declares no search for alternatives.")
    case.value("fairness.search.air_change")
    shown = (
        "Out of {fairness.search.tried} alternatives the rule picks {fairness.search.choice}: on test the ratio of "
        "{fairness.focus.group} changes by {fairness.search.air_change:interval} and AUC by "
        "{fairness.search.auc_change:interval}"
    )
    cited = ("fairness.search.choice", "fairness.focus.group")
    if case.metric("fairness.search.changed").value == "no":
        return case.passed("The declared search of {fairness.search.tried} alternatives keeps the champion.")
    if case.metric("fairness.search.confirmed").value == "yes":
        return case.finding(shown + ".", evidence=cited)
    return case.observation(shown + ", which does not confirm a gain.", evidence=cited)


@check(
    "RML-F13",
    title="Like cases treated apart",
    severity="medium",
    chapter="fairness",
    needs=(
        "fairness.counterparts.largest",
        "fairness.counterparts.plain",
        "fairness.counterparts.who",
        "fairness.neighbours",
    ),
    thresholds=("marginal_effect_points",),
    remediation="Read the cases; where inputs that stand for the group explain them, see the section on proxies.",
)
def like_cases(case: Case) -> Outcome:
    """People of a group are declined as often as their nearest counterparts, but for what neighbours always differ."""
    gap = case.value("fairness.counterparts.largest")
    metric = case.metric("fairness.counterparts.largest")
    lower = metric.interval[0] if metric.interval else float("-inf")
    shown = (
        "People of {fairness.counterparts.who} are declined {fairness.counterparts.plain:interval} points more often "
        "than their {fairness.neighbours} nearest counterparts of the reference group, "
        "{fairness.counterparts.largest:interval} beyond what that group shows against its own nearest"
    )
    cited = ("fairness.counterparts.plain",)
    if lower > 0 and gap > case.threshold("marginal_effect_points"):
        return case.finding(shown + ", above {threshold.marginal_effect_points}.", evidence=cited)
    if lower > 0:
        return case.observation(shown + ".", evidence=cited)
    return case.passed(shown + ", which chance explains.", evidence=cited)
