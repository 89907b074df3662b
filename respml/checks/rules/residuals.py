"""Checks on where the champion is wrong: B01 to B06."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


@check(
    "RML-B01",
    title="Weak spots",
    severity="medium",
    chapter="residuals",
    needs=("residuals.weak.ranking", "residuals.weak.loss", "residuals.weak.searched", "residuals.weak_spots"),
    thresholds=(),
    remediation="Collect more rows or inputs for the segment, give it a model of its own, or refer it to a person.",
)
def weak_spots(case: Case) -> Outcome:
    """No segment ranks worse, or loses more, than the champion's own probabilities lead one to expect."""
    found = case.value("residuals.weak.ranking") + case.value("residuals.weak.loss")
    searched = "of {residuals.weak.searched} slices and measures searched on one half of test"
    if found > 0:
        return case.finding(
            f"{_upper(searched)}, {{residuals.weak.ranking}} rank worse and {{residuals.weak.loss}} lose more than "
            "expected on the other half; the clearest is {residuals.weak.worst}.",
            evidence=("residuals.weak.worst",),
        )
    return case.passed(f"{_upper(searched)}, none ranks worse or loses more on the other half.")


@check(
    "RML-B02",
    title="Segments whose risk is misstated",
    severity="medium",
    chapter="residuals",
    needs=(
        "residuals.weak.calibration",
        "residuals.weak.understated",
        "residuals.error_tree.confirmed",
        "residuals.weak_spots",
    ),
    thresholds=(),
    remediation="Recalibrate the segment, or add the input that separates it.",
)
def misstated_segments(case: Case) -> Outcome:
    """No segment defaults more or less often than predicted beyond chance."""
    slices, leaves = case.value("residuals.weak.calibration"), case.value("residuals.error_tree.confirmed")
    shown = "{residuals.weak.calibration} slices and {residuals.error_tree.confirmed} leaves of the error tree"
    if slices + leaves > 0:
        low = case.value("residuals.weak.understated")
        message = f"{shown} are miscalibrated on the confirming half of test; risk is understated in "
        return case.finding(
            message + "{residuals.weak.understated} of the slices.", severity="high" if low > 0 else None
        )
    return case.passed(f"{shown} are miscalibrated on the confirming half of test.")


@check(
    "RML-B03",
    title="Regions learnt by heart",
    severity="medium",
    chapter="residuals",
    needs=("residuals.regions.flagged", "residuals.regions.tested", "residuals.gap.log_loss"),
    thresholds=("overfit_regions",),
    remediation="Regularise, or collect rows in the regions named.",
)
def overfitted_regions(case: Case) -> Outcome:
    """No region is fitted much better than it generalises."""
    shown = "Of {residuals.regions.tested} slices, {residuals.regions.flagged} have a train–test gap in log-loss beyond"
    if case.value("residuals.regions.flagged") > case.threshold("overfit_regions"):
        worst = "; the largest is {residuals.regions.worst_gap:interval} where {residuals.regions.worst}."
        return case.finding(f"{shown} the overall one{worst}", evidence=("residuals.regions.worst_gap",))
    return case.passed(f"{shown} the overall one of {{residuals.gap.log_loss:interval}}.")


@check(
    "RML-B04",
    title="What the benchmark knows better",
    severity="low",
    chapter="residuals",
    needs=("residuals.blend.change", "residuals.benchmark.only"),
    thresholds=(),
    remediation="Blend with the benchmark in the range named, or find the effect that the champion may not learn.",
)
def blending(case: Case) -> Outcome:
    """Mixing in the benchmark does not improve the champion on held-out rows."""
    change = case.metric("residuals.blend.change")
    value = case.value("residuals.blend.change")
    upper = change.interval[1] if change.interval else value
    shown = "Mixing in the benchmark changes the log-loss of held-out rows by {residuals.blend.change:interval}"
    if upper < 0:
        return case.finding(f"{shown}; the benchmark alone is right on {{residuals.benchmark.only}} rows.")
    return case.passed(shown + ".")


@check(
    "RML-B05",
    title="Inputs that raise the loss",
    severity="medium",
    chapter="residuals",
    needs=("residuals.shapley.drop", "residuals.shapley.review", "residuals.shapley.error"),
    thresholds=(),
    remediation="Refit without the inputs named and compare on the same rows.",
)
def loss_raising_inputs(case: Case) -> Outcome:
    """No input that matters makes the error larger on average."""
    if case.value("residuals.shapley.drop") > 0:
        return case.finding(
            "On average {residuals.shapley.drop} inputs raise the loss ({residuals.shapley.drop_names}).",
            evidence=("residuals.shapley.drop_names",),
        )
    if case.value("residuals.shapley.review") > 0:
        return case.observation(
            "{residuals.shapley.review} inputs rank higher for the loss than for the prediction "
            "({residuals.shapley.review_names}); none raises it on average.",
            evidence=("residuals.shapley.review_names",),
        )
    return case.passed("No input ranks higher for the loss than for the prediction.")


@check(
    "RML-B06",
    title="Rules that would help",
    severity="low",
    chapter="residuals",
    needs=("residuals.assertions.helping", "residuals.assertions.tried"),
    thresholds=(),
    remediation="Assert the rule at scoring, or find the input that makes it unnecessary.",
)
def helpful_assertions(case: Case) -> Outcome:
    """No simple rule read off the residuals improves held-out rows."""
    shown = "Of {residuals.assertions.tried} rules read off the residuals, {residuals.assertions.helping} lower the "
    if case.value("residuals.assertions.helping") > 0:
        return case.finding(shown + "log-loss of held-out rows beyond chance.")
    return case.passed(shown + "log-loss of held-out rows beyond chance.")


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
