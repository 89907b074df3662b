"""How much a change matters: the spec's rule table applied to what two versions differ in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from respml.checks.model import SEVERITIES
from respml.evidence import format_value
from respml.review.inputs_changes import ValueChange, features_added, features_removed
from respml.review.leaves import within
from respml.spec.changes import VERDICTS, ChangeRule, Changes, Verdict

if TYPE_CHECKING:
    from respml.review.comparison_of_runs import Comparison

RuleState = Literal["fired", "silent", "not judged"]
_MOST_NAMES = 4


@dataclass(frozen=True)
class RuleResult:
    """One line of the rule table with what it made of the change.

    Attributes
    ----------
    rule: the line.
    state: ``fired``, ``silent``, or ``not judged`` where what it asks about was not measured.
    seen: what made it fire, or why it could not judge; when silent, what it could not compare, mostly nothing.
    open: whether it could not judge what could be judged before, so that the verdict may be graver than it is said.
    """

    rule: ChangeRule
    state: RuleState
    seen: str = ""
    open: bool = False


@dataclass(frozen=True)
class Materiality:
    """The verdict, the rule that decided it, and the whole table.

    ``decided_by`` is the first rule in the table's order among those that fired with the gravest verdict; nothing
    when none fired, and the verdict is then ``log``.
    """

    verdict: Verdict
    decided_by: RuleResult | None
    results: tuple[RuleResult, ...]

    @property
    def unjudged(self) -> tuple[ChangeRule, ...]:
        """Rules that could not judge and ask for more than the verdict does."""
        gravity = VERDICTS.index(self.verdict)
        return tuple(each.rule for each in self.results if each.open and VERDICTS.index(each.rule.verdict) < gravity)

    @property
    def told(self) -> str:
        """The verdict; where a graver one could not be ruled out, with ``at least``."""
        return f"{self.verdict} at least" if self.unjudged else self.verdict

    @property
    def reason(self) -> str:
        """The deciding rule and what it saw, and what could not be judged, in one line."""
        reason = "no rule fired"
        if self.decided_by is not None:
            reason = self.decided_by.rule.name + (f": {self.decided_by.seen}" if self.decided_by.seen else "")
        return f"{reason}; {self.doubt}" if self.unjudged else reason

    @property
    def doubt(self) -> str:
        """Which rules that ask for more could not judge; empty where there is none."""
        asked = min((each.verdict for each in self.unjudged), key=VERDICTS.index, default="")
        names = ", ".join(each.name for each in self.unjudged)
        return f"not judged, and asking for up to {asked}: {names}" if asked else ""


def judge_change(comparison: Comparison, rules: Sequence[ChangeRule]) -> Materiality:
    """Apply every rule; the gravest verdict among those that fired holds."""
    results = tuple(_applied(rule, comparison) for rule in rules)
    fired = [each for each in results if each.state == "fired"]
    if not fired:
        return Materiality("log", None, results)
    decided = min(fired, key=lambda each: VERDICTS.index(each.rule.verdict))
    return Materiality(decided.rule.verdict, decided, results)


def rules_of_both(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[ChangeRule, ...]:
    """The rule table of the new spec, and after it the rules of the old one that it has no longer.

    Parameters
    ----------
    old, new: the specs as the manifests hold them.
    """
    rules = Changes.model_validate(new.get("changes") or {}).rules
    try:
        before = Changes.model_validate(old.get("changes") or {}).rules
    except ValueError:  # written for another respml, whose rules this one does not know
        return rules
    version = str((old.get("model") or {}).get("version", "")) or "before"
    gone = [
        each.model_copy(update={"name": f"{each.name} (rule of {version})"}) for each in before if each not in rules
    ]
    return (*rules, *gone)


def rules_frame(materiality: Materiality) -> pd.DataFrame:
    """One row a rule: ``rule``, ``verdict`` (what it asks for), ``state``, ``seen``, ``decided`` (bool)."""
    rows = [
        [each.rule.name, each.rule.verdict, each.state, each.seen, each is materiality.decided_by]
        for each in materiality.results
    ]
    return pd.DataFrame(rows, columns=["rule", "verdict", "state", "seen", "decided"])


def _applied(rule: ChangeRule, comparison: Comparison) -> RuleResult:
    seen = _EVENTS[rule.when](rule, comparison)
    if seen is None:
        return RuleResult(rule, "not judged", _why_not(rule, comparison), _was_judged(rule, comparison))
    return RuleResult(rule, "fired", seen) if seen else RuleResult(rule, "silent", _not_compared(rule, comparison))


def _why_not(rule: ChangeRule, comparison: Comparison) -> str:
    if rule.when in ("decisions_changed", "score_shift"):
        return comparison.rescored if isinstance(comparison.rescored, str) else ""
    if rule.when == "code_changed":
        return "the old run did not record its code"
    return "no such metric in the new version"


def _was_judged(rule: ChangeRule, comparison: Comparison) -> bool:
    """Whether the answer may be another than silence: the old version had the metrics, or what scores changed."""
    if rule.metrics:
        return any(_matches(rule, id, comparison) for id in comparison.old.evidence.metrics)
    return bool(comparison.candidates or comparison.inputs or comparison.software)


def _not_compared(rule: ChangeRule, comparison: Comparison) -> str:
    """Metrics of a rule about movements that are of another subject now, so that they cannot have moved."""
    if rule.when not in ("metric_beyond_interval", "metric_moved"):
        return ""
    names = _names(
        each.id for each in comparison.metrics if each.state == "another" and _matches(rule, each.id, comparison)
    )
    return f"not compared, since of another subject: {names}" if names else ""


def _names(found: Iterable[str]) -> str:
    names = list(found)
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _matches(rule: ChangeRule, id: str, comparison: Comparison) -> bool:
    names = {"{champion}": comparison.new.champion, "{benchmark}": comparison.new.benchmark}
    for pattern in rule.metrics:
        for placeholder, name in names.items():
            pattern = pattern.replace(placeholder, name)
        if fnmatchcase(id, pattern):
            return True
    return False


def _beyond(rule: ChangeRule, comparison: Comparison) -> str | None:
    if not any(_matches(rule, id, comparison) for id in comparison.new.evidence.metrics):
        return None
    moved = [each for each in comparison.metrics if each.state == "beyond" and _matches(rule, each.id, comparison)]
    return _names(
        f"{each.id} from {each.old.text_with_interval} to {each.new.text_with_interval}"
        for each in moved
        if each.old and each.new
    )


def _above(rule: ChangeRule, comparison: Comparison) -> str | None:
    found = [each for id, each in sorted(comparison.new.evidence.metrics.items()) if _matches(rule, id, comparison)]
    if not found:
        return None
    limit = rule.above or 0.0
    return _names(
        f"{each.id} is {each.text}" for each in found if isinstance(each.value, int | float) and each.value > limit
    )


def _moved(rule: ChangeRule, comparison: Comparison) -> str | None:
    if not any(_matches(rule, id, comparison) for id in comparison.new.evidence.metrics):
        return None
    limit = rule.above or 0.0
    return _names(
        f"{each.id} from {each.old.text} to {each.new.text}"
        for each in comparison.metrics
        if _matches(rule, each.id, comparison) and abs(each.difference) > limit and each.old and each.new
    )


def _opened(rule: ChangeRule, comparison: Comparison) -> str:
    counted = SEVERITIES[: SEVERITIES.index(rule.severity or "low") + 1]
    return _names(
        f"{each.code} {each.state} ({each.new_severity})"
        for each in comparison.findings
        if each.state in ("opened", "re-opened", "raised") and each.new_severity in counted
    )


def _not_judged(rule: ChangeRule, comparison: Comparison) -> str:
    counted = SEVERITIES[: SEVERITIES.index(rule.severity or "low") + 1]
    return _names(
        f"{each.code} ({each.old_severity})"
        for each in comparison.findings
        if each.state == "not judged" and each.old_severity in counted
    )


def _features_added(rule: ChangeRule, comparison: Comparison) -> str:
    return _names(features_added(comparison.candidates, comparison.new.champion))


def _features_removed(rule: ChangeRule, comparison: Comparison) -> str:
    return _names(features_removed(comparison.candidates, comparison.new.champion))


def _of_champion(kind: str) -> Callable[[ChangeRule, Comparison], str]:
    def seen(rule: ChangeRule, comparison: Comparison) -> str:
        return _names(
            _change(each)
            for each in comparison.candidates
            if each.kind == kind and each.subject == comparison.new.champion
        )

    return seen


def _champion(rule: ChangeRule, comparison: Comparison) -> str:
    return _names(_change(each) for each in comparison.candidates if (each.subject, each.name) == ("", "champion"))


def _of_kind(changes: Iterable[ValueChange], kind: str) -> str:
    return _names(_change(each) for each in changes if each.kind == kind)


def _change(change: ValueChange) -> str:
    return f"{change.name} from {change.old} to {change.new}"


def _code(rule: ChangeRule, comparison: Comparison) -> str | None:
    if not (comparison.old.code and comparison.new.code):
        return None
    return _names(each.name for each in comparison.software if each.kind == "code")


def _spec(rule: ChangeRule, comparison: Comparison) -> str:
    return _names(
        each.name
        for each in comparison.inputs
        if each.kind == "spec" and any(within(each.name, key) for key in rule.keys)
    )


def _decisions(rule: ChangeRule, comparison: Comparison) -> str | None:
    rescored = comparison.rescored
    if isinstance(rescored, str):
        return None
    if rescored.share <= (rule.above or 0.0):
        return ""
    return f"{format_value(rescored.share, 'percent1')} of {rescored.rows:,} rows"


def _shift(rule: ChangeRule, comparison: Comparison) -> str | None:
    rescored = comparison.rescored
    if isinstance(rescored, str):
        return None
    if rescored.stability_index <= (rule.above or 0.0):
        return ""
    return f"index {format_value(rescored.stability_index, 'ratio3')}"


def _stale(rule: ChangeRule, comparison: Comparison) -> str:
    return _names(each.name for each in comparison.stale)


_EVENTS: dict[str, Callable[[ChangeRule, Comparison], str | None]] = {
    "metric_beyond_interval": _beyond,
    "metric_above": _above,
    "metric_moved": _moved,
    "finding_opened": _opened,
    "finding_not_judged": _not_judged,
    "feature_added": _features_added,
    "feature_removed": _features_removed,
    "constraint_changed": _of_champion("constraint"),
    "parameter_changed": _of_champion("parameter"),
    "champion_changed": _champion,
    "data_changed": lambda rule, comparison: _of_kind(comparison.inputs, "file"),
    "code_changed": _code,
    "environment_changed": lambda rule, comparison: _of_kind(comparison.software, "library"),
    "spec_changed": _spec,
    "decisions_changed": _decisions,
    "score_shift": _shift,
    "narrative_stale": _stale,
}
