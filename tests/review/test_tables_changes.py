"""Tables side by side."""

from __future__ import annotations

import pandas as pd

from respml.review.tables_changes import compare_tables, tables_frame
from tests.review.runs import run

FRAME = pd.DataFrame({"name": ["a", "b", "c"], "value": [1.0, 2.0, float("nan")]})


def changes(tmp_path, old, new):
    first = run(folder=tmp_path / "old", tables=old)
    return compare_tables(first.evidence, run(folder=tmp_path / "new", tables=new).evidence)


def test_equal_tables_are_no_change_undefined_cells_included(tmp_path):
    assert changes(tmp_path, {"rows": FRAME}, {"rows": FRAME.copy()}) == ()


def test_noise_is_no_change(tmp_path):
    assert changes(tmp_path, {"rows": FRAME}, {"rows": FRAME.assign(value=FRAME["value"] * (1 + 1e-12))}) == ()


def test_cells_rows_and_columns_are_counted(tmp_path):
    other = FRAME.assign(value=[1.5, 2.0, 3.0])
    (change,) = changes(tmp_path / "cells", {"rows": FRAME}, {"rows": other})
    assert (change.id, change.state, change.words) == ("data.rows", "changed", "2 cells")
    (change,) = changes(tmp_path / "rows", {"rows": FRAME}, {"rows": FRAME.head(2)})
    assert change.words == "3 rows before, 2 after"
    (change,) = changes(tmp_path / "columns", {"rows": FRAME}, {"rows": FRAME.rename(columns={"value": "share"})})
    assert change.words == "column share new, column value gone"


def test_tables_that_come_and_go(tmp_path):
    found = tables_frame(changes(tmp_path, {"rows": FRAME}, {"lines": FRAME}))
    assert list(zip(found["id"], found["state"], strict=True)) == [("data.lines", "added"), ("data.rows", "removed")]
