"""What a file prints, as records, sheets and texts: the pieces in which a person's row could stand."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from respml.errors import InputError


@dataclass(frozen=True)
class Record:
    """Named values that belong together."""

    place: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sheet:
    """Rows and columns; column names are the header's."""

    place: str
    frame: pd.DataFrame


@dataclass(frozen=True)
class Passage:
    """Lines of text."""

    place: str
    text: str


Piece = Record | Sheet | Passage

_TABLE = re.compile(r"<table\b.*?</table>", re.IGNORECASE | re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.IGNORECASE | re.DOTALL)
_DRAWING = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=\s]+)")
_BINARY = re.compile(r"base64,[A-Za-z0-9+/=\s]{64,}")
_DATA = re.compile(r"data:(application/json|application/xml|text/[\w.+\-]+)(?:;[\w=.\-]+)*;base64,([A-Za-z0-9+/=\s]+)")
_ATTRIBUTE = re.compile(
    r"[\s\"'](?:title|alt|content|value|summary|label|placeholder|srcdoc|aria-[\w\-]+|data-[\w\-]+)\s*=\s*"
    r"(?:\"([^\"]*)\"|'([^']*)')",
    re.IGNORECASE,
)
_STYLE = re.compile(r"<style\b.*?</style>", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_BLOCK_END = re.compile(r"</(?:p|div|li|tr|h\d|dd|dt|text|figcaption|caption|pre|w:p)>|<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_WORD_TABLE = re.compile(r"<w:tbl>.*?</w:tbl>", re.DOTALL)
_WORD_ROW = re.compile(r"<w:tr\b.*?</w:tr>", re.DOTALL)
_WORD_CELL = re.compile(r"<w:tc>.*?</w:tc>|<w:tc\s.*?</w:tc>", re.DOTALL)
_WORD_PART = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_APART = 5
_ENDINGS = {"application/json": ".json", "text/html": ".html", "text/csv": ".csv", "application/xml": ".xml"}
_DECIMAL_COMMA = re.compile(r"\d,\d")
_PIPE = re.compile(r"(?<!\\)\|")


def pieces_of(name: str, content: bytes) -> Iterator[Piece]:
    """The pieces of one file, by the ending of its name; another is read as text where it is text.

    Raises
    ------
    InputError: the content is not what the ending says.
    """
    reader = _READERS.get(Path(name).suffix.lower(), _from_text)
    if not is_read(name, content):
        return
    try:
        yield from reader(content)
    except (ValueError, zipfile.BadZipFile, KeyError, csv.Error) as error:
        raise InputError(
            f"The file cannot be read as {Path(name).suffix[1:]}: {type(error).__name__}.",
            where=name,
            remedy="Build the run again.",
        ) from error


def is_read(name: str, content: bytes) -> bool:
    """Whether a file is looked into: one of a known ending, or one that is text."""
    if Path(name).suffix.lower() in _READERS:
        return True
    if b"\0" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def plain_text(markup: str) -> str:
    """Markup without its tags: comments kept, one line for each block."""
    without = _STYLE.sub(" ", _BINARY.sub(" ", markup))
    spoken = _COMMENT.sub(r"\n\1\n", without)
    return html.unescape(_TAG.sub(" ", _BLOCK_END.sub("\n", spoken)))


def _from_html(content: bytes) -> Iterator[Piece]:
    text = content.decode("utf-8", errors="replace")
    for number, drawing in enumerate(_DRAWING.finditer(text), 1):
        decoded = base64.b64decode(drawing[1]).decode("utf-8", errors="replace")
        yield Passage(f"drawing {number}", plain_text(decoded))
    without = _DRAWING.sub(" ", text)
    for number, found in enumerate(_DATA.finditer(without), 1):
        ending = _ENDINGS.get(found[1], ".txt")
        for piece in pieces_of(f"data{ending}", base64.b64decode(found[2])):
            yield _within(f"data {number}", piece)
    without = _BINARY.sub(" ", without)
    yield from _attributes(without)
    for number, table in enumerate(_TABLE.findall(without), 1):
        rows = [[plain_text(cell).strip() for cell in _CELL.findall(row)] for row in _ROW.findall(table)]
        yield from _sheet(f"table {number}", rows)
    yield Passage("text", plain_text(_TABLE.sub("\n", without)))


def _attributes(markup: str) -> Iterator[Passage]:
    """What a reader is told, or a script reads, in attributes; coordinates and styles are none of it."""
    told = [html.unescape(each[1] or each[2] or "") for each in _ATTRIBUTE.finditer(markup)]
    spoken = [each for each in told if each.strip()]
    if spoken:
        yield Passage("attributes", ("\n" * _APART).join(spoken))


def _from_svg(content: bytes) -> Iterator[Piece]:
    text = content.decode("utf-8", errors="replace")
    yield from _attributes(text)
    yield Passage("text", plain_text(text))


def _sheet(place: str, rows: list[list[str]]) -> Iterator[Sheet]:
    """The first row is the header, and read as a row too: a table need not have one."""
    if rows:
        width = max(map(len, rows))
        even = [row + [""] * (width - len(row)) for row in rows]
        frame = pd.DataFrame(even, dtype=object)
        frame.columns = pd.Index([name or f"#{at}" for at, name in enumerate(even[0])])
        yield Sheet(place, frame)


def _from_word(content: bytes) -> Iterator[Piece]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in sorted(name for name in archive.namelist() if _WORD_PART.fullmatch(name)):
            markup = archive.read(part).decode("utf-8", errors="replace")
            for number, table in enumerate(_WORD_TABLE.findall(markup), 1):
                rows = [[_word_text(cell) for cell in _WORD_CELL.findall(row)] for row in _WORD_ROW.findall(table)]
                yield from _sheet(f"{Path(part).stem}, table {number}", rows)
            yield Passage(Path(part).stem, _word_text(_WORD_TABLE.sub("\n", markup)))


def _word_text(markup: str) -> str:
    # runs of one word may be cut by formatting, so tags inside a paragraph leave no space
    return html.unescape(_TAG.sub("", _BLOCK_END.sub("\n", markup.replace("<w:tab/>", "\t")))).strip()


def _from_pdf(content: bytes) -> Iterator[Piece]:
    from respml.review.pdf_text import attachments, information, page_texts

    yield Passage("document information", ("\n" * _APART).join(information(content)))
    for number, text in enumerate(page_texts(content), 1):
        yield Passage(f"page {number}", text)
    for name, attached in attachments(content):
        for piece in pieces_of(name, attached):
            yield _within(f"attachment {name}", piece)


def _within(place: str, piece: Piece) -> Piece:
    inner = f"{place}, {piece.place}"
    if isinstance(piece, Record):
        return Record(inner, piece.pairs)
    return Sheet(inner, piece.frame) if isinstance(piece, Sheet) else Passage(inner, piece.text)


def _from_notebook(content: bytes) -> Iterator[Piece]:
    notebook = json.loads(content)
    yield from _json_pieces(notebook.get("metadata", {}), "metadata")
    for number, cell in enumerate(notebook["cells"], 1):
        yield Passage(f"cell {number}", _joined(cell.get("source", "")))
        yield from _json_pieces(cell.get("metadata", {}), f"metadata of cell {number}")
        for output in cell.get("outputs", ()):
            shown = dict(output.get("data", {}))
            place = f"output of cell {number}"
            said = [_joined(output.get(each, "")) for each in ("text", "evalue", "traceback")]
            yield Passage(place, "\n".join(said))
            yield from _json_pieces(output.get("metadata", {}), place)
            for kind, value in shown.items():
                if kind == "text/html":
                    for piece in _from_html(_joined(value).encode()):
                        yield _within(place, piece)
                elif kind == "image/svg+xml":
                    yield Passage(place, plain_text(_joined(value)))
                elif kind.startswith("text/"):
                    yield Passage(place, _unwrapped(_joined(value)))
                elif kind.endswith("json"):
                    for piece in _json_pieces(value, ""):
                        yield _within(place, piece)


def _joined(text: Any) -> str:
    return "\n".join(text) if isinstance(text, list) and not any("\n" in each for each in text) else "".join(text)


def _unwrapped(text: str) -> str:
    """A printed frame that pandas broke into blocks of columns, with each row on one line again."""
    blocks = [block.splitlines() for block in text.split("\n\n")]
    if len(blocks) < 2 or not all(block and block[0].endswith("\\") for block in blocks[:-1]):
        return text
    if len({len(block) for block in blocks}) > 1:
        return text
    # every block begins with the index again, which would stand between the values of a row
    later = [[line.lstrip().partition(" ")[2] if at else line for at, line in enumerate(block)] for block in blocks[1:]]
    rows = zip(blocks[0], *later, strict=True)
    return "\n".join(" ".join(part.rstrip("\\") for part in row) for row in rows)


def _from_json(content: bytes) -> Iterator[Piece]:
    value = json.loads(content)
    yield from _json_pieces(value, "")
    yield Passage("texts", "\n".join(_texts(value)))


def _json_pieces(value: Any, place: str) -> Iterator[Piece]:
    where = place or "top"
    if isinstance(value, Mapping):
        flat = {name: each for name, each in value.items() if _is_scalar(each)}
        if flat:
            yield Record(where, tuple((str(name), _scalar_text(each)) for name, each in flat.items()))
        yield from _measured(value, where)
        for name, each in value.items():
            yield from _json_pieces(each, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        if len(value) > 1 and all(_is_pair(each) for each in value):
            yield Record(where, tuple((str(name), _scalar_text(each)) for name, each in value))
        if value and all(_is_scalar(each) for each in value):
            yield Passage(where, " ; ".join(_scalar_text(each) for each in value))
        elif value and all(isinstance(each, Mapping) for each in value):
            yield Sheet(where, pd.DataFrame([{k: v for k, v in each.items() if _is_scalar(v)} for each in value]))
            for at, each in enumerate(value):
                yield from _nested(each, f"{place}[{at}]")
        else:
            for at, each in enumerate(value):
                yield from _json_pieces(each, f"{place}[{at}]")


def _nested(value: Mapping[str, Any], place: str) -> Iterator[Piece]:
    for name, each in value.items():
        if not _is_scalar(each):
            yield from _json_pieces(each, f"{place}.{name}")


def _measured(value: Mapping[str, Any], where: str) -> Iterator[Record]:
    """Entries ``prefix.name -> {"value": …}`` as one record a prefix: how a run keeps its metrics."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, each in value.items():
        if isinstance(each, Mapping) and _is_scalar(each.get("value", [])):
            prefix, _, last = str(name).rpartition(".")
            groups.setdefault(prefix, []).append((last, _scalar_text(each["value"])))
    for prefix, pairs in groups.items():
        if len(pairs) > 1:
            yield Record(f"{where} {prefix}".strip(), tuple(pairs))


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and _is_scalar(value[1])


def _scalar_text(value: Any) -> str:
    return "" if value is None else str(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _from_csv(content: bytes) -> Iterator[Piece]:
    text = content.decode("utf-8", errors="replace")
    if text.strip():
        first = text.partition("\n")[0]
        mark = max((",", ";", "\t"), key=first.count)
        decimal = "," if mark == ";" and _DECIMAL_COMMA.search(text) else "."
        frame = pd.read_csv(
            io.StringIO(text), sep=mark, decimal=decimal, keep_default_na=True, low_memory=False, on_bad_lines="skip"
        )
        yield Sheet("rows", frame)
        yield Sheet("rows", pd.DataFrame([frame.columns]))


def _from_parquet(content: bytes) -> Iterator[Piece]:
    yield Sheet("rows", pd.read_parquet(io.BytesIO(content)))


def _from_text(content: bytes) -> Iterator[Piece]:
    lines = content.decode("utf-8", errors="replace").splitlines()
    rows: list[list[str]] = []
    start = 0
    for number, line in enumerate([*lines, ""], 1):
        if line.lstrip().startswith("|"):
            start = start or number
            rows.append([cell.strip() for cell in _PIPE.split(line.strip().strip("|"))])
        elif rows:
            yield from _sheet(f"table at line {start}", rows)
            rows, start = [], 0
    yield Passage("text", "\n".join(lines))


_READERS: Mapping[str, Callable[[bytes], Iterator[Piece]]] = {
    ".html": _from_html,
    ".svg": _from_svg,
    ".docx": _from_word,
    ".pdf": _from_pdf,
    ".ipynb": _from_notebook,
    ".json": _from_json,
    ".csv": _from_csv,
    ".tsv": _from_csv,
    ".parquet": _from_parquet,
    **dict.fromkeys((".qmd", ".md", ".txt", ".yml", ".xml"), _from_text),
}
