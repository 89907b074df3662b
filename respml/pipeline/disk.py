"""What an operating system's refusal means to the reader."""

from __future__ import annotations

import errno
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
        if error.errno in _FULL:
            raise disk_full(folder) from error
        if error.errno in _FORBIDDEN and _is_below(error, folder):
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


def _is_below(error: OSError, folder: Path) -> bool:
    """Whether the refused file is the folder, within it, or one of its parents (when it cannot even be made)."""
    if error.filename is None:
        return False
    refused = Path(str(error.filename)).absolute()
    return refused.is_relative_to(folder.absolute()) or folder.absolute().is_relative_to(refused)
