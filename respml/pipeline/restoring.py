"""Bringing back a run that a later build replaced: its manifest was kept, its results are in the store."""

from __future__ import annotations

import shutil
from pathlib import Path

from respml.errors import InputError
from respml.pipeline.manifest import MANIFEST, differences
from respml.pipeline.run_layout import NOTEBOOK, fill_run
from respml.pipeline.store import Store
from respml.review.versions import read_manifest_file


def restore(kept: Path, store: Store, destination: Path) -> None:
    """Lay out a replaced run anew.

    Parameters
    ----------
    kept: the manifest as ``.replaced/<version>-<SHA-256>.json``.
    store: where the results of its stages are.
    destination: a folder that does not exist yet.

    Raises
    ------
    InputError: a result is no longer in the store, the destination is in use, or a file is not what it was; the
        destination is then left as it was.
    """
    manifest = read_manifest_file(kept)
    if destination.exists():
        raise InputError("The folder is in use.", where=str(destination), remedy="Give a folder that does not exist.")
    folders: dict[str, Path] = {}
    for name, stage in sorted(manifest["stages"].items()):
        found = store.get(str(stage["key"]), verify=True)
        if found is None or found.digest != stage["digest"]:
            raise InputError(
                f"The result of stage {name} is no longer in the store.",
                where=kept.name,
                remedy="Build that version again from its spec, which the manifest holds.",
            )
        folders[name] = found.folder
    analyses = [name for name, folder in folders.items() if (folder / NOTEBOOK).is_file()]
    fresh = destination.with_name(f".{destination.name}.new")
    try:
        policy = manifest["spec"].get("disclosure", {}).get("individuals")
        fill_run(fresh, folders, analyses, with_rows=policy == "allowed")
        (fresh / MANIFEST).write_bytes(kept.read_bytes())
        changed = differences(fresh)
        if changed:
            raise InputError(
                f"The restored run differs from its manifest: {changed[0]}.", where=kept.name, remedy="Build it again."
            )
        fresh.rename(destination)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
