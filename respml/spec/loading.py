"""Read ``report.yml`` so that every complaint names file, line and key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from respml.errors import InputError
from respml.resources import template_folder
from respml.spec.depth import Depth, at_depth
from respml.spec.identity import Tier
from respml.spec.reasons import ReasonMapping
from respml.spec.report import ReportSpec

KeyPath = tuple[str | int, ...]
Place = tuple[int, int]
LARGEST_SPEC = 2_000_000


@dataclass(frozen=True)
class LoadedSpec:
    """A valid spec and the file it came from; relative paths in it are relative to ``folder``.

    ``trust_pickle`` is what the command line said of pickled models: no spec can say it of itself.
    """

    spec: ReportSpec
    path: Path
    trust_pickle: bool = False

    @property
    def folder(self) -> Path:
        """The folder that relative paths of the spec start from."""
        return self.path.parent

    def resolve(self, relative: str) -> Path:
        """The file a path of the spec means: as given when absolute, else from the spec's folder."""
        return (self.folder / relative).expanduser()


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses aliases, which a spec does not need, and complains in YAML's own errors only."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(f"aliases are not allowed in a spec (line {self.line + 1})")
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (AttributeError, LookupError, OverflowError, ValueError) as error:
            # what PyYAML lets through for 2026-02-31, "!!bool maybe" and the like
            problem = f"{str(node.value)[:80]!r} is no {node.tag.rsplit(':', 1)[-1]}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error


def _walk(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], places: dict[Place, KeyPath], name: str) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    places[node.start_mark.line, node.start_mark.column] = path
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in seen:
                where = f"{name}, line {line}, key '{_dotted((*path, key))}'"
                raise InputError("This key is given twice.", where=where, remedy="Keep one of the two.")
            seen.add(key)
            lines[(*path, key)] = line
            _walk(value_node, (*path, key), lines, places, name)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            _walk(item, (*path, index), lines, places, name)


def _dotted(path: KeyPath) -> str:
    return ".".join(str(part) for part in path) or "(top level)"


def _models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_of(argument)


def _model_at(path: KeyPath, root: type[BaseModel]) -> type[BaseModel] | None:
    """The model whose keys are valid at ``path`` of a file that ``root`` describes."""
    model: type[BaseModel] = root
    for part in path:
        field = model.model_fields.get(str(part))
        if field is None:
            continue
        found = list(_models_of(field.annotation))
        if not found:
            return None
        model = found[0]
    return model


def _nearest(key: str, path: KeyPath, root: type[BaseModel]) -> str:
    model = _model_at(path, root)
    return "Remove it." if model is None else nearest(key, model.model_fields)


def nearest(key: str, valid: Iterable[str]) -> str:
    """What to do about an unknown name: the nearest valid one, else all of them."""
    valid = list(valid)
    close = difflib.get_close_matches(key, valid, n=1, cutoff=0.5)
    return f"Did you mean '{close[0]}'?" if close else f"Valid keys: {', '.join(valid)}."


def _line_of(path: KeyPath, lines: dict[KeyPath, int]) -> tuple[int, KeyPath]:
    """The line of the deepest part of ``path`` that stands in the file (pydantic adds parts for unions)."""
    known = path
    while known and known not in lines:
        known = known[:-1]
    return lines.get(known, 1), known


def _explain(error: Any, lines: dict[KeyPath, int], name: str, root: type[BaseModel] = ReportSpec) -> InputError:
    path: KeyPath = tuple(error["loc"])
    line, known = _line_of(path, lines)
    where = f"{name}, line {line}, key '{_dotted(known or path)}'"
    if error["type"] == "extra_forbidden":
        key = str(path[-1])
        return InputError(f"Unknown key '{key}'.", where=where, remedy=_nearest(key, path[:-1], root))
    if error["type"] == "missing":
        where = f"{name}, line {line}, key '{_dotted(path)}'"
        return InputError("This key is required.", where=where, remedy="Add it.")
    message = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    given = error.get("input")
    shown = "" if isinstance(given, dict | list | BaseModel) else f" (given: {str(given)[:80]!r})"
    return InputError(f"{message[0].upper()}{message[1:]}{shown}.", where=where, remedy="Correct the value.")


def _parsed(text: str, name: str, remedy: str) -> tuple[Any, dict[KeyPath, int]]:
    """The content of a YAML mapping and the line of each key.

    Raises
    ------
    InputError: with file and line of the first problem; ``remedy`` where the text is no mapping at all.
    """
    places: dict[Place, KeyPath] = {}
    lines: dict[KeyPath, int] = {}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise InputError("The file is not a mapping of keys to values.", where=name, remedy=remedy)
        _walk(node, (), lines, places, name)
        return loader.construct_document(node), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}" if mark is not None else name
        if mark is not None and (mark.line, mark.column) in places:
            where += f", key '{_dotted(places[mark.line, mark.column])}'"
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(f"This is not valid YAML: {problem}.", where=where, remedy="Correct the syntax.") from error
    except (RecursionError, ValueError) as error:
        raise InputError(f"This YAML cannot be read: {error}.", where=name, remedy="Correct the syntax.") from error


def parse_reason_mapping(text: str, name: str) -> ReasonMapping:
    """Validate the text of a reason mapping; errors as :func:`parse_spec`."""
    content, lines = _parsed(text, name, "Give version, date, owner and factors.")
    try:
        return ReasonMapping.model_validate(content)
    except ValidationError as error:
        raise _explain(error.errors(include_url=False)[0], lines, name, ReasonMapping) from error


def load_reason_mapping(path: Path) -> ReasonMapping:
    """Read and validate the file with the texts of adverse-action reasons.

    Raises
    ------
    InputError: when the file is missing, not UTF-8, not YAML or not a valid mapping.
    """
    try:
        return parse_reason_mapping(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError as error:
        where = "key 'reasons.mapping'"
        raise InputError(f"There is no file {path.name!r}.", where=where, remedy="Correct the path.") from error
    except UnicodeDecodeError as error:
        raise InputError("The mapping is not UTF-8 text.", where=path.name, remedy="Save it as UTF-8.") from error


def parse_spec(text: str, name: str) -> ReportSpec:
    """Validate the text of a spec.

    Raises
    ------
    InputError: with file, line and key of the first problem, and the count of further ones.
    """
    content, lines = _parsed(text, name, "Start from 'respml init'.")
    try:
        return ReportSpec.model_validate(content)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        # A union reports every branch; an unknown key is the plainest complaint, so it comes first.
        problems.sort(key=lambda each: each["type"] != "extra_forbidden")
        first = _explain(problems[0], lines, name)
        keys = {_line_of(tuple(each["loc"]), lines)[1] for each in problems}
        if len(keys) > 1:
            first = InputError(first.what, where=first.where, remedy=f"{first.remedy} (and {len(keys) - 1} more)")
        raise first from error


def load_spec(path: Path) -> LoadedSpec:
    """Read and validate a spec file.

    Raises
    ------
    InputError: when the file is missing, too large, not UTF-8, not YAML or not a valid spec.
    """
    if path.is_dir():
        path = path / "report.yml"
    name = path.name
    try:
        if path.stat().st_size > LARGEST_SPEC:
            raise InputError(
                f"The spec is larger than {LARGEST_SPEC} bytes.", where=name, remedy="Point to a report.yml."
            )
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(
            "There is no such spec file.", where=str(path), remedy="Make one with 'respml init'."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("The spec is not UTF-8 text.", where=name, remedy="Save it as UTF-8.") from error
    except OSError as error:
        raise InputError(
            f"The spec cannot be read: {error.strerror}.", where=str(path), remedy="Check the path."
        ) from error
    spec = parse_spec(text, name)
    return LoadedSpec(at_depth(spec, read_tiers(spec.template, path.parent)), path)


def read_tiers(template: str, folder: Path) -> dict[Tier, Depth]:
    """The table ``tiers`` of the template that a spec names; empty where it has none, or there is no such template.

    Raises
    ------
    InputError: when the table is not one, naming file, line and key.
    """
    try:
        path = template_folder(template, folder) / "template.yml"
        text = path.read_text(encoding="utf-8")
    except (InputError, OSError, UnicodeDecodeError):
        return {}  # whoever reads the whole template says what is wrong with it
    try:
        table = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    given = table.get("tiers", {}) if isinstance(table, dict) else {}
    try:
        return TypeAdapter(dict[Tier, Depth]).validate_python(given)
    except ValidationError as error:
        _, lines = _parsed(text, path.name, "Give the analyses.")
        first = error.errors(include_url=False)[0]
        raise _explain({**first, "loc": ("tiers", *first["loc"])}, lines, path.name, Depth) from error
