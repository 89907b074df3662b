"""Comparing a run with the version before it: the stage ``changes``, and the same for two finished runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from respml.document.assemble import assemble_text
from respml.errors import InputError
from respml.evidence import read_evidence
from respml.pipeline.assembling import document_words, evidence_folders
from respml.pipeline.stage import StageRun
from respml.review.comparison_of_runs import Comparison, Rescored, compare
from respml.review.document_text import document_text
from respml.review.narrative import Narrative, passages_document
from respml.review.run_files import RunContent, candidate_facts, read_run, recorded, withholding
from respml.review.verdict import rules_of_both
from respml.review.versions import ancestors, manifest_of
from respml.spec.fairness import VOLUME

CUTOFF = "performance.cutoff"


def compare_with_previous(run: StageRun) -> Comparison:
    """The run being built against the version before it; what both are made of is named by the stage's parameters.

    Raises
    ------
    InputError: the version before is no longer what it was when the build began, or its files were altered.
    """
    old_folder, *older = (Path(each) for each in run.parameters["chain"])
    old = read_run(old_folder)
    if old.manifest_sha256 != run.parameters["previous"][0][1]:
        raise InputError("The version before was built again meanwhile.", where=str(old_folder), remedy="Build again.")
    new = _being_built(run)
    for analysis in run.parameters["elsewhere"]:
        old = withholding(old, old_folder, analysis)
    return compare(
        old,
        new,
        rules=rules_of_both(old.spec, new.spec),
        earlier=[_findings(each) for each in older],
        rescored=rescored(old, new, old_folder / "candidates", run.inputs["candidates"], run.inputs["portfolio"]),
    )


def _being_built(run: StageRun) -> RunContent:
    """What the document of this build will say, read from the stages before it."""
    parameters = run.parameters
    evidence = read_evidence(evidence_folders(run.inputs))
    findings = json.loads((run.inputs["checks"] / "findings.json").read_text(encoding="utf-8"))
    flags, pieces = document_words(parameters, evidence, findings)
    draft = run.folder / "draft"
    assemble_text(
        Path(parameters["template_folder"]),
        evidence,
        parameters["variables"],
        flags,
        pieces,
        draft,
        analyses=tuple(parameters["analyses"]),
    )
    paragraphs = document_text(draft)
    shutil.rmtree(draft)
    candidates = parameters["spec"]["candidates"]
    written = Narrative.from_json(parameters["passages"])
    return RunContent(
        version=str(parameters["spec"]["model"]["version"]),
        spec=parameters["spec"],
        evidence=evidence,
        findings=tuple(findings),
        candidates=candidate_facts(run.inputs["candidates"]),
        champion=str(candidates["champion"]),
        benchmark=str(candidates["benchmark"]),
        files=recorded(evidence, "run.inputs"),
        libraries={**recorded(evidence, "run.libraries"), "respml": str(parameters["software"])},
        code=parameters["code"],
        paragraphs=paragraphs,
        passages=json.loads(passages_document(written, evidence.metrics)),
    )


def _findings(run: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    return found


def compare_folders(old: Path, new: Path) -> Comparison:
    """Two finished runs, by the rule table of the new one's spec.

    The decisions on the same rows are compared where the store beside the new run still has its portfolio.

    Raises
    ------
    InputError: when a folder is no complete run, or a file differs from its manifest.
    """
    before, after = read_run(old), read_run(new)
    if (new / VOLUME).is_dir():
        before = withholding(before, old, VOLUME)
    return compare(
        before,
        after,
        rules=rules_of_both(before.spec, after.spec),
        earlier=earlier_findings(old),
        rescored=rescored(before, after, old / "candidates", new / "candidates", stored_portfolio(new)),
    )


def earlier_findings(run: Path) -> list[list[dict[str, object]]]:
    """Findings of the versions before a run, as far as its chain can be followed."""
    return [_findings(each.folder) for each in list(ancestors(run.parent, run.name))[1:]]


def stored_portfolio(run: Path) -> Path | None:
    """The portfolio behind a run, where the store beside it still has it."""
    stages = manifest_of(run)[0].get("stages", {})
    if "portfolio" not in stages:
        return None
    folder = run.parent.parent / ".store" / "objects" / str(stages["portfolio"]["key"]) / "content"
    return folder if folder.is_dir() else None


def rescored(
    old: RunContent, new: RunContent, old_candidates: Path, new_candidates: Path, portfolio: Path | None
) -> Rescored | str:
    """Both champions on the new test rows, each at its own cut-off; or why that cannot be measured.

    Parameters
    ----------
    old, new: the runs, for champions and cut-offs.
    old_candidates, new_candidates: folders with the fitted candidates.
    portfolio: the new run's portfolio folder.
    """
    from respml.candidates.candidate import Candidates
    from respml.measures.intervals import wilson
    from respml.measures.stability import population_stability_index
    from respml.portfolio.portfolio import Portfolio

    if portfolio is None:
        return "the rows of the new version are no longer in the store"
    cutoffs = [run.evidence.metrics[CUTOFF].value if CUTOFF in run.evidence.metrics else None for run in (old, new)]
    if not all(isinstance(each, float) for each in cutoffs):
        return "a version has no cut-off, since its performance was not analysed"
    rows = Portfolio.read(portfolio)
    before = Candidates.read(old_candidates)[old.champion]
    after = Candidates.read(new_candidates)[new.champion]
    if not (before.has_model and after.has_model):
        return "a champion is known by its scores alone, or its files hold rows of the data and are not in its run"
    frame = rows.rows("test")
    missing = [each for each in before.features if each not in frame.columns]
    if missing:
        return f"the old champion reads {missing[0]}, which the new data do not have"
    try:
        first = before.predict(frame)
    except (InputError, ValueError, TypeError) as error:
        return f"the old champion cannot score the new rows: {error}"
    second = after.predict(frame)
    declined_before, declined_after = first > float(cutoffs[0] or 0), second > float(cutoffs[1] or 0)
    changed = int(np.sum(declined_before != declined_after))
    lower, upper = wilson(changed, len(frame))
    return Rescored(
        rows=len(frame),
        changed=changed,
        newly_declined=int(np.sum(~declined_before & declined_after)),
        newly_approved=int(np.sum(declined_before & ~declined_after)),
        interval=(float(lower), float(upper)),
        stability_index=population_stability_index(first, second).floored,
    )
