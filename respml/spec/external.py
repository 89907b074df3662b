"""Candidates that were made elsewhere: where the file is, what reads it, and the preprocessing that travels with it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from respml.spec.identity import Line, Strict

Scalar = bool | int | float | str
RESERVED_NAMES = ("row", "partition", "bias", "methods", "train", "valid", "test", "out_of_time")


def _candidate_name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", text):
        raise ValueError("a candidate's name must be lower-case letters, digits and underscores, at most 32 of them")
    if text in RESERVED_NAMES:
        raise ValueError(f"a candidate may not be named {text!r}: tables use that name")
    return text


def _level(key: object) -> object:
    """A level as text: YAML reads an unquoted 0 as a number and an unquoted yes as a truth value."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(key) if isinstance(key, int) else key


Level = Annotated[Line, BeforeValidator(_level)]
CandidateName = Annotated[str, AfterValidator(_candidate_name)]


class Preprocessing(Strict):
    """What happens to a row before the model sees it, in this order; keys are the model's own input names.

    ``rename``: model input to the column of the data it is read from, where the names differ. ``codes``: model input to
    level to the value the model knows it by; a level that is not listed becomes missing. ``fill``: model input to the
    value that replaces a missing one. ``text``: inputs handed over as text.
    """

    rename: dict[Line, Line] = Field(default_factory=dict)
    codes: dict[Line, dict[Level, Scalar]] = Field(default_factory=dict)
    fill: dict[Line, Scalar] = Field(default_factory=dict)
    text: tuple[Line, ...] = ()


class External(Strict):
    """One candidate that this package did not fit.

    ``adapter`` may be left out where the file's content tells its format, or a ``function`` does. ``path`` is the
    model file, or the file of scores; ``function`` (``module:function``) is for the adapter ``python``,
    ``allow_code`` its consent to run that module. ``monotone`` states promised directions; ``options`` are the
    adapter's own.
    """

    label: Line
    adapter: Line | None = None
    path: Line | None = None
    function: Line | None = None
    allow_code: bool = False
    monotone: dict[Line, Literal[-1, 0, 1]] = Field(default_factory=dict)
    preprocessing: Preprocessing = Preprocessing()
    options: dict[Line, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _something_to_load(self) -> External:
        if self.path is not None and self.function is not None:
            raise ValueError("give 'path' or 'function', not both")
        if self.path is None and self.adapter is None and self.function is None:
            raise ValueError("give 'path', or 'function: module:function', or the 'adapter' that needs neither")
        if self.function is not None and not re.fullmatch(r"[A-Za-z_]\w*:[A-Za-z_]\w*", self.function):
            raise ValueError("'function' must be written module:function, the module a file in the spec's folder")
        if self.function is not None and not self.allow_code:
            raise ValueError("'function' runs code of the spec's folder; consent with 'allow_code: true'")
        return self
