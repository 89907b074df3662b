"""Any order of candidates and any champion among them: each analysis finds something to say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.projects import CORE, command, write_project

pytestmark = pytest.mark.slow

DEMO_INPUTS = (
    "credit_limit",
    "months_on_book",
    "utilisation",
    "bill_amount",
    "payment_status",
    "missed_payments_6m",
    "payment_ratio",
    "inquiries_6m",
    "income",
    "area_deprivation",
    "employment_type",
    "region",
)


def test_a_champion_without_constraints_and_a_dictionary_without_signs(tmp_path: Path) -> None:
    spec = write_project(
        tmp_path / "project",
        data={"dictionary": None},
        candidates={"order": ["glm", "gbm"], "champion": "gbm", "boosting": {"search": {"configurations": 2}}},
        analyses={"explanations": {"run": True}},
    )
    result = command("build", spec, "--output", tmp_path / "output", "--to", "html", "-q")
    assert result.returncode == 0, result.stderr
    page = next((tmp_path / "output").rglob("report.html")).read_text(encoding="utf-8")
    assert "no candidate was held to one" in page


QUIET = {name: {"run": False, "reason": "Left out so that the build is quick."} for name in CORE}
EXPLAINED = {"explanations": {"run": True}, "reasons": {"run": True}}
FEW = {"boosting": {"search": {"configurations": 2, "max_rounds": 30}}}


def built(folder: Path, **sections: Any) -> tuple[str, dict[str, Any]]:
    """The page and the metrics of a small project of which only explanations and reasons are run."""
    spec = write_project(folder / "project", **sections, analyses=QUIET | EXPLAINED)
    result = command("build", spec, "--output", folder / "output", "--to", "html", "-q")
    assert result.returncode == 0, result.stderr
    page = next((folder / "output").rglob("report.html"))
    return page.read_text(encoding="utf-8"), json.loads((page.parent / "metrics.json").read_text(encoding="utf-8"))


def cutoff(value: float) -> dict[str, Any]:
    return {"cutoff": {"rule": "fixed", "value": value}}


def test_a_cut_off_that_everyone_fails_nobody_fails_or_one_applicant_fails(tmp_path: Path) -> None:
    page, _ = built(tmp_path, candidates=FEW, decision=cutoff(0.0001))
    assert "there is no approved applicant to compare them with" in page
    page, metrics = built(tmp_path, candidates=FEW, decision=cutoff(0.99))
    assert "there is no decision to give reasons for" in page
    assert "on real applicants" in page and "real declined applicants" not in page
    highest = metrics["explanations.local.highest"]["value"]
    one = cutoff(round(highest - 1e-6, 8))
    assert built(tmp_path, candidates=FEW, decision=one)[1]["reasons.declined"]["value"] is None, "one person is few"
    allowed = {"individuals": "allowed", "reason": "Invented people", "approved_by": "Owner"}
    page, metrics = built(tmp_path, candidates=FEW, decision=one, disclosure=allowed)
    assert metrics["reasons.declined"]["value"] == 1
    assert "The only declined applicant of test gets" in page and "A redacted letter" in page


def test_a_linear_champion_is_proved_by_its_coefficients_and_compared_with_its_benchmark(tmp_path: Path) -> None:
    page, metrics = built(tmp_path, candidates=FEW | {"order": ["glm", "mgbm"], "champion": "glm", "benchmark": "mgbm"})
    assert "the sign of a coefficient proves the direction" in page
    assert metrics["explanations.rank_agreement.glm.mgbm"]["value"] is not None
    proved, violated = (metrics[f"explanations.monotone.{each}"]["value"] for each in ("proved", "violated"))
    assert proved > 0 and violated is not None
    assert metrics["explanations.pairs.h"]["value"] is not None


def test_a_champion_with_one_input_has_no_pairs(tmp_path: Path) -> None:
    others = [name for name in DEMO_INPUTS if name != "utilisation"]
    page, _ = built(
        tmp_path,
        data={"excluded": dict.fromkeys(others, "left out"), "segments": []},
        candidates=FEW | {"order": ["glm", "gbm"], "champion": "gbm"},
    )
    assert "fewer than two inputs that act" in page
