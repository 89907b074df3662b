"""The manifest of a run: digests of all that went in and out, and the means to check them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.pipeline.stages import file_digest
from respml.review.signoff import SIGNOFF

MANIFEST = "manifest.json"


def files_of(folder: Path) -> dict[str, str]:
    """Relative path and SHA-256 of every file of a run, but for the manifest and the sign-off, which is bound to it.

    A run holds no links: the digest of one is empty, whatever it leads to.
    """
    kept = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {
        name: "" if path.is_symlink() else file_digest(path)
        for name, path in kept.items()
        if name not in (MANIFEST, SIGNOFF) and (path.is_symlink() or path.is_file())
    }


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest over all files now in the folder."""
    text = json.dumps({**content, "files": files_of(folder)}, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run.

    Raises
    ------
    InputError: when the folder is not a complete run.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            "This is no run: it has no manifest.", where=str(folder), remedy="Give output/ID/VERSION."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError("The manifest cannot be read.", where=str(path), remedy="Build the run again.") from error
    if not isinstance(content, dict) or not isinstance(content.get("files"), dict):
        raise InputError("The manifest lists no files.", where=str(path), remedy="Build the run again.")
    return content


def differences(folder: Path) -> list[str]:
    """What of a run no longer agrees with its manifest: one line for each file, empty when all agree."""
    recorded: dict[str, str] = read_manifest(folder)["files"]
    present = files_of(folder)
    lines = [f"missing: {name}" for name in sorted(set(recorded) - set(present))]
    lines += [f"not in the manifest: {name}" for name in sorted(set(present) - set(recorded))]
    lines += [f"changed: {name}" for name in sorted(set(recorded) & set(present)) if recorded[name] != present[name]]
    return lines
