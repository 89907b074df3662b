"""Evidence as Quarto fragments: one ``/evidence/<analysis>/<slug>.qmd`` for each table, figure and statement."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from respml.document.markdown import Attributes, Cell, anchor, bound, div, escape, figure_block, pipe_table, table_block
from respml.errors import RenderError
from respml.evidence import Evidence, Figure, Statement, Table
from respml.evidence.model import PLACEHOLDER

WIDE = 9
_ALT_LIMIT = 600


@dataclass(frozen=True)
class Fragment:
    """One included file: where it goes in the project, and its Markdown."""

    path: str
    text: str


def prose(text: str) -> str:
    """A statement as Markdown: words literal, numbers as variables, back-quotes around names dropped."""
    pieces: list[str] = []
    position = 0
    for match in PLACEHOLDER.finditer(text):
        pieces.append(_literal(text[position : match.start()]))
        pieces.append("{{< var " + ("interval." if match[2] else "") + match[1] + " >}}")
        position = match.end()
    return "".join([*pieces, _literal(text[position:])]).strip()


def _literal(text: str) -> str:
    bare = text.replace("`", "")
    # escape() strips the blanks at the ends, which separate words from the numbers beside them
    lead = " " if bare[:1].isspace() else ""
    tail = " " if bare[-1:].isspace() and bare.strip() else ""
    return lead + escape(bare) + tail


def filled(evidence: Evidence, text: str) -> str:
    """A caption as Markdown, its numbers printed as plain text."""
    return bound(escape(evidence.fill(text)))


def table_fragment(
    evidence: Evidence,
    table: Table,
    places: Mapping[str, str] | None = None,
    printed: Mapping[str, Callable[[str], Cell]] | None = None,
) -> str:
    """A table with its statement before it and its note after it; what is left unprinted is said in the note.

    Parameters
    ----------
    places: analysis → folder of its files in the version's folder, where that is not ``evidence/<analysis>``.
    printed: column → what makes a cell of its text, where that is more than the text.
    """
    columns = list(table.columns.values())
    widths = [column.width or 1 for column in columns] if any(column.width for column in columns) else None
    makers = [(printed or {}).get(name, _limits if column.interval else str) for name, column in table.columns.items()]
    grid = pipe_table(
        [[make(cell) for make, cell in zip(makers, row, strict=True)] for row in table.cells()],
        ["right" if column.numeric else "left" for column in columns],
        [column.header for column in columns],
        widths,
        table.strong,
    )
    note = prose(table.note)
    if table.rows < table.total_rows:
        analysis = table.id.split(".", 1)[0]
        where = escape(f"{(places or {}).get(analysis, f'evidence/{analysis}')}/{table.stem}.csv")
        note += f" The first {table.rows:,} of {table.total_rows:,} rows; all are in {where} of this version's folder."
    block = table_block(
        anchor(table.id), grid, filled(evidence, table.caption), ("set-widths",) if widths else (), note.strip()
    )
    if table.landscape or len(columns) >= WIDE:
        block = div([block], Attributes(classes=("landscape",)), depth=5)
    return (_statement(table.statement) + "\n" if table.statement else "") + block


def _limits(cell: str) -> str:
    """A value with its limits, which may break before the limits and not inside them."""
    return cell.replace(" to ", "\u00a0to\u00a0")


def figure_fragment(evidence: Evidence, figure: Figure) -> str:
    """A figure under the sentence it proves."""
    path = f"/evidence/{figure.id.split('.', 1)[0]}/{figure.stem}.svg"
    alt = evidence.fill(figure.alt)[:_ALT_LIMIT]
    return (
        _statement(figure.statement)
        + "\n"
        + figure_block(anchor(figure.id), path, filled(evidence, figure.caption), alt)
    )


def statement_fragment(statement: Statement) -> str:
    """One paragraph."""
    return prose(statement.text) + "\n"


def _statement(text: str) -> str:
    return div([prose(text)], Attributes(classes=("statement",)))


def fragments(evidence: Evidence, places: Mapping[str, str] | None = None) -> Iterator[Fragment]:
    """All fragments, by id; ``places`` as in :func:`table_fragment`."""
    for id, table in sorted(evidence.tables.items()):
        yield Fragment(fragment_path(id), table_fragment(evidence, table, places))
    for id, figure in sorted(evidence.figures.items()):
        yield Fragment(fragment_path(id), figure_fragment(evidence, figure))
    for id, statement in sorted(evidence.statements.items()):
        yield Fragment(fragment_path(id), statement_fragment(statement))


def fragment_path(id: str) -> str:
    """Where the fragment of an id stands in the project."""
    analysis, stem = id.split(".", 1)
    return f"evidence/{analysis}/{stem}.qmd"


def copy_drawings(evidence: Evidence, project: Path) -> None:
    """Place each figure's drawing beside its fragment.

    Raises
    ------
    RenderError: when a drawing is missing.
    """
    for id, figure in sorted(evidence.figures.items()):
        target = (project / fragment_path(id)).with_name(f"{figure.stem}.svg")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(figure.path, target)
        except FileNotFoundError as error:
            raise RenderError(
                "The drawing of a figure is missing.", where=id, remedy="Run its analysis again."
            ) from error
