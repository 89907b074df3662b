"""Numbers written with a decimal comma, as in German exports: ``1.234,56`` is a little over 1,234."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from respml.portfolio.nearest import listed, shown
from respml.portfolio.notes import Note

WHOLE = r"[+-]?(\d{1,3}(\.\d{3})+|\d+)"
NUMBER = rf"^{WHOLE}(,\d+)?$"
FRACTION = rf"^{WHOLE},\d+$"


def has_decimal_commas(table: pa.Table) -> bool:
    """Whether a text column holds nothing but numbers with a decimal comma, blank cells aside.

    Parameters
    ----------
    table: a CSV that was read with the decimal point and does not separate its cells by commas.
    """
    return any(_all_match(table[name], NUMBER) and _any_match(table[name], FRACTION) for name in _text_columns(table))


def with_decimal_commas(by_comma: pa.Table, by_point: pa.Table, file: Path) -> tuple[pa.Table, Note]:
    """The numbers of a file that writes decimals with a comma.

    Parameters
    ----------
    by_comma: the file read with the decimal comma; grouped thousands such as ``1.234,5`` are still text there.
    by_point: the same file read with the decimal point.
    file: named in the note.

    Returns
    -------
    ``by_comma`` with grouped thousands as numbers and with columns that are numbers by the decimal point alone, and a
    note naming the columns that are numbers only because of the comma.
    """
    table = by_comma
    for position, name in enumerate(by_comma.column_names):
        column = by_comma[name]
        if not pa.types.is_string(column.type):
            continue
        if _all_match(column, NUMBER):
            table = table.set_column(position, name, _numbers(column))
        elif not pa.types.is_string(by_point[name].type):
            table = table.set_column(position, name, by_point[name])
    changed = [
        name
        for name in table.column_names
        if pa.types.is_string(by_point[name].type) and not pa.types.is_string(table[name].type)
    ]
    text = f"The file {shown(file.name)} writes decimals with a comma; read so: {listed(changed)}."
    return table, Note("decimal_comma", "", len(changed), text)


def _text_columns(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if pa.types.is_string(table[name].type)]


def _present(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = pc.utf8_trim_whitespace(column)
    return text.filter(pc.not_equal(text, ""))


def _all_match(column: pa.ChunkedArray, pattern: str) -> bool:
    present = _present(column)
    return len(present) > 0 and bool(pc.all(pc.match_substring_regex(present, pattern)).as_py())


def _any_match(column: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(_present(column), pattern)).as_py())


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = pc.replace_substring(pc.replace_substring(pc.utf8_trim_whitespace(column), ".", ""), ",", ".")
    text = pc.replace_substring_regex(text, r"^\+", "")
    return pc.cast(pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text), pa.float64())
