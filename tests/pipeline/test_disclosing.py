"""The stages that scan what a run prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from respml.errors import RenderError
from respml.evidence import read_evidence
from respml.pipeline.disclosing import RECORD, run_disclosure, run_scan
from respml.pipeline.stage import StageRun
from respml.portfolio.build import build_portfolio
from respml.spec.data import Data, Partitions
from respml.spec.report import ReportSpec
from tests.candidates import data
from tests.review.small_run import SPEC

ALLOWED = {"individuals": "allowed", "reason": "Invented", "approved_by": "Owner"}


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Path]:
    """A portfolio, a candidate that reads its inputs backwards, and an analysis that left aggregates."""
    frame = data.frame(600)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    section = Data.model_validate({"source": "rows.csv", "target": "default"})
    portfolio = build_portfolio(section, Partitions(), 5, tmp_path)
    portfolio.write(tmp_path / "portfolio")
    (tmp_path / "candidates" / "glm").mkdir(parents=True)
    features = list(reversed(portfolio.inputs))
    (tmp_path / "candidates" / "glm" / "candidate.json").write_text(json.dumps({"features": features}))
    (tmp_path / "residuals" / "evidence").mkdir(parents=True)
    portfolio.frame.describe().to_csv(tmp_path / "residuals" / "evidence" / "profile.csv")
    return {name: tmp_path / name for name in ("portfolio", "candidates", "residuals")}


def stage_run(inputs: dict[str, Path], folder: Path, policy: dict[str, Any]) -> StageRun:
    """What a stage is given."""
    folder.mkdir()
    return StageRun("scan", inputs, folder, {"disclosure": policy}, 0)


def plant(inputs: dict[str, Path]) -> None:
    """One person's row among the evidence, in the order in which the candidate reads it, without names."""
    row = pd.read_parquet(inputs["portfolio"] / "rows.parquet").iloc[10]
    features = json.loads((inputs["candidates"] / "glm" / "candidate.json").read_text())["features"]
    text = " ".join(f"{row[name]}" for name in features)
    (inputs["residuals"] / "evidence" / "index.json").write_text(json.dumps({"note": text}))


def test_a_clean_run_is_recorded_as_such(inputs: dict[str, Path], tmp_path: Path) -> None:
    run_scan(stage_run(inputs, tmp_path / "out", {}))
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    assert record["recognised"] == [] and record["files"] == {"csv": 1} and record["policy"]["individuals"] == "banded"


@pytest.mark.parametrize("stage", [run_scan, run_disclosure])
def test_a_row_in_the_evidence_ends_the_build(stage: Any, inputs: dict[str, Path], tmp_path: Path) -> None:
    plant(inputs)
    with pytest.raises(RenderError, match=r"residuals/evidence/index\.json: A row of the data") as caught:
        stage(stage_run(inputs, tmp_path / "out", {}))
    assert caught.value.exit_code == 4
    assert not list((tmp_path / "out").iterdir())


def test_a_row_that_the_spec_allows_is_listed(inputs: dict[str, Path], tmp_path: Path) -> None:
    plant(inputs)
    run_disclosure(stage_run(inputs, tmp_path / "out", ALLOWED))
    evidence = read_evidence([tmp_path / "out" / "evidence"])
    assert evidence.metric("disclosure.recognised").value == 1
    assert evidence.table("disclosure.places").frame()["file"].tolist() == ["residuals/evidence/index.json"]
    assert "Reason: Invented" in evidence.fill(evidence.statement("disclosure.policy").text)


def test_a_bundle_with_data_and_small_cells_are_answered_for() -> None:
    spec = {name: SPEC[name] for name in ("model", "data")}
    with pytest.raises(ValueError, match=r"disclosure\.approved_by"):
        ReportSpec.model_validate({**spec, "review": {"bundle_data": "sample"}})
    small = {**spec, "data": {**SPEC["data"], "minimum_cell": 5}}
    with pytest.raises(ValueError, match=r"disclosure\.minimum_cell"):
        ReportSpec.model_validate(small)
    ReportSpec.model_validate({**small, "disclosure": ALLOWED})
