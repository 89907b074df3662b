"""The registers of limitations and assumptions: one YAML list each, with owners and dates of review."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.review.findings_register import as_date
from respml.review.strays import refuse_strays
from respml.review.yaml_edit import append_item, load, read_text, set_value, write_atomically

FOLDER = "registers"
KINDS = ("limitations", "assumptions")
_PREFIX = {"limitations": "L", "assumptions": "A"}
_WITHDRAWN = "withdrawn"
_HEAD = (
    "# The register of {kind}. Yours: all of it; add entries, keys and comments as you like.\n"
    "# respml adds what report.yml states and appends to history; it never removes a line.\n"
)


@dataclass(frozen=True)
class Entry:
    """One limitation or assumption; ``content`` is all of it, people's own keys included."""

    kind: str
    id: str
    content: Mapping[str, Any]

    @property
    def in_force(self) -> bool:
        """Whether it still stands: neither withdrawn by the spec nor given a status that says so."""
        return str(self.content.get("status", "")) not in (_WITHDRAWN, "closed")

    def text(self, key: str) -> str:
        """A value as text; empty where nobody has written one."""
        value = self.content.get(key)
        return "" if value is None else str(value).strip()

    def expired(self, as_of: date) -> bool:
        """Whether it is in force and should have been reviewed before ``as_of``."""
        review_by = as_date(self.content.get("review_by"))
        return self.in_force and review_by is not None and review_by < as_of


def read_register(folder: Path, kind: str) -> tuple[Entry, ...]:
    """One register, in the order of its file; empty where there is none.

    Parameters
    ----------
    folder: the folder ``registers``.
    kind: one of :data:`KINDS`.

    Raises
    ------
    InputError: for a file of another name, or one that is no list of mappings with a unique ``id`` and a ``text``.
    """
    known = [f"{each}.yml" for each in KINDS]
    refuse_strays(folder, lambda path: path.name in known, f"Write it into {' or '.join(known)}, or move it.")
    path = folder / f"{kind}.yml"
    return _entries(read_text(path), kind, path.name) if path.exists() else ()


def _entries(text: str, kind: str, name: str) -> tuple[Entry, ...]:
    content = load(text, name)
    content = [] if content is None else content
    remedy = "Write it as a list of entries with 'id' and 'text'."
    if not isinstance(content, list):
        raise InputError("The register is not a list.", where=name, remedy=remedy)
    found: dict[str, Entry] = {}
    for number, each in enumerate(content, 1):
        if not isinstance(each, dict) or not isinstance(each.get("id"), str) or not each.get("text"):
            raise InputError(f"Entry {number} has no 'id' or no 'text'.", where=name, remedy=remedy)
        if each["id"] in found:
            raise InputError(f"Two entries have the id '{each['id']}'.", where=name, remedy="Give each its own.")
        found[each["id"]] = Entry(kind, each["id"], each)
    return tuple(found.values())


def entry_id(kind: str, text: str) -> str:
    """The id of a line of the spec: a letter and the first digits of the SHA-256 of its words."""
    return f"{_PREFIX[kind]}-{hashlib.sha256(' '.join(text.split()).encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class RegisterChange:
    """What a sync does to one register; ``before`` is None for a new one, ``done`` says what, as ``id: word``."""

    kind: str
    path: Path
    before: str | None
    after: str
    done: tuple[str, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The register as it will be."""
        return _entries(self.after, self.kind, self.path.name)

    def write(self) -> None:
        """Put it in place, whole, where anything changes."""
        if self.done:
            write_atomically(self.path, self.after)


def plan_register(folder: Path, kind: str, lines: Sequence[str], version: str, as_of: date) -> RegisterChange:
    """Add the lines of the spec that are not in the register yet; mark those the spec no longer states.

    Only entries that came from the spec (``source: "report.yml"``) are ever marked; people's own are left alone.

    Parameters
    ----------
    folder: the folder ``registers``.
    kind: one of :data:`KINDS`.
    lines: what the spec states of this kind.
    version, as_of: of the spec.

    Raises
    ------
    InputError: for a register that cannot be read or edited safely; nothing is written here.
    """
    path = folder / f"{kind}.yml"
    before = read_text(path) if path.exists() else None
    text = _HEAD.format(kind=kind) if before is None else before
    entries = _entries(text, kind, path.name)
    stated = {entry_id(kind, each): each for each in lines}
    known = {each.text("text") for each in entries}
    done = []
    for id, line in stated.items():
        if line not in known and all(each.id != id for each in entries):
            fresh: dict[str, Any] = {
                "id": id,
                "text": line,
                "status": "open",
                "owner": "",
                "review_by": None,
                "evidence": [],
            }
            event = {"event": "stated", "version": version, "as_of": as_of}
            text = append_item(text, (), {**fresh, "source": "report.yml", "history": [event]}, path.name)
            done.append(f"{id}: stated")
    for number, each in enumerate(entries):
        if each.text("source") != "report.yml":
            continue
        gone = each.id not in stated and each.text("text") not in lines
        word = _WITHDRAWN if gone and each.in_force else "stated again" if not gone and _is_withdrawn(each) else ""
        if word:
            status = _WITHDRAWN if gone else "open"
            text = set_value(text, (number, "status"), status, path.name)
            if "history" not in each.content:
                text = set_value(text, (number, "history"), [], path.name)
            event = {"event": word, "version": version, "as_of": as_of}
            text = append_item(text, (number, "history"), event, path.name)
            done.append(f"{each.id}: {word}")
    return RegisterChange(kind, path, before, text, tuple(done))


def _is_withdrawn(entry: Entry) -> bool:
    return entry.text("status") == _WITHDRAWN


def expired(entries: Iterable[Entry], as_of: date) -> tuple[Entry, ...]:
    """The entries in force whose date of review lies before ``as_of``, the longest expired first."""
    late = [each for each in entries if each.expired(as_of)]
    return tuple(sorted(late, key=lambda each: (str(each.content["review_by"]), each.id)))
