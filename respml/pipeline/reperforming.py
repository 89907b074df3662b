"""Computing a run again from its source data, for comparison with what was recorded; no document is made."""

from __future__ import annotations

import json
from pathlib import Path

from respml.evidence import read_evidence
from respml.pipeline.build import STORE, checks_stage
from respml.pipeline.executor import run_stages
from respml.pipeline.layout import FINDINGS
from respml.pipeline.stages import EVIDENCE, KernelSource, analysis_stages
from respml.pipeline.store import Store
from respml.pipeline.template import read_template
from respml.resources import template_folder
from respml.review.verification import Reperformed
from respml.spec import LoadedSpec


def reperform(loaded: LoadedSpec, output: Path) -> Reperformed:
    """Run every stage from the data to the checks in a fresh store.

    Parameters
    ----------
    loaded: the spec, with its data at the paths it names.
    output: folder for the store; nothing of an earlier run is read.

    Raises
    ------
    RespmlError: with the exit code of the room that failed.
    """
    template = read_template(template_folder(loaded.spec.template, loaded.folder))
    active = tuple(each.name for each in template.active(loaded.spec))
    kernels = KernelSource()
    try:
        stages = [*analysis_stages(loaded, template, kernels), checks_stage(loaded, active, template)]
        results = run_stages(
            stages, Store(output / STORE), loaded.spec.compute.workers, run="again", on_interrupt=kernels.close
        )
    finally:
        kernels.close()
    evidence = read_evidence([results[name].folder / EVIDENCE for name in active])
    metrics = {id: {"value": each.value, "ci": each.interval} for id, each in evidence.metrics.items()}
    findings = json.loads((results["checks"].folder / FINDINGS).read_text(encoding="utf-8"))
    return Reperformed(results["portfolio"].folder, metrics, findings)
