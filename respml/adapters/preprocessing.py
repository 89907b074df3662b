"""What happens to a row before a model made elsewhere sees it, as the spec declares it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.spec.external import Preprocessing


def source_columns(inputs: Sequence[str], preprocessing: Preprocessing) -> tuple[str, ...]:
    """The data's column behind each input of the model.

    Errors
    ------
    InputError where the preprocessing names an input the model does not have, or two inputs read one column.
    """
    named = {*preprocessing.rename, *preprocessing.codes, *preprocessing.fill, *preprocessing.text}
    unknown = sorted(named - set(inputs))
    if unknown:
        raise InputError(
            f"The preprocessing names '{unknown[0]}', which is no input of the model.",
            remedy=f"Its inputs are {', '.join(inputs)}.",
        )
    columns = tuple(preprocessing.rename.get(name, name) for name in inputs)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise InputError(
            f"Two inputs of the model read the column '{twice[0]}'.", remedy="Correct preprocessing.rename."
        )
    return columns


def require_inputs(columns: Sequence[str], available: Sequence[str]) -> None:
    """Refuse a model that reads a column the data do not offer as an input.

    Errors
    ------
    InputError naming the first such column.
    """
    for column in columns:
        if column not in available:
            raise InputError(
                f"The model reads '{column}', which is no input of the data.",
                remedy="List it in data.inputs (text as numbers: docs/adapters.md, Models that take text), or map it "
                "under preprocessing.rename.",
            )


def model_rows(frame: pd.DataFrame, inputs: Sequence[str], preprocessing: Preprocessing) -> pd.DataFrame:
    """The rows as the model knows them: its own names and order, levels as its codes, gaps filled.

    Parameters
    ----------
    frame: rows of the portfolio; further columns are ignored.
    inputs: the model's inputs, in its order.
    preprocessing: see :class:`respml.spec.external.Preprocessing`.

    Returns
    -------
    One column an input, index of ``frame``.

    Errors
    ------
    InputError where a column is absent or holds infinite values.
    """
    columns = dict(zip(inputs, source_columns(inputs, preprocessing), strict=True))
    absent = [column for column in columns.values() if column not in frame.columns]
    if absent:
        raise InputError(f"The rows lack model inputs: {', '.join(absent)}.", remedy="Give all its features.")
    ready: dict[str, pd.Series] = {}
    for name, column in columns.items():
        values = frame[column]
        if pd.api.types.is_float_dtype(values.dtype) and np.isinf(values.to_numpy(np.float64, na_value=np.nan)).any():
            raise InputError(f"The input '{column}' holds infinite values.", remedy="Correct or blank them.")
        if name in preprocessing.codes:
            values = _coded(values, preprocessing.codes[name])
        if name in preprocessing.fill:
            values = _filled(values, preprocessing.fill[name])
        if name in preprocessing.text:
            values = level_texts(values)
        ready[name] = values
    return pd.DataFrame(ready, index=frame.index)


def unlisted_levels(frame: pd.DataFrame, inputs: Sequence[str], preprocessing: Preprocessing) -> int:
    """Number of values that are there but have no code."""
    columns = dict(zip(inputs, source_columns(inputs, preprocessing), strict=True))
    count = 0
    for name, codes in preprocessing.codes.items():
        values = frame[columns[name]]
        count += int((values.notna() & ~level_texts(values).isin(list(codes))).sum())
    return count


def level_texts(values: pd.Series) -> pd.Series:
    """Levels as the spec writes them: whole numbers without a decimal point, missing stays missing."""
    if pd.api.types.is_bool_dtype(values.dtype):
        texts = values.map({True: "true", False: "false"})
    elif pd.api.types.is_float_dtype(values.dtype):
        texts = values.map(lambda value: str(int(value)) if float(value).is_integer() else repr(float(value)), "ignore")
    else:
        texts = values.astype("str")
    return texts.astype("object").where(values.notna(), None)


def _coded(values: pd.Series, codes: Any) -> pd.Series:
    found = level_texts(values).map(dict(codes))
    numbers = all(isinstance(code, bool | int | float) for code in codes.values())
    return found.astype("float64") if numbers else found


def _filled(values: pd.Series, fill: Any) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype) or (
        isinstance(fill, str) and not pd.api.types.is_object_dtype(values.dtype)
    ):
        values = level_texts(values)
    if isinstance(fill, bool | int | float) and pd.api.types.is_numeric_dtype(values.dtype):
        return values.astype("float64").fillna(float(fill))
    return values.where(values.notna(), fill)
