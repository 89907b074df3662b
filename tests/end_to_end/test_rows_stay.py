"""Files of candidates that hold rows of the data stay in the store: neither a run nor a bundle carries them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from respml.pipeline.build import BuildResult, build
from respml.review.bundle import StageFolders, write_bundle
from respml.review.verification import verify_bundle
from respml.spec import load_spec
from tests.end_to_end.projects import ANALYSES, OFF, portfolio, write_project, write_spec
from tests.end_to_end.test_scores_alone import words

BANDED = {"individuals": "banded", "reason": "A test.", "approved_by": "Owner"}
ALLOWED = {**BANDED, "individuals": "allowed"}
SWITCHES = {name: {"run": False, "reason": OFF} for name in sorted(ANALYSES - {"data", "methodology", "performance"})}
REVIEW = {"bundle_data": "sample"}


def project(folder: Path, **sections: Any) -> Path:
    """A vendor's scores as champion, a module that carries a table of rows, and the GLM."""
    frame = portfolio()
    line = -2.0 + 2.2 * frame["utilisation"].fillna(0.5) + 0.5 * frame["missed_payments_6m"].fillna(0)
    write_project(folder, frame)
    scores = pd.DataFrame({"customer_id": frame["customer_id"], "probability": 1 / (1 + np.exp(-line))})
    scores.to_csv(folder / "vendor.csv", index=False)
    frame.head(500).to_csv(folder / "known.csv", index=False)
    (folder / "card.py").write_text("def score(rows):\n    return 1 / (1 + 2.718 ** (2 - rows['payment_status']))\n")
    external = {
        "vendor": {"label": "Vendor score", "adapter": "scores", "path": "vendor.csv"},
        "card": {
            "label": "Card",
            "function": "card:score",
            "adapter": "python",
            "allow_code": True,
            "options": {"features": ["payment_status"], "files": ["known.csv"]},
        },
    }
    candidates = {"external": external, "order": ["glm", "card", "vendor"], "champion": "vendor", "benchmark": "glm"}
    return write_spec(folder, candidates=candidates, analyses=SWITCHES, review=REVIEW, **sections)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


@pytest.fixture(scope="module")
def result(folder: Path) -> BuildResult:
    spec = load_spec(project(folder / "project", disclosure=BANDED))
    return build(spec, folder / "output")


def held(candidates: Path) -> set[str]:
    return {each.relative_to(candidates).as_posix() for each in candidates.glob("*/files/*")}


def test_the_run_keeps_what_describes_them_and_says_so(result: BuildResult) -> None:
    assert held(result.folder / "candidates") == set()
    assert (result.folder / "candidates" / "vendor" / "candidate.json").is_file()
    assert (result.folder / "candidates" / "glm" / "coefficients.parquet").is_file()
    assert held(result.stages["candidates"].folder) == {
        "vendor/files/scores.parquet",
        "card/files/card.py",
        "card/files/known.csv",
    }
    page = words(result.folder / "report.html")
    assert "keeps rows of the data (the score of every row): its files stay in the store" in page
    assert "its module reads known.csv, which may hold rows" in page


def test_a_bundle_has_none_and_says_what_cannot_be_verified(result: BuildResult, tmp_path: Path) -> None:
    stages = StageFolders(result.stages["portfolio"].folder, result.stages["scores"].folder)
    for data in ("none", "sample"):
        write_bundle(result.folder, tmp_path / f"{data}.zip", data=data, stages=stages)
        with zipfile.ZipFile(tmp_path / f"{data}.zip") as archive:
            names = archive.namelist()
            assert not [each for each in names if "/files/" in each or "known.csv" in each or "vendor.csv" in each]
            tables = [each for each in names if each.startswith("run/candidates/") and each.endswith(".parquet")]
            for each in tables:
                assert "row" not in pd.read_parquet(io.BytesIO(archive.read(each))).columns
        found = verify_bundle(tmp_path / f"{data}.zip", trust_code=True)
        assert found.first_difference is None, found.first_difference
    steps = {each.name: each for each in found.steps}
    name = "frozen sample scored by the packed models"
    assert steps[name].state == "agrees"
    assert steps[f"{name}, all of them"].state == "not possible"
    assert "no model object of card, vendor" in steps[f"{name}, all of them"].first
    assert steps["headline measures on the sample"].state == "agrees"


@pytest.mark.slow
def test_the_next_version_is_compared_without_them(result: BuildResult, folder: Path) -> None:
    model = {"version": "1.1.0", "previous": "1.0.0"}
    spec = load_spec(project(folder / "project", disclosure=BANDED, model=model))
    after = build(spec, folder / "output", formats=("html",))
    assert "its files hold rows of the data and are not in its run" in words(after.folder / "report.html")


@pytest.mark.slow
def test_where_rows_are_allowed_the_files_go_along(result: BuildResult, folder: Path) -> None:
    model = {"version": "2.0.0", "previous": None}
    spec = load_spec(project(folder / "project", disclosure=ALLOWED, model=model))
    after = build(spec, folder / "output", formats=("html",))
    assert held(after.folder / "candidates") == held(result.stages["candidates"].folder)
