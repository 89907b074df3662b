"""What a finished run holds, and what the verbs that read it say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from respml.cli import main
from tests.end_to_end.conftest import Built
from tests.end_to_end.projects import CORE, LEFT_OUT, OFF, complaint, digests


def test_everything_of_a_run_is_in_its_folder(built: Built) -> None:
    files = set(digests(built.run))
    assert {"report.html", "report.pdf", "metrics.json", "findings.json", "manifest.json"} <= files
    assert {f"notebooks/{name}.ipynb" for name in CORE} <= files
    assert {f"evidence/{name}/index.json" for name in (*CORE, "checks", "threshold", "run")} <= files
    assert {"document/report.qmd", "document/_variables.yml"} <= files
    assert {"candidates/candidates.json", "candidates/glm/candidate.json", "candidates/mgbm/model.ubj"} <= files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]


def test_an_analysis_that_is_switched_off_is_told_with_its_reason(built: Built) -> None:
    html = (built.run / "report.html").read_text(encoding="utf-8")
    stages = json.loads((built.run / "manifest.json").read_text(encoding="utf-8"))["stages"]
    for name in LEFT_OUT:
        assert f"{name}: {OFF}" in html
        assert not (built.run / "evidence" / name).exists()
        assert name not in stages


def test_nothing_else_is_left_in_the_output(built: Built) -> None:
    assert sorted(path.name for path in built.output.iterdir()) == [".store", "small"]
    assert [path.name for path in (built.output / "small").iterdir()] == ["1.0.0"]


def test_the_documents_are_what_they_are_called(built: Built) -> None:
    html = (built.run / "report.html").read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert "A small model" in html
    paper = (built.run / "report.pdf").read_bytes()
    assert paper.startswith(b"%PDF-1.7")
    assert paper.rstrip().endswith(b"%%EOF")


def test_metrics_are_the_flat_union_of_the_evidence(built: Built) -> None:
    metrics = json.loads((built.run / "metrics.json").read_text(encoding="utf-8"))
    recorded = {}
    for index in (built.run / "evidence").glob("*/index.json"):
        for name, metric in json.loads(index.read_text(encoding="utf-8"))["metrics"].items():
            recorded[name] = metric["value"]
    assert {name: entry["value"] for name, entry in metrics.items()} == recorded
    auc = metrics["performance.auc.mgbm"]
    assert {"value", "ci", "n", "unit", "format", "method", "partition", "source"} <= set(auc)
    assert auc["ci"][0] < auc["value"] < auc["ci"][1]


def test_a_number_that_two_chapters_print_is_one_number_with_one_interval(built: Built) -> None:
    metrics = json.loads((built.run / "metrics.json").read_text(encoding="utf-8"))
    compared = [name for name in metrics if name.startswith("comparison.")]
    pairs = [(name, name.replace("comparison.", "performance.", 1)) for name in compared]
    shared = [(one, other) for one, other in pairs if other in metrics]
    assert {"comparison.ks.mgbm", "comparison.auc.mgbm"} <= {one for one, _ in shared}
    for one, other in shared:
        assert (metrics[one]["value"], metrics[one]["ci"]) == (metrics[other]["value"], metrics[other]["ci"]), one


def test_the_manifest_lists_every_file_and_verify_agrees(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((built.run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["files"] == {name: each for name, each in digests(built.run).items() if name != "manifest.json"}
    assert set(manifest["stages"]) >= {"portfolio", "candidates", "scores", *CORE, "checks", "document"}
    assert main(["verify", str(built.run)]) == 0
    assert "agrees" in capsys.readouterr().out


def test_verify_names_the_file_that_somebody_changed(copy: Built, capsys: pytest.CaptureFixture[str]) -> None:
    with (copy.run / "metrics.json").open("a", encoding="utf-8") as file:
        file.write(" ")
    code = main(["verify", str(copy.run)])
    said = capsys.readouterr()
    assert code == 2
    assert "changed: metrics.json" in said.out


def test_findings_are_listed_and_set_the_exit_code(built: Built, capsys: pytest.CaptureFixture[str]) -> None:
    results = json.loads((built.run / "findings.json").read_text(encoding="utf-8"))
    severities = {each["severity"] for each in results if each["state"] == "finding"}
    assert {"high", "low"} <= severities, "the planted truths of the demo make findings of both kinds"
    assert main(["findings", str(built.run)]) == 0
    listed = capsys.readouterr().out
    assert all(each["code"] in listed for each in results if each["state"] == "finding")
    for severity in ("low", "medium", "high"):
        code, line = complaint(capsys, "findings", built.run, "--fail-on", severity)
        assert code == 1
        assert f"severity {severity} or above" in line


def test_fail_on_fails_a_build_whose_run_is_in_place_all_the_same(
    copy: Built, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digests(copy.run)
    code, line = complaint(capsys, "build", copy.spec, "--output", copy.output, "--fail-on", "low")
    assert code == 1
    assert "RML-" in line
    assert digests(copy.run) == before


def test_a_run_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("findings", "verify"):
        code, line = complaint(capsys, verb, tmp_path)
        assert code == 2
        assert "no manifest" in line


def test_the_numbers_attached_to_the_pdf_are_the_runs_own(built):
    """Byte for byte, so that whoever detaches them can compute with them and compare them."""
    attached = PdfReader(built.run / "report.pdf").attachments
    for name in ("metrics.json", "findings.json"):
        assert attached[name] == [(built.run / name).read_bytes()]
