"""How a run is laid out: what the stages left, put together under one folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from respml.pipeline.disclosing import DISCLOSURE, RECORD, SCAN
from respml.pipeline.layout import CHANGES, FINDINGS, PROJECT
from respml.pipeline.rendering import REPORT, place_documents
from respml.pipeline.volume import ANALYSIS as VOLUME
from respml.pipeline.volume import fill_volume

if TYPE_CHECKING:
    from respml.evidence import Evidence

NOTEBOOK = "notebook.ipynb"


def fill_run(folder: Path, stages: Mapping[str, Path], analyses: Iterable[str], *, with_rows: bool) -> None:
    """Copy what the stages left, each in its folder, into the layout of a run; the manifest is not written here.

    ``with_rows`` says whether model files that hold rows of the data go along; without them a candidate keeps its
    description alone.
    """
    from respml.adapters.stored import files_with_rows
    from respml.evidence import read_evidence

    (folder / "notebooks").mkdir(parents=True)
    for name in analyses:
        if name == VOLUME and "volume" in stages:
            continue
        shutil.copyfile(stages[name] / NOTEBOOK, folder / "notebooks" / f"{name}.ipynb")
        shutil.copytree(stages[name] / "evidence", folder / "evidence" / name)
    for name in ("checks", "threshold", "traceability"):
        shutil.copytree(stages["checks"] / name, folder / "evidence" / name)
    shutil.copytree(stages["record"], folder / "evidence" / "run")
    shutil.copytree(stages[DISCLOSURE] / "evidence", folder / "evidence" / DISCLOSURE)
    shutil.copyfile(stages[SCAN] / RECORD, folder / RECORD)
    if CHANGES in stages:
        shutil.copytree(stages[CHANGES] / "evidence", folder / "evidence" / CHANGES)
    shutil.copyfile(stages["checks"] / FINDINGS, folder / FINDINGS)
    shutil.copytree(stages["document"] / PROJECT, folder / "document")
    held_back = set() if with_rows else set(files_with_rows(stages["candidates"]))
    shutil.copytree(
        stages["candidates"],
        folder / "candidates",
        ignore=lambda parent, names: [name for name in names if Path(parent) / name in held_back],
    )
    place_documents(folder, stages, REPORT)
    fill_volume(folder, stages, NOTEBOOK)
    evidence = read_evidence(sorted((folder / "evidence").iterdir()))
    (folder / "metrics.json").write_text(metrics_document(evidence), encoding="utf-8")


def metrics_document(evidence: Evidence) -> str:
    """All metrics of a run, flat, by id."""
    entries = {
        id: {
            "value": metric.value,
            "ci": metric.interval,
            "n": metric.n,
            "unit": metric.unit,
            "format": metric.format,
            "method": metric.method,
            "partition": metric.partition,
            "source": metric.source,
            "note": metric.note,
        }
        for id, metric in evidence.metrics.items()
    }
    return json.dumps(entries, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
