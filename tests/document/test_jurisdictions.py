"""The law of a day: which profile applies, what it says, and what is said where there is none."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from respml.document.jurisdictions import (
    SECTIONS,
    Clause,
    Profile,
    choose_profiles,
    jurisdiction_narrative,
    read_profiles,
)
from respml.errors import InputError
from respml.resources import template_folder

TEMPLATE = template_folder("model_risk", Path(__file__).parent)
AFTER = date(2026, 9, 30)


@pytest.fixture(scope="module")
def profiles() -> tuple[Profile, ...]:
    return read_profiles(TEMPLATE)


def clause(**changes: object) -> Clause:
    entry = {
        "id": "c",
        "title": "Clause",
        "paraphrase": "Says so.",
        "status": "current",
        "as_of": date(2026, 11, 22),
        "source": "https://example.org/c",
        "evidence": "R",
    }
    return Clause.model_validate({**entry, **changes})


def test_the_shipped_profiles_are_valid_and_dated(profiles: tuple[Profile, ...]) -> None:
    assert {each.jurisdiction for each in profiles} == {"us-federal", "us-new-jersey", "uk", "eu"}
    assert all(set(each.sections) == set(SECTIONS) for each in profiles)


@pytest.mark.parametrize(
    ("day", "id"),
    [
        (date(2026, 7, 20), "us-federal-before-2026-07-21"),
        (date(2026, 7, 21), "us-federal-from-2026-07-21"),
        (date(2030, 1, 1), "us-federal-from-2026-07-21"),
    ],
)
def test_federal_law_changes_on_the_day_the_rule_takes_effect(
    profiles: tuple[Profile, ...], day: date, id: str
) -> None:
    chosen, missing = choose_profiles(profiles, ["us-federal"], day)
    assert [each.id for each in chosen] == [id] and missing == ()


def test_no_two_profiles_of_a_jurisdiction_cover_the_same_day(profiles: tuple[Profile, ...]) -> None:
    for each in profiles:
        chosen, _ = choose_profiles(profiles, [each.jurisdiction], each.valid_from)
        assert len(chosen) == 1


def test_what_no_profile_covers_is_said_and_not_guessed(profiles: tuple[Profile, ...]) -> None:
    chosen, missing = choose_profiles(profiles, ["atlantis", "us-new-jersey"], date(2020, 1, 1))
    assert chosen == () and missing == ("atlantis", "us-new-jersey")
    words = jurisdiction_narrative(profiles, ["atlantis"], AFTER, 0.8)
    assert "No profile is held for atlantis" in words["law-summary"]
    assert "No profile applies" in words["law-proxies"]


def test_a_section_that_is_not_asked_for_says_so(profiles: tuple[Profile, ...]) -> None:
    after = jurisdiction_narrative(profiles, ["us-federal"], AFTER, 0.8)
    before = jurisdiction_narrative(profiles, ["us-federal"], date(2026, 1, 1), 0.8)
    assert "not asked for" in after["law-alternatives"]
    assert "asked for indirectly" in before["law-alternatives"]
    both = jurisdiction_narrative(profiles, ["us-federal", "us-new-jersey"], AFTER, 0.8)
    assert "not asked for" in both["law-alternatives"] and "New Jersey" in both["law-alternatives"]


def test_the_limit_of_the_ratio_is_a_flag_with_its_provenance(profiles: tuple[Profile, ...]) -> None:
    text = jurisdiction_narrative(profiles, ["us-federal"], AFTER, 0.8)["law-threshold"]
    assert "Employee Selection" in text and "not a breach" in text
    assert "instead" not in text
    assert "uses 0\\.85 instead" in jurisdiction_narrative(profiles, ["us-federal"], AFTER, 0.85)["law-threshold"]
    assert "no numerical limit" in jurisdiction_narrative(profiles, ["uk"], AFTER, 0.8)["law-threshold"]


def test_a_duty_that_comes_later_is_told_by_the_date_of_the_document() -> None:
    later = clause(status="not yet applicable", applies_from=date(2027, 12, 2))
    assert later.status_on(AFTER) == "not yet applicable, from 2027-12-02"
    assert later.status_on(date(2028, 1, 1)) == "current since 2027-12-02"
    # recorded as current after the document's date, because it starts after it
    assert clause(applies_from=date(2026, 11, 20)).status_on(AFTER) == "not yet applicable, from 2026-11-20"
    assert clause(status="litigated").status_on(AFTER) == "litigated"


def test_every_cited_clause_is_in_the_table_with_source_and_grade(profiles: tuple[Profile, ...]) -> None:
    words = jurisdiction_narrative(profiles, ["us-federal", "eu"], AFTER, 0.8)
    chosen, _ = choose_profiles(profiles, ["us-federal", "eu"], AFTER)
    for each in (clause for profile in chosen for clause in profile.clauses):
        assert f"<{each.source}>" in words["law-clauses"]
    assert "general knowledge" in words["law-clauses"]


def broken(tmp_path: Path, old: str, new: str) -> Path:
    """A template folder with one profile, changed."""
    folder = tmp_path / "jurisdictions"
    folder.mkdir()
    shutil.copyfile(TEMPLATE / "jurisdictions" / "uk.yml", folder / "uk.yml")
    text = (folder / "uk.yml").read_text(encoding="utf-8")
    assert old in text
    (folder / "uk.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("asks: indirectly", "asks: perhaps", "sections"),
        ("clauses: [uk-equality-act-19, uk-equality-act-29]", "clauses: [nothing]", "'nothing' is cited"),
        ("valid_to: null", "valid_to: 2020-01-01", "before valid_from"),
        ("status: current", "status: fine", "status"),
        ("title: United Kingdom", "title: [", "YAML"),
        ("title: United Kingdom", "title: United Kingdom\nextra: 1", "extra"),
    ],
)
def test_a_profile_that_is_not_valid_is_refused_by_name(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(InputError, match=r"uk\.yml") as caught:
        read_profiles(broken(tmp_path, old, new))
    assert says in str(caught.value)


def test_text_of_a_profile_is_never_markup(tmp_path: Path) -> None:
    hostile = "title: '{{< include /etc/passwd >}} **x** <script>'"
    read = read_profiles(broken(tmp_path, "title: United Kingdom", hostile))
    words = jurisdiction_narrative(read, ["uk"], AFTER, 0.8)
    assert "\\<script\\>" in words["law-summary"]
    assert not any(re.search(r"\{\{<|(?<!\\)<script|(?<!\\)\*\*x", each) for each in words.values())


def test_a_template_without_profiles_has_none(tmp_path: Path) -> None:
    assert read_profiles(tmp_path) == ()


def test_what_nobody_read_is_marked_where_it_is_said(profiles: tuple[Profile, ...]) -> None:
    uk = jurisdiction_narrative(profiles, ["uk"], AFTER, 0.8)
    assert "indirect discrimination [R]" in uk["law-alternatives"].replace("\\", "")
    assert "2026-09-30. Marked R, 2 of 4 clauses: general knowledge" in uk["law-summary"].replace("\\", "")
    nj = jurisdiction_narrative(profiles, ["us-new-jersey"], AFTER, 0.8)
    assert "[R" not in nj["law-alternatives"].replace("\\", "") and "Marked R" not in nj["law-summary"]


def test_a_section_that_rests_on_later_duties_alone_is_not_asked_for_yet(profiles: tuple[Profile, ...]) -> None:
    for day, words in ((AFTER, "not yet asked for"), (date(2028, 1, 1), "asked for indirectly")):
        pieces = jurisdiction_narrative(profiles, ["eu"], day, 0.8)
        assert f"European Union: {words}." in pieces["law-error-rates"]
        # the directives of 2000 and 2004 apply already
        assert "European Union: asked for indirectly." in pieces["law-group-outcomes"]


def test_no_clause_cites_a_document_that_does_not_touch_it(profiles: tuple[Profile, ...]) -> None:
    # 91 FR 21620 amends 12 CFR 1002.4, 1002.6, 1002.8 and 1002.15 with their commentary, nothing else.
    for profile in profiles:
        for each in profile.clauses:
            if "2026-07804" in each.source:
                assert re.search(r"1002\.(4|6|8|15)\b", each.title), each.title


def test_a_suit_is_what_makes_a_clause_litigated(profiles: tuple[Profile, ...]) -> None:
    litigated = {each.id for profile in profiles for each in profile.clauses if each.status == "litigated"}
    assert litigated == {"12-cfr-1002.6-a", "12-cfr-1002.6-suits"}


def test_an_european_document_before_the_directive_applies_does_not_say_that_it_does(
    profiles: tuple[Profile, ...],
) -> None:
    words = {
        name: text.replace("\\", "") for name, text in jurisdiction_narrative(profiles, ["eu"], AFTER, 0.8).items()
    }
    assert "applies from 20 November 2026" in words["law-summary"]
    assert "not yet applicable, from 2026-11-20" in words["law-clauses"]
