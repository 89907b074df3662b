"""The rule table: each event fires where it must, stays silent where it must, and says when it cannot judge."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from respml.review.comparison_of_runs import Rescored, compare
from respml.review.run_files import RunContent
from respml.review.verdict import rules_of_both
from respml.spec.changes import DEFAULT_RULES, ChangeRule, Changes
from respml.spec.loading import parse_spec
from tests.review.runs import SPEC, candidate, finding, metric, run
from tests.spec.specs import with_section

AUC = "performance.auc.mgbm"
RESCORED = Rescored(1000, 60, 40, 20, (0.047, 0.077), 0.12)
STALE = {"data": {"state": "stale", "moved": ["data.rows was 1, is 2"]}}


def rule(when, verdict="re-validate", **keys):
    return ChangeRule(name="Rule", when=when, verdict=verdict, **keys)


def outcome(one: ChangeRule, old: RunContent, new: RunContent, **keys):
    (result,) = compare(old, new, rules=[one], **keys).materiality.results
    return result.state, result.seen


MOVED = run(metrics=(metric(AUC, 0.90, (0.88, 0.92)),))
BASE = run(metrics=(metric(AUC, 0.80, (0.78, 0.82)),))
NEAR = run(metrics=(metric(AUC, 0.81, (0.79, 0.83)),))

CASES = {
    "metric_beyond_interval": (
        rule("metric_beyond_interval", metrics=["performance.auc.{champion}"]),
        BASE,
        MOVED,
        NEAR,
    ),
    "pattern": (rule("metric_beyond_interval", metrics=["performance.*"]), BASE, MOVED, NEAR),
    "metric_above": (rule("metric_above", metrics=[AUC], above=0.85), BASE, MOVED, NEAR),
    "metric_moved": (rule("metric_moved", metrics=[AUC], above=0.05), BASE, MOVED, NEAR),
    "finding_opened": (
        rule("finding_opened", severity="medium"),
        run(findings=(finding("A", "passed"), finding("B", "passed"))),
        run(findings=(finding("A", severity="medium"), finding("B", "passed"))),
        run(findings=(finding("A", "passed"), finding("B", severity="low"))),
    ),
    "finding_not_judged": (
        rule("finding_not_judged", severity="medium"),
        run(findings=(finding("A", severity="high"), finding("B", severity="low"))),
        run(findings=(finding("A", "not run"), finding("B", severity="low"))),
        run(findings=(finding("A", severity="high"), finding("B", "not run"))),
    ),
    "raised": (
        rule("finding_opened", severity="high"),
        run(findings=(finding("A", severity="low"),)),
        run(findings=(finding("A", severity="high"),)),
        run(findings=(finding("A", severity="medium"),)),
    ),
    "feature_added": (
        rule("feature_added"),
        run(),
        run(candidates={"mgbm": candidate(features=("utilisation", "income", "age"))}),
        run(candidates={"mgbm": candidate(features=("utilisation",))}),
    ),
    "feature_removed": (
        rule("feature_removed"),
        run(),
        run(candidates={"mgbm": candidate(features=("utilisation",))}),
        run(candidates={"mgbm": candidate(features=("utilisation", "income", "age"))}),
    ),
    "constraint_changed": (
        rule("constraint_changed"),
        run(),
        run(candidates={"mgbm": candidate(monotone={"utilisation": -1})}),
        run(candidates={"mgbm": candidate(parameters={"rounds": 31})}),
    ),
    "parameter_changed": (
        rule("parameter_changed"),
        run(),
        run(candidates={"mgbm": candidate(parameters={"rounds": 31})}),
        run(candidates={"mgbm": candidate(monotone={"utilisation": -1})}),
    ),
    "champion_changed": (rule("champion_changed"), run(), run(champion="gbm"), run(benchmark="gbm")),
    "data_changed": (rule("data_changed"), run(), run(files={"rows.csv": "c" * 64}), run(spec={**SPEC, "seed": 2})),
    "code_changed": (
        rule("code_changed"),
        run(),
        run(code={"respml/a.py": "c" * 64}),
        run(libraries={"numpy": "3.0"}),
    ),
    "environment_changed": (
        rule("environment_changed"),
        run(),
        run(libraries={"numpy": "3.0"}),
        run(code={"respml/a.py": "c" * 64}),
    ),
    "spec_changed": (
        rule("spec_changed", keys=["data.target", "model.population"]),
        run(),
        run(spec={**SPEC, "data": {"target": "other"}}),
        run(spec={**SPEC, "data": {"target": "default", "target_note": "x"}}),
    ),
    "narrative_stale": (
        rule("narrative_stale"),
        run(),
        run(passages=STALE),
        # what is said of the comparison is not held against the comparison that is being made
        run(passages={"data": {"state": "accepted", "moved": []}, "changes": STALE["data"]}),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_event_fires_and_stays_silent(case):
    one, old, firing, silent = CASES[case]
    state, seen = outcome(one, old, firing)
    assert state == "fired" and seen
    assert outcome(one, old, silent)[0] == "silent"


@pytest.mark.parametrize(("when", "limit"), [("decisions_changed", 0.06), ("score_shift", 0.12)])
def test_decisions_and_score_must_exceed_their_limit(when, limit):
    assert outcome(rule(when, above=limit), run(), run(), rescored=RESCORED)[0] == "silent"
    assert outcome(rule(when, above=limit - 0.001), run(), run(), rescored=RESCORED)[0] == "fired"


@pytest.mark.parametrize(
    ("one", "old", "reason"),
    [
        (rule("decisions_changed", above=0.05), run(), "no rows"),
        (rule("metric_beyond_interval", metrics=["fairness.*"]), run(), "no such metric in the new version"),
        (rule("code_changed"), run(code={}), "the old run did not record its code"),
    ],
)
def test_what_was_not_measured_has_not_passed(one, old, reason):
    assert outcome(one, old, run(), rescored="no rows") == ("not judged", reason)


def test_the_gravest_verdict_holds_and_its_first_rule_decides():
    rules = [
        rule("environment_changed", "notify"),
        rule("data_changed", "re-validate"),
        rule("champion_changed", "re-validate"),
    ]
    new = run(libraries={}, files={}, champion="gbm")
    materiality = compare(run(), new, rules=rules).materiality
    assert materiality.verdict == "re-validate"
    assert materiality.decided_by is materiality.results[1]
    assert "rows.csv" in materiality.reason
    assert compare(run(), run(libraries={}), rules=rules).materiality.verdict == "notify"


def test_nothing_changed_is_a_log_entry():
    materiality = compare(run(), run("1.1.0")).materiality
    assert (materiality.verdict, materiality.decided_by) == ("log", None)
    assert "fired" not in [each.state for each in materiality.results]


def test_the_default_table_asks_to_re_validate_for_a_new_input():
    new = run("1.1.0", candidates={"mgbm": candidate(features=("utilisation", "income", "age"))})
    materiality = compare(run(), new).materiality
    assert (materiality.verdict, materiality.decided_by.rule.name) == ("re-validate", "New input of the champion")


def test_the_spec_replaces_the_table():
    text = "changes: {rules: [{name: Seeds, when: spec_changed, keys: [seed], verdict: notify}]}\n"
    (only,) = parse_spec(with_section(text), "report.yml").changes.rules
    assert (only.name, only.verdict) == ("Seeds", "notify")
    assert Changes().rules == DEFAULT_RULES


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"when": "finding_opened"}, "needs 'severity'"),
        ({"when": "metric_above", "metrics": ["a.b"]}, "needs 'above'"),
        ({"when": "champion_changed", "above": 1.0}, "no use for 'above'"),
        ({"when": "data_changed", "keys": ["seed"]}, "no use for 'keys'"),
    ],
)
def test_a_rule_has_what_it_needs_and_nothing_else(keys, why):
    with pytest.raises(ValidationError, match=why):
        ChangeRule(name="Rule", verdict="log", **keys)


def test_a_number_of_another_subject_fires_no_rule_about_movements_and_is_named():
    def side(value, who):
        return run(
            metrics=(metric("a.air", value, (value - 0.01, value + 0.01), about=("a.who",)), metric("a.who", who))
        )

    named = "not compared, since of another subject: a.air"
    for one in (rule("metric_beyond_interval", metrics=["a.*"]), rule("metric_moved", metrics=["a.air"], above=0.05)):
        assert outcome(one, side(0.9, "men"), side(0.5, "women")) == ("silent", named)
        assert outcome(one, side(0.9, "men"), side(0.5, "men"))[0] == "fired"
    # a limit is about the new value alone
    assert (
        outcome(rule("metric_above", metrics=["a.air"], above=0.6), side(0.5, "men"), side(0.9, "women"))[0] == "fired"
    )


STRICT = rule("metric_moved", metrics=[AUC], above=0.01)
LOOSE = rule("metric_moved", metrics=[AUC], above=0.50)


def table(*rules):
    return {"changes": {"rules": [each.model_dump(mode="json") for each in rules]}, "model": {"version": "1.0.0"}}


def test_a_version_does_not_exempt_itself_by_a_milder_table():
    rules = rules_of_both(table(STRICT), table(LOOSE))
    assert [each.name for each in rules] == ["Rule", "Rule (rule of 1.0.0)"]
    materiality = compare(BASE, MOVED, rules=rules).materiality
    assert materiality.verdict == "re-validate"
    assert materiality.reason.startswith("Rule (rule of 1.0.0): ")
    assert rules_of_both(table(STRICT), table(STRICT)) == (STRICT,)
    # a table that this respml does not know cannot be applied
    assert rules_of_both({"changes": {"rules": [{"when": "moon"}]}}, table(LOOSE)) == (LOOSE,)
    assert rules_of_both({}, {}) == DEFAULT_RULES


def test_by_default_switching_analyses_off_is_no_way_past_a_validation():
    """A high finding that nobody judges any more weighs what it weighed."""
    old, new = run(findings=(finding("A", severity="high"),)), run(findings=(finding("A", "not run"),))
    assert compare(old, new, rescored=Rescored(1000, 0, 0, 0, (0.0, 0.004), 0.0)).materiality.verdict == "re-validate"


def test_what_could_not_be_judged_is_part_of_the_verdict():
    rules = [rule("score_shift", "notify", above=0.1), rule("code_changed", "log")]
    other = run(libraries={})
    doubtful = compare(run(), other, rules=rules, rescored="the rows are gone").materiality
    assert (doubtful.verdict, doubtful.told) == ("log", "log at least")
    assert doubtful.reason == "no rule fired; not judged, and asking for up to notify: Rule"
    assert compare(run(), run(), rules=rules, rescored="the rows are gone").materiality.told == "log", "nothing changed"
    sure = compare(run(), other, rules=rules, rescored=RESCORED).materiality
    assert (sure.told, sure.reason) == ("notify", "Rule: index 0.120")
    # a rule that asks for less than what fired anyway raises no doubt
    graver = [rule("metric_beyond_interval", metrics=[AUC]), *rules]
    assert compare(BASE, MOVED, rules=graver, rescored="the rows are gone").materiality.told == "re-validate"


def test_metrics_that_neither_version_has_raise_no_doubt():
    rules = [rule("metric_beyond_interval", metrics=["fairness.*"])]
    assert compare(run(), run(), rules=rules).materiality.told == "log"
    had = run(metrics=(metric("fairness.air.lowest", 0.8, (0.7, 0.9)),))
    assert compare(had, run(), rules=rules).materiality.told == "log at least"
