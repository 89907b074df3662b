"""The data dictionary: what each column means, in which unit, within which range, and whether a model may use it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from respml.errors import InputError
from respml.portfolio.nearest import listed, shown, suggestion

COLUMN_TYPES = ("number", "category", "flag", "date", "identifier")

Code = str | int | float | bool
Limit = float | datetime.date


@dataclass(frozen=True)
class Column:
    """One column of the portfolio as its owner describes it.

    Attributes
    ----------
    meaning: what a row's value says, in words.
    unit: unit of the values (``NT dollar``, ``months``); empty for codes and pure numbers.
    type: one of ``number``, ``category``, ``flag``, ``date``, ``identifier``.
    minimum, maximum: the allowed range, limits included; None where open.
    labels: text of each code; empty where the values speak for themselves.
    expected_sign: +1 if more means more risk, -1 if less, 0 if no direction is expected, None if not stated.
    prohibited: whether the column may not be a model input.
    missing: codes that stand for a missing value.
    """

    meaning: str = ""
    unit: str = ""
    type: str = "number"
    minimum: Limit | None = None
    maximum: Limit | None = None
    labels: Mapping[Code, str] = field(default_factory=lambda: MappingProxyType({}))
    expected_sign: int | None = None
    prohibited: bool = False
    missing: tuple[Code, ...] = ()

    def label(self, code: object) -> str:
        """The text of a code, or the code itself where the dictionary has none."""
        if isinstance(code, float) and code.is_integer():
            code = int(code)
        try:
            return self.labels.get(code, str(code))  # type: ignore[call-overload, no-any-return]
        except TypeError:
            return str(code)

    def as_entry(self) -> dict[str, Any]:
        """The column as a YAML entry: only what is stated."""
        entry: dict[str, Any] = {"meaning": self.meaning, "unit": self.unit, "type": self.type}
        entry |= {"minimum": self.minimum, "maximum": self.maximum, "labels": dict(self.labels)}
        entry |= {"expected_sign": self.expected_sign, "missing_codes": list(self.missing)}
        entry |= {"prohibited": True if self.prohibited else None}
        return {key: value for key, value in entry.items() if value not in (None, "", [], {})}


@dataclass(frozen=True)
class Dictionary:
    """All declared columns. An undeclared column reads as an empty :class:`Column`; ``in`` tells the two apart."""

    columns: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, name: str) -> Column:
        return self.columns.get(name, Column())

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def with_columns(self, more: Mapping[str, Column]) -> Dictionary:
        """This dictionary and more columns; those given replace those of the same name."""
        return Dictionary({**self.columns, **more})

    def to_yaml(self) -> str:
        """The dictionary as YAML that :func:`read_dictionary` reads back."""
        entries = {name: column.as_entry() for name, column in self.columns.items()}
        return str(yaml.safe_dump({"columns": entries}, sort_keys=False, allow_unicode=True, width=110))


def read_dictionary(path: Path) -> Dictionary:
    """Read a data dictionary from YAML.

    Parameters
    ----------
    path: file with one key ``columns``, a mapping of column names to entries with the keys ``meaning``, ``unit``,
        ``type``, ``minimum``, ``maximum``, ``labels``, ``expected_sign``, ``prohibited`` and ``missing_codes``.

    Errors
    ------
    InputError naming file, line and key for a missing file, malformed YAML, an unknown or repeated key, or a value of
    the wrong type.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = suggestion(path.name, siblings, "Correct data.dictionary in the specification.")
        raise InputError("The data dictionary does not exist.", where=str(path), remedy=hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The data dictionary cannot be read: {error}.", where=str(path), remedy="Save it as UTF-8 text."
        ) from None
    return parse_dictionary(text, str(path))


def parse_dictionary(text: str, file: str) -> Dictionary:
    """Parse the text of a dictionary; ``file`` is its name in error messages. See :func:`read_dictionary`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        problem = error.problem or "malformed"
        raise InputError(
            f"The YAML is malformed: {problem}.", where=f"{file}, line {line}", remedy="Mend it."
        ) from None
    except yaml.YAMLError:
        raise InputError("The file is not YAML text.", where=file, remedy="Save it as UTF-8 text.") from None
    if root is None:
        raise InputError("The data dictionary is empty.", where=file, remedy="Give it a mapping 'columns'.")
    top = _pairs(root, file, "dictionary")
    _refuse_unknown(top, ("columns",), file, "")
    if "columns" not in top:
        raise InputError("The key 'columns' is missing.", where=f"{file}, line 1", remedy="Put all columns under it.")
    columns = {
        name: _column(node, file, name) for name, (_, node) in _pairs(top["columns"][1], file, "columns").items()
    }
    return Dictionary(MappingProxyType(columns))


Pairs = dict[Any, tuple[int, yaml.Node]]


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _value(node: yaml.Node, file: str) -> Any:
    """The Python value of a node."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, ValueError, TypeError):
        raise InputError(
            "The value cannot be read.", where=f"{file}, line {_line(node)}", remedy="Correct it."
        ) from None
    finally:
        loader.dispose()


def _pairs(node: yaml.Node, file: str, key: str) -> Pairs:
    """Key -> (line, value node) of a mapping; repeated keys are refused."""
    if not isinstance(node, yaml.MappingNode):
        raise InputError(
            f"'{key}' is not a mapping.", where=f"{file}, line {_line(node)}", remedy="Write 'name: value' lines."
        )
    pairs: Pairs = {}
    for key_node, value_node in node.value:
        name = _value(key_node, file)
        if not isinstance(name, str | int | float | bool):
            raise InputError("A key is not a plain value.", where=f"{file}, line {_line(key_node)}", remedy="Quote it.")
        if name in pairs:
            raise InputError(
                f"The key {shown(name)} of '{key}' appears twice.",
                where=f"{file}, line {_line(key_node)}",
                remedy=f"Keep one; the first is in line {pairs[name][0]}.",
            )
        pairs[name] = (_line(key_node), value_node)
    return pairs


def _refuse_unknown(pairs: Pairs, valid: tuple[str, ...], file: str, prefix: str) -> None:
    for name, (line, _) in pairs.items():
        if name not in valid:
            raise InputError(
                f"Unknown key {shown(name)}.",
                where=f"{file}, line {line}, key '{prefix}{name}'",
                remedy=suggestion(str(name), valid, f"Valid keys: {listed(valid, 12)}."),
            )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _column_type(value: Any) -> str | None:
    return value if value in COLUMN_TYPES else None


def _limit(value: Any) -> Limit | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None


def _sign(value: Any) -> int | None:
    return int(value) if value in (-1, 0, 1) and not isinstance(value, bool) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _codes(value: Any) -> tuple[Code, ...] | None:
    plain = isinstance(value, list) and all(isinstance(code, str | int | float | bool) for code in value)
    return tuple(value) if plain else None


_READERS: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "meaning": ("meaning", _text, "text"),
    "unit": ("unit", _text, "text"),
    "type": ("type", _column_type, "one of " + ", ".join(COLUMN_TYPES)),
    "minimum": ("minimum", _limit, "a number or a date"),
    "maximum": ("maximum", _limit, "a number or a date"),
    "expected_sign": ("expected_sign", _sign, "+1, -1 or 0"),
    "prohibited": ("prohibited", _flag, "true or false"),
    "missing_codes": ("missing", _codes, "a list of values"),
}


def _column(node: yaml.Node, file: str, name: Any) -> Column:
    if not isinstance(name, str):
        raise InputError(
            f"The column name {shown(name)} is not text.",
            where=f"{file}, line {_line(node)}",
            remedy="Put it in quotes.",
        )
    pairs = _pairs(node, file, name)
    _refuse_unknown(pairs, (*_READERS, "labels"), file, f"columns.{name}.")
    stated: dict[str, Any] = {}
    for key, (line, value_node) in pairs.items():
        if key == "labels":
            stated["labels"] = _labels(value_node, file, f"columns.{name}.labels")
            continue
        attribute, reader, expected = _READERS[key]
        raw = _value(value_node, file)
        value = reader(raw)
        if value is None:
            raise InputError(
                f"{shown(raw)} is not {expected}.",
                where=f"{file}, line {line}, key 'columns.{name}.{key}'",
                remedy="Correct it.",
            )
        stated[attribute] = value
    column = Column(**stated)
    _check_range(column, f"{file}, line {_line(node)}, key 'columns.{name}'")
    return column


def _labels(node: yaml.Node, file: str, key: str) -> Mapping[Code, str]:
    labels: dict[Code, str] = {}
    for code, (line, value_node) in _pairs(node, file, key).items():
        text = _value(value_node, file)
        if not isinstance(text, str):
            raise InputError(
                f"The label {shown(text)} of code {shown(code)} is not text.",
                where=f"{file}, line {line}, key '{key}'",
                remedy="Put it in quotes.",
            )
        labels[code] = text
    return MappingProxyType(labels)


def _check_range(column: Column, where: str) -> None:
    low, high = column.minimum, column.maximum
    if low is None or high is None:
        return
    if isinstance(low, datetime.date) != isinstance(high, datetime.date):
        raise InputError(
            "minimum and maximum are not of one type.", where=where, remedy="Give two numbers or two dates."
        )
    if low > high:  # type: ignore[operator]
        raise InputError(f"minimum {low} exceeds maximum {high}.", where=where, remedy="Exchange them.")
