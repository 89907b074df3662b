"""Checks on performance: ranking, calibration, overfitting, stability."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome

CHANCE = 0.5


@check(
    "RML-P01",
    title="Ranking power",
    severity="high",
    chapter="performance",
    needs=("performance.auc.{champion}",),
    thresholds=("auc_weak", "auc_suspicious"),
    remediation="Weak: look for missing information and segments. Suspiciously strong: look for leakage.",
)
def ranking_power(case: Case) -> Outcome:
    """The champion ranks well enough to be of use, and not so well that it must be suspected."""
    id = f"performance.auc.{case.champion}"
    metric = case.metric(id)
    shown = "The champion's AUC is {" + id + ":interval}"
    lower, upper = metric.interval or (case.value(id), case.value(id))
    if upper < CHANCE:
        return case.finding(shown + ", all of it below one half. Is the event the other class? It ranks in reverse.")
    if upper < case.threshold("auc_weak"):
        return case.finding(shown + ", all of it below {threshold.auc_weak}.")
    if lower > case.threshold("auc_suspicious"):
        return case.finding(shown + ", all of it above {threshold.auc_suspicious}.")
    if lower < case.threshold("auc_weak"):
        return case.observation(shown + ", which does not exclude values below {threshold.auc_weak}.")
    return case.passed(shown + ", above {threshold.auc_weak}.")


@check(
    "RML-P02",
    title="Overfitting",
    severity="medium",
    chapter="performance",
    needs=("performance.gap", "performance.auc_by_partition.test"),
    thresholds=("overfit_gap",),
    remediation="Use fewer rounds, shallower trees or more regularisation; compare on refits.",
)
def overfitting(case: Case) -> Outcome:
    """Train performance carries over to test."""
    if case.value("performance.gap") > case.threshold("overfit_gap"):
        return case.finding("The AUC falls by {performance.gap} from train to test, above {threshold.overfit_gap}.")
    return case.passed("The AUC falls by {performance.gap} from train to test.")


@check(
    "RML-P03",
    title="Calibration slope",
    severity="medium",
    chapter="performance",
    needs=("performance.calibration.slope",),
    thresholds=("calibration_slope_low", "calibration_slope_high"),
    remediation="Recalibrate on valid, and report the recalibrated model as a new version.",
)
def calibration_slope(case: Case) -> Outcome:
    """Predictions are neither too extreme nor too timid."""
    slope = case.value("performance.calibration.slope")
    shown = "The calibration slope is {performance.calibration.slope:interval}"
    limits = "{threshold.calibration_slope_low} to {threshold.calibration_slope_high}"
    lower, upper = case.metric("performance.calibration.slope").interval or (slope, slope)
    if not case.threshold("calibration_slope_low") <= slope <= case.threshold("calibration_slope_high"):
        if lower <= 1 <= upper:
            return case.observation(f"{shown}, outside {limits}, though its interval holds one.")
        return case.finding(f"{shown}, outside {limits}.")
    if not lower <= 1 <= upper:
        return case.observation(f"{shown}: its interval leaves one out, though it lies within {limits}.")
    return case.passed(f"{shown}, within {limits}.")


@check(
    "RML-P04",
    title="Level of the probabilities",
    severity="medium",
    chapter="performance",
    needs=("performance.calibration.observed_over_expected", "performance.calibration.spiegelhalter_p"),
    thresholds=("calibration_p",),
    remediation="Find out whether train and test differ in default rate; recalibrate the intercept.",
)
def calibration_level(case: Case) -> Outcome:
    """As many rows default as the probabilities say."""
    id = "performance.calibration.observed_over_expected"
    metric = case.metric(id)
    lower, upper = metric.interval or (case.value(id), case.value(id))
    shown = "Observed defaults are {" + id + ":interval} times the expected"
    if lower > 1:
        return case.finding(shown + ": risk is understated.", severity="high")
    if upper < 1:
        return case.finding(shown + ": risk is overstated.")
    if case.value("performance.calibration.spiegelhalter_p") < case.threshold("calibration_p"):
        return case.observation(shown + ", but Spiegelhalter's test has p {performance.calibration.spiegelhalter_p}.")
    return case.passed(shown + ".")


@check(
    "RML-P05",
    title="Grades understate risk",
    severity="high",
    chapter="performance",
    needs=("performance.grades.rejected", "performance.grades.count"),
    remediation="Raise the probability of default of the grades named, or recalibrate.",
)
def grades_understate(case: Case) -> Outcome:
    """No grade defaults more often than its probability of default says."""
    if case.value("performance.grades.rejected") > 0:
        return case.finding(
            "In {performance.grades.rejected} of {performance.grades.count} grades Jeffreys' test, adjusted by Holm, "
            "calls the probability of default too low."
        )
    return case.passed("In none of {performance.grades.count} grades does Jeffreys' test reject.")


@check(
    "RML-P06",
    title="Order of the grades",
    severity="medium",
    chapter="performance",
    needs=("performance.grades.inversions", "performance.grades.reversed"),
    thresholds=("grade_inversions",),
    remediation="Join neighbouring grades whose default rates cannot be told apart.",
)
def grade_order(case: Case) -> Outcome:
    """Default rates rise from grade to grade; a fall that chance explains is an observation."""
    if case.value("performance.grades.reversed") > case.threshold("grade_inversions"):
        return case.finding(
            "{performance.grades.reversed} grades default less often than the grade below, beyond chance (Fisher's "
            "exact test, adjusted by Holm)."
        )
    if case.value("performance.grades.inversions") > 0:
        return case.observation(
            "{performance.grades.inversions} grades have a lower default rate than the grade below, none beyond chance."
        )
    return case.passed("Default rates rise from grade to grade.")


@check(
    "RML-P07",
    title="Score distribution has moved",
    severity="medium",
    chapter="performance",
    needs=("performance.score_psi",),
    thresholds=("psi_watch", "psi_act"),
    remediation="Find the inputs that moved; recalibrate or refit on recent rows.",
)
def score_moved(case: Case) -> Outcome:
    """The champion's scores are distributed on test as on train."""
    index = case.value("performance.score_psi")
    if index > case.threshold("psi_act"):
        return case.finding("The score's stability index is {performance.score_psi}.", severity="high")
    if index >= case.threshold("psi_watch"):
        return case.finding("The score's stability index is {performance.score_psi}, from {threshold.psi_watch} on.")
    return case.passed("The score's stability index between train and test is {performance.score_psi}.")


@check(
    "RML-P08",
    title="Depends on the seed",
    severity="medium",
    chapter="performance",
    needs=("performance.seeds.spread", "performance.seeds.count", "performance.seeds.flips"),
    thresholds=("seed_spread_auc",),
    remediation="Average over seeds, regularise, or name the customers whose decision is a coin toss for review.",
)
def seed_dependence(case: Case) -> Outcome:
    """Refits under other seeds are the same model for all practical purposes."""
    if case.value("performance.seeds.count") == 0:
        return case.not_applicable("The champion was made elsewhere and cannot be fitted again.")
    shown = (
        "Over {performance.seeds.count} refits the AUC has a standard deviation of {performance.seeds.spread}, and "
        "{performance.seeds.flips} of decisions change"
    )
    if case.value("performance.seeds.spread") > case.threshold("seed_spread_auc"):
        return case.finding(shown + ".")
    return case.passed(shown + ".")
