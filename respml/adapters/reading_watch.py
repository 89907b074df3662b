"""Which files a function reads: a result is reused by the digests of its files, so all of them must be known.

Python tells an audit hook of each file that it opens. What a library opens in code of its own is not told.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import respml

SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev", "/System", "/Library", "/opt")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class _Watch(threading.local):
    """The files opened by this thread, while one is looking: path -> whether it was opened to be read first."""

    opened: dict[str, bool] | None = None


_WATCH = _Watch()


@contextmanager
def files_read(own: tuple[Path, ...] = ()) -> Iterator[list[str]]:
    """The files that this thread reads inside the block, filled in when it ends, sorted.

    Left out are those of Python, its packages and the operating system, of hidden folders of the user, those below
    ``own``, and those that were first written inside the block.
    """
    _install()
    found: list[str] = []
    outer, _WATCH.opened = _WATCH.opened, {}
    try:
        yield found
    finally:
        opened, _WATCH.opened = _WATCH.opened or {}, outer
        roots = (*_known_roots(), *(each.resolve() for each in own))
        found += sorted(path for path, read in opened.items() if read and not _is_known(Path(path), roots))


@cache
def _install() -> None:
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or _WATCH.opened is None:
        return
    path, _, flags = arguments
    if isinstance(path, str | bytes | os.PathLike):
        writing = bool((flags or 0) & _WRITING)
        _WATCH.opened.setdefault(str(Path.cwd() / os.fsdecode(path)), not writing)


@cache
def _known_roots() -> tuple[Path, ...]:
    places = [Path(each) for each in (sys.prefix, sys.base_prefix, *SYSTEM)]
    places.append(Path(respml.__file__).parent)
    # packages may lie beside the prefix, as those of a user or of another environment that is on the path
    places += [Path(each) for each in sys.path if Path(each).name in ("site-packages", "dist-packages")]
    return tuple(dict.fromkeys(each.resolve() for each in places))


def _is_known(path: Path, roots: tuple[Path, ...]) -> bool:
    real, home = path.resolve(), Path.home().resolve()
    if not real.is_file() or any(real.is_relative_to(each) for each in roots):
        return True
    return real.is_relative_to(home) and real.relative_to(home).parts[0].startswith(".")
