"""The stage ``record``: what went into a run, for the appendix on reproduction."""

from __future__ import annotations

import platform
from collections.abc import Mapping

import pandas as pd

from respml.evidence import Column, EvidenceWriter
from respml.measures import import_all
from respml.measures.conventions import all_conventions
from respml.pipeline.executor import StageResult
from respml.pipeline.stage import Stage, StageRun, library_version
from respml.version import __version__

SHOWN_DIGITS = 16


def record_parameters(stages: list[Stage], results: Mapping[str, StageResult], inputs: list[list[str]]) -> dict[str, object]:
    """All that the record prints, as JSON values."""
    libraries = sorted({name for stage in stages for name in stage.libraries} | {"weasyprint", "pypandoc_binary"})
    return {
        "stages": [[stage.name, stage.seed, results[stage.name].key, results[stage.name].digest] for stage in stages],
        "libraries": [["python", platform.python_version()], *([name, library_version(name)] for name in libraries)],
        "inputs": inputs,
        "version": __version__,
    }


def run_record(run: StageRun) -> None:
    """Write stages, libraries, input files and conventions as evidence ``run``."""
    writer = EvidenceWriter("run", run.folder, "respml/pipeline/record.py")
    writer.metric("software", run.parameters["version"], format="text")
    stages = pd.DataFrame(run.parameters["stages"], columns=["stage", "seed", "key", "digest"])
    for name in ("key", "digest"):
        stages[name] = stages[name].str[:SHOWN_DIGITS]
    writer.table(
        "stages",
        stages,
        caption="Stages of this run: seed, digest of everything that went in, digest of everything that came out",
        columns={
            "stage": Column("Stage", width=20),
            "seed": Column("Seed", width=14),
            "key": Column("Inputs (SHA-256, first digits)", width=26),
            "digest": Column("Outputs (SHA-256, first digits)", width=26),
        },
        limit=200,
    )
    writer.table(
        "libraries",
        pd.DataFrame(run.parameters["libraries"], columns=["name", "version"]),
        caption="Software this run depends on",
        columns={"name": Column("Library"), "version": Column("Version")},
        limit=200,
    )
    writer.table(
        "inputs",
        pd.DataFrame(run.parameters["inputs"], columns=["file", "digest"]),
        caption="Input files and their digests",
        columns={"file": Column("File", width=28), "digest": Column("SHA-256", width=64)},
        limit=200,
    )
    write_conventions(writer)
    writer.close()


def write_conventions(writer: EvidenceWriter) -> None:
    """The declared convention of every measure, in two tables that fit a page."""
    import_all()
    rows = pd.DataFrame([vars(each) for each in all_conventions()])
    writer.table(
        "formulas",
        rows,
        caption="Statistical conventions: what each measure is",
        columns={
            "name": Column("Measure", width=20),
            "formula": Column("Formula", width=36),
            "interval": Column("Interval", width=20),
            "source": Column("Source", width=24),
        },
        limit=200,
    )
    writer.table(
        "rules",
        rows,
        caption="Statistical conventions: direction, ties, empty cells, weights",
        columns={
            "name": Column("Measure", width=20),
            "direction": Column("Direction", width=20),
            "ties": Column("Ties", width=18),
            "zero_bins": Column("Empty cells", width=22),
            "weights": Column("Case weights", width=18),
        },
        limit=200,
    )
