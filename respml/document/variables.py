"""``_variables.yml``: the numbers and words that chapters place with ``{{< var … >}}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from respml.document.includes import Line
from respml.document.markdown import Attributes, bound, escape, span
from respml.errors import RenderError
from respml.evidence import Evidence

VARIABLE = re.compile(r"\{\{<\s*var\s+([^\s>]+)\s*>\}\}")
"""A place of a variable in the text; its first group is the id."""
_OTHER = re.compile(r"\{\{<\s*(\S+)")
Nested = Mapping[str, Any]


def metric_variables(evidence: Evidence) -> dict[str, Any]:
    """Every metric as a marked number under its id, and with its interval under ``interval.<id>``."""
    tree: dict[str, Any] = {}
    for id, metric in sorted(evidence.metrics.items()):
        attributes = Attributes(classes=("metric",), values={"data-id": id})
        put(tree, id, span(bound(escape(metric.text)), attributes))
        # a line may break before the limits, not inside them
        limits = bound(escape(metric.text_with_interval)).replace(" to ", "\u00a0to\u00a0")
        put(tree, f"interval.{id}", span(limits, attributes))
    return tree


def literal_variables(values: Nested) -> dict[str, Any]:
    """Plain texts of the spec, escaped, in the same nesting."""
    return {
        key: literal_variables(value) if isinstance(value, Mapping) else escape("" if value is None else value)
        for key, value in values.items()
    }


def put(tree: dict[str, Any], id: str, value: Any) -> None:
    """Place a value under a dotted id.

    Raises
    ------
    RenderError: when the id is already a value or a group.
    """
    *groups, last = id.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
        if not isinstance(tree, dict):
            raise RenderError(f"The variable '{id}' lies below another variable.", remedy="Rename one of them.")
    if last in tree:
        raise RenderError(f"The variable '{id}' is given twice.", remedy="Rename one of them.")
    tree[last] = value


def lookup(tree: Nested, id: str) -> str | None:
    """The Markdown of a variable, or nothing where there is none."""
    found: Any = tree
    for part in id.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return None if isinstance(found, Mapping | list) or found is None else str(found)


def dump_yaml(tree: Nested) -> str:
    """YAML with sorted keys, every text quoted, lines never folded."""
    return yaml.dump(
        _quoted(tree), Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=2**20, default_flow_style=False
    )


class _Quoted(str):
    """A text that is always printed in double quotes, key or value, so that no YAML reader takes it for a number."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')
)


def _quoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_Quoted(key): _quoted(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_quoted(each) for each in value]
    return _Quoted(value) if isinstance(value, str) else value


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file as a mapping; empty when there is no such file.

    Raises
    ------
    RenderError: when it is not YAML or not a mapping.
    """
    if not path.is_file():
        return {}
    return _parsed(path.read_text(encoding="utf-8"), path.name)


@lru_cache(maxsize=16)
def _parsed(text: str, name: str) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        raise RenderError(f"The file is not YAML: {error}", where=name) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise RenderError("The file is not a mapping.", where=name)
    return content


def used_variables(lines: list[Line]) -> list[tuple[str, str]]:
    """Every variable a text places, with ``file:line``."""
    return [(match[1], line.place) for line in lines if not line.code for match in VARIABLE.finditer(line.text)]


def placed(lines: list[Line], tree: Nested) -> str:
    """The text with its variables in place.

    Raises
    ------
    RenderError: for a variable that does not exist, or a shortcode outside the subset, naming file and line.
    """
    return "\n".join(line.text if line.code or "{{<" not in line.text else _placed(line, tree) for line in lines) + "\n"


def _placed(line: Line, tree: Nested) -> str:
    def value(match: re.Match[str]) -> str:
        found = lookup(tree, match[1])
        if found is None:
            raise RenderError(
                f"There is no variable '{match[1]}'.", where=line.place, remedy="Check the id against metrics.json."
            )
        return found

    text = VARIABLE.sub(value, line.text)
    other = _OTHER.search(VARIABLE.sub("", line.text))
    if other:
        raise RenderError(
            f"The shortcode '{other[1]}' is not supported here.",
            where=line.place,
            remedy="Use var, or include on a line of its own.",
        )
    return text
