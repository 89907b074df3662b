"""Traceability: which expectation of which text is met by which evidence that is really there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from respml.errors import InputError
from respml.spec.depth import BY_TIER
from respml.spec.loading import nearest
from respml.spec.report import NOT_APPLICABLE

Answer = Literal["provided", "partial", "not evidenced", "not run", "not applicable"]
STATUSES = ("current", "superseded", "not yet applicable", "litigated")
SPEC = "spec:"
UNSTATED: tuple[Any, ...] = ("", "not stated", None, (), [], {})


@dataclass(frozen=True)
class Clause:
    """One expectation, in our words.

    ``evidence`` holds ids (``analysis.slug``), whole analyses (``fairness``) and fields of the spec
    (``spec:model.intended_use``); ``needs`` says what the document cannot hold, ``not_applicable`` why it cannot apply:
    always, or, with ``applies_if``, where the spec does not say what that field holds.
    """

    id: str
    requirement: str
    evidence: tuple[str, ...]
    status: str
    needs: str = ""
    not_applicable: str = ""
    applies_if: str = ""


@dataclass(frozen=True)
class Profile:
    """The clauses of one jurisdiction, with the date on which they were read and where."""

    jurisdiction: str
    title: str
    as_of: date
    source: str
    note: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Traced:
    """A clause held against a run: what speaks to it, what is missing, and the answer. Never "compliant"."""

    profile: Profile
    clause: Clause
    answer: Answer
    present: tuple[str, ...]
    missing: tuple[str, ...]
    reason: str


def read_profile(path: Path) -> Profile:
    """Read one profile.

    Raises
    ------
    InputError: when the file is not such a profile, or a clause has an unknown status.
    """
    try:
        return profile_from(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"This is no requirements profile: {error}.", where=path.name, remedy="Correct it.") from error


def profile_from(content: Any, name: str) -> Profile:
    """A profile from its mapping; dates may be ISO texts.

    Raises
    ------
    InputError: when keys are missing or unknown, or a clause has an unknown status.
    """
    try:
        content = dict(content)
        content["as_of"] = date.fromisoformat(str(content["as_of"]))
        clauses = tuple(Clause(**{**entry, "evidence": tuple(entry["evidence"])}) for entry in content.pop("clauses"))
        profile = Profile(**content, clauses=clauses)
    except (TypeError, KeyError, ValueError) as error:
        raise InputError(f"This is no requirements profile: {error}.", where=name, remedy="Correct it.") from error
    for clause in profile.clauses:
        if clause.status not in STATUSES:
            raise InputError(
                f"The clause {clause.id} has the status '{clause.status}'.",
                where=name,
                remedy=nearest(clause.status, STATUSES),
            )
    return profile


def profiles_for(folder: Path, jurisdictions: Collection[str]) -> tuple[Profile, ...]:
    """The profiles of the jurisdictions a spec names, in that order; one without a profile is left out."""
    return tuple(read_profile(folder / f"{name}.yml") for name in jurisdictions if (folder / f"{name}.yml").is_file())


def trace(profile: Profile, ids: Collection[str], off: Mapping[str, str], apart: Collection[str] = ()) -> list[Traced]:
    """Hold every clause of a profile against the evidence of a run.

    Parameters
    ----------
    profile: the clauses.
    ids: the evidence ids that are there, and the ``spec:`` references that the spec states (:func:`stated`).
    off: analyses switched off, with the reason.
    apart: analyses whose evidence is printed in a volume of its own.
    """
    return [_traced(profile, clause, ids, off, apart) for clause in profile.clauses]


def stated(profiles: Iterable[Profile], spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The ``spec:`` references of profiles that point to something the spec really says, sorted."""
    clauses = [clause for profile in profiles for clause in profile.clauses]
    references = {each for clause in clauses for each in (*clause.evidence, clause.applies_if)}
    return tuple(sorted(each for each in references if each.startswith(SPEC) and _says(spec, each.removeprefix(SPEC))))


def _says(spec: Mapping[str, Any], dotted: str) -> bool:
    value: Any = spec
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value not in UNSTATED


def _traced(
    profile: Profile, clause: Clause, ids: Collection[str], off: Mapping[str, str], apart: Collection[str]
) -> Traced:
    if clause.not_applicable and clause.applies_if not in ids:
        return Traced(profile, clause, "not applicable", (), (), clause.not_applicable)
    present = tuple(each for each in clause.evidence if _is_there(each, ids))
    missing = tuple(each for each in clause.evidence if each not in present)
    without = {name: why for name, why in off.items() if name in map(_analysis, missing)}
    reasons = [_off(name, why) for name, why in without.items()]
    reasons += [f"{name} is printed in a separate volume" for name in apart if name in map(_analysis, present)]
    if clause.needs:
        reasons.append(f"outside this document: {clause.needs}")
    answer: Answer = "not evidenced" if not present else "partial" if missing or clause.needs else "provided"
    if not present and missing and all(_analysis(each) in without for each in missing):
        # what cannot be analysed is no evidence, and no reason why an expectation would not apply
        inapplicable = any(why.startswith(NOT_APPLICABLE) for why in without.values())
        answer = "not evidenced" if inapplicable else "not run"
    return Traced(profile, clause, answer, present, missing, "; ".join(reasons))


def _off(name: str, why: str) -> str:
    """Why an analysis is off: it cannot apply, the tier leaves it out, or the spec switches it off."""
    if why.startswith(NOT_APPLICABLE):
        return f"{name} {why}"
    return f"{name} not run: {why}" if why.startswith(BY_TIER) else f"{name} is switched off: {why}"


def _analysis(reference: str) -> str:
    return reference.split(".", 1)[0]


def _is_there(reference: str, ids: Collection[str]) -> bool:
    if "." in reference:
        return reference in ids
    return any(_analysis(each) == reference for each in ids)
