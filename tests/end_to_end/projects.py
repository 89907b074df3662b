"""Small projects: a simulated portfolio, a spec that is quick to build, and the command run on them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from respml.cli import main
from respml.pipeline.build import build
from respml.pipeline.template import read_template
from respml.portfolio.portfolio import write_parquet
from respml.portfolio.simulate import DEMO, simulate
from respml.resources import template_folder
from respml.spec import load_spec

ROOT = Path(__file__).resolve().parents[2]
RUN = Path("small") / "1.0.0"
OFF = "Left out so that the build is quick."
ANALYSES = {each.name for each in read_template(template_folder("model_risk", ROOT)).analyses}
CORE = {"data", "methodology", "performance", "comparison"}
LEFT_OUT = sorted(ANALYSES - CORE)

SPEC: dict[str, Any] = {
    "model": {
        "id": "small",
        "name": "A small model",
        "version": "1.0.0",
        "as_of": "2026-09-30",
        "owner": {"name": "Owner"},
        "developer": {"name": "Developer"},
        "validator": {"name": "Validator"},
        "intended_use": "Test the whole way from data to document.",
        "population": "Simulated customers",
    },
    "data": {
        "source": "portfolio.parquet",
        "dictionary": "dictionary.yml",
        "target": "default_12m",
        "identifier": "customer_id",
        "time": "snapshot_month",
        "protected": ["sex", "age_band", "group"],
        "segments": ["employment_type", "region"],
    },
    "partitions": {"rule": "time", "out_of_time_from": "2024-09-01"},
    "candidates": {"boosting": {"search": {"configurations": 3, "max_rounds": 40}}},
    "analyses": {name: {"run": False, "reason": OFF} for name in LEFT_OUT},
    "compute": {"workers": 2},
    "seed": 2026,
}


def portfolio() -> pd.DataFrame:
    """The simulated rows of the small project."""
    return simulate(3000, 7, DEMO)[0]


def write_project(folder: Path, frame: pd.DataFrame | None = None, **sections: Mapping[str, Any]) -> Path:
    """Write data, dictionary and spec; keyword arguments are merged into the sections of the spec.

    A value of None takes the key out of its section.
    """
    simulated, dictionary, _ = simulate(3000, 7, DEMO)
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(simulated if frame is None else frame, folder / "portfolio.parquet")
    (folder / "dictionary.yml").write_text(dictionary.to_yaml(), encoding="utf-8")
    return write_spec(folder, **sections)


def write_spec(folder: Path, **sections: Any) -> Path:
    """Write the spec of the small project with changes; see :func:`write_project`."""
    content = {**SPEC}
    for name, section in sections.items():
        if isinstance(section, Mapping):
            merged = {**content.get(name, {}), **section}
            content[name] = {key: value for key, value in merged.items() if value is not None}
        else:
            content[name] = section
    path = folder / "report.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def own_template(project: Path) -> Path:
    """A copy of the shipped template beside the spec, where it is found first."""
    shipped = template_folder("model_risk", project)
    return Path(shutil.copytree(shipped, project / "report_templates" / "model_risk"))


def command(
    *arguments: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``respml`` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "respml", *map(str, arguments)],
        cwd=cwd,
        env=child_environment() | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def child_environment() -> dict[str, str]:
    """This environment, with the package under test first on the path."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def computed(spec: Path, output: Path, formats: tuple[str, ...] | None = None) -> set[str]:
    """Build and return the names of the stages that were computed, not reused."""
    result = build(load_spec(spec), output, formats=formats)
    return {name for name, stage in result.stages.items() if not stage.reused}


def complaint(capsys: Any, *arguments: str | Path) -> tuple[int, str]:
    """Exit code and the one line that a failing command says."""
    code = main([*map(str, arguments), *(["-q"] if arguments[0] == "build" else [])])
    said = capsys.readouterr()
    return code, one_line(said.err)


def one_line(error: str) -> str:
    """The single line on standard error; anything more, or a traceback, is a failure."""
    assert "Traceback" not in error, error
    lines = error.splitlines()
    assert len(lines) == 1, error
    assert lines[0].startswith("respml: "), error
    return lines[0]


def digests(folder: Path) -> dict[str, str]:
    """Digest of every file of a folder by relative path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def visible(output: Path) -> list[str]:
    """What stands in an output folder, the store left out."""
    if not output.exists():
        return []
    return sorted(path.name for path in output.iterdir() if path.name != ".store")


def add_cells(notebook: Path, sources: Sequence[str], *, at: int) -> None:
    """Insert code cells into a notebook."""
    import nbformat

    content = nbformat.read(notebook, as_version=4)
    for offset, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source)
        cell.id = f"added-{offset}"
        content.cells.insert(at + offset, cell)
    nbformat.write(content, notebook)
