"""The threshold register: values are data with a source, an owner and a date; the spec may override them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from respml.errors import InputError
from respml.spec.loading import nearest
from respml.spec.report import ThresholdOverride

DATA_FILES = ("thresholds.yml",)


@dataclass(frozen=True)
class Threshold:
    """One limit that a check compares evidence with.

    ``meaning`` says what reaching it means; ``source`` where the value comes from; ``kind`` whether it is a convention
    of the literature, a supervisor's method or a policy choice of this software. ``overridden`` is the spec's reason.
    """

    name: str
    value: float
    format: str
    meaning: str
    source: str
    kind: str
    owner: str
    date: date
    overridden: str = ""


@cache
def default_register() -> dict[str, Threshold]:
    """The thresholds as shipped, by name."""
    text = Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8")
    return {name: Threshold(name=name, **entry) for name, entry in yaml.safe_load(text).items()}


def threshold_register(overrides: Mapping[str, ThresholdOverride]) -> dict[str, Threshold]:
    """The shipped thresholds with the spec's overrides applied.

    Raises
    ------
    InputError: for an override of a threshold that does not exist.
    """
    register = dict(default_register())
    for name, override in overrides.items():
        if name not in register:
            raise InputError(
                f"There is no threshold '{name}'.", where=f"key 'thresholds.{name}'", remedy=nearest(name, register)
            )
        register[name] = replace(
            register[name],
            value=override.value,
            owner=override.owner,
            date=override.date,
            kind="set by the spec",
            overridden=override.reason,
        )
    return register
