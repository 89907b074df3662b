"""What evidence is made of: metrics, tables, figures and statements, each with a stable id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from respml.errors import AnalysisError
from respml.evidence.formatting import format_interval, format_value

if TYPE_CHECKING:
    import pandas as pd

Found = TypeVar("Found")
SLUG = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
PLACEHOLDER = re.compile(r"\{([a-z0-9_]+(?:\.[a-z0-9_]+)*)(:interval)?\}")
LONGEST_CELL = 600
# The types of pandas' own missing values, by name: pandas is slow to import and most readers of this module need none.
_MISSING = ("NAType", "NaTType")


def slug(text: object) -> str:
    """Free text as part of an id: lower case, everything else folded to underscores, never empty."""
    folded = re.sub(r"[^a-z0-9]+", "_", str(text).lower()).strip("_")
    return folded or "x" + "".join(f"{ord(character):x}" for character in str(text))[:16]


def quoted(text: object) -> str:
    """A name from the data as part of a statement: in back-quotes, so that its digits are no literal result."""
    plain = "".join(" " if not character.isprintable() else character for character in str(text))
    return "`" + re.sub(r"[`{}]", "'", plain).strip()[:80] + "`"


@dataclass(frozen=True)
class Metric:
    """One number (or word) with all that is needed to trust it; ``interval`` is the 95 % one.

    ``about`` holds the ids of the metrics that say what it is a number of, where the data decide that; ``withheld`` is
    what is printed for a number that stands for too few people.
    """

    id: str
    value: float | int | str | bool | None
    interval: tuple[float, float] | None
    n: int | None
    format: str
    unit: str
    method: str
    partition: str
    source: str
    note: str = ""
    about: tuple[str, ...] = ()
    withheld: str = ""

    @property
    def text(self) -> str:
        """The printed value."""
        if self.withheld:
            return self.withheld
        return format_value(self.value, self.format, self.unit)

    @property
    def text_with_interval(self) -> str:
        """The printed value with its limits, where there are any."""
        if self.interval is None:
            return self.text
        return format_interval(self.value, *self.interval, self.format, self.unit)


def subject_of(about: Sequence[str], metrics: Mapping[str, Metric]) -> str:
    """What a metric is a number of, in words; empty where nothing says so, or one of the ids is not there.

    Parameters
    ----------
    about: ids as in :attr:`Metric.about`.
    metrics: the metrics of the same version, by id.
    """
    return ", ".join(metrics[each].text for each in about) if all(each in metrics for each in about) else ""


@dataclass(frozen=True)
class Column:
    """How one column of a table is printed.

    Attributes
    ----------
    label: header text.
    format: see :func:`respml.evidence.formatting.format_value`.
    unit: printed in the header, not in every cell.
    interval: names of two columns holding the limits, printed in parentheses behind the value.
    width: relative width of the column; 0 leaves it to the renderer.
    """

    label: str
    format: str = "text"
    unit: str = ""
    interval: tuple[str, str] | None = None
    width: int = 0

    @property
    def numeric(self) -> bool:
        """Whether the column is right-aligned."""
        return self.format != "text"

    @property
    def header(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def cell(self, row: dict[str, Any], name: str) -> str:
        """The printed cell of this column in one row of the frame; what is longer than a paragraph is cut."""
        value = row[name]
        if type(value).__name__ in _MISSING:
            value = None
        if self.interval is None:
            text = format_value(value, self.format)
            return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 2].rstrip() + " …"
        lower, upper = (float(row[each]) for each in self.interval)
        return format_interval(value, lower, upper, self.format)


@dataclass(frozen=True)
class Table:
    """A frame and its printed form. ``rows`` is the number printed; the file holds all of them.

    ``withheld``: column -> line -> what is printed for a number that stands for too few people.
    """

    id: str
    caption: str
    columns: dict[str, Column]
    rows: int
    total_rows: int
    note: str
    statement: str
    strong: tuple[int, ...]
    landscape: bool
    source: str
    folder: Path = field(compare=False)
    withheld: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """File name without ending."""
        return self.id.split(".", 1)[1]

    def frame(self) -> pd.DataFrame:
        """All rows, all columns, typed."""
        return _read_frame(self.folder / f"{self.stem}.parquet")

    def cells(self) -> list[list[str]]:
        """The printed rows, formatted."""
        records: list[dict[str, Any]] = self.frame().head(self.rows).to_dict("records")  # type: ignore[assignment]
        return [
            [
                self.withheld.get(name, {}).get(str(line)) or column.cell(record, name)
                for name, column in self.columns.items()
            ]
            for line, record in enumerate(records)
        ]


@dataclass(frozen=True)
class Figure:
    """A drawing, the sentence it proves, its alternative text, and the frame it was drawn from."""

    id: str
    caption: str
    statement: str
    alt: str
    source: str
    folder: Path = field(compare=False)

    @property
    def stem(self) -> str:
        """File name without ending."""
        return self.id.split(".", 1)[1]

    @property
    def path(self) -> Path:
        """The drawing."""
        return self.folder / f"{self.stem}.svg"

    def frame(self) -> pd.DataFrame:
        """What was drawn."""
        return _read_frame(self.folder / f"{self.stem}.parquet")


@dataclass(frozen=True)
class Statement:
    """One paragraph made from numbers: text with ``{metric.id}`` and ``{metric.id:interval}`` placeholders."""

    id: str
    text: str
    source: str


Item = Metric | Table | Figure | Statement


@dataclass(frozen=True)
class Evidence:
    """All evidence of a run, by id."""

    metrics: dict[str, Metric]
    tables: dict[str, Table]
    figures: dict[str, Figure]
    statements: dict[str, Statement]

    def metric(self, id: str) -> Metric:
        """One metric; unknown ids are an error."""
        return _find(self.metrics, id, "metric")

    def table(self, id: str) -> Table:
        """One table; unknown ids are an error."""
        return _find(self.tables, id, "table")

    def figure(self, id: str) -> Figure:
        """One figure; unknown ids are an error."""
        return _find(self.figures, id, "figure")

    def statement(self, id: str) -> Statement:
        """One statement; unknown ids are an error."""
        return _find(self.statements, id, "statement")

    def ids(self) -> Iterator[str]:
        """Every id, sorted."""
        yield from sorted({*self.metrics, *self.tables, *self.figures, *self.statements})

    def analyses(self) -> tuple[str, ...]:
        """The analyses that left evidence, sorted."""
        return tuple(sorted({each.split(".", 1)[0] for each in self.ids()}))

    def fill(self, text: str) -> str:
        """A text with its placeholders replaced by printed values, as plain text."""

        def printed(match: Any) -> str:
            metric = self.metric(match[1])
            return metric.text_with_interval if match[2] else metric.text

        return PLACEHOLDER.sub(printed, text).replace("`", "")


def _find(items: dict[str, Found], id: str, kind: str) -> Found:
    if id not in items:
        near = [each for each in items if each.split(".")[-1] == id.split(".")[-1]][:3]
        remedy = f"Did you mean {', '.join(near)}?" if near else "Check the id."
        raise AnalysisError(f"There is no {kind} '{id}' in the evidence.", remedy=remedy)
    return items[id]


def _read_frame(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(path)
