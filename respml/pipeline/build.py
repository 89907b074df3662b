"""Building a run: from the spec to ``output/<id>/<version>/``, and nothing half-written under that name."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from respml.checks.requirements import profiles_for, stated
from respml.document.fonts import warm_cache
from respml.errors import InputError
from respml.pipeline.assembling import evidence_folders
from respml.pipeline.continuity import Continuity, code_behind, read_continuity, run_name
from respml.pipeline.executor import StageResult, run_stages
from respml.pipeline.forecast import Forecast
from respml.pipeline.layout import FINDINGS
from respml.pipeline.placing import place_run, recover
from respml.pipeline.progress import Progress
from respml.pipeline.publishing import document_stages
from respml.pipeline.run_layout import fill_run
from respml.pipeline.stage import Stage
from respml.pipeline.stages import KernelSource, analysis_stages, run_checks
from respml.pipeline.store import Store
from respml.pipeline.telling import notes
from respml.pipeline.template import Template, read_template
from respml.pipeline.volume import bound_analyses
from respml.resources import template_folder
from respml.review.narrative import require_accepted
from respml.review.rebuild import prepare, registers_kept
from respml.review.signoff import is_signed, require_unsigned
from respml.spec import LoadedSpec
from respml.spec.loading import nearest
from respml.version import __version__

STORE = ".store"


@dataclass(frozen=True)
class BuildResult:
    """A finished run, the stages behind it, whether its folder had to be written, and what else there is to say."""

    folder: Path
    stages: dict[str, StageResult]
    findings: list[dict[str, Any]]
    published: bool
    notes: tuple[str, ...] = ()


def checks_stage(loaded: LoadedSpec, analyses: tuple[str, ...], template: Template) -> Stage:
    """The stage that judges; only the parts of the spec it reads enter its key."""
    spec = loaded.spec
    profiles = profiles_for(template.folder / "requirements", spec.model.jurisdictions)
    kept = spec.model_dump(mode="json", exclude={"render", "compute", "review", "changes", "narrative", "disclosure"})
    # The identity is required by the spec's type and read by no check: a fixed one keeps it out of the key.
    kept["model"] = {
        **{name: kept["model"][name] for name in ("id", "materiality", "jurisdictions")},
        "name": "model",
        "version": "0",
        "as_of": "2000-01-01",
        "owner": {"name": "owner"},
        "developer": {"name": "developer"},
        "validator": {"name": "validator"},
        "intended_use": "use",
        "population": "population",
    }
    return Stage(
        name="checks",
        run=run_checks,
        inputs=analyses,
        parameters={
            "spec": kept,
            "requirements": [json.loads(json.dumps(asdict(each), default=str)) for each in profiles],
            "stated": [*stated(profiles, spec.model_dump(mode="json")), *registers_kept(loaded)],
        },
        entry=("respml.pipeline.judging", *_rule_modules()),
    )


def _rule_modules() -> tuple[str, ...]:
    """The modules that hold checks; they are imported by name, so they are entries of their own."""
    from pkgutil import iter_modules

    from respml.checks import rules

    return tuple(f"respml.checks.rules.{module.name}" for module in iter_modules(rules.__path__))


def build(
    loaded: LoadedSpec,
    output: Path,
    *,
    progress: Progress | None = None,
    formats: tuple[str, ...] | None = None,
    strict: bool = False,
) -> BuildResult:
    """Build the run of a spec.

    Parameters
    ----------
    loaded: the spec.
    output: folder for runs and store; made when missing.
    progress: told what happens.
    formats: fewer formats than the spec's make a preview in ``<id>/preview-<version>``; the run stays as it is.
    strict: refuse passages that nobody has accepted against the numbers of this version.

    Raises
    ------
    RespmlError: with the exit code of the room that failed; the previous run stays as it was.
    """
    spec = loaded.spec
    template = read_template(template_folder(spec.template, loaded.folder))
    require_known_names(loaded, template)
    recover(output / spec.model.id / spec.model.version)
    store = Store(output / STORE)
    active = tuple(each.name for each in template.active(spec))
    bound = bound_analyses(spec, active)
    continuity = read_continuity(loaded, template, output)
    name = run_name(spec.model.id, spec.model.version)
    workers = spec.compute.workers
    kernels = KernelSource()
    stages = [*analysis_stages(loaded, template, kernels), checks_stage(loaded, active, template)]
    refuse_in_vain(output / spec.model.id / spec.model.version, Forecast(store, name), stages)
    fonts = output / STORE / "fonts"
    cutting = warm_cache(fonts)
    try:
        results = run_stages(
            stages,
            store,
            workers,
            progress,
            run=name,
            baseline=continuity.baseline,
            keep_failed=True,
            on_interrupt=kernels.close,
        )
    except BaseException:
        _end(cutting)
        raise
    finally:
        kernels.close()
    if strict:
        require_words(continuity, results)
    registers = prepare(loaded, results["checks"].folder / FINDINGS, recorded=continuity.histories)
    printed = formats or spec.render.formats
    rendering = document_stages(loaded, template, stages, results, continuity, registers, printed, fonts)
    if cutting is not None:
        cutting.wait()
    results |= run_stages(rendering, store, workers, progress, run=name, baseline=continuity.baseline, done=results)
    whole = set(printed) >= set(spec.render.formats)
    folder = output / spec.model.id / (spec.model.version if whole else f"preview-{spec.model.version}")
    folders = {each: result.folder for each, result in results.items()}
    published, kept = place_run(
        folder,
        lambda fresh: fill_run(fresh, folders, bound, with_rows=spec.disclosure.individuals == "allowed"),
        {
            "id": spec.model.id,
            "version": spec.model.version,
            "as_of": spec.model.as_of.isoformat(),
            "software": __version__,
            "seed": spec.seed,
            "spec": spec.model_dump(mode="json"),
            "template": template.digest(),
            "previous": continuity.link,
            "code": code_behind(stages),
            "registers": registers.history(),
            "stages": {name: {"key": each.key, "digest": each.digest} for name, each in sorted(results.items())},
        },
        is_version=whole,
    )
    told = notes(kept, registers, registers.write() if whole else (), folders)
    findings = json.loads((results["checks"].folder / FINDINGS).read_text(encoding="utf-8"))
    return BuildResult(folder, results, findings, published, told)


def refuse_in_vain(folder: Path, forecast: Forecast, stages: list[Stage]) -> None:
    """Refuse before anything is computed what could not be put in place: another run of a signed version.

    Raises
    ------
    InputError: when the version is signed and a stage would have to run.
    """
    if is_signed(folder):
        forecast.add(stages)
        if len(forecast.results) < len(stages):
            require_unsigned(folder)


def require_words(continuity: Continuity, results: dict[str, StageResult]) -> None:
    """Every passage a person wrote holds against the evidence of these stages.

    Raises
    ------
    RenderError: naming the passage that does not.
    """
    from respml.evidence import read_evidence

    evidence = read_evidence(evidence_folders({name: each.folder for name, each in results.items()}))
    require_accepted(continuity.written, evidence.metrics)


def require_known_names(loaded: LoadedSpec, template: Template) -> None:
    """Refuse what the spec names and nothing has, before anything is computed.

    Raises
    ------
    InputError: an unknown threshold, check, analysis, or parameter of an analysis.
    """
    from respml.checks import all_checks, threshold_register

    threshold_register(loaded.spec.thresholds)
    codes = [each.code for each in all_checks()]
    for code in loaded.spec.mute:
        if code not in codes:
            raise InputError(f"There is no check '{code}'.", where=f"key 'mute.{code}'", remedy=nearest(code, codes))
    for entry in template.active(loaded.spec):
        switch = loaded.spec.analyses.get(entry.name)
        if switch is not None and switch.parameters:
            from respml.pipeline.notebooks import check_parameters

            check_parameters(entry.notebook, switch.parameters)


def _end(process: subprocess.Popen[bytes] | None) -> None:
    """End a helper process that nobody waits for any more."""
    if process is not None:
        process.kill()
        process.wait()
