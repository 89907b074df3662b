"""What is computed again, and what is not: unchanged inputs, a changed sentence, a changed threshold."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pypdf
import pytest

from tests.end_to_end.conftest import Built
from tests.end_to_end.hostile import write_hostile_project
from tests.end_to_end.projects import (
    ROOT,
    RUN,
    child_environment,
    command,
    computed,
    digests,
    own_template,
    write_spec,
)

HEAVY = {"pandas", "pyarrow", "matplotlib", "scipy", "sklearn", "xgboost", "glum", "papermill", "weasyprint", "IPython"}


def test_unchanged_inputs_compute_nothing_and_take_less_than_two_seconds(
    copy: Built, record_property: pytest.RecordProperty
) -> None:
    before = {path: path.stat().st_mtime_ns for path in copy.run.rglob("*")}
    took, busy = [], []
    for _ in range(3):
        started, before_it = time.perf_counter(), os.times()
        result = command("build", copy.spec, "--output", copy.output, "--explain")
        after = os.times()
        took.append(time.perf_counter() - started)
        busy.append(sum(after[2:4]) - sum(before_it[2:4]))
        assert result.returncode == 0, result.stderr
    stages = [line.split() for line in result.stdout.splitlines() if "reused" in line]
    assert len(stages) >= 14
    assert "(unchanged)" in result.stdout
    assert not [line for line in result.stdout.splitlines() if line.endswith("first build")]
    assert {path: path.stat().st_mtime_ns for path in copy.run.rglob("*")} == before
    record_property("seconds", min(took))
    record_property("processor_seconds", min(busy))
    # the promise is 2 s of wall time on an idle machine; on a busy one only the work done can be held to it
    assert min(busy) < 2, busy
    assert min(took) < 4, took


def test_an_unchanged_build_imports_no_heavy_library(copy: Built) -> None:
    # pandas alone costs half a second; the cause of a slow rebuild is always an import at the top of a module
    program = (
        "import sys, respml.cli\n"
        f"respml.cli.main(['build', {str(copy.spec)!r}, '--output', {str(copy.output)!r}, '-q'])\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], env=child_environment(), capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(result.stdout.split())


def test_a_changed_sentence_computes_the_document_alone(copy: Built) -> None:
    template = own_template(copy.spec.parent)
    assert computed(copy.spec, copy.output) == set(), "a copy of the template is the same template"
    chapter = template / "chapters" / "identity.qmd"
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\nOne sentence more.\n", encoding="utf-8")
    before = os.times()
    assert computed(copy.spec, copy.output, formats=("html",)) == {"document", "screen", "scan"}
    assert sum(os.times()[:4]) - sum(before[:4]) < 5, "seconds of work, from the sentence to the page"
    preview = copy.output / "small" / "preview-1.0.0" / "report.html"
    assert "One sentence more." in preview.read_text(encoding="utf-8")
    assert "One sentence more." not in (copy.run / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_preview_is_part_of_the_whole_build_that_follows(copy: Built) -> None:
    write_spec(copy.spec.parent, model={"owner": {"name": "Somebody else"}})
    assert computed(copy.spec, copy.output, formats=("html",)) == {"document", "screen", "scan"}
    assert computed(copy.spec, copy.output) == {"paper", "scan"}
    assert "Somebody else" in (copy.run / "report.html").read_text(encoding="utf-8")


def test_a_changed_threshold_computes_checks_and_document_alone(copy: Built) -> None:
    override = {"value": 0.99, "owner": "Validator", "date": "2026-01-01", "reason": "To see what happens."}
    write_spec(copy.spec.parent, thresholds={"auc_weak": override})
    # the record prints the digests of all stages, so it goes with the checks
    again = {"checks", "record", "disclosure", "document", "screen", "scan"}
    assert computed(copy.spec, copy.output, formats=("html",)) == again
    preview = copy.output / "small" / "preview-1.0.0"
    results = json.loads((preview / "findings.json").read_text(encoding="utf-8"))
    assert any("auc_weak" in each["template"] and each["state"] == "finding" for each in results)


def test_a_changed_name_of_the_owner_computes_the_document_alone(copy: Built) -> None:
    write_spec(copy.spec.parent, model={"owner": {"name": "Somebody else"}})
    assert computed(copy.spec, copy.output, formats=("html",)) == {"document", "screen", "scan"}


@pytest.mark.slow
def test_another_paper_computes_the_document_alone(copy: Built) -> None:
    write_spec(copy.spec.parent, render={"paper": "letter"})
    assert computed(copy.spec, copy.output) == {"document", "screen", "paper", "scan"}
    assert pypdf.PdfReader(copy.run / "report.pdf").pages[0].mediabox[2:] == [612, 792]


def test_more_workers_compute_nothing(copy: Built) -> None:
    write_spec(copy.spec.parent, compute={"workers": 1})
    assert computed(copy.spec, copy.output) == set()


def test_a_deleted_run_is_put_back_from_the_store(copy: Built) -> None:
    before = digests(copy.run)
    shutil.rmtree(copy.run)
    assert computed(copy.spec, copy.output) == set()
    assert digests(copy.run) == before


def test_a_damaged_run_is_put_back(copy: Built) -> None:
    before = digests(copy.run)
    (copy.run / "report.html").write_text("somebody's edit", encoding="utf-8")
    assert computed(copy.spec, copy.output) == set()
    assert digests(copy.run) == before


@pytest.mark.slow
def test_two_builds_agree_to_the_byte(hostile: Built, tmp_path: Path) -> None:
    project = Path(shutil.copytree(hostile.spec.parent, tmp_path / "elsewhere" / "by another name"))
    write_hostile_project(project, compute={"workers": 1})
    away = tmp_path / "working folder"
    away.mkdir()
    result = command(
        "build",
        Path("..") / project.relative_to(tmp_path),
        "--output",
        "results",
        "-q",
        cwd=away,
        environment={"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LC_ALL": "C", "RESPML_PLAIN_KERNELS": "1"},
    )
    assert result.returncode == 0, result.stderr
    first, second = digests(hostile.run), digests(away / "results" / RUN)
    # the manifest quotes the spec, and the spec says how many workers there are
    first.pop("manifest.json"), second.pop("manifest.json")
    assert first == second


def test_no_document_names_this_machine(built: Built) -> None:
    told = {str(ROOT), str(built.spec.parent), str(built.output), str(Path.home()) + "/"}
    for name in ("report.html", "metrics.json", "findings.json", "manifest.json"):
        text = (built.run / name).read_text(encoding="utf-8")
        assert not [place for place in told if place in text], name
