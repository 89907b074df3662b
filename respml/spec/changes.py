"""The rule table that says how much a change matters, and the rules that hold when the spec gives none."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from respml.spec.identity import Line, Strict

Verdict = Literal["re-validate", "notify", "log"]
VERDICTS: tuple[Verdict, ...] = ("re-validate", "notify", "log")
"""From the most to the least that is asked for."""

Event = Literal[
    "metric_beyond_interval",
    "metric_above",
    "metric_moved",
    "finding_opened",
    "finding_not_judged",
    "feature_added",
    "feature_removed",
    "constraint_changed",
    "parameter_changed",
    "champion_changed",
    "data_changed",
    "code_changed",
    "environment_changed",
    "spec_changed",
    "decisions_changed",
    "score_shift",
    "narrative_stale",
]

_NEEDS: dict[str, tuple[str, ...]] = {
    "metric_beyond_interval": ("metrics",),
    "metric_above": ("metrics", "above"),
    "metric_moved": ("metrics", "above"),
    "finding_opened": ("severity",),
    "finding_not_judged": ("severity",),
    "spec_changed": ("keys",),
    "decisions_changed": ("above",),
    "score_shift": ("above",),
}


class ChangeRule(Strict):
    """One line of the table: what must have happened, and what is then asked for.

    ``metrics`` are ids or patterns with ``*``; ``{champion}`` and ``{benchmark}`` stand for the candidates' names.
    ``above`` is a limit that must be exceeded: by the new value (``metric_above``), by the absolute difference
    (``metric_moved``), by the share of rows decided differently (``decisions_changed``), by the population stability
    index between the two champions' scores on the same rows (``score_shift``). ``severity`` is the lowest that counts;
    ``finding_not_judged`` looks at findings of the old version that the new one does not judge any more.
    ``keys`` are keys of the spec, each with all below it.
    """

    name: Line
    when: Event
    verdict: Verdict
    metrics: tuple[Line, ...] = ()
    above: float | None = None
    severity: Literal["high", "medium", "low"] | None = None
    keys: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> ChangeRule:
        needed = _NEEDS.get(self.when, ())
        for field in ("metrics", "above", "severity", "keys"):
            given = getattr(self, field) not in ((), None)
            if given and field not in needed:
                raise ValueError(f"a rule about '{self.when}' has no use for '{field}'")
            if not given and field in needed:
                raise ValueError(f"a rule about '{self.when}' needs '{field}'")
        return self


DEFAULT_RULES = (
    ChangeRule(name="Another champion", when="champion_changed", verdict="re-validate"),
    ChangeRule(name="New input of the champion", when="feature_added", verdict="re-validate"),
    ChangeRule(
        name="Champion's ranking or log-loss beyond its interval",
        when="metric_beyond_interval",
        metrics=("performance.auc.{champion}", "performance.log_loss.{champion}"),
        verdict="re-validate",
    ),
    ChangeRule(name="High finding opened", when="finding_opened", severity="high", verdict="re-validate"),
    ChangeRule(name="High finding no longer judged", when="finding_not_judged", severity="high", verdict="re-validate"),
    ChangeRule(
        name="Use, population or target changed",
        when="spec_changed",
        keys=("model.intended_use", "model.population", "model.out_of_scope", "data.target", "data.event"),
        verdict="re-validate",
    ),
    ChangeRule(name="Applicants decided differently", when="decisions_changed", above=0.05, verdict="notify"),
    ChangeRule(name="Champion's score shifted", when="score_shift", above=0.10, verdict="notify"),
    ChangeRule(name="Medium finding opened", when="finding_opened", severity="medium", verdict="notify"),
    ChangeRule(name="Medium finding no longer judged", when="finding_not_judged", severity="medium", verdict="notify"),
    ChangeRule(name="Input removed from the champion", when="feature_removed", verdict="notify"),
    ChangeRule(name="Direction of an input changed", when="constraint_changed", verdict="notify"),
    ChangeRule(
        name="Fairness measures beyond their interval",
        when="metric_beyond_interval",
        metrics=("fairness.*",),
        verdict="notify",
    ),
    ChangeRule(name="Other data", when="data_changed", verdict="notify"),
    ChangeRule(
        name="Thresholds or muted checks changed", when="spec_changed", keys=("thresholds", "mute"), verdict="notify"
    ),
    ChangeRule(
        name="What is analysed, on which rows, or how changes are judged",
        when="spec_changed",
        keys=("analyses", "depth", "model.materiality", "partitions", "decision", "fairness.volume", "changes"),
        verdict="notify",
    ),
)


class Changes(Strict):
    """How two versions are compared: the first rule that fires with the gravest verdict decides; else a log entry.

    Rules that the old version had and the new one has not hold as well, so that no version exempts itself.
    """

    rules: tuple[ChangeRule, ...] = Field(default=DEFAULT_RULES, min_length=1)
