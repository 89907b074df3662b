"""Write docs/spec.md, the reference of report.yml, from the typed model itself.

    .venv/bin/python tools/spec_reference.py          write the file
    .venv/bin/python tools/spec_reference.py --check  exit with 1 when it is out of date
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from respml.spec.report import ReportSpec

TARGET = Path(__file__).resolve().parents[1] / "docs" / "spec.md"
HEAD = """# The spec: `report.yml`

This page is generated from the code (`tools/spec_reference.py`). Keys that are not listed are refused, with the nearest
valid one named. A key without a default is required. Paths are relative to the folder of `report.yml`.
"""


def models_within(annotation: Any) -> list[type[BaseModel]]:
    """The spec models an annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [each for argument in get_args(annotation) for each in models_within(argument)]


def in_words(annotation: Any) -> str:
    """A type as a reader of YAML understands it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return in_words(get_args(annotation)[0])
    if origin is Literal:
        return " · ".join(f"`{each}`" for each in get_args(annotation))
    if origin in (Union, types.UnionType):
        parts = [in_words(each) for each in get_args(annotation) if each is not type(None)]
        return " or ".join(dict.fromkeys(parts))
    if origin is tuple:
        arguments = get_args(annotation)
        if len(arguments) == 2 and arguments[1] is not Ellipsis:
            return f"two values: {in_words(arguments[0])}"
        return f"list of {in_words(arguments[0])}"
    if origin is dict:
        key, value = get_args(annotation)
        return f"mapping of {in_words(key)} to {in_words(value)}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"section [{annotation.__name__}](#{annotation.__name__.lower()})"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def default_of(field: FieldInfo) -> str:
    """The default as YAML would have it; empty sections and required keys in words."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "see section"
    if isinstance(value, tuple) and any(isinstance(each, BaseModel) for each in value):
        return f"{len(value)} entries"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(str(each) for each in value) + "]"
    return "{}" if value == {} else f"`{value}`"


def described(docstring: str) -> str:
    """A docstring as Markdown: its words as one paragraph, its attributes, where it lists them, as a list."""
    words, _, attributes = inspect.cleandoc(docstring).partition("\nAttributes\n----------\n")
    lines = [" ".join(words.split())]
    for line in attributes.splitlines():
        if line.startswith(" "):
            lines[-1] += f" {line.strip()}"
        elif line:
            name, _, meaning = line.partition(": ")
            lines.append(f"- `{name}`: {meaning}")
    return "\n".join([lines[0], *(["", *lines[1:]] if len(lines) > 1 else [])])


def section(model: type[BaseModel]) -> str:
    """One model: its docstring and a table of its keys."""
    text = described(model.__doc__ or "")
    hints = typing.get_type_hints(model, include_extras=True)
    rows = [
        f"| `{name}` | {in_words(hints[name]).replace('|', ' or ')} | {default_of(field)} |"
        for name, field in model.model_fields.items()
    ]
    return f"## {model.__name__}\n\n{text}\n\n| key | value | default |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def reference() -> str:
    """The whole page."""
    waiting, seen = [ReportSpec], []
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.append(model)
        for field in model.model_fields.values():
            waiting += models_within(field.annotation)
    return HEAD + "\n" + "\n".join(section(each) for each in seen)


def main(arguments: list[str]) -> int:
    """Write or compare."""
    text = reference()
    if arguments == ["--check"]:
        return int(not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
