"""The outcome as 0 and 1: only a stated event value, or a target that already is 0/1, is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.errors import InputError
from respml.portfolio.nearest import listed, shown, suggestion
from respml.spec.data import Value

Outcome = npt.NDArray[np.int8]


@dataclass(frozen=True)
class CoercedTarget:
    """The outcome and how it was read.

    Attributes
    ----------
    outcome: int8 array, 1 = default (the event).
    events: the values read as 1, as text.
    others: the values read as 0, as text.
    """

    outcome: Outcome
    events: tuple[str, ...]
    others: tuple[str, ...]


def coerce_target(
    values: pd.Series, event: Value | Sequence[Value] | None = None, name: str = "target"
) -> CoercedTarget:
    """Read a target column as 0/1.

    Parameters
    ----------
    values: the column as read from the source, any type.
    event: the value (or values) that mean default. None is enough where the column is 0/1 or boolean.
    name: the column's name, for messages.

    Errors
    ------
    InputError of one line for missing values (with their count), values other than 0/1 without a stated event (with
    the values found), a stated event that does not occur, and a target of one class.
    """
    where = f"column {shown(name)}"
    missing = int(values.isna().sum())
    if missing:
        raise InputError(
            f"The target is missing in {missing} of {len(values)} rows.",
            where=where,
            remedy="Remove those rows or complete the target.",
        )
    codes, distinct = pd.factorize(values)
    keys = [_key(value) for value in distinct]
    found = sorted(set(keys), key=lambda key: (isinstance(key, str), key))
    if event is None:
        if not set(found) <= {0, 1}:
            raise InputError(
                f"The target holds {listed(found)}, not 0 and 1.",
                where=where,
                remedy="State in data.event which value means default.",
            )
        events: set[float | str] = {1}
    else:
        stated = [event] if isinstance(event, Value) else list(event)
        events = {_key(value) for value in stated}
        for value in stated:
            if _key(value) not in found:
                raise InputError(
                    f"The event value {shown(value)} does not occur; the target holds {listed(found)}.",
                    where=where,
                    remedy=_event_hint(value, found),
                )
    outcome: Outcome = np.array([key in events for key in keys], dtype=np.int8)[codes]
    if outcome.min() == outcome.max():
        raise InputError(
            f"The target has one class only: all {len(values)} rows hold {listed(found)}.",
            where=where,
            remedy="Give data with defaults and non-defaults, or correct data.event.",
        )
    return CoercedTarget(
        outcome,
        tuple(str(key) for key in found if key in events),
        tuple(str(key) for key in found if key not in events),
    )


def _key(value: object) -> float | str:
    """One form for equal values: True, 1, 1.0 and Decimal(1) are the integer 1; all else compares as text."""
    if isinstance(value, str):
        return value
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
    return int(number) if number.is_integer() else number


def _event_hint(value: Value, found: Sequence[float | str]) -> str:
    if isinstance(value, bool) and any(isinstance(key, str) for key in found):
        return "YAML reads an unquoted yes, no, on or off as true or false: put the value in quotes."
    if str(value) in {str(key) for key in found}:
        form = "without" if isinstance(value, str) else "in"
        return f"Write the value {form} quotes in data.event."
    return suggestion(str(value), [key for key in found if isinstance(key, str)], "Correct data.event.")
