"""The dated jurisdiction profiles are complete data: legal wording lives there and nowhere else."""

import datetime
import re
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[3] / "report_templates/model_risk/jurisdictions"
PROFILES = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yml"))}
SECTIONS = {"group_outcomes", "error_rates", "individuals", "proxies", "alternatives", "group_data"}
STATUSES = {"current", "superseded", "not yet applicable", "litigated"}


def test_the_five_profiles_are_there() -> None:
    assert set(PROFILES) == {
        "eu", "uk", "us-federal-before-2026-07-21", "us-federal-from-2026-07-21", "us-new-jersey"
    }  # fmt: skip


@pytest.mark.parametrize("name", PROFILES)
def test_every_clause_has_status_date_source_and_grade(name: str) -> None:
    profile = PROFILES[name]
    assert profile["id"] == name
    assert isinstance(profile["valid_from"], datetime.date) and isinstance(profile["as_of"], datetime.date)
    for clause in profile["clauses"]:
        assert clause["status"] in STATUSES
        assert isinstance(clause["as_of"], datetime.date)
        assert clause["source"].startswith("https://")
        assert clause["evidence"] in {"P", "Q", "S", "R"}
        assert len(clause["paraphrase"]) > 40
        if clause["status"] == "not yet applicable":
            assert clause["applies_from"] > clause["as_of"]
    identifiers = [clause["id"] for clause in profile["clauses"]]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("name", PROFILES)
def test_every_section_says_whether_it_is_asked_for_and_by_which_clause(name: str) -> None:
    profile = PROFILES[name]
    known = {clause["id"] for clause in profile["clauses"]}
    assert set(profile["sections"]) == SECTIONS
    for section in profile["sections"].values():
        assert section["asks"] in {"yes", "no", "indirectly"}
        assert set(section["clauses"]) <= known
        assert section["clauses"] or section["asks"] == "no"
        assert section["text"].endswith(".")
    for threshold in profile["thresholds"].values():
        assert threshold["clause"] in known and "not a breach" in threshold["text"]


@pytest.mark.parametrize("name", PROFILES)
def test_no_profile_gives_a_verdict(name: str) -> None:
    text = (FOLDER / f"{name}.yml").read_text("utf-8")
    assert not re.search(
        r"\b(compliant|unlawful|illegal|fair\b(?! Housing))", re.sub("fair-housing", "", text, flags=re.I), re.I
    )


def test_profiles_of_one_jurisdiction_do_not_overlap_in_time() -> None:
    before, after = PROFILES["us-federal-before-2026-07-21"], PROFILES["us-federal-from-2026-07-21"]
    assert before["jurisdiction"] == after["jurisdiction"] == "us-federal"
    assert after["valid_from"] - before["valid_to"] == datetime.timedelta(days=1)
    assert after["valid_to"] is None


def test_the_federal_effects_test_is_asked_for_before_and_not_after() -> None:
    before, after = PROFILES["us-federal-before-2026-07-21"], PROFILES["us-federal-from-2026-07-21"]
    assert before["sections"]["group_outcomes"]["asks"] == "indirectly"
    assert after["sections"]["group_outcomes"]["asks"] == "no"
    assert after["sections"]["alternatives"]["asks"] == "no"
