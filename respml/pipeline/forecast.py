"""What a build would find in the store, as far as that can be known without computing."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

from respml.pipeline.continuity import Continuity
from respml.pipeline.disclosing import DISCLOSURE, SCAN
from respml.pipeline.executor import StageResult
from respml.pipeline.layout import CHANGES, FINDINGS
from respml.pipeline.publishing import document_stages
from respml.pipeline.reasons import reason_to_build, reason_to_reuse
from respml.pipeline.rendering import RENDERING
from respml.pipeline.stage import Stage
from respml.pipeline.store import Store
from respml.pipeline.template import Template
from respml.review.rebuild import prepare
from respml.spec import LoadedSpec


class Forecast:
    """Which stages a build would find in the store, as far as that can be known without computing.

    A stage whose input would be computed has no key yet: it may turn out to be in the store, but counts as one to run.
    """

    def __init__(self, store: Store | None, run: str, baseline: str | None = None) -> None:
        self.store = store
        self.run = run
        self.baseline = baseline
        self.results: dict[str, StageResult] = {}
        self.reasons: dict[str, str] = {}

    def add(self, stages: list[Stage]) -> None:
        """Foresee these stages, whose inputs are among them or were added before."""
        by_name = {stage.name: stage for stage in stages}
        order = TopologicalSorter({stage.name: stage.inputs for stage in stages}).static_order()
        for name in (each for each in order if each in by_name):
            self._add(by_name[name])
        ordered = [*(each for each in self.reasons if each not in by_name), *by_name]
        self.reasons = {name: self.reasons[name] for name in ordered}

    def _add(self, stage: Stage) -> None:
        waiting = [name for name in stage.inputs if name not in self.results]
        if waiting:
            self.reasons[stage.name] = f"reads {', '.join(waiting)}"
            return
        parts = stage.key_parts({name: self.results[name].digest for name in stage.inputs})
        previous = None if self.store is None else self.store.recorded(self.run, stage.name)
        if previous is None and self.store is not None and self.baseline is not None:
            previous = self.store.recorded(self.baseline, stage.name)
        found = None if self.store is None else self.store.get(parts.key())
        if found is None:
            self.reasons[stage.name] = reason_to_build(previous, parts)
            return
        reason = reason_to_reuse(previous, parts)
        self.reasons[stage.name] = reason
        self.results[stage.name] = StageResult(stage.name, found.key, found.folder, found.digest, 0.0, True, reason)

    def add_rendering(
        self, loaded: LoadedSpec, template: Template, stages: list[Stage], fonts: Path, continuity: Continuity
    ) -> None:
        """Foresee the stages after the evidence; their parameters hold the results of all stages before."""
        formats = loaded.spec.render.formats
        if len(self.results) < len(stages):
            compared = () if continuity.previous is None else (CHANGES,)
            printed = (RENDERING[name] for name in formats)
            rendering = ("record", *compared, DISCLOSURE, "document", *printed, SCAN)
            self.reasons |= dict.fromkeys(rendering, "reads the stages above")
            return
        registers = prepare(loaded, self.results["checks"].folder / FINDINGS, recorded=continuity.histories)
        self.add(document_stages(loaded, template, stages, self.results, continuity, registers, formats, fonts))
