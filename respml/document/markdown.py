"""Emitting the subset of Pandoc Markdown that fragments are made of; the one place where text becomes markup."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from respml.errors import RenderError

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_ALIGNMENTS = {"left": (":", "-"), "right": ("-", ":"), "center": (":", ":"), "default": ("-", "-")}
ELLIPSIS = "…"


def plain(text: object, limit: int | None = None) -> str:
    """A text on one line: white space folded, control and bidirectional characters dropped.

    Parameters
    ----------
    text: anything; converted by ``str``.
    limit: longest result in characters; a longer one is cut and ends in an ellipsis.
    """
    spaced = "".join(" " if character in "\t\n\v\f\r\x85\u2028\u2029" else character for character in str(text))
    shown = "".join(character for character in spaced if unicodedata.category(character) not in _HIDDEN)
    folded = re.sub(r"[ \u1680\u2000-\u200a\u205f\u3000]+", " ", shown).strip(" ")
    if limit is not None and len(folded) > limit:
        folded = folded[: max(limit - 1, 0)].rstrip(" ") + ELLIPSIS
    return folded


def escape(text: object, limit: int | None = None) -> str:
    """Any text as literal Pandoc Markdown: what is read back is ``plain(text)``, never markup or a shortcode."""
    return _PUNCTUATION.sub(r"\\\1", plain(text, limit))


def attribute_value(text: object, limit: int | None = None) -> str:
    """Any text inside the double quotes of a Markdown attribute."""
    cleaned = plain(text, limit).replace("&", "&amp;").replace("\\", "&#92;").replace('"', "&quot;")
    # no angle bracket is left, so Quarto finds no shortcode in an attribute
    return cleaned.replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True)
class Attributes:
    """Identifier, classes and key-value pairs of a block, printed as ``{#id .class key="value"}``."""

    identifier: str = ""
    classes: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        for name in (*filter(None, [self.identifier]), *self.classes, *self.values):
            if not _IDENTIFIER.fullmatch(name):
                raise RenderError(
                    f"'{plain(name)}' cannot be an identifier or a class.",
                    remedy="Use letters, digits, hyphens and underscores.",
                )
        parts = [f"#{self.identifier}"] if self.identifier else []
        parts += [f".{each}" for each in self.classes]
        parts += [f'{key}="{attribute_value(value)}"' for key, value in self.values.items()]
        return "{" + " ".join(parts) + "}"


def div(blocks: Iterable[str], attributes: Attributes, depth: int = 3) -> str:
    """A fenced block around other blocks; ``depth`` is the number of colons, more for an outer block."""
    fence = ":" * depth
    return f"{fence} {attributes}\n" + "\n\n".join(each.strip("\n") for each in blocks) + f"\n{fence}\n"


def span(text: str, attributes: Attributes) -> str:
    """Inline Markdown with attributes."""
    return f"[{text}]{attributes}"


@dataclass(frozen=True)
class Marked:
    """A plain text that a table prints in a span of its own class, so that it can be told apart."""

    text: str
    kind: str


@dataclass(frozen=True)
class Linked:
    """Plain texts that a table prints in one cell, parted by commas; each a link where it has an anchor."""

    pieces: tuple[tuple[str, str], ...]


Cell = str | Marked | Linked


def pipe_table(
    rows: Sequence[Sequence[Cell]],
    alignments: Sequence[str],
    headers: Sequence[str],
    widths: Sequence[int] | None = None,
    strong: Iterable[int] = (),
) -> str:
    """A pipe table of plain texts.

    Parameters
    ----------
    rows: cells as plain text, :class:`Marked` or :class:`Linked`; every row as long as ``headers``.
    alignments: ``left``, ``right``, ``center`` or ``default``, one a column.
    headers: column headers as plain text.
    widths: relative widths; without them the columns take the room they need.
    strong: numbers of the rows printed in bold.

    Raises
    ------
    RenderError: when a row is not as long as the headers.
    """
    if len(alignments) != len(headers) or any(len(row) != len(headers) for row in rows):
        raise RenderError("A table row is not as long as its headers.", where=" | ".join(headers))
    bold = set(strong)
    dashes = [max(3, 3 * width) for width in (widths or [1] * len(headers))]
    rule = "|".join(
        _ALIGNMENTS[alignment][0] + "-" * count + _ALIGNMENTS[alignment][1]
        for alignment, count in zip(alignments, dashes, strict=True)
    )
    body = [_row(_cell(cell, bold=number in bold) for cell in row) for number, row in enumerate(rows)]
    return "\n".join([_row(map(_cell, headers)), f"|{rule}|", *body]) + "\n"


def _cell(text: object, *, bold: bool = False) -> str:
    if isinstance(text, Marked):
        return span(_cell(text.text, bold=bold), Attributes(classes=(text.kind,)))
    if isinstance(text, Linked):
        return "\\, ".join(f"[{_cell(each)}](#{place})" if place else _cell(each) for each, place in text.pieces)
    shown = bound(escape(text))
    return f"**{shown}**" if bold and shown else shown


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def bound(text: str) -> str:
    """Escaped text in which a number keeps its per cent sign on the same line."""
    return text.replace(" \\%", "\u00a0\\%")


def table_block(identifier: str, table: str, caption: str, classes: Sequence[str] = (), note: str = "") -> str:
    """A numbered table: a block ``tbl-…`` holding the table and its caption, followed by its note.

    ``table``, ``caption`` and ``note`` are Markdown.
    """
    block = div([table, caption], Attributes(f"tbl-{identifier}", tuple(classes)), depth=4)
    if not note:
        return block
    return block + "\n" + div([note], Attributes(classes=("table-note",)))


def figure_block(identifier: str, path: str, caption: str, alt: str) -> str:
    """A numbered figure ``fig-…``. ``caption`` is Markdown, ``alt`` plain text, ``path`` starts at the project root."""
    if not re.fullmatch(r"/?[A-Za-z0-9_./-]+", path) or ".." in path:
        raise RenderError(f"'{plain(path)}' cannot be the path of a figure.", remedy="Use a path inside the project.")
    return f"![{caption}]({path}){Attributes(f'fig-{identifier}', values={'fig-alt': alt})}\n"


def paragraphs(text: str, limit: int | None = None) -> str:
    """A user's free text as literal paragraphs; lines that start with ``- `` become a list, nothing else is markup."""
    blocks: list[str] = []
    for piece in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in piece.splitlines() if line.strip()]
        if lines and all(line.startswith("- ") for line in lines):
            blocks.append("\n".join(f"- {escape(line[2:], limit)}" for line in lines))
        elif lines:
            blocks.append(escape(" ".join(lines), limit))
    return "\n\n".join(blocks) + "\n"


def anchor(identifier: str) -> str:
    """An evidence id as part of an anchor: dots and underscores become hyphens."""
    return identifier.replace(".", "-").replace("_", "-")


SEVERITIES = {"high": "▲ High", "medium": "◆ Medium", "low": "△ Low"}


def finding_block(code: str, severity: str, title: str, blocks: Iterable[str] = ()) -> str:
    """A finding: symbol and word of its severity, its code and title, then ``blocks`` of Markdown.

    Parameters
    ----------
    code: the check (``RML-C01``), plain text.
    severity: ``high``, ``medium`` or ``low``.
    title: plain text.
    blocks: what was found and what to do, as Markdown.

    Raises
    ------
    RenderError: for an unknown severity.
    """
    if severity not in SEVERITIES:
        raise RenderError(f"There is no severity '{plain(severity)}'.", remedy=f"Use one of {', '.join(SEVERITIES)}.")
    head = (
        span(escape(SEVERITIES[severity]), Attributes(classes=("severity",)))
        + " "
        + span(escape(code), Attributes(classes=("finding-code",)))
        + f" **{escape(title)}**"
    )
    return div([head, *blocks], Attributes(classes=("finding", f"severity-{severity}")))


def facts_table(facts: Mapping[str, str], columns: int = 2) -> str:
    """Names and values side by side, ``columns`` pairs a row, in a block ``.identity``; values are plain texts."""
    pairs = list(facts.items())
    height = -(-len(pairs) // columns)
    rows = []
    for row in range(height):
        cells: list[str] = []
        for column in range(columns):
            place = row + column * height
            cells += list(pairs[place]) if place < len(pairs) else ["", ""]
        rows.append(cells)
    headers = ["Item", "Value"] * columns
    return div([pipe_table(rows, ["left"] * len(headers), headers)], Attributes(classes=("identity",)))


def signoff_table(roles: Iterable[tuple[str, str]]) -> str:
    """A block ``.signoff`` a role a row: its state, which is unsigned in every file, and room for ink; plain texts."""
    rows: list[list[str | Marked]] = [[role, name, Marked("unsigned", "unsigned"), "", ""] for role, name in roles]
    table = pipe_table(
        rows, ["left"] * 5, ["Role", "Name", "State", "Decision and date", "Signature"], [7, 15, 7, 12, 14]
    )
    return div([table], Attributes(classes=("signoff", "set-widths")))
