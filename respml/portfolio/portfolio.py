"""The portfolio: rows as every later stage sees them, with the role of each column and the partition of each row."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from respml.errors import InputError
from respml.portfolio.dictionary import Column, Dictionary
from respml.portfolio.notes import Note
from respml.portfolio.target import Outcome

ROWS, MEMBERSHIP, HEADER = "rows.parquet", "membership.parquet", "portfolio.json"
LAYOUT = 1


class Rows:
    """All rows, in memory or in a Parquet file of which only the columns asked for are read."""

    def __init__(self, frame: pd.DataFrame | None = None, file: Path | None = None) -> None:
        if (frame is None) == (file is None):
            raise ValueError("Rows are either a frame or a file.")
        self._given = frame
        self._file = file
        self._columns: dict[str, pd.Series] = {}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All columns, file order, row number = position."""
        if self._given is not None:
            return self._given.reset_index(drop=True)
        return pq.read_table(self._file).to_pandas()  # type: ignore[no-any-return]

    def select(self, columns: Sequence[str]) -> pd.DataFrame:
        """The given columns of all rows; each is read from the file once."""
        if self._given is not None or "frame" in self.__dict__:
            return self.frame[list(columns)]
        wanted = [name for name in dict.fromkeys(columns) if name not in self._columns]
        if wanted:
            read = pq.read_table(self._file, columns=wanted).to_pandas()
            self._columns |= {name: read[name] for name in wanted}
        return pd.DataFrame({name: self._columns[name] for name in columns})


@dataclass(frozen=True)
class Portfolio:
    """The data after ingestion: typed, validated, partitioned, with roles. Row number = position in the source.

    Attributes
    ----------
    table: the rows.
    membership: partition of each row.
    partitions: names of the partitions, in order.
    inputs: columns a model may use.
    target: column of the outcome, 0/1, 1 = default.
    identifier, time, weight_column: columns of that role, or None.
    protected, segments: columns for testing and for breaking results down.
    excluded: column -> reason why it is not an input.
    dictionary: what each column means.
    events, others: target values of the source that were read as 1 and as 0.
    source: ``files``, ``format``, ``digest`` (SHA-256 of the file; of several over names and bytes), ``rows``,
        ``columns``.
    rule: how the rows were divided: the ``partitions`` section of the spec and the seed used.
    notes: what ingestion found.
    """

    table: Rows
    membership: npt.NDArray[np.str_]
    partitions: tuple[str, ...]
    inputs: tuple[str, ...]
    target: str
    identifier: str | None = None
    time: str | None = None
    weight_column: str | None = None
    protected: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    dictionary: Dictionary = field(default_factory=Dictionary)
    events: tuple[str, ...] = ("1",)
    others: tuple[str, ...] = ("0",)
    source: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    rule: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[Note, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """All rows and columns; row number = position. Changing the result does not change the portfolio."""
        return self.table.frame.copy(deep=False)

    def row_numbers(self, partition: str) -> npt.NDArray[np.int64]:
        """Row numbers of a partition, ascending.

        Errors
        ------
        KeyError for a partition this portfolio does not have.
        """
        if partition not in self.partitions:
            raise KeyError(f"no partition '{partition}'; this portfolio has {', '.join(self.partitions)}")
        return np.flatnonzero(self.membership == partition)

    def rows(self, partition: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows of a partition, index = row number; all columns or those given."""
        table = self.table.frame if columns is None else self.table.select(columns)
        return table.iloc[self.row_numbers(partition)]

    def features(self, partition: str) -> pd.DataFrame:
        """The inputs of a partition, index = row number."""
        return self.rows(partition, self.inputs)

    def outcome(self, partition: str) -> Outcome:
        """The outcome of a partition: int8 array, 1 = default."""
        return self.rows(partition, [self.target])[self.target].to_numpy(dtype=np.int8)

    def weight(self, partition: str) -> npt.NDArray[np.float64] | None:
        """Case weights of a partition, or None where the spec names no weight column."""
        if self.weight_column is None:
            return None
        return self.rows(partition, [self.weight_column])[self.weight_column].to_numpy(dtype=np.float64)

    def counts(self) -> pd.DataFrame:
        """``partition``, ``n``, ``events``, ``event_rate`` (unweighted), one row a partition."""
        records = []
        for partition in self.partitions:
            outcome = self.outcome(partition)
            record = {"partition": partition, "n": len(outcome), "events": int(outcome.sum())}
            records.append({**record, "event_rate": float(outcome.mean())})
        return pd.DataFrame(records)

    def write(self, folder: Path) -> None:
        """Write ``rows.parquet``, ``membership.parquet`` and ``portfolio.json``; equal portfolios give equal bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        write_parquet(self.table.frame, folder / ROWS)
        numbered = {"row": np.arange(len(self.membership), dtype=np.int64), "partition": self.membership.astype(object)}
        write_parquet(pd.DataFrame(numbered).astype({"partition": "str"}), folder / MEMBERSHIP)
        text = json.dumps(self._header(), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / HEADER).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Portfolio:
        """Read what :meth:`write` wrote; columns of the rows are read when they are first asked for.

        Errors
        ------
        InputError where the folder is no portfolio or one of another layout.
        """
        try:
            header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
            membership = pq.read_table(folder / MEMBERSHIP)["partition"].to_numpy()
        except (OSError, ValueError) as error:
            raise InputError(
                f"The folder holds no readable portfolio: {error}.", where=str(folder), remedy="Build it again."
            ) from None
        if header.get("layout") != LAYOUT:
            raise InputError(
                f"The portfolio has layout {header.get('layout')}, this version reads {LAYOUT}.",
                where=str(folder),
                remedy="Build it again.",
            )
        stated: dict[str, Any] = {name: header[name] for name in ("target", "identifier", "time", "weight_column")}
        lists = ("partitions", "inputs", "protected", "segments", "events", "others")
        stated |= {name: tuple(header[name]) for name in lists}
        return cls(
            table=Rows(file=folder / ROWS),
            membership=membership.astype(np.str_),
            dictionary=_dictionary_from_json(header["dictionary"]),
            notes=tuple(Note(**note) for note in header["notes"]),
            excluded=MappingProxyType(dict(header["excluded"])),
            source=MappingProxyType(header["source"]),
            rule=MappingProxyType(header["rule"]),
            **stated,
        )

    def _header(self) -> dict[str, Any]:
        return {
            "layout": LAYOUT,
            "partitions": list(self.partitions),
            "inputs": list(self.inputs),
            "target": self.target,
            "identifier": self.identifier,
            "time": self.time,
            "weight_column": self.weight_column,
            "protected": list(self.protected),
            "segments": list(self.segments),
            "excluded": list(self.excluded.items()),
            "dictionary": _dictionary_to_json(self.dictionary),
            "events": list(self.events),
            "others": list(self.others),
            "source": dict(self.source),
            "rule": dict(self.rule),
            "counts": self.counts().to_dict(orient="records"),
            "notes": [asdict(note) for note in self.notes],
        }


def write_parquet(frame: pd.DataFrame, file: Path) -> None:
    """Write a frame so that equal frames give equal bytes: no index, no pandas metadata, fixed row groups."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, file, compression="zstd", row_group_size=1 << 20)


def _limit_to_json(limit: float | datetime.date | None) -> Any:
    return {"date": limit.isoformat()} if isinstance(limit, datetime.date) else limit


def _limit_from_json(value: Any) -> float | datetime.date | None:
    return datetime.date.fromisoformat(value["date"]) if isinstance(value, dict) else value


def _dictionary_to_json(dictionary: Dictionary) -> list[dict[str, Any]]:
    """Columns in their order; labels as pairs, since JSON keys would turn the code 1 into the text "1"."""
    return [
        {
            "name": name,
            "meaning": column.meaning,
            "unit": column.unit,
            "type": column.type,
            "minimum": _limit_to_json(column.minimum),
            "maximum": _limit_to_json(column.maximum),
            "labels": [[code, label] for code, label in column.labels.items()],
            "expected_sign": column.expected_sign,
            "prohibited": column.prohibited,
            "missing": list(column.missing),
        }
        for name, column in dictionary.columns.items()
    ]


def _dictionary_from_json(entries: list[dict[str, Any]]) -> Dictionary:
    columns: dict[str, Column] = {}
    for entry in entries:
        stated = dict(entry)
        name = stated.pop("name")
        stated |= {limit: _limit_from_json(stated[limit]) for limit in ("minimum", "maximum")}
        stated |= {"labels": MappingProxyType(dict(map(tuple, stated["labels"]))), "missing": tuple(stated["missing"])}
        columns[name] = Column(**stated)
    return Dictionary(MappingProxyType(columns))
