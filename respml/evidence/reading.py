"""Reading evidence back: the index files of all analyses become one :class:`Evidence`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from respml.errors import AnalysisError
from respml.evidence.model import Column, Evidence, Figure, Metric, Statement, Table


def _metric(id: str, entry: dict[str, Any]) -> Metric:
    interval = entry["ci"]
    return Metric(
        id=id,
        value=entry["value"],
        interval=None if interval is None else (interval[0], interval[1]),
        n=entry["n"],
        format=entry["format"],
        unit=entry["unit"],
        method=entry["method"],
        partition=entry["partition"],
        source=entry["source"],
        note=entry["note"],
        about=tuple(entry.get("about", ())),
        withheld=entry.get("withheld", ""),
    )


def _table(id: str, entry: dict[str, Any], folder: Path) -> Table:
    columns = {
        each["name"]: Column(
            label=each["label"],
            format=each["format"],
            unit=each["unit"],
            interval=None if each["interval"] is None else (each["interval"][0], each["interval"][1]),
            width=each["width"],
        )
        for each in entry["columns"]
    }
    return Table(
        id=id,
        caption=entry["caption"],
        columns=columns,
        rows=entry["rows"],
        total_rows=entry["total_rows"],
        note=entry["note"],
        statement=entry["statement"],
        strong=tuple(entry["strong"]),
        landscape=entry["landscape"],
        source=entry["source"],
        folder=folder,
        withheld=entry.get("withheld", {}),
    )


def read_evidence(folders: Iterable[Path]) -> Evidence:
    """Read the evidence folders of several analyses.

    Raises
    ------
    AnalysisError: when a folder has no index, as after an analysis that did not reach its end.
    """
    evidence = Evidence({}, {}, {}, {})
    for folder in folders:
        try:
            index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise AnalysisError(
                "The analysis left no evidence index.",
                where=folder.name,
                remedy="End its notebook with analysis.close().",
            ) from error
        for id, entry in index["metrics"].items():
            evidence.metrics[id] = _metric(id, entry)
        for id, entry in index["tables"].items():
            evidence.tables[id] = _table(id, entry, folder)
        for id, entry in index["figures"].items():
            evidence.figures[id] = Figure(
                id, entry["caption"], entry["statement"], entry["alt"], entry["source"], folder
            )
        for id, entry in index["statements"].items():
            evidence.statements[id] = Statement(id, entry["text"], entry["source"])
    return evidence
