"""Verifying a bundle: every digest, then everything that can be computed again from what it holds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from respml.candidates.candidate import Candidates
from respml.candidates.scorers import SCORERS
from respml.checks import judge, threshold_register
from respml.errors import InputError
from respml.evidence import Evidence, read_evidence
from respml.portfolio.portfolio import Portfolio
from respml.review.agreement import agrees, compare_findings, compare_metrics
from respml.review.archive import extract_archive
from respml.review.bundle import (
    HEADER,
    HEADLINE,
    LAYOUT,
    LEVELS,
    LOCK,
    RUN,
    SAMPLE,
    SAMPLE_METRICS,
    SPEC,
    TOLERANCE,
    code_digest,
    lock,
    sample_metrics,
)
from respml.review.consistency import Step, compared, guarded, one_line, run_steps
from respml.review.signoff import SIGNOFF, sha256_of, states
from respml.review.versions import MANIFEST, manifest_of
from respml.spec import LoadedSpec, load_spec
from respml.spec.report import ReportSpec


@dataclass(frozen=True)
class Reperformed:
    """A run computed again from its source data.

    Attributes
    ----------
    portfolio: its portfolio folder.
    metrics: metric id -> ``value`` and ``ci``, of the analyses that were computed again.
    findings: every check with its state.
    """

    portfolio: Path
    metrics: Mapping[str, Mapping[str, Any]]
    findings: list[dict[str, Any]]


Rebuild = Callable[[LoadedSpec, Path], Reperformed]


@dataclass(frozen=True)
class Verification:
    """All steps, in order; the first that differs decides."""

    steps: tuple[Step, ...]

    @property
    def first_difference(self) -> Step | None:
        """The first step that differs."""
        return next((each for each in self.steps if each.state == "differs"), None)


def verify_bundle(
    source: Path,
    *,
    tolerance: float | None = None,
    rebuild: Rebuild | None = None,
    trust_code: bool = False,
    work: Path | None = None,
) -> Verification:
    """Unpack a bundle into a fresh folder, compare every digest, and compute again what it allows.

    Parameters
    ----------
    source: the zip.
    tolerance: largest difference relative to max(1, |recorded|) at which two numbers agree; 1e-9 where left out.
    rebuild: computes a run again from its spec; used where the bundle holds the data, left out to skip that step.
    trust_code: whether what can run code of the bundle's maker may: a template of its own, models made elsewhere.
    work: folder for the copy; a temporary one where left out.

    Raises
    ------
    InputError: when the file is no bundle of this layout, or not safe to unpack.
    """
    with tempfile.TemporaryDirectory(prefix="respml-verify-", dir=work) as folder:
        root = Path(folder) / "bundle"
        root.mkdir()
        names = extract_archive(source, root)
        header = _header(root, source.name)
        # never the bundle's own word: who forges a number can forge a tolerance
        limit = TOLERANCE if tolerance is None else tolerance
        steps = [_digests(root, names, header["files"])]
        steps += [_run_manifest(root, str(header["run_manifest"])), _signatures(root / RUN)]
        if any(each.state == "differs" for each in steps[:2]):
            # what was changed after packing proves nothing about the model, so nothing is computed from it
            return Verification(tuple(steps))
        steps.append(_environment(root, str(header["code"])))
        steps += [*run_steps(root / RUN), *guarded("checks", lambda: _judged_again(root / RUN))]
        try:
            reason = foreign_code(root)
        except InputError as error:
            return Verification((*steps, Step("models", "differs", 0, one_line(error.line()))))
        if reason and not trust_code:
            steps.append(Step("models", "not possible", 0, f"{reason}; nothing of it was opened; --trust-code does"))
            return Verification(tuple(steps))
        if reason:
            steps.append(Step("models", "noted", 0, f"{reason}; run because of --trust-code"))
        steps += guarded("frozen sample", lambda: _sample(root, header, limit))
        steps += guarded("run from source data", lambda: _full(root, header, limit, rebuild, Path(folder)))
    return Verification(tuple(steps))


def foreign_code(root: Path) -> str:
    """Why computing from this unpacked bundle could run code of its maker; empty where it could not.

    Raises
    ------
    InputError: when the packed models are not described as respml describes them.
    """
    if any((root / "spec" / "report_templates").rglob("*")):
        return "the bundle brings a template, whose notebooks are code"
    folder = root / RUN / "candidates"
    try:
        names = json.loads((folder / "candidates.json").read_text(encoding="utf-8"))["order"]
        for name in names:
            header = json.loads((folder / name / "candidate.json").read_text(encoding="utf-8"))
            if "adapter" in header:
                return f"the model {name!r} {_how_it_opens(header['adapter'])}"
            if name != Path(name).name or header.get("family") not in SCORERS:
                return f"the model {name!r} is of no kind that respml fits, and opening it can run code"
        spec = manifest_of(root / RUN)[0]["spec"]
        for name, entry in (spec.get("candidates", {}).get("external") or {}).items():
            return f"the model {name!r} of the spec {_how_it_opens(entry.get('adapter'))}"
        entry = spec.get("reconciliation", {}).get("artefact")
        if entry:
            return f"the exported artefact of the spec {_how_it_opens(entry.get('adapter'))}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"The packed models cannot be told apart ({type(error).__name__}).",
            where=f"{RUN}candidates",
            remedy="Ask for the bundle again.",
        ) from error
    return ""


def _how_it_opens(adapter: object) -> str:
    """What happens when a model made elsewhere is opened; the adapter's name is the bundle's word, so it is quoted."""
    if adapter == "python":
        return "is a Python module of the bundle, which runs when it is opened (adapter 'python')"
    if adapter == "sklearn":
        return "is a skops file, which builds objects of the types that the bundle trusts (adapter 'sklearn')"
    return f"was made elsewhere, and opening it can run code (adapter {str(adapter)[:40]!r})"


def _header(root: Path, name: str) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads((root / HEADER).read_text(encoding="utf-8"))
        words = [header[key] for key in ("run_manifest", "code", "data")]
        whole = isinstance(header["files"], dict) and all(isinstance(each, str) for each in words)
        if header["layout"] == LAYOUT and whole and header["data"] in LEVELS:
            return header
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("This is no bundle of respml.", where=name, remedy="Make one with 'respml bundle'.") from error
    raise InputError(f"The bundle is not of layout {LAYOUT}.", where=name, remedy="Use the respml that wrote it.")


def _digests(root: Path, names: tuple[str, ...], recorded: Mapping[str, str]) -> Step:
    present = set(names) - {HEADER}
    wrong = [f"{name} is missing" for name in sorted(set(recorded) - present)]
    wrong += [f"{name} is not of the bundle" for name in sorted(present - set(recorded))]
    wrong += [
        f"{name} was changed" for name in sorted(present & set(recorded)) if sha256_of(root / name) != recorded[name]
    ]
    return compared("files against the bundle's manifest", wrong, len(recorded))


def _run_manifest(root: Path, recorded: str) -> Step:
    run = root / RUN
    name = "files against the run's manifest"
    try:
        manifest, digest = manifest_of(run)
    except InputError as error:
        return Step(name, "differs", 0, error.line())
    files: Mapping[str, str] = manifest["files"]
    wrong = [] if digest == recorded else [f"{MANIFEST} is not the one that was bundled"]
    present = {each.relative_to(run).as_posix() for each in run.rglob("*") if each.is_file()} - {MANIFEST, SIGNOFF}
    wrong += [f"{each} is missing" for each in sorted(set(files) - present)]
    wrong += [f"{each} is not of the run" for each in sorted(present - set(files))]
    wrong += [f"{each} was changed" for each in sorted(present & set(files)) if sha256_of(run / each) != files[each]]
    return compared(name, wrong, len(files))


def _signatures(run: Path) -> Step:
    try:
        found = states(run)
    except InputError as error:
        return Step("signatures", "differs", 0, error.line())
    void = [each.line() for each in found if each.state == "void"]
    if void:
        return Step("signatures", "differs", len(found), void[0])
    return Step("signatures", "noted", 0, "; ".join(each.line() for each in found))


def _judged_again(run: Path) -> list[Step]:
    findings = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    evidence = read_evidence(sorted(run / "evidence" / each for each in ("threshold", *_analyses(run))))
    return [compared("checks judged again on the evidence", *_judged(run, evidence, findings))]


def _analyses(run: Path) -> list[str]:
    """The analyses of a run: those whose notebooks it holds."""
    return [each.stem for each in (run / "notebooks").glob("*.ipynb")]


def _judged(run: Path, evidence: Evidence, recorded: list[dict[str, Any]]) -> tuple[list[str], int]:
    spec = ReportSpec.model_validate(manifest_of(run)[0]["spec"])
    results = judge(spec, evidence, threshold_register(spec.thresholds))
    again = [
        {"code": each.code, "state": each.state, "severity": each.severity, "message": evidence.fill(each.message)}
        for each in results
    ]
    return compare_findings(recorded, again, exactly=True), len(recorded)


def _sample(root: Path, header: Mapping[str, Any], tolerance: float) -> list[Step]:
    name = "frozen sample scored by the packed models"
    if header["data"] == "none":
        return [Step(name, "not possible", 0, "the bundle holds no sample")]
    if not (root / SAMPLE).is_file():
        return [Step(name, "differs", 0, f"the bundle says that it holds data, and {SAMPLE} is missing")]
    sample = pd.read_parquet(root / SAMPLE)
    candidates = Candidates.read(root / RUN / "candidates")
    frame = sample[[name for name in sample.columns if name.startswith("feature.")]]
    frame = frame.rename(columns=lambda name: name.removeprefix("feature."))
    recorded = {name: sample[f"probability.{name}"].to_numpy() for name in candidates.order}
    again = {name: candidates[name].predict(frame) for name in candidates.order if candidates[name].has_model}
    wrong = []
    for model, probability in again.items():
        for row in range(len(sample)):
            if not agrees(recorded[model][row], probability[row], tolerance):
                wrong.append(
                    f"{model}, row {row}: recorded {float(recorded[model][row])!r}, again {float(probability[row])!r}"
                )
    steps = [compared(name, wrong, len(sample) * len(again))] if again else []
    left_out = [each for each in candidates.order if each not in again]
    if left_out:
        told = f"no model object of {', '.join(left_out)}: scores alone, or files that hold rows and were left out"
        steps.append(Step(f"{name}, all of them", "not possible", 0, one_line(told)))
    metrics = json.loads((root / SAMPLE_METRICS).read_text(encoding="utf-8"))
    flat = {id: {"value": value} for id, value in metrics.items()}
    found = {id: {"value": value} for id, value in sample_metrics(sample, {**recorded, **again}).items()}
    return [*steps, compared("headline measures on the sample", *compare_metrics(flat, found, tolerance, whole=True))]


def _full(root: Path, header: Mapping[str, Any], tolerance: float, rebuild: Rebuild | None, work: Path) -> list[Step]:
    name = "run from source data"
    if header["data"] != "full":
        return [Step(name, "not possible", 0, "the bundle does not hold the data")]
    if rebuild is None:
        return [Step(name, "not possible", 0, "it was not asked for")]
    run = root / RUN
    recorded = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    loaded = load_spec(root / SPEC)
    if loaded.spec.model_dump(mode="json") != manifest_of(run)[0]["spec"]:
        return [Step(name, "differs", 1, "the packed spec is not the one in the run's manifest")]
    again = rebuild(loaded, work / "output")
    headline = headline_metrics(Portfolio.read(again.portfolio), Candidates.read(run / "candidates"))
    packed = {id: each for id, each in recorded.items() if id in headline}
    steps = [
        compared("headline metrics of the packed models on the rebuilt portfolio",
              *compare_metrics(packed, headline, tolerance)),
        compared("every metric of the run computed again", *compare_metrics(recorded, again.metrics, tolerance)),
    ]  # fmt: skip
    findings = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    wrong = compare_findings(findings, again.findings)
    return [*steps, compared("every check of the run judged again", wrong, len(findings))]


def headline_metrics(portfolio: Portfolio, candidates: Candidates) -> dict[str, dict[str, Any]]:
    """The headline measures of each candidate with a model on test, under the ids the analyses give them."""
    outcome, frame = portfolio.outcome("test"), portfolio.features("test")
    found = {}
    for name in (each for each in candidates.order if candidates[each].has_model):
        probability = candidates[name].predict(frame)
        for key, measure in HEADLINE.items():
            found[f"performance.{key}.{name}"] = {"value": float(measure(outcome, probability).value)}
    return found


def _environment(root: Path, code: str) -> Step:
    """What differs between the two machines: the usual reason why numbers do."""
    packed, here = (_lines(root / LOCK), lock().splitlines())
    other = sorted(set(packed) ^ set(here))
    told = f"{len(other)} lines of {LOCK} differ, such as {other[0]}" if other else "same Python and distributions"
    told = one_line(told)
    own = "the same code of respml" if code == code_digest() else "other code of respml than the bundle was made with"
    return Step("environment", "noted", len(packed), f"{told}; {own}")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
