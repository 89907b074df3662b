"""Adverse-action reasons: the part of the spec that says how they are made, and the mapping file with their texts."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from respml.spec.identity import Line, Strict


class ActionRange(Strict):
    """What an applicant could change in one input, for counterfactuals.

    ``direction``: whether it can be raised, lowered or both; ``whole``: only whole numbers make sense. The range is the
    dictionary's, else the one observed; ``minimum`` and ``maximum`` narrow it.
    """

    direction: Literal["raise", "lower", "either"] = "either"
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _range_is_a_range(self) -> ActionRange:
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise ValueError("minimum must be below maximum")
        return self


class ReasonsSpec(Strict):
    """How reasons are made.

    Attributes
    ----------
    mapping: file with the texts; without one, provisional texts are made from the data dictionary, and a check says so.
    baseline: population against whose average an applicant falls short; the two named in the official comment to
        12 CFR 1002.9(b)(2).
    band: share of approved applicants, nearest to the cut-off, that "at_cutoff" means.
    maximum: most reasons stated.
    near_tie: two factors are tied when they differ by at most this share of the applicant's largest.
    inquiries: factor that counts credit inquiries; when adverse but not among the stated ones it is added as one more
        (15 USC 1681g(f)(9)).
    actions: inputs an applicant can change; every input that is neither immutable nor prohibited when left out.
    immutable: inputs an applicant cannot change.
    """

    mapping: Line | None = None
    baseline: Literal["at_cutoff", "all_applicants"] = "at_cutoff"
    band: float = Field(default=0.1, gt=0, le=1)
    maximum: int = Field(default=4, ge=1, le=10)
    near_tie: float = Field(default=0.05, ge=0, lt=1)
    inquiries: Line | None = None
    actions: dict[Line, ActionRange] = Field(default_factory=dict)
    immutable: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _actions_are_possible(self) -> ReasonsSpec:
        both = sorted(set(self.actions) & set(self.immutable))
        if both:
            raise ValueError(f"{', '.join(both)} cannot be both in actions and immutable")
        return self


def _condition(text: str) -> str:
    if not re.fullmatch(r"(<=|>=|<|>|==|!=)\s*(usual|[-+]?\d+(\.\d+)?)", text):
        raise ValueError("must be an operator and a number or 'usual', such as '>= 1' or '< usual'")
    return text


_GENERIC = re.compile(
    r"\b(qualifying|passing|minimum|required|sufficient)\s+(credit\s+)?score\b"
    r"|\bscoring\s+(system|model)\b|\b(internal|our)\s+(standards?|polic(y|ies)|criteria)\b",
    re.IGNORECASE,
)


def _specific(text: str) -> str:
    """A sentence that names a factor; 12 CFR 1002.9(b)(2) calls internal policies and missed scores insufficient."""
    found = _GENERIC.search(text)
    if found:
        raise ValueError(f"'{found[0]}' is no specific reason (12 CFR 1002.9(b)(2)); name what was scored")
    return text


Sentence = Annotated[Line, AfterValidator(_specific)]
Condition = Annotated[Line, AfterValidator(_condition)]


class Factor(Strict):
    """One reason: its code, the sentence an applicant reads, the inputs it stands for, and when the sentence is true.

    ``holds``: input -> condition; the sentence is true of an applicant when any of them is. "usual" is the lower median
    of the baseline population. ``otherwise``: the sentence for applicants of whom the first one is not true.
    """

    code: Line
    text: Sentence
    features: tuple[Line, ...] = Field(min_length=1)
    holds: dict[Line, Condition] = Field(default_factory=dict)
    otherwise: Sentence | None = None

    @model_validator(mode="after")
    def _conditions_are_on_its_inputs(self) -> Factor:
        strange = sorted(set(self.holds) - set(self.features))
        if strange:
            raise ValueError(f"a condition names {', '.join(strange)}, which is not among the features")
        if self.otherwise is not None and not self.holds:
            raise ValueError("'otherwise' needs conditions under 'holds'")
        return self


class ReasonMapping(Strict):
    """The versioned mapping file: every scored input belongs to exactly one factor."""

    version: Line
    date: date
    owner: Line
    factors: dict[Line, Factor] = Field(min_length=1)

    @field_validator("factors")
    @classmethod
    def _nothing_twice(cls, factors: dict[str, Factor]) -> dict[str, Factor]:
        for kind, names in (
            ("code", [each.code for each in factors.values()]),
            ("input", [name for each in factors.values() for name in each.features]),
        ):
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise ValueError(f"{kind} {', '.join(repeated)} stands under more than one factor")
        return factors


class ReasonSettings(Strict):
    """What the reasons analysis sees: the spec's section and the content of its mapping file."""

    section: ReasonsSpec = ReasonsSpec()
    mapping: ReasonMapping | None = None
