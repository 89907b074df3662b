"""Which column plays which role, checked against the data and its dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.portfolio.column_types import column_kind
from respml.portfolio.dictionary import Dictionary
from respml.portfolio.nearest import listed, shown, suggestion
from respml.portfolio.notes import Note
from respml.spec.data import Data, Partitions

RESERVED = ("row", "partition", "bias")
"""Names of columns of the score files, so of no input."""

_LARGEST = float(np.finfo(np.float32).max)


def named_columns(data: Data, partitions: Partitions) -> dict[str, list[str]]:
    """Spec key -> the columns of the source that it names."""
    single = {"target": data.target, "identifier": data.identifier, "weight": data.weight, "time": data.time}
    named = {f"data.{key}": [name] for key, name in single.items() if name is not None}
    several = {
        "inputs": data.inputs or (),
        "protected": data.protected,
        "segments": data.segments,
        "excluded": data.excluded,
    }
    named |= {f"data.{key}": [name for name in names if name not in data.derived] for key, names in several.items()}
    named |= {f"data.derived.{name}": [band.column] for name, band in data.derived.items()}
    if partitions.rule == "column" and partitions.column is not None:
        named["partitions.column"] = [partitions.column]
    return named


def require_columns(data: Data, partitions: Partitions, present: Iterable[str]) -> None:
    """Refuse columns that the spec names and the data lack.

    Errors
    ------
    InputError naming the spec's key, the column and the nearest one.
    """
    present = list(present)
    for key, names in named_columns(data, partitions).items():
        for name in names:
            if name not in present:
                hint = suggestion(name, present, f"The data has {listed(present)}.")
                raise InputError(f"The data has no column {shown(name)}.", where=f"key '{key}'", remedy=hint)


def choose_inputs(
    data: Data, partitions: Partitions, frame: pd.DataFrame, dictionary: Dictionary
) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """The model inputs: those the spec lists, or every column without another role.

    Without a list a numeric segment column is an input as well (results are broken down by it, which takes nothing
    from the models), a segment column of text is not. Columns the dictionary prohibits are refused in a list and left
    out, with a note, where there is no list.

    Errors
    ------
    InputError for a prohibited input, a column that is input and target (or identifier, weight, excluded) at once, and
    where no input is left.
    """
    single = {
        "target": data.target,
        "identifier": data.identifier,
        "weight": data.weight,
        "partitions.column": partitions.column if partitions.rule == "column" else None,
    }
    taken = {name: key for key, name in single.items() if name is not None}
    taken |= dict.fromkeys(data.excluded, "excluded")
    if data.inputs is not None:
        for name in data.inputs:
            if name in taken:
                raise InputError(
                    f"The column {shown(name)} is an input and also {taken[name]}.",
                    where="key 'data.inputs'",
                    remedy="Give it one role.",
                )
            if dictionary[name].prohibited:
                raise InputError(
                    f"The dictionary prohibits {shown(name)} as a model input.",
                    where="key 'data.inputs'",
                    remedy="Move it to data.protected or data.excluded.",
                )
        inputs, notes = tuple(dict.fromkeys(data.inputs)), tuple[Note, ...]()
    else:
        labels = {name for name in data.segments if name in frame.columns and column_kind(frame[name]) != "number"}
        assigned = {*taken, *data.protected, *labels, *data.derived, data.time}
        free = [name for name in map(str, frame.columns) if name not in assigned]
        inputs = tuple(name for name in free if not dictionary[name].prohibited)
        text = "The dictionary prohibits the column as a model input; it was left out."
        notes = tuple(Note("prohibited_left_out", name, 0, text) for name in free if dictionary[name].prohibited)
    if not inputs:
        raise InputError("No input column is left.", where="key 'data.inputs'", remedy="Name at least one.")
    return inputs, notes


def check_inputs(frame: pd.DataFrame, inputs: Iterable[str]) -> tuple[Note, ...]:
    """Refuse inputs a model cannot take; note missing values and constants.

    Errors
    ------
    InputError for a name that the score files reserve, and for an input without any value, of text or dates (with the
    first row that is not a number), or with values that are infinite or beyond single precision, in which trees read.
    """
    notes: list[Note] = []
    inputs = tuple(inputs)
    reserved = [name for name in inputs if name in RESERVED]
    if reserved:
        raise InputError(
            f"No input may be named {listed(reserved)}: score files use these names.",
            where="key 'data.inputs'",
            remedy="Rename it, or add it to data.excluded.",
        )
    for name in inputs:
        values = frame[name]
        where = f"input {shown(name)}"
        missing = int(values.isna().sum())
        if missing == len(values):
            raise InputError(
                f"The column has no value in any of {missing} rows.", where=where, remedy="Add it to data.excluded."
            )
        kind = column_kind(values)
        if kind != "number":
            raise InputError(_not_a_number(values, kind), where=where, remedy=_NOT_A_NUMBER_REMEDY)
        size = np.abs(values.to_numpy(dtype=np.float64))
        infinite, huge = int(np.isinf(size).sum()), int((size > _LARGEST).sum())
        if huge:
            fact = "an infinite value" if infinite else f"a value beyond ±{_LARGEST:.1e}"
            raise InputError(
                f"{infinite or huge} of {len(values)} rows hold {fact}.", where=where, remedy="Correct the data."
            )
        if missing:
            notes.append(Note("missing_values", name, missing, f"{missing:,} of {len(values):,} rows have no value."))
        if values.nunique() == 1 and not missing:
            notes.append(Note("constant", name, len(values), f"All rows hold {shown(values.iloc[0])}."))
    return tuple(notes)


def require_variation(train: pd.DataFrame, inputs: Iterable[str]) -> None:
    """Refuse inputs of which none has two values in the training rows: there is nothing to learn from.

    Errors
    ------
    InputError naming the inputs.
    """
    inputs = tuple(inputs)
    if not any(train[name].nunique(dropna=False) > 1 for name in inputs):
        raise InputError(
            f"No input varies over the {len(train):,} training rows: {listed(inputs)}.",
            where="key 'data.inputs'",
            remedy="Name inputs with more than one value.",
        )


_NOT_A_NUMBER_REMEDY = (
    "Recode it to numbers in the data (a model made elsewhere gets its texts back by preprocessing.codes), or move it "
    "to data.segments, data.protected or data.excluded."
)


def _not_a_number(values: pd.Series, kind: str) -> str:
    if kind == "date":
        return "The column holds dates; a model input is a number."
    present = values.dropna()
    stray = present[pd.to_numeric(present.astype("str"), errors="coerce").isna()]
    if 0 < len(stray) < len(present) / 2:
        first = int(stray.index[0]) + 1
        example = f"the first is {shown(stray.iloc[0])} in data row {first}"
        return f"{len(stray)} of {len(values)} rows are not numbers ({example})."
    examples = listed(sorted(map(str, present.unique()))[:4], 3)
    return f"The column holds text ({examples}); a model input is a number."


def check_weight(values: pd.Series) -> None:
    """Refuse case weights that are not finite numbers of at least 0 with a positive sum.

    Errors
    ------
    InputError with the count of rows at fault.
    """
    where = f"weight {shown(values.name)}"
    if column_kind(values) != "number":
        raise InputError("The column is not numeric.", where=where, remedy="Correct data.weight.")
    numbers = values.to_numpy(dtype=np.float64)
    wrong = int((~np.isfinite(numbers) | (numbers < 0)).sum())
    if wrong or not numbers.sum() > 0:
        fact = f"{wrong} rows hold a missing, infinite or negative weight." if wrong else "All weights are 0."
        raise InputError(fact, where=where, remedy="Correct the data or data.weight.")


def check_identifier(values: pd.Series, duplicates: str) -> tuple[Note, ...]:
    """Refuse missing identifiers; refuse or note repeated ones as the spec says (``refuse`` or ``report``).

    Errors
    ------
    InputError with the count of rows at fault and the first repeated identifier.
    """
    where = f"identifier {shown(values.name)}"
    missing = int(values.isna().sum())
    if missing:
        raise InputError(f"{missing} rows have no identifier.", where=where, remedy="Complete it.")
    repeated = values[values.duplicated()]
    if repeated.empty:
        return ()
    fact = f"{len(repeated)} rows repeat an identifier of an earlier row (the first is {shown(repeated.iloc[0])})"
    if duplicates == "refuse":
        raise InputError(
            f"{fact}.", where=where, remedy="Remove them, or set data.duplicates to report if rows may share one."
        )
    return (Note("duplicate_identifier", str(values.name), len(repeated), f"{fact}."),)


def check_reference_groups(groups: Mapping[str, object], protected: Iterable[str], frame: pd.DataFrame) -> None:
    """Refuse a reference group of a column that is not protected, or one that does not occur.

    Errors
    ------
    InputError naming the column and the groups found.
    """
    protected = list(protected)
    for name, group in groups.items():
        where = f"key 'data.reference_groups.{name}'"
        if name not in protected:
            hint = suggestion(name, protected, "Add it to data.protected.")
            raise InputError(f"The column {shown(name)} is not protected.", where=where, remedy=hint)
        found = sorted(frame[name].dropna().unique(), key=str)
        if group not in found:
            raise InputError(
                f"The group {shown(group)} does not occur; the column holds {listed(found)}.",
                where=where,
                remedy="Name a group that occurs.",
            )
