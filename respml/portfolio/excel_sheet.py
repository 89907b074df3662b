"""One Excel sheet to an Arrow table: first row is the header, cells keep the types Excel gives them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from respml.errors import InputError
from respml.portfolio.nearest import listed, suggestion
from respml.portfolio.notes import Note

Row = tuple[Any, ...]

_ERROR = object()


def read_excel_table(file: Path, sheet: str | None) -> tuple[pa.Table, tuple[Note, ...]]:
    """Read one sheet of a workbook (``.xlsx``); formulas read as their last stored value, error cells as missing, with
    a note.

    Parameters
    ----------
    file: path of the workbook.
    sheet: name of the sheet, or None for the first (with a note where there are several).

    Errors
    ------
    InputError for a file that is no workbook, an unknown sheet, an empty sheet, and formulas without a stored value,
    which the program that wrote the file left to Excel to compute.
    """
    try:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise InputError(
            "The file is not an Excel workbook.", where=str(file), remedy="Save it as .xlsx, .csv or .parquet."
        ) from None
    try:
        names = [each.title for each in workbook.worksheets]
        if not names:
            raise InputError("The workbook has no sheet with cells.", where=str(file), remedy="Give one with rows.")
        if sheet is not None and sheet not in names:
            hint = suggestion(sheet, names, f"Sheets: {listed(names)}.")
            raise InputError("The workbook has no such sheet.", where=f"{file}: {sheet}", remedy=hint)
        chosen = sheet if sheet is not None else names[0]
        stored = [tuple(map(_stored, row)) for row in workbook[chosen].iter_rows()]
    finally:
        workbook.close()
    if any(value is None for row in stored for value in row):
        _require_stored_values(file, chosen, stored)
    errors = sum(value is _ERROR for row in stored for value in row)
    rows = [tuple(None if value is _ERROR or value == "" else value for value in row) for row in stored]
    rows = [row for row in rows if any(value is not None for value in row)]
    if not rows:
        raise InputError("The sheet is empty.", where=f"{file}: {chosen}", remedy="Give one with a header and rows.")
    notes: list[Note] = []
    if sheet is None and len(names) > 1:
        text = f"The workbook has {len(names)} sheets; the first, '{chosen}', was read."
        notes.append(Note("sheet", "", len(names), text))
    if errors:
        text = f"{errors:,} cells hold an error such as #DIV/0! and are read as missing."
        notes.append(Note("excel_errors", "", errors, text))
    return _table(rows), tuple(notes)


def _require_stored_values(file: Path, sheet: str, stored: list[Row]) -> None:
    """Refuse formulas whose value is not in the file: they would read as missing."""
    workbook = openpyxl.load_workbook(file, read_only=True)
    try:
        pairs = (
            (cell, value)
            for written, values in zip(workbook[sheet].iter_rows(), stored, strict=False)
            for cell, value in zip(written, values, strict=False)
        )
        unknown = [cell.coordinate for cell, value in pairs if value is None and _kind(cell) == "f"]
    finally:
        workbook.close()
    if unknown:
        raise InputError(
            f"{len(unknown):,} cells hold a formula whose value is not stored (the first is {unknown[0]}).",
            where=f"{file}: {sheet}",
            remedy="Open the workbook in a spreadsheet program and save it, or store values.",
        )


def _stored(cell: Any) -> Any:
    """What the file holds for a cell: its value, nothing, or the mark of an error."""
    return _ERROR if _kind(cell) == "e" else cell.value


def _kind(cell: Any) -> str:
    """Excel's letter for the type of a cell; empty cells have none."""
    return getattr(cell, "data_type", None) or ""


def _table(rows: list[Row]) -> pa.Table:
    header, body = rows[0], rows[1:]
    width = max(len(row) for row in rows)
    columns: list[pa.Array] = []
    names: list[str] = []
    for position in range(width):
        values = [row[position] if position < len(row) else None for row in body]
        name = header[position] if position < len(header) else None
        if name is None and all(value is None for value in values):
            continue
        names.append("" if name is None else str(name))
        columns.append(_array(values))
    return pa.Table.from_arrays(columns, names=names)


def _array(values: list[Any]) -> pa.Array:
    """An Arrow column of one type; whole numbers and fractions mix as fractions, any other mixture reads as text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if len(kinds) > 1:
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    return pa.array(values)
