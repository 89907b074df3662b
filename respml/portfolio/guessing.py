"""Guess the role of each column from its name and its values; every guess says why, and none is sure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.portfolio.column_types import column_kind
from respml.portfolio.nearest import listed, shown, suggestion

MOST_SEGMENTS = 4
MOST_CODES = 12
MOST_GROUPS = 20
AGE_EDGES = (30.0, 40.0, 50.0, 60.0)

_TARGET = (
    ("default", "defaulted", "bad", "delinquent", "chargeoff", "charged", "dpd90", "target"),
    ("y", "label", "outcome", "event", "class", "response"),
)
_EVENT = ("1", "1.0", "bad", "default", "defaulted", "yes", "y", "true", "charged off", "chargedoff", "delinquent", "b")
_IDENTIFIER = ("id", "uuid", "guid", "identifier", "key")
_TIME = ("date", "month", "period", "time", "snapshot", "vintage", "quarter", "year", "cohort")
_WEIGHT = ("weight", "weights", "wgt")
_PROTECTED: dict[str, str] = {
    **dict.fromkeys(("sex", "gender"), "sex"),
    **dict.fromkeys(("race", "racial", "ethnicity", "ethnic", "ethnicities"), "race or ethnicity"),
    **dict.fromkeys(("marital", "marriage", "married"), "marital status"),
    **dict.fromkeys(("religion", "religious", "faith"), "religion"),
    **dict.fromkeys(("nationality", "citizenship", "citizen", "foreign", "immigrant"), "national origin"),
    **dict.fromkeys(("disability", "disabled"), "disability"),
    **dict.fromkeys(("pregnant", "pregnancy"), "pregnancy"),
    "age": "age",
}
_PLACES = {"zip", "zipcode", "postcode", "postal", "plz"}
# "age" of a thing is no age of a person: months since an account was opened, say.
_NOT_A_PERSON = {"account", "loan", "credit", "file", "book", "vehicle", "car", "property", "oldest", "newest", "line"}


@dataclass(frozen=True)
class Guess:
    """A column (or value) taken for something, and why."""

    value: str | int
    why: str


@dataclass(frozen=True)
class Roles:
    """What each column is taken for.

    Attributes
    ----------
    target, event: the outcome, and the value that means default.
    identifier: the column that names the customer; ``repeated`` where rows share one.
    time, weight: columns of that role.
    protected: column -> why; includes the names of ``bands``.
    bands: name of a banded column -> (the numeric column it is cut from, inner edges).
    segments, excluded: column -> why.
    """

    target: Guess
    event: Guess
    identifier: Guess | None = None
    repeated: bool = False
    time: Guess | None = None
    weight: Guess | None = None
    protected: Mapping[str, str] = field(default_factory=dict)
    bands: Mapping[str, tuple[str, tuple[float, ...]]] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)


def words(name: str) -> tuple[str, ...]:
    """The lower-case words of a column name: ``defaultNextMonth`` and ``DEFAULT_NEXT_MONTH`` alike."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(re.findall(r"[a-z0-9]+", spaced.lower()))


def guess_target(frame: pd.DataFrame, stated: str | None = None) -> Guess:
    """The outcome: the stated column, else a column of two values whose name says default.

    Errors
    ------
    InputError where the stated column does not exist, and where none, or more than one without a telling name, has
    two values.
    """
    names = [str(name) for name in frame.columns]
    if stated is not None:
        if stated not in names:
            hint = suggestion(stated, names, f"The data has {listed(names)}.")
            raise InputError(f"The data has no column {shown(stated)}.", where="--target", remedy=hint)
        return Guess(stated, "named on the command line")
    binary = [name for name in names if frame[name].nunique() == 2 and not frame[name].isna().any()]
    for hints in _TARGET:
        for name in binary:
            told = [word for word in words(name) if word in hints]
            if told:
                return Guess(name, f"two values, and the name holds '{told[0]}'")
    nameless = [name for name in binary if protected_ground(name) is None]
    if len(nameless) == 1:
        return Guess(nameless[0], "the only column with two values")
    fact = (
        f"{len(nameless)} columns have two values ({listed(nameless)})"
        if nameless
        else "no complete column has two values"
    )
    raise InputError(
        f"The outcome cannot be guessed: {fact} and none is named like a default.",
        remedy="Name it with --target COLUMN.",
    )


def guess_event(values: pd.Series) -> Guess:
    """The value that means default: 1, a word for it, else the rarer of two.

    Errors
    ------
    InputError where the column has more than two values and none is a word for default.
    """
    counts = values.value_counts()
    told = [value for value in counts.index if str(value).strip().lower() in _EVENT]
    if len(told) == 1 or (told and len(counts) == 2):
        return Guess(
            _plain(told[0]), "its name says default" if isinstance(told[0], str) else "1 usually means default"
        )
    if len(counts) == 2:
        return Guess(_plain(counts.index[-1]), f"the rarer value ({int(counts.iloc[-1])} of {len(values)} rows)")
    if len(counts) < 2:
        return Guess(1, "1 usually means default")
    raise InputError(
        f"The target holds {len(counts)} values, not two: {listed(counts.index)}.",
        where=f"column {shown(values.name)}",
        remedy="Recode it to 0 and 1, 1 being default.",
    )


def _plain(value: object) -> str | int:
    """A value as YAML holds it: whole numbers as such, all else as text."""
    if isinstance(value, int | float | np.number) and float(value).is_integer():
        return int(value)
    return str(value)


def protected_ground(name: str) -> str | None:
    """The prohibited basis a column's name points to, or nothing."""
    told = words(name)
    for word in told:
        if word == "age" and _NOT_A_PERSON & set(told):
            continue
        if word in _PROTECTED:
            return _PROTECTED[word]
    return None


def _named_identifier(name: str) -> bool:
    return bool(words(name)) and words(name)[-1] in _IDENTIFIER


def guess_roles(frame: pd.DataFrame, target: str | None = None) -> Roles:
    """The role of every column of standardised data; columns without one are model inputs.

    Errors
    ------
    InputError where the outcome cannot be told; see :func:`guess_target` and :func:`guess_event`.
    """
    outcome = guess_target(frame, target)
    found = _Found(frame, str(outcome.value))
    names = [str(each) for each in frame.columns if each != outcome.value]
    # a column named like an identifier comes before one that only looks like one
    for name in sorted(names, key=lambda name: not _named_identifier(name)):
        found.place(name)
    return Roles(
        target=outcome,
        event=guess_event(frame[outcome.value]),
        identifier=found.identifier,
        repeated=found.repeated,
        time=found.time,
        weight=found.weight,
        protected=found.protected,
        bands=found.bands,
        segments=found.segments,
        excluded=found.excluded,
    )


class _Found:
    """Roles given so far: the first identifier, time and weight win, later ones are left out."""

    def __init__(self, frame: pd.DataFrame, target: str) -> None:
        self.frame = frame
        self.identifier: Guess | None = None
        self.repeated = False
        self.time: Guess | None = None
        self.weight: Guess | None = None
        self.protected: dict[str, str] = {}
        self.bands: dict[str, tuple[str, tuple[float, ...]]] = {}
        self.segments: dict[str, str] = {}
        self.excluded: dict[str, str] = {}

    def place(self, name: str) -> None:
        """Give one column its role."""
        values = self.frame[name]
        kind = column_kind(values)
        if values.isna().all():
            self.excluded[name] = "no row has a value"
        elif (ground := protected_ground(name)) is not None:
            self._protect(name, ground)
        elif self._is_identifier(name, values):
            self._identify(name, values)
        elif self._is_time(name, values):
            if self.time is None and not values.isna().any():
                self.time = Guess(name, "dates" if kind == "date" else "the name and the values look like time")
            else:
                self.excluded[name] = "a time; a model input is a number of a quantity"
        elif kind == "number" and _PLACES & set(words(name)):
            self.excluded[name] = "the name says a place; its numbers measure nothing and may stand for a group"
        elif kind == "number":
            self._number(name, values)
        elif kind == "text" and 1 < values.nunique() <= MOST_GROUPS and len(self.segments) < MOST_SEGMENTS:
            self.segments[name] = f"text of {values.nunique()} values; a model input must be a number"
        else:
            self.excluded[name] = f"text of {values.nunique()} values; a model input must be a number"

    def _number(self, name: str, values: pd.Series) -> None:
        numbers = values.to_numpy(dtype=np.float64)
        if np.isinf(numbers).any():
            self.excluded[name] = "holds infinite values"
        elif values.nunique() == 1 and not values.isna().any():
            self.excluded[name] = "all rows hold one value"
        elif set(words(name)) & set(_WEIGHT) and np.isfinite(numbers).all() and (numbers >= 0).all():
            if self.weight is None:
                self.weight = Guess(name, "the name says weight and no value is negative")
            else:
                self.excluded[name] = f"looks like a case weight beside '{self.weight.value}'"

    def _protect(self, name: str, ground: str) -> None:
        values = self.frame[name]
        if column_kind(values) == "number" and values.nunique() > MOST_GROUPS and ground == "age":
            low, high = float(values.min()), float(values.max())
            edges = tuple(edge for edge in AGE_EDGES if low < edge <= high)
            banded = self._free_name(f"{name}_BAND" if name.isupper() else f"{name}_band")
            if edges:
                self.bands[banded] = (name, edges)
                self.protected[banded] = f"the name of '{name}' says {ground}"
                self.excluded[name] = "held out of the inputs; tested in bands"
                return
        self.protected[name] = f"the name says {ground}"

    def _free_name(self, wanted: str) -> str:
        taken = {str(each).lower() for each in self.frame.columns}
        while wanted.lower() in taken:
            wanted += "_2"
        return wanted

    def _is_identifier(self, name: str, values: pd.Series) -> bool:
        if values.isna().any() or column_kind(values) not in ("number", "text"):
            return False
        whole = column_kind(values) == "text" or bool((values % 1 == 0).all())
        if _named_identifier(name) and whole:
            return True
        counted = column_kind(values) == "number" and len(values) > MOST_CODES and values.iloc[0] in (0, 1)
        row_number = counted and bool((values.diff().dropna() == 1).all())
        return row_number or (column_kind(values) == "text" and values.is_unique)

    def _identify(self, name: str, values: pd.Series) -> None:
        share = values.nunique() / len(values)
        if self.identifier is None and (values.is_unique or share > 0.2):
            self.repeated = not values.is_unique
            why = "every row has its own" if values.is_unique else "the name says identifier; rows share some"
            self.identifier = Guess(name, why)
        else:
            self.excluded[name] = "looks like an identifier; its numbers measure nothing"

    def _is_time(self, name: str, values: pd.Series) -> bool:
        kind = column_kind(values)
        if kind == "date":
            return True
        if not set(words(name)) & set(_TIME):
            return False
        present = values.dropna()
        if kind == "text":
            return bool(present.str.fullmatch(r"\d{4}-\d{2}(-\d{2})?([T ].*)?").all())
        if kind != "number" or not bool((present % 1 == 0).all()):
            return False
        yearly, monthly = present.between(1900, 2100).all(), present.between(190001, 210012).all()
        return bool(yearly or (monthly and (present % 100).between(1, 12).all()))
