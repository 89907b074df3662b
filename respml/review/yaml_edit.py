"""Changing single values of a YAML file that people edit too: every other byte of it stays as it is."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from respml.errors import InputError

Place = tuple[str | int, ...]
LARGEST = 2_000_000
_PLAIN_KEY = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][a-z0-9_]*")
_COMMENT = re.compile(r"#[^\r\n]*")
_REMEDY = "Correct the file by hand; nothing was written to it."


class _Loader(yaml.SafeLoader):
    """A safe loader without aliases, which would let one edit change two places, and without keys given twice, of which
    one would be read nowhere; a date that is none stays the text that was written."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed here")
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: dict[Any, yaml.Node]) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.MarkedYAMLError(None, None, f"the key '{key.value[:80]}' is given twice", key.start_mark)
                seen.add(key.value)
        return node

    def construct_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return self.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_timestamp)


def read_text(path: Path) -> str:
    """The text of a file with its own line ends.

    Raises
    ------
    InputError: when it cannot be read, is too large or is not UTF-8.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"The file is larger than {LARGEST} bytes.", where=path.name, remedy="Divide it.")
        with path.open(encoding="utf-8", newline="") as stream:
            return stream.read()
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", where=path.name, remedy="Check it.") from error
    except UnicodeDecodeError as error:
        raise InputError("The file is not UTF-8 text.", where=path.name, remedy="Save it as UTF-8.") from error


def load(text: str, name: str) -> Any:
    """The content of a YAML text; ``name`` is the file, for the error.

    Raises
    ------
    InputError: with file and line, when it is not valid YAML or uses aliases.
    """
    return _parsed(text, name)[1]


def _parsed(text: str, name: str) -> tuple[yaml.Node | None, Any]:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError, AttributeError, LookupError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}" if mark is not None else name
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(f"This is not valid YAML: {problem}.", where=where, remedy=_REMEDY) from error


def inline(value: Any) -> str:
    """A value as YAML on one line; texts always in double quotes, so that no text can be read as anything else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return yaml.safe_dump(value).split("\n", 1)[0]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(each) for each in value) + "]"
    return '"' + "".join(_escaped(character) for character in str(value)) + '"'


def _key(key: Any) -> str:
    return key if isinstance(key, str) and _PLAIN_KEY.fullmatch(key) else inline(key)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    number = ord(character)
    if character.isprintable() and character != "\ufeff" and not 0xD800 <= number <= 0xDFFF:
        return character
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"


def set_value(text: str, path: Place, value: Any, name: str) -> str:
    """The text with the value at ``path`` replaced, or added at the end of its mapping.

    Parameters
    ----------
    text: the file as it is.
    path: keys and positions from the top; all but the last must be there.
    value: anything :func:`inline` prints.
    name: the file, for errors.

    Raises
    ------
    InputError: when the file is no valid YAML, or is written in a way in which this edit would change anything else.
    """
    node, content = _parsed(text, name)
    mapping = _at(node, path[:-1], name)
    if not isinstance(mapping, yaml.MappingNode):
        raise InputError("A mapping of keys to values was expected here.", where=name, remedy=_REMEDY)
    found = [each for key, each in mapping.value if key.value == path[-1]]
    if found:
        edited = _replaced(text, found[-1], inline(value))
    elif mapping.flow_style:
        place = mapping.end_mark.index - 1
        comma = ", " if mapping.value else ""
        edited = f"{text[:place]}{comma}{_key(path[-1])}: {inline(value)}{text[place:]}"
    else:
        edited = _line_after(text, mapping, f"{' ' * mapping.start_mark.column}{_key(path[-1])}: {inline(value)}")
    return _verified(edited, _changed(content, path, _read_back(value)), name)


def append_item(text: str, path: Place, value: Any, name: str) -> str:
    """The text with ``value`` added at the end of the sequence at ``path``; parameters and errors as above."""
    node, content = _parsed(text, name)
    fresh = _read_back(value)
    if node is None and not path:
        return _verified(_closed(text) + f"- {inline(value)}{_line_end(text)}", [fresh], name)
    sequence = _at(node, path, name)
    if _is_empty(sequence):
        parent = _at(node, path[:-1], name) if path else None
        return _verified(_begun(text, sequence, parent, value), _changed(content, path, [fresh]), name)
    if not isinstance(sequence, yaml.SequenceNode):
        raise InputError("A list was expected here.", where=name, remedy=_REMEDY)
    if sequence.flow_style:
        place = sequence.value[-1].end_mark.index
        edited = f"{text[:place]}, {inline(value)}{text[place:]}"
    else:
        edited = _line_after(text, sequence, f"{' ' * sequence.start_mark.column}- {inline(value)}")
    return _verified(edited, _changed(content, path, [*_content_at(content, path), fresh]), name)


def _is_empty(node: yaml.Node) -> bool:
    return not node.value if isinstance(node, yaml.SequenceNode) else node.tag == "tag:yaml.org,2002:null"


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _begun(text: str, empty: yaml.Node, parent: yaml.Node | None, value: Any) -> str:
    """The text with an empty list, or nothing, replaced by the first item of a list."""
    start, end = empty.start_mark.index, int(empty.end_mark.index)
    if parent is None or _is_flow(parent):
        return f"{text[:start]}[{inline(value)}]{text[end:]}"
    item = f"{' ' * (parent.start_mark.column + 2)}- {inline(value)}"
    rest = text.find("\n", end)
    rest = len(text) if rest < 0 else rest - (text[rest - 1] == "\r")
    comment = text[end:rest].rstrip()
    head = (text[:start].rstrip(" ") + (f"  {comment.strip()}" if comment else "")).rstrip(" ")
    return f"{head}{_line_end(text)}{item}{_line_end(text) if rest == len(text) else ''}{text[rest:]}"


def _at(node: yaml.Node | None, path: Place, name: str) -> yaml.Node:
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next((each for key, each in reversed(node.value) if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            node = None
    if node is None:
        place = ".".join(str(each) for each in path) or "the top level"
        raise InputError(f"There is nothing at {place}.", where=name, remedy=_REMEDY)
    return node


def _content_at(content: Any, path: Place) -> Any:
    for part in path:
        content = content[part]
    return content


def _read_back(value: Any) -> Any:
    return load(inline(value), "a value")


def _changed(content: Any, path: Place, value: Any) -> Any:
    if not path:
        return value
    copied = list(content) if isinstance(content, list) else dict(content)
    here = copied[path[0]] if isinstance(path[0], int) else copied.get(path[0])  # type: ignore[union-attr]
    copied[path[0]] = _changed(here, path[1:], value)  # type: ignore[index]
    return copied


def _replaced(text: str, node: yaml.Node, fresh: str) -> str:
    start, end = node.start_mark.index, _end(node)
    if start == end and not text[start - 1].isspace():
        fresh = " " + fresh
    fresh = "  ".join([fresh, *_comments_within(text, node)])
    if end > start and text[end - 1] == "\n":
        fresh += _line_end(text)
    return text[:start] + fresh + text[end:]


def _comments_within(text: str, node: yaml.Node) -> list[str]:
    """The comments inside a value, which a new value must not take with it."""
    if isinstance(node, yaml.ScalarNode):
        header = text[node.start_mark.index : node.end_mark.index].split("\n", 1)[0]
        return _COMMENT.findall(header) if node.style in ("|", ">") else []
    found, place = [], node.start_mark.index
    for leaf in (*_leaves(node), None):
        found += _COMMENT.findall(text[place : _end(node) if leaf is None else leaf.start_mark.index])
        if leaf is not None:
            found += _comments_within(text, leaf)
            place = leaf.end_mark.index
    return found


def _leaves(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    for each in node.value if isinstance(node, yaml.CollectionNode) else ():
        for part in each if isinstance(each, tuple) else (each,):
            yield from _leaves(part)


def _end(node: yaml.Node) -> int:
    """Where the last character of a node stands; a block collection's own mark lies behind comments that follow it."""
    if not isinstance(node, yaml.CollectionNode) or _is_flow(node) or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _line_after(text: str, node: yaml.Node, line: str) -> str:
    place = _end(node)
    if place and text[place - 1] != "\n":
        found = text.find("\n", place)
        place = len(text) if found < 0 else found + 1
    before = _closed(text[:place])
    return f"{before}{line}{_line_end(text)}{text[place:]}"


def _closed(text: str) -> str:
    return text if not text or text.endswith("\n") else text + _line_end(text)


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _verified(edited: str, expected: Any, name: str) -> str:
    """The edited text, read back: it must say what it said before, and the one change."""
    try:
        # by what is printed, since a person's ".nan" is not equal to itself
        same = repr(load(edited, name)) == repr(expected)
    except InputError:
        same = False
    if not same:
        raise InputError(
            "The file is written in a way that cannot be edited without changing other parts of it.",
            where=name,
            remedy="Write its keys one a line, as respml does; nothing was written to it.",
        )
    return edited


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or not at all, through a temporary file beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
