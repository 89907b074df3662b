"""The stages of a report, each a plain function of its inputs; :func:`analysis_stages` wires them together."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from respml.adapters.dependence import code_entries, file_digests, installed_libraries, reconciliation_digests
from respml.analysis.settings import AnalysisSettings
from respml.errors import InputError
from respml.pipeline.seeds import seed_for
from respml.pipeline.stage import Stage, StageRun
from respml.pipeline.template import AnalysisEntry, ExperimentEntry, Template
from respml.portfolio.places import resolve, source_files
from respml.spec import LoadedSpec
from respml.spec.candidates import CandidatesSpec
from respml.spec.data import Data, Partitions
from respml.spec.fairness import THRESHOLDS as FAIRNESS_THRESHOLDS
from respml.spec.loading import load_reason_mapping
from respml.spec.reasons import ReasonSettings
from respml.spec.reconciliation import THRESHOLDS as RECONCILIATION_THRESHOLDS
from respml.spec.reconciliation import Reconciliation
from respml.spec.report import ReportSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from respml.candidates.candidate import Candidate
    from respml.pipeline.kernels import Kernels

NUMERIC = ("numpy", "pandas", "pyarrow", "scipy", "scikit-learn", "xgboost", "glum")
DRAWING = ("matplotlib", "font-source-sans-pro", "papermill")
NOTEBOOK = "notebook.ipynb"
EVIDENCE = "evidence"


class KernelSource:
    """Starts the kernels of a build when the first stage that computes says that notebooks will follow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kernels: Kernels | None = None

    def prepare(self) -> Kernels:
        """The kernels; made in the background on the first call."""
        from respml.pipeline.kernels import Kernels

        with self._lock:
            if self._kernels is None:
                self._kernels = Kernels()
            return self._kernels

    def close(self) -> None:
        """End what was started."""
        with self._lock:
            if self._kernels is not None:
                self._kernels.close()
                self._kernels = None


def run_portfolio(run: StageRun) -> None:
    """Read, check, type and divide the data."""
    run.parameters["kernels"].prepare()
    from respml.portfolio.build import build_portfolio

    data = Data.model_validate(run.parameters["data"])
    partitions = Partitions.model_validate(run.parameters["partitions"])
    build_portfolio(data, partitions, run.seed, Path(run.parameters["base_folder"])).write(run.folder)


def run_candidates(run: StageRun) -> None:
    """Fit every candidate."""
    run.parameters["kernels"].prepare()
    from respml.candidates.fit import fit_candidates
    from respml.portfolio.portfolio import Portfolio

    portfolio = Portfolio.read(run.inputs["portfolio"])
    settings = CandidatesSpec.model_validate(run.parameters["candidates"])
    external: Mapping[str, Candidate] = {}
    if settings.external:
        from respml.adapters.bringing import bring_external

        external = bring_external(
            settings.external,
            portfolio,
            Path(run.parameters["base_folder"]),
            seed=run.seed,
            trust_pickle=run.parameters["external"]["trust_pickle"],
        )
    fit_candidates(portfolio, settings, run.seed, run.parameters["workers"], external).write(run.folder)


def run_scores(run: StageRun) -> None:
    """Probabilities and Shapley contributions of every candidate."""
    from respml.candidates.candidate import Candidates
    from respml.candidates.scores import compute_scores
    from respml.portfolio.portfolio import Portfolio

    portfolio = Portfolio.read(run.inputs["portfolio"])
    compute_scores(portfolio, Candidates.read(run.inputs["candidates"]), run.seed).write(run.folder)


def run_implementation(run: StageRun) -> None:
    """The champion as saved, as exported and as production scored it, on a frozen sample."""
    from respml.adapters.implementation import write_implementation

    write_implementation(
        run.inputs,
        run.folder,
        Reconciliation.model_validate(run.parameters["reconciliation"]),
        Path(run.parameters["base_folder"]),
        seed=run.seed,
        trust_pickle=run.parameters["trust_pickle"],
    )


def run_experiment(run: StageRun) -> None:
    """Extra fits, by the function the template names."""
    module, name = run.parameters["function"].split(":")
    function = getattr(import_module(module), name)
    settings = run.parameters["settings"]
    function(run.inputs, run.folder, run.seed, *([] if settings is None else [settings]))


def run_analysis(run: StageRun) -> None:
    """Execute one notebook in its stage folder, with its inputs linked beside it."""
    from respml.pipeline.notebooks import run_notebook

    settings = AnalysisSettings.model_validate(run.parameters["settings"])
    inputs = run.folder / "inputs"
    inputs.mkdir()
    settings.write(inputs)
    for name, folder in run.inputs.items():
        (inputs / name).symlink_to(os.path.relpath(folder, inputs), target_is_directory=True)
    run_notebook(
        Path(run.parameters["source"]),
        run.folder / NOTEBOOK,
        {**run.parameters["parameters"], "inputs": "inputs", "output": EVIDENCE},
        run.folder,
        kernels=run.parameters["kernels"].prepare(),
        timeout=run.parameters["timeout"],
        partial=run.folder / "partial.ipynb",
        on_cell=lambda done, total: run.progress("cell", done, total),
    )
    shutil.rmtree(inputs)
    if not (run.folder / EVIDENCE / "index.json").is_file():
        raise InputError(
            "The notebook ended without writing its evidence.",
            where=Path(run.parameters["source"]).name,
            remedy="End it with analysis.close().",
        )


def content_digests(loaded: LoadedSpec) -> list[list[str]]:
    """Name and SHA-256 of each data file, and of the dictionary."""
    data = loaded.spec.data
    files = list(source_files(resolve(data.source, loaded.folder, "data.source"), data.format, "data.source"))
    if data.dictionary is not None:
        files.append(resolve(data.dictionary, loaded.folder, "data.dictionary"))
    return [[path.name, file_digest(path)] for path in files]


def input_digests(loaded: LoadedSpec) -> list[list[str]]:
    """Name and SHA-256 of every file a run reads: data, dictionary, models made elsewhere, scores of production."""
    models = file_digests(loaded.spec.candidates.external, loaded.folder)
    models += reconciliation_digests(loaded.spec.reconciliation, loaded.folder)
    return [*content_digests(loaded), *([name, digest] for _, name, digest in models)]


def portfolio_stage(loaded: LoadedSpec, kernels: KernelSource) -> Stage:
    """The stage that reads the data; the content of its files is part of its key."""
    spec = loaded.spec
    return Stage(
        name="portfolio",
        run=run_portfolio,
        parameters={
            "data": spec.data.model_dump(mode="json"),
            "partitions": spec.partitions.model_dump(mode="json"),
            "content": content_digests(loaded),
        },
        entry=("respml.portfolio.build",),
        libraries=("numpy", "pandas", "pyarrow", "openpyxl"),
        seed=seed_for(spec.seed, "portfolio"),
        settings={"base_folder": str(loaded.folder), "kernels": kernels},
    )


def implementation_stage(loaded: LoadedSpec) -> Stage:
    """The stage that scores the frozen sample wherever the model stands; its key holds the files' content."""
    spec = loaded.spec
    return Stage(
        name="implementation",
        run=run_implementation,
        inputs=("portfolio", "candidates"),
        parameters={
            "reconciliation": spec.reconciliation.model_dump(mode="json"),
            "files": reconciliation_digests(spec.reconciliation, loaded.folder),
            "trust_pickle": loaded.trust_pickle,
        },
        entry=("respml.adapters.implementation", *code_entries()),
        libraries=(*NUMERIC, *installed_libraries()),
        seed=seed_for(spec.seed, "implementation"),
        settings={"base_folder": str(loaded.folder)},
    )


def experiment_stage(entry: ExperimentEntry, spec: ReportSpec) -> Stage:
    """The stage of one experiment; its key holds the sections of the spec that the template names, if any."""
    others, scorers = external_code(spec)
    section = None
    if isinstance(entry.settings, str):
        section = getattr(spec, entry.settings).model_dump(mode="json")
    elif entry.settings is not None:
        section = {name: getattr(spec, name).model_dump(mode="json") for name in entry.settings}
    return Stage(
        name=entry.name,
        run=run_experiment,
        inputs=entry.needs,
        parameters={"function": entry.function, "settings": section},
        entry=(entry.function.split(":")[0], *others),
        libraries=(*NUMERIC, *scorers),
        seed=seed_for(spec.seed, entry.name),
    )


def reason_settings(loaded: LoadedSpec) -> ReasonSettings:
    """The spec's section on reasons with the content of its mapping file, which so becomes part of the stage's key."""
    section = loaded.spec.reasons
    if section.mapping is None:
        return ReasonSettings(section=section)
    path = resolve(section.mapping, loaded.folder, "reasons.mapping")
    return ReasonSettings(section=section, mapping=load_reason_mapping(path))


LIMITS = {"fairness": FAIRNESS_THRESHOLDS, "reconciliation": RECONCILIATION_THRESHOLDS}
"""The registered thresholds that the tables of an analysis mark rows by, by its ``settings`` in the template."""


def limits_of(settings: str, spec: ReportSpec) -> dict[str, float]:
    """The values of :data:`LIMITS`, overrides included."""
    from respml.checks.register import threshold_register

    register = threshold_register(spec.thresholds)
    return {name: register[name].value for name in LIMITS[settings]}


def analysis_stage(entry: AnalysisEntry, loaded: LoadedSpec, kernels: KernelSource) -> Stage:
    """The stage of one analysis; its key holds the notebook, what the notebook imports, and its settings."""
    spec = loaded.spec
    seed = seed_for(spec.seed, entry.name)
    switch = spec.analyses.get(entry.name)
    others, scorers = external_code(spec)
    limits = limits_of(entry.settings, spec) if entry.settings in LIMITS else None
    reasons = reason_settings(loaded) if entry.settings == "reasons" else None
    return Stage(
        name=entry.name,
        run=run_analysis,
        inputs=entry.needs,
        parameters={
            "settings": AnalysisSettings.from_spec(spec, seed, reasons, limits).model_dump(mode="json"),
            "parameters": {} if switch is None else dict(switch.parameters),
        },
        entry=(entry.notebook, *others),
        libraries=(*NUMERIC, *DRAWING, *scorers),
        seed=seed,
        settings={"source": str(entry.notebook), "timeout": spec.compute.notebook_timeout, "kernels": kernels},
    )


def external_code(spec: ReportSpec) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Modules and libraries that a stage depends on which reads candidates made elsewhere; nothing without any."""
    return (code_entries(), installed_libraries()) if spec.candidates.external else ((), ())


def external_files(loaded: LoadedSpec) -> dict[str, object]:
    """What the stage that loads candidates made elsewhere depends on; nothing without any."""
    external = loaded.spec.candidates.external
    if not external:
        return {}
    return {"external": {"files": file_digests(external, loaded.folder), "trust_pickle": loaded.trust_pickle}}


def analysis_stages(loaded: LoadedSpec, template: Template, kernels: KernelSource) -> list[Stage]:
    """Every stage from the data to the evidence, those that take longest first."""
    spec = loaded.spec
    active = template.active(spec)
    others, scorers = external_code(spec)
    shared = [
        portfolio_stage(loaded, kernels),
        Stage(
            name="candidates",
            run=run_candidates,
            inputs=("portfolio",),
            parameters={"candidates": spec.candidates.model_dump(mode="json"), **external_files(loaded)},
            entry=("respml.candidates.fit", *others),
            libraries=(*NUMERIC, *scorers),
            seed=seed_for(spec.seed, "candidates"),
            settings={"workers": spec.compute.workers, "kernels": kernels, "base_folder": str(loaded.folder)},
        ),
        Stage(
            name="scores",
            run=run_scores,
            inputs=("portfolio", "candidates"),
            entry=("respml.candidates.scores", *others),
            libraries=(*NUMERIC, "woodelf-explainer", *scorers),
            seed=seed_for(spec.seed, "scores"),
        ),
        implementation_stage(loaded),
        *(experiment_stage(each, spec) for each in template.experiments),
    ]
    analyses = [analysis_stage(each, loaded, kernels) for each in active]
    needed = {"portfolio", "candidates"}
    for stage in reversed([*shared, *analyses]):
        if stage in analyses or stage.name in needed:
            needed.update(stage.inputs)
    return [*(each for each in shared if each.name in needed), *analyses]


def run_checks(run: StageRun) -> None:
    """Judge the evidence of all analyses."""
    from respml.pipeline.judging import judge_evidence

    judge_evidence(run)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits.

    Raises
    ------
    InputError: the file is missing or may not be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        what = f"The file cannot be read: {error.strerror}."
        raise InputError(what, where=str(path), remedy="Check its name and permissions.") from error
