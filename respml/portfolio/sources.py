"""Read what a spec calls ``data.source``: CSV, Parquet or Excel; a file, a glob or a directory; typed through Arrow."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from respml.errors import InputError
from respml.portfolio.csv_text import read_csv_table
from respml.portfolio.excel_sheet import read_excel_table
from respml.portfolio.nearest import listed, shown
from respml.portfolio.notes import Note
from respml.portfolio.places import files_and_base

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
}


@dataclass(frozen=True)
class Source:
    """A source that has been read.

    Attributes
    ----------
    frame: all rows in file order (files in the order of their paths), Arrow types as pandas holds them.
    format: ``csv``, ``parquet`` or ``excel``.
    files: names of the files, relative to the folder they were found in.
    digest: SHA-256 of the file, or of several files over their names and bytes.
    notes: what the reader had to decide (encoding, sheet, partition folders).
    """

    frame: pd.DataFrame
    format: str
    files: tuple[str, ...]
    digest: str
    notes: tuple[Note, ...]


def read_source(
    path: Path | str,
    format: str = "auto",
    *,
    encoding: str = "auto",
    delimiter: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """The rows of a source as a DataFrame; see :func:`open_source` for parameters and errors."""
    return open_source(path, format, encoding=encoding, delimiter=delimiter, sheet=sheet).frame


def open_source(
    path: Path | str,
    format: str = "auto",
    *,
    encoding: str = "auto",
    delimiter: str | None = None,
    sheet: str | None = None,
    key: str = "the path",
) -> Source:
    """Read a data source.

    Parameters
    ----------
    path: a file, a directory of Parquet files (``key=value`` folders become text columns), or a glob.
    format: ``csv``, ``parquet``, ``excel``, or ``auto`` to go by the suffix.
    encoding: of CSV text: ``utf-8`` (with or without byte-order mark), ``latin-1``, or ``auto``, which takes UTF-8
        where the bytes are UTF-8 and else Latin-1, with a note.
    delimiter: of CSV text; found from the header (comma, semicolon, tab, bar) when None.
    sheet: of an Excel workbook; the first when None.
    key: what to correct where there is no such file.

    Errors
    ------
    InputError for a path that does not exist (with the nearest file name), an unknown format, an empty file, a
    malformed file, and repeated, nameless or unprintable column names.
    """
    files, base = files_and_base(Path(path), format, key)
    kind = _format(files[0], format)
    tables: list[pa.Table] = []
    notes: list[Note] = []
    for file in files:
        if kind == "csv":
            table, found = read_csv_table(file, encoding, delimiter)
        elif kind == "excel":
            table, found = read_excel_table(file, sheet)
        else:
            table, found = _parquet_table(file, base), ()
        check_column_names(table.column_names, file)
        tables.append(table)
        notes.extend(found)
    frame = _joined(tables, files).to_pandas(date_as_object=False)
    if frame.empty:
        raise InputError("The data hold no rows.", where=str(path), remedy="Give a file with a header and rows.")
    names = tuple(file.relative_to(base).as_posix() for file in files)
    return Source(frame, kind, names, _digest(files, names), tuple(notes))


def check_column_names(names: Sequence[str], file: Path) -> None:
    """Refuse repeated, empty and unprintable column names of a file.

    Errors
    ------
    InputError naming the file, the column's position and the name.
    """
    if not names:
        raise InputError("The file has no columns.", where=str(file), remedy="Give a file with a header and rows.")
    first: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise InputError(f"Column {position} has no name.", where=str(file), remedy="Name it in the header.")
        if not name.isprintable():
            raise InputError(
                f"The name of column {position}, {ascii(name)[:80]}, holds control characters.",
                where=str(file),
                remedy="Remove them from the header.",
            )
        if name in first:
            raise InputError(
                f"The column name {shown(name)} is used by columns {first[name]} and {position}.",
                where=str(file),
                remedy="Rename or drop one of them.",
            )
        first[name] = position


def _format(file: Path, format: str) -> str:
    suffix = file.suffix.lower()
    if format != "auto":
        if format not in SUFFIXES.values():
            raise InputError(
                f"Unknown format {shown(format)}.", where=str(file), remedy="Use auto, csv, parquet or excel."
            )
        return format
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    if suffix == ".xls":
        raise InputError(
            "The old Excel format .xls is not read.", where=str(file), remedy="Save it as .xlsx, .csv or .parquet."
        )
    raise InputError(
        f"The format of a file with the suffix {shown(suffix)} is unknown.",
        where=str(file),
        remedy="Set data.format to csv, parquet or excel.",
    )


def _parquet_table(file: Path, base: Path) -> pa.Table:
    try:
        parquet = pq.ParquetFile(file)
        table = parquet.read()
    except (pa.ArrowException, OSError) as error:
        if file.stat().st_size == 0:
            raise InputError("The file is empty.", where=str(file), remedy="Give a file with rows.") from None
        raise InputError(
            f"The file is not readable Parquet: {_first_sentence(error)}.", where=str(file), remedy="Write it anew."
        ) from None
    for folder in file.relative_to(base).parts[:-1]:
        key, equals, value = folder.partition("=")
        if equals and key not in table.column_names:
            table = table.append_column(key, pa.array([value] * len(table), pa.string()))
    return table


def _joined(tables: list[pa.Table], files: list[Path]) -> pa.Table:
    """All tables under each other; they must have the same columns, in any order."""
    columns = tables[0].column_names
    for table, file in zip(tables[1:], files[1:], strict=True):
        differing = sorted(set(columns) ^ set(table.column_names))
        if differing:
            raise InputError(
                f"The columns differ from those of {shown(files[0].name)}: {listed(differing)}.",
                where=str(file),
                remedy="Give files with the same columns.",
            )
    try:
        return pa.concat_tables([table.select(columns) for table in tables], promote_options="permissive")
    except pa.ArrowException as error:
        raise InputError(
            f"The files' column types cannot be joined: {_first_sentence(error)}.",
            where=str(files[0].parent),
            remedy="Write the files with the same types.",
        ) from None


def _digest(files: list[Path], names: Sequence[str]) -> str:
    if len(files) == 1:  # What sha256sum prints, so that a reader can compare it.
        with files[0].open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    total = hashlib.sha256()
    for file, name in zip(files, names, strict=True):
        with file.open("rb") as stream:
            total.update(f"{name}\n{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def _first_sentence(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")[:160] if str(error) else type(error).__name__
