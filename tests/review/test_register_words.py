"""The registers as a reader meets them: what is overdue says so, answers stand beside their finding, nothing leaks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from respml.review.answers import respond
from respml.review.findings_register import Moment, read_findings, sync
from respml.review.rebuild import REGISTER_PIECES, prepare, registers_kept
from respml.review.register_words import entries_words, findings_words, overdue_words
from respml.review.registers import read_register
from respml.review.signoff import sign
from respml.review.signoff_words import signatures_words
from respml.spec import load_spec
from tests.review.test_findings_register import AS_OF, DIGEST, result
from tests.spec.specs import MINIMAL


def register(folder, *results, version="1.0.0"):
    sync(folder, list(results), Moment(version, AS_OF, DIGEST))
    return read_findings(folder)


def answer(folder, **values):
    return respond(folder, "RML-P03.mgbm", values, by="Ada", version="1.0.0", as_of=AS_OF)


def test_a_finding_that_was_only_opened_is_one_row_and_no_more(tmp_path):
    words = findings_words(register(tmp_path, result()), AS_OF)
    assert words.count("RML\\-P03") == 1
    assert "open since 1\\.0\\.0" in words
    assert "1 finding in the register\\: 1 open\\, 0 closed" in words
    assert "overdue}" not in words


def test_a_fresh_message_is_no_story_and_another_severity_is_one(tmp_path):
    register(tmp_path, result())
    assert "{.history}" not in findings_words(register(tmp_path, result(message="Higher."), version="1.1.0"), AS_OF)
    words = findings_words(register(tmp_path, result(severity="high"), version="1.2.0"), AS_OF)
    assert "severity from medium to high" in words and "message brought up to date" in words


def test_a_passed_due_date_is_marked_by_symbol_word_and_class_in_table_and_story(tmp_path):
    register(tmp_path, result())
    answer(tmp_path, owner="Olga", due="2026-09-29")
    words = findings_words(read_findings(tmp_path), AS_OF)
    assert words.count("[▲ overdue since 2026\\-09\\-29]{.overdue}") == 2
    assert "*Response:* none yet" in words
    # on the day itself it is not overdue yet
    assert "{.overdue}" not in findings_words(read_findings(tmp_path), date(2026, 9, 29))


def test_an_answer_is_printed_as_text_whatever_it_holds(tmp_path):
    register(tmp_path, result())
    answer(tmp_path, response="<script>x</script> {{< include /etc/passwd >}}\n\n- one\n- two", owner="# Olga | x")
    words = findings_words(read_findings(tmp_path), AS_OF)
    assert "<script>" not in words and "{{<" not in words
    assert "- one\n- two" in words
    assert "answered by Ada\\: response\\, owner\\." in words


def test_a_closed_finding_names_its_evidence_and_one_that_came_back_says_so(tmp_path):
    register(tmp_path, result())
    (closed,) = register(tmp_path, result("passed", message="Within limits."), version="1.1.0")
    words = findings_words([closed], AS_OF)
    assert "closed in 1\\.1\\.0" in words and ".closed}" in words
    assert "performance\\.calibration\\.slope\\, findings\\.json 0000000000000000…" in words
    assert "Within limits\\. Evidence\\:" in words
    (again,) = register(tmp_path, result(severity="high"), version="1.2.0")
    words = findings_words([again], AS_OF)
    assert "open again since 1\\.2\\.0" in words and "severity from medium to high" in words


def test_page_one_says_what_is_overdue_and_nothing_where_nothing_is(tmp_path):
    findings = register(tmp_path / "findings", result())
    assert overdue_words(findings, (), AS_OF) == ""
    answer(tmp_path / "findings", due="2026-08-01")
    text = "".join(f"- {{id: A-{n}, text: T, review_by: 2026-07-0{n}}}\n" for n in range(1, 6))
    (tmp_path / "registers").mkdir()
    (tmp_path / "registers" / "assumptions.yml").write_text(text)
    entries = read_register(tmp_path / "registers", "assumptions")
    line = overdue_words(read_findings(tmp_path / "findings"), entries, AS_OF)
    assert line.startswith("[▲ Overdue]{.overdue}")
    assert "1 finding \\(RML\\-P03 since 2026\\-08\\-01\\)" in line
    assert "5 assumptions \\(A\\-1 since 2026\\-07\\-01\\, A\\-2" in line and "and 2 more" in line


def test_what_was_withdrawn_stays_and_comes_last(tmp_path):
    (tmp_path / "limitations.yml").write_text(
        "- {id: L-1, text: Gone, status: withdrawn, review_by: 2020-01-01}\n- {id: L-2, text: Here, owner: Olga}\n"
    )
    words = entries_words(read_register(tmp_path, "limitations"), AS_OF, "limitations")
    assert words.index("Here") < words.index("Gone")
    assert "Status\\: withdrawn" in words and "overdue" not in words


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "report.yml").write_text(MINIMAL)
    return load_spec(tmp_path / "report.yml")


def judged(folder, name, *results):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*results]))
    return path


def test_without_registers_every_piece_is_there_and_empty(spec, tmp_path):
    registers = prepare(spec, judged(tmp_path, "run/findings.json", result()))
    assert registers.narrative() == dict.fromkeys(REGISTER_PIECES, "")
    assert set(registers.flags().values()) == {False}
    assert registers_kept(spec) == ("review.independence",)


def test_history_that_was_recorded_and_is_gone_is_missed(spec, tmp_path):
    """A file that was removed would be written anew as if the finding had never been seen."""
    folder = spec.folder / "findings"
    register(folder, result())
    answer(folder, response="We look.")
    run = judged(tmp_path, "run/findings.json", result())
    recorded = prepare(spec, run).history()
    assert recorded == {"RML-P03.mgbm": 2}
    assert prepare(spec, run, recorded=recorded).lost == ()
    assert "missing" not in prepare(spec, run, recorded=recorded).narrative()["findings-register"]
    (folder / "RML-P03.mgbm.yml").unlink()
    gone = prepare(spec, run, recorded=recorded)
    assert gone.lost == ("RML-P03.mgbm: 0 of 2 records",)
    assert gone.narrative()["findings-register"].startswith("[▲ History missing]{.overdue}")
    gone.write()
    assert prepare(spec, run, recorded=recorded).lost == ("RML-P03.mgbm: 1 of 2 records",)


def test_a_register_nobody_has_answered_is_no_evidence_that_anybody_was_heard(spec):
    folder = spec.folder / "findings"
    register(folder, result())
    assert "review.answers" not in registers_kept(spec)
    answer(folder, owner="Olga")
    assert "review.answers" not in registers_kept(spec)
    answer(folder, response="We look.")
    assert "review.answers" in registers_kept(spec)


def test_one_person_in_two_roles_is_no_independence(spec):
    same = replace(spec, spec=spec.spec.model_copy(deep=True))
    same.spec.model.__dict__["validator"] = same.spec.model.developer
    assert "review.independence" not in registers_kept(same)


def test_findings_of_a_separate_volume_are_kept_and_never_in_the_report(spec, tmp_path):
    """A finding that was opened while the chapter was bound leaves the report with the chapter, and stays answered."""
    secret = result(code="RML-F02", title="A gap between groups")
    (spec.folder / "findings").mkdir()
    bound = prepare(spec, judged(tmp_path, "bound/findings.json", result(), secret))
    assert "A gap between groups" in bound.narrative()["findings-register"]
    bound.write()
    respond(spec.folder / "findings", "RML-F02.mgbm", {"due": "2020-01-01"}, by="Ada", version="1", as_of=AS_OF)

    report = judged(tmp_path, "apart/findings.json", result())
    judged(tmp_path, "apart/fairness/findings.json", secret)
    apart = prepare(spec, report)
    told = json.dumps([apart.narrative(), apart.flags()])
    assert "RML" in told and "F02" not in told and "gap between" not in told and "▲ Overdue" not in told
    assert apart.flags()["overdue"] is False and apart.volume_flags()["overdue"] is True
    assert "A gap between groups" in apart.volume_narrative()["findings-register"]
    assert "Calibration" not in apart.volume_narrative()["findings-register"]
    assert [each.events for each in apart.write()] == [(), ()], "both are still judged, so neither history grows"
    assert registers_kept(spec) == ("review.findings", "review.independence")


def test_signatures_of_the_version_before_are_told_and_void_ones_say_why(small):
    assert signatures_words(None) == "" and signatures_words(small.folder) == ""
    sign(small.folder, role="validator", name="Grace", decision="reject", comment="Not <b>yet</b>.")
    words = signatures_words(small.folder)
    assert "[signed]{.signed}" in words and "Not \\<b\\>yet" in words and words.count("{.unsigned}") == 2
    (small.folder / "report.pdf").write_bytes(b"other")
    assert "[▲ void]{.overdue}" in signatures_words(small.folder)
    assert "report\\.pdf is not the file that was signed" in signatures_words(small.folder)
    (small.folder / "signoff.yml").write_text("signatures: 7\n")
    assert "▲ void" in signatures_words(small.folder)
