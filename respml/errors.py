"""The exception tree. Each error is one line: what happened, where, and what to do about it."""

from __future__ import annotations


class RespmlError(Exception):
    """Base of every error the package raises on purpose.

    Parameters
    ----------
    what: the fact, in one sentence.
    where: file, line, key, column, notebook or cell; empty when there is no place.
    remedy: what the reader can do, as an imperative.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(self.line())

    def line(self) -> str:
        """The error as one printable line, with control characters and line breaks folded away."""
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.remedy}" if self.remedy else ""
        folded = " ".join(f"{place}{self.what}{advice}".split())
        return "".join(character for character in folded if character.isprintable())


class InputError(RespmlError):
    """The spec, the data, the dictionary or the environment cannot be used as given."""

    exit_code = 2


class AnalysisError(RespmlError):
    """A stage or a notebook failed while computing."""

    exit_code = 3


class NothingToSay(Exception):  # noqa: N818 - no error
    """Ends a notebook whose question does not arise, once it has left the reason as evidence; no failure."""


class RenderError(RespmlError):
    """The document could not be assembled or rendered."""

    exit_code = 4


class FindingsError(RespmlError):
    """The build succeeded, but its findings reach the severity given with ``--fail-on``."""

    exit_code = 1
