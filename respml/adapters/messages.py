"""What a library says of a file, as one line that a person can use."""

from __future__ import annotations

import re

LONGEST = 120
_PLACE = re.compile(r"^(?:\[\d\d:\d\d:\d\d\]\s+)?(?:[\w./\\-]+\.(?:cc|cpp|cu|h|hpp):\d+:\s*)?")
_TRACE = re.compile(r"^(?:Stack trace|Traceback|\[bt\]|\(\d+\)\s|#\d+\s|0x[0-9a-f]+)", re.IGNORECASE)


def told(error: BaseException | str, longest: int = LONGEST) -> str:
    """The first line of an error that says something, without time and source line, and without the trace below it.

    Parameters
    ----------
    error: the exception of a library, or its text.
    longest: characters that are kept.
    """
    lines = (_PLACE.sub("", " ".join(line.split())) for line in str(error).splitlines())
    first = next((line for line in lines if line and not _TRACE.match(line)), "no reason is told")
    return first[:longest].rstrip(" .:;")
