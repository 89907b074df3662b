"""Clauses are answered from evidence that is there, and never called met."""

from __future__ import annotations

from pathlib import Path

import pytest

from respml.checks.requirements import profile_from, profiles_for, read_profile, stated, trace
from respml.errors import InputError

FOLDER = Path(__file__).parents[2] / "report_templates" / "model_risk" / "requirements"


def profile(**changes):
    evidence = ["data.rows", "fairness"]
    clause = {"id": "X 1", "status": "current", "requirement": "Say it", "evidence": evidence, **changes}
    return profile_from(
        {
            "jurisdiction": "x",
            "title": "X",
            "as_of": "2026-01-01",
            "source": "https://example.org",
            "note": "",
            "clauses": [clause],
        },
        "x",
    )


@pytest.mark.parametrize(
    ("ids", "answer"),
    [
        ({"data.rows", "fairness.air"}, "provided"),
        ({"data.rows"}, "partial"),
        ({"fairness.air"}, "partial"),
        (set(), "not evidenced"),
        ({"data.rows_more", "unfairness.air"}, "not evidenced"),
    ],
)
def test_the_answer_follows_the_evidence_that_is_there(ids, answer):
    assert trace(profile(), ids, {})[0].answer == answer


def test_what_lies_outside_the_document_makes_it_partial():
    traced = trace(profile(needs="The inventory"), {"data.rows", "fairness.air"}, {})[0]
    assert traced.answer == "partial"
    assert "The inventory" in traced.reason


def test_a_standing_reason_makes_it_not_applicable():
    assert trace(profile(not_applicable="no such thing"), {"data.rows"}, {})[0].answer == "not applicable"


def test_a_condition_of_the_spec_decides_whether_a_clause_applies():
    clause = profile(applies_if="spec:candidates.external", not_applicable="nothing was made elsewhere")
    everything = {"data.rows", "fairness.air"}
    without = stated([clause], {"candidates": {"external": {}}})
    traced = trace(clause, everything | set(without), {})[0]
    assert (traced.answer, traced.reason) == ("not applicable", "nothing was made elsewhere")
    vendor = stated([clause], {"candidates": {"external": {"vendor": {"path": "x"}}}})
    assert trace(clause, everything | set(vendor), {})[0].answer == "provided"


def test_evidence_in_another_volume_is_said_to_be_there():
    everything = {"data.rows", "fairness.air"}
    assert trace(profile(), everything, {}, ["fairness"])[0].reason == "fairness is printed in a separate volume"
    assert trace(profile(), everything, {}, ["reasons"])[0].reason == ""


def test_an_analysis_switched_off_is_named_with_its_reason():
    traced = trace(profile(), {"data.rows"}, {"fairness": "under separate cover"})[0]
    assert "under separate cover" in traced.reason


@pytest.mark.parametrize(
    ("off", "answer", "reason"),
    [
        ({"fairness": "tier low: small"}, "not run", "fairness not run: tier low: small"),
        ({"fairness": "No groups"}, "not run", "fairness is switched off: No groups"),
        ({"fairness": "not applicable: no model object"}, "not evidenced", "fairness not applicable: no model object"),
        ({"data": "tier low: small"}, "not evidenced", ""),
    ],
)
def test_where_nothing_ran_the_answer_says_whether_it_could_have(off, answer, reason):
    traced = trace(profile(evidence=["fairness"]), set(), off)[0]
    assert (traced.answer, traced.reason) == (answer, reason)
    half = trace(profile(evidence=["fairness", "data.rows"]), set(), off)[0]
    assert half.answer == "not evidenced", "what is missing for no stated reason is not covered by another's reason"


def test_spec_fields_count_only_where_something_is_said():
    one = profile(evidence=["spec:model.use", "spec:model.tier", "spec:model.gone"])
    assert stated([one], {"model": {"use": "ranking", "tier": "not stated"}}) == ("spec:model.use",)


def test_an_unknown_status_is_refused():
    with pytest.raises(InputError, match="status 'curent'"):
        profile(status="curent")


def test_a_broken_profile_is_one_line(tmp_path):
    (tmp_path / "x.yml").write_text("clauses: 3")
    with pytest.raises(InputError) as caught:
        read_profile(tmp_path / "x.yml")
    assert "\n" not in caught.value.line()


def test_every_shipped_profile_reads_and_names_its_source():
    profiles = [read_profile(path) for path in sorted(FOLDER.glob("*.yml"))]
    assert {each.jurisdiction for each in profiles} >= {"us-federal", "uk", "eu", "canada"}
    for each in profiles:
        assert each.source.startswith("https://")
        assert len({clause.id for clause in each.clauses}) == len(each.clauses)


def test_no_requirement_promises_compliance():
    text = " ".join(path.read_text(encoding="utf-8").lower() for path in FOLDER.glob("*.yml"))
    assert "complian" not in text and "compliant" not in text


def test_profiles_come_in_the_order_of_the_spec():
    assert [each.jurisdiction for each in profiles_for(FOLDER, ["uk", "nowhere", "us-federal"])] == ["uk", "us-federal"]
