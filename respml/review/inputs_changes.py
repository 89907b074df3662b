"""What went into two versions, side by side: spec, input files, libraries, code, and what each candidate is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from respml.review.leaves import ABSENT, differences, within
from respml.review.run_files import CandidateFacts, RunContent

UNINTERESTING = ("model.version", "model.previous", "changes", "compute.workers", "compute.notebook_timeout")
"""Keys of the spec that differ by nature, or that cannot change a result or a word."""

FREE = "free"

_SHOWN_DIGITS = 16


@dataclass(frozen=True)
class ValueChange:
    """One named thing that is not what it was.

    Attributes
    ----------
    kind: ``file``, ``spec``, ``library``, ``code``, ``seed``, ``candidate``, ``feature``, ``constraint``,
        ``parameter`` or ``model`` (the fitted model's files).
    subject: the candidate's name for the last five, else empty.
    name: the file, key, library, feature or parameter.
    old, new: what it was and is, in words; ``absent`` where it is not there.
    """

    kind: str
    subject: str
    name: str
    old: str
    new: str


def compare_inputs(old: RunContent, new: RunContent) -> tuple[ValueChange, ...]:
    """Input files by digest, and every leaf of the spec (:func:`respml.review.leaves.differences`)."""
    return (
        *_differences("file", "", _short(old.files), _short(new.files)),
        *(each for each in _differences("spec", "", old.spec, new.spec) if not _is_uninteresting(each.name)),
    )


def compare_software(old: RunContent, new: RunContent) -> tuple[ValueChange, ...]:
    """Libraries by version, source files by digest where both runs recorded them."""
    changes = _differences("library", "", old.libraries, new.libraries)
    if old.code and new.code:
        changes += _differences("code", "", _short(old.code), _short(new.code))
    return changes


def compare_candidates(old: RunContent, new: RunContent) -> tuple[ValueChange, ...]:
    """Candidates that came or went, roles, and inputs, constraints and parameters of those that stayed."""
    changes = [
        ValueChange("candidate", "", role, before, after)
        for role, before, after in (
            ("champion", old.champion, new.champion),
            ("benchmark", old.benchmark, new.benchmark),
        )
        if before != after
    ]
    for name in dict.fromkeys((*old.candidates, *new.candidates)):
        before, after = old.candidates.get(name), new.candidates.get(name)
        if before is None or after is None:
            present = before or after
            label = present.label if present else name
            changes.append(
                ValueChange("candidate", name, name, label if before else ABSENT, label if after else ABSENT)
            )
        else:
            changes += _candidate(before, after)
    return tuple(changes)


def features_added(changes: Iterable[ValueChange], candidate: str) -> tuple[str, ...]:
    """Inputs that a candidate has now and had not."""
    return tuple(each.name for each in changes if _is_feature(each, candidate) and each.old == ABSENT)


def features_removed(changes: Iterable[ValueChange], candidate: str) -> tuple[str, ...]:
    """Inputs that a candidate had and has no more."""
    return tuple(each.name for each in changes if _is_feature(each, candidate) and each.new == ABSENT)


def values_frame(changes: Iterable[ValueChange]) -> pd.DataFrame:
    """One row a change, columns as the attributes of :class:`ValueChange`."""
    return pd.DataFrame([vars(each) for each in changes], columns=list(ValueChange.__dataclass_fields__))


def _is_feature(change: ValueChange, candidate: str) -> bool:
    return change.kind == "feature" and change.subject == candidate


def _candidate(old: CandidateFacts, new: CandidateFacts) -> list[ValueChange]:
    name = new.name
    changes = [
        ValueChange("candidate", name, attribute, getattr(old, attribute), getattr(new, attribute))
        for attribute in ("label", "family")
        if getattr(old, attribute) != getattr(new, attribute)
    ]
    changes += [ValueChange("feature", name, each, ABSENT, _input(new, each)) for each in _more(new, old)]
    changes += [ValueChange("feature", name, each, _input(old, each), ABSENT) for each in _more(old, new)]
    stayed = [each for each in new.features if each in old.features]
    changes += _differences("constraint", name, _directions(old, stayed), _directions(new, stayed))
    changes += _differences("parameter", name, _parameters(old), _parameters(new))
    if old.digest != new.digest and old.digest and new.digest:
        changes.append(
            ValueChange(
                "model", name, "files of the fitted model", old.digest[:_SHOWN_DIGITS], new.digest[:_SHOWN_DIGITS]
            )
        )
    return changes


def _more(candidate: CandidateFacts, than: CandidateFacts) -> list[str]:
    """Inputs that a candidate has and the other has not, in its order."""
    return [each for each in candidate.features if each not in than.features]


def _input(candidate: CandidateFacts, name: str) -> str:
    """What is said of an input that came or went: its direction comes or goes with it."""
    direction = _direction(candidate, name)
    return "input" if direction == FREE else f"input, {direction}"


def _directions(candidate: CandidateFacts, inputs: Iterable[str]) -> dict[str, str]:
    return {each: _direction(candidate, each) for each in inputs}


def _direction(candidate: CandidateFacts, name: str) -> str:
    sign = candidate.monotone.get(name, 0)
    return {1: "may only rise", -1: "may only fall", 0: FREE}.get(sign, str(sign))


def _parameters(candidate: CandidateFacts) -> dict[str, Any]:
    """Parameters without the constraints, which are compared by themselves."""
    return {name: value for name, value in candidate.parameters.items() if not name.startswith("constraints")}


def _is_uninteresting(name: str) -> bool:
    return any(within(name, each) for each in UNINTERESTING)


def _short(digests: Mapping[str, str]) -> dict[str, str]:
    return {name: digest[:_SHOWN_DIGITS] for name, digest in digests.items()}


def _differences(kind: str, subject: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[ValueChange, ...]:
    return tuple(ValueChange(kind, subject, *each) for each in differences(old, new))
