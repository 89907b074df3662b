"""Sign-off: who took a decision on a run, bound to the SHA-256 of the exact PDF and manifest it was taken on."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from respml.errors import InputError
from respml.review.findings_register import as_date
from respml.review.locking import writing_in
from respml.review.versions import MANIFEST, manifest_of
from respml.review.yaml_edit import append_item, inline, load, read_text, write_atomically

SIGNOFF = "signoff.yml"
SIGNED = ".signed"
"""Beside the versions: a copy of each sign-off, so that one that was removed or replaced is missed."""
REPORT = "report.pdf"
ROLES = ("developer", "validator", "owner")
DECISIONS = ("approve", "approve-with-conditions", "reject")
INDEPENDENT = ("developer", "validator")
State = Literal["unsigned", "signed", "void"]


@dataclass(frozen=True)
class Signature:
    """One record of ``signoff.yml``: role, name, decision, comment, date, and the digests it is bound to.

    ``record_sha256`` is the digest of all that and of the record before it: see :meth:`digest`.
    """

    role: str
    name: str
    decision: str
    comment: str
    day: date | None
    report_sha256: str
    manifest_sha256: str
    record_sha256: str = ""

    def digest(self, before: str) -> str:
        """SHA-256 of what the record says and of the digest of the record before it; empty for the first."""
        told = {**vars(self), "day": str(self.day or ""), "record_sha256": before}
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class RoleState:
    """Whether a role has signed what now lies in the run; ``reason`` says what is wrong with a void signature."""

    role: str
    state: State
    signature: Signature | None = None
    reason: str = ""

    def line(self) -> str:
        """The state in one printable line."""
        if self.signature is None:
            return f"{self.role}: unsigned"
        told = f"{self.role}: {self.state}, {self.signature.decision} by {self.signature.name}"
        told += f" on {self.signature.day.isoformat()}" if self.signature.day else ""
        return f"{told} ({self.reason})" if self.reason else told


def sha256_of(path: Path) -> str:
    """SHA-256 of a file; empty where there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def read_signatures(run: Path, file: Path | None = None) -> tuple[Signature, ...]:
    """All signatures of a run, oldest first; empty where nobody has signed.

    Parameters
    ----------
    run: its folder.
    file: the sign-off; the run's own where left out.

    Raises
    ------
    InputError: when there is a sign-off file and it cannot be understood.
    """
    path = file or run / SIGNOFF
    if not path.exists():
        return ()
    content = load(read_text(path), SIGNOFF)
    entries = content.get("signatures") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise InputError("The sign-off lists no signatures.", where=str(path), remedy="Restore the file.")
    return tuple(_signature(each) for each in entries)


def _signature(entry: Mapping[str, Any]) -> Signature:
    def text(key: str) -> str:
        return str(entry.get(key) or "")

    names = ("role", "name", "decision", "comment", "report_sha256", "manifest_sha256", "record_sha256")
    return Signature(day=as_date(entry.get("day")), **{name: text(name) for name in names})


def is_signed(run: Path) -> bool:
    """Whether anybody has signed this version, validly or not.

    A sign-off file that cannot be read counts as one, and so does one that was removed since.
    """
    try:
        return bool(read_signatures(run)) or bool(_copies(run))
    except InputError:
        return True


def _copies(run: Path) -> dict[str, Path]:
    """Copies of the sign-offs of a version, by the SHA-256 of the manifest they were given for."""
    pattern = re.compile(rf"{re.escape(run.name)}-([0-9a-f]{{64}})\.yml")
    matches = ((pattern.fullmatch(path.name), path) for path in (run.parent / SIGNED).glob("*.yml"))
    return {match[1]: path for match, path in matches if match}


def require_unsigned(run: Path) -> None:
    """Refuse to replace a run that somebody has signed.

    Raises
    ------
    InputError: naming the version and what to do.
    """
    if is_signed(run):
        raise InputError(
            f"Version {run.name} is signed and is never overwritten.",
            where=f"{run.parent.name}/{run.name}",
            remedy="Raise 'model.version' in the spec and build again.",
        )


def states(run: Path) -> tuple[RoleState, ...]:
    """What each role's last signature is worth now, in the order of :data:`ROLES`.

    Raises
    ------
    InputError: when the sign-off cannot be understood.
    """
    report, manifest = sha256_of(run / REPORT), sha256_of(run / MANIFEST)
    signatures = read_signatures(run)
    copy = _copies(run).get(manifest)
    kept = () if copy is None else read_signatures(run, copy)
    edited = _edited(signatures)
    if kept and kept != signatures:
        edited = f"{SIGNOFF} is not the one that was kept as {SIGNED}/{copy.name if copy else ''}"
        signatures = signatures or kept
    last = {each.role: each for each in signatures}
    found = []
    for role in ROLES:
        signature = last.get(role)
        reason = "" if signature is None else edited or _void_reason(signature, report, manifest, last)
        state: State = "unsigned" if signature is None else "void" if reason else "signed"
        found.append(RoleState(role, state, signature, reason))
    unknown = sorted({each.role for each in signatures} - set(ROLES))
    found += [RoleState(role, "void", last[role], "there is no such role") for role in unknown]
    return tuple(found)


def _edited(signatures: Sequence[Signature]) -> str:
    """What is wrong with the records themselves; empty where each is as it was added, after the one before it."""
    before = ""
    for number, each in enumerate(signatures, 1):
        if each.record_sha256 != each.digest(before):
            return f"record {number} of {SIGNOFF}, or the one before it, was edited or removed"
        before = each.record_sha256
    return ""


def _void_reason(signature: Signature, report: str, manifest: str, last: Mapping[str, Signature]) -> str:
    if not report:
        return f"{REPORT} is missing"
    if signature.report_sha256 != report:
        return f"{REPORT} is not the file that was signed"
    if signature.manifest_sha256 != manifest:
        return f"{MANIFEST} is not the file that was signed"
    if signature.decision not in DECISIONS:
        return "there is no such decision"
    if signature.role in INDEPENDENT and all(role in last for role in INDEPENDENT):
        first, second = (folded(last[role].name) for role in INDEPENDENT)
        if first == second:
            return "developer and validator are the same person"
    return ""


def sign(
    run: Path, *, role: str, name: str, decision: str = "approve", comment: str = "", day: date | None = None
) -> Signature:
    """Add a signature to a run; earlier ones stay in the file.

    Parameters
    ----------
    run: the run's folder.
    role: one of :data:`ROLES`.
    name: of the person who decides.
    decision: one of :data:`DECISIONS`; all but ``approve`` need a comment.
    comment: conditions or reasons.
    day: the day of the signature; the run's ``as_of`` where it is left out, since no clock is read.

    Raises
    ------
    InputError: for an unknown role or decision, no name, a missing comment or PDF, a run that is not what was built, or
        one person as developer and validator.
    """
    if role not in ROLES:
        raise InputError(f"There is no role '{role}'.", where="--as", remedy=f"Use one of {', '.join(ROLES)}.")
    if decision not in DECISIONS:
        raise InputError(
            f"There is no decision '{decision}'.", where="--decision", remedy=f"Use one of {', '.join(DECISIONS)}."
        )
    name, comment = " ".join(name.split()), comment.strip()
    if not name:
        raise InputError("A signature needs a name.", where="--name", remedy="Give the name of who signs.")
    if decision != "approve" and not comment:
        raise InputError(f"'{decision}' needs a comment.", where="--comment", remedy="State conditions or reasons.")
    manifest, manifest_sha256 = manifest_of(run)
    require_whole(run, manifest["files"])
    if REPORT not in manifest["files"]:
        raise InputError("The run has no PDF to sign.", where=str(run), remedy="Build it with the format pdf.")
    signed_on = day or as_date(manifest.get("as_of"))
    signature = Signature(role, name, decision, comment, signed_on, manifest["files"][REPORT], manifest_sha256)
    with writing_in(run):
        # whoever waited here may have waited for a build that put another run in place
        if manifest_of(run)[1] != manifest_sha256:
            raise InputError(
                "The run was built again while it was being signed.", where=str(run), remedy="Read it, then sign it."
            )
        signatures = read_signatures(run)
        _require_independence(role, name, manifest["spec"], signatures)
        before = signatures[-1].record_sha256 if signatures else ""
        signature = replace(signature, record_sha256=signature.digest(before))
        _add(run, manifest, signature)
    return signature


def require_whole(run: Path, files: Mapping[str, str]) -> None:
    """Every file the manifest lists is there, unchanged.

    Raises
    ------
    InputError: naming the first that is not.
    """
    for name, digest in sorted(files.items()):
        found = sha256_of(run / name)
        if found != digest:
            what = "was changed after the build" if found else "is missing"
            raise InputError(f"{name} {what}.", where=str(run), remedy="Build the run again before it is signed.")


def _require_independence(role: str, name: str, spec: Mapping[str, Any], signatures: tuple[Signature, ...]) -> None:
    if role not in INDEPENDENT:
        return
    other = INDEPENDENT[1 - INDEPENDENT.index(role)]
    stated = spec.get("model", {}).get(other, {})
    others = [each.name for each in signatures if each.role == other]
    others += [str(stated.get("name", ""))] if isinstance(stated, Mapping) else []
    if folded(name) in {folded(each) for each in others}:
        raise InputError(
            f"{name} is the {other} of this version.", where="--name", remedy=f"The {role} must be somebody else."
        )


def folded(name: str) -> str:
    """A name without case, accents' encoding, punctuation and spacing, so that one person is not two."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", name).casefold()).strip()


def _add(run: Path, manifest: Mapping[str, Any], signature: Signature) -> None:
    path = run / SIGNOFF
    if path.exists():
        text = read_text(path)
    else:
        head = f"model: {inline(str(manifest.get('id', '')))}\nversion: {inline(str(manifest.get('version', '')))}\n"
        text = f"# Signatures of this run; each is bound to the bytes it was given for.\n{head}signatures: []\n"
    entry = {key: value for key, value in vars(signature).items() if value not in ("", None)}
    text = append_item(text, ("signatures",), entry, SIGNOFF)
    write_atomically(path, text)
    copy = run.parent / SIGNED / f"{run.name}-{signature.manifest_sha256}.yml"
    copy.parent.mkdir(exist_ok=True)
    write_atomically(copy, text)
