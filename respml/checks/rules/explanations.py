"""Checks on what the model does: E01 to E11."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


@check(
    "RML-E01",
    title="Contributions add up",
    severity="high",
    chapter="explanations",
    needs=("explanations.additivity.worst", "explanations.additivity"),
    thresholds=("shapley_additivity",),
    remediation="Find out which rows miss; reasons made from these values describe another model.",
)
def additivity(case: Case) -> Outcome:
    """The Shapley values of every row of every candidate add up to its log-odds."""
    shown = "Contributions miss the log-odds by at most {explanations.additivity.worst}"
    if case.value("explanations.additivity.worst") > case.threshold("shapley_additivity"):
        return case.finding(shown + ", above {threshold.shapley_additivity}.")
    return case.passed(shown + " on any row of any candidate.")


@check(
    "RML-E02",
    title="Order of the leading inputs",
    severity="low",
    chapter="explanations",
    needs=("explanations.unresolved", "explanations.unresolved_first", "explanations.unresolved_names"),
    remediation="Name inputs whose order is not resolved together, without ranks.",
)
def order_resolved(case: Case) -> Outcome:
    """The rows settle which input comes first, and the order of the leading ten."""
    if case.value("explanations.unresolved") == 0:
        return case.passed("The order of the champion's leading ten inputs is resolved.")
    if case.metric("explanations.unresolved_first").value == "yes":
        return case.finding("Which input comes first is not resolved: {explanations.unresolved_names}.")
    return case.observation(
        "The order of {explanations.unresolved} neighbouring pairs is not resolved: {explanations.unresolved_names}."
    )


@check(
    "RML-E03",
    title="Directions of data, benchmark and champion",
    severity="medium",
    chapter="explanations",
    needs=("explanations.signs.disagree", "explanations.signs.disagree_leading", "explanations.signs.names"),
    remediation="Explain the inputs whose direction differs, usually by collinearity; combine, drop or constrain them.",
)
def directions_agree(case: Case) -> Outcome:
    """No leading input acts in one direction in the data and in another in a model."""
    if case.value("explanations.signs.disagree_leading") > 0:
        return case.finding(
            "{explanations.signs.disagree_leading} of the leading ten inputs point in different directions by "
            "correlation, coefficient or Shapley value; all such inputs: {explanations.signs.names}."
        )
    if case.value("explanations.signs.disagree") > 0:
        return case.observation(
            "{explanations.signs.disagree} inputs, none of the leading ten, point in different directions: "
            "{explanations.signs.names}."
        )
    return case.passed("Every input points the same way by correlation, coefficient and Shapley value.")


@check(
    "RML-E04",
    title="Promised directions",
    severity="high",
    chapter="explanations",
    needs=(
        "explanations.monotone.constrained",
        "explanations.monotone.broken",
        "explanations.monotone.open",
        "explanations.monotone.proved",
        "explanations.monotone.violated",
    ),
    remediation="Fit again with the constraint; until then withdraw the promise that the input acts one way.",
)
def promised_directions(case: Case) -> Outcome:
    """Every constrained input of the champion acts in its direction for every possible applicant."""
    if case.value("explanations.monotone.constrained") == 0:
        if case.metric("explanations.monotone.violated").value is None:
            return case.not_applicable("The champion has no constrained inputs, and no direction is stated for any.")
        if case.value("explanations.monotone.violated") > 0:
            return case.observation(
                "No input of the champion is constrained; {explanations.monotone.violated} break, for some applicants, "
                "the direction that the dictionary states."
            )
        return case.passed(
            "No input of the champion is constrained, and {explanations.monotone.proved} are proved to act in the "
            "direction that the dictionary states."
        )
    if case.value("explanations.monotone.broken") > 0:
        return case.finding(
            "{explanations.monotone.broken} of {explanations.monotone.constrained} constrained inputs act against "
            "their direction; counter-examples are printed."
        )
    if case.value("explanations.monotone.open") > 0:
        return case.observation("{explanations.monotone.open} constrained inputs are neither proved nor refuted.")
    return case.passed("{explanations.monotone.proved} constrained inputs are proved, over all values of all others.")


@check(
    "RML-E05",
    title="Missing values scored as safe",
    severity="medium",
    chapter="explanations",
    needs=("explanations.missing_lowest", "explanations.missing_lowest_names"),
    remediation="Refuse or impute missing values before scoring, or train with them so that absence is not rewarded.",
)
def missing_as_safe(case: Case) -> Outcome:
    """Withholding a value does not earn the lowest risk that any value of the input gets."""
    if case.metric("explanations.missing_lowest").value is None:
        return case.not_applicable("The champion refuses a missing value of each of its inputs.")
    if case.value("explanations.missing_lowest") > 0:
        return case.finding(
            "Withheld, {explanations.missing_lowest} of the inputs are scored at the lowest risk any value gets: "
            "{explanations.missing_lowest_names}."
        )
    return case.passed("No input is scored at its lowest risk when it is missing.")


@check(
    "RML-E06",
    title="One input over all others",
    severity="medium",
    chapter="explanations",
    needs=("explanations.first", "explanations.first_over_second", "explanations.first_share"),
    thresholds=("dominance_ratio",),
    remediation="Examine the input for leakage and for what happens when it is stale, missing or manipulated.",
)
def one_input_over_all(case: Case) -> Outcome:
    """The strongest input is not many times stronger than the second."""
    shown = "{explanations.first} is {explanations.first_over_second} times as strong as the next input"
    if case.value("explanations.first_over_second") > case.threshold("dominance_ratio"):
        return case.finding(shown + ", above {threshold.dominance_ratio}.")
    return case.passed(shown + ".")


@check(
    "RML-E07",
    title="Strong interaction",
    severity="low",
    chapter="explanations",
    needs=("explanations.pairs.first", "explanations.pairs.share"),
    thresholds=("interaction_share",),
    remediation="Give the business reason for the pair and show its map to the owner, or forbid the two to interact.",
)
def strong_interaction(case: Case) -> Outcome:
    """No pair of inputs carries a large part of the champion's effects by interacting."""
    if case.metric("explanations.pairs.share").value is None:
        return case.not_applicable("The champion has no trees from which interactions could be read.")
    shown = "The strongest interaction, {explanations.pairs.first}, carries {explanations.pairs.share} of all effects"
    if case.value("explanations.pairs.share") > case.threshold("interaction_share"):
        return case.finding(shown + ", above {threshold.interaction_share}.")
    return case.passed(shown + ".")


@check(
    "RML-E08",
    title="The page that stands for the model",
    severity="low",
    chapter="explanations",
    needs=("explanations.surrogate.r2",),
    thresholds=("surrogate_fidelity",),
    remediation="Do not use the tree to describe the champion, or let it grow deeper.",
)
def surrogate_fidelity(case: Case) -> Outcome:
    """The surrogate tree reproduces the champion on rows it was not fitted to."""
    value = case.value("explanations.surrogate.r2")
    interval = case.metric("explanations.surrogate.r2").interval
    shown = "The surrogate tree reproduces {explanations.surrogate.r2:interval} of the champion's variance"
    least = case.threshold("surrogate_fidelity")
    if value < least:
        return case.finding(shown + ", below {threshold.surrogate_fidelity}.")
    if interval is None or interval[0] < least:
        return case.observation(shown + ", not surely {threshold.surrogate_fidelity}.")
    return case.passed(shown + ".")


@check(
    "RML-E09",
    title="Curves where inputs are correlated",
    severity="medium",
    chapter="explanations",
    needs=("explanations.ale.ratio", "explanations.ale.feature", "explanations.ale.examined"),
    thresholds=("effect_gap",),
    remediation="Read the accumulated local effects of this input, not partial dependence; combine correlated inputs.",
)
def curves_agree(case: Case) -> Outcome:
    """Partial dependence and accumulated local effects tell the same story."""
    if case.value("explanations.ale.examined") == 0:
        return case.not_applicable("No input of the champion has a rank correlation of one half or more with another.")
    shown = "The two curves of {explanations.ale.feature} differ by {explanations.ale.ratio} of the effect's range"
    if case.value("explanations.ale.ratio") > case.threshold("effect_gap"):
        return case.finding(shown + ", above {threshold.effect_gap}.")
    return case.passed(shown + ", the largest gap of the correlated inputs.")


@check(
    "RML-E10",
    title="Stability over refits",
    severity="low",
    chapter="explanations",
    needs=("explanations.ensemble.unstable", "explanations.ensemble.members"),
    thresholds=("unstable_share",),
    remediation="State only factors that the refits agree on; average over refits, or constrain the model further.",
)
def stable_over_refits(case: Case) -> Outcome:
    """Local contributions of the leading inputs keep sign and size when seed and sample change."""
    if case.value("explanations.ensemble.members") < 2:
        reason = "The champion is not refitted here: it was made elsewhere, or nothing in its fit is random."
        return case.not_applicable(reason)
    shown = (
        "{explanations.ensemble.unstable} of the percentile customers' leading contributions are unstable over "
        "{explanations.ensemble.members} refits"
    )
    if case.value("explanations.ensemble.unstable") > case.threshold("unstable_share"):
        return case.finding(shown + ", above {threshold.unstable_share}.")
    return case.passed(shown + ".")


@check(
    "RML-E11",
    title="Agreement of local methods",
    severity="low",
    chapter="explanations",
    needs=("explanations.local.same_first", "explanations.local.refused", "explanations.local.customers"),
    thresholds=("local_agreement",),
    remediation="Use Shapley values, which add up, and do not name a first input where methods differ.",
)
def local_methods_agree(case: Case) -> Outcome:
    """Two local methods name the same first input, and the linear surrogate is fit to be read."""
    shown = (
        "Shapley values and leaving one input out name the same first input for {explanations.local.same_first} of the "
        "{explanations.local.customers} percentile customers; the linear surrogate is refused for "
        "{explanations.local.refused}"
    )
    if case.value("explanations.local.same_first") < case.threshold("local_agreement"):
        return case.finding(shown + ".")
    if case.value("explanations.local.refused") > 0:
        return case.observation(shown + ".")
    return case.passed(shown + ".")
