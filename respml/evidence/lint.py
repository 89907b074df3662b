"""Keep literal results out of prose: a number in a statement stands in a placeholder or it does not stand."""

from __future__ import annotations

import re

from respml.errors import AnalysisError
from respml.evidence.model import PLACEHOLDER

_QUOTED = re.compile(r"`[^`]*`")
_LITERAL = re.compile(r"(?<![\w.])[-+−]?\d[\d.,]*")


def literal_numbers(text: str) -> list[str]:
    """Numbers of a text that are neither in a placeholder nor inside back-quotes."""
    return _LITERAL.findall(_QUOTED.sub(" ", PLACEHOLDER.sub(" ", text)))


def placeholders(text: str) -> list[str]:
    """The metric ids a text cites."""
    return [match[1] for match in PLACEHOLDER.finditer(text)]


def require_traceable(text: str, where: str) -> None:
    """Refuse a text with a literal number or a malformed placeholder.

    Raises
    ------
    AnalysisError: naming the first offending piece.
    """
    found = literal_numbers(text)
    if found:
        raise AnalysisError(
            f"The text holds the literal number '{found[0]}'.",
            where=where,
            remedy="Record it as a metric and cite it as {metric}, or put a name such as `F1` in back-quotes.",
        )
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        raise AnalysisError(
            "The text holds a malformed placeholder.", where=where, remedy="Write {metric} or {metric:interval}."
        )
