"""Opened, re-opened, closed, changed in severity: and what is none of these."""

from __future__ import annotations

import pytest

from respml.review.findings_changes import compare_findings, findings_frame
from tests.review.runs import finding

CODE = "RML-P01"


def state(old, new, earlier=()):
    (change,) = compare_findings(old, new, earlier)
    return change.state


def test_a_new_finding_is_opened():
    assert state([finding(CODE, "passed")], [finding(CODE)]) == "opened"
    assert state([], [finding(CODE)]) == "opened"


def test_it_is_re_opened_when_a_version_before_had_it():
    assert state([finding(CODE, "passed")], [finding(CODE)], [[finding(CODE)]]) == "re-opened"
    assert state([finding(CODE, "passed")], [finding(CODE)], [[finding(CODE, "observation")]]) == "opened"
    # open all along: a version before says nothing new
    assert state([finding(CODE)], [finding(CODE)], [[finding(CODE)]]) == "open"


@pytest.mark.parametrize("now", ["passed", "observation"])
def test_it_is_closed_only_where_the_check_judged_again(now):
    assert state([finding(CODE)], [finding(CODE, now)]) == "closed"


@pytest.mark.parametrize("now", ["muted", "not run", "not applicable"])
def test_silence_closes_nothing(now):
    assert state([finding(CODE)], [finding(CODE, now)]) == "not judged"


def test_a_check_that_no_longer_exists_closes_nothing():
    assert state([finding(CODE)], []) == "not judged"


def test_severity_rises_and_falls():
    assert state([finding(CODE, severity="low")], [finding(CODE, severity="high")]) == "raised"
    assert state([finding(CODE, severity="high")], [finding(CODE, severity="medium")]) == "lowered"


def test_checks_that_never_made_a_finding_are_left_out():
    assert compare_findings([finding(CODE, "passed")], [finding(CODE, "observation")]) == ()


def test_what_needs_attention_comes_first():
    old = [finding("RML-A01"), finding("RML-B01"), finding("RML-C01", "passed"), finding("RML-D01", "passed")]
    new = [finding("RML-A01"), finding("RML-B01", "passed"), finding("RML-C01", severity="low"), finding("RML-D01")]
    frame = findings_frame(compare_findings(old, new))
    assert list(frame["code"]) == ["RML-D01", "RML-C01", "RML-B01", "RML-A01"]
    assert list(frame["state"]) == ["opened", "opened", "closed", "open"]
