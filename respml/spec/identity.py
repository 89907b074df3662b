"""Who and what: the identity block of a model, as the report's front matter prints it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Base of every part of the spec: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


def _one_line(text: str) -> str:
    kinds = {unicodedata.category(character) for character in text}
    if kinds & {"Cc", "Zl", "Zp"}:
        raise ValueError("must be one line without control characters")
    if all(kind[0] in "CZ" for kind in kinds):
        raise ValueError("holds nothing that can be read")
    return text


Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]
Text = Annotated[str, Field(min_length=1, max_length=10_000)]


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", text):
        raise ValueError("must be lower-case letters, digits and hyphens, at most 64 of them")
    return text


def _version(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}", text) or ".." in text:
        raise ValueError("must be letters, digits, dots, plus or minus, at most 32 of them")
    if text.startswith("preview-") or text.endswith("."):
        raise ValueError("must not begin with 'preview-', which names previews, nor end with a dot")
    return text


Identifier = Annotated[str, AfterValidator(_identifier)]
Version = Annotated[str, AfterValidator(_version)]


class Person(Strict):
    """A person or team with a role in the model's life."""

    name: Line
    role: Line = "not stated"
    contact: Line = "not stated"


Tier = Literal["high", "medium", "low"]


class Materiality(Strict):
    """How much depends on the model: exposure times purpose decides the tier."""

    tier: Tier = "high"
    exposure: Line = "not stated"
    purpose: Line = "not stated"


class VersionEntry(Strict):
    """One line of the version table."""

    version: Version
    date: date
    author: Line
    change: Line


class Identity(Strict):
    """The model under documentation.

    ``id`` and ``version`` name the run folder; ``as_of`` is the only date the document prints as its own.
    ``previous`` is the version that this one is compared with; left out, the nearest lower one that has been built.
    ``jurisdictions`` choose the profiles of requirements: ``canada``, ``eu``, ``singapore``, ``uk``, ``us-federal``,
    ``us-new-jersey``, ``voluntary``, or a template's own; of any other the report says that none is held.
    """

    id: Identifier
    name: Line
    version: Version
    previous: Version | None = None
    as_of: date
    owner: Person
    developer: Person
    validator: Person
    intended_use: Text
    users: Text = "not stated"
    population: Text
    out_of_scope: tuple[Line, ...] = ()
    materiality: Materiality = Materiality()
    jurisdictions: tuple[Identifier, ...] = ("us-federal",)
    classification: Line = "Internal"
    licence: Line = "not stated"
    implementation: Line = "not stated"
    limitations: tuple[Line, ...] = ()
    assumptions: tuple[Line, ...] = ()
    ethical_considerations: tuple[Line, ...] = ()
    history: tuple[VersionEntry, ...] = ()
