"""The stages after the evidence: what is recorded, compared, guarded, assembled, rendered and scanned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from respml.pipeline.assembling import run_document
from respml.pipeline.continuity import Continuity, code_behind, comparing
from respml.pipeline.disclosing import DISCLOSURE, disclosure_stage, scan_stage
from respml.pipeline.executor import StageResult
from respml.pipeline.layout import CHANGES
from respml.pipeline.rendering import REPORT, rendering_stages
from respml.pipeline.stage import Stage
from respml.pipeline.stages import input_digests
from respml.pipeline.template import Template
from respml.pipeline.volume import ANALYSIS as VOLUME
from respml.pipeline.volume import (
    bound_analyses,
    elsewhere,
    fairness_flags,
    fairness_narrative,
    report_passages,
    separate,
    volume_stages,
    volume_words,
)
from respml.review.narrative import slots
from respml.review.rebuild import Registers
from respml.spec import LoadedSpec


def document_stages(
    loaded: LoadedSpec,
    template: Template,
    stages: list[Stage],
    results: Mapping[str, StageResult],
    continuity: Continuity,
    registers: Registers,
    formats: tuple[str, ...],
    font_cache: Path,
) -> list[Stage]:
    """The stages ``record``, ``changes`` where there is a version before, ``document`` and one for each format.

    Parameters
    ----------
    stages, results: all up to the checks, and what they left.
    continuity: the version before, and people's passages.
    registers: as the build will leave them.
    formats: of ``html``, ``pdf`` and ``docx``.
    """
    from respml.document.engines import engine_identity
    from respml.document.words import spec_narrative, spec_variables
    from respml.pipeline.record import record_parameters, run_record

    active = template.active(loaded.spec)
    analyses = bound_analyses(loaded.spec, tuple(each.name for each in active))
    record = record_parameters(stages, results, input_digests(loaded), [each.notebook for each in active])
    labels = candidate_labels(results["candidates"].folder)
    changes = comparing(continuity, loaded, analyses, code_behind(stages), template.folder)
    signed = continuity.signed()
    spec = loaded.spec
    known = {each.name for each in template.analyses}
    inactive = {name: each.reason or "" for name, each in spec.switches.items() if not each.run and name in known}
    engine, version = engine_identity(spec.render.engine)
    variables = spec_variables(spec, template.title, labels) | {"engine": f"{engine} {version}"}
    words = {
        "variables": variables,
        "narrative": {
            **spec_narrative(spec, inactive, labels),
            **registers.narrative(),
            **fairness_narrative(spec, template.folder),
            "signoff-previous": signed,
        },
        "flags": {
            "tier": {spec.model.materiality.tier: True},
            "paper": {spec.render.paper.lower(): True},
            "register": registers.flags(),
            "signed": {"previous": bool(signed)},
            **fairness_flags(spec),
        },
        "analyses": [*(each.name for each in template.analyses), CHANGES, DISCLOSURE],
        "template": template.digest(),
        "passages": report_passages(spec, continuity.written).as_json(),
        "elsewhere": list(elsewhere(spec)),
        "slots": list(slots(template.folder)),
    }
    comparison = [] if changes is None else [changes(words)]
    recorded = ("record", "checks", *(each.name for each in comparison), *analyses)
    declared = [
        Stage(name="record", run=run_record, parameters=record, entry=("respml.pipeline.record",)),
        *comparison,
        disclosure_stage(spec, recorded),
        Stage(
            name="document",
            run=run_document,
            inputs=(DISCLOSURE, *recorded),
            parameters=words,
            entry=("respml.document.assemble", "respml.document.words", "respml.pipeline.assembling"),
            libraries=("fonttools", "brotli"),
            settings={"template_folder": str(template.folder), "font_cache": str(font_cache)},
        ),
        *rendering_stages(spec, REPORT, formats),
    ]
    apart = volume_words(words, continuity.written, registers)
    declared += volume_stages(spec, template, apart, formats, font_cache)
    printed = [each.name for each in declared if each.name not in (*recorded, DISCLOSURE)]
    return [*declared, scan_stage(spec, [*printed, *([VOLUME] if separate(spec) else [])])]


def candidate_labels(folder: Path) -> dict[str, str]:
    """The printed names of the candidates, from the folder of their stage."""
    return {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))["label"]
        for path in folder.glob("*/candidate.json")
    }
