"""What ingestion found and did not hide: one note for each thing a reader of the data chapter should know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd


@dataclass(frozen=True, order=True)
class Note:
    """One observation about the data, made while reading it.

    Attributes
    ----------
    kind: a fixed word such as ``unmapped_code`` or ``undeclared_column``.
    column: the column concerned; empty where the note is about the whole table.
    count: number of rows (or columns) concerned.
    text: one sentence for the reader.
    """

    kind: str
    column: str
    count: int
    text: str


def notes_frame(notes: Iterable[Note]) -> pd.DataFrame:
    """The notes as a frame with columns ``kind``, ``column``, ``count``, ``text``."""
    return pd.DataFrame([asdict(note) for note in notes], columns=["kind", "column", "count", "text"])
