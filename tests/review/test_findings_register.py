"""Findings open, update, close and re-open; what people wrote and what happened stays."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from respml.errors import InputError
from respml.review.answers import respond
from respml.review.findings_register import Moment, finding_id, overdue, plan, read_findings, sync
from respml.review.yaml_edit import read_text, write_atomically

DIGEST = "0" * 64
AS_OF = date(2026, 9, 30)


def moment(version: str = "1.0.0", as_of: date = date(2026, 9, 30)) -> Moment:
    return Moment(version, as_of, DIGEST)


def result(state: str = "finding", severity: str | None = "medium", message: str = "Too high.", **more) -> dict:
    return {
        "code": "RML-P03",
        "subject": "mgbm",
        "title": "Calibration",
        "state": state,
        "severity": severity if state == "finding" else None,
        "message": message,
        "remediation": "Recalibrate.",
        "evidence": ["performance.calibration.slope"],
        **more,
    }


def content(folder) -> dict:
    return yaml.safe_load((folder / "RML-P03.mgbm.yml").read_text(encoding="utf-8"))


def events(folder) -> list[str]:
    return [each["event"] for each in content(folder)["history"]]


def test_a_finding_opens_a_file_under_its_check_and_subject(tmp_path):
    sync(tmp_path, [result(), result(code="RML-P01", state="passed")], moment())
    assert [each.name for each in tmp_path.iterdir()] == ["RML-P03.mgbm.yml"]
    found = content(tmp_path)
    assert (found["id"], found["status"], found["severity"]) == ("RML-P03.mgbm", "open", "medium")
    assert found["history"] == [
        {
            "event": "opened",
            "version": "1.0.0",
            "as_of": date(2026, 9, 30),
            "severity": "medium",
            "message": "Too high.",
            "findings": DIGEST,
        }
    ]


def test_the_same_build_again_changes_no_byte(tmp_path):
    sync(tmp_path, [result()], moment())
    before = (tmp_path / "RML-P03.mgbm.yml").read_bytes()
    (change,) = sync(tmp_path, [result()], moment())
    assert change.events == ()
    assert (tmp_path / "RML-P03.mgbm.yml").read_bytes() == before


def test_planning_writes_nothing(tmp_path):
    (change,) = plan(tmp_path / "findings", [result()], moment())
    assert change.finding.text("title") == "Calibration"
    assert not (tmp_path / "findings").exists()


def test_a_finding_closes_with_evidence_and_opens_again(tmp_path):
    sync(tmp_path, [result()], moment())
    sync(tmp_path, [result("passed", message="Within limits.")], moment("1.1.0"))
    closing = content(tmp_path)["history"][-1]
    assert content(tmp_path)["status"] == "closed"
    assert (closing["event"], closing["version"], closing["message"]) == ("closed", "1.1.0", "Within limits.")
    assert (closing["evidence"], closing["findings"]) == (["performance.calibration.slope"], DIGEST)
    sync(tmp_path, [result(severity="high")], moment("1.2.0"))
    assert events(tmp_path) == ["opened", "closed", "re-opened"]
    assert (content(tmp_path)["status"], content(tmp_path)["severity"]) == ("open", "high")


@pytest.mark.parametrize("state", ["not run", "muted", "not applicable"])
def test_a_check_that_did_not_judge_closes_nothing(tmp_path, state):
    sync(tmp_path, [result()], moment())
    for version in ("1.1.0", "1.2.0"):
        sync(tmp_path, [result(state, message="Switched off.")], moment(version))
    assert content(tmp_path)["status"] == "open"
    assert events(tmp_path) == ["opened", "not judged"], "the same reason is told once"


def test_a_finding_about_another_champion_is_not_judged_and_stays(tmp_path):
    sync(tmp_path, [result()], moment())
    sync(tmp_path, [result(subject="gbm")], moment("1.1.0"))
    assert {each.id for each in read_findings(tmp_path)} == {"RML-P03.mgbm", "RML-P03.gbm"}
    assert content(tmp_path)["history"][-1]["reason"] == "The run documents gbm, not mgbm."


def test_an_update_keeps_what_was_before_in_the_history(tmp_path):
    sync(tmp_path, [result()], moment())
    path = tmp_path / "RML-P03.mgbm.yml"
    path.write_text(path.read_text().replace('severity: "medium"', "severity: low  # agreed with the board", 1))
    sync(tmp_path, [result(severity="high")], moment("1.1.0"))
    assert content(tmp_path)["history"][-1]["changed"] == {"severity": ["low", "high"]}
    assert "# agreed with the board" in path.read_text()


def test_closing_by_hand_holds_only_while_the_check_agrees(tmp_path):
    sync(tmp_path, [result()], moment())
    path = tmp_path / "RML-P03.mgbm.yml"
    path.write_text(path.read_text().replace('status: "open"', "status: closed"))
    sync(tmp_path, [result()], moment("1.1.0"))
    assert content(tmp_path)["status"] == "open"
    assert content(tmp_path)["history"][-1]["closed_by_hand"] is True


def test_a_status_of_ones_own_stays_while_the_finding_does(tmp_path):
    sync(tmp_path, [result()], moment())
    path = tmp_path / "RML-P03.mgbm.yml"
    path.write_text(path.read_text().replace('status: "open"', "status: accepted until June"))
    sync(tmp_path, [result(message="Still too high.")], moment("1.1.0"))
    assert content(tmp_path)["status"] == "accepted until June"
    assert read_findings(tmp_path)[0].is_open


def test_comments_unknown_keys_and_line_ends_survive_an_update(tmp_path):
    sync(tmp_path, [result()], moment())
    path = tmp_path / "RML-P03.mgbm.yml"
    human = "# ours\nticket: [MRM-12, 'x']   # see there\nresponse: |\n  We look.\n  # not a comment\n"
    text = path.read_text().replace("response:\n", "") + human
    path.write_bytes(text.replace("\n", "\r\n").encode())
    sync(tmp_path, [result(message="Other.")], moment("1.1.0"))
    raw = path.read_bytes()
    assert human.replace("\n", "\r\n").encode() in raw
    assert b"\r\n" in raw
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_a_due_date_before_as_of_is_overdue_while_open(tmp_path):
    sync(tmp_path, [result()], moment())
    respond(tmp_path, "RML-P03.mgbm", {"due": "2026-09-29"}, by="A", version="1.0.0", as_of=date(2026, 9, 30))
    found = read_findings(tmp_path)
    assert [each.id for each in overdue(found, date(2026, 9, 30))] == ["RML-P03.mgbm"]
    assert overdue(found, date(2026, 9, 29)) == ()
    sync(tmp_path, [result("passed")], moment("1.1.0"))
    assert overdue(read_findings(tmp_path), date(2026, 9, 30)) == ()


def test_an_answer_over_an_answer_keeps_the_first_word_for_word(tmp_path):
    sync(tmp_path, [result()], moment())
    say = {"by": "Ada", "version": "1.0.0", "as_of": date(2026, 9, 30)}
    respond(tmp_path, "RML-P03.mgbm", {"response": 'First: "é"\nline two'}, **say)
    respond(tmp_path, "RML-P03.mgbm", {"response": "Second", "owner": ""}, **say)
    found = content(tmp_path)
    assert (found["response"], found["owner"]) == ("Second", None)
    assert found["history"][-1]["replaced"] == {"response": 'First: "é"\nline two'}
    assert found["history"][-1]["by"] == "Ada"


@pytest.mark.parametrize(
    ("id", "values", "by"),
    [
        ("RML-X.none", {"response": "x"}, "A"),
        ("RML-P03.mgbm", {"status": "closed"}, "A"),
        ("RML-P03.mgbm", {"due": "soon"}, "A"),
        ("RML-P03.mgbm", {"response": "x"}, " "),
    ],
)
def test_answers_that_cannot_be_kept_are_refused(tmp_path, id, values, by):
    sync(tmp_path, [result()], moment())
    before = (tmp_path / "RML-P03.mgbm.yml").read_bytes()
    with pytest.raises(InputError):
        respond(tmp_path, id, values, by=by, version="1", as_of=date(2026, 1, 1))
    assert (tmp_path / "RML-P03.mgbm.yml").read_bytes() == before


def test_one_broken_file_stops_the_sync_before_anything_is_written(tmp_path):
    sync(tmp_path, [result()], moment())
    (tmp_path / "RML-A01.mgbm.yml").write_text("id: [")
    before = (tmp_path / "RML-P03.mgbm.yml").read_bytes()
    with pytest.raises(InputError, match=r"RML-A01\.mgbm\.yml, line 1"):
        sync(tmp_path, [result("passed")], moment("1.1.0"))
    assert (tmp_path / "RML-P03.mgbm.yml").read_bytes() == before


def test_two_files_with_one_id_are_refused(tmp_path):
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text("id: X.y\nhistory: []\n")
    with pytest.raises(InputError, match=r"a\.yml and b\.yml"):
        read_findings(tmp_path)


def test_a_hostile_subject_makes_no_path():
    assert finding_id(result(subject="../../etc/Pass wd")) == "RML-P03.etc-pass-wd"


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40)
# a file a person types into holds what YAML allows; control characters can only come through the page's forms
typed = st.text(st.characters(categories=["L", "N", "P", "S"], max_codepoint=0xFFFF), min_size=1, max_size=25).filter(
    lambda text: text.isprintable()
)


class Register(RuleBasedStateMachine):
    """Edit, build, respond, rebuild in any order: an independent record of all that was written must be found again."""

    @initialize()
    def begin(self):
        import tempfile
        from pathlib import Path

        self.kept = tempfile.TemporaryDirectory()
        self.folder = Path(self.kept.name) / "findings"
        self.said: list[tuple[str, str]] = []
        self.comments: list[tuple[str, str]] = []
        self.histories: dict[str, list[dict]] = {}
        self.number = 0

    def teardown(self):
        if hasattr(self, "kept"):
            self.kept.cleanup()

    def files(self):
        return sorted(self.folder.glob("*.yml"))

    @rule(
        states=st.lists(
            st.sampled_from(["finding", "observation", "passed", "not run", "muted", "not applicable", "gone"]),
            min_size=3,
            max_size=3,
        ),
        severities=st.lists(st.sampled_from(["high", "medium", "low"]), min_size=3, max_size=3),
        subject=st.sampled_from(["mgbm", "gbm"]),
        message=words,
        again=st.booleans(),
    )
    def build(self, states, severities, subject, message, again):
        if not again:
            self.number += 1
        results = [
            result(state, severity, message, code=f"RML-T0{place}", subject=subject)
            for place, (state, severity) in enumerate(zip(states, severities, strict=True))
            if state != "gone"
        ]
        sync(self.folder, results, moment(f"1.{self.number}.0"))
        open_now = {finding_id(each) for each in results if each["state"] == "finding"}
        assert open_now <= {each.id for each in read_findings(self.folder) if each.is_open}
        passed = {finding_id(each) for each in results if each["state"] in ("passed", "observation")}
        assert not passed & {each.id for each in read_findings(self.folder) if each.is_open}

    @rule(
        data=st.data(),
        key=st.sampled_from(["response", "owner", "compensating_control", "closure_evidence"]),
        text=words,
    )
    def answer(self, data, key, text):
        if not self.files() or not text.strip():
            return
        path = data.draw(st.sampled_from(self.files()))
        id = yaml.safe_load(path.read_text(encoding="utf-8"))["id"]
        respond(self.folder, id, {key: text}, by="Ada", version=f"1.{self.number}.0", as_of=date(2026, 9, 30))
        self.said.append((path.name, text))

    @rule(data=st.data(), text=typed, place=st.sampled_from(["top", "end", "key", "line"]))
    def edit(self, data, text, place):
        if not self.files():
            return
        path = data.draw(st.sampled_from(self.files()))
        old = read_text(path)
        if place == "key":
            key = f"own_{len(self.said)}"
            write_atomically(
                path, f"{old}{key}: {yaml.safe_dump(text, allow_unicode=True, width=1000).splitlines()[0]}\n"
            )
            self.said.append((path.name, text))
            return
        comment = f"# {text}"
        if place == "line":
            lines = old.split("\n")
            chosen = data.draw(
                st.sampled_from([n for n, line in enumerate(lines) if line and not line.startswith("#")])
            )
            lines[chosen] += f"  {comment}"
            write_atomically(path, "\n".join(lines))
        else:
            write_atomically(path, f"{comment}\n{old}" if place == "top" else f"{old}{comment}\n")
        self.comments.append((path.name, comment))

    @invariant()
    def no_human_word_is_lost(self):
        if not hasattr(self, "folder"):
            return
        texts = {path.name: read_text(path) for path in self.files()}
        loaded = {name: yaml.safe_load(text) for name, text in texts.items()}
        for name, text in self.said:
            assert text in list(strings(loaded[name])), f"{text!r} is gone from {name}"
        for name, comment in self.comments:
            assert comment in texts[name]

    @invariant()
    def histories_only_grow(self):
        if not hasattr(self, "folder"):
            return
        for finding in read_findings(self.folder):
            history = finding.content["history"]
            before = self.histories.get(finding.id, [])
            assert history[: len(before)] == before
            self.histories[finding.id] = history
        assert {each.id for each in read_findings(self.folder)} == set(self.histories)


def strings(value):
    """Every text within a loaded file."""
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


TestRegister = Register.TestCase
TestRegister.settings = settings(max_examples=200, stateful_step_count=12, deadline=None)
