"""Errors that name a key of the spec say in which line it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from respml.errors import AnalysisError, InputError
from respml.spec.places import key_line, with_place

SPEC = """# a comment
model:
  id: a
data:
  source: x.csv
  excluded:
    "a.b": "why"
thresholds: {auc_week: {value: 1}}
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("data.source", 5),
        ("data.excluded.a.b", 7),
        ("data.target", 4),  # not written: its section
        ("thresholds.auc_week.value", 8),
        ("partitions.rule", None),
    ],
)
def test_the_line_of_a_key(key: str, line: int | None) -> None:
    assert key_line(SPEC, key) == line


def test_an_error_about_a_key_gains_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "report.yml").write_text(SPEC, encoding="utf-8")
    error = with_place(InputError("No.", where="stage portfolio, key 'data.source'", remedy="Yes."), tmp_path)
    assert isinstance(error, InputError)
    assert error.line() == "stage portfolio, report.yml, line 5, key 'data.source': No. Yes."
    missing = with_place(InputError("No.", where="key 'partitions'"), tmp_path / "report.yml")
    assert missing.line() == "report.yml, key 'partitions': No."


@pytest.mark.parametrize("where", ["report.yml, line 3, key 'data.source'", "column 'key'", "", "x.csv"])
def test_other_errors_stay_as_they_are(where: str, tmp_path: Path) -> None:
    (tmp_path / "report.yml").write_text(SPEC, encoding="utf-8")
    error = AnalysisError("No.", where=where)
    found = with_place(error, tmp_path)
    assert found.line() == error.line()


def test_a_spec_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "report.yml").write_text("a: [", encoding="utf-8")
    error = InputError("No.", where="key 'data.source'")
    assert with_place(error, tmp_path) is error and with_place(error, tmp_path / "none.yml") is error
