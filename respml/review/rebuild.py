"""What a build does to the registers beside the spec, planned before the document and written after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.review import findings_register, registers
from respml.review.earlier import Later, entries_before, findings_before, judged_in_memory, later_than, latest
from respml.review.findings_register import HUMAN, Change, Finding, Moment, check_of, plan, read_findings, sync
from respml.review.locking import writing_in
from respml.review.register_words import entries_words, findings_words, lost_words, overdue_words
from respml.review.registers import KINDS, Entry, RegisterChange, plan_register, read_register
from respml.review.signoff import folded
from respml.spec import LoadedSpec
from respml.spec.fairness import VOLUME

REGISTER_PIECES = ("findings-register", "findings-overdue", *(f"{kind}-register" for kind in KINDS))
"""What every document can include; empty where there is no such register."""


@dataclass(frozen=True)
class FindingsPlan:
    """What a build does to the findings of one document: the report, or the separate volume.

    Attributes
    ----------
    moment: of the build, with the digest of the document's own ``findings.json``.
    results: every check of the document with its state.
    belongs: whether a check, given by its code, is of the document.
    findings: as the build will leave them.
    """

    moment: Moment
    results: Sequence[Mapping[str, Any]]
    belongs: Callable[[str], bool]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Registers:
    """The registers as a build will leave them.

    Attributes
    ----------
    folder: the folder of the spec.
    version: of the model.
    as_of: the spec's only date.
    stated: the limitations and assumptions of the spec.
    findings: of the report; None where there is no register of them.
    volume: of the separate volume; None where there is no such volume or no register.
    others: what happens to the registers of limitations and assumptions.
    entries: of each of those registers, as the document shows them.
    later: a later version that the registers tell of; such a register is read and left as it is.
    lost: findings of which an earlier build recorded more history than there is now, each with both counts, in words.
    """

    folder: Path
    version: str
    as_of: date
    stated: Mapping[str, Sequence[str]]
    findings: FindingsPlan | None = None
    volume: FindingsPlan | None = None
    others: tuple[RegisterChange, ...] = ()
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    later: str = ""
    lost: tuple[str, ...] = ()

    def history(self) -> dict[str, int]:
        """How many records the history of each finding will have: what the manifest keeps of the register."""
        kept = [each for each in (self.findings, self.volume) if each is not None]
        return {each.id: len(each.content.get("history") or []) for some in kept for each in some.findings}

    def narrative(self) -> dict[str, str]:
        """Markdown of the report by name, each of :data:`REGISTER_PIECES`."""
        return self._pieces(self.findings, self.entries)

    def volume_narrative(self) -> dict[str, str]:
        """The same for the separate volume: its own findings, and nothing of the other registers."""
        return self._pieces(self.volume, {})

    def _pieces(self, kept: FindingsPlan | None, entries: Mapping[str, tuple[Entry, ...]]) -> dict[str, str]:
        found = () if kept is None else kept.findings
        words = dict.fromkeys(REGISTER_PIECES, "")
        words["findings-overdue"] = overdue_words(
            found, [each for some in entries.values() for each in some], self.as_of
        )
        if kept is not None:
            lost = [each for each in self.lost if kept.belongs(each.partition(".")[0])]
            words["findings-register"] = lost_words(lost) + findings_words(found, self.as_of)
        for kind, listed in entries.items():
            words[f"{kind}-register"] = entries_words(listed, self.as_of, kind)
        return words

    def flags(self) -> dict[str, bool]:
        """For ``when-meta="flags.register.…"`` of the report: which registers there are, and whether any is overdue."""
        return {
            "findings": self.findings is not None,
            "overdue": bool(self.narrative()["findings-overdue"]),
            **{kind: kind in self.entries for kind in KINDS},
        }

    def volume_flags(self) -> dict[str, bool]:
        """The same for the separate volume."""
        late = bool(self.volume_narrative()["findings-overdue"])
        return {"findings": self.volume is not None, "overdue": late, **dict.fromkeys(KINDS, False)}

    def write(self) -> tuple[Change, ...]:
        """Put the registers in place. Findings are planned anew, since somebody may have written to one meanwhile.

        Registers that tell of a later version stay as they are.
        """
        if self.later:
            return ()
        for each in self.others:
            with writing_in(each.path.parent):
                plan_register(each.path.parent, each.kind, self.stated[each.kind], self.version, self.as_of).write()
        folder = self.folder / findings_register.FOLDER
        kept = [each for each in (self.findings, self.volume) if each is not None]
        done = [change for each in kept for change in sync(folder, each.results, each.moment, each.belongs)]
        return tuple(sorted(done, key=lambda each: each.id))

    def require_current(self) -> None:
        """The registers tell of no later version, so that bringing them up to date with this one makes sense.

        Raises
        ------
        InputError: naming the later version.
        """
        if self.later:
            raise InputError(
                f"The registers tell of version {self.later}, which comes after {self.version}.",
                where=str(findings_register.FOLDER),
                remedy="Bring them up to date with a run of the latest version; where this one follows, say so in "
                "'model.previous'.",
            )


def moment_of(version: str, as_of: Any, findings_json: bytes) -> Moment:
    """The moment of a build; ``findings_json`` are the bytes of its ``findings.json``."""
    return Moment(version, as_of, hashlib.sha256(findings_json).hexdigest())


def prepare(
    loaded: LoadedSpec, findings_json: Path, *, create: bool = False, recorded: Mapping[str, int] | None = None
) -> Registers:
    """Plan the registers of a build; nothing is written before :meth:`Registers.write`.

    Parameters
    ----------
    loaded: the spec; the registers lie beside it.
    findings_json: every check with its state; the checks of a separate volume lie in a folder beside it.
    create: make registers that are not there; otherwise only those whose folder exists or that the spec asks for.
    recorded: how long the history of each finding was when it was last recorded.

    Raises
    ------
    InputError: for a register that cannot be read or edited safely.
    """
    spec = loaded.spec
    folder, lists = loaded.folder / findings_register.FOLDER, loaded.folder / registers.FOLDER
    version, as_of = spec.model.version, spec.model.as_of
    lines = {"limitations": spec.model.limitations, "assumptions": spec.model.assumptions}
    after = later_than(version, spec.model.previous)
    present = read_findings(folder)
    lengths = {each.id: len(each.content.get("history") or []) for each in present}
    lost = tuple(
        f"{id}: {lengths.get(id, 0)} of {count} records"
        for id, count in sorted((recorded or {}).items())
        if lengths.get(id, 0) < count
    )
    later = latest(present, [each for kind in KINDS for each in read_register(lists, kind)], after)
    unseen = after if later else None
    kept = volume = None
    if create or spec.review.findings or folder.is_dir():
        apart = findings_json.parent / VOLUME / findings_json.name
        codes = _codes(apart)
        kept = _planned(folder, findings_json, version, as_of, lambda check: check not in codes, unseen)
        if apart.is_file():
            volume = _planned(folder, apart, version, as_of, lambda check: check in codes, unseen)
    others: tuple[RegisterChange, ...] = ()
    if create or spec.review.registers or lists.is_dir():
        others = tuple(plan_register(lists, kind, lines[kind], version, as_of) for kind in KINDS)
    entries = {each.kind: entries_before(each.entries, unseen) if unseen else each.entries for each in others}
    return Registers(loaded.folder, version, as_of, lines, kept, volume, others, entries, later, lost)


def registers_kept(loaded: LoadedSpec) -> tuple[str, ...]:
    """What people keep beside the evidence, as ids that requirements can name.

    ``review.findings``, ``review.limitations``, ``review.assumptions``: the registers. ``review.answers``: somebody has
    answered a finding. ``review.independence``: the spec names two people as developer and validator.
    """
    review, model, folder = loaded.spec.review, loaded.spec.model, loaded.folder
    kept = folder / findings_register.FOLDER
    names = ["findings"] if review.findings or kept.is_dir() else []
    if review.registers or (folder / registers.FOLDER).is_dir():
        names += KINDS
    if any(each.text(key) for each in read_findings(kept) for key in HUMAN if key not in ("owner", "due")):
        names.append("answers")
    if folded(model.developer.name) != folded(model.validator.name):
        names.append("independence")
    return tuple(f"review.{name}" for name in names)


def _codes(findings_json: Path) -> frozenset[str]:
    if not findings_json.is_file():
        return frozenset()
    return frozenset(str(each["code"]) for each in json.loads(findings_json.read_bytes()))


def _planned(
    folder: Path, findings_json: Path, version: str, as_of: date, belongs: Callable[[str], bool], later: Later | None
) -> FindingsPlan:
    raw = findings_json.read_bytes()
    results, moment = json.loads(raw), moment_of(version, as_of, raw)
    if later is None:
        found = tuple(each.finding for each in plan(folder, results, moment, belongs))
    else:
        own = [each for each in read_findings(folder) if belongs(check_of(each))]
        found = judged_in_memory(findings_before(own, later), results, moment)
    return FindingsPlan(moment, results, belongs, found)
