"""Checks on the reasons given to applicants: R01 to R14."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


def _share(case: Case, id: str, threshold: str, words: str) -> Outcome:
    """A share that must not lie below a threshold; not surely above it is an observation. ``@`` in the words is it."""
    value, interval = case.value(id), case.metric(id).interval
    limit = case.threshold(threshold)
    message = words.replace("@", f"{{{id}:interval}}")
    if value < limit:
        return case.finding(f"{message}, below {{threshold.{threshold}}}.")
    if interval is None or interval[0] < limit:
        return case.observation(f"{message}, not surely {{threshold.{threshold}}}.")
    return case.passed(f"{message}.")


@check(
    "RML-R01",
    title="Everyone declined has a reason",
    severity="high",
    chapter="reasons",
    needs=("reasons.without_reason", "reasons.declined"),
    remediation="Use the baseline at the cut-off, or find out why one declined is worse than it in nothing.",
)
def everyone_has_a_reason(case: Case) -> Outcome:
    """Every declined applicant gets at least one specific reason."""
    if case.value("reasons.without_reason") > 0:
        return case.finding("{reasons.without_reason} of {reasons.declined} declined applicants get no reason.")
    return case.passed("All {reasons.declined} declined applicants get a reason.")


@check(
    "RML-R02",
    title="The first reason is true",
    severity="high",
    chapter="reasons",
    needs=("reasons.first_falls",),
    thresholds=("reason_falls",),
    remediation="Look at the applicants whose risk does not fall: interactions, or the usual value, explain most.",
)
def first_reason_is_true(case: Case) -> Outcome:
    """Repairing only the first stated factor lowers the risk."""
    return _share(
        case,
        "reasons.first_falls",
        "reason_falls",
        "Repairing the first reason alone lowers the risk of @ of the declined",
    )


@check(
    "RML-R03",
    title="Every stated reason is true",
    severity="medium",
    chapter="reasons",
    needs=("reasons.stated_fall",),
    thresholds=("stated_falls",),
    remediation="State fewer reasons: leave out those with a small share of the applicant's adverse total.",
)
def stated_reasons_are_true(case: Case) -> Outcome:
    """Repairing any stated factor alone lowers the risk."""
    return _share(
        case, "reasons.stated_fall", "stated_falls", "@ of all stated reasons lower the risk when repaired alone"
    )


@check(
    "RML-R04",
    title="The reasons explain the decision",
    severity="medium",
    chapter="reasons",
    needs=("reasons.all_flip",),
    thresholds=("reasons_flip",),
    remediation="State more reasons, or group inputs so that the stated factors cover what the decision rests on.",
)
def reasons_explain_the_decision(case: Case) -> Outcome:
    """Repairing all stated factors turns the decision."""
    return _share(
        case, "reasons.all_flip", "reasons_flip", "With all stated reasons repaired @ of the declined would pass"
    )


@check(
    "RML-R05",
    title="Reasons under the other baseline",
    severity="medium",
    chapter="reasons",
    needs=("reasons.agreement.other_baseline.top_1",),
    thresholds=("reason_agreement",),
    remediation="Fix one baseline in policy, name it in the file, and do not change it between applicants.",
)
def same_under_the_other_baseline(case: Case) -> Outcome:
    """The first reason does not depend on which permitted baseline is used."""
    return _share(
        case,
        "reasons.agreement.other_baseline.top_1",
        "reason_agreement",
        "Under the other baseline @ keep their first reason",
    )


@check(
    "RML-R06",
    title="Reasons by other methods",
    severity="medium",
    chapter="reasons",
    needs=("reasons.agreement.methods",),
    thresholds=("reason_agreement",),
    remediation="Examine the applicants on whom methods differ; do not state an order the methods do not share.",
)
def same_by_other_methods(case: Case) -> Outcome:
    """Other methods name the same first reason."""
    return _share(
        case,
        "reasons.agreement.methods",
        "reason_agreement",
        "By the method that agrees least @ keep their first reason",
    )


@check(
    "RML-R07",
    title="Reasons under other seeds",
    severity="medium",
    chapter="reasons",
    needs=("reasons.agreement.seeds", "reasons.agreement.refits"),
    thresholds=("reason_agreement",),
    remediation="Average over refits, constrain the model further, or state tied factors without an order.",
)
def same_under_other_seeds(case: Case) -> Outcome:
    """A refit that differs only in its random numbers names the same first reason."""
    return _share(
        case,
        "reasons.agreement.seeds",
        "reason_agreement",
        "Under the refit that agrees least @ keep their first reason",
    )


@check(
    "RML-R08",
    title="Near-ties for the first reason",
    severity="low",
    chapter="reasons",
    needs=("reasons.near_tie",),
    thresholds=("near_tie_share",),
    remediation="State tied factors together; their order is not a fact about the applicant.",
)
def near_ties(case: Case) -> Outcome:
    """The first reason seldom hangs on a difference too small to mean anything."""
    shown = "{reasons.near_tie:interval} of the first reasons are in a near-tie with the next factor"
    if case.value("reasons.near_tie") > case.threshold("near_tie_share"):
        return case.finding(shown + ", above {threshold.near_tie_share}.")
    return case.passed(shown + ".")


@check(
    "RML-R09",
    title="Reasons add up",
    severity="high",
    chapter="reasons",
    needs=("reasons.additivity",),
    thresholds=("shapley_additivity",),
    remediation="Find out which rows miss; reasons made from these values describe another model.",
)
def reasons_add_up(case: Case) -> Outcome:
    """The contributions behind the reasons add up to the score."""
    shown = "The contributions behind the reasons miss the log-odds by at most {reasons.additivity}"
    if case.value("reasons.additivity") > case.threshold("shapley_additivity"):
        return case.finding(shown + ", above {threshold.shapley_additivity}.")
    return case.passed(shown + ".")


@check(
    "RML-R10",
    title="One reason on most letters",
    severity="low",
    chapter="reasons",
    needs=("reasons.most_common.share", "reasons.most_common.code"),
    thresholds=("reason_concentration",),
    remediation="Examine whether the factor is specific enough to help an applicant; split it if it is not.",
)
def one_reason_on_most_letters(case: Case) -> Outcome:
    """No single first reason stands on almost every letter."""
    shown = "{reasons.most_common.code} is the first reason of {reasons.most_common.share:interval} of the declined"
    if case.value("reasons.most_common.share") > case.threshold("reason_concentration"):
        return case.finding(shown + ", above {threshold.reason_concentration}.")
    return case.passed(shown + ".")


@check(
    "RML-R11",
    title="Reasons by group",
    severity="medium",
    chapter="reasons",
    needs=("reasons.groups.surely", "reasons.groups.comparisons"),
    thresholds=("reason_group_gap",),
    remediation="Find out whether the factor stands for the group; search for alternatives without it.",
)
def reasons_by_group(case: Case) -> Outcome:
    """No protected group is given a first reason far more often than all others, beyond chance."""
    if case.value("reasons.groups.comparisons") == 0:
        return case.not_applicable("No protected attribute has two groups with enough declined applicants.")
    gap = case.value("reasons.groups.surely")
    shown = (
        "{reasons.groups.apart} of {reasons.groups.comparisons} comparisons of a group with all others are apart "
        "beyond chance, the widest by {reasons.groups.gap:interval} for {reasons.groups.factor} among "
        "{reasons.groups.level}"
    )
    if gap > case.threshold("reason_group_gap"):
        return case.finding(shown + ", surely more than {threshold.reason_group_gap}.")
    if gap > 0:
        return case.observation(shown + ".")
    return case.passed("No group is given a first reason more often than all others beyond chance.")


@check(
    "RML-R12",
    title="Sentences that are true of their reader",
    severity="high",
    chapter="reasons",
    needs=("reasons.sentences.wrong", "reasons.sentences.tested", "reasons.mapping.provisional"),
    remediation="Give the factor another wording in the mapping file for applicants of whom the first one is not true.",
)
def sentences_are_true(case: Case) -> Outcome:
    """Every printed sentence whose truth can be tested is true of the applicant who reads it."""
    wrong = case.value("reasons.sentences.wrong")
    tested = case.value("reasons.sentences.tested")
    if case.metric("reasons.mapping.provisional").value == "yes":
        return case.finding(
            "There is no mapping file: the sentences are the meanings of the inputs in the data dictionary.",
            severity="medium",
        )
    if wrong > 0:
        return case.finding("{reasons.sentences.wrong} stated sentences are not true of the applicant who reads them.")
    if tested == 0:
        return case.observation("The mapping file does not say when its sentences are true.")
    return case.passed("No sentence is printed that is not true of its reader, of {reasons.sentences.tested} tested.")


@check(
    "RML-R13",
    title="Near-duplicates stated apart",
    severity="low",
    chapter="reasons",
    needs=("reasons.duplicates.split", "reasons.duplicates.names"),
    remediation="Put near-duplicate inputs under one factor, so that no applicant is told one thing twice.",
)
def near_duplicates_together(case: Case) -> Outcome:
    """Inputs that measure almost the same are stated as one factor."""
    if case.value("reasons.duplicates.split") > 0:
        return case.finding("Near-duplicate inputs stand under different factors: {reasons.duplicates.names}.")
    return case.passed("Every group of near-duplicate inputs stands under one factor.")


@check(
    "RML-R14",
    title="First reasons change with the model",
    severity="low",
    chapter="reasons",
    needs=("reasons.changed", "reasons.changed_n"),
    thresholds=("reason_changed",),
    remediation="Tell those who answer complaints which reasons change, and why, before the model is replaced.",
)
def reasons_change_with_the_model(case: Case) -> Outcome:
    """Replacing the benchmark by the champion leaves most first reasons as they are."""
    if case.value("reasons.changed_n") == 0:
        return case.not_applicable("No applicant is declined by both champion and benchmark.")
    shown = "{reasons.changed:interval} of those whom both models decline get another first reason from the champion"
    if case.value("reasons.changed") > case.threshold("reason_changed"):
        return case.finding(shown + ", above {threshold.reason_changed}.")
    return case.passed(shown + ".")
