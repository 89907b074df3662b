"""A version that is built again after a later one sees the registers as they were, and what people wrote since."""

from __future__ import annotations

import pytest

from respml.review.answers import respond
from respml.review.earlier import entries_before, findings_before, judged_in_memory, later_than, latest
from respml.review.findings_register import Moment, read_findings, sync
from respml.review.registers import plan_register, read_register
from tests.review.test_findings_register import AS_OF, DIGEST, result

FIRST, SECOND, THIRD = (Moment(version, AS_OF, DIGEST) for version in ("1.9", "1.10", "2.0"))
LATER = later_than("1.9", None)


def states(findings):
    return [(each.id, each.text("status"), each.text("severity"), len(each.content["history"])) for each in findings]


@pytest.mark.parametrize(
    ("version", "previous", "other", "expected"),
    [
        ("1.9", None, "1.10", True),
        ("1.10", None, "1.9", False),
        ("1.9", None, "1.9", False),
        ("1.1", None, "1.1-draft", False),
        # a correction of an old line that follows the new one comes after it, whatever its number
        ("1.9.1", "2.0", "2.0", False),
        ("1.9.1", "2.0", "1.10", False),
        ("1.9.1", "2.0", "2.1", True),
    ],
)
def test_what_comes_after_a_version(version, previous, other, expected):
    assert later_than(version, previous)(other) is expected


@pytest.mark.parametrize(
    "later",
    [
        [result("passed", message="Within limits.")],
        [result(severity="high", message="Worse.")],
        [],
        [result("muted", message="Muted because of that.")],
        [result("passed", message="Within limits."), result(code="RML-P01", title="Another")],
    ],
)
def test_what_a_later_version_did_is_left_out(tmp_path, later):
    sync(tmp_path, [result()], FIRST)
    before = read_findings(tmp_path)
    sync(tmp_path, later, SECOND)
    sync(tmp_path, [result(severity="low", message="Again.")], THIRD)
    assert states(read_findings(tmp_path)) != states(before)
    assert latest(read_findings(tmp_path), (), LATER) == "2.0"
    rolled = findings_before(read_findings(tmp_path), LATER)
    assert [each.content for each in rolled] == [each.content for each in before]
    # judged again as it was then, nothing is new
    assert [each.content for each in judged_in_memory(rolled, [result()], FIRST)] == [each.content for each in before]


def test_a_closed_finding_that_a_later_version_opened_again_is_closed(tmp_path):
    sync(tmp_path, [result()], FIRST)
    sync(tmp_path, [result("passed", message="Within limits.")], SECOND)
    before = read_findings(tmp_path)
    sync(tmp_path, [result(severity="high")], THIRD)
    rolled = findings_before(read_findings(tmp_path), later_than("1.10", None))
    assert [each.content for each in rolled] == [each.content for each in before]
    assert rolled[0].text("status") == "closed"


def test_what_a_person_wrote_since_stays(tmp_path):
    sync(tmp_path, [result()], FIRST)
    sync(tmp_path, [result("passed", message="Within limits.")], SECOND)
    respond(tmp_path, "RML-P03.mgbm", {"response": "We look."}, by="Ada", version="1.10", as_of=AS_OF)
    (rolled,) = findings_before(read_findings(tmp_path), LATER)
    assert rolled.is_open and rolled.text("response") == "We look."
    assert [each["event"] for each in rolled.content["history"]] == ["opened", "answered"]


def test_a_result_that_was_not_there_then_opens_a_finding_in_memory_alone(tmp_path):
    sync(tmp_path, [result(code="RML-P01", title="Another")], SECOND)
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    shown = judged_in_memory(findings_before(read_findings(tmp_path), LATER), [result()], FIRST)
    assert states(shown) == [("RML-P03.mgbm", "open", "medium", 1)]
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_a_build_from_within_the_register_judges_as_one_from_elsewhere(tmp_path, monkeypatch):
    sync(tmp_path, [result()], FIRST)
    sync(tmp_path, [result(severity="high")], SECOND)
    rolled = findings_before(read_findings(tmp_path), LATER)
    elsewhere = judged_in_memory(rolled, [result()], FIRST)
    monkeypatch.chdir(tmp_path)
    assert judged_in_memory(rolled, [result()], FIRST) == elsewhere
    # one that only the later version opened is opened anew, though a file of its name lies here
    assert states(judged_in_memory((), [result()], FIRST)) == [("RML-P03.mgbm", "open", "medium", 1)]


def test_lines_that_a_later_spec_stated_first_are_left_out(tmp_path):
    plan_register(tmp_path, "limitations", ["One"], "1.9", AS_OF).write()
    plan_register(tmp_path, "limitations", ["Two"], "1.10", AS_OF).write()
    with (tmp_path / "limitations.yml").open("a") as stream:
        stream.write("- {id: mine, text: A person's}\n")
    again = plan_register(tmp_path, "limitations", ["One"], "1.9", AS_OF)
    told = [(each.text("text"), each.in_force) for each in entries_before(again.entries, LATER)]
    assert told == [("One", True), ("A person's", True)]
    assert latest((), read_register(tmp_path, "limitations"), LATER) == "1.10"
