"""Errors of libraries as one useful line."""

from __future__ import annotations

from pathlib import Path

import pytest

from respml.adapters.bringing import bring_external
from respml.adapters.messages import told
from respml.errors import InputError
from respml.spec.external import External
from tests.adapters.made_elsewhere import portfolio

TRACE = """[03:34:57] /__w/xgboost/src/c_api/c_api.cc:1513: Invalid model format: no UBJSON.
Stack trace:
  [bt] (0) /usr/lib/libxgboost.so(+0x2c1a8c) [0x7f87de4c1a8c]
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TRACE, "Invalid model format: no UBJSON"),
        (
            "\n\n  [bt] (8) libpython3.11.so.1.0(_PyObject_MakeTpCall+0x7d)\nCheck failed: x == y",
            "Check failed: x == y",
        ),
        ("catboost/libs/model/model.cpp:1237: Incorrect model file descriptor", "Incorrect model file descriptor"),
        ("The input has  two\tspaces.", "The input has two spaces"),
        ("", "no reason is told"),
        ("a" * 500, "a" * 120),
    ],
)
def test_the_first_line_that_says_something(text: str, line: str) -> None:
    assert told(ValueError(text)) == line


def test_junk_given_to_xgboost_is_told_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "model.ubj").write_bytes(b"\x80\x04junk")
    external = {"vendor": External.model_validate({"label": "V", "path": "model.ubj", "adapter": "xgboost"})}
    with pytest.raises(InputError) as caught:
        bring_external(external, portfolio(), tmp_path)
    line = caught.value.line()
    assert "Invalid model format" in line and not any(each in line for each in ("[bt]", ".so", "/", "0x"))
