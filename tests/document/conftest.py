"""One small demo project for the whole folder of tests."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from demo import write_project


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An assembled project of two chapters; read only."""
    yield write_project(tmp_path_factory.mktemp("demo"), chapters=2, sections=2, rows=5)


@pytest.fixture
def project(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo project that a test may change."""
    return Path(shutil.copytree(demo, tmp_path / "document"))


@pytest.fixture
def with_report(project: Path) -> Callable[[str], Path]:
    """The demo project with another ``report.qmd``."""

    def replaced(text: str) -> Path:
        (project / "report.qmd").write_text(text, encoding="utf-8")
        return project

    return replaced
