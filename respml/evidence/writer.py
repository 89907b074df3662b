"""Writing evidence: what a notebook leaves behind, in one folder with one index."""

from __future__ import annotations

import io
import itertools
import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from respml.errors import AnalysisError
from respml.evidence.formatting import FORMATS
from respml.evidence.lint import placeholders, require_traceable
from respml.evidence.model import PLACEHOLDER, SLUG, Column
from respml.evidence.spreadsheet import csv_text
from respml.evidence.withholding import WITHHELD, Counts, Withholding


class Drawing(Protocol):
    """What a figure must be able to do: ``matplotlib.figure.Figure`` can."""

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Write the drawing to a file object."""


class EstimateLike(Protocol):
    """A single-number result, such as :class:`respml.measures.estimate.Estimate`."""

    @property
    def value(self) -> float: ...
    @property
    def interval(self) -> tuple[float, float] | None: ...
    @property
    def n(self) -> int: ...
    @property
    def method(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def note(self) -> str: ...


def _plain(value: Any) -> float | int | str | bool | None:
    """A value as JSON holds it; undefined numbers become nothing."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise AnalysisError(
        f"A metric cannot be of type {type(value).__name__}.", remedy="Give a number, a word or nothing."
    )


_UNUSUAL = re.compile(r"[^\x20-\x7e\t\n]")


def _visible(match: re.Match[str]) -> str:
    """The character, unless it is one that turns or hides the text around it: names from the data may hold such."""
    return "" if unicodedata.category(match[0]) in ("Cc", "Cf", "Co", "Cs") else match[0]


class EvidenceWriter:
    """Collects the evidence of one analysis and writes its index on :meth:`close`.

    Parameters
    ----------
    analysis: name of the analysis, the first part of every id.
    folder: where the files go; made when missing.
    source: what produced the evidence, printed with each number (``notebooks/comparison.ipynb``).
    """

    def __init__(self, analysis: str, folder: Path, source: str = "") -> None:
        if not re.fullmatch(r"[a-z0-9_]+", analysis):
            raise AnalysisError(
                f"'{analysis}' is no name for an analysis.", remedy="Use lower-case letters and underscores."
            )
        self.analysis = analysis
        self.folder = folder
        self.source = source
        self._index: dict[str, dict[str, dict[str, Any]]] = {
            kind: {} for kind in ("metrics", "tables", "figures", "statements")
        }
        folder.mkdir(parents=True, exist_ok=True)

    @cached_property
    def withholding(self) -> Withholding | None:
        """What withholds small counts of people; nothing where the evidence is not about people, or may show them."""
        return None

    def metric(
        self,
        name: str,
        value: Any,
        *,
        interval: tuple[float, float] | None = None,
        n: int | None = None,
        format: str = "number",
        unit: str = "",
        method: str = "",
        partition: str = "",
        note: str = "",
        about: str | Sequence[str] = (),
    ) -> None:
        """Record one number or word under ``<analysis>.<name>``.

        An interval with an undefined limit is none; one without a bound, which JSON cannot hold, becomes a note.
        ``about`` names the metrics that say what it is a number of, where the data decide that (the worst group, the
        strongest input): two versions compare it only where they are about the same. What counts or rests on too few
        people is withheld; see :class:`respml.evidence.withholding.Withholding`.
        """
        if isinstance(value, str):
            format = "text"
        self._require_format(format, name)
        subjects = (about,) if isinstance(about, str) else tuple(about)
        limits = None
        if interval is not None and not any(math.isnan(each) for each in interval):
            limits = [float(each) for each in interval]
            if any(math.isinf(each) for each in limits):
                limits, note = None, f"{note}; the interval has no bound".removeprefix("; ")
        entry = {
            "value": _plain(value),
            "ci": limits,
            "n": None if n is None else int(n),
            "format": format,
            "unit": unit,
            "method": method,
            "partition": partition,
            "note": note,
            **({"about": [self._id(each) for each in subjects]} if subjects else {}),
        }
        guard = self.withholding
        if guard is not None and guard.metric(name, entry["value"], n, format, partition):
            entry |= {"value": None, "ci": None, "n": None, "withheld": guard.word}
        self._put("metrics", name, entry)

    def estimate(
        self,
        name: str,
        estimate: EstimateLike,
        *,
        format: str = "number",
        partition: str = "",
        about: str | Sequence[str] = (),
    ) -> None:
        """Record an estimate with its interval, n and method."""
        self.metric(
            name,
            estimate.value,
            interval=estimate.interval,
            n=estimate.n,
            format=format,
            unit=estimate.unit,
            method=estimate.method,
            partition=partition,
            note=estimate.note,
            about=about,
        )

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        caption: str,
        columns: Mapping[str, Column],
        statement: str = "",
        note: str = "",
        limit: int = 60,
        strong: pd.Series | None = None,
        landscape: bool = False,
        counts: Counts | None = None,
    ) -> None:
        """Record a table: the frame as Parquet and CSV, and how its columns are printed.

        ``strong`` is a boolean series aligned with the frame: rows printed in bold, such as the champion's.
        ``landscape`` asks for a page across, which tables of more than eight printed columns get anyway. ``counts``
        says of columns that count people what each tells, or with nothing (None) that it counts none, where
        :class:`respml.evidence.withholding.Withholding` does not know it by its name.
        """
        missing = [each for each in columns if each not in frame.columns]
        missing += [each for column in columns.values() for each in column.interval or () if each not in frame.columns]
        if missing:
            raise AnalysisError(
                f"The frame has no column '{missing[0]}'.", where=self._id(name), remedy="Check the columns."
            )
        for column in columns.values():
            self._require_format(column.format, name)
        self._traceable(name, caption, statement, note)
        withheld = self._write_frame(name, frame, counts)
        strong_rows = [] if strong is None else [int(row) for row in np.flatnonzero(strong.to_numpy(bool))]
        self._put(
            "tables",
            name,
            {
                "caption": self._absolute(caption),
                "statement": self._absolute(statement),
                "note": self._absolute(note),
                "rows": min(limit, len(frame)),
                "total_rows": len(frame),
                "strong": strong_rows,
                "landscape": landscape,
                # a list, since the keys of a mapping are sorted on writing and the order of columns matters
                "columns": [
                    {
                        "name": key,
                        "label": column.label,
                        "format": column.format,
                        "unit": column.unit,
                        "interval": column.interval,
                        "width": column.width,
                    }
                    for key, column in columns.items()
                ],
                **({"withheld": withheld} if withheld else {}),
            },
        )

    def figure(
        self,
        name: str,
        figure: Drawing,
        frame: pd.DataFrame,
        *,
        caption: str,
        statement: str,
        alt: str,
        counts: Counts | None = None,
    ) -> None:
        """Record a figure as SVG together with the frame it was drawn from; ``counts`` as in :meth:`table`.

        A drawing tells what it was drawn from, so one of small cells is not kept: pass its frame through :meth:`shown`
        before drawing, so that only they are missing.
        """
        self._traceable(name, caption, statement, alt)
        if not alt.strip() or not statement.strip():
            raise AnalysisError(
                "A figure needs a statement and an alternative text.", where=self._id(name), remedy="Write both."
            )
        if self.withholding is not None and self.withholding.drawn(frame, counts):
            self.statement(name, f"Not drawn: some of it stands for fewer than `{self.withholding.fewest}` people.")
            return
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        drawing = _UNUSUAL.sub(_visible, buffer.getvalue().decode("utf-8"))
        (self.folder / f"{name}.svg").write_text(drawing, encoding="utf-8", newline="\n")
        self._write_frame(name, frame, counts)
        self._put(
            "figures",
            name,
            {"caption": self._absolute(caption), "statement": self._absolute(statement), "alt": self._absolute(alt)},
        )

    def statement(self, name: str, text: str) -> None:
        """Record one paragraph; numbers and names of features only through ``{metric}`` placeholders."""
        self._traceable(name, text)
        self._put("statements", name, {"text": self._absolute(text)})

    def shown(self, frame: pd.DataFrame, counts: Counts | None = None) -> pd.DataFrame:
        """A frame without its small cells, as :meth:`table` and :meth:`figure` write it: to draw from.

        Counts that were left out are nan, which draws nothing.
        """
        if self.withholding is None:
            return frame
        found, withheld = Withholding(self.withholding.fewest).frame(frame, counts)
        numbers = [name for name in withheld if pd.api.types.is_numeric_dtype(found[name])]
        return found.astype(dict.fromkeys(numbers, np.float64))

    def close(self) -> None:
        """Check that all citations and subjects resolve and write ``index.json``."""
        metrics = self._index["metrics"]
        self._withhold_repeated(metrics)
        for kind in ("tables", "figures", "statements"):
            for name, entry in self._index[kind].items():
                for text in (entry.get(key, "") for key in ("caption", "statement", "note", "alt", "text")):
                    for cited in placeholders(text):
                        if cited not in metrics:
                            raise AnalysisError(
                                f"No metric '{cited}' was recorded.", where=name, remedy="Record it first."
                            )
        for name, entry in metrics.items():
            for each in entry.get("about", ()):
                if each not in metrics:
                    raise AnalysisError(
                        f"No metric '{each}' was recorded to say what this one is of.",
                        where=name,
                        remedy="Record it first.",
                    )
        for first, second in itertools.pairwise(sorted(metrics)):
            if second.startswith(first + "."):
                raise AnalysisError(f"The id '{first}' is a prefix of '{second}'.", remedy="Rename one of them.")
        text = json.dumps(self._index, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (self.folder / "index.json").write_text(text + "\n", encoding="utf-8")

    def _require_format(self, format: str, name: str) -> None:
        if format not in FORMATS:
            known = ", ".join(FORMATS)
            raise AnalysisError(
                f"There is no number format '{format}'.", where=self._id(name), remedy=f"Use one of {known}."
            )

    def _id(self, name: str) -> str:
        return f"{self.analysis}.{name}"

    def _absolute(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda match: "{" + self._id(match[1]) + (match[2] or "") + "}", text)

    def _traceable(self, name: str, *texts: str) -> None:
        for text in texts:
            require_traceable(text, self._id(name))

    def _put(self, kind: str, name: str, entry: dict[str, Any]) -> None:
        if not SLUG.fullmatch(name):
            raise AnalysisError(
                f"'{name}' is no slug.", where=self.analysis, remedy="Use lower-case words joined by dots."
            )
        if any(self._id(name) in each for each in self._index.values()):
            raise AnalysisError(f"'{self._id(name)}' is recorded twice.", remedy="Give each piece its own name.")
        self._index[kind][self._id(name)] = {**entry, "source": self.source}

    def _withhold_repeated(self, metrics: dict[str, dict[str, Any]]) -> None:
        """Take out of the metrics what would give a count back that was withheld."""
        guard = self.withholding
        if guard is None:
            return
        for id, entry in metrics.items():
            if guard.gives_back(id.split(".", 1)[1], entry["value"], entry["n"], entry["format"]):
                entry |= {"value": None, "ci": None, "n": None, "withheld": WITHHELD}
            elif entry["n"] in guard.hidden and entry["partition"]:
                entry["n"] = None

    def _write_frame(self, name: str, frame: pd.DataFrame, counts: Counts | None) -> dict[str, dict[str, str]]:
        """The words that stand for numbers left out, by column and line."""
        plain = frame.reset_index(drop=True)
        withheld: dict[str, dict[str, str]] = {}
        if self.withholding is not None:
            plain, withheld = self.withholding.frame(plain, counts)
        plain.to_parquet(self.folder / f"{name}.parquet", index=False)
        (self.folder / f"{name}.csv").write_text(csv_text(plain), encoding="utf-8", newline="")
        return withheld
