"""CSV files that a spreadsheet opens as text, whatever the data hold."""

from __future__ import annotations

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t")


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV in which no text, and no name of a column, is taken for a formula.

    A text that begins like a formula gets an apostrophe before it, as spreadsheets mark text; a carriage return, which
    would begin a line of its own, becomes a blank; numbers, also those kept as text, stay as they are.
    """
    shown = frame.rename(columns=lambda name: _text(str(name)))
    for place, (_, column) in enumerate(frame.items()):
        if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_datetime64_any_dtype(column):
            values = [_text(value) if isinstance(value, str) else value for value in column.astype(object)]
            shown.isetitem(place, values)
    text: str = shown.to_csv(index=False, lineterminator="\n")
    return text


def _text(value: str) -> str:
    one_line = value.replace("\r", " ")
    return f"'{one_line}" if one_line.lstrip(" ").startswith(_FORMULA) and not _is_number(value) else one_line


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
