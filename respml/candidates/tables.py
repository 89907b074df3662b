"""Parquet tables whose bytes depend on their content alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from respml.errors import AnalysisError


def write_table(frame: pd.DataFrame, file: Path) -> None:
    """Write a frame without its index so that equal frames give equal bytes."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, file, compression="zstd")


def read_table(file: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table, or some of its columns.

    Errors
    ------
    AnalysisError where the file is missing or no Parquet.
    """
    try:
        frame: pd.DataFrame = pq.read_table(file, columns=columns).to_pandas()
    except (OSError, pa.ArrowInvalid) as error:
        raise AnalysisError(f"A table cannot be read: {error}", where=file.name, remedy="Build it again.") from None
    return frame
