"""A bundle: everything another person needs to check a run on another machine, as one zip with its own manifest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import pandas as pd
import yaml

import respml
from respml.candidates.candidate import Candidates
from respml.candidates.scores import Scores
from respml.errors import InputError
from respml.measures.proper_scores import brier_score, log_loss
from respml.measures.ranking import area_under_roc, gini
from respml.portfolio.places import resolve, source_files
from respml.portfolio.portfolio import Portfolio, write_parquet
from respml.resources import template_folder
from respml.review.archive import write_archive
from respml.review.signoff import SIGNOFF, require_whole, sha256_of
from respml.review.versions import manifest_of
from respml.spec import LoadedSpec
from respml.spec.report import ReportSpec
from respml.version import __version__

HEADER, LOCK, SPEC = "bundle.json", "lock.txt", "spec/report.yml"
SAMPLE, SAMPLE_METRICS = "sample/rows.parquet", "sample/metrics.json"
RUN = "run/"
LAYOUT = 1
TOLERANCE = 1e-9
SAMPLE_ROWS = 500
REPORTED = ("test", "out_of_time")
CODE = (".py", ".yml", ".ipynb")
LEVELS = ("none", "sample", "full")
HEADLINE: Mapping[str, Callable[..., Any]] = {
    "auc": area_under_roc,
    "gini": gini,
    "log_loss": log_loss,
    "brier": brier_score,
}
DataLevel = Literal["none", "sample", "full"]


@dataclass(frozen=True)
class StageFolders:
    """Where the store keeps what a frozen sample is drawn from."""

    portfolio: Path
    scores: Path


def write_bundle(
    run: Path, target: Path, *, data: DataLevel, stages: StageFolders | None = None, loaded: LoadedSpec | None = None
) -> str:
    """Pack a run and return the SHA-256 of the zip; equal runs in equal environments give equal bytes.

    Parameters
    ----------
    run: the run's folder.
    target: the zip to write.
    data: nothing of the data, a frozen sample of the reported partitions, or also the source files.
    stages: portfolio and scores of the run, for a sample.
    loaded: the spec the run was built from, for its source files.

    Raises
    ------
    InputError: when the spec allows less data, the run is not what was built, or what is needed is not there.
    """
    manifest, manifest_sha256 = manifest_of(run)
    require_whole(run, manifest["files"])
    _require_allowed(manifest["spec"], data)
    files: dict[str, Path | bytes] = {RUN + name: run / name for name in (*manifest["files"], "manifest.json")}
    if (run / SIGNOFF).exists():
        files[RUN + SIGNOFF] = run / SIGNOFF
    files[LOCK] = lock().encode()
    files[SPEC] = yaml.safe_dump(manifest["spec"], allow_unicode=True, sort_keys=True).encode()
    with tempfile.TemporaryDirectory(prefix="respml-bundle-") as folder:
        if data != "none":
            files |= _sample_files(run, stages, Path(folder))
        if data == "full":
            files |= _source_files(loaded, manifest)
        header = {
            "layout": LAYOUT,
            "id": manifest["id"],
            "version": manifest["version"],
            "data": data,
            "software": __version__,
            "code": code_digest(),
            "run_manifest": manifest_sha256,
            "files": {name: _digest(content) for name, content in files.items()},
        }
        files[HEADER] = (json.dumps(header, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
        return write_archive(target, files)


def _digest(content: Path | bytes) -> str:
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else sha256_of(content)


def _require_allowed(spec: Mapping[str, Any], data: DataLevel) -> None:
    allowed = str(spec.get("review", {}).get("bundle_data", "none"))
    if allowed not in LEVELS or LEVELS.index(data) > LEVELS.index(allowed):
        raise InputError(
            f"The spec of this run allows a bundle the data level '{allowed}', not '{data}'.",
            where="key 'review.bundle_data'",
            remedy="Bundle with less data, or change the spec and build again.",
        )


def lock() -> str:
    """The Python version and every installed distribution, one ``name==version`` a line, sorted."""
    found = {
        (each.metadata["Name"].lower().replace("_", "-"), each.version) for each in importlib.metadata.distributions()
    }
    lines = [f"{name}=={version}" for name, version in sorted(found)]
    return f"# python {platform.python_version()}\n" + "".join(f"{line}\n" for line in lines)


def code_digest() -> str:
    """SHA-256 over the package's own source files and template data, by name: equal code gives an equal digest."""
    total = hashlib.sha256()
    for root in (Path(respml.__file__).parent, template_folder("model_risk", Path()).parent):
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix in CODE and not path.name.startswith("."):
                total.update(path.relative_to(root).as_posix().encode() + b"\0" + bytes.fromhex(sha256_of(path)))
    return total.hexdigest()


def frozen_sample(portfolio: Portfolio, candidates: Candidates, scores: Scores) -> pd.DataFrame:
    """Rows spread evenly over the reported partitions, with the probabilities the run recorded for them.

    Returns
    -------
    ``partition``, ``outcome``, the features of all candidates (``feature.<name>``) and ``probability.<candidate>``. No
    row number, identifier or protected column that is no feature goes with it.
    """
    features = sorted({name for each in candidates.values() for name in each.features})
    parts = []
    for partition in (each for each in REPORTED if each in portfolio.partitions):
        rows = portfolio.rows(partition, features)
        step = max(1, -(-len(rows) // SAMPLE_ROWS))
        part = rows.iloc[::step].add_prefix("feature.").reset_index(drop=True)
        part.insert(0, "partition", partition)
        part.insert(1, "outcome", portfolio.outcome(partition)[::step])
        for name in candidates.order:
            part[f"probability.{name}"] = scores.probability(name, partition)[::step]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def sample_metrics(sample: pd.DataFrame, probabilities: Mapping[str, Any]) -> dict[str, float]:
    """The headline measures of each candidate on each partition of the sample: ``auc.mgbm.test`` and so on."""
    found = {}
    for partition in sample["partition"].unique():
        chosen = (sample["partition"] == partition).to_numpy()
        outcome = sample["outcome"].to_numpy()[chosen]
        for name, probability in probabilities.items():
            for key, measure in HEADLINE.items():
                found[f"{key}.{name}.{partition}"] = float(measure(outcome, probability[chosen]).value)
    return found


def _sample_files(run: Path, stages: StageFolders | None, folder: Path) -> dict[str, Path | bytes]:
    if stages is None:
        raise InputError("The store no longer holds the run's scores.", where=str(run), remedy="Build it again.")
    candidates = Candidates.read(run / "candidates")
    sample = frozen_sample(Portfolio.read(stages.portfolio), candidates, Scores.read(stages.scores))
    write_parquet(sample, folder / "rows.parquet")
    recorded = {name: sample[f"probability.{name}"].to_numpy() for name in candidates.order}
    metrics = json.dumps(sample_metrics(sample, recorded), indent=1, sort_keys=True)
    return {SAMPLE: folder / "rows.parquet", SAMPLE_METRICS: metrics.encode()}


def _source_files(loaded: LoadedSpec | None, manifest: Mapping[str, Any]) -> dict[str, Path | bytes]:
    """The spec as written, the data, every file the spec names, and its own template, at the paths it gives them."""
    if loaded is None:
        raise InputError("A bundle with full data needs the spec.", where="--spec", remedy="Name the report.yml.")
    spec = loaded.spec
    if spec.model_dump(mode="json") != manifest["spec"]:
        raise InputError(
            "The spec is not the one this run was built from.", where=loaded.path.name, remedy="Build it again."
        )
    found = set(source_files(resolve(spec.data.source, loaded.folder, "data.source"), spec.data.format, "data.source"))
    found |= {loaded.folder / each for each in _named_files(manifest["spec"]) if (loaded.folder / each).is_file()}
    found |= {loaded.folder / each for each in _modules(spec) if (loaded.folder / each).is_file()}
    for folder in (loaded.folder / "report_templates" / spec.template, loaded.folder / spec.narrative):
        found |= {each for each in folder.rglob("*") if each.is_file()}
    outside = sorted(each.name for each in found if not _is_inside(each, loaded.folder))
    if outside:
        raise InputError(
            f"{outside[0]} lies outside the spec's folder.",
            where="key 'data.source'",
            remedy="Put it beside the spec and build again, or bundle with a sample.",
        )
    files: dict[str, Path | bytes] = {f"spec/{each.relative_to(loaded.folder).as_posix()}": each for each in found}
    return {**files, SPEC: loaded.path.read_bytes()}


def _modules(spec: ReportSpec) -> Iterator[str]:
    """Module files behind ``module:function``, which name no file themselves."""
    entries = [*spec.candidates.external.values(), *filter(None, [spec.reconciliation.artefact])]
    for entry in entries:
        if entry.function is not None:
            yield f"{entry.function.partition(':')[0]}.py"


def _is_inside(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder) and path.resolve().is_relative_to(folder.resolve())


def _named_files(value: Any) -> Iterator[str]:
    """Every text of a spec that can be a relative path of a file: a dictionary, a mapping of reasons, a model."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _named_files(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named_files(each)
    elif isinstance(value, str) and "." in value and len(value) < 256 and value.isprintable():
        path = PurePosixPath(value)
        if not path.is_absolute() and ".." not in path.parts:
            yield value
