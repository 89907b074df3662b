"""A champion known by a file of scores: discrimination is tested all the same, what needs a model says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from respml.measures.fairness.acceptance import AIR
from respml.pipeline.build import BuildResult, build
from respml.spec import load_spec
from tests.end_to_end.projects import ANALYSES, OFF, portfolio, write_project

NO_MODEL = "no model object"
NEED_A_MODEL = {"explanations", "reasons"}


def built(folder: Path, analyses: Iterable[str], formats: tuple[str, ...] | None = None) -> BuildResult:
    """The small project with a vendor's scores as champion and these analyses on."""
    frame = portfolio()
    line = -2.0 + 2.2 * frame["utilisation"].fillna(0.5) + 0.5 * frame["missed_payments_6m"].fillna(0)
    folder.mkdir(parents=True, exist_ok=True)
    scores = pd.DataFrame({"customer_id": frame["customer_id"], "pd": 1 / (1 + np.exp(-line))})
    scores.to_csv(folder / "vendor.csv", index=False)
    vendor = {"label": "Vendor score", "adapter": "scores", "path": "vendor.csv", "options": {"probability": "pd"}}
    candidates = {"external": {"vendor": vendor}, "order": ["glm", "vendor"], "champion": "vendor", "benchmark": "glm"}
    spec = write_project(folder, frame, candidates=candidates)
    content = yaml.safe_load(spec.read_text(encoding="utf-8"))
    content["analyses"] = {name: {"run": False, "reason": OFF} for name in sorted(ANALYSES - set(analyses))}
    spec.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return build(load_spec(spec), folder / "output", formats=formats)


def states(result: BuildResult) -> dict[str, dict[str, Any]]:
    return {each["code"]: each for each in result.findings}


def words(page: Path) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")).split())


def test_discrimination_is_measured_on_scores_alone(tmp_path):
    result = built(tmp_path, {"fairness", "performance", *NEED_A_MODEL}, ("html",))
    found = states(result)
    ran = {f"RML-F{number:02d}" for number in (1, 2, 3, 4, 5, 6, 8, 11, 12, 13)}
    assert {found[code]["state"] for code in ran} <= {"finding", "observation", "passed"}
    assert found["RML-F09"]["state"] == found["RML-P08"]["state"] == "not applicable"
    for code in [each for each in found if each.startswith(("RML-E", "RML-R"))]:
        assert found[code]["state"] == "not applicable", code
        assert NO_MODEL in found[code]["message"]

    # the ratios, counted by hand from the vendor's own file
    table = pd.read_parquet(result.stages["fairness"].folder / "evidence" / "all_acceptance.parquet")
    mine = table[(table["candidate"] == "vendor") & (table["measure"] == AIR) & (table["attribute"] == "sex")]
    rows = pd.read_parquet(result.stages["portfolio"].folder / "rows.parquet")
    membership = pd.read_parquet(result.stages["portfolio"].folder / "membership.parquet")
    test = rows[(membership["partition"] == "test").to_numpy()]
    scores = pd.read_csv(tmp_path / "vendor.csv").set_index("customer_id")["pd"]
    cutoff = cutoff_of(result)
    accepted = (scores.loc[test["customer_id"]].to_numpy() <= cutoff).astype(float)
    rates = pd.Series(accepted).groupby(test["sex"].astype(str).to_numpy()).mean().sort_index()
    (ratio,) = mine["estimate"].dropna()
    assert ratio == pytest.approx(min(rates) / max(rates)) or ratio == pytest.approx(max(rates) / min(rates))

    page = words(result.folder / "report.html")
    assert "the gap between two groups cannot be shared among the inputs" in page
    assert "no input can be left out, shuffled or held" in page
    assert "explanations: not applicable: no model object" in page
    assert "fairness: not applicable" not in page


def cutoff_of(result: BuildResult) -> float:
    index = json.loads((result.stages["performance"].folder / "evidence" / "index.json").read_text(encoding="utf-8"))
    return float(next(each["value"] for id, each in index["metrics"].items() if id.endswith("performance.cutoff")))


@pytest.mark.slow
def test_every_analysis_and_format_is_made_of_scores_alone(tmp_path):
    result = built(tmp_path, ANALYSES)
    assert (result.folder / "report.pdf").is_file()
    off = [each for each in result.findings if each["state"] == "not run" and "switched off" in each["message"]]
    assert off == []
    absent = [each["code"] for each in result.findings if "is not there" in each["message"]]
    assert absent == []
