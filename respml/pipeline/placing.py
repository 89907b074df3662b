"""Putting a run in place: whole or not at all, over a draft only, and with nothing lost that a person put there."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.pipeline.disk import place_errors
from respml.pipeline.manifest import MANIFEST, files_of, read_manifest, write_manifest
from respml.pipeline.stages import file_digest
from respml.review.locking import writing_in
from respml.review.signoff import require_unsigned
from respml.review.versions import REPLACED, keep_manifest

_ABANDONED = re.compile(r"\..+\.(?P<process>[0-9]+)\.(?P<kind>new|old)")


def place_run(
    folder: Path, fill: Callable[[Path], None], description: Mapping[str, Any], *, is_version: bool = True
) -> tuple[bool, tuple[Path, ...]]:
    """Put a run in place, unless the one in place is the same.

    What a person put into the draft that is replaced, or changed in it, is copied to
    ``.replaced/<version>-<digest>/`` beside it; of a version the manifest is kept there too.

    Parameters
    ----------
    folder: of the run.
    fill: lays the run out in a folder that it makes.
    description: the manifest but for its files.
    is_version: a version, rather than a preview of one.

    Returns
    -------
    Whether anything was written; the files that were kept.

    Raises
    ------
    InputError: when the run in place is another one and somebody has signed it, also while this one was laid out.
    """
    if _is_current(folder, description):
        return False, ()
    require_unsigned(folder)
    fresh = folder.parent / f".{folder.name}.{os.getpid()}.new"
    try:
        with place_errors(folder.parent):  # what is written stands beside the run until it is whole
            folder.parent.mkdir(parents=True, exist_ok=True)
            fill(fresh)
            write_manifest(fresh, description)
            with writing_in(folder) if folder.exists() else nullcontext():
                require_unsigned(folder)
                if is_version and folder.exists():
                    keep_manifest(folder)
                kept = keep_foreign_files(folder, fresh)
                with writing_in(folder.parent), _set_aside(folder):
                    fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True, kept


def recover(folder: Path) -> None:
    """Undo what a build left that was killed while it put its run in place: the run is back, and nothing else stays."""
    left = [each for each in folder.parent.glob(f".{folder.name}.*.*") if _ABANDONED.fullmatch(each.name)]
    if not left:
        return
    with writing_in(folder.parent):
        for each in sorted(left):
            match = _ABANDONED.fullmatch(each.name)
            if match is None or not each.is_dir() or _is_running(int(match["process"])):
                continue
            if match["kind"] == "old" and not folder.exists():
                each.rename(folder)
            else:
                shutil.rmtree(each, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


@contextmanager
def _set_aside(folder: Path) -> Iterator[None]:
    """Take a folder out of the way, and bring it back unless another one stands there in the end."""
    old = folder.parent / f".{folder.name}.{os.getpid()}.old"
    try:
        if folder.exists():
            folder.rename(old)
        yield
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def keep_foreign_files(folder: Path, fresh: Path) -> tuple[Path, ...]:
    """Copy the files of a run that no build wrote, or that were changed since, to where replaced drafts are kept.

    Parameters
    ----------
    folder: the run; its manifest tells what a build wrote. Where it cannot be read, the run in ``fresh`` tells.
    fresh: the run that will stand in its place.
    """
    present = files_of(folder)
    try:
        recorded = read_manifest(folder)["files"]
        name = f"{folder.name}-{file_digest(folder / MANIFEST)}"
    except InputError:
        written = files_of(fresh)
        recorded = {each: digest for each, digest in present.items() if each in written}
        name = f"{folder.name}-unknown"
    foreign = [each for each, digest in present.items() if recorded.get(each) != digest]
    kept = []
    for each in foreign:
        target = folder.parent / REPLACED / name / each
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / each, target, follow_symlinks=False)
        kept.append(target)
    return tuple(kept)


def _is_current(folder: Path, description: Mapping[str, Any]) -> bool:
    """Whether the run in place was made from exactly this, and its files are as they were written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    same = all(manifest.get(key) == value for key, value in description.items())
    return same and all(
        (folder / name).is_file() and file_digest(folder / name) == digest for name, digest in manifest["files"].items()
    )
