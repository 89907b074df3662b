"""The check engine: a registry of rules, and one function that applies them all to the evidence of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from respml.checks.model import CheckResult, Outcome, Severity
from respml.checks.register import Threshold
from respml.errors import AnalysisError, InputError
from respml.evidence import Evidence, Metric
from respml.evidence.lint import placeholders, require_traceable
from respml.spec.depth import BY_TIER
from respml.spec.loading import nearest
from respml.spec.report import NOT_APPLICABLE, ReportSpec

if TYPE_CHECKING:
    import pandas as pd

Rule = Callable[["Case"], Outcome]


@dataclass(frozen=True)
class Check:
    """A rule with what it needs and what to do when it fires. ``needs`` may name ``{champion}`` and ``{benchmark}``."""

    code: str
    title: str
    severity: Severity
    chapter: str
    needs: tuple[str, ...]
    thresholds: tuple[str, ...]
    remediation: str
    rule: Rule


NO_MODEL = "Only the scores of the champion are known: no model object."
MADE_ELSEWHERE = (
    "The champion was made elsewhere: it was neither searched for, fitted nor refitted here, which is what this check "
    "judges."
)

_registry: dict[str, Check] = {}


class UndefinedError(Exception):
    """A rule asked for the number of a metric that has none; the engine says so instead of judging."""


def check(
    code: str,
    *,
    title: str,
    severity: Severity,
    chapter: str,
    needs: tuple[str, ...],
    remediation: str,
    thresholds: tuple[str, ...] = (),
) -> Callable[[Rule], Rule]:
    """Register the decorated rule under a code that never changes its meaning."""

    def register(rule: Rule) -> Rule:
        if code in _registry and _place(_registry[code].rule) != _place(rule):
            raise AnalysisError(f"Two checks have the code {code}.", remedy="Give each its own.")
        _registry[code] = Check(code, title, severity, chapter, needs, thresholds, remediation, rule)
        return rule

    return register


@dataclass(frozen=True)
class Case:
    """What a rule sees of a run: evidence by id, thresholds by name, and the spec."""

    spec: ReportSpec
    evidence: Evidence
    register: Mapping[str, Threshold]
    default_severity: Severity

    @property
    def champion(self) -> str:
        """Name of the candidate being documented."""
        return self.spec.candidates.champion

    @property
    def benchmark(self) -> str:
        """Name of the candidate it must beat."""
        return self.spec.candidates.benchmark

    def metric(self, id: str) -> Metric:
        """One metric of the run."""
        return self.evidence.metric(id)

    def value(self, id: str) -> float:
        """The number of one metric. Where it is undefined the rule ends here, and the check counts as not run."""
        value = self.evidence.metric(id).value
        if value is None or isinstance(value, str):
            raise UndefinedError(id)
        return float(value)

    def table(self, id: str) -> pd.DataFrame:
        """The frame of one table, figure included: what was drawn counts as evidence too."""
        if id in self.evidence.figures:
            return self.evidence.figure(id).frame()
        return self.evidence.table(id).frame()

    def threshold(self, name: str) -> float:
        """The value of one registered threshold; cite it in a message as ``{threshold.name}``."""
        return self.register[name].value

    def finding(self, message: str, *, severity: Severity | None = None, evidence: tuple[str, ...] = ()) -> Outcome:
        """The rule fires."""
        return Outcome("finding", message, severity or self.default_severity, evidence)

    def observation(self, message: str, *, evidence: tuple[str, ...] = ()) -> Outcome:
        """Worth knowing, below the limit of a finding."""
        return Outcome("observation", message, None, evidence)

    def passed(self, message: str, *, evidence: tuple[str, ...] = ()) -> Outcome:
        """The rule stays silent."""
        return Outcome("passed", message, None, evidence)

    def not_applicable(self, reason: str) -> Outcome:
        """The rule has nothing to judge here."""
        return Outcome("not applicable", reason)


def all_checks() -> tuple[Check, ...]:
    """Every check of the package, sorted by code. Each module of the ``rules`` folder registers its own."""
    rules = import_module("respml.checks.rules")
    for module in iter_modules(rules.__path__):
        import_module(f"respml.checks.rules.{module.name}")
    return tuple(_registry[code] for code in sorted(_registry))


def judge(spec: ReportSpec, evidence: Evidence, register: Mapping[str, Threshold]) -> tuple[CheckResult, ...]:
    """Apply every check.

    Parameters
    ----------
    spec: names champion and benchmark, muted checks and analyses that are switched off.
    evidence: of all analyses that ran, thresholds included as metrics ``threshold.<name>``.
    register: the threshold register with overrides.

    Raises
    ------
    InputError: when the spec mutes a check that does not exist.
    AnalysisError: when a message holds a literal result or cites evidence that is not there.
    """
    checks = all_checks()
    codes = [each.code for each in checks]
    for code in spec.mute:
        if code not in codes:
            raise InputError(f"There is no check '{code}'.", where=f"key 'mute.{code}'", remedy=nearest(code, codes))
    return tuple(_apply(each, spec, evidence, register) for each in checks)


def _apply(rule: Check, spec: ReportSpec, evidence: Evidence, register: Mapping[str, Threshold]) -> CheckResult:
    names = {"champion": spec.candidates.champion, "benchmark": spec.candidates.benchmark}
    needs = tuple(need.format(**names) for need in rule.needs)
    outcome = _outcome(rule, needs, spec, evidence, register)
    require_traceable(outcome.message, rule.code)
    for cited in placeholders(outcome.message):
        evidence.metric(cited)
    return CheckResult(
        code=rule.code,
        title=rule.title,
        state=outcome.state,
        severity=outcome.severity,
        message=outcome.message,
        chapter=rule.chapter,
        evidence=tuple(dict.fromkeys((*needs, *outcome.evidence))),
        thresholds=rule.thresholds,
        remediation=rule.remediation,
        subject=spec.candidates.champion,
    )


def _outcome(
    rule: Check, needs: tuple[str, ...], spec: ReportSpec, evidence: Evidence, register: Mapping[str, Threshold]
) -> Outcome:
    if rule.code in spec.mute:
        return Outcome("muted", f"Muted by the spec: {_quoted_reason(spec.mute[rule.code])}")
    present = set(evidence.ids())
    for need in needs:
        if need not in present:
            analysis = need.split(".", 1)[0]
            switch = spec.switches.get(analysis)
            if switch is not None and not switch.run:
                if (switch.reason or "").startswith(NOT_APPLICABLE):
                    why = _quoted_reason(str(switch.reason).removeprefix(NOT_APPLICABLE))
                    return Outcome("not applicable", f"The analysis `{analysis}` has nothing to be applied to: {why}")
                how = "left out by" if (switch.reason or "").startswith(BY_TIER) else "switched off:"
                return Outcome("not run", f"The analysis `{analysis}` is {how} {_quoted_reason(switch.reason)}")
            if not spec.candidates.champion_has_model:
                return Outcome("not applicable", NO_MODEL)
            if spec.candidates.champion in spec.candidates.external:
                return Outcome("not applicable", MADE_ELSEWHERE)
            return Outcome("not run", f"The evidence `{need}` is not there.")
    case = Case(spec=spec, evidence=evidence, register=register, default_severity=rule.severity)
    try:
        return rule.rule(case)
    except UndefinedError as undefined:
        if not spec.candidates.champion_has_model:
            return Outcome("not applicable", NO_MODEL)
        return Outcome("not run", f"The evidence `{undefined}` has no value.")


def _place(rule: Rule) -> tuple[str, str]:
    return (rule.__module__, rule.__qualname__)


def _quoted_reason(reason: str | None) -> str:
    return "`" + (reason or "no reason given").translate(str.maketrans("`{}", "'()")) + "`"
