"""What a change makes run again, what versions know of one another, and that nothing a person wrote is touched."""

from __future__ import annotations

import hashlib
import json
import time

import pytest
import yaml

from respml.cli import main
from respml.errors import RenderError
from respml.pipeline.manifest import differences
from respml.review.versions import chain, replaced
from tests.review.small_project import Project

pytestmark = pytest.mark.slow

CHECKS_AND_DOCUMENT = {"checks", "record", "disclosure", "document", "screen", "scan"}
ONLY_DOCUMENT = {"document", "screen", "scan"}
EVERYTHING = {"portfolio", "candidates", "scores", "performance", *CHECKS_AND_DOCUMENT}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project whose version 1.0.0 is built."""
    project = Project(tmp_path_factory.mktemp("built") / "project")
    assert project.ran() == EVERYTHING
    return project


@pytest.fixture
def project(built, tmp_path):
    """A copy of it that a test may change."""
    return built.copy(tmp_path / "project")


def manifest(run):
    return json.loads((run / "manifest.json").read_text())


def digest(run):
    return hashlib.sha256((run / "manifest.json").read_bytes()).hexdigest()


def test_only_what_depends_on_a_change_runs_again(project):
    assert project.ran() == set()

    # a sentence: the document alone
    project.spec["model"]["intended_use"] = "Tests of rebuilding, in other words."
    assert project.ran() == ONLY_DOCUMENT

    # a threshold: checks and document
    stated = {"value": 0.99, "owner": "Validator", "date": "2026-09-30", "reason": "Stricter"}
    project.spec["thresholds"] = {"auc_weak": stated}
    assert project.ran() == CHECKS_AND_DOCUMENT
    findings = json.loads((project.run("1.0.0") / "findings.json").read_text())
    assert [each["code"] for each in findings if each["state"] == "finding"] == ["RML-P01"]

    # how changes are judged: nothing, while there is no version to compare with
    project.spec["changes"] = {"rules": [{"name": "Any", "when": "code_changed", "verdict": "log"}]}
    assert project.ran() == set()

    # a hyper-parameter: candidates and what reads them
    project.spec["candidates"]["boosting"]["search"]["max_rounds"] = 10
    assert project.ran() == EVERYTHING - {"portfolio"}

    # and back again: all of it is in the store, in seconds
    project.spec["candidates"]["boosting"]["search"]["max_rounds"] = 40
    started = time.perf_counter()
    assert project.ran() == set()
    assert time.perf_counter() - started < 10


def test_an_earlier_version_built_again_leaves_the_registers_to_the_later_one(project, capsys):
    """The registers tell of the latest version; the earlier one is served from the store as it was."""
    project.spec["review"] = {"findings": True, "registers": True}
    project.spec["model"]["limitations"] = ["Of the first version."]
    finding = {"value": 0.99, "owner": "Validator", "date": "2026-09-30", "reason": "Stricter"}
    project.spec["thresholds"] = {"auc_weak": finding}
    assert project.build().notes == ("findings register: 1 opened",)
    first = yaml.safe_load(yaml.safe_dump(project.spec))
    page = (project.run("1.0.0") / "report.html").read_bytes()

    project.spec["model"] |= {"version": "1.1.0", "limitations": ["Of the second version."]}
    del project.spec["thresholds"]
    assert project.build().notes == ("findings register: 1 closed",)
    kept = {path: path.read_bytes() for name in ("findings", "registers") for path in (project.folder / name).iterdir()}
    assert len(kept) == 2

    second, project.spec = project.spec, first
    started = time.perf_counter()
    result = project.build()
    assert time.perf_counter() - started < 10
    assert all(each.reused for each in result.stages.values()) and not result.published
    (told,) = result.notes
    assert "they tell of version 1.1.0" in told
    assert (project.run("1.0.0") / "report.html").read_bytes() == page
    assert {path: path.read_bytes() for path in kept} == kept
    assert main(["findings", "sync", str(project.folder / "report.yml"), str(project.run("1.0.0"))]) == 2
    assert "comes after 1.0.0" in capsys.readouterr().err

    project.spec = second
    assert project.ran() == set()

    # a sentence of the earlier version: its own document, and nothing else
    project.spec = first
    project.spec["model"]["intended_use"] = "Other words."
    assert project.ran() == ONLY_DOCUMENT
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_new_version_is_compared_with_the_one_before(project):
    first = digest(project.run("1.0.0"))
    project.spec["model"]["version"] = "1.1.0"
    project.spec["candidates"]["boosting"]["selection"] = ["noise"]
    result = project.build()
    # the reasons are told against the version before, since this one had no build yet
    assert result.stages["portfolio"].reused
    assert result.stages["candidates"].reason == "parameter changed: candidates.boosting.selection forward -> noise"
    assert result.stages["performance"].reason == "input candidates changed; input scores changed"
    run = project.run("1.1.0")
    assert manifest(run)["previous"] == {"version": "1.0.0", "manifest_sha256": first}
    assert manifest(project.run("1.0.0"))["previous"] is None
    assert "respml/candidates/fit.py" in manifest(run)["code"]
    assert [each.state for each in chain(run.parent)] == ["first", "whole"]

    # the appendix against the two runs' own numbers
    old, new = (json.loads((project.run(each) / "metrics.json").read_text()) for each in ("1.0.0", "1.1.0"))
    auc, before = new["performance.auc.mgbm"], old["performance.auc.mgbm"]
    beyond = not before["ci"][0] <= auc["value"] <= before["ci"][1]
    assert beyond, "a model of noise must rank worse than its interval for this test to say anything"
    assert new["changes.metrics.beyond"]["value"] >= 1
    assert new["changes.verdict"]["value"] == "re-validate"
    page = (run / "report.html").read_text()
    assert "What changed since" in page
    assert f"{before['value']:.4f} ({before['ci'][0]:.4f} to {before['ci'][1]:.4f})" in page
    assert "What changed since" not in (project.run("1.0.0") / "report.html").read_text()
    # the benchmark is the same model, so none of its metrics is listed as changed
    assert "performance.auc.glm" not in (run / "evidence" / "changes" / "metrics.csv").read_text()

    assert project.ran() == set(), "building again compares with the same version and changes nothing"


def test_a_replaced_draft_stays_reachable(project, tmp_path, capsys):
    before = manifest(project.run("1.0.0"))
    page = (project.run("1.0.0") / "report.html").read_bytes()
    project.spec["model"]["intended_use"] = "Something else."
    project.build()
    assert (project.run("1.0.0") / "report.html").read_bytes() != page
    (kept,) = replaced(project.run("1.0.0").parent)
    assert json.loads(kept.read_text()) == before

    assert main(["restore", str(kept), str(tmp_path / "back")]) == 0
    assert (tmp_path / "back" / "report.html").read_bytes() == page
    assert differences(tmp_path / "back") == []
    # what the store no longer has cannot come back, and nothing half-made is left
    key = before["stages"]["screen"]["key"]
    (project.output / ".store" / "objects" / key).rename(tmp_path / "gone")
    assert main(["restore", str(kept), str(tmp_path / "again")]) == 2
    assert "stage screen is no longer in the store" in capsys.readouterr().err
    assert not (tmp_path / "again").exists() and not (tmp_path / ".again.new").exists()


def test_a_failed_build_leaves_the_draft_in_place(project):
    before = digest(project.run("1.0.0"))
    chapter = project.folder / "report_templates" / "small" / "chapters" / "performance.qmd"
    chapter.write_text(chapter.read_text() + "\n@sec-nowhere\n")
    with pytest.raises(RenderError):
        project.build()
    assert digest(project.run("1.0.0")) == before
    assert differences(project.run("1.0.0")) == []
    assert replaced(project.run("1.0.0").parent) == ()


def test_a_passage_goes_stale_with_its_numbers_and_is_never_touched(project, capsys):
    words = "The AUC, {{< var interval.performance.auc.mgbm >}}, is what *the desk* expected & <b>more</b>.\n"
    passage = project.write_passage("performance", words)
    spec, output = str(project.folder / "report.yml"), ["--output", str(project.output)]
    project.build()
    with pytest.raises(RenderError, match="'performance' has not been accepted"):
        project.build(strict=True)
    assert main(["narrative", "accept", spec, "--by", "Desk", *output]) == 0
    assert project.ran(strict=True) == ONLY_DOCUMENT
    assert "&lt;b&gt;more&lt;/b&gt;" in (project.run("1.0.0") / "report.html").read_text()
    bindings = (project.folder / "narrative" / ".bindings.yml").read_bytes()

    # a change that moves nothing the passage is about leaves it accepted
    project.spec["model"]["intended_use"] = "Other words."
    project.build(strict=True)
    project.spec["candidates"]["boosting"]["selection"] = ["noise"]
    with pytest.raises(RenderError, match=r"'performance' was written about earlier numbers") as caught:
        project.build(strict=True)
    assert caught.value.exit_code == 4
    project.build()
    page = (project.run("1.0.0") / "report.html").read_text()
    assert "Written about earlier numbers" in page and "the desk" in page
    capsys.readouterr()
    assert main(["narrative", "list", spec, *output]) == 0
    assert "performance      stale with 1.0.0; about 1 metrics" in capsys.readouterr().out
    assert passage.read_text() == words
    assert (project.folder / "narrative" / ".bindings.yml").read_bytes() == bindings
    assert sorted(path.name for path in passage.parent.iterdir()) == [".bindings.yml", "performance.md"]

    assert main(["narrative", "accept", spec, "performance", *output]) == 0
    project.build(strict=True)
    assert "Written about earlier numbers" not in (project.run("1.0.0") / "report.html").read_text()


def test_diff_of_two_runs_and_of_one_that_was_altered(project, capsys):
    project.spec["model"]["version"] = "1.1.0"
    project.spec["model"]["population"] = "Everybody"
    project.build()
    old, new = str(project.run("1.0.0")), str(project.run("1.1.0"))
    assert main(["diff", old, new, "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["materiality"]["verdict"] == "re-validate"
    assert "model.population" in content["materiality"]["reason"]
    assert content["metrics"]["changes"] == []
    assert content["decisions"]["changed"] == 0
    assert [each["name"] for each in content["inputs"]] == ["model.population"]

    (project.run("1.0.0") / "findings.json").write_text("[]")
    assert main(["diff", old, new]) == 2
    assert "findings.json was changed after the build" in capsys.readouterr().err
    assert main(["diff", str(project.folder), new]) == 2
