"""Whatever goes wrong: one line, the right exit code, the run in place untouched, finished stages kept."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Built
from tests.end_to_end.projects import (
    add_cells,
    child_environment,
    command,
    complaint,
    computed,
    digests,
    one_line,
    own_template,
    visible,
    write_project,
    write_spec,
)

WAITING = "import pathlib, time\npathlib.Path({mark!r}).write_text('here')\ntime.sleep(600)"


def test_a_failing_notebook_is_named_with_cell_and_cause_and_its_copy_is_kept(
    copy: Built, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digests(copy.run)
    notebook = own_template(copy.spec.parent) / "notebooks" / "comparison.ipynb"
    add_cells(notebook, ["half = 1", "raise ValueError('the rates\\ndo not add up')"], at=4)
    code, line = complaint(capsys, "build", copy.spec, "--output", copy.output)
    assert code == 3
    assert "stage comparison" in line
    assert "comparison.ipynb, cell 6" in line
    assert "ValueError: the rates do not add up" in line
    kept = json.loads((copy.output / ".store" / "failed" / "comparison" / "partial.ipynb").read_text(encoding="utf-8"))
    ran = ["".join(cell["source"]) for cell in kept["cells"] if cell.get("execution_count")]
    assert "half = 1" in ran
    assert digests(copy.run) == before


def test_a_notebook_that_ends_without_closing_its_evidence_is_refused(
    copy: Built, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = own_template(copy.spec.parent) / "notebooks" / "comparison.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("analysis.close()", "pass"), encoding="utf-8")
    code, line = complaint(capsys, "build", copy.spec, "--output", copy.output)
    assert code == 2
    assert "comparison.ipynb" in line
    assert "analysis.close()" in line


def test_a_killed_kernel_is_told_with_its_notebook(copy: Built, capsys: pytest.CaptureFixture[str]) -> None:
    before = digests(copy.run)
    notebook = own_template(copy.spec.parent) / "notebooks" / "comparison.ipynb"
    add_cells(notebook, ["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"], at=3)
    code, line = complaint(capsys, "build", copy.spec, "--output", copy.output)
    assert code == 3
    assert "comparison.ipynb" in line
    assert "killed" in line
    assert "memory" in line
    assert digests(copy.run) == before


def test_an_unknown_variable_is_named_with_file_and_line(copy: Built, capsys: pytest.CaptureFixture[str]) -> None:
    before = digests(copy.run)
    chapter = own_template(copy.spec.parent) / "chapters" / "performance.qmd"
    lines = [*chapter.read_text(encoding="utf-8").splitlines(), "", "The loss is {{< var no.such.number >}}.", ""]
    chapter.write_text("\n".join(lines), encoding="utf-8")
    code, line = complaint(capsys, "build", copy.spec, "--output", copy.output)
    assert code == 4
    assert "no.such.number" in line
    assert f"chapters/performance.qmd:{len(lines) - 1}" in line
    assert digests(copy.run) == before


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("{{< include chapters/absent.qmd >}}", "absent.qmd"),
        ("See @fig-nowhere.", "fig-nowhere"),
        ("As said elsewhere [@nobody2020].", "nobody2020"),
    ],
)
def test_what_a_chapter_names_in_vain_is_a_rendering_error(
    copy: Built, capsys: pytest.CaptureFixture[str], text: str, cause: str
) -> None:
    chapter = own_template(copy.spec.parent) / "chapters" / "performance.qmd"
    chapter.write_text(chapter.read_text(encoding="utf-8") + f"\n{text}\n", encoding="utf-8")
    code, line = complaint(capsys, "build", copy.spec, "--output", copy.output)
    assert code == 4
    assert cause in line
    assert "performance.qmd" in line


@pytest.fixture
def waiting(copy: Built, request: pytest.FixtureRequest) -> Iterator[tuple[Built, subprocess.Popen[str], int]]:
    """A build whose last notebook waits, and the process number of its kernel; the parameter is the spec's seed."""
    notebook = own_template(copy.spec.parent) / "notebooks" / "comparison.ipynb"
    mark = copy.spec.parent / "started"
    cell = WAITING.format(mark=str(mark)).replace("'here'", "str(__import__('os').getpid())")
    add_cells(notebook, [cell], at=3)
    write_spec(copy.spec.parent, model={"version": "2.0.0"}, seed=request.param)
    process = subprocess.Popen(
        [sys.executable, "-m", "respml", "build", str(copy.spec), "--output", str(copy.output), "-q"],
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        until(lambda: mark.exists() and mark.read_text() != "", 120)
        yield copy, process, int(mark.read_text())
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(condition: object, seconds: float) -> None:
    """Wait for something to become true."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("waiting", [2027], ids=["everything anew"], indirect=True)
def test_a_killed_build_leaves_nothing_and_the_next_one_resumes(
    waiting: tuple[Built, subprocess.Popen[str], int],
) -> None:
    copy, process, kernel = waiting
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert visible(copy.output) == ["small"]
    assert [path.name for path in (copy.output / "small").iterdir()] == ["1.0.0"]
    until(lambda: not alive(kernel), 10)
    own = copy.spec.parent / "report_templates"
    own.rename(copy.spec.parent / "put aside")
    again = computed(copy.spec, copy.output, formats=("html",))
    assert {"comparison", "checks", "document", "screen"} <= again
    assert not {"portfolio", "candidates", "scores", "decomposition"} & again
    assert not [path for path in (copy.output / ".store" / "temporary").iterdir() if str(process.pid) in path.name]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("waiting", [2026], ids=["the rest reused"], indirect=True)
def test_an_interrupted_build_says_one_line_and_ends_its_kernels(
    waiting: tuple[Built, subprocess.Popen[str], int],
) -> None:
    copy, process, kernel = waiting
    os.kill(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)  # two cores may be shared with other builds
    assert process.returncode == 130
    assert one_line(error) == "respml: stopped; finished stages are kept"
    until(lambda: not alive(kernel), 5)
    assert [path.name for path in (copy.output / "small").iterdir()] == ["1.0.0"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no small file system can be mounted here; the store's own tests simulate one")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_one_line_and_leaves_nothing_under_a_final_name(
    tmp_path: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = write_project(tmp_path / "project")
    code, line = complaint(capsys, "build", spec, "--output", small_disk / "output")
    assert code == 2
    assert "disk is full" in line.lower()
    assert "free some space" in line.lower()
    assert visible(small_disk / "output") == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_that_may_not_be_written_is_named(
    built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    code, line = complaint(capsys, "build", built.spec, "--output", locked / "output")
    assert code == 2
    assert "may not be written" in line


def test_a_file_where_the_output_folder_should_be_is_named(
    built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "output").write_text("a file", encoding="utf-8")
    code, line = complaint(capsys, "build", built.spec, "--output", tmp_path / "output")
    assert code == 2
    assert "file stands where a folder is needed" in line


def test_the_command_line_is_checked_before_anything_is_built(built: Built, tmp_path: Path) -> None:
    result = command("build", built.spec, "--output", tmp_path / "output", "--to", "odt,html")
    assert result.returncode == 2
    assert re.search(r"odt.*html", one_line(result.stderr))
    assert not (tmp_path / "output").exists()
