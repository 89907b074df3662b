"""The portfolio in words: its columns with roles and meaning, and what ingestion found, as frames to print."""

from __future__ import annotations

import datetime

import pandas as pd

from respml.portfolio.dictionary import Column
from respml.portfolio.notes import notes_frame
from respml.portfolio.portfolio import Portfolio

KINDS = {
    "unmapped_code": "code not in the dictionary",
    "undeclared_column": "column not in the dictionary",
    "absent_column": "declared, not in the data",
    "below_minimum": "below the allowed range",
    "above_maximum": "above the allowed range",
    "type_mismatch": "type differs from the dictionary",
    "type_dropped": "type cannot be used",
    "flag_as_number": "type changed",
    "decimal_as_number": "type changed",
    "missing_code": "code read as missing",
    "missing_values": "missing values",
    "missing_protected": "group unknown",
    "constant": "constant",
    "duplicate_identifier": "identifier repeated",
    "shared_inputs": "rows shared with train",
    "shared_identifier": "identifiers shared with train",
    "prohibited_left_out": "prohibited, left out",
    "encoding": "text encoding",
    "decimal_comma": "decimal comma",
    "sheet": "sheet chosen",
    "no_dictionary": "no dictionary",
}


def dictionary_table(portfolio: Portfolio) -> pd.DataFrame:
    """One row a column of the data: ``column``, ``role``, ``type``, ``meaning``, ``unit``, ``range``."""
    records = []
    for name in portfolio.frame.columns:
        column = portfolio.dictionary[name]
        records.append(
            {
                "column": name,
                "role": role_of(portfolio, name),
                "type": column.type if name in portfolio.dictionary else "not stated",
                "meaning": column.meaning or "not stated",
                "unit": column.unit,
                "range": allowed(column),
            }
        )
    return pd.DataFrame(records)


def role_of(portfolio: Portfolio, name: str) -> str:
    """The role of a column in this report."""
    roles = {
        portfolio.target: "target",
        portfolio.identifier: "identifier",
        portfolio.time: "time",
        portfolio.weight_column: "weight",
    }
    if name in roles:
        return roles[name]
    if name in portfolio.inputs:
        return "input"
    if name in portfolio.protected:
        return "protected"
    if name in portfolio.segments:
        return "segment"
    if portfolio.rule["rule"] == "column" and portfolio.rule["column"] == name:
        return "partition"
    return "excluded"


def allowed(column: Column) -> str:
    """The declared range or codes of a column, shortened to what fits a table."""
    if column.labels:
        codes = [f"{code}: {label}" if str(code) != str(label) else str(code) for code, label in column.labels.items()]
        shown = ", ".join(codes)
        return shown if len(shown) <= 60 else f"{codes[0]} … {codes[-1]}"
    low, high = (_limit(each) for each in (column.minimum, column.maximum))
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else f"up to {high}" if high else ""


def _limit(value: float | datetime.date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.6g}"


def notes_table(portfolio: Portfolio) -> pd.DataFrame:
    """What ingestion found: ``kind``, ``kind_text``, ``column``, ``count``, ``text``."""
    frame = notes_frame(portfolio.notes)
    frame["kind_text"] = [KINDS.get(kind, kind.replace("_", " ")) for kind in frame["kind"]]
    return frame
