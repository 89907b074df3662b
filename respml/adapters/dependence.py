"""What the results of candidates made elsewhere depend on: their files, the code that reads them, and its libraries."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from pathlib import Path

from respml.errors import InputError
from respml.portfolio.places import resolve
from respml.spec.external import External
from respml.spec.reconciliation import Reconciliation

GROUP = "respml.adapters"
LIBRARIES = ("catboost", "h2o", "lightgbm", "onnxruntime", "skops")


def file_digests(external: Mapping[str, External], folder: Path) -> list[list[str]]:
    """Candidate, file name and SHA-256 of every file that candidates made elsewhere are loaded from.

    Errors
    ------
    InputError where a file is missing or a relative path leads out of the spec's folder.
    """
    return [
        [name, *each]
        for name, entry in sorted(external.items())
        for each in _digests(f"candidates.external.{name}", _files(f"candidates.external.{name}", entry, folder))
    ]


def reconciliation_digests(section: Reconciliation, folder: Path) -> list[list[str]]:
    """Place, file name and SHA-256 of the exported artefact and of the scores of production, as far as named.

    Errors
    ------
    As :func:`file_digests`.
    """
    found = []
    if section.artefact is not None:
        key = "reconciliation.artefact"
        found += [["artefact", *each] for each in _digests(key, _files(key, section.artefact, folder))]
    if section.production_scores is not None:
        key = "reconciliation.production_scores"
        path = resolve(section.production_scores.path, folder, f"{key}.path")
        found += [["production", *each] for each in _digests(key, [path])]
    return found


def code_entries() -> tuple[str, ...]:
    """The modules that read such candidates: found by name where a candidate is loaded, so entries of their own."""
    return ("respml.adapters.bringing", "respml.adapters.stored")


def installed_libraries() -> tuple[str, ...]:
    """The optional libraries that may score such candidates, and packages that offer adapters, as far as installed."""
    names = {*LIBRARIES, *(entry.dist.name for entry in entry_points(group=GROUP) if entry.dist is not None)}
    return tuple(sorted(name for name in names if _is_installed(name)))


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _digests(key: str, paths: list[Path]) -> list[list[str]]:
    found = []
    for path in paths:
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise InputError(
                f"The file '{path.name}' cannot be read: {error.strerror}.",
                where=f"key '{key}'",
                remedy="Correct the path.",
            ) from None
        found.append([path.name, digest])
    return found


def _files(key: str, entry: External, folder: Path) -> list[Path]:
    found = [] if entry.path is None else [resolve(entry.path, folder, f"{key}.path")]
    if entry.function is not None:
        names = [f"{entry.function.partition(':')[0]}.py", *entry.options.get("files", [])]
        found += [resolve(str(each), folder, f"{key}.function") for each in names]
    return found
