"""Whether a model carries rows of the data: by what kind of model it is, and by looking at its arrays.

A reason in words is a yes, an empty text a no. Where nobody can tell, the reason says so, and counts as a yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.adapters.external_model import UNKNOWN_CONTENT, Floats
from respml.adapters.onnx_content import onnx_content

Numbers = npt.NDArray[Any]
MOST_ROWS = 50_000
FEWEST = 20
REPEATED = 0.9
ATTRIBUTES = ("_fit_X", "X_fit_", "X_train_", "_X_train", "_X", "X_", "support_vectors_", "training_data_", "_tree")
OPERATORS = ("SVMClassifier", "SVMRegressor", "CDist", "TopK")
SEARCHES = ("KDTree", "BallTree")
DEEPEST = 40
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def evenly(rows: pd.DataFrame) -> pd.DataFrame:
    """At most ``MOST_ROWS`` rows, spread evenly."""
    return rows.iloc[:: max(1, -(-len(rows) // MOST_ROWS))]


def numbers_of(rows: pd.DataFrame) -> Floats:
    """The numeric columns of rows, at most ``MOST_ROWS`` of them."""
    some = evenly(rows)
    names = [name for name in some if pd.api.types.is_numeric_dtype(some[name])]
    return some[names].to_numpy(dtype=np.float64, na_value=np.nan)


def trace_in_arrays(arrays: Iterable[Numbers], tables: Sequence[Floats], sizes: Sequence[int]) -> str:
    """Why some array looks like rows of the data.

    Parameters
    ----------
    arrays: of the model, any shape; what is not numbers is passed over.
    tables: the data as the model sees it, one form after another: inputs, then what each step makes of them.
    sizes: numbers of rows of the data and of its parts; an array as long as that has a value for each row.
    """
    for array in arrays:
        if array.dtype.kind not in "fiu" or array.size < 2:
            continue
        if array.shape[0] in sizes and array.shape[0] >= FEWEST:
            return f"an array of {array.shape[0]:,} values, one for each row of the data"
        for table in tables:
            if table.ndim == 2 and table.shape[1] > 1 and _is_of_rows(array, table):
                return f"an array whose rows are rows of the data ({table.shape[1]} inputs)"
    return ""


def trace_in_estimator(estimator: Any, tables: Sequence[Floats], sizes: Sequence[int]) -> str:
    """Why an estimator of scikit-learn, with all that is inside it, keeps rows."""
    arrays = []
    for owner, name, value in _members(estimator):
        if name in ATTRIBUTES and value is not None and not isinstance(value, str | bool | int | float):
            return f"{type(owner).__name__} keeps its training rows ({name})"
        if type(value).__name__.startswith(SEARCHES):
            return f"{type(value).__name__} is made of its training rows"
        if isinstance(value, np.ndarray):
            arrays.append(value)
    return trace_in_arrays(arrays, tables, sizes)


def trace_in_graph(content: bytes, tables: Sequence[Floats], sizes: Sequence[int]) -> str:
    """Why an ONNX graph keeps rows."""
    try:
        found = onnx_content(content)
    except ValueError:
        return UNKNOWN_CONTENT
    kinds = sorted(set(OPERATORS) & set(found.operators))
    if kinds:
        return f"a graph with {kinds[0]}, which works on training rows"
    return trace_in_arrays(found.arrays, tables, sizes)


def trace_in_text(text: str, tables: Sequence[Floats]) -> str:
    """Why a text, such as the source of a module, keeps rows: their numbers stand in it one after another."""
    numbers = np.array([float(each) for each in _NUMBER.findall(text)])
    for table in tables:
        width = table.shape[1]
        if width > 1 and len(numbers) >= width:
            windows = np.lib.stride_tricks.sliding_window_view(numbers, width)
            if _shared(windows, table):
                return f"a text with rows of the data ({width} inputs)"
    return ""


def _is_of_rows(array: Numbers, table: Floats) -> bool:
    """Whether an array holds rows of the table, either way round or end to end, or rows scaled column by column."""
    width = table.shape[1]
    forms = [array, array.T] if array.ndim == 2 else [array.reshape(-1, width)] if array.size % width == 0 else []
    # one row alone is a list of means or medians
    fitting = [each for each in forms if each.shape[1] == width and len(each) > 1]
    return any(_shared(each, table) or (array.ndim == 2 and _repeats(each, table)) for each in fitting)


def _shared(found: Numbers, table: Floats) -> bool:
    """Whether a row stands in both, as float32: one of three different values or more, not all of them small counts."""
    rows = np.ascontiguousarray(np.nan_to_num(found.astype(np.float32), nan=np.inf))
    different = (np.diff(np.sort(rows, axis=1), axis=1) != 0).sum(axis=1) + 1
    telling = ((rows % 1 != 0) | (np.abs(rows) >= 100)).any(axis=1)
    rows = rows[telling & (different >= min(3, table.shape[1]))]
    known = np.ascontiguousarray(np.nan_to_num(table.astype(np.float32), nan=np.inf))
    return bool(len(rows)) and bool(np.isin(_as_one(rows + 0.0), _as_one(known + 0.0)).any())


def _as_one(rows: Numbers) -> Numbers:
    """Each row as one value of bytes."""
    plain = np.ascontiguousarray(rows)
    return plain.view(np.dtype((np.void, plain.dtype.itemsize * plain.shape[1]))).reshape(-1)


def _repeats(found: Numbers, table: Floats) -> bool:
    """Whether a column repeats its values as the data's does: weights are all different, scaled counts are not.

    A table whose columns all ascend is one of quantiles.
    """
    if len(found) < FEWEST or (np.diff(found.astype(np.float64), axis=0) >= 0).all():
        return False
    return any(
        1 < len(np.unique(found[:, place])) < REPEATED * np.count_nonzero(found[:, place])
        and len(np.unique(table[:, place])) < REPEATED * len(table)
        for place in range(table.shape[1])
    )


def _members(root: Any) -> Iterator[tuple[Any, str, Any]]:
    """Everything inside an object: owner, attribute and value; containers are looked into."""
    waiting: list[tuple[Any, str, Any, int]] = [(None, "", root, 0)]
    seen: set[int] = set()
    kept = []  # what is alive keeps its id
    while waiting:
        owner, name, value, depth = waiting.pop()
        yield owner, name, value
        if id(value) in seen or depth > DEEPEST or isinstance(value, str | bytes | int | float | type):
            continue
        seen.add(id(value))
        kept.append(value)
        if isinstance(value, np.ndarray):
            inner = [(owner, name, each) for each in value.ravel()] if value.dtype == object else []
        elif isinstance(value, Mapping):
            inner = [(owner, name, each) for each in value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            inner = [(owner, name, each) for each in value]
        else:
            inner = [(value, key, each) for key, each in getattr(value, "__dict__", {}).items()]
        waiting += [(*each, depth + 1) for each in inner]
