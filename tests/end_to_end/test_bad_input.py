"""Bad input through the command: exit code 2, one line that names what, where and what to do, nothing published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.end_to_end.projects import command, complaint, one_line, portfolio, visible, write_project

Change = Callable[[pd.DataFrame], pd.DataFrame]
TARGET = "default_12m"


@pytest.fixture(autouse=True)
def no_forked_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Input errors come before any notebook; without this each would start a process for kernels."""
    monkeypatch.setenv("RESPML_PLAIN_KERNELS", "1")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The simulated portfolio."""
    return portfolio()


def with_column(name: str, values: Callable[[pd.DataFrame], Any]) -> Change:
    """A change that sets a column."""
    return lambda frame: frame.assign(**{name: values(frame)})


def labels(no: object, yes: object) -> Change:
    """A change that writes the target with other labels."""
    return with_column(TARGET, lambda frame: np.where(frame[TARGET] == 1, yes, no))


def first_missing(frame: pd.DataFrame) -> pd.Series:
    """The target without its first two values."""
    return frame[TARGET].astype("float64").where(frame.index > 1)


SPECS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "wrong data path": ({"data": {"source": "portfolo.parquet"}}, ("portfolo.parquet", "'portfolio.parquet'?")),
    "wrong data folder": ({"data": {"source": "nowhere/rows.csv"}}, ("nowhere", "data.source")),
    "data outside the project": ({"data": {"source": "../../etc/passwd"}}, ("data.source", "leads out")),
    "wrong dictionary": ({"data": {"dictionary": "dictionry.yml"}}, ("dictionry.yml",)),
    "wrong target": ({"data": {"target": "default_12"}}, ("default_12", "'default_12m'?")),
    "wrong input": ({"data": {"inputs": ["income", "utilization"]}}, ("utilization", "'utilisation'?")),
    "wrong identifier": ({"data": {"identifier": "custumer_id"}}, ("custumer_id", "'customer_id'?")),
    "wrong protected": ({"data": {"protected": ["sexe"]}}, ("sexe", "'sex'?")),
    "wrong time": ({"data": {"time": "snapshot"}}, ("snapshot",)),
    "text as an input": ({"data": {"inputs": ["income", "region"], "segments": []}}, ("region", "text")),
    "unknown key": ({"data": {"taget": "x"}}, ("report.yml, line", "data.taget", "'target'?")),
    "unknown section": ({"partition": {"rule": "random"}}, ("report.yml, line", "'partitions'?")),
    "required key missing": ({"data": {"target": None}}, ("data.target", "required")),
    "wrong type": ({"compute": {"workers": "many"}}, ("compute.workers", "many")),
    "wrong choice": ({"partitions": {"rule": "randomly"}}, ("partitions.rule", "randomly")),
    "date that is none": ({"model": {"as_of": "2026-02-31"}}, ("model.as_of",)),
    "version that is a path": ({"model": {"version": "../../1"}}, ("model.version",)),
    "template that is a path": ({"template": "../model_risk"}, ("template",)),
    "unknown template": ({"template": "model_rsk"}, ("model_rsk", "model_risk")),
    "unknown analysis": ({"analyses": {"perfomance": {"run": False, "reason": "x"}}}, ("perfomance", "'performance'?")),
    "unknown threshold": (
        {"thresholds": {"auc_week": {"value": 1, "owner": "V", "date": "2026-01-01", "reason": "x"}}},
        ("auc_week", "'auc_weak'?"),
    ),
    "unknown check": ({"mute": {"RML-P99": "not of interest"}}, ("RML-P99", "Did you mean 'RML-")),
    "unknown parameter": ({"analyses": {"data": {"parameters": {"bnis": 5}}}}, ("bnis", "data.ipynb")),
    "partition without rows": ({"partitions": {"out_of_time_from": "2030-01-01"}}, ("out_of_time",)),
    "event that does not occur": ({"data": {"event": 2}}, (TARGET, "2")),
}

ROWS: dict[str, tuple[Change, dict[str, Any], tuple[str, ...]]] = {
    "missing column": (lambda frame: frame.drop(columns=TARGET), {}, (TARGET,)),
    "one class only": (with_column(TARGET, lambda frame: 0), {}, (TARGET, "one class")),
    "no rows": (lambda frame: frame.iloc[:0], {}, ("portfolio.parquet",)),
    "missing target": (with_column(TARGET, first_missing), {}, (TARGET, "missing in 2 of 3000 rows")),
    "labels 0 and 4 without an event": (labels(0, 4), {}, (TARGET, "'4'", "data.event")),
    "yes and no without an event": (labels("no", "yes"), {}, (TARGET, "'yes'", "data.event")),
    "a wrong event among labels": (labels("no", "yes"), {"data": {"event": "Yes"}}, (TARGET, "'yes'")),
    "input without a value": (with_column("income", lambda frame: np.nan), {}, ("income", "no value")),
    "infinite input": (with_column("income", lambda frame: frame["income"] * np.inf), {}, ("income", "infinite")),
    "duplicate identifiers": (with_column("customer_id", lambda frame: 7), {}, ("customer_id", "data.duplicates")),
    "missing identifiers": (
        with_column("customer_id", lambda frame: frame["customer_id"].astype("float").where(frame.index > 0)),
        {},
        ("customer_id", "1 rows"),
    ),
    "partition without events": (
        lambda frame: frame.assign(**{TARGET: frame[TARGET].where(frame["snapshot_month"] < "2024-09-01", 0)}),
        {},
        ("out_of_time",),
    ),
    "column with line breaks": (lambda frame: frame.rename(columns={"income": "in\ncome"}), {}, ("control",)),
}


def refused(capsys: pytest.CaptureFixture[str], spec: Path, output: Path, words: tuple[str, ...]) -> None:
    """The build ends with 2 and one line that holds the words, and publishes nothing."""
    code, line = complaint(capsys, "build", spec, "--output", output)
    assert code == 2, line
    for word in words:
        assert word in line, line
    assert len(line) < 600, line
    assert visible(output) == []


@pytest.mark.parametrize("name", SPECS)
def test_a_bad_spec_is_one_line(
    name: str, rows: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sections, words = SPECS[name]
    spec = write_project(tmp_path / "project", rows, **sections)
    refused(capsys, spec, tmp_path / "output", words)


@pytest.mark.parametrize("name", ROWS)
def test_bad_rows_are_one_line(
    name: str, rows: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, sections, words = ROWS[name]
    spec = write_project(tmp_path / "project", change(rows), **sections)
    refused(capsys, spec, tmp_path / "output", words)


@pytest.mark.parametrize("name", ["wrong target", "unknown key", "unknown analysis", "unknown threshold"])
def test_check_says_the_same_as_build(
    name: str, rows: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sections, words = SPECS[name]
    spec = write_project(tmp_path / "project", rows, **sections)
    code, line = complaint(capsys, "check", spec, "--output", tmp_path / "output")
    assert code == 2
    assert all(word in line for word in words), line
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (labels(0, 4), 4),
        (labels("no", "yes"), "yes"),
        (with_column(TARGET, lambda frame: frame[TARGET] == 1), None),
        (lambda frame: labels("no", "yes")(frame).astype({TARGET: "category"}), "yes"),
    ],
    ids=["0 and 4", "yes and no", "bool", "category"],
)
def test_other_labels_of_the_target_are_fine_once_the_event_is_stated(
    change: Change, event: object, rows: pd.DataFrame, tmp_path: Path
) -> None:
    from respml.portfolio import build_portfolio
    from respml.spec import load_spec

    spec = load_spec(write_project(tmp_path, change(rows), data={"event": event})).spec
    read = build_portfolio(spec.data, spec.partitions, 1, tmp_path)
    assert read.frame[TARGET].tolist() == rows[TARGET].tolist()


@pytest.mark.parametrize(
    "change",
    [
        with_column("inquiries_6m", lambda frame: frame["inquiries_6m"] > 1),
        lambda frame: frame.astype({"region": "category", "employment_type": "category", "group": "category"}),
    ],
    ids=["bool input", "category segments"],
)
def test_bool_inputs_and_categories_are_fine(change: Change, rows: pd.DataFrame, tmp_path: Path) -> None:
    result = command("check", write_project(tmp_path, change(rows)), "--output", tmp_path / "output")
    assert result.returncode == 0, result.stderr


def test_a_wrong_path_of_the_spec_is_one_line_without_heavy_imports(tmp_path: Path) -> None:
    result = command("build", tmp_path / "reprot.yml", cwd=tmp_path)
    assert result.returncode == 2
    line = one_line(result.stderr)
    assert "reprot.yml" in line
    assert "respml init" in line
    assert list(tmp_path.iterdir()) == []


def test_errors_of_a_process_of_its_own_are_one_line_too(rows: pd.DataFrame, tmp_path: Path) -> None:
    # warnings of libraries, messages of kernels and of their ends would show up here
    spec = write_project(tmp_path / "project", rows, data={"target": "default_12"})
    result = command("build", spec, "--output", tmp_path / "output", "-q", environment={"RESPML_PLAIN_KERNELS": "0"})
    assert result.returncode == 2
    assert "'default_12m'?" in one_line(result.stderr)
    assert result.stdout == ""
    assert visible(tmp_path / "output") == []
