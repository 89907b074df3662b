"""How a run is laid out: what the stages left, put together under one folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from respml.evidence.twin import TWIN
from respml.pipeline.disclosing import DISCLOSURE, RECORD, SCAN
from respml.pipeline.layout import CHANGES, FINDINGS, PROJECT
from respml.pipeline.rendering import REPORT, place_documents
from respml.pipeline.volume import ANALYSIS as VOLUME
from respml.pipeline.volume import fill_volume

NOTEBOOK = "notebook.ipynb"


def fill_run(folder: Path, stages: Mapping[str, Path], analyses: Iterable[str], *, with_rows: bool) -> None:
    """Copy what the stages left, each in its folder, into the layout of a run; the manifest is not written here.

    ``with_rows`` says whether model files that hold rows of the data go along; without them a candidate keeps its
    description alone.
    """
    from respml.adapters.stored import files_with_rows

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
    shutil.copyfile(stages["document"] / TWIN, folder / TWIN)
