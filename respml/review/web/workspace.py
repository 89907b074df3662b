"""What a reader has in front of them: the run, the folder that keeps the review, and the version before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from respml.checks.model import SEVERITIES
from respml.errors import InputError
from respml.review import comments, findings_register
from respml.review.findings_register import Finding, finding_id, read_findings
from respml.review.signoff import sha256_of
from respml.review.versions import manifest_of, natural_order, versions
from respml.spec import LoadedSpec, load_spec

SCREEN, PAPER = "report.html", "report.pdf"
STATES = ("finding", "not judged", "observation", "not run", "muted", "not applicable", "passed")
Difference = Callable[[Path, Path], str]


@dataclass(frozen=True)
class Section:
    """A section of the report: the id of its anchor, the heading, and how deep it is."""

    id: str
    title: str
    level: int


@dataclass(frozen=True)
class Entry:
    """A check of the run, with its finding in the register where there is one."""

    result: Mapping[str, Any]
    finding: Finding | None


@dataclass(frozen=True)
class Workspace:
    """One run under review.

    Attributes
    ----------
    run: its folder.
    manifest: of the run.
    seen: SHA-256 of that manifest: what a form that was filled in while reading it is about.
    loaded: the spec whose folder keeps findings and comments.
    sections: of the report.
    previous: the run of the version before, or None.
    difference: makes the HTML of what changed between two runs.
    """

    run: Path
    manifest: Mapping[str, Any]
    seen: str
    loaded: LoadedSpec
    sections: tuple[Section, ...]
    previous: Path | None
    difference: Difference

    def current(self) -> Workspace:
        """The run as it is now: another one where it was built again since it was opened.

        Raises
        ------
        InputError: when it is no longer complete.
        """
        manifest, seen = manifest_of(self.run)
        if seen == self.seen:
            return self
        return replace(
            self,
            manifest=manifest,
            seen=seen,
            sections=sections_of(self.run / SCREEN),
            previous=_previous(self.run, manifest),
        )

    @property
    def version(self) -> str:
        """The version of the run."""
        return str(self.manifest["version"])

    @property
    def as_of(self) -> date:
        """The run's only date."""
        return date.fromisoformat(str(self.manifest["as_of"]))

    @property
    def findings_folder(self) -> Path:
        """The register of findings."""
        return self.loaded.folder / findings_register.FOLDER

    @property
    def comments_folder(self) -> Path:
        """The comments."""
        return self.loaded.folder / comments.FOLDER

    def report_digest(self) -> str:
        """SHA-256 of the report that is read: the PDF, or the screen document where there is none."""
        return sha256_of(self.run / PAPER) or sha256_of(self.run / SCREEN)

    def entries(self) -> tuple[Entry, ...]:
        """Every check of the run and every finding it did not judge: findings first, the most severe at the top."""
        results = json.loads((self.run / "findings.json").read_text(encoding="utf-8"))
        kept = {each.id: each for each in read_findings(self.findings_folder)}
        shown = [Entry(each, kept.pop(finding_id(each), None)) for each in results]
        shown += [Entry({**_NOT_JUDGED, **_facts(each)}, each) for each in kept.values()]
        return tuple(sorted(shown, key=_urgency))


_NOT_JUDGED = {"state": "not judged", "severity": None, "message": "This run did not judge it.", "remediation": ""}


def _urgency(entry: Entry) -> tuple[int, int, str]:
    state, severity = str(entry.result["state"]), str(entry.result["severity"])
    ranked = SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
    return STATES.index(state) if state in STATES else len(STATES), ranked, str(entry.result["code"])


def _facts(finding: Finding) -> dict[str, Any]:
    return {"code": finding.text("check"), "title": finding.text("title"), "subject": finding.text("subject")}


def open_workspace(run: Path, spec: Path | None, difference: Difference) -> Workspace:
    """Open a run for review.

    Parameters
    ----------
    run: ``output/ID/VERSION``.
    spec: the ``report.yml`` whose folder keeps the review; looked for beside the output folder and in the working
        folder where left out.
    difference: makes the HTML of what changed between two runs.

    Raises
    ------
    InputError: when the run is incomplete, has no screen document, or no spec of its model is found.
    """
    run = run.resolve()
    manifest, seen = manifest_of(run)
    if not (run / SCREEN).is_file():
        raise InputError("The run has no screen document.", where=str(run), remedy="Build it with the format html.")
    loaded = _spec_of(run, str(manifest.get("id")), spec)
    return Workspace(run, manifest, seen, loaded, sections_of(run / SCREEN), _previous(run, manifest), difference)


def _spec_of(run: Path, id: str, given: Path | None) -> LoadedSpec:
    places = [given] if given is not None else [run.parents[2] / "report.yml", Path("report.yml")]
    for place in places:
        if given is None and not place.is_file():
            continue
        loaded = load_spec(place)
        if loaded.spec.model.id == id:
            return loaded
        if given is not None:
            raise InputError(f"The spec is not of '{id}'.", where=str(given), remedy="Name the run's own report.yml.")
    raise InputError(f"No spec of '{id}' was found.", where=str(run), remedy="Name it with --spec.")


def _previous(run: Path, manifest: Mapping[str, Any]) -> Path | None:
    stated = manifest.get("previous") or {}
    if stated.get("version") in versions(run.parent):
        return run.parent / str(stated["version"])
    lower = [each for each in versions(run.parent) if natural_order(each) < natural_order(str(manifest["version"]))]
    return run.parent / lower[-1] if lower else None


def sections_of(report: Path) -> tuple[Section, ...]:
    """The sections of a screen document, in order: ``<section id>`` with the text of its heading."""
    parser = _Sections()
    parser.feed(report.read_text(encoding="utf-8"))
    return tuple(parser.found)


class _Sections(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Section] = []
        self._id = ""
        self._heading: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A section, or the heading that names it."""
        if tag == "section":
            self._id = dict(attrs).get("id") or ""
        elif self._id and len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._heading = []

    def handle_data(self, data: str) -> None:
        """Text of a heading."""
        if self._heading is not None:
            self._heading.append(data)

    def handle_endtag(self, tag: str) -> None:
        """The end of a heading."""
        if self._heading is not None and tag[0] == "h" and tag[1:].isdigit():
            self.found.append(Section(self._id, " ".join("".join(self._heading).split()), int(tag[1])))
            self._id, self._heading = "", None
