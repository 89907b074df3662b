"""The chain of digests from version to version, walked back from one run: what holds, and the cause of a break."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from respml.errors import InputError
from respml.review.versions import MANIFEST, REPLACED, manifest_of, read_manifest_file

PREVIEW = "preview-"
LinkState = Literal["whole", "replaced", "broken"]


@dataclass(frozen=True)
class CheckedLink:
    """One step of the chain.

    ``state``: ``whole`` (the version before is there, as it was), ``replaced`` (it was built again, and the manifest it
    had is kept byte for byte), ``broken``. ``line`` says it in words, with the cause of a break.
    """

    state: LinkState
    line: str


def check_links(run: Path) -> tuple[CheckedLink, ...]:
    """Every link from a run back to the first version, and those of later versions that follow the run.

    The walk back ends at the first break: what lies before it hangs on nothing.

    Parameters
    ----------
    run: ``output/<id>/<version>``; the versions before it are looked for beside it.

    Raises
    ------
    InputError: when the folder is not a complete run.
    """
    manifest, digest = manifest_of(run)
    folder, version = run.absolute().parent, str(manifest.get("version", ""))
    found: list[CheckedLink] = []
    preview = run.absolute().name == PREVIEW + version
    if run.absolute().name != version and not preview:
        found.append(_broken(f"the folder {run.name} holds the manifest of version {version}: exchanged or renamed"))
    found += _back(folder, version, manifest)
    return tuple(found if preview else [*found, *_forward(folder, run.absolute(), version, digest)])


def _back(folder: Path, version: str, manifest: Mapping[str, Any]) -> Iterator[CheckedLink]:
    seen = {version}
    while manifest.get("previous"):
        before = _before(manifest)
        if before is None:
            yield _broken(f"what version {version} says of the version before it cannot be read")
            return
        name, expected = before
        if name in seen:
            yield _broken(f"version {version} follows {name}, which comes after it: the order was changed")
            return
        seen.add(name)
        link, following = _link(folder, version, name, expected)
        yield link
        if following is None:
            return
        version, manifest = name, following


def _before(manifest: Mapping[str, Any]) -> tuple[str, str] | None:
    """Name and digest of the version before; None where they are no plain texts or the name leaves the folder."""
    before = manifest["previous"]
    if not isinstance(before, Mapping):
        return None
    name, expected = before.get("version"), before.get("manifest_sha256")
    if not isinstance(name, str) or not isinstance(expected, str):
        return None
    plain = bool(name) and Path(name).name == name and not name.startswith(".")
    return (name, expected) if plain and expected.isalnum() else None


def _link(folder: Path, version: str, name: str, expected: str) -> tuple[CheckedLink, Mapping[str, Any] | None]:
    """The link of a version to the one before it, and that one's manifest where the link holds."""
    path = folder / name / MANIFEST
    if path.is_file() and _digest(path) == expected:
        return CheckedLink("whole", f"{version} follows {name}, which is as it was"), read_manifest_file(path)
    kept = folder / REPLACED / f"{name}-{expected}.json"
    if kept.is_file():
        if _digest(kept) == expected:
            line = f"{version} follows {name} as it was before it was built again; the manifest it had is kept"
            return CheckedLink("replaced", line), read_manifest_file(kept)
        return _broken(f"the manifest kept of version {name}, which {version} follows, was edited"), None
    if not path.is_file():
        return _broken(f"version {name}, which {version} follows, is gone: deleted, renamed or not handed over"), None
    holds = _version_in(path)
    if holds != _manifest_of(name):
        return _broken(f"the folder {name} holds {holds}: exchanged, re-ordered or renamed"), None
    return _broken(f"the manifest of version {name} is not the one that {version} follows: edited or swapped"), None


def _forward(folder: Path, run: Path, version: str, digest: str) -> Iterator[CheckedLink]:
    """Links of later versions that follow this one."""
    for path in sorted(folder.glob(f"*/{MANIFEST}")):
        if path.parent == run or path.parent.name.startswith((".", PREVIEW)):
            continue
        try:
            manifest = read_manifest_file(path)
        except InputError:
            continue  # of the versions before, an unreadable manifest is named where it is followed
        before = _before(manifest) if manifest.get("previous") else None
        if before is None or before[0] != version or before[1] == digest:
            continue
        later = str(manifest.get("version", path.parent.name))
        kept = folder / REPLACED / f"{version}-{before[1]}.json"
        if kept.is_file() and _digest(kept) == before[1]:
            yield CheckedLink("replaced", f"{later} follows {version} as it was before it was built again")
        else:
            yield _broken(f"the manifest of version {version} is not the one that {later} follows: edited or swapped")


def _manifest_of(version: object) -> str:
    return f"the manifest of version {version}"


def _version_in(path: Path) -> str:
    try:
        return _manifest_of(read_manifest_file(path).get("version"))
    except InputError:
        return "a manifest that cannot be read"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _broken(line: str) -> CheckedLink:
    return CheckedLink("broken", line)
