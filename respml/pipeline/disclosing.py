"""The stages ``disclosure`` and ``scan``: no row of the data in what a run prints, unless the spec allows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from respml.pipeline.stage import Stage, StageRun
from respml.spec.disclosure import Disclosure
from respml.spec.report import ReportSpec

if TYPE_CHECKING:
    from respml.review.disclosure import Scan
    from respml.review.people import People

DISCLOSURE = "disclosure"
SCAN = "scan"
RECORD = "disclosure.json"


def disclosure_stage(spec: ReportSpec, scanned: Sequence[str]) -> Stage:
    """The stage that scans evidence and notebooks before they are printed, and says so in the document."""
    return _stage(DISCLOSURE, run_disclosure, spec, scanned)


def scan_stage(spec: ReportSpec, scanned: Sequence[str]) -> Stage:
    """The stage that scans the finished documents."""
    return _stage(SCAN, run_scan, spec, scanned)


def _stage(name: str, run: Callable[[StageRun], None], spec: ReportSpec, scanned: Sequence[str]) -> Stage:
    return Stage(
        name=name,
        run=run,
        inputs=tuple(dict.fromkeys(("portfolio", "candidates", *scanned))),
        parameters={"disclosure": spec.disclosure.model_dump(mode="json")},
        entry=("respml.pipeline.disclosing", "respml.review.disclosure"),
        libraries=("numpy", "pandas", "pyarrow", "pypdfium2"),
    )


def run_scan(run: StageRun) -> None:
    """Scan the documents and leave what was looked into."""
    policy = Disclosure.model_validate(run.parameters["disclosure"])
    scan = _scanned(run, policy, leave_out=("portfolio", "candidates"))
    text = json.dumps(scan_document(scan, policy), indent=1, sort_keys=True)
    (run.folder / RECORD).write_text(text + "\n", encoding="utf-8")


def run_disclosure(run: StageRun) -> None:
    """Scan what the analyses left, and record policy and result as evidence ``disclosure``."""
    policy = Disclosure.model_validate(run.parameters["disclosure"])
    write_disclosure(_scanned(run, policy, leave_out=("portfolio",)), policy, run.folder / "evidence")


def _scanned(run: StageRun, policy: Disclosure, leave_out: tuple[str, ...]) -> Scan:
    from respml.review.disclosure import require_none, scan_files

    people = people_of(run.inputs["portfolio"], run.inputs["candidates"], policy.minimum_cell)
    folders = {name: folder for name, folder in run.inputs.items() if name not in leave_out}
    allowed = policy.individuals == "allowed"
    scan = scan_files(people, _files(folders, with_rows=allowed))
    require_none(scan, allowed)
    return scan


def _files(folders: Mapping[str, Path], *, with_rows: bool) -> Iterator[tuple[str, Path]]:
    """What goes into the run: without rows allowed, model files that hold rows stay in the store."""
    from respml.adapters.stored import files_with_rows
    from respml.review.disclosure import files_below

    for name, folder in sorted(folders.items()):
        held_back = () if with_rows else files_with_rows(folder)
        for inner, path in files_below(folder):
            if not any(path.is_relative_to(each) for each in held_back):
                yield f"{name}/{inner}", path


def people_of(portfolio: Path, candidates: Path, minimum_cell: int) -> People:
    """The people of a stored portfolio; also in the order in which each candidate reads its inputs."""
    from respml.portfolio.portfolio import Portfolio
    from respml.review.people import People

    read = Portfolio.read(portfolio)
    described = [json.loads(each.read_text(encoding="utf-8")) for each in sorted(candidates.glob("*/candidate.json"))]
    known = set(read.frame.columns)
    orders = [[name for name in each["features"] if name in known] for each in described]
    return People.of(read, orders, minimum_cell)


def scan_document(scan: Scan, policy: Disclosure) -> dict[str, Any]:
    """A scan as JSON: what was looked into, what the spec allows, and the places where a row was recognised."""
    return {
        "policy": policy.model_dump(mode="json"),
        "files": scan.files,
        "pieces": scan.pieces,
        "recognised": [asdict(each) for each in scan.disclosures],
    }


def write_disclosure(scan: Scan, policy: Disclosure, folder: Path) -> None:
    """Policy and result of the scan as evidence ``disclosure``."""
    import pandas as pd

    from respml.evidence import Column, EvidenceWriter

    writer = EvidenceWriter("disclosure", folder, "respml/pipeline/disclosing.py")
    writer.metric("individuals", policy.individuals)
    writer.metric("minimum_cell", policy.minimum_cell, format="integer", method="disclosure.minimum_cell")
    writer.metric("reason", policy.reason or "none")
    writer.metric("approved_by", policy.approved_by or "nobody")
    writer.metric("files", sum(scan.files.values()), format="integer")
    writer.metric("pieces", scan.pieces, format="integer")
    writer.metric("recognised", len(scan.disclosures), format="integer")
    writer.statement("policy", _POLICY[policy.individuals])
    writer.statement("result", _RESULT)
    if not scan.disclosures:
        writer.statement("places", "There is none to list.")
        writer.close()
        return
    writer.table(
        "places",
        pd.DataFrame([asdict(each) for each in scan.disclosures]),
        caption="Where a row of the data can be recognised in the evidence",
        columns={
            "file": Column("File", width=40),
            "place": Column("Place", width=30),
            "how": Column("By", width=30),
        },
    )
    writer.close()


_POLICY = {
    "none": (
        "Single people are shown without any of their values and under labels of this report. Levels, "
        "extremes and counts that stand for fewer than {minimum_cell} people are withheld, and what is drawn of many "
        "stands for groups of {minimum_cell} or more."
    ),
    "banded": (
        "Single people are shown under labels of this report, with their values in bands of at least "
        "{minimum_cell} people each. Levels, extremes and counts that stand for fewer are withheld, and what is drawn "
        "of many stands for groups of {minimum_cell} or more."
    ),
    "allowed": (
        "Single people are shown with their values and by row number. Reason: {reason}. Approved by {approved_by}."
    ),
}
_RESULT = (
    "Before printing, {files} files of evidence and executed notebooks, with {pieces} tables, records and "
    "texts, were scanned for rows of the data: for identifiers that cannot be taken for a number, for "
    "named values, and for values in the order of the columns. Places where a row of the data can be "
    "recognised: {recognised}. The finished documents are scanned too, and what came of it is in "
    "`disclosure.json`."
)
