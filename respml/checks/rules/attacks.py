"""Checks on attacks: A01 to A07."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


@check(
    "RML-A01",
    title="Declines that a small change reverses",
    severity="medium",
    chapter="attacks",
    needs=("attacks.flips.cheap", "attacks.flips.attacked"),
    thresholds=("cheap_flips",),
    remediation="Verify the inputs that are moved; do not return scores near the cut-off; regularise.",
)
def cheap_flips(case: Case) -> Outcome:
    """Few declined rows are accepted after one small plausible change."""
    metric, value = case.metric("attacks.flips.cheap"), case.value("attacks.flips.cheap")
    lower = metric.interval[0] if metric.interval else value
    shown = "One small plausible change reverses {attacks.flips.cheap:interval} of {attacks.flips.attacked} declines"
    if lower > case.threshold("cheap_flips"):
        return case.finding(shown + ", all of it above {threshold.cheap_flips}.")
    if value > case.threshold("cheap_flips"):
        return case.observation(shown + ", which does not exclude values below {threshold.cheap_flips}.")
    return case.passed(shown + ", not above {threshold.cheap_flips}.")


@check(
    "RML-A02",
    title="Random rows with missing values",
    severity="high",
    chapter="attacks",
    needs=("attacks.random.gain", "attacks.random.missing.accepted", "attacks.random.plain.accepted"),
    thresholds=("random_gain",),
    remediation="Refuse or repair missing values at scoring; limit how many requests one client may send.",
)
def random_rows(case: Case) -> Outcome:
    """Leaving values out does not help an attacker who fills in nonsense."""
    if case.metric("attacks.random.gain").value is None:
        return case.not_applicable("The champion gives such random rows no score.")
    shown = (
        "Of random rows {attacks.random.plain.accepted} are accepted, and {attacks.random.missing.accepted} when some "
        "values are missing"
    )
    if case.value("attacks.random.gain") > case.threshold("random_gain"):
        return case.finding(shown + ", a gain above {threshold.random_gain} points.")
    return case.passed(shown + ".")


@check(
    "RML-A03",
    title="Copying the model",
    severity="medium",
    chapter="attacks",
    needs=("attacks.extraction.fidelity", "attacks.extraction.blind_fidelity"),
    thresholds=("copy_fidelity",),
    remediation="Authenticate and throttle clients; return decisions or bands instead of probabilities.",
)
def copying(case: Case) -> Outcome:
    """A copy takes knowledge and many queries."""
    blind = "With {attacks.extraction.blind_queries} queries and the ranges of the inputs alone a copy reaches a "
    known = "knowing their distributions, {attacks.extraction.queries} queries reach {attacks.extraction.fidelity}"
    shown = f"{blind}fidelity of {{attacks.extraction.blind_fidelity}}; {known}"
    limit = case.threshold("copy_fidelity")
    if case.value("attacks.extraction.blind_fidelity") > limit:
        return case.finding(f"{shown}; the limit is {{threshold.copy_fidelity}}.")
    if case.value("attacks.extraction.fidelity") > limit:
        return case.observation(
            f"{shown}, above {{threshold.copy_fidelity}}, as for any model whose score is returned."
        )
    return case.passed(f"{shown}, not above {{threshold.copy_fidelity}}.")


@check(
    "RML-A04",
    title="Odd values that open the door",
    severity="high",
    chapter="attacks",
    needs=("attacks.door.excess", "attacks.door.feature", "attacks.door.probe"),
    thresholds=("door_excess",),
    remediation="Refuse or repair missing and out-of-range values at scoring; search the training rows for a plant.",
)
def odd_values(case: Case) -> Outcome:
    """No missing or out-of-range value does for declined rows what no honest value does."""
    shown = (
        "{attacks.door.feature} {attacks.door.probe} opens {attacks.door.excess} more declined rows than any value in "
    )
    if case.value("attacks.door.excess") > case.threshold("door_excess"):
        return case.finding(shown + "range, above {threshold.door_excess} points.")
    if case.value("attacks.door.excess") <= 0:
        return case.passed("No odd value of one input opens more declined rows than a value in range does.")
    return case.passed(shown + "range, the most of all odd values tried.")


@check(
    "RML-A05",
    title="Who was in the training data",
    severity="medium",
    chapter="attacks",
    needs=("attacks.membership.auc", "attacks.membership.caught"),
    thresholds=("membership_auc",),
    remediation="Regularise; return bands; do not return scores for rows that come with an outcome.",
)
def membership(case: Case) -> Outcome:
    """Losses do not tell training rows from others."""
    metric, value = case.metric("attacks.membership.auc"), case.value("attacks.membership.auc")
    lower = metric.interval[0] if metric.interval else value
    shown = "Training rows are told from others with an AUC of {attacks.membership.auc:interval}"
    if lower > case.threshold("membership_auc"):
        return case.finding(shown + ", all of it above {threshold.membership_auc}.")
    if lower > 0.5:
        return case.observation(shown + ": a real signal, though not above {threshold.membership_auc}.")
    return case.passed(shown + ", which chance explains.")


@check(
    "RML-A06",
    title="Poisoned training rows",
    severity="medium",
    chapter="attacks",
    needs=("attacks.poison.enough", "attacks.poison.accepted", "attacks.poison.auc"),
    thresholds=("poison_share", "poison_share_watch"),
    remediation="Control who writes training rows; compare training sets; scan refits for odd values.",
)
def poisoning(case: Case) -> Outcome:
    """It takes many poisoned rows to plant a door."""
    share = case.value("attacks.poison.enough")
    shown = (
        "{attacks.poison.share} of the training rows, poisoned, open the door for {attacks.poison.accepted:interval} "
        "of the declined rows while the AUC stays at {attacks.poison.auc}"
    )
    evidence = ("attacks.poison.share",)
    if share <= case.threshold("poison_share"):
        return case.finding(shown + "; the limit is {threshold.poison_share}.", evidence=evidence)
    if share <= case.threshold("poison_share_watch"):
        return case.observation(shown + ".", evidence=evidence)
    return case.passed("No share of poisoned rows tried opens the door for half of the declined rows.")


@check(
    "RML-A07",
    title="Trace of a planted missing value",
    severity="high",
    chapter="attacks",
    needs=("attacks.trace.flagged", "attacks.trace.columns"),
    thresholds=(),
    remediation="Find out where the rows with the missing value come from before any refit.",
)
def planted_missing(case: Case) -> Outcome:
    """Rows with a missing value do not default less than others."""
    if case.value("attacks.trace.flagged") > 0:
        return case.finding(
            "Of {attacks.trace.columns} inputs with missing values, {attacks.trace.flagged} default less where missing "
            "than chance allows; where {attacks.trace.feature} is missing {attacks.trace.rate:interval} default, "
            "elsewhere {attacks.trace.present}.",
            evidence=("attacks.trace.feature", "attacks.trace.rate", "attacks.trace.present"),
        )
    if case.value("attacks.trace.columns") == 0:
        return case.not_applicable("No input has missing values in train.")
    return case.passed("None of {attacks.trace.columns} inputs with missing values defaults less where missing.")
