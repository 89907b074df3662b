"""Why a stage is computed: what differs between the key parts of this build and of the one before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from respml.pipeline.store import KeyParts
from respml.review.leaves import differences

_MOST_NAMES = 3
_LONGEST_VALUE = 30
_WORDS = {
    "stated": "what the spec and the registers state",
    "words": "text",
    "narrative": "text",
    "flags": "what is shown",
    "variables": "facts of the spec",
    "passages": "passages",
    "stages": "results of stages",
}
"""What a reader knows instead of a parameter of the stages that make the document."""
_INTERNAL = re.compile(rf"^(?:{'|'.join(_WORDS)})\b")


def reason_to_build(previous: KeyParts | None, current: KeyParts) -> str:
    """What changed since the run's last build of the stage, in a few words for the progress lines."""
    if previous is None:
        return "first build"
    changes = [
        *(f"input {name} changed" for name in _changed(previous.inputs, current.inputs)),
        *_listed("code changed", _changed(previous.code, current.code)),
        *_listed("parameter changed", _leaves(previous.parameters, current.parameters)),
        *(_library_change(name, previous, current) for name in _changed(previous.libraries, current.libraries)),
        *(["seed changed"] if previous.seed != current.seed else []),
    ]
    return "; ".join(changes) or "result no longer in the store"


def reason_to_reuse(previous: KeyParts | None, current: KeyParts) -> str:
    """Why a result could be taken from the store."""
    if previous is not None and previous.key() == current.key():
        return "unchanged"
    return "computed by an earlier build"


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    missing = object()
    return [name for name in sorted({*before, *after}) if before.get(name, missing) != after.get(name, missing)]


def _leaves(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The parameters that differ, down to the key that does, with what it was and is where that is short."""
    told = []
    for name, old, new in differences(before, after):
        if name.startswith("stages["):
            if _WORDS["stages"] not in told:
                told.append(_WORDS["stages"])
            continue
        parts = _INTERNAL.sub(lambda match: _WORDS[match[0]], name)
        values = f" {old} -> {new}" if max(len(old), len(new)) <= _LONGEST_VALUE else ""
        told.append(f"{parts}{values}")
    return told


def _listed(label: str, names: list[str]) -> Iterable[str]:
    if names:
        more = len(names) - _MOST_NAMES
        shown = ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
        yield f"{label}: {shown}"


def _library_change(name: str, previous: KeyParts, current: KeyParts) -> str:
    return f"{name} {previous.libraries.get(name, 'absent')} -> {current.libraries.get(name, 'absent')}"
