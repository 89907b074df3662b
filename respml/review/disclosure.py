"""Looks for people of the portfolio in what a run prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.errors import InputError, RenderError
from respml.evidence.spreadsheet import csv_text
from respml.review.people import GROUPED_NUMBER, PLAIN_NUMBER, People, Sighting, normalised, printed_number
from respml.review.printed import Piece, Record, Sheet, is_read, pieces_of

NEAR_LINES = 3
LONG_TEXT = 12
_TOKEN = re.compile(r"[\w][\w-]*")
_NUMBERS = tuple(re.compile(each) for each in (GROUPED_NUMBER, PLAIN_NUMBER))


@dataclass(frozen=True)
class Disclosure:
    """A person recognised: in which file, where in it, and by what. It never says who."""

    file: str
    place: str
    how: str


@dataclass(frozen=True)
class Scan:
    """What was looked into and what was found.

    Attributes
    ----------
    files: ending -> number of files read.
    pieces: number of tables, records and texts in them.
    disclosures: at most one a piece.
    """

    files: dict[str, int]
    pieces: int
    disclosures: tuple[Disclosure, ...]


@dataclass(frozen=True)
class _Printed:
    """One column of a sheet: its numbers, NaN where there are none, and its texts where it is no column of numbers."""

    name: str
    numbers: npt.NDArray[np.float64]
    texts: list[str] | None
    different: tuple[str, ...]

    @classmethod
    def of(cls, name: str, column: pd.Series) -> _Printed:
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            return cls(name, column.to_numpy(dtype=np.float64, na_value=np.nan), None, ())
        texts = [_cell(each) for each in column.to_numpy(dtype=object)]
        different = tuple(dict.fromkeys(texts))
        parsed = {text: printed_number(text) for text in different}
        known = {text: np.nan if number is None else number[0] for text, number in parsed.items()}
        return cls(name, np.array([known[text] for text in texts], dtype=np.float64), texts, different)

    def cells(self) -> list[str]:
        """The printed values."""
        return self.texts if self.texts is not None else [_cell(each) for each in self.numbers.tolist()]


class Scanner:
    """Looks for people in pieces of files."""

    def __init__(self, people: People) -> None:
        self.people = people
        names = sorted((each for each in people.columns if len(each) > 1), key=lambda each: (-len(each), each))
        either = "|".join(re.escape(each) for each in names) or r"(?!)"
        gap = r"[\s\"'`=:|,()\[\]\\{}]*(?:(?:is|of|was)\s+)?"
        value = rf"({GROUPED_NUMBER}|[^\s,;|<>\"'()\[\]{{}}]+)"
        self._named = re.compile(rf"(?<![\w.])({either})(?!\w){gap}{value}", re.IGNORECASE)
        own = people.identifier or ""
        # A shorter name, such as ID, stands before numbers of any kind.
        self._own = (
            re.compile(rf"(?<![\w.]){re.escape(own)}(?!\w){gap}{value}", re.IGNORECASE) if len(own) > 2 else None
        )

    def disclosure(self, piece: Piece) -> tuple[str, Sighting] | None:
        """The first person in a piece: the place within it, and by what."""
        if isinstance(piece, Record):
            return self._in_record(piece.pairs)
        if isinstance(piece, Sheet):
            return self._in_sheet(piece.frame)
        return self._in_text(piece.text)

    def _in_record(self, pairs: Sequence[tuple[str, str]]) -> tuple[str, Sighting] | None:
        placed = [(place, text) for name, text in pairs if (place := self.people.place(name)) is not None]
        if len(placed) >= self.people.least:
            found = self.people.recognised(placed)
            if found is not None:
                return "", found
        for name, text in pairs:
            if self._is_identity(name, text):
                return "", Sighting("an identifier", 1)
        return None

    def _is_identity(self, name: str, text: str) -> bool:
        if text in self.people.telling:
            return True
        own = self.people.identifier
        return own is not None and normalised(name) == normalised(own) and _whole(text) in self.people.identities

    def _in_sheet(self, frame: pd.DataFrame) -> tuple[str, Sighting] | None:
        if frame.empty:
            return None
        columns = [_Printed.of(str(name), frame.iloc[:, at]) for at, name in enumerate(frame.columns)]
        numbers = np.column_stack([each.numbers for each in columns])
        return (
            self._identified(columns)
            or self._labelled_rows(columns)
            or self._labelled_columns(columns)
            or self._runs_along(numbers, "row")
            or self._runs_along(numbers.T, "column")
            or self._long_cells(columns)
        )

    def _identified(self, columns: Sequence[_Printed]) -> tuple[str, Sighting] | None:
        own = self.people.identifier
        for column in columns:
            named = own is not None and normalised(column.name) == normalised(own)
            known = self.people.identities if named else self.people.telling
            if not known or not (named or column.different):
                continue
            for number, text in enumerate(column.cells(), 1):
                if _whole(text) in known:
                    return f"row {number}", Sighting("an identifier", 1)
        return None

    def _labelled_rows(self, columns: Sequence[_Printed]) -> tuple[str, Sighting] | None:
        placed = [(each, place) for each in columns if (place := self.people.place(each.name)) is not None]
        if len({place for _, place in placed}) < self.people.least:
            return None
        places = [place for _, place in placed]
        tried: set[tuple[str, ...]] = set()
        for number, values in enumerate(zip(*(each.cells() for each, _ in placed), strict=True), 1):
            if values in tried:
                continue
            tried.add(values)
            found = self.people.recognised(list(zip(places, values, strict=True)))
            if found is not None:
                return f"row {number}", found
        return None

    def _labelled_columns(self, columns: Sequence[_Printed]) -> tuple[str, Sighting] | None:
        """A column that names inputs beside columns that may hold one person's values."""
        for names in columns:
            known = {each: place for each in names.different if (place := self.people.place(each)) is not None}
            if len(set(known.values())) < self.people.least:
                continue
            named = names.cells()
            rows = [row for row, text in enumerate(named) if text in known]
            order = [known[named[row]] for row in rows]
            groups = [
                each for each in (*_until_repeated(order), *_by_occurrence(order)) if len(each) >= self.people.least
            ]
            for at, column in enumerate(columns, 1):
                cells = column.cells()
                values = [] if column is names else [cells[row] for row in rows]
                tried: set[tuple[tuple[int, str], ...]] = set()
                for group in groups if values else ():
                    record = tuple((order[each], values[each]) for each in group)
                    found = None if record in tried else self.people.recognised(record)
                    tried.add(record)
                    if found is not None:
                        return f"column {at} from row {rows[group[0]] + 1}", found
        return None

    def _runs_along(self, numbers: npt.NDArray[np.float64], word: str) -> tuple[str, Sighting] | None:
        """Values in the order of a row, text between them passed over."""
        ended = np.column_stack([numbers, np.full(len(numbers), np.inf)]).ravel()
        lines = np.repeat(np.arange(len(numbers)), numbers.shape[1] + 1)
        kept = ~np.isnan(ended)
        sequence = np.where(np.isinf(ended[kept]), np.nan, ended[kept])
        found = self.people.first_run(sequence)
        return None if found is None else (f"{word} {int(lines[kept][found[0]]) + 1}", found[1])

    def _long_cells(self, columns: Sequence[_Printed]) -> tuple[str, Sighting] | None:
        texts = [text for column in columns for text in column.different if len(text) > LONG_TEXT]
        spaced = ("\n" * (NEAR_LINES + 1)).join(text.replace("\n", " ") for text in texts)
        found = self._in_text(spaced) if texts else None
        return None if found is None else ("a cell", found[1])

    def _in_text(self, text: str) -> tuple[str, Sighting] | None:
        return self._telling_words(text) or self._identities(text) or self._named_values(text) or self._runs_in(text)

    def _telling_words(self, text: str) -> tuple[str, Sighting] | None:
        if self.people.telling:
            for match in _TOKEN.finditer(text):
                if match[0] in self.people.telling:
                    return _line_of(text, match.start()), Sighting("an identifier", 1)
        return None

    def _identities(self, text: str) -> tuple[str, Sighting] | None:
        """An identifier behind its own name."""
        for match in self._own.finditer(text) if self._own is not None else ():
            if _whole(match[1].rstrip(".:%")) in self.people.identities:
                return _line_of(text, match.start()), Sighting("an identifier", 1)
        return None

    def _named_values(self, text: str) -> tuple[str, Sighting] | None:
        """``name = value`` in lines near each other, until a name comes again."""
        record: list[tuple[int, str]] = []
        start = last = 0
        for match in self._named.finditer(text):
            place = self.people.place(match[1])
            if place is None:
                continue
            far = text.count("\n", last, match.start()) > NEAR_LINES
            if record and (far or any(place == each for each, _ in record)):
                found = self._told(record)
                if found is not None:
                    return _line_of(text, start), found
                record = []
            start = match.start() if not record else start
            record.append((place, match[2].rstrip(".:%")))
            last = match.end()
        found = self._told(record)
        return None if found is None else (_line_of(text, start), found)

    def _told(self, record: list[tuple[int, str]]) -> Sighting | None:
        return self.people.recognised(record) if len(record) >= self.people.least else None

    def _runs_in(self, text: str) -> tuple[str, Sighting] | None:
        """Values in the order of a row, in a line or over lines."""
        for pattern in _NUMBERS:
            matches = list(pattern.finditer(text))
            values = [printed_number(match[0]) for match in matches]
            sequence = np.array([np.nan if value is None else value[0] for value in values])
            found = self.people.first_run(sequence)
            if found is not None:
                return _line_of(text, matches[found[0]].start()), found[1]
        return None


def scan_file(scanner: Scanner, name: str, content: bytes) -> tuple[int, list[Disclosure]]:
    """How many pieces a file has, and the people recognised in it."""
    pieces, found = 0, []
    for piece in pieces_of(name, content):
        pieces += 1
        sighting = scanner.disclosure(piece)
        if sighting is not None:
            place = ", ".join(each for each in (piece.place, sighting[0]) if each)
            found.append(Disclosure(name, place, sighting[1].how))
    return pieces, found


def scan_files(people: People, files: Iterable[tuple[str, Path]]) -> Scan:
    """Scan files, each with the name under which it is reported; what is no text and of no known kind is left out."""
    scanner = Scanner(people)
    counts: dict[str, int] = {}
    pieces, found = 0, []
    for name, path in files:
        content = path.read_bytes()
        if not is_read(name, content):
            continue
        ending = path.suffix.lower()[1:] or "without ending"
        counts[ending] = counts.get(ending, 0) + 1
        if _is_copy(path, content):
            continue
        number, disclosures = scan_file(scanner, name, content)
        pieces += number
        found += disclosures
    return Scan(dict(sorted(counts.items())), pieces, tuple(found))


def _is_copy(path: Path, content: bytes) -> bool:
    """Whether a CSV file says what the Parquet file beside it says, which is read anyway."""
    beside = path.with_suffix(".parquet")
    if path.suffix.lower() != ".csv" or not beside.is_file():
        return False
    return csv_text(pd.read_parquet(beside)).encode() == content


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder, by its relative name, sorted."""
    if not folder.is_dir():
        raise InputError("There is no such folder.", where=str(folder), remedy="Name a run.")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def require_none(scan: Scan, allowed: bool) -> None:
    """Refuse what discloses a person, unless the spec allows it.

    Raises
    ------
    RenderError: naming the first file and place.
    """
    if scan.disclosures and not allowed:
        first = scan.disclosures[0]
        others = f" ({len(scan.disclosures) - 1} further places)" if len(scan.disclosures) > 1 else ""
        raise RenderError(
            f"A row of the data can be recognised by {first.how}, {first.place}{others}.",
            where=first.file,
            remedy="Band the values or leave them out, or allow individuals under 'disclosure' in the spec.",
        )


def _until_repeated(order: Sequence[int]) -> Iterator[list[int]]:
    """Positions in groups that end where a column comes again."""
    group: list[int] = []
    for position, place in enumerate(order):
        if any(order[each] == place for each in group):
            yield group
            group = []
        group.append(position)
    yield group


def _by_occurrence(order: Sequence[int]) -> Iterator[list[int]]:
    """Positions of the first mention of every column, then of the second, and so on."""
    groups: dict[int, list[int]] = {}
    seen: dict[int, int] = {}
    for position, place in enumerate(order):
        seen[place] = seen.get(place, 0) + 1
        groups.setdefault(seen[place], []).append(position)
    yield from groups.values()


def _cell(value: object) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.17g}"
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)


def _whole(value: object) -> str:
    text = str(value).strip().replace(",", "")
    return text[:-2] if text.endswith(".0") else text


def _line_of(text: str, position: int) -> str:
    return f"line {text.count(chr(10), 0, position) + 1}"
