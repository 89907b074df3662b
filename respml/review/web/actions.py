"""What each page shows and what each form does; every form ends in a file beside the spec or in the sign-off."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from respml.errors import InputError
from respml.review.answers import respond
from respml.review.comments import add_comment, read_comments
from respml.review.findings_register import HUMAN, as_date
from respml.review.rebuild import prepare
from respml.review.signoff import sign, states
from respml.review.web import pages
from respml.review.web.workspace import Workspace

Fields = Mapping[str, str]


def show_report(workspace: Workspace, fields: Fields, typed: Fields) -> str:
    """The report and its comments."""
    return pages.report_page(workspace, read_comments(workspace.comments_folder), typed or carried(fields))


def show_findings(workspace: Workspace, fields: Fields, typed: Fields) -> str:
    """The checks that the filter leaves."""
    return pages.findings_page(workspace.entries(), fields, workspace, typed)


def show_changes(workspace: Workspace, fields: Fields, typed: Fields) -> str:
    """What changed since the version before."""
    return pages.changes_page(workspace)


def show_decision(workspace: Workspace, fields: Fields, typed: Fields) -> str:
    """Signatures and the form to sign."""
    return pages.decision_page(workspace, states(workspace.run), typed)


def require_seen(workspace: Workspace, fields: Fields) -> None:
    """Refuse what was written while another build of this run was on the page.

    Raises
    ------
    InputError: when the run was built again since the form was shown.
    """
    if fields.get("seen") != workspace.seen:
        raise InputError(
            "The run was built again since this page was shown, so nothing was kept.",
            remedy="Read the report as it is now, then send the form again: it still holds what you typed.",
        )


def comment(workspace: Workspace, fields: Fields) -> None:
    """Keep a comment on a section of this report."""
    section = fields.get("section", "")
    if section not in {each.id for each in workspace.sections}:
        raise InputError("The report has no such section.", remedy="Choose one from the list.")
    add_comment(
        workspace.comments_folder,
        section,
        fields.get("text", ""),
        by=fields.get("by", ""),
        version=workspace.version,
        as_of=workspace.as_of,
        report_sha256=workspace.report_digest(),
    )


def answer(workspace: Workspace, fields: Fields) -> None:
    """Keep an answer to a finding; empty fields change nothing."""
    respond(
        workspace.findings_folder,
        fields.get("id", ""),
        {key: fields[key].replace("\r\n", "\n").strip() for key in HUMAN if key in fields},
        by=fields.get("by", ""),
        version=workspace.version,
        as_of=workspace.as_of,
    )


def sync(workspace: Workspace, fields: Fields) -> None:
    """Bring the register up to date with the run, which must be of the spec's own version."""
    if workspace.loaded.spec.model.version != workspace.version:
        raise InputError(
            f"The spec is of version {workspace.loaded.spec.model.version}, the run of {workspace.version}.",
            remedy="Review the run that was built from the spec.",
        )
    registers = prepare(workspace.loaded, workspace.run / "findings.json", create=True)
    registers.require_current()
    registers.write()


def decide(workspace: Workspace, fields: Fields) -> None:
    """Sign the run."""
    day = fields.get("on", "").strip()
    if day and as_date(day) is None:
        raise InputError("The day is no date.", remedy="Write it as YYYY-MM-DD.")
    sign(
        workspace.run,
        role=fields.get("role", ""),
        name=fields.get("name", ""),
        decision=fields.get("decision", ""),
        comment=fields.get("comment", "").replace("\r\n", "\n"),
        day=as_date(day) if day else None,
    )


VIEWS: Mapping[str, Callable[[Workspace, Fields, Fields], str]] = {
    "": show_report,
    "findings": show_findings,
    "changes": show_changes,
    "decision": show_decision,
}
ACTIONS: Mapping[str, tuple[str, Callable[[Workspace, Fields], None]]] = {
    "comment": ("", comment),
    "answer": ("findings", answer),
    "sync": ("findings", sync),
    "sign": ("decision", decide),
}
KEPT = {
    "comment": "The comment was kept.",
    "answer": "The answer was kept.",
    "sync": "The register is up to date with this run.",
    "sign": "The decision was kept.",
}
"""What the page says when it is shown again after a form."""


def carried(fields: Fields) -> Fields:
    """What the next form begins with: the name of whoever filled in the last one."""
    return {"by": fields["by"]} if fields.get("by") else {}
