"""Signatures as a piece of the document: who signed the version before, and whether that still holds."""

from __future__ import annotations

from pathlib import Path

from respml.document.markdown import Attributes, Marked, div, escape, pipe_table, span
from respml.errors import InputError
from respml.review.signoff import RoleState, is_signed, states

_HEADERS = ["Role", "State", "By", "Decision", "Day", "Conditions, or why it is void"]


def signatures_words(run: Path | None) -> str:
    """The signatures of an earlier run as a table; empty where there is none or nobody has signed it.

    A void signature is printed as such with its reason: what is signed is the exact file, and that file is another one.
    """
    if run is None or not is_signed(run):
        return ""
    try:
        found = states(run)
    except InputError as error:
        return f"{span(escape('▲ void'), Attributes(classes=('overdue',)))} {escape(error.line())}\n"
    table = pipe_table([_row(each) for each in found], ["left"] * len(_HEADERS), _HEADERS, [9, 9, 18, 16, 11, 30])
    return div([table], Attributes(classes=("signatures", "set-widths")))


def _row(state: RoleState) -> list[str | Marked]:
    shown = Marked("▲ void", "overdue") if state.state == "void" else Marked(state.state, state.state)
    signature = state.signature
    if signature is None:
        return [state.role.capitalize(), shown, "", "", "", ""]
    told = ". ".join(each.rstrip(".") for each in (signature.comment, state.reason) if each)
    day = signature.day.isoformat() if signature.day else ""
    return [state.role.capitalize(), shown, signature.name, signature.decision.replace("-", " "), day, told]
