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


def read_excel_table(file: Path, sheet: str | None) -> tuple[pa.Table, tuple[Note, ...]]:
    """Read one sheet of a workbook (``.xlsx``); formulas read as their last stored value, error cells as missing.

    Parameters
    ----------
    file: path of the workbook.
    sheet: name of the sheet, or None for the first (with a note where there are several).

    Errors
    ------
    InputError for a file that is no workbook, an unknown sheet, an empty sheet.
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
        rows = [tuple(_value(cell) for cell in row) for row in workbook[chosen].iter_rows()]
    finally:
        workbook.close()
    rows = [row for row in rows if any(value is not None for value in row)]
    if not rows:
        raise InputError("The sheet is empty.", where=f"{file}: {chosen}", remedy="Give one with a header and rows.")
    notes: tuple[Note, ...] = ()
    if sheet is None and len(names) > 1:
        text = f"The workbook has {len(names)} sheets; the first, '{chosen}', was read."
        notes = (Note("sheet", "", len(names), text),)
    return _table(rows), notes


def _value(cell: Any) -> Any:
    return None if getattr(cell, "data_type", None) == "e" or cell.value == "" else cell.value


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
