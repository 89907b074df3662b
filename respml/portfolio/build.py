"""The stage ``portfolio``: from a source and the spec's ``data`` and ``partitions`` sections to a Portfolio."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.portfolio.column_types import column_kind, standardise
from respml.portfolio.comparison import compare
from respml.portfolio.dictionary import Code, Column, Dictionary, read_dictionary
from respml.portfolio.nearest import listed, shown
from respml.portfolio.notes import Note
from respml.portfolio.partitions import Membership, divide, expected_partitions
from respml.portfolio.places import resolve
from respml.portfolio.portfolio import Portfolio, Rows
from respml.portfolio.quality import duplicates_across_partitions
from respml.portfolio.roles import (
    check_identifier,
    check_inputs,
    check_reference_groups,
    check_weight,
    choose_inputs,
    require_columns,
    require_variation,
)
from respml.portfolio.sources import open_source
from respml.portfolio.target import coerce_target
from respml.spec.data import Data, Derived, Partitions


def build_portfolio(data: Data, partitions: Partitions, seed: int, base_folder: Path) -> Portfolio:
    """Read, check, type and divide the data that a spec names.

    Parameters
    ----------
    data, partitions: the sections of that name of ``report.yml``.
    seed: seed of the partition rule where ``partitions.seed`` is not given.
    base_folder: folder of the spec; relative paths start there and may not leave it.

    Returns
    -------
    The portfolio. Columns keep their order; derived columns come last; codes the dictionary declares as missing are
    missing; the target is 0/1.

    Errors
    ------
    InputError for everything that makes the data unusable; see the functions called.
    """
    source = open_source(resolve(data.source, base_folder, "data.source"), data.format, key="data.source")
    dictionary = Dictionary()
    if data.dictionary is not None:
        dictionary = read_dictionary(resolve(data.dictionary, base_folder, "data.dictionary"))
    require_columns(data, partitions, map(str, source.frame.columns))
    frame, type_notes = standardise(source.frame)
    require_columns(data, partitions, frame.columns)
    target = coerce_target(frame[data.target], data.event, data.target)
    comparison: tuple[Note, ...] = (Note("no_dictionary", "", 0, "The specification names no data dictionary."),)
    if data.dictionary is not None:
        comparison = compare(_without_target_labels(dictionary, data.target), frame)
    frame, missing_notes = without_missing_codes(frame, dictionary, keep=data.target)
    frame[data.target] = target.outcome
    frame, derived = with_derived(frame, data.derived, dictionary)
    dictionary = dictionary.with_columns(derived)

    inputs, input_notes = choose_inputs(data, partitions, frame, dictionary)
    value_notes = check_inputs(frame, inputs)
    if data.weight is not None:
        check_weight(frame[data.weight])
    check_reference_groups(data.reference_groups, data.protected, frame)
    identifier_notes = check_identifier(frame[data.identifier], data.duplicates) if data.identifier is not None else ()

    membership = divide(partitions, frame, target.outcome, seed, data.time)
    require_variation(frame.loc[membership == "train"], inputs)
    names = expected_partitions(partitions)
    leak_notes = _shared_rows(frame, membership, data.identifier, inputs, names)
    protected_notes = _missing_in(frame, data.protected)
    notes = (*source.notes, *type_notes, *comparison, *missing_notes, *input_notes, *value_notes)
    return Portfolio(
        table=Rows(frame),
        membership=membership,
        partitions=names,
        inputs=inputs,
        target=data.target,
        identifier=data.identifier,
        time=data.time,
        weight_column=data.weight,
        protected=tuple(data.protected),
        segments=tuple(data.segments),
        excluded=MappingProxyType(dict(data.excluded)),
        dictionary=dictionary,
        events=target.events,
        others=target.others,
        source=MappingProxyType(
            {
                "files": list(source.files),
                "format": source.format,
                "digest": source.digest,
                "rows": len(source.frame),
                "columns": len(source.frame.columns),
            }
        ),
        rule=MappingProxyType(
            {**partitions.model_dump(mode="json"), "seed": seed if partitions.seed is None else partitions.seed}
        ),
        notes=(*notes, *identifier_notes, *protected_notes, *leak_notes),
    )


def without_missing_codes(
    frame: pd.DataFrame, dictionary: Dictionary, keep: str
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Replace the codes that the dictionary declares as missing by missing values; the column ``keep`` stays."""
    frame = frame.copy(deep=False)
    notes: list[Note] = []
    for name in frame.columns:
        codes: tuple[Code, ...] = dictionary[name].missing
        if not codes or name == keep:
            continue
        is_code = frame[name].isin(codes)
        if is_code.any():
            frame[name] = frame[name].mask(is_code)
            text = f"{int(is_code.sum()):,} rows hold a code for missing ({listed(codes)}) and were read as missing."
            notes.append(Note("missing_code", str(name), int(is_code.sum()), text))
    return frame, tuple(notes)


def with_derived(
    frame: pd.DataFrame, derived: dict[str, Derived], dictionary: Dictionary
) -> tuple[pd.DataFrame, dict[str, Column]]:
    """Add the spec's banded columns: band k holds ``edges[k-1] <= value < edges[k]``, open at both ends.

    Returns
    -------
    The frame with one ordered categorical column more for each derived one, and their dictionary entries.

    Errors
    ------
    InputError where the name is taken or the source column is not numeric.
    """
    frame = frame.copy(deep=False)
    entries: dict[str, Column] = {}
    for name, band in derived.items():
        where = f"key 'data.derived.{name}'"
        if name in frame.columns:
            raise InputError("The data already has a column of this name.", where=where, remedy="Choose another name.")
        if column_kind(frame[band.column]) != "number":
            raise InputError(f"The column {shown(band.column)} is not numeric.", where=where, remedy="Band a number.")
        if len(set(band.labels)) != len(band.labels):
            raise InputError("Two bands have the same label.", where=where, remedy="Give each its own.")
        edges = [-np.inf, *band.edges, np.inf]
        frame[name] = pd.cut(frame[band.column], edges, right=False, labels=list(band.labels))
        meaning = dictionary[band.column].meaning or band.column
        labels: MappingProxyType[Code, str] = MappingProxyType({label: label for label in band.labels})
        entries[name] = Column(
            meaning=f"{meaning}, in bands",
            unit=dictionary[band.column].unit,
            type="category",
            labels=labels,
            prohibited=dictionary[band.column].prohibited,
        )
    return frame, entries


def _without_target_labels(dictionary: Dictionary, target: str) -> Dictionary:
    """The target is judged by coerce_target; its dictionary entry may label the source's values or 0/1."""
    if target not in dictionary:
        return dictionary
    return dictionary.with_columns({target: Column(type="category")})


def _missing_in(frame: pd.DataFrame, protected: Iterable[str]) -> tuple[Note, ...]:
    counts = {name: int(frame[name].isna().sum()) for name in protected}
    text = "{:,} of {:,} rows have no value and belong to no group."
    return tuple(
        Note("missing_protected", name, count, text.format(count, len(frame)))
        for name, count in counts.items()
        if count
    )


def _shared_rows(
    frame: pd.DataFrame,
    membership: Membership,
    identifier: str | None,
    inputs: tuple[str, ...],
    names: tuple[str, ...],
) -> tuple[Note, ...]:
    """Notes on test (and out-of-time) rows whose identifier, or whose inputs as a whole, also occur in train."""
    notes: list[Note] = []
    keys = {"inputs": list(inputs)} | ({"identifier": [identifier]} if identifier is not None else {})
    for kind, columns in sorted(keys.items()):
        if not frame.duplicated(columns).any():
            continue
        shared = duplicates_across_partitions(frame, membership, columns, names)
        leaking = shared[(shared["other"] == "train") & (shared["shared"] > 0)]
        for row in leaking.to_dict(orient="records"):
            what = "identifier" if kind == "identifier" else "values of all inputs"
            text = (
                f"{row['shared']:,} of {row['n']:,} rows of {row['partition']} have the same {what} as a row of train."
            )
            notes.append(Note(f"shared_{kind}", identifier or "" if kind == "identifier" else "", row["shared"], text))
    return tuple(notes)
