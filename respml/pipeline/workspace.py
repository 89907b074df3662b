"""Temporary folders that do not outlive their builder, even one that was killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time
import weakref
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_LOCK = ".lock"
_ABANDONED_AFTER_SECONDS = 24 * 3600
"""Where files cannot be locked, a leftover is taken for dead after a day."""


class Workspace:
    """One process's corner of a shared folder for temporary files.

    Each process works in a folder of its own that holds a locked file. The system drops the lock when the process
    ends, however it ends, so a folder whose lock can be had belongs to nobody and is removed when the next process
    starts; process numbers, which get reused and mean nothing to other machines, play no part.

    Parameters
    ----------
    parent: the folder shared by all processes, on the file system of the final names.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._own: Path | None = None
        self._claiming = threading.Lock()
        for folder in parent.iterdir():
            _remove_if_abandoned(folder)

    def folder(self) -> Path:
        """A new, empty folder."""
        return Path(tempfile.mkdtemp(dir=self._claimed()))

    def discard(self, path: Path) -> None:
        """Make a folder vanish from its place at once, then remove it; one that is gone already is no error."""
        try:
            moved = path.rename(self.folder() / path.name)
        except FileNotFoundError:
            return
        remove_tree(moved.parent)

    def _claimed(self) -> Path:
        with self._claiming:
            while self._own is None or not self._own.is_dir():
                own = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._parent))
                lock = os.open(own / _LOCK, os.O_CREAT | os.O_RDWR)
                # Another process may have taken the unlocked folder for abandoned and removed it: then try again.
                if _lock(lock) and (own / _LOCK).exists():
                    self._own = own
                    weakref.finalize(self, _release, own, lock)
                else:
                    os.close(lock)
            return self._own


def remove_tree(path: Path) -> None:
    """Remove a folder and all in it; what another process removes at the same time is no error."""
    shutil.rmtree(path, ignore_errors=True)


def _lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _release(own: Path, lock: int) -> None:
    remove_tree(own)
    os.close(lock)


def _remove_if_abandoned(folder: Path) -> None:
    """Remove a folder whose builder is dead; its lock is held meanwhile, so that nobody moves in."""
    try:
        old = time.time() - folder.stat().st_mtime > _ABANDONED_AFTER_SECONDS
        descriptor = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        # Either just removed, or made a moment ago and about to be locked; or killed in that very moment.
        with contextlib.suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                remove_tree(folder)
        return
    try:
        if _lock(descriptor) and (old or sys.platform != "win32"):
            remove_tree(folder)
    finally:
        os.close(descriptor)
