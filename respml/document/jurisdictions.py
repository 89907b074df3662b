"""What the law asks, from dated profiles, one a jurisdiction and span of dates; the template's text has none of it.

A profile states its clauses in the file's own words, each with the date on which its status was recorded, the source
and the grade of the evidence. Which profile applies follows from ``model.jurisdictions`` and ``model.as_of``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from respml.document.markdown import escape, pipe_table, table_block
from respml.errors import InputError

FOLDER = "jurisdictions"
SECTIONS = ("group_outcomes", "error_rates", "individuals", "proxies", "alternatives", "group_data")
GRADES = {
    "P": "primary text read",
    "Q": "quoted by independent copies",
    "S": "secondary source",
    "R": "general knowledge, to be checked before it is relied on",
}
NOT_YET = "not yet applicable"
UNREAD = "R"
"""The grade of a clause that is stated from general knowledge."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clause(_Part):
    """One clause: what it says in the profile's own words, and how sure that is.

    ``status`` is that of the date ``as_of``; ``applies_from`` the first day on which the clause binds, where that is
    later than the profile's.
    """

    id: str
    title: str
    paraphrase: str
    status: Literal["current", "superseded", "not yet applicable", "litigated"]
    as_of: date
    source: str
    evidence: Literal["P", "Q", "S", "R"]
    applies_from: date | None = None

    def status_on(self, day: date) -> str:
        """The status as the document of a given day prints it."""
        if self.applies_from is None:
            return self.status
        if day < self.applies_from:
            return f"{NOT_YET}, from {self.applies_from.isoformat()}"
        return f"current since {self.applies_from.isoformat()}" if self.status == NOT_YET else self.status


class Limit(_Part):
    """A number that a clause mentions, and what crossing it means."""

    value: float
    clause: str
    text: str


class Section(_Part):
    """Whether a section of the chapter is asked for, by which clauses, and why it is shown."""

    asks: Literal["yes", "no", "indirectly"]
    clauses: tuple[str, ...]
    text: str


class Profile(_Part):
    """One jurisdiction over one span of dates, both ends included."""

    id: str
    jurisdiction: str
    title: str
    valid_from: date
    valid_to: date | None
    as_of: date
    summary: str
    clauses: tuple[Clause, ...]
    thresholds: dict[str, Limit]
    sections: dict[str, Section]

    @model_validator(mode="after")
    def _complete(self) -> Profile:
        if set(self.sections) != set(SECTIONS):
            raise ValueError(f"sections must be exactly {', '.join(SECTIONS)}")
        known = {clause.id for clause in self.clauses}
        cited = {each for section in self.sections.values() for each in section.clauses}
        cited |= {limit.clause for limit in self.thresholds.values()}
        if cited - known:
            raise ValueError(f"clause '{sorted(cited - known)[0]}' is cited and not listed")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self

    def covers(self, day: date) -> bool:
        """Whether the profile describes the law of a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def read_profiles(template_folder: Path) -> tuple[Profile, ...]:
    """Every profile of a template, sorted by file name; none where it has no folder ``jurisdictions``.

    Raises
    ------
    InputError: naming the file that is not a valid profile.
    """
    found = []
    for path in sorted((template_folder / FOLDER).glob("*.yml")):
        try:
            found.append(Profile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
        except yaml.YAMLError as error:
            raise InputError("The profile is not valid YAML.", where=path.name, remedy="Correct the syntax.") from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise InputError(
                f"The profile is not valid: {first['msg']}.", where=f"{path.name}, key '{place}'", remedy="Correct it."
            ) from error
    return tuple(found)


def choose_profiles(
    profiles: Sequence[Profile], jurisdictions: Iterable[str], as_of: date
) -> tuple[tuple[Profile, ...], tuple[str, ...]]:
    """The profiles that describe the law of a day, and the jurisdictions for which there is none.

    Parameters
    ----------
    jurisdictions: names as in ``model.jurisdictions``; the order is kept.
    as_of: the date of the document.
    """
    chosen: list[Profile] = []
    missing: list[str] = []
    for name in dict.fromkeys(jurisdictions):
        found = [each for each in profiles if each.jurisdiction == name and each.covers(as_of)]
        chosen += found
        if not found:
            missing.append(name)
    return tuple(chosen), tuple(missing)


def jurisdiction_narrative(
    profiles: Sequence[Profile], jurisdictions: Iterable[str], as_of: date, air_flag: float
) -> dict[str, str]:
    """Markdown pieces by name: ``law-summary``, ``law-threshold``, ``law-clauses``, and ``law-<section>`` for each.

    Parameters
    ----------
    air_flag: the registered limit of the adverse impact ratio, which a profile's own limit is held against.
    """
    chosen, missing = choose_profiles(profiles, jurisdictions, as_of)
    pieces = {f"law-{name.replace('_', '-')}": _section(chosen, name, as_of) for name in SECTIONS}
    return {
        **pieces,
        "law-summary": _summary(chosen, missing, as_of),
        "law-threshold": _threshold(chosen, air_flag),
        "law-clauses": _clauses(chosen, as_of),
    }


def _cited(clause: Clause) -> str:
    """A clause in running text; one that nobody read says so there too, not in the table alone."""
    return f"{clause.title} [{UNREAD}]" if clause.evidence == UNREAD else clause.title


def _missing(names: Sequence[str]) -> str:
    listed = ", ".join(names)
    return escape(f"No profile is held for {listed} on this date; nothing is said here about the law there.")


def _summary(chosen: Sequence[Profile], missing: Sequence[str], as_of: date) -> str:
    blocks = [
        f"**{escape(each.title)}.** {escape(each.summary)} "
        + escape(
            f"Status recorded on {each.as_of.isoformat()}; this document is dated {as_of.isoformat()}.{_unread(each)}"
        )
        for each in chosen
    ]
    if missing:
        blocks.append(_missing(missing))
    return "\n\n".join(blocks) + "\n"


def _unread(profile: Profile) -> str:
    """How many clauses of a profile rest on general knowledge; nothing where none does."""
    count = sum(clause.evidence == UNREAD for clause in profile.clauses)
    if not count:
        return ""
    return f" Marked {UNREAD}, {count} of {len(profile.clauses)} clauses: {GRADES[UNREAD]}."


def _section(chosen: Sequence[Profile], name: str, as_of: date) -> str:
    words = {"yes": "asked for", "no": "not asked for", "indirectly": "asked for indirectly"}
    pieces = []
    for each in chosen:
        section = each.sections[name]
        titles = {clause.id: _cited(clause) for clause in each.clauses}
        cited = "; ".join(titles[clause] for clause in section.clauses)
        basis = f" ({cited})" if cited else ""
        statuses = [clause.status_on(as_of) for clause in each.clauses if clause.id in section.clauses]
        later = bool(statuses) and all(status.startswith(NOT_YET) for status in statuses)
        asked = "not yet asked for" if later and section.asks != "no" else words[section.asks]
        pieces.append(f"*{escape(each.title)}: {asked}.* {escape(section.text + basis)}")
    return "\n\n".join(pieces or [escape("No profile applies, so nothing is said here about the law.")]) + "\n"


def _threshold(chosen: Sequence[Profile], air_flag: float) -> str:
    pieces = []
    for each in chosen:
        limit = each.thresholds.get("adverse_impact_ratio")
        if limit is None:
            pieces.append(f"{escape(each.title)}: {escape('the profile records no numerical limit.')}")
            continue
        titles = {clause.id: _cited(clause) for clause in each.clauses}
        own = "" if limit.value == air_flag else f" The register uses {air_flag:.2f} instead."
        text = f"{limit.value:.2f} comes from {titles[limit.clause]}. {limit.text}{own}"
        pieces.append(f"{escape(each.title)}: {escape(text)}")
    return "\n\n".join(pieces or [escape("No profile applies, so no limit has a legal source here.")]) + "\n"


def _clauses(chosen: Sequence[Profile], as_of: date) -> str:
    rows = [
        [
            clause.title,
            clause.paraphrase,
            f"{clause.status_on(as_of)} (recorded {clause.as_of.isoformat()})",
            f"{(urlsplit(clause.source).hostname or 'not stated').removeprefix('www.')} ({clause.evidence})",
        ]
        for each in chosen
        for clause in each.clauses
    ]
    if not rows:
        return escape("No clause is recorded for the jurisdictions of this document.") + "\n"
    table = pipe_table(rows, ["left"] * 4, ["Clause", "In our words", "Status", "Source"], [24, 50, 15, 22])
    grades = "; ".join(f"{grade} {meaning}" for grade, meaning in GRADES.items())
    links = "; ".join(
        f"{escape(clause.title)}: <{clause.source}>"
        for each in chosen
        for clause in each.clauses
        if urlsplit(clause.source).scheme in ("http", "https") and not set(clause.source) & set("<> \"'`{}")
    )
    note = f"{escape(f'Paraphrase, not legal advice. Evidence: {grades}.')} {escape('Addresses:')} {links}"
    caption = escape("Clauses that this chapter rests on, from the dated profiles of the template")
    return table_block("law-clauses", table, caption, ("set-widths",), note)
