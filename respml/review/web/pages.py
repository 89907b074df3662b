"""The pages a reader sees, as HTML without scripts; everything that comes from a file is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from respml.checks.model import SEVERITIES
from respml.document.markdown import SEVERITIES as SEVERITY_WORDS
from respml.review.comments import Comment
from respml.review.findings_register import Finding
from respml.review.register_words import event_text
from respml.review.signoff import DECISIONS, ROLES, RoleState
from respml.review.web.workspace import STATES, Entry, Section, Workspace

TABS = (("", "Report"), ("findings?state=finding", "Findings"), ("changes", "Changes"), ("decision", "Decision"))
_SYMBOLS = {"approve": "✓", "approve-with-conditions": "◆", "reject": "✕"}
_LONG = {"compensating_control": "Compensating control", "closure_evidence": "Closure evidence"}
NOTHING: Mapping[str, str] = {}
REGISTER = ("open", "closed", "overdue", "not in the register")


def page(workspace: Workspace, tab: str, body: str, message: str = "") -> str:
    """A whole page: navigation, an optional message, the body."""
    title = f"{workspace.manifest['id']} {workspace.version}"
    links = "".join(
        f'<a href="{name or "."}"{" aria-current=page" if name.partition("?")[0] == tab else ""}>{label}</a>'
        for name, label in TABS
    )
    told = f'<p class="message" role="status">{escape(message)}</p>' if message else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>Review of {escape(title)}</title><link rel="stylesheet" href="page.css"></head>\n'
        f'<body class="{tab or "report"}"><header><h1>{escape(title)}</h1><nav>{links}</nav></header>\n'
        f"{told}<main>{body}</main></body></html>\n"
    )


def report_page(workspace: Workspace, comments: Iterable[Comment], typed: Mapping[str, str] = NOTHING) -> str:
    """The report in a sandboxed frame, and beside it its sections, their comments and the form for one more.

    ``typed`` is what a form held that was not kept: nobody has to write it again.
    """
    told: dict[str, list[Comment]] = {}
    for each in comments:
        told.setdefault(each.section, []).append(each)
    sections = workspace.sections
    known = {each.id for each in sections}
    lines = "".join(_section(each, told.get(each.id, [])) for each in sections)
    lines += "".join(
        f"<li><span>{escape(id)} (no longer in the report)</span>{_comments(each)}</li>"
        for id, each in told.items()
        if id not in known
    )
    options = "".join(_option(each.id, each.title, typed.get("section", "")) for each in sections)
    form = (
        '<form method="post" action="comment"><h2>Comment on a section</h2>'
        f"{_about(workspace)}"
        f'<label>Section<select name="section" required>{options}</select></label>'
        f"{_field('by', 'Your name', typed)}{_area('text', 'Comment', typed, required=True)}"
        "<button>Keep the comment</button></form>"
    )
    return (
        '<iframe name="reading" src="report.html" sandbox="allow-scripts" title="The report"></iframe>'
        f'<aside>{form}<h2>Sections</h2><ol class="sections">{lines}</ol>'
        f"{_digest(workspace)}</aside>"
    )


def _section(section: Section, comments: list[Comment]) -> str:
    link = f'<a target="reading" href="report.html#{escape(section.id)}">{escape(section.title)}</a>'
    return f'<li class="level-{section.level}">{link}{_comments(comments)}</li>'


def _comments(comments: list[Comment]) -> str:
    return "".join(
        f"<blockquote><p>{escape(each.text('text'))}</p><footer>{escape(each.text('by'))}, "
        f"version {escape(each.text('version'))}</footer></blockquote>"
        for each in comments
    )


def chosen(entries: Iterable[Entry], filters: Mapping[str, str], workspace: Workspace) -> tuple[Entry, ...]:
    """The entries that a filter leaves: by ``severity``, ``state``, ``register`` and words of ``text``."""
    return tuple(each for each in entries if _matches(each, filters, workspace))


def _matches(entry: Entry, filters: Mapping[str, str], workspace: Workspace) -> bool:
    finding = entry.finding
    severity = entry.result["severity"] or (finding.text("severity") if finding else "")
    kept = {
        "open": finding is not None and finding.is_open,
        "closed": finding is not None and not finding.is_open,
        "overdue": finding is not None and finding.overdue(workspace.as_of),
        "not in the register": finding is None,
    }
    words = filters.get("text", "").casefold().split()
    told = f"{entry.result['code']} {entry.result['title']} {entry.result['message']}".casefold()
    return (
        filters.get("severity", "") in ("", severity)
        and filters.get("state", "") in ("", entry.result["state"])
        and kept.get(filters.get("register", ""), True)
        and all(word in told for word in words)
    )


def findings_page(
    entries: Iterable[Entry], filters: Mapping[str, str], workspace: Workspace, typed: Mapping[str, str] = NOTHING
) -> str:
    """The checks a filter leaves, with what the register holds of each and the form to answer it.

    ``typed`` is an answer that was not kept.
    """
    entries = tuple(entries)
    shown = chosen(entries, filters, workspace)
    form = (
        '<form method="get" action="findings" class="filter">'
        f"{_choice('severity', 'Severity', SEVERITIES, filters)}{_choice('state', 'State', STATES, filters)}"
        f"{_choice('register', 'Register', REGISTER, filters)}"
        f'<label>Words<input name="text" value="{escape(filters.get("text", ""))}"></label>'
        "<button>Filter</button></form>"
        f'<form method="post" action="sync">{_about(workspace)}'
        "<button>Bring the register up to date with this run</button></form>"
    )
    told = f"{form}{_counts(entries, workspace)}<p>{len(shown)} {'check' if len(shown) == 1 else 'checks'}</p>"
    return told + "".join(_entry(each, workspace, typed) for each in shown)


def _counts(entries: Sequence[Entry], workspace: Workspace) -> str:
    """What there is to do, each count a filter of its own."""
    wanted = [{"state": "finding", "severity": each} for each in SEVERITIES]
    wanted += [{"register": "open"}, {"register": "overdue"}, {"state": "finding", "register": "not in the register"}]
    names = [*(f"{each} findings" for each in SEVERITIES), "open in the register", "overdue", "not in the register yet"]
    links = [
        f'<a href="findings?{escape(urlencode(filters))}"{" class=overdue" if name == "overdue" and count else ""}>'
        f"{count} {name}</a>"
        for name, filters in zip(names, wanted, strict=True)
        for count in [len(chosen(entries, filters, workspace))]
    ]
    return f'<p class="counts"><a href="findings">all {len(entries)}</a> {" ".join(links)}</p>'


def _entry(entry: Entry, workspace: Workspace, typed: Mapping[str, str]) -> str:
    result, finding = entry.result, entry.finding
    severity = result["severity"] or ""
    head = f"<h2>{escape(result['code'])} {escape(result['title'])}</h2>"
    word = SEVERITY_WORDS.get(severity, result["state"].capitalize())
    told = f'<p><strong class="word">{escape(word)}</strong> {escape(result["message"])}</p>'
    todo = f"<p><em>What can be done:</em> {escape(result['remediation'])}</p>" if result["state"] == "finding" else ""
    mine = typed if finding is not None and typed.get("id") == finding.id else NOTHING
    kept = "" if finding is None else _answers(finding, workspace, mine)
    return f'<article class="entry severity-{escape(severity or "none")}">{head}{told}{todo}{kept}</article>'


def _answers(finding: Finding, workspace: Workspace, typed: Mapping[str, str]) -> str:
    late = finding.overdue(workspace.as_of)
    due = finding.text("due")
    facts = {
        "Status": finding.text("status"),
        "Owner": finding.text("owner"),
        "Due": f"{due} (overdue)" if late else due,
        "Response": finding.text("response"),
        **{label: finding.text(key) for key, label in _LONG.items() if finding.text(key)},
    }
    rows = "".join(
        f"<dt>{name}</dt><dd{' class=overdue' if late and name == 'Due' else ''}>{escape(value or 'not stated')}</dd>"
        for name, value in facts.items()
    )
    history = "".join(f"<li>{escape(event_text(each))}</li>" for each in finding.content.get("history") or [])
    return (
        f"<dl>{rows}</dl><details><summary>History</summary><ol>{history}</ol></details>"
        f'<details{" open" if typed else ""}><summary>Answer</summary><form method="post" action="answer">'
        f'{_about(workspace)}<input type="hidden" name="id" value="{escape(finding.id)}">'
        f"{_field('by', 'Your name', typed)}{_field('owner', 'Owner', typed, required=False)}"
        f"{_field('due', 'Due (YYYY-MM-DD)', typed, required=False)}{_area('response', 'Response', typed)}"
        f"{''.join(_area(key, label, typed) for key, label in _LONG.items())}"
        '<p class="small">An empty field changes nothing; what is replaced goes into the history.</p>'
        "<button>Keep the answer</button></form></details>"
    )


def changes_page(workspace: Workspace) -> str:
    """What changed since the version before, in a frame of its own; or that there is none."""
    if workspace.previous is None:
        return "<p>There is no earlier version beside this run.</p>"
    return (
        f"<p>Compared with version {escape(workspace.previous.name)}.</p>"
        '<iframe src="changes.html" sandbox="" title="What changed"></iframe>'
    )


def decision_page(workspace: Workspace, states: Iterable[RoleState], typed: Mapping[str, str] = NOTHING) -> str:
    """Who has signed what lies in the run, and the form to sign.

    Parameters
    ----------
    states: of the roles.
    typed: a decision that was not kept.
    """
    model = workspace.manifest.get("spec", {}).get("model", {})
    named = {role: str((model.get(role) or {}).get("name", "")) for role in ROLES}
    rows = "".join(_signature(each, named.get(each.role, "")) for each in states)
    roles = "".join(_option(each, each or "choose", typed.get("role", "")) for each in ("", *ROLES))
    decisions = "".join(
        _option(each, each.replace("-", " ") or "choose", typed.get("decision", "")) for each in ("", *DECISIONS)
    )
    heads = "".join(f"<th>{each}</th>" for each in ("Role", "In the spec", "State", "Decision", "Words"))
    return (
        f'<table class="signatures"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        '<form method="post" action="sign"><h2>Record a decision</h2>'
        f"{_about(workspace)}"
        f'<label>Role<select name="role" required>{roles}</select></label>{_field("name", "Name", typed)}'
        f'<label>Decision<select name="decision" required>{decisions}</select></label>'
        f"{_field('on', 'Day (YYYY-MM-DD, empty: as of the run)', typed, required=False)}"
        f"{_area('comment', 'Conditions or reasons', typed)}<button>Sign</button></form>"
        "<p>A signature is bound to the SHA-256 of the PDF and of the manifest; "
        f"a signed version is never overwritten.</p>{_digest(workspace)}"
    )


def _signature(state: RoleState, named: str) -> str:
    signature = state.signature
    mark = {"signed": "● signed", "void": "▲ void", "unsigned": "○ unsigned"}[state.state]
    look: str = state.state
    decided = words = ""
    if signature is not None:
        if state.state == "signed":
            look = f"signed {signature.decision if signature.decision in DECISIONS else ''}"
        decided = (
            f"{_SYMBOLS.get(signature.decision, '')} {signature.decision.replace('-', ' ')} by {signature.name}"
            + (f" on {signature.day}" if signature.day else "")
        )
        words = "\n".join(filter(None, [signature.comment, state.reason and f"Void: {state.reason}."]))
    cells = (state.role, named, mark, decided, words)
    return f'<tr class="{look}">' + "".join(f"<td>{escape(each)}</td>" for each in cells) + "</tr>"


def _about(workspace: Workspace) -> str:
    """What a form's reader has seen; what is said of it holds for nothing that was built later."""
    return f'<input type="hidden" name="seen" value="{escape(workspace.seen)}">'


def _digest(workspace: Workspace) -> str:
    return f'<p class="small">SHA-256 of the report: <code>{escape(workspace.report_digest())}</code></p>'


def _field(name: str, label: str, typed: Mapping[str, str] = NOTHING, *, required: bool = True) -> str:
    needed = " required" if required else ""
    return f'<label>{label}<input name="{name}" maxlength="300" value="{escape(typed.get(name, ""))}"{needed}></label>'


def _area(name: str, label: str, typed: Mapping[str, str] = NOTHING, *, required: bool = False) -> str:
    needed = " required" if required else ""
    # a browser drops the first line break of a text area
    text = "\n" + escape(typed.get(name, ""))
    return f'<label>{label}<textarea name="{name}" rows="4" maxlength="20000"{needed}>{text}</textarea></label>'


def _option(value: str, label: str, chosen_value: str) -> str:
    mark = " selected" if value == chosen_value else ""
    return f'<option value="{escape(value)}"{mark}>{escape(label)}</option>'


def _choice(name: str, label: str, values: Iterable[str], filters: Mapping[str, str]) -> str:
    options = "".join(f"<option{' selected' if filters.get(name) == each else ''}>{each}</option>" for each in values)
    return f'<label>{label}<select name="{name}"><option value="">any</option>{options}</select></label>'
