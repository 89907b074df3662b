"""Tables and drawn frames of two runs side by side: added, removed, changed, and how much of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from respml.evidence import Evidence
from respml.review.metrics_changes import IGNORED

TableState = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class TableChange:
    """One table or figure that is not what it was.

    Attributes
    ----------
    id: the table or figure.
    kind: ``table`` or ``figure``.
    state: ``added``, ``removed`` or ``changed``.
    caption: of the new one where there is one; placeholders as recorded.
    rows_before, rows_after: rows of the frame; 0 where absent.
    columns_added, columns_removed: names of columns.
    cells_changed: cells that differ, where both have as many rows; -1 where they have not.
    """

    id: str
    kind: Literal["table", "figure"]
    state: TableState
    caption: str
    rows_before: int = 0
    rows_after: int = 0
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    cells_changed: int = 0

    @property
    def words(self) -> str:
        """What changed, in a few words."""
        if self.state != "changed":
            return self.state
        parts = [f"column {each} new" for each in self.columns_added]
        parts += [f"column {each} gone" for each in self.columns_removed]
        if self.rows_before != self.rows_after:
            parts.append(f"{self.rows_before:,} rows before, {self.rows_after:,} after")
        elif self.cells_changed:
            parts.append(f"{self.cells_changed:,} cells")
        return ", ".join(parts)


def compare_tables(old: Evidence, new: Evidence) -> tuple[TableChange, ...]:
    """Every table and figure whose frame differs, by id; numbers count as equal within a relative 1e-9."""
    before, after = _frames(old), _frames(new)
    found: list[TableChange] = []
    for id in sorted({*before, *after}):
        if id not in before:
            kind, caption, path = after[id]
            found.append(TableChange(id, kind, "added", caption, rows_after=len(pd.read_parquet(path))))
        elif id not in after:
            kind, caption, path = before[id]
            found.append(TableChange(id, kind, "removed", caption, rows_before=len(pd.read_parquet(path))))
        else:
            change = _compare(id, *after[id][:2], before[id][2], after[id][2])
            found += [change] if change is not None else []
    return tuple(found)


def tables_frame(changes: Iterable[TableChange]) -> pd.DataFrame:
    """One row a change: ``id``, ``kind``, ``state``, ``caption``, ``words``."""
    rows = [[each.id, each.kind, each.state, each.caption, each.words] for each in changes]
    return pd.DataFrame(rows, columns=["id", "kind", "state", "caption", "words"])


def _frames(evidence: Evidence) -> dict[str, tuple[Literal["table", "figure"], str, Path]]:
    found: dict[str, tuple[Literal["table", "figure"], str, Path]] = {}
    for id, table in evidence.tables.items():
        if id.split(".", 1)[0] not in IGNORED:
            found[id] = ("table", table.caption, table.folder / f"{table.stem}.parquet")
    for id, figure in evidence.figures.items():
        if id.split(".", 1)[0] not in IGNORED:
            found[id] = ("figure", figure.caption, figure.folder / f"{figure.stem}.parquet")
    return found


def _compare(id: str, kind: Literal["table", "figure"], caption: str, old: Path, new: Path) -> TableChange | None:
    if old.read_bytes() == new.read_bytes():
        return None
    before, after = pd.read_parquet(old), pd.read_parquet(new)
    added = tuple(str(each) for each in after.columns if each not in before.columns)
    removed = tuple(str(each) for each in before.columns if each not in after.columns)
    shared = [each for each in after.columns if each in before.columns]
    cells = -1
    if len(before) == len(after):
        cells = sum(_cells_changed(before[name], after[name]) for name in shared)
    if not (added or removed or cells):
        return None
    return TableChange(id, kind, "changed", caption, len(before), len(after), added, removed, cells)


def _cells_changed(before: pd.Series, after: pd.Series) -> int:
    if pd.api.types.is_numeric_dtype(before) and pd.api.types.is_numeric_dtype(after):
        first, second = before.to_numpy(float), after.to_numpy(float)
        return int((~np.isclose(first, second, rtol=1e-9, atol=1e-12, equal_nan=True)).sum())
    return int((before.astype(str).to_numpy() != after.astype(str).to_numpy()).sum())
