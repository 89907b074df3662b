from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from respml.spec import load_spec
from tests.review.small_run import SmallRun, make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """A run in miniature; tests that change it take ``small``."""
    return make(tmp_path_factory.mktemp("small"))


@pytest.fixture
def small(made: SmallRun, tmp_path: Path) -> SmallRun:
    """A copy of the run for one test."""
    base = tmp_path / "made"
    shutil.copytree(made.loaded.folder, base)
    return SmallRun(base / "output" / "small" / "1.0.0", load_spec(base / "report.yml"), made.stages)
