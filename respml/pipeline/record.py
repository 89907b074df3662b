"""The stage ``record``: what went into a run, for the appendix on reproduction."""

from __future__ import annotations

import ast
import json
import platform
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from respml.pipeline.executor import StageResult
from respml.pipeline.parsing import parse_python
from respml.pipeline.stage import Stage, StageRun, library_version
from respml.version import __version__

if TYPE_CHECKING:
    from respml.evidence import EvidenceWriter

SHOWN_DIGITS = 16


def record_parameters(
    stages: list[Stage], results: Mapping[str, StageResult], inputs: list[list[str]], notebooks: Iterable[Path]
) -> dict[str, object]:
    """All that the record prints, as JSON values."""
    libraries = sorted({name for stage in stages for name in stage.libraries} | {"weasyprint", "pypandoc_binary"})
    return {
        "stages": [[stage.name, stage.seed, results[stage.name].key, results[stage.name].digest] for stage in stages],
        "libraries": [["python", platform.python_version()], *([name, library_version(name)] for name in libraries)],
        "inputs": inputs,
        "version": __version__,
        "names": names_imported(notebooks),
    }


def run_record(run: StageRun) -> None:
    """Write stages, libraries, input files and conventions as evidence ``run``."""
    import pandas as pd

    from respml.evidence import Column, EvidenceWriter

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
    write_conventions(writer, _functions(run.parameters["names"]))
    write_power(writer)
    writer.close()


def write_power(writer: EvidenceWriter) -> None:
    """What the checks found on simulated portfolios, as measured for this software by ``tools/power.py``."""
    import pandas as pd

    from respml.checks.power import ALARM_GOAL, DETECTION_GOAL, power_lines
    from respml.evidence import Column

    lines = power_lines()
    table = pd.DataFrame(
        [
            {
                **vars(each),
                "planted": each.truth.replace("_", " ") or "nothing",
                "question": f"{each.check} {each.title}",
                "goals": each.goal,
            }
            for each in lines
        ]
    )
    planted, clean = table[table["truth"] != ""], table.drop_duplicates("check")
    must = planted[planted["role"] == "must"]
    writer.metric("power.version", lines[0].version)
    writer.metric("power.portfolios", int(table["clean_runs"].max()), format="integer")
    writer.metric("power.detection_goal", DETECTION_GOAL, format="percent0")
    writer.metric("power.alarm_goal", ALARM_GOAL, format="percent0")
    writer.metric("power.planted", len(must), format="integer")
    writer.metric("power.found", int((must["rate"] >= DETECTION_GOAL).sum()), format="integer")
    writer.metric("power.checks", len(clean), format="integer")
    writer.metric("power.quiet", int((clean["alarm_rate"] <= ALARM_GOAL).sum()), format="integer")
    writer.table(
        "power",
        planted,
        caption="Planted defects: how often the checks find them, and how often they fire where nothing is planted",
        columns={
            "planted": Column("Planted", width=14),
            "rows": Column("Rows", "integer", width=9),
            "question": Column("Check", width=28),
            "role": Column("Finding it", width=9),
            "rate": Column("Found", "percent0", interval=("lower", "upper"), width=20),
            "alarm_rate": Column("False alarms", "percent0", interval=("alarm_lower", "alarm_upper"), width=20),
            "goals": Column("Goals", width=14),
        },
    )
    writer.table(
        "alarms",
        clean[~clean["check"].isin(planted["check"])],
        caption="Checks without a planted defect of their own: how often they fire where nothing is planted",
        columns={
            "question": Column("Check", width=46),
            "clean_runs": Column("Portfolios", "integer", width=10),
            "alarm_rate": Column("Findings", "percent0", interval=("alarm_lower", "alarm_upper"), width=24),
            "goals": Column("Goal", width=20),
        },
        limit=200,
    )


def names_imported(notebooks: Iterable[Path]) -> list[str]:
    """``module:name`` of everything notebooks import by name from the package, sorted; nothing is imported for it."""
    used: set[str] = set()
    for notebook in notebooks:
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                used.update(_imports("".join(cell["source"])))
    return sorted(used)


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(parse_python(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("respml."):
            yield from (f"{node.module}:{alias.name}" for alias in node.names)


def _functions(names: Iterable[str]) -> set[str]:
    """The dotted names under which functions imported by ``names`` are defined."""
    found = set()
    for name in names:
        module, attribute = name.split(":")
        function = getattr(import_module(module), attribute, None)
        found.add(f"{getattr(function, '__module__', module)}.{attribute}")
    return found


def write_conventions(writer: EvidenceWriter, used: Collection[str]) -> None:
    """The declared convention of every measure that an analysis of this document calls."""
    import pandas as pd

    from respml.evidence import Column
    from respml.measures.conventions import all_conventions

    declared = [vars(each) for each in all_conventions() if each.function in used]
    columns = ["name", "formula", "direction", "ties", "zero_bins", "interval", "weights", "source"]
    writer.table(
        "conventions",
        pd.DataFrame(declared, columns=columns),
        caption="Statistical conventions of the measures in this document",
        columns={
            "name": Column("Measure", width=15),
            "formula": Column("Formula", width=26),
            "direction": Column("Direction", width=14),
            "ties": Column("Ties", width=14),
            "zero_bins": Column("Empty cells", width=16),
            "interval": Column("Interval", width=17),
            "weights": Column("Case weights", width=14),
            "source": Column("Source", width=17),
        },
        limit=200,
        landscape=True,
    )
