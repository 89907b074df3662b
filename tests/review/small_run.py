"""A finished run in miniature: real candidates, scores, evidence, checks and manifest; stub documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from respml.candidates.fit import fit_candidates
from respml.candidates.scores import compute_scores
from respml.checks import judge, threshold_register
from respml.evidence import Column, EvidenceWriter, read_evidence
from respml.evidence.twin import metrics_document
from respml.pipeline.judging import findings_document, write_results, write_thresholds
from respml.pipeline.manifest import write_manifest
from respml.portfolio.build import build_portfolio
from respml.review.bundle import HEADLINE, StageFolders
from respml.spec import LoadedSpec, load_spec
from tests.candidates import data

SPEC: dict[str, Any] = {
    "model": {
        "id": "small",
        "name": "Small <model>",
        "version": "1.0.0",
        "as_of": "2026-09-30",
        "owner": {"name": "Olga Owner"},
        "developer": {"name": "Dev Eloper"},
        "validator": {"name": "Val Idator"},
        "intended_use": "Tests",
        "population": "Nobody",
        "limitations": ["Small"],
        "assumptions": ["Stable"],
    },
    "data": {"source": "rows.csv", "target": "default"},
    "candidates": {
        "order": ["glm", "mgbm"],
        "boosting": {"search": {"configurations": 2, "max_rounds": 20, "early_stopping": 5}},
        "glm": {"path_length": 5},
    },
    "review": {"bundle_data": "full"},
    "disclosure": {"reason": "Invented rows", "approved_by": "Olga Owner"},
    "seed": 3,
}
REPORT = """<!DOCTYPE html><html lang="en"><head><title>r</title></head><body>
<section id="sec-one"><h1>First <em>&amp; foremost</em></h1><p>Words.</p>
<section id="sec-two"><h2>Second</h2><p>More.</p></section></section></body></html>
"""


@dataclass(frozen=True)
class SmallRun:
    """The run's folder, its spec and the folders of the stages behind it."""

    folder: Path
    loaded: LoadedSpec
    stages: StageFolders


def make(base: Path) -> SmallRun:
    """Write spec, data and run below ``base``; the same bytes each time."""
    base.mkdir(parents=True, exist_ok=True)
    data.frame(900).to_csv(base / "rows.csv", index=False)
    (base / "report.yml").write_text("# kept as written\n" + yaml.safe_dump(SPEC), encoding="utf-8")
    loaded = load_spec(base / "report.yml")
    stages, run = base / "stages", base / "output" / "small" / "1.0.0"
    portfolio = build_portfolio(loaded.spec.data, loaded.spec.partitions, 5, base)
    portfolio.write(stages / "portfolio")
    candidates = fit_candidates(portfolio, loaded.spec.candidates, 7, 1)
    candidates.write(run / "candidates")
    scores = compute_scores(portfolio, candidates)
    scores.write(stages / "scores")
    writer = EvidenceWriter("performance", run / "evidence" / "performance", "test")
    for name in candidates.order:
        for key, measure in HEADLINE.items():
            estimate = measure(portfolio.outcome("test"), scores.probability(name, "test"))
            writer.metric(
                f"{key}.{name}",
                estimate.value,
                interval=(estimate.lower, estimate.upper),
                n=estimate.n,
                format="ratio4",
            )
    writer.table("order", pd.DataFrame({"a": [1, 2]}), caption="Rows", columns={"a": Column("A")})
    writer.close()
    write_thresholds(threshold_register(loaded.spec.thresholds), run / "evidence" / "threshold")
    evidence = read_evidence(sorted((run / "evidence").iterdir()))
    results = judge(loaded.spec, evidence, threshold_register(loaded.spec.thresholds))
    (run / "findings.json").write_text(json.dumps(findings_document(results, evidence)), encoding="utf-8")
    write_results(results, evidence, run / "evidence" / "checks")
    evidence = read_evidence(sorted((run / "evidence").iterdir()))
    (run / "metrics.json").write_text(metrics_document(evidence), encoding="utf-8")
    (run / "notebooks").mkdir()
    (run / "notebooks" / "performance.ipynb").write_text("{}", encoding="utf-8")
    (run / "report.html").write_text(REPORT, encoding="utf-8")
    (run / "report.pdf").write_bytes(b"%PDF-1.7 stub\n")
    spec = loaded.spec.model_dump(mode="json")
    write_manifest(run, {"id": "small", "version": "1.0.0", "as_of": "2026-09-30", "spec": spec, "stages": {}})
    return SmallRun(run, loaded, StageFolders(stages / "portfolio", stages / "scores"))


def with_finding(run: Path) -> None:
    """Make one check of the run a finding, with a hostile message, and write the manifest anew."""
    path = run / "findings.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    results[0] |= {"state": "finding", "severity": "high", "message": "<script>alert(1)</script> & more"}
    path.write_text(json.dumps(results), encoding="utf-8")
    rewrite_manifest(run)


def rewrite_manifest(run: Path) -> None:
    """The manifest over the files as they are now: what a forger would do."""
    content = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    write_manifest(run, {key: value for key, value in content.items() if key != "files"})
