"""What notebooks and stages will produce and chapters ask for, read from their source without running anything."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from respml.pipeline.template import Template, read_template
from respml.resources import template_folder

ROOT = Path(__file__).resolve().parents[2]
FOLDER = template_folder("model_risk", ROOT)
# Evidence that stages write, not notebooks: analysis -> the module that writes it
FIXED = {
    "checks": "pipeline/judging.py",
    "threshold": "pipeline/judging.py",
    "traceability": "pipeline/judging.py",
    "changes": "review/changes_evidence.py",
    "run": "pipeline/record.py",
    "disclosure": "pipeline/disclosing.py",
}
RECORDING = {"metric": "metric", "estimate": "metric", "table": "table", "figure": "figure", "statement": "statement"}


@cache
def template() -> Template:
    """The template as the pipeline reads it."""
    return read_template(FOLDER)


@dataclass(frozen=True)
class Produced:
    """One piece of evidence: its kind and a pattern for its name, exact where the name is literal."""

    kind: str
    pattern: str

    def matches(self, name: str) -> bool:
        """Whether a name may be this piece's."""
        return re.fullmatch(self.pattern, name) is not None


def notebook(path: Path) -> dict[str, Any]:
    """A notebook as JSON."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def source(cell: dict[str, Any]) -> str:
    """The text of a cell."""
    return "".join(cell["source"])


def code_cells(path: Path) -> list[dict[str, Any]]:
    """The code cells of a notebook."""
    return [cell for cell in notebook(path)["cells"] if cell["cell_type"] == "code"]


def code(path: Path) -> ast.Module:
    """All code of a notebook, or of a module, parsed."""
    text = path.read_text(encoding="utf-8") if path.suffix == ".py" else "\n".join(map(source, code_cells(path)))
    return ast.parse(text)


def calls(tree: ast.AST, owner: str) -> Iterator[ast.Call]:
    """Calls of a method of the variable ``owner``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            value = node.func.value
            if isinstance(value, ast.Name) and value.id == owner:
                yield node


def _pattern(name: ast.expr, tree: ast.AST) -> str:
    """A pattern for the value of an expression: literal parts exact, variables anything a slug may hold."""
    if isinstance(name, ast.Constant):
        return re.escape(str(name.value))
    if isinstance(name, ast.JoinedStr):
        return "".join(
            re.escape(str(each.value)) if isinstance(each, ast.Constant) else "[a-z0-9_.]+" for each in name.values
        )
    if isinstance(name, ast.Name):
        return "|".join(sorted(map(re.escape, _loop_values(name.id, tree)))) or "[^a-z]"
    # an expression: in a notebook an id must be readable, in a module it may be computed
    assert isinstance(tree, ast.FunctionDef), f"line {name.lineno}: write the name of this piece of evidence out"
    return "[a-z0-9_.]+"


def _loop_values(variable: str, tree: ast.AST) -> set[str]:
    """The literal values that a loop or a list of pairs gives a variable."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
            names = [getattr(each, "id", "") for each in targets]
            if variable in names and isinstance(node.iter, ast.Tuple | ast.List):
                for row in node.iter.elts:
                    cells = row.elts if isinstance(node.target, ast.Tuple) and isinstance(row, ast.Tuple) else [row]
                    value = cells[names.index(variable)]
                    found |= {str(value.value)} if isinstance(value, ast.Constant) else set()
    return found


def produced_by(path: Path, owner: str, analysis: str = "") -> list[Produced]:
    """What a notebook or module records; in a module only by functions that name the analysis or are given a writer."""
    tree = code(path)
    scopes: list[ast.AST] = [tree]
    if path.suffix == ".py":
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        scopes = [each for each in functions if _writes(each, analysis)]
    return [
        Produced(RECORDING[call.func.attr], _pattern(call.args[0], scope))  # type: ignore[attr-defined]
        for scope in scopes
        for call in calls(scope, owner)
        if call.func.attr in RECORDING  # type: ignore[attr-defined]
    ]


def _writes(function: ast.FunctionDef, analysis: str) -> bool:
    opened = {
        node.args[0].value
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "EvidenceWriter"
        if isinstance(node.args[0], ast.Constant)
    }
    return analysis in opened or (not opened and any(each.arg == "writer" for each in function.args.args))


@cache
def produced() -> dict[str, list[Produced]]:
    """Analysis -> what it leaves, notebooks and fixed stages alike."""
    found = {entry.name: produced_by(entry.notebook, "analysis") for entry in template().analyses}
    for name, file in FIXED.items():
        found[name] = produced_by(ROOT / "respml" / file, "writer", name)
    return found


def is_produced(id: str, *kinds: str) -> bool:
    """Whether some analysis leaves a piece of one of these kinds under this id."""
    analysis, name = id.split(".", 1)
    return any(each.kind in kinds and each.matches(name) for each in produced().get(analysis, []))


@cache
def chapters() -> tuple[Path, ...]:
    """The document's text files."""
    return (FOLDER / "report.qmd", *sorted((FOLDER / "chapters").glob("*.qmd")))


def anchor(analysis: str, name: str) -> str:
    """The anchor of a fragment, without its prefix."""
    return f"{analysis}-{name}".replace(".", "-").replace("_", "-")
