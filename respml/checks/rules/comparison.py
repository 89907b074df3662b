"""Checks on the comparison: is the champion's complexity paid for?"""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


@check(
    "RML-C01",
    title="Gain over the benchmark",
    severity="high",
    chapter="comparison",
    needs=(
        "comparison.gain.auc.{champion}",
        "comparison.gain.log_loss.{champion}",
        "comparison.minimum.auc",
        "comparison.minimum.log_loss",
    ),
    remediation="Keep the benchmark, or show what else the champion brings that is worth its complexity.",
)
def gain_over_benchmark(case: Case) -> Outcome:
    """The champion beats the simple model by at least the gain fixed beforehand."""
    auc, loss = f"comparison.gain.auc.{case.champion}", f"comparison.gain.log_loss.{case.champion}"
    shown = f"The champion gains {{{auc}:interval}} in AUC and changes log-loss by {{{loss}:interval}}"
    asked = "{comparison.minimum.auc} and a fall of {comparison.minimum.log_loss} were asked for"
    least_auc, least_loss = case.value("comparison.minimum.auc"), case.value("comparison.minimum.log_loss")
    if case.value(auc) < least_auc or -case.value(loss) < least_loss:
        return case.finding(f"{shown}; {asked}.")
    auc_limits, loss_limits = case.metric(auc).interval, case.metric(loss).interval
    if not (auc_limits and auc_limits[0] >= least_auc and loss_limits and -loss_limits[1] >= least_loss):
        return case.observation(f"{shown}; {asked}, and the intervals do not exclude less.")
    return case.passed(f"{shown}; {asked}.")


@check(
    "RML-C02",
    title="First by mean rank",
    severity="low",
    chapter="comparison",
    needs=("comparison.rank.{champion}", "comparison.rank_winner", "comparison.ranks"),
    remediation="Document why the candidate put forward is not the one that ranks first.",
)
def first_by_rank(case: Case) -> Outcome:
    """The candidate put forward is the one that ranks first over folds and metrics."""
    ranks = case.table("comparison.ranks").set_index("model")
    case.value(f"comparison.rank.{case.champion}")  # undefined ranks are not judged
    own = f"{{comparison.rank.{case.champion}}}"
    if ranks.loc[case.champion, "candidate"] != case.metric("comparison.rank_winner").value:
        return case.finding(f"The champion's mean rank is {own}; the first is {{comparison.rank_winner}}.")
    return case.passed(f"The champion ranks first, with a mean rank of {own}.")


@check(
    "RML-C03",
    title="Value of the decisions",
    severity="medium",
    chapter="comparison",
    needs=("comparison.value_gain",),
    remediation="Review the amounts with the business; choose the cut-off by value; compare at equal acceptance.",
)
def value_of_decisions(case: Case) -> Outcome:
    """At each model's own cut-off the champion's decisions are worth more than the benchmark's."""
    metric = case.metric("comparison.value_gain")
    shown = "Against the benchmark the champion's decisions are worth {comparison.value_gain:interval}"
    lower, upper = metric.interval or (float("nan"), float("nan"))
    if upper < 0:
        return case.finding(shown + ": less.")
    if not lower > 0:
        return case.observation(shown + "; the interval holds zero.")
    return case.passed(shown + ".")


@check(
    "RML-C04",
    title="Who is swapped in",
    severity="medium",
    chapter="comparison",
    needs=("comparison.swap.decline_approve.event_rate", "comparison.swap.approve_decline.event_rate"),
    remediation="Look at who is newly accepted; the model takes on risk that the benchmark would have declined.",
)
def swapped_in(case: Case) -> Outcome:
    """Rows that the champion newly accepts default less often than those it newly declines."""
    accepted = "comparison.swap.decline_approve.event_rate"
    refused = "comparison.swap.approve_decline.event_rate"
    shown = f"Newly accepted rows default at {{{accepted}:interval}}, newly declined ones at {{{refused}:interval}}"
    first, second = case.metric(accepted), case.metric(refused)
    if first.value is None or second.value is None:
        return case.not_applicable("One of the swap sets is empty.")
    if case.value(accepted) >= case.value(refused):
        return case.finding(shown + ".")
    if first.interval and second.interval and first.interval[1] >= second.interval[0]:
        return case.observation(shown + "; the intervals overlap.")
    return case.passed(shown + ".")


@check(
    "RML-C05",
    title="Gain beyond curves",
    severity="medium",
    chapter="comparison",
    needs=("comparison.over_curves", "comparison.minimum.auc"),
    remediation="Compare with a scorecard of curves or bins before accepting trees, or say what else they bring.",
)
def gain_beyond_curves(case: Case) -> Outcome:
    """The champion beats a GLM with one curve for each input, not only one with straight lines."""
    metric = case.metric("comparison.over_curves")
    if metric.value is None:
        return case.not_applicable("The champion is linear itself.")
    shown = (
        "Over a GLM with splines the champion gains {comparison.over_curves:interval} in AUC, where "
        "{comparison.minimum.auc} over the benchmark is asked for"
    )
    least = case.value("comparison.minimum.auc")
    if case.value("comparison.over_curves") < least:
        return case.finding(shown + ".")
    if not (metric.interval and metric.interval[0] >= least):
        return case.observation(shown + "; the interval does not exclude less.")
    return case.passed(shown + ".")
