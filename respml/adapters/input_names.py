"""Which inputs a model reads, in its own order: what its file says goes before what the spec says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from respml.adapters.external_model import Artefact
from respml.errors import InputError

_NUMBERED = re.compile(r"(?:column|feature|f|x|input|var)?[_ ]?\d+", re.IGNORECASE)


def named_features(artefact: Artefact, own: Sequence[str] | None, what: str) -> tuple[str, ...]:
    """The inputs in order: those the file names, else the option ``features``.

    A file that only numbers its inputs (``Column_0``, ``f0``, ``feature_0001``, ``0``) names none.

    Errors
    ------
    InputError where neither names them, or the option names other inputs than the file, or them in another order.
    """
    given = artefact.options.get("features")
    if given is None and not own:
        raise InputError(f"{what} names no inputs.", remedy="List them in order under options.features.")
    if given is None:
        return tuple(str(name) for name in own or ())
    if not isinstance(given, list | tuple) or not all(isinstance(name, str) for name in given):
        raise InputError("options.features is no list of names.", remedy="List the model's inputs in order.")
    if own and len(own) != len(given):
        raise InputError(
            f"options.features names {len(given)} inputs, the file {len(own)}.", remedy="List the model's inputs."
        )
    if own:
        _require_own_names(given, [str(name) for name in own], what)
    return tuple(given)


def _require_own_names(given: Sequence[str], own: Sequence[str], what: str) -> None:
    place = next((place for place, pair in enumerate(zip(given, own, strict=True)) if pair[0] != pair[1]), None)
    if place is None:
        return
    if sorted(given) == sorted(own):
        raise InputError(
            f"{what} has its inputs in another order than options.features: input {place + 1} is '{own[place]}' in the "
            f"file and '{given[place]}' in the option.",
            remedy="Leave the option out: the file names its inputs.",
        )
    if not all(_NUMBERED.fullmatch(name) for name in own):
        raise InputError(
            f"{what} names its input {place + 1} '{own[place]}', options.features '{given[place]}'.",
            remedy="Leave the option out, and map names under preprocessing.rename.",
        )
