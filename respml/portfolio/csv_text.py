"""One CSV file to an Arrow table: encoding, delimiter and decimal sign found, types inferred over the whole file."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from respml.errors import InputError
from respml.portfolio.decimal_commas import has_decimal_commas, with_decimal_commas
from respml.portfolio.nearest import listed, shown
from respml.portfolio.notes import Note

DELIMITERS = (",", ";", "\t", "|")
LARGEST_BLOCK = 2**30
CHUNK = 2**20


def read_csv_table(file: Path, encoding: str, delimiter: str | None) -> tuple[pa.Table, tuple[Note, ...]]:
    """Read one CSV file; the first line is the header.

    Parameters
    ----------
    file: path of the file.
    encoding: ``auto``, ``utf-8`` or ``latin-1``.
    delimiter: one character, or None to find it from the header line.

    Returns
    -------
    The table (empty text cells are missing) and notes on what had to be decided.

    Errors
    ------
    InputError for an empty file, NUL bytes, text that is not of the stated encoding, rows of another length than the
    header, and a header that is all numbers.
    """
    data = file.read_bytes()
    where = str(file)
    if not data.strip():
        raise InputError("The file is empty.", where=where, remedy="Give a file with a header and rows.")
    _refuse_binary(data, where)
    codec, notes = _encoding(data, encoding, file)
    data = data.removeprefix(codecs.BOM_UTF8)
    if codec != "utf-8":
        data = data.decode(codec).encode()
    delimiter = delimiter or find_delimiter(_head(data))
    table = _parsed(data, delimiter, where)
    _refuse_headless(table.column_names, where)
    if delimiter != "," and has_decimal_commas(table):
        table, note = with_decimal_commas(_parsed(data, delimiter, where, decimal_point=","), table, file)
        notes = (*notes, note)
    return _empty_text_as_missing(table), notes


def _parsed(data: bytes, delimiter: str, where: str, decimal_point: str = ".") -> pa.Table:
    def parse(threads: bool) -> pa.Table:
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            # One block holds the whole file, so that a type is inferred from all of its rows and a cell can be large.
            read_options=arrow_csv.ReadOptions(block_size=min(len(data) + 1, LARGEST_BLOCK), use_threads=threads),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(decimal_point=decimal_point),
        )

    try:
        return parse(threads=True)
    except pa.ArrowInvalid:
        pass
    try:
        return parse(threads=False)  # Only the serial reader names the row at fault.
    except pa.ArrowInvalid as error:
        raise InputError(
            f"The CSV cannot be parsed: {' '.join(str(error).split())[:200].rstrip('.')}.",
            where=where,
            remedy=f"Check quotes and that each row has as many cells as the header (delimiter {shown(delimiter)}).",
        ) from None


def find_delimiter(lines: Iterable[str]) -> str:
    """The delimiter of CSV text, from its first lines.

    Among comma, semicolon, tab and bar the one that gives the most cells in the header, counting only those that give
    the same number of cells in most of the following lines; comma where none splits the header.
    """
    lines = list(lines)
    best, best_cells = ",", 1
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not widths:
            continue
        most_common = Counter(widths).most_common(1)[0][0]
        if widths[0] > best_cells and most_common == widths[0]:
            best, best_cells = delimiter, widths[0]
    return best


def _head(data: bytes) -> list[str]:
    """The first lines of the text, cut where a cell is too long to tell anything about delimiters."""
    text = data[: 64 * 1024].decode("utf-8", errors="ignore")
    lines = text.splitlines()
    whole = lines[:-1] if len(data) > 64 * 1024 and len(lines) > 1 else lines
    return whole[:50]


def _refuse_binary(data: bytes, where: str) -> None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError("The file is UTF-16 text.", where=where, remedy="Save it as UTF-8.")
    if data.startswith(b"PAR1"):
        raise InputError("The file is Parquet, not CSV.", where=where, remedy="Set data.format to parquet.")
    if data.startswith(b"PK\x03\x04"):
        raise InputError(
            "The file is a ZIP archive or Excel workbook, not CSV.", where=where, remedy="Set data.format to excel."
        )
    position = data.find(b"\0")
    if position >= 0:
        line = data.count(b"\n", 0, position) + 1
        raise InputError(
            f"The file holds a NUL byte in line {line}, so it is not text.",
            where=where,
            remedy="Export it anew as UTF-8.",
        )


def _encoding(data: bytes, encoding: str, file: Path) -> tuple[str, tuple[Note, ...]]:
    """The codec to read with, and a note where it had to be chosen."""
    if encoding not in ("auto", "utf-8", "utf-8-sig", "latin-1"):
        raise InputError(
            f"Unknown encoding {shown(encoding)}.", where=str(file), remedy="Use auto, utf-8, utf-8-sig or latin-1."
        )
    if encoding == "latin-1":
        return "latin-1", ()
    bad = _first_byte_not_utf8(data)
    if bad is None:
        return "utf-8", ()
    line = data.count(b"\n", 0, bad) + 1
    fact = f"byte 0x{data[bad]:02X} in line {line} is not UTF-8"
    if encoding == "auto":
        text = f"The file {shown(file.name)} was read as Latin-1, since {fact}."
        return "latin-1", (Note("encoding", "", 1, text),)
    raise InputError(
        f"The file is not UTF-8 text: {fact}.",
        where=str(file),
        remedy="Save it as UTF-8 or set the encoding to latin-1.",
    )


def _first_byte_not_utf8(data: bytes) -> int | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + CHUNK], final=start + CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _refuse_headless(names: list[str], where: str) -> None:
    def is_number(name: str) -> bool:
        try:
            float(name)
        except ValueError:
            return False
        return True

    if names and all(is_number(name) for name in names):
        raise InputError(
            f"The first line holds only numbers ({listed(names, 3)}), no column names.",
            where=where,
            remedy="Add a header line.",
        )


def _empty_text_as_missing(table: pa.Table) -> pa.Table:
    for position, column in enumerate(table.columns):
        if pa.types.is_string(column.type):
            blank = pc.equal(column, "")
            if pc.any(blank).as_py():
                missing = pc.if_else(blank, pa.scalar(None, column.type), column)
                table = table.set_column(position, table.column_names[position], missing)
    return table
