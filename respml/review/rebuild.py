"""What a build does to the registers beside the spec, planned before the document and written after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from respml.review import findings_register, registers
from respml.review.findings_register import Change, Finding, Moment, plan, sync
from respml.review.register_words import entries_words, findings_words
from respml.review.registers import KINDS, RegisterChange, plan_register
from respml.spec import LoadedSpec


@dataclass(frozen=True)
class Registers:
    """The registers as a build will leave them.

    Attributes
    ----------
    folder: the folder of the spec.
    moment: of the build.
    results: every check with its state.
    stated: the limitations and assumptions of the spec.
    findings: what happens to the findings; None where there is no register of them.
    others: what happens to the registers of limitations and assumptions.
    """

    folder: Path
    moment: Moment
    results: Sequence[Mapping[str, Any]]
    stated: Mapping[str, Sequence[str]]
    findings: tuple[Change, ...] | None = None
    others: tuple[RegisterChange, ...] = ()

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that are open after this build."""
        return tuple(each.finding for each in self.findings or () if each.finding.is_open)

    def narrative(self) -> dict[str, str]:
        """Markdown for ``/narrative/<name>.qmd``: ``findings-register``, ``limitations-register`` and so on."""
        as_of = self.moment.as_of
        words = {f"{each.kind}-register": entries_words(each.entries, as_of, each.kind) for each in self.others}
        if self.findings is not None:
            words["findings-register"] = findings_words((each.finding for each in self.findings), as_of)
        return words

    def flags(self) -> dict[str, bool]:
        """For ``when-meta="flags.register.…"``: which registers there are, and whether anything in them is overdue."""
        as_of = self.moment.as_of
        late = any(each.overdue(as_of) for each in self.open_findings)
        late = late or any(entry.expired(as_of) for each in self.others for entry in each.entries)
        kinds = {each.kind for each in self.others}
        return {"findings": self.findings is not None, "overdue": late, **{kind: kind in kinds for kind in KINDS}}

    def write(self) -> tuple[Change, ...]:
        """Put the registers in place. Findings are planned anew, since somebody may have written to one meanwhile."""
        version, as_of = self.moment.version, self.moment.as_of
        for each in self.others:
            plan_register(each.path.parent, each.kind, self.stated[each.kind], version, as_of).write()
        if self.findings is None:
            return ()
        return sync(self.folder / findings_register.FOLDER, self.results, self.moment)


def moment_of(version: str, as_of: Any, findings_json: bytes) -> Moment:
    """The moment of a build; ``findings_json`` are the bytes of its ``findings.json``."""
    return Moment(version, as_of, hashlib.sha256(findings_json).hexdigest())


def prepare(loaded: LoadedSpec, findings_json: Path, *, create: bool = False) -> Registers:
    """Plan the registers of a build; nothing is written before :meth:`Registers.write`.

    Parameters
    ----------
    loaded: the spec; the registers lie beside it.
    findings_json: every check with its state.
    create: make registers that are not there; otherwise only those whose folder exists or that the spec asks for.

    Raises
    ------
    InputError: for a register that cannot be read or edited safely.
    """
    spec = loaded.spec
    raw = findings_json.read_bytes()
    moment = moment_of(spec.model.version, spec.model.as_of, raw)
    results = json.loads(raw)
    folder, lists = loaded.folder / findings_register.FOLDER, loaded.folder / registers.FOLDER
    lines = {"limitations": spec.model.limitations, "assumptions": spec.model.assumptions}
    planned = None
    if create or spec.review.findings or folder.is_dir():
        planned = plan(folder, results, moment)
    others: tuple[RegisterChange, ...] = ()
    if create or spec.review.registers or lists.is_dir():
        others = tuple(plan_register(lists, kind, lines[kind], moment.version, moment.as_of) for kind in KINDS)
    return Registers(loaded.folder, moment, results, lines, planned, others)
