"""The stages after the evidence: what is recorded, compared, guarded, assembled, rendered and scanned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from respml.pipeline.assembling import run_document
from respml.pipeline.disclosing import DISCLOSURE, disclosure_stage, scan_stage
from respml.pipeline.layout import CHANGES
from respml.pipeline.rendering import REPORT, rendering_stages
from respml.pipeline.stage import Stage
from respml.pipeline.template import Template
from respml.pipeline.volume import ANALYSIS as VOLUME
from respml.pipeline.volume import (
    elsewhere,
    fairness_flags,
    fairness_narrative,
    report_passages,
    separate,
    volume_stages,
    volume_words,
)
from respml.review.narrative import Narrative, slots
from respml.review.rebuild import Registers
from respml.spec import LoadedSpec


def document_stages(
    loaded: LoadedSpec,
    template: Template,
    analyses: tuple[str, ...],
    record: Mapping[str, Any],
    formats: tuple[str, ...],
    labels: Mapping[str, str],
    font_cache: Path,
    registers: Registers,
    written: Narrative | None = None,
    changes: Callable[[Mapping[str, Any]], Stage] | None = None,
    signed: str = "",
) -> list[Stage]:
    """The stages ``record``, ``changes``, ``document`` and one for each format.

    ``written`` are people's passages; ``changes`` makes the stage that compares with the version before, given all that
    the text is made of; without it there is no such version; ``signed`` tells who signed that version.
    """
    from respml.document.engines import engine_identity
    from respml.document.words import spec_narrative, spec_variables
    from respml.pipeline.record import run_record

    spec = loaded.spec
    known = {each.name for each in template.analyses}
    inactive = {name: each.reason or "" for name, each in spec.switches.items() if not each.run and name in known}
    engine, version = engine_identity(spec.render.engine)
    variables = spec_variables(spec, template.title, labels) | {"engine": f"{engine} {version}"}
    passages = written or Narrative(spec.narrative, {}, {})
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
        "passages": report_passages(spec, passages).as_json(),
        "elsewhere": list(elsewhere(spec)),
        "slots": list(slots(template.folder)),
    }
    comparison = [] if changes is None else [changes(words)]
    recorded = ("record", "checks", *(each.name for each in comparison), *analyses)
    stages = [
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
    apart = volume_words(words, passages, registers)
    stages += volume_stages(spec, template, apart, formats, font_cache)
    printed = [each.name for each in stages if each.name not in (*recorded, DISCLOSURE)]
    return [*stages, scan_stage(spec, [*printed, *([VOLUME] if separate(spec) else [])])]
