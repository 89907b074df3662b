"""What an operating system's refusal means to the reader."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from respml.errors import InputError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def place_errors(folder: Path) -> Iterator[None]:
    """Turn "disk full" anywhere in the block, and "may not write" below ``folder``, into an ``InputError``.

    A refusal elsewhere (a data file that may not be read, say) is left to whoever knows what that file is.
    """
    try:
        yield
    except OSError as error:
        numbers = _numbers(error)
        if numbers & _FULL:
            raise disk_full(folder) from error
        if numbers & _FORBIDDEN and _is_below(error, folder):
            raise InputError(
                "This folder may not be written.",
                where=folder.name,
                remedy="Give yourself write permission or choose another output folder.",
            ) from error
        raise


def disk_full(folder: Path) -> InputError:
    """The error for a full disk under ``folder``."""
    return InputError(
        "The disk is full.",
        where=folder.name,
        remedy="Free some space or choose another output folder; finished stages are kept and not computed again.",
    )


def _numbers(error: OSError) -> set[int]:
    """The system's numbers for what it refused; copying a tree gathers them as text (``shutil.Error``)."""
    if isinstance(error, shutil.Error):
        return {int(number) for each in _gathered(error) for number in re.findall(r"\[Errno (\d+)\]", str(each[-1]))}
    return set() if error.errno is None else {error.errno}


def _gathered(error: shutil.Error) -> list[tuple[str, ...]]:
    """Source, destination and reason of each file that could not be copied."""
    gathered = error.args[0] if error.args else []
    return [each for each in gathered if isinstance(each, tuple)] if isinstance(gathered, list) else []


def _is_below(error: OSError, folder: Path) -> bool:
    """Whether the refused file is the folder, within it, or one of its parents (when it cannot even be made)."""
    gathered = [each[1] for each in _gathered(error)] if isinstance(error, shutil.Error) else []
    names = [name for name in (error.filename, *gathered) if name is not None]
    refused = [Path(str(name)).absolute() for name in names]
    place = folder.absolute()
    return any(each.is_relative_to(place) or place.is_relative_to(each) for each in refused)
