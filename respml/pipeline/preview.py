"""``respml check``: is everything in place for a build, and what would the build do? Fits and publishes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from respml.candidates.named_inputs import require_known_inputs
from respml.checks.requirements import profiles_for
from respml.document.engines import engine_identity
from respml.document.fonts import FACES, font_file
from respml.errors import InputError
from respml.evidence import format_value
from respml.pipeline.build import STORE, checks_stage, require_known_names
from respml.pipeline.continuity import read_continuity, run_name
from respml.pipeline.forecast import Forecast
from respml.pipeline.manifest import MANIFEST
from respml.pipeline.notebooks import check_parameters
from respml.pipeline.seeds import seed_for
from respml.pipeline.stage import library_version
from respml.pipeline.stages import KernelSource, analysis_stages
from respml.pipeline.store import Store
from respml.pipeline.template import Template, read_template
from respml.portfolio.build import build_portfolio
from respml.portfolio.portfolio import Portfolio
from respml.resources import template_folder
from respml.spec import LoadedSpec


def preview(loaded: LoadedSpec, output: Path) -> Iterator[str]:
    """Check spec, data, template and environment, and say what a build would do.

    Parameters
    ----------
    loaded: the spec.
    output: the folder a build would write to; it need not exist, and no run or result in it is changed.

    Returns
    -------
    Lines to print, one by one: what was checked before an error has been said when it is raised.

    Raises
    ------
    InputError: something a build needs is missing or wrong.
    RenderError: the engine the spec asks for, or a font, is missing.
    """
    spec = loaded.spec
    yield _line("spec", f"{loaded.path.name}: {spec.model.name}, {spec.model.id} {spec.model.version}")
    template = read_template(template_folder(spec.template, loaded.folder))
    require_known_names(loaded, template)
    yield from _template_lines(loaded, template)
    yield from _environment_lines(loaded)
    _require_writable(output)
    store = Store(output / STORE) if (output / STORE).is_dir() else None
    continuity = read_continuity(loaded, template, output)
    kernels = KernelSource()
    stages = [*analysis_stages(loaded, template, kernels), checks_stage(loaded, _names(template, loaded), template)]
    forecast = Forecast(store, run_name(spec.model.id, spec.model.version), continuity.baseline)
    forecast.add(stages)
    portfolio = forecast.results.get("portfolio")
    yield from _data_lines(loaded, None if portfolio is None else portfolio.folder)
    yield _line("candidates", _candidates(loaded))
    forecast.add_rendering(loaded, template, stages, output / STORE / "fonts", continuity)
    for name, reason in forecast.reasons.items():
        yield _line("reuse" if name in forecast.results else "run", f"{name:<16} {reason}")
    yield _line("result", _summary(forecast, loaded, output))


def _line(topic: str, text: str) -> str:
    return f"{topic:<12} {''.join(character if character.isprintable() else ' ' for character in text)}"


def _names(template: Template, loaded: LoadedSpec) -> tuple[str, ...]:
    return tuple(each.name for each in template.active(loaded.spec))


def _template_lines(loaded: LoadedSpec, template: Template) -> Iterator[str]:
    active = template.active(loaded.spec)
    for entry in active:
        switch = loaded.spec.analyses.get(entry.name)
        check_parameters(entry.notebook, {"inputs": "", "output": "", **(switch.parameters if switch else {})})
    yield _line("template", f"{loaded.spec.template}: analyses {', '.join(each.name for each in active) or 'none'}")
    for name, switch in loaded.spec.analyses.items():
        if not switch.run:
            yield _line("", f"{name} is switched off: {switch.reason}")
    asked = loaded.spec.model.jurisdictions
    held = {each.jurisdiction for each in profiles_for(template.folder / "requirements", asked)}
    without = [name for name in dict.fromkeys(asked) if name not in held]
    if without:
        every = sorted(path.stem for path in (template.folder / "requirements").glob("*.yml"))
        yield _line("", f"no profile of requirements is held for {', '.join(without)}; held are {', '.join(every)}")


def _environment_lines(loaded: LoadedSpec) -> Iterator[str]:
    engine, version = engine_identity(loaded.spec.render.engine)
    said = [f"{engine} {version}"]
    if "pdf" in loaded.spec.render.formats:
        try:
            import weasyprint  # noqa: F401  (loads the system's text libraries)
        except OSError as error:
            raise InputError(
                "The PDF renderer lacks a system library (Pango, HarfBuzz or fontconfig).",
                where="environment",
                remedy="Run 'python3 build.py', which installs them, or leave pdf out of render.formats.",
            ) from error
        said.append(f"weasyprint {library_version('weasyprint')}")
    missing = [face.file for face in FACES if not font_file(face).is_file()]
    if missing:
        raise InputError(f"The font {missing[0]} is missing.", where="environment", remedy="Install respml again.")
    yield _line("environment", f"{', '.join(said)}, {len(FACES)} fonts")


def _require_writable(output: Path) -> None:
    existing = next(each for each in (output.absolute(), *output.absolute().parents) if each.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise InputError(
            "The output folder may not be written.", where=str(output), remedy="Choose another with --output."
        )


def _data_lines(loaded: LoadedSpec, folder: Path | None) -> Iterator[str]:
    """Rows, roles and partitions: of the stored portfolio where it is current, else of one built in memory."""
    spec = loaded.spec
    if folder is None:
        portfolio = build_portfolio(spec.data, spec.partitions, seed_for(spec.seed, "portfolio"), loaded.folder)
    else:
        portfolio = Portfolio.read(folder)
    require_known_inputs(spec.candidates, portfolio.inputs)
    opened = list(_models(loaded, portfolio))
    rows, columns = portfolio.source["rows"], portfolio.source["columns"]
    yield _line("data", f"{', '.join(portfolio.source['files'])}: {rows:,} rows, {columns} columns")
    held = f", {len(portfolio.protected)} protected" if portfolio.protected else ""
    yield _line("", f"target {portfolio.target}, {len(portfolio.inputs)} inputs{held}, {len(portfolio.notes)} notes")
    for name in portfolio.partitions:
        outcome = portfolio.outcome(name)
        rate = format_value(float(outcome.mean()), "percent1")
        yield _line("", f"{name:<12} {len(outcome):>9,} rows {int(outcome.sum()):>8,} defaults {rate:>7}")
    yield from opened


def _models(loaded: LoadedSpec, portfolio: Portfolio) -> Iterator[str]:
    """Models made elsewhere, opened and asked for a few rows as a build does; what a build would fit is not."""
    from respml.adapters.bringing import KEY, adapter_of, bring_candidate

    for name, entry in loaded.spec.candidates.external.items():
        key = f"{KEY}.{name}"
        adapter = adapter_of(key, entry, loaded.folder)
        if entry.path is None and entry.function is None:
            yield _line("model", f"{name}: {adapter.describes}")
            continue
        found = bring_candidate(key, name, entry, portfolio, loaded.folder, trust_pickle=loaded.trust_pickle)
        yield _line("model", f"{name}: {adapter.describes}, {len(found.features)} inputs")


def _candidates(loaded: LoadedSpec) -> str:
    candidates = loaded.spec.candidates
    return f"{', '.join(candidates.order)}; champion {candidates.champion}, benchmark {candidates.benchmark}"


def _summary(forecast: Forecast, loaded: LoadedSpec, output: Path) -> str:
    identity = loaded.spec.model
    folder = output / identity.id / identity.version
    formats = ", ".join(loaded.spec.render.formats) or "no document"
    total, reused = len(forecast.reasons), len(forecast.results)
    verb = "replace" if (folder / MANIFEST).is_file() else "write"
    if reused == total and verb == "replace":
        verb = "leave as it is, where nothing else changed,"
    return f"a build would run {total - reused} of {total} stages and {verb} {folder} ({formats})"
