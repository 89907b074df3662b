"""Where a key stands in ``report.yml``, for errors that are found long after the file was read."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from respml.errors import RespmlError

_KEY = re.compile(r"^(?P<before>(?:(?!line )[^',]*, )*)key '(?P<key>[^']+)'$")


def key_line(text: str, key: str) -> int | None:
    """The line of a dotted key, or of the deepest part of it that is written; nothing where no part is.

    Parameters
    ----------
    text: a YAML mapping that can be read.
    key: such as ``data.target``; names between the dots may hold dots themselves.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = None
    while isinstance(node, yaml.MappingNode) and key:
        for name, value in node.value:
            if key == name.value or key.startswith(f"{name.value}."):
                line, key, node = name.start_mark.line + 1, key[len(name.value) + 1 :], value
                break
        else:
            break
    return line


def with_place(error: RespmlError, spec: Path) -> RespmlError:
    """The error with file and line, where it names a key of the spec alone; else the error as it is."""
    found = _KEY.match(error.where)
    path = spec / "report.yml" if spec.is_dir() else spec
    if found is None or not path.is_file():
        return error
    try:
        line = key_line(path.read_text(encoding="utf-8"), found["key"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return error
    place = path.name if line is None else f"{path.name}, line {line}"
    return type(error)(error.what, where=f"{found['before']}{place}, key '{found['key']}'", remedy=error.remedy)
