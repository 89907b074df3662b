"""Reading a run for comparison: its evidence, findings, candidates, inputs and text, checked against its manifest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.evidence import Evidence, read_evidence
from respml.review.document_text import Paragraph, document_text
from respml.review.narrative import PASSAGES
from respml.review.versions import manifest_of

_ANCHOR = re.compile(r"\{#(sec-[\w-]+)")


@dataclass(frozen=True)
class CandidateFacts:
    """What a candidate is made of: enough to say how two of them differ.

    Attributes
    ----------
    name, label, family: as the fit recorded them.
    features: its inputs, in order.
    monotone: the direction of each constrained input.
    parameters: what the search chose and the fit used, flattened: dotted name to value.
    digest: SHA-256 over the files of the fitted model, empty where they were not read.
    """

    name: str
    label: str
    family: str
    features: tuple[str, ...]
    monotone: Mapping[str, int]
    parameters: Mapping[str, Any]
    digest: str = ""


@dataclass(frozen=True)
class RunContent:
    """One side of a comparison: a finished run, or the one being built.

    Attributes
    ----------
    version: the model's version.
    spec: the spec as JSON values.
    evidence: all evidence, thresholds and checks included.
    findings: every check with its state, as in ``findings.json``.
    candidates: by name, in the run's order.
    champion, benchmark: names of candidates.
    files: input files and their SHA-256.
    libraries: libraries and their versions, the Python version and the software's own included.
    code: source files behind the stages and their SHA-256; empty where the run did not record them.
    paragraphs: the document's running text; empty where it was not assembled.
    passages: people's passages by name, as the document placed them.
    stages: stages and the digests of their results.
    manifest_sha256: digest of the manifest; empty for a run that is still being built.
    """

    version: str
    spec: Mapping[str, Any]
    evidence: Evidence
    findings: tuple[Mapping[str, Any], ...]
    candidates: Mapping[str, CandidateFacts]
    champion: str
    benchmark: str
    files: Mapping[str, str]
    libraries: Mapping[str, str]
    code: Mapping[str, str] = field(default_factory=dict)
    paragraphs: tuple[Paragraph, ...] = ()
    passages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    manifest_sha256: str = ""


def require_unchanged(run: Path, files: Mapping[str, str], read: tuple[str, ...]) -> None:
    """Every file that a comparison reads is the one the manifest lists.

    Parameters
    ----------
    run: the run's folder.
    files: the manifest's list.
    read: how the names start that a comparison reads.

    Raises
    ------
    InputError: naming the first file that is missing or was changed after the build.
    """
    for name, digest in sorted(files.items()):
        if not name.startswith(read):
            continue
        try:
            with (run / name).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            found = ""
        if found != digest:
            what = "was changed after the build" if found else "is missing"
            raise InputError(f"{name} {what}.", where=str(run), remedy="Build that version again.")


def read_run(run: Path) -> RunContent:
    """Read one finished run.

    Raises
    ------
    InputError: when the folder is no complete run, a file that is read differs from the manifest, or manifest and files
        are not what a build of this software writes.
    """
    manifest, digest = manifest_of(run)
    require_unchanged(run, manifest["files"], ("evidence/", "findings.json", "candidates/", "document/"))
    try:
        return _content(run, manifest, digest)
    except (KeyError, TypeError, ValueError, AttributeError, OSError, RecursionError) as error:
        told = f"{type(error).__name__}: {error}"[:120]
        raise InputError(
            f"The run is not as this respml writes one ({told}).", where=str(run), remedy="Build that version again."
        ) from error


def _content(run: Path, manifest: Mapping[str, Any], digest: str) -> RunContent:
    evidence = read_evidence(each for each in sorted((run / "evidence").iterdir()) if (each / "index.json").is_file())
    spec = manifest["spec"]
    return RunContent(
        version=str(manifest["version"]),
        spec=spec,
        evidence=evidence,
        findings=tuple(json.loads((run / "findings.json").read_text(encoding="utf-8"))),
        candidates=candidate_facts(run / "candidates"),
        champion=str(spec["candidates"]["champion"]),
        benchmark=str(spec["candidates"]["benchmark"]),
        files=recorded(evidence, "run.inputs"),
        libraries={**recorded(evidence, "run.libraries"), "respml": str(manifest.get("software", ""))},
        code=manifest.get("code", {}),
        paragraphs=document_text(run / "document"),
        passages=read_passages_placed(run / "document"),
        stages={name: str(each["digest"]) for name, each in manifest.get("stages", {}).items()},
        manifest_sha256=digest,
    )


def withholding(content: RunContent, run: Path, analysis: str) -> RunContent:
    """A run without what it prints of one analysis, for a comparison with a report that may not show it.

    Parameters
    ----------
    content: the run.
    run: its folder, whose assembled chapter tells the sections that go.
    analysis: name of the analysis, its chapter and its passage.
    """
    start, evidence = f"{analysis}.", content.evidence
    chapter = run / "document" / "chapters" / f"{analysis}.qmd"
    sections = set(_ANCHOR.findall(chapter.read_text(encoding="utf-8"))) if chapter.is_file() else set()
    return replace(
        content,
        evidence=Evidence(
            metrics={id: each for id, each in evidence.metrics.items() if not id.startswith(start)},
            tables={id: each for id, each in evidence.tables.items() if not id.startswith(start)},
            figures={id: each for id, each in evidence.figures.items() if not id.startswith(start)},
            statements={id: each for id, each in evidence.statements.items() if not id.startswith(start)},
        ),
        findings=tuple(each for each in content.findings if each["chapter"] != analysis),
        paragraphs=tuple(each for each in content.paragraphs if each.section.split(":")[0] not in sections),
        passages={name: each for name, each in content.passages.items() if name != analysis},
    )


def read_passages_placed(project: Path) -> dict[str, Any]:
    """What an assembled document says about people's passages; empty when it has none."""
    path = project / PASSAGES
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def recorded(evidence: Evidence, id: str) -> dict[str, str]:
    """A two-column table of the record as a mapping; empty when the run did not leave it."""
    if id not in evidence.tables:
        return {}
    frame = evidence.table(id).frame()
    return {str(key): str(value) for key, value in zip(frame.iloc[:, 0], frame.iloc[:, 1], strict=True)}


def candidate_facts(folder: Path) -> dict[str, CandidateFacts]:
    """The candidates of a folder that the stage ``candidates`` left, in their order."""
    header = json.loads((folder / "candidates.json").read_text(encoding="utf-8"))
    return {name: _facts(folder / name) for name in header["order"]}


def _facts(folder: Path) -> CandidateFacts:
    content = json.loads((folder / "candidate.json").read_text(encoding="utf-8"))
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(folder).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return CandidateFacts(
        name=str(content["name"]),
        label=str(content["label"]),
        family=str(content["family"]),
        features=tuple(content["features"]),
        monotone=dict(content.get("monotone") or {}),
        parameters=flattened(content.get("parameters") or {}),
        digest=total.hexdigest(),
    )


def flattened(content: Any, prefix: str = "") -> dict[str, Any]:
    """Nested JSON as dotted keys; lists stay whole, an empty mapping counts as a value."""
    if not isinstance(content, Mapping) or (not content and prefix):
        return {prefix: content}
    found: dict[str, Any] = {}
    for key, value in content.items():
        found |= flattened(value, f"{prefix}.{key}" if prefix else str(key))
    return found
