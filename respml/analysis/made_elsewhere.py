"""What a report says of a model made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def preprocessing_words(steps: Mapping[str, Any]) -> tuple[str, ...]:
    """The preprocessing that belongs to a model, in full: what it does to which input.

    Parameters
    ----------
    steps: as the spec declares it under ``preprocessing``: ``rename``, ``codes``, ``fill``, ``text``.
    """
    said = [f"{own} is read from {column}" for own, column in steps.get("rename", {}).items()]
    for own, codes in steps.get("codes", {}).items():
        said.append(f"{own}: " + ", ".join(f"{level} → {code}" for level, code in codes.items()))
    said += [f"{own}: missing → {value}" for own, value in steps.get("fill", {}).items()]
    return (*said, *(f"{own} as text" for own in steps.get("text", ())))
