"""Every rule fires where it must and stays silent where it must not fire."""

import pytest

from respml.checks import all_checks, judge, threshold_register
from respml.checks.register import default_register
from respml.evidence.lint import placeholders
from respml.spec.fairness import THRESHOLDS
from tests.checks.cases import all_cases
from tests.checks.evidence import evidence_of, judged, spec_with

CASES = all_cases()
FIRED = {"finding", "observation"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_says_what_it_must(case, tmp_path):
    result, evidence = judged(tmp_path, case)
    assert result.state == case.state, evidence.fill(result.message)
    message = evidence.fill(result.message)
    assert case.says in message
    assert "{" not in message
    assert message.endswith(".")
    if case.state == "finding":
        assert result.severity == (case.severity or _check(case.code).severity)
    else:
        assert result.severity is None


@pytest.mark.parametrize("code", [each.code for each in all_checks()])
def test_every_check_has_a_case_where_it_fires_and_one_where_it_is_silent(code):
    states = {case.state for case in CASES if case.code == code}
    assert states & FIRED, f"no case in tests/checks/cases makes {code} fire"
    assert "passed" in states, f"no case in tests/checks/cases leaves {code} silent"


def test_no_case_names_a_check_that_does_not_exist():
    assert {case.code for case in CASES} <= {each.code for each in all_checks()}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_thresholds_a_rule_uses_are_those_it_declares(case, tmp_path):
    class Recording(dict):
        used: set[str] = set()  # noqa: RUF012  (one test, one set)

        def __getitem__(self, name):
            self.used.add(name)
            return super().__getitem__(name)

    spec = spec_with(case.spec)
    plain = threshold_register(spec.thresholds)
    register = Recording(plain)
    register.used = set()
    evidence = evidence_of(tmp_path, case.metrics, case.tables, plain)
    result = next(each for each in judge(spec, evidence, register) if each.code == case.code)
    cited = {id.removeprefix("threshold.") for id in placeholders(result.message) if id.startswith("threshold.")}
    assert register.used | cited <= set(_check(case.code).thresholds)


@pytest.mark.parametrize("case", [each for each in CASES if each.state == "passed"], ids=str)
def test_undefined_numbers_are_never_passed(case, tmp_path):
    """A metric without a value must not slip through a comparison that is false for ``nan``."""
    numbers = {id for id, value in case.metrics.items() if not isinstance(value, str)}
    undefined = {id: None if id in numbers else value for id, value in case.metrics.items()}
    spec, register = spec_with(case.spec), threshold_register({})
    evidence = evidence_of(tmp_path, undefined, case.tables)
    result = next(each for each in judge(spec, evidence, register) if each.code == case.code)
    assert result.state in ("not run", "not applicable", "observation"), result.message


@pytest.mark.parametrize("check", all_checks(), ids=lambda each: each.code)
def test_what_a_check_declares(check):
    assert check.title and check.remediation.endswith(".")
    assert check.rule.__doc__
    assert check.needs
    assert set(check.thresholds) <= set(default_register())
    assert check.code.startswith("RML-")
    assert all(
        need.format(champion="mgbm", benchmark="glm").startswith(f"{need.split('.')[0]}.") for need in check.needs
    )


def test_every_threshold_is_used_by_a_check_or_marks_rows_of_a_table():
    used = {name for check in all_checks() for name in check.thresholds} | set(THRESHOLDS)
    assert set(default_register()) <= used


def _check(code):
    return next(each for each in all_checks() if each.code == code)


def test_the_register_names_the_checks_that_use_each_threshold(tmp_path):
    register = evidence_of(tmp_path, {"a.b": 1}).table("threshold.register").frame().set_index("name")
    assert register.loc["auc_weak", "checks"] == "RML-P01"
    for check in all_checks():
        for name in check.thresholds:
            assert check.code in register.loc[name, "checks"]
    assert register.loc["auc_weak", "set"] == f"{register.loc['auc_weak', 'owner']}, {register.loc['auc_weak', 'date']}"
