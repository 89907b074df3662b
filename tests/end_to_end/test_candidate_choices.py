"""Any order of candidates and any champion among them: each analysis finds something to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.projects import command, write_project

pytestmark = pytest.mark.slow


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
