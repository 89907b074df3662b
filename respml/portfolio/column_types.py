"""From whatever types a source has to the four that the rest of respml handles: number, text, ordered bands, date."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from respml.portfolio.notes import Note

Kind = Literal["number", "text", "date", "other"]


def column_kind(series: pd.Series) -> Kind:
    """What a standardised column holds: ``number``, ``text`` (also categories), ``date``, or ``other``."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype | pd.StringDtype):
        return "text"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "date"
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        return "number"
    return "other"


def standardise(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Bring each column to a type that the stages downstream handle.

    bool becomes 0/1 (``int8``); nullable integers and booleans become ``float64`` with NaN where values are missing,
    else the plain type; decimals become ``float64``; object columns of text, text categories and Arrow text become
    ``str``; categories of numbers become numbers; ordered categories stay; dates become ``datetime64`` without zone
    (in UTC). Columns of any other kind (lists, structures, durations) are dropped.

    Returns
    -------
    The frame (row order kept, index 0..n-1) and a note for each column whose values changed their form.
    """
    columns: dict[str, pd.Series] = {}
    notes: list[Note] = []
    for name in frame.columns:
        before = frame[name]
        after = _standard(before)
        if after is None:
            text = f"The column has the type {before.dtype}, which is neither number, text nor date; it was left out."
            notes.append(Note("type_dropped", str(name), len(frame), text))
            continue
        if pd.api.types.is_bool_dtype(before.dtype) or _is_object_of(before, "boolean"):
            notes.append(Note("flag_as_number", str(name), len(frame), "True and false were read as 1 and 0."))
        elif _is_object_of(before, "decimal"):
            notes.append(Note("decimal_as_number", str(name), len(frame), "Decimals were read as binary fractions."))
        columns[str(name)] = after.reset_index(drop=True)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame))), tuple(notes)


def _is_object_of(series: pd.Series, inferred: str) -> bool:
    return pd.api.types.is_object_dtype(series.dtype) and pd.api.types.infer_dtype(series, skipna=True) == inferred


def _standard(series: pd.Series) -> pd.Series | None:
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        if dtype.ordered:
            return series
        return _standard(series.astype(dtype.categories.dtype) if not series.hasnans else _decategorised(series))
    if isinstance(dtype, pd.ArrowDtype):
        return _standard(series.convert_dtypes(dtype_backend="numpy_nullable"))
    if pd.api.types.is_object_dtype(dtype):
        return _from_objects(series)
    if pd.api.types.is_bool_dtype(dtype):
        return series.astype("float64") if series.hasnans else series.astype("int8")
    if isinstance(dtype, pd.StringDtype):
        return series.astype("str")
    if isinstance(dtype, pd.DatetimeTZDtype):
        naive: pd.Series = series.dt.tz_convert("UTC").dt.tz_localize(None)
        return naive
    if pd.api.types.is_datetime64_dtype(dtype):
        return series
    if pd.api.types.is_complex_dtype(dtype) or not pd.api.types.is_numeric_dtype(dtype):
        return None
    if pd.api.types.is_extension_array_dtype(dtype):
        whole = pd.api.types.is_integer_dtype(dtype) and not series.hasnans
        return series.astype("int64" if whole else "float64")
    return series.astype("float32") if dtype == np.float16 else series


def _decategorised(series: pd.Series) -> pd.Series:
    return pd.Series(series.astype(object).tolist(), dtype=object)


def _from_objects(series: pd.Series) -> pd.Series | None:
    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind == "empty":
        return series.astype("float64")
    if kind in ("boolean", "integer", "floating", "mixed-integer-float", "decimal"):
        numbers = series.astype("float64")
        whole = kind in ("boolean", "integer") and not numbers.hasnans
        return series.astype("int8" if kind == "boolean" else "int64") if whole else numbers
    if kind in ("date", "datetime", "datetime64"):
        return pd.to_datetime(series, errors="coerce")
    if kind in ("string", "mixed-integer", "mixed"):
        present = [value for value in series if value is not None and value is not pd.NA]
        if all(isinstance(value, str | int | float | bool) for value in present):
            return series.map(str, na_action="ignore").astype("str")
    return None
