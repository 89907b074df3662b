"""Versions of one model in its output folder: which came before, the chain of digests, and what a rebuild replaced."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from respml.errors import InputError

MANIFEST = "manifest.json"
REPLACED = ".replaced"
_COPY = re.compile(r"(?P<version>.+)-(?P<digest>[0-9a-f]{64})\.json")


@dataclass(frozen=True)
class Previous:
    """The version that a run is compared with: its folder and the SHA-256 of its manifest."""

    version: str
    folder: Path
    manifest_sha256: str

    def as_json(self) -> dict[str, str]:
        """What the manifest of the later version says about it."""
        return {"version": self.version, "manifest_sha256": self.manifest_sha256}


@dataclass(frozen=True)
class Link:
    """One version of the chain.

    ``state``: ``whole`` (the version before it is there, as it was), ``replaced`` (that version was built again; the
    manifest it had is kept), ``broken`` (no trace of the manifest that was recorded), ``first`` (none before it).
    """

    version: str
    manifest_sha256: str
    previous: Mapping[str, str] | None
    state: str


def manifest_of(run: Path) -> tuple[dict[str, Any], str]:
    """The manifest of a run and its SHA-256.

    Raises
    ------
    InputError: when the folder is not a complete run.
    """
    if not (run / MANIFEST).is_file():
        raise InputError("This is no run: it has no manifest.", where=str(run), remedy="Give output/ID/VERSION.")
    # one reading for both: a build may put another run in place at any moment
    raw = _bytes_of(run / MANIFEST)
    return _parsed(raw, run / MANIFEST), hashlib.sha256(raw).hexdigest()


def read_manifest_file(path: Path) -> dict[str, Any]:
    """A manifest, whatever its file is called.

    Raises
    ------
    InputError: when it cannot be read or is not one of respml.
    """
    return _parsed(_bytes_of(path), path)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("There is no such manifest.", where=str(path), remedy="Check the path.") from error


def _parsed(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError("The manifest cannot be read.", where=str(path), remedy="Build the run again.") from error
    needed = ("files", "spec", "stages")
    if not isinstance(content, dict) or not all(isinstance(content.get(key), dict) for key in needed):
        raise InputError("The manifest is not one of respml.", where=str(path), remedy="Build the run again.")
    return content


def natural_order(version: str) -> tuple[Any, ...]:
    """Sorts versions as people do: ``1.9`` before ``1.10``, and ``1.0-draft`` before ``1.0``."""
    release, dash, suffix = version.partition("-")
    return _parts(release), not dash, _parts(suffix)


def _parts(text: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((1, int(each), "") if each.isdigit() else (0, 0, each) for each in re.findall(r"\d+|[^\d.+]+", text))


def versions(folder: Path) -> tuple[str, ...]:
    """Versions with a complete run in ``output/<id>/``, the lowest first."""
    if not folder.is_dir():
        return ()
    found = [path.parent for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith(".")]
    # a preview is no version: its manifest says another name than its folder
    return tuple(sorted((each.name for each in found if _says(each)), key=natural_order))


def _says(run: Path) -> bool:
    """Whether the manifest can be read and is that of the version the folder is named after."""
    try:
        return bool(manifest_of(run)[0].get("version") == run.name)
    except InputError:
        return False


def previous_run(folder: Path, version: str, wanted: str | None = None) -> Previous | None:
    """The run that a version is compared with.

    Parameters
    ----------
    folder: ``output/<id>/``.
    version: the version being built.
    wanted: ``model.previous`` of the spec; left out, the nearest lower version that has a complete run. A higher one
        is never chosen by itself: it was compared with this one, and the chain would run in a circle.

    Raises
    ------
    InputError: the wanted version has no complete run, is the version itself, or descends from it.
    """
    if wanted is None:
        lower = [each for each in versions(folder) if natural_order(each) < natural_order(version)]
        wanted = lower[-1] if lower else None
        if wanted is None:
            return None
    elif wanted == version:
        raise InputError(
            "A version cannot follow itself.", where="key 'model.previous'", remedy="Name an earlier version."
        )
    if wanted not in versions(folder):
        known = ", ".join(versions(folder)) or "none"
        raise InputError(
            f"There is no complete run of version {wanted}.",
            where="key 'model.previous'",
            remedy=f"Built are: {known}.",
        )
    for each in ancestors(folder, wanted):
        if each.version == version:
            raise InputError(
                f"Version {wanted} follows {version}, so it cannot come before it.",
                where="key 'model.previous'",
                remedy="Name an earlier version.",
            )
    return Previous(wanted, folder / wanted, manifest_of(folder / wanted)[1])


def ancestors(folder: Path, version: str) -> Iterator[Previous]:
    """A version and those before it, the latest first, as far as each is still what its successor was compared with."""
    seen: set[str] = set()
    expected = ""
    while version not in seen and (folder / version / MANIFEST).is_file():
        seen.add(version)
        manifest, digest = manifest_of(folder / version)
        if expected not in ("", digest):
            return
        yield Previous(version, folder / version, digest)
        before = manifest.get("previous") or {}
        version, expected = str(before.get("version", "")), str(before.get("manifest_sha256", ""))
        if not version:
            return


def chain(folder: Path) -> tuple[Link, ...]:
    """Every version in ``output/<id>/`` with the state of its link to the one before it."""
    kept = {each.name for each in replaced(folder)}
    links = []
    for version in versions(folder):
        manifest, digest = manifest_of(folder / version)
        before: Mapping[str, str] | None = manifest.get("previous")
        links.append(Link(version, digest, before, _state(folder, before, kept)))
    return tuple(links)


def _state(folder: Path, before: Mapping[str, str] | None, kept: set[str]) -> str:
    if not before:
        return "first"
    named = folder / before["version"]
    if (named / MANIFEST).is_file() and manifest_of(named)[1] == before["manifest_sha256"]:
        return "whole"
    name = f"{before['version']}-{before['manifest_sha256']}.json"
    # the name of a kept manifest is only as good as its bytes
    whole = name in kept and hashlib.sha256((folder / REPLACED / name).read_bytes()).hexdigest() in name
    return "replaced" if whole else "broken"


def replaced(folder: Path) -> tuple[Path, ...]:
    """Manifests of drafts that a later build replaced, sorted by name: ``.replaced/<version>-<SHA-256>.json``."""
    return tuple(sorted(each for each in (folder / REPLACED).glob("*.json") if _COPY.fullmatch(each.name)))


def keep_manifest(run: Path) -> Path | None:
    """Keep the manifest of a run that is about to be replaced; nothing where there is no complete run, or its manifest
    is damaged.

    With it, every stage's result can be found again in the store, and the digests of all files that the run had.
    """
    if not (run / MANIFEST).is_file():
        return None
    try:
        _, digest = manifest_of(run)
    except InputError:
        return None  # a damaged manifest proves nothing, and building again is the way to mend it
    target = run.parent / REPLACED / f"{run.name}-{digest}.json"
    target.parent.mkdir(exist_ok=True)
    if not target.is_file():
        draft = target.with_suffix(".new")
        draft.write_bytes((run / MANIFEST).read_bytes())
        draft.replace(target)
    return target
