"""What a table says of the rows it leaves out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from respml.document.fragments import table_fragment
from respml.evidence import Column, EvidenceWriter, read_evidence


def fragment(folder: Path, limit: int) -> str:
    writer = EvidenceWriter("explanations", folder, "notebooks/explanations.ipynb")
    frame = pd.DataFrame({"value": [1, 2, 3]})
    columns = {"value": Column("Value", "integer")}
    writer.table("counter_examples", frame, caption="Pairs", columns=columns, limit=limit)
    writer.close()
    evidence = read_evidence([folder])
    return table_fragment(evidence, evidence.table("explanations.counter_examples"))


def test_rows_left_out_are_counted_and_found_in_a_file_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "evidence" / "explanations"
    text = fragment(folder, 2).replace("\\", "")
    assert "The first 2 of 3 rows; all are in evidence/explanations/counter_examples.csv" in text
    assert len(pd.read_csv(folder / "counter_examples.csv")) == 3


def test_a_whole_table_names_no_file(tmp_path: Path) -> None:
    assert "csv" not in fragment(tmp_path / "evidence" / "explanations", 3)


def test_files_that_lie_elsewhere_are_named_where_they_lie(tmp_path: Path) -> None:
    folder = tmp_path / "evidence" / "explanations"
    fragment(folder, 2)
    evidence = read_evidence([folder])
    table = evidence.table("explanations.counter_examples")
    text = table_fragment(evidence, table, {"explanations": "apart/evidence"}).replace("\\", "")
    assert "all are in apart/evidence/counter_examples.csv of this version's folder" in text
