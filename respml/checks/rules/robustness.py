"""Checks on changed inputs, rows and times: S01 to S09."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


@check(
    "RML-S01",
    title="Small noise on the inputs",
    severity="medium",
    chapter="robustness",
    needs=("robustness.noise.auc_fall", "robustness.noise.flips", "robustness.noise.size"),
    thresholds=("noise_auc_fall",),
    remediation="Regularise; look for inputs whose neighbouring values score far apart.",
)
def noise(case: Case) -> Outcome:
    """Ranking survives small noise on all inputs."""
    shown = "Noise of {robustness.noise.size} costs {robustness.noise.auc_fall:interval} of AUC"
    if case.value("robustness.noise.auc_fall") > case.threshold("noise_auc_fall"):
        return case.finding(
            shown + " and changes {robustness.noise.flips} of the decisions, above {threshold.noise_auc_fall}."
        )
    return case.passed(shown + ", not above {threshold.noise_auc_fall}.")


@check(
    "RML-S02",
    title="Difficult samples",
    severity="medium",
    chapter="robustness",
    needs=(
        "robustness.resilience.sample",
        "robustness.resilience.shortfall",
        "robustness.resilience.p",
        "robustness.resilience.auc",
        "robustness.resilience.expected",
    ),
    thresholds=("resilience_shortfall", "confirmed_p"),
    remediation="Collect rows like those of the sample, or refer such customers to a person.",
)
def resilience(case: Case) -> Outcome:
    """The champion ranks difficult samples as well as its own probabilities promise."""
    if case.evidence.metric("robustness.resilience.sample").value == "all":
        return case.not_applicable("No difficult sample holds enough rows of either class to be judged.")
    value, chance = case.value("robustness.resilience.shortfall"), case.value("robustness.resilience.p")
    shown = (
        "In the {robustness.resilience.sample} the AUC is {robustness.resilience.auc:interval} where "
        "{robustness.resilience.expected} is expected"
    )
    evidence = ("robustness.resilience.sample",)
    if value > case.threshold("resilience_shortfall") and chance < case.threshold("confirmed_p"):
        limits = "{threshold.resilience_shortfall} and beyond chance (p {robustness.resilience.p})"
        return case.finding(f"{shown}, short by more than {limits}.", evidence=evidence)
    return case.passed(f"{shown} (p {{robustness.resilience.p}}).", evidence=evidence)


@check(
    "RML-S03",
    title="Missing values that score low",
    severity="high",
    chapter="robustness",
    needs=("robustness.missing.gap", "robustness.missing.lowest", "robustness.missing.features"),
    thresholds=("missing_gap",),
    remediation="Refuse or repair missing values at scoring; refit with rows in which the input is missing.",
)
def low_missing(case: Case) -> Outcome:
    """A missing value never makes a customer look better than every value in range."""
    if case.metric("robustness.missing.gap").value is None:
        return case.not_applicable("The champion refuses a missing value of each of its inputs.")
    shown = (
        "For {robustness.missing.lowest} of {robustness.missing.features} inputs a missing value scores below every "
        "value in range, by up to {robustness.missing.gap}"
    )
    if case.value("robustness.missing.gap") > case.threshold("missing_gap"):
        return case.finding(
            shown + " ({robustness.missing.gap_feature}), above {threshold.missing_gap} points.",
            evidence=("robustness.missing.gap_feature",),
        )
    if case.value("robustness.missing.lowest") > 0:
        return case.observation(shown + ".")
    return case.passed("No missing value scores below every value in range.")


@check(
    "RML-S04",
    title="Stress",
    severity="medium",
    chapter="robustness",
    needs=("robustness.stress.worst_fall", "robustness.stress.most_understated"),
    thresholds=("stress_auc_fall", "stress_understated"),
    remediation="Set a margin for such times, and say when the model is withdrawn.",
)
def stress(case: Case) -> Outcome:
    """Under the declared scenarios ranking and level hold."""
    falls = case.value("robustness.stress.worst_fall") > case.threshold("stress_auc_fall")
    understates = case.value("robustness.stress.most_understated") > case.threshold("stress_understated")
    evidence = ("robustness.stress.scenario", "robustness.stress.most_scenario")
    shown = (
        "Under {robustness.stress.scenario} the AUC falls by {robustness.stress.worst_fall}; under "
        "{robustness.stress.most_scenario} the default rate exceeds the prediction by "
        "{robustness.stress.most_understated}"
    )
    limits = "{threshold.stress_auc_fall} and {threshold.stress_understated} points"
    if falls or understates:
        return case.finding(f"{shown}; the limits are {limits}.", evidence=evidence)
    return case.passed(f"{shown}, within {limits}.", evidence=evidence)


@check(
    "RML-S05",
    title="Drift of the score and of the champion's inputs",
    severity="medium",
    chapter="robustness",
    needs=(
        "robustness.drift.score.psi",
        "robustness.drift.score.critical",
        "robustness.drift.column.psi",
        "robustness.drift.column.critical",
    ),
    thresholds=("psi_watch", "psi_act"),
    remediation="Find out what moved and why; refit on later rows; monitor monthly.",
)
def drift(case: Case) -> Outcome:
    """The rows in use look like the rows the champion was fitted to."""
    beyond = {
        key: case.value(f"robustness.drift.{key}.psi")
        for key in ("score", "column")
        if case.value(f"robustness.drift.{key}.psi") > case.value(f"robustness.drift.{key}.critical")
    }
    shown = (
        "The stability index of the score is {robustness.drift.score.psi} on {robustness.drift.score.partition}, the "
        "largest of an input {robustness.drift.column.psi} ({robustness.drift.column.name})"
    )
    evidence = ("robustness.drift.score.partition", "robustness.drift.column.name")
    largest = max(beyond.values(), default=0.0)
    if largest > case.threshold("psi_act"):
        return case.finding(shown + ", above {threshold.psi_act}.", severity="high", evidence=evidence)
    if largest >= case.threshold("psi_watch"):
        return case.finding(shown + ", {threshold.psi_watch} or more.", evidence=evidence)
    return case.passed(shown + ", below {threshold.psi_watch}.", evidence=evidence)


@check(
    "RML-S06",
    title="Decisions that are a coin toss",
    severity="medium",
    chapter="robustness",
    needs=("robustness.toss.share", "robustness.toss.limit"),
    thresholds=("coin_toss_share",),
    remediation="Average several fits, or refer customers near the cut-off to a person.",
)
def coin_toss(case: Case) -> Outcome:
    """Few decisions depend on which training rows were drawn."""
    shown = "For {robustness.toss.share:interval} of the customers refits disagree about the decision"
    value = case.value("robustness.toss.share")
    if value > case.threshold("coin_toss_share"):
        return case.finding(shown + ", above {threshold.coin_toss_share}.")
    return case.passed(shown + ", not above {threshold.coin_toss_share}.")


@check(
    "RML-S07",
    title="Reliability by segment",
    severity="medium",
    chapter="robustness",
    needs=("robustness.reliability.shortfall", "robustness.reliability.lowest", "robustness.reliability.nominal"),
    thresholds=("coverage_shortfall",),
    remediation="Say of the segment that the model is less sure of it than it seems; refer it to a person.",
)
def reliability(case: Case) -> Outcome:
    """Prediction sets cover every segment about as often as they promise."""
    shown = (
        "Coverage is lowest where {robustness.reliability.segment}: {robustness.reliability.lowest:interval} where "
        "{robustness.reliability.nominal} is meant"
    )
    evidence = ("robustness.reliability.segment",)
    if case.value("robustness.reliability.shortfall") > case.threshold("coverage_shortfall"):
        return case.finding(
            shown + ", all of it more than {threshold.coverage_shortfall} points short.", evidence=evidence
        )
    return case.passed(shown + ".", evidence=evidence)


@check(
    "RML-S08",
    title="Inputs the champion lacks",
    severity="low",
    chapter="robustness",
    needs=("robustness.retry.better", "robustness.retry.tried", "robustness.retry.feature_gain"),
    thresholds=(),
    remediation="Consider the feature in the next version; it was found on test, so confirm it on new rows.",
)
def missing_features(case: Case) -> Outcome:
    """No simple new feature improves the champion's ranking."""
    shown = "Refitted {robustness.retry.feature}, the AUC changes by {robustness.retry.feature_gain:interval}"
    evidence = ("robustness.retry.feature",)
    if case.value("robustness.retry.better") > 0:
        message = f"{shown}; new features that gain beyond chance: {{robustness.retry.better}}."
        return case.finding(message, evidence=evidence)
    return case.passed(f"{shown}; no new feature tried gains beyond chance.", evidence=evidence)


@check(
    "RML-S09",
    title="Ranking power that rests on one input",
    severity="medium",
    chapter="robustness",
    needs=("robustness.reliance.share", "robustness.reliance.feature", "robustness.reliance.second"),
    thresholds=("reliance_share",),
    remediation="Ask what happens when the input is wrong, late or gamed; regularise or cap its effect.",
)
def reliance(case: Case) -> Outcome:
    """No single input carries most of the ranking."""
    shown = (
        "Scrambling {robustness.reliance.feature} alone destroys {robustness.reliance.share} of the ranking power, the "
        "next input {robustness.reliance.second}"
    )
    if case.value("robustness.reliance.share") > case.threshold("reliance_share"):
        return case.finding(shown + "; the limit is {threshold.reliance_share}.")
    return case.passed(shown + ".")
