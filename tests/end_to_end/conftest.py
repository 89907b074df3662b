"""One small project, built once; tests that change something work on a copy with the same store."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.hostile import write_hostile_project
from tests.end_to_end.projects import RUN, command, write_project


@dataclass(frozen=True)
class Built:
    """A project and its output.

    Attributes
    ----------
    spec: its ``report.yml``.
    output: the output folder, with store and run.
    seconds: what the build took as a command.
    """

    spec: Path
    output: Path
    seconds: float = float("nan")

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return self.output / RUN


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The small project, built by the command; read only."""
    folder = tmp_path_factory.mktemp("small")
    spec = write_project(folder / "project")
    started = time.perf_counter()
    result = command("build", spec, "--output", folder / "output", "-q")
    assert result.returncode == 0, result.stderr
    return Built(spec, folder / "output", time.perf_counter() - started)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The hostile project, every analysis on, built by the command; read only."""
    folder = tmp_path_factory.mktemp("hostile")
    spec = write_hostile_project(folder / "project")
    started = time.perf_counter()
    result = command("build", spec, "--output", folder / "output", "-q")
    assert result.returncode == 0, result.stderr
    return Built(spec, folder / "output", time.perf_counter() - started)


@pytest.fixture
def copy(built: Built, tmp_path: Path) -> Built:
    """The built project with its store and run, to change at will."""
    project = Path(shutil.copytree(built.spec.parent, tmp_path / "project"))
    output = Path(shutil.copytree(built.output, tmp_path / "output"))
    return Built(project / built.spec.name, output)
