"""One writer at a time in a folder of review files, also across programs: a build, the page and the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system: the page's own lock and the check before writing remain
    fcntl = None  # type: ignore[assignment]


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Hold a folder while its files are read, changed and written; others wait. Made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
