"""What the data has beyond its dictionary: reported, never guessed or repaired."""

from __future__ import annotations

import pandas as pd

from respml.portfolio.column_types import column_kind
from respml.portfolio.dictionary import Column, Dictionary
from respml.portfolio.nearest import listed
from respml.portfolio.notes import Note
from respml.portfolio.quality import range_violations, unmapped_codes


def compare(dictionary: Dictionary, frame: pd.DataFrame) -> tuple[Note, ...]:
    """Compare data with its dictionary.

    Parameters
    ----------
    dictionary: the declared columns.
    frame: the data, standardised (:func:`respml.portfolio.column_types.standardise`).

    Returns
    -------
    Sorted notes of the kinds ``undeclared_column``, ``absent_column``, ``unmapped_code``, ``below_minimum``,
    ``above_maximum`` and ``type_mismatch``.
    """
    notes = [
        Note("undeclared_column", name, len(frame), "The data has the column, the dictionary does not.")
        for name in map(str, frame.columns)
        if name not in dictionary
    ]
    notes += [
        Note("absent_column", name, 0, "The dictionary has the column, the data does not.")
        for name in dictionary
        if name not in frame.columns
    ]
    for name, codes in unmapped_codes(frame, dictionary).groupby("column", sort=True):
        rows = int(codes["n"].sum())
        text = f"{rows:,} rows hold codes without a label: {listed(codes['code'], 12)}."
        notes.append(Note("unmapped_code", str(name), rows, text))
    for row in range_violations(frame, dictionary).to_dict(orient="records"):
        if row["below"]:
            text = (
                f"{row['below']} rows lie below the minimum {row['minimum']}; the smallest value is {row['smallest']}."
            )
            notes.append(Note("below_minimum", row["column"], row["below"], text))
        if row["above"]:
            text = f"{row['above']} rows lie above the maximum {row['maximum']}; the largest value is {row['largest']}."
            notes.append(Note("above_maximum", row["column"], row["above"], text))
    for name in map(str, frame.columns):
        if name in dictionary and not _agrees(dictionary[name], frame[name]):
            text = f"Declared as {dictionary[name].type}, but the column holds {column_kind(frame[name])} values."
            notes.append(Note("type_mismatch", name, len(frame), text))
    return tuple(sorted(notes))


def _agrees(column: Column, values: pd.Series) -> bool:
    kind = column_kind(values)
    if values.isna().all():
        return True
    if column.type == "number":
        return kind == "number"
    if column.type == "date":
        return kind in ("date", "text")
    if column.type == "flag":
        return kind == "text" or bool(values.dropna().isin([0, 1]).all())
    return kind != "date"
