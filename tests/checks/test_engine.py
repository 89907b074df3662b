"""The engine: six states, and what it refuses."""

import datetime
import math

import pytest

from respml.checks import STATES, all_checks, engine, judge, threshold_register
from respml.checks.engine import check
from respml.checks.register import default_register
from respml.errors import AnalysisError, InputError
from respml.spec.report import ThresholdOverride
from tests.checks.evidence import evidence_of, spec_with

ONE = {"a.auc": (0.8, 0.7, 0.9)}
OVERRIDE = ThresholdOverride(value=0.85, owner="Validation", date=datetime.date(2026, 3, 1), reason="Own policy")


@pytest.fixture
def registered(monkeypatch):
    """Registers rules for one test only; no other check exists meanwhile."""
    monkeypatch.setattr(engine, "_registry", {})
    monkeypatch.setattr(engine, "iter_modules", lambda path: [])

    def register(rule, code="RML-X01", **options):
        given = {"title": "t", "severity": "medium", "chapter": "c", "needs": ("a.auc",), "remediation": "Do."}
        return check(code, **{**given, **options})(rule)

    return register


def verdict(folder, metrics=ONE, spec="", tables=None):
    """The one result of the registered rule."""
    loaded = spec_with(spec)
    register = threshold_register(loaded.thresholds)
    (result,) = judge(loaded, evidence_of(folder, metrics, tables, register), register)
    return result


@pytest.mark.parametrize("state", ["finding", "observation", "passed"])
def test_a_rule_s_own_states(registered, tmp_path, state):
    registered(lambda case: getattr(case, state)("The AUC is {a.auc:interval}."))
    result = verdict(tmp_path)
    assert result.state == state
    assert result.severity == ("medium" if state == "finding" else None)
    assert result.evidence == ("a.auc",)
    assert result.subject == "mgbm"


def test_a_finding_may_raise_its_severity(registered, tmp_path):
    registered(lambda case: case.finding("Bad.", severity="high", evidence=("a.auc", "a.more")))
    result = verdict(tmp_path)
    assert result.severity == "high"
    assert result.evidence == ("a.auc", "a.more")


def test_not_applicable_gives_its_reason(registered, tmp_path):
    registered(lambda case: case.not_applicable("There is nothing to judge."))
    result = verdict(tmp_path)
    assert (result.state, result.message) == ("not applicable", "There is nothing to judge.")


def test_absent_evidence_means_not_run(registered, tmp_path):
    registered(lambda case: pytest.fail("the rule must not be called"))
    result = verdict(tmp_path, {"a.other": 1})
    assert (result.state, result.message) == ("not run", "The evidence `a.auc` is not there.")


def test_an_analysis_with_nothing_to_be_applied_to_is_not_applicable(registered, tmp_path):
    registered(lambda case: case.passed("Fine."))
    result = verdict(tmp_path, {}, spec="analyses:\n  a: {run: false, reason: 'not applicable: 1 thing is missing'}\n")
    assert result.state == "not applicable"
    assert result.message == "The analysis `a` has nothing to be applied to: `1 thing is missing`"


def test_evidence_that_needs_a_model_is_not_applicable_to_scores_alone(registered, tmp_path):
    registered(lambda case: case.passed("Fine."))
    scores = "candidates:\n  external: {vendor: {label: V, adapter: scores, path: v.csv}}\n  order: [glm, vendor]\n"
    result = verdict(tmp_path, {}, spec=scores + "  champion: vendor\n")
    assert result.state == "not applicable"
    assert result.message == "Only the scores of the champion are known: no model object."


def test_a_switched_off_analysis_gives_the_spec_s_reason(registered, tmp_path):
    registered(lambda case: pytest.fail("the rule must not be called"))
    result = verdict(
        tmp_path, {"b.other": 1}, spec="analyses: {a: {run: false, reason: 'No {time} `yet`, until 2027'}}\n"
    )
    assert result.state == "not run"
    assert result.message == "The analysis `a` is switched off: `No (time) 'yet', until 2027`"


def test_undefined_evidence_means_not_run(registered, tmp_path):
    registered(lambda case: case.passed("Below.") if case.value("a.auc") < 1 else case.finding("Above."))
    result = verdict(tmp_path, {"a.auc": math.nan})
    assert (result.state, result.message) == ("not run", "The evidence `a.auc` has no value.")


def test_champion_and_benchmark_stand_in_needs(registered, tmp_path):
    rule = registered(
        lambda case: case.passed(f"{case.champion} over {case.benchmark}."), needs=("a.{champion}", "a.{benchmark}")
    )
    assert rule is not None
    assert verdict(tmp_path, {"a.mgbm": 1, "a.glm": 1}).evidence == ("a.mgbm", "a.glm")
    assert verdict(tmp_path, {"a.mgbm": 1}).message == "The evidence `a.glm` is not there."


def test_a_muted_check_says_why_and_is_not_called(registered, tmp_path):
    registered(lambda case: pytest.fail("the rule must not be called"))
    result = verdict(tmp_path, spec="mute: {RML-X01: 'Accepted in 2026 by {the} board'}\n")
    assert (result.state, result.severity) == ("muted", None)
    assert result.message == "Muted by the spec: `Accepted in 2026 by (the) board`"


def test_muting_an_unknown_check_is_an_input_error_with_the_nearest_code(tmp_path):
    spec = spec_with("mute: {RML-P1: why}\n")
    with pytest.raises(InputError, match="There is no check 'RML-P1'") as caught:
        judge(spec, evidence_of(tmp_path, {}), threshold_register({}))
    assert caught.value.where == "key 'mute.RML-P1'"
    assert "Did you mean 'RML-P" in caught.value.remedy


@pytest.mark.parametrize("message", ["The AUC is 0.8.", "Above 5 %.", "Malformed {a.auc", "{A.auc}"])
def test_a_literal_number_in_a_message_is_refused(registered, tmp_path, message):
    registered(lambda case: case.passed(message))
    with pytest.raises(AnalysisError) as caught:
        verdict(tmp_path)
    assert caught.value.where == "RML-X01"


def test_a_message_that_cites_what_is_not_there_is_refused(registered, tmp_path):
    registered(lambda case: case.passed("The AUC is {a.absent}."))
    with pytest.raises(AnalysisError, match=r"no metric 'a\.absent'"):
        verdict(tmp_path)


def test_two_rules_cannot_share_a_code(registered):
    registered(lambda case: case.passed("One."))

    def another(case):
        return case.passed("Two.")

    with pytest.raises(AnalysisError, match="Two checks have the code RML-X01"):
        registered(another)


def test_all_checks_are_sorted_and_unique():
    codes = [each.code for each in all_checks()]
    assert codes == sorted(set(codes))
    assert len(codes) >= 21


def test_without_any_evidence_every_check_is_not_run(tmp_path):
    results = judge(spec_with(), evidence_of(tmp_path, {}), threshold_register({}))
    assert {each.state for each in results} == {"not run"}
    assert {each.code for each in results} == {each.code for each in all_checks()}
    assert set(STATES) >= {each.state for each in results}


def test_an_override_decides_and_carries_its_provenance():
    register = threshold_register({"auc_weak": OVERRIDE})
    threshold, shipped = register["auc_weak"], default_register()["auc_weak"]
    assert threshold.value == 0.85
    assert (threshold.owner, threshold.date, threshold.overridden) == ("Validation", OVERRIDE.date, "Own policy")
    assert threshold.kind == "set by the spec"
    assert threshold.meaning == shipped.meaning
    assert (shipped.value, shipped.overridden) == (0.70, "")


def test_an_override_changes_what_a_rule_says(registered, tmp_path):
    def rule(case):
        fires = case.value("a.auc") < case.threshold("auc_weak")
        return case.finding("Below {threshold.auc_weak}.") if fires else case.passed("Not below {threshold.auc_weak}.")

    registered(rule, thresholds=("auc_weak",))
    own = "thresholds: {auc_weak: {value: 0.85, owner: Validation, date: 2026-03-01, reason: Own policy}}\n"
    assert verdict(tmp_path / "shipped").state == "passed"
    assert verdict(tmp_path / "own", spec=own).state == "finding"


def test_an_unknown_threshold_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="no threshold 'auc_week'") as caught:
        threshold_register({"auc_week": OVERRIDE})
    assert caught.value.remedy == "Did you mean 'auc_weak'?"
    assert caught.value.where == "key 'thresholds.auc_week'"


def test_the_register_is_complete():
    for name, threshold in default_register().items():
        assert math.isfinite(threshold.value), name
        assert threshold.meaning and threshold.source and threshold.owner
        assert threshold.kind in ("convention", "policy", "method")
        assert isinstance(threshold.date, datetime.date)
