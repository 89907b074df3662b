"""The remediation plan: every finding with its actions, and what became of each."""

from __future__ import annotations

import pandas as pd
import pytest

from respml.checks import all_checks
from respml.checks.model import CheckResult
from respml.checks.plan import actions, remediation_plan
from tests.checks.evidence import evidence_of

TRIAL = {
    "finding": "RML-A04",
    "action": "impute",
    "status": "tried, helps",
    "why": "",
    "size_before": 0.4,
    "size_after": 0.05,
    "auc_change": -0.001,
    "air_change": float("nan"),
}
NOT = {**TRIAL, "action": "inject", "status": "not tried", "why": "there is nothing to reduce"}


def found(code: str, severity: str = "medium") -> CheckResult:
    return CheckResult(code, "Title", "finding", severity, "", "attacks", (), (), "Do this.", "mgbm")  # type: ignore[arg-type]


def plan_of(tmp_path, *results: CheckResult) -> pd.DataFrame:
    evidence = evidence_of(tmp_path, {}, {"attacks.trials": pd.DataFrame([TRIAL, NOT])})
    return remediation_plan(results, evidence)


def test_a_finding_has_every_action_that_answers_it_with_its_fate(tmp_path):
    plan = plan_of(tmp_path, found("RML-A04")).set_index("action")
    assert plan["status"].value_counts().to_dict() == {"not tried": 2, "tried, helps": 1}
    helped = plan[plan["status"] == "tried, helps"].iloc[0]
    assert helped["detail"] == "0.400 to 0.050, AUC −0.0010"
    assert "there is nothing to reduce" in set(plan["detail"])


def test_severe_findings_come_first_and_passed_checks_have_no_plan(tmp_path):
    passed = CheckResult("RML-S01", "t", "passed", None, "", "robustness", (), (), "Do.", "mgbm")
    plan = plan_of(tmp_path, found("RML-S05", "low"), passed, found("RML-A04", "high"))
    assert plan["code"].iloc[0] == "RML-A04" and "RML-S01" not in set(plan["code"])


def test_a_finding_that_is_a_trial_helps_and_one_without_action_says_what_its_check_proposes(tmp_path):
    plan = plan_of(tmp_path, found("RML-S08"), found("RML-X99")).set_index("code")
    assert plan.loc["RML-S08", "status"] == "tried, helps"
    assert plan.loc["RML-X99", ["action", "status"]].tolist() == ["Do this.", "not tried"]
    assert plan.loc["RML-X99", "detail"]


SEARCH = {
    "fairness.search.tried": 61,
    "fairness.search.changed": "yes",
    "fairness.search.confirmed": "no",
    "fairness.search.choice": "without PAY_4",
    "fairness.search.air_change": -0.0002,
    "fairness.search.auc_change": -0.0012,
}


@pytest.mark.parametrize(
    ("metrics", "status", "says"),
    [
        (SEARCH, "tried, does not", "choice of 61 alternatives, “without PAY_4”: AIR 0.000, AUC −0.0012 on test"),
        ({**SEARCH, "fairness.search.confirmed": "yes", "fairness.search.air_change": 0.04}, "tried, helps", "+0.040"),
        ({**SEARCH, "fairness.search.changed": "no"}, "tried, does not", "none raises"),
        ({**SEARCH, "fairness.search.tried": 0}, "not tried", "declares none"),
        ({"a.b": 1}, "not tried", "declares none"),
    ],
)
def test_the_search_for_alternatives_is_carried_over(tmp_path, metrics, status, says):
    plan = remediation_plan([found("RML-F02")], evidence_of(tmp_path, metrics)).set_index("code")
    assert plan.loc["RML-F02", "status"] == status and says in plan.loc["RML-F02", "detail"]


def test_a_trial_says_what_was_measured(tmp_path):
    trial = {**TRIAL, "finding": "RML-E05", "measure": "share scored as safe where missing", "size_before": 0.65}
    evidence = evidence_of(tmp_path, {}, {"attacks.trials": pd.DataFrame([trial])})
    plan = remediation_plan([found("RML-E05")], evidence).set_index("action")
    assert len(plan) == 3 and plan["status"].eq("tried, helps").sum() == 1
    helped = plan[plan["status"] == "tried, helps"]["detail"].item()
    assert helped.startswith("share scored as safe where missing: 0.650 to 0.050")


@pytest.mark.parametrize(("code", "words"), [("RML-E05", "missing"), ("RML-D01", "codes mean"), ("RML-F04", "Do this")])
def test_actions_answer_their_finding(tmp_path, code, words):
    plan = plan_of(tmp_path, found(code))
    assert plan["action"].str.contains(words).all() and plan["detail"].str.len().min() > 0


def test_without_trials_nothing_counts_as_tried(tmp_path):
    plan = remediation_plan([found("RML-A04")], evidence_of(tmp_path, {"a.b": 1}))
    assert set(plan["status"]) == {"not tried"}


def test_every_action_answers_checks_that_exist_and_says_how_it_is_known():
    codes = [each.code for each in all_checks()]
    for action in actions():
        assert (action.trial in ("attacks", "finding", "fairness")) != bool(action.why), action.name
        for answered in action.answers:
            assert any(code.startswith(answered) for code in codes), f"{action.name} answers {answered}"


def test_every_check_on_residuals_robustness_and_attacks_has_an_action():
    answered = tuple(code for action in actions() for code in action.answers)
    for check in all_checks():
        if check.code[4] in "BSA":
            assert check.code.startswith(answered), check.code
