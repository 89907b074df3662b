"""What a stage's code is: the source of every file of the package that its entry points can import."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from respml.errors import InputError
from respml.pipeline.parsing import parse_python

_UNUSUAL = re.compile(r"[:;][ \t]*(?:from|import)[ \t]+[\w.]|^[ \t]*(?:from|import)\b.*\\$|^DATA_FILES\b", re.M)
_STATEMENT_LISTS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True)
class _Source:
    """One file: its digest, the absolute dotted names it may import, and the data files it declares."""

    digest: str
    imports: tuple[str, ...]
    data_files: tuple[str, ...]


def code_digest(entry: Iterable[str | Path], package: str = "respml") -> str:
    """SHA-256 over the files that ``code_files`` finds: equal digests mean equal code of the package.

    Parameters
    ----------
    entry: where the code starts; a string is a dotted module name, a ``Path`` a ``.py`` or ``.ipynb`` file.
    package: the package whose files count; other libraries enter a stage's key by version.

    Returns
    -------
    64 hexadecimal digits.
    """
    return digest_of_files(code_files(entry, package))


def digest_of_files(files: Mapping[str, str]) -> str:
    """One digest for a mapping of file names to digests, independent of its order."""
    return hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()


def code_files(entry: Iterable[str | Path], package: str = "respml") -> dict[str, str]:
    """The transitive closure of the package's imports from the entry points.

    Import statements count wherever they stand, also within functions and ``if TYPE_CHECKING``; a module named only
    in a string (``importlib.import_module``) is not seen and must be an entry of its own. Importing a module
    runs the ``__init__`` of every package above it, so these count too; ``from respml.room import name`` counts
    ``respml/room/name.py`` where that is a module. A module's files that are not Python (thresholds, templates)
    count when it declares them: ``DATA_FILES = ("thresholds.yml", "templates/*.html")``, relative to the module.

    Parameters
    ----------
    entry: dotted module names and paths of ``.py`` or ``.ipynb`` files.
    package: the package whose files count.

    Returns
    -------
    Names of files, relative to the folder that holds the package (files outside it by their bare name), with the
    SHA-256 of their bytes; of a notebook, the digest of its cells' sources and tags (``notebook_digest``).

    Raises
    ------
    InputError: an entry module, an entry file or a declared data file does not exist.
    """
    root = _package_folder(package).parent
    found: dict[str, str] = {}
    waiting: list[Path] = []
    for each in entry:
        if isinstance(each, Path):
            waiting.append(each)
        else:
            files = list(_files_of_module(each, root))
            if not files or _module_file(each, root) is None:
                raise InputError(f"There is no module {each}.", remedy="Correct the stage's entry.")
            waiting.extend(files)
    seen: set[Path] = set()
    named: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        source = _read(path, package, root)
        found[_label(path, root, found, source.digest)] = source.digest
        for pattern in source.data_files:
            for data_file in _data_files(path, pattern):
                found[_label(data_file, root, found, "")] = hashlib.sha256(data_file.read_bytes()).hexdigest()
        for name in source.imports:
            if name not in named:
                named.add(name)
                waiting.extend(_files_of_module(name, root))
    return found


def notebook_digest(path: Path) -> str:
    """SHA-256 over a notebook's cells (type, source, tags); outputs and editor metadata do not count.

    Raises
    ------
    InputError: the file is missing or is not a notebook.
    """
    return hashlib.sha256(json.dumps(_notebook_cells(path)).encode()).hexdigest()


@cache
def _package_folder(package: str) -> Path:
    specification = importlib.util.find_spec(package)
    if specification is None or not specification.submodule_search_locations:
        raise InputError(f"There is no package {package}.", remedy="Install it into this environment.")
    return Path(next(iter(specification.submodule_search_locations)))


def _label(path: Path, root: Path, taken: Mapping[str, str], digest: str) -> str:
    """A name for the file that is the same on every machine; two outside files of one name stay two.

    A notebook goes by its bare name, for a template is the same wherever it lies: in a checkout, in the installed
    package, beside a spec.
    """
    if path.suffix != ".ipynb" and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    label = path.name
    while label in taken and taken[label] != digest:
        label += "'"
    return label


def _data_files(module: Path, pattern: str) -> list[Path]:
    matches = sorted(path for path in module.parent.glob(pattern) if path.is_file())
    if not matches:
        raise InputError(
            f"DATA_FILES names {pattern}, which does not exist.", where=module.name, remedy="Reinstall the package."
        )
    return matches


def _files_of_module(name: str, root: Path) -> Iterator[Path]:
    """The files that importing a dotted name runs: each package's ``__init__``, then the module if it is one."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        path = _module_file(".".join(parts[:length]), root)
        if path is not None:
            yield path


def _module_file(name: str, root: Path) -> Path | None:
    base = root.joinpath(*name.split("."))
    package = base / "__init__.py"
    if package.is_file():
        return package
    module = base.with_name(base.name + ".py")
    return module if module.is_file() else None


def _read(path: Path, package: str, root: Path) -> _Source:
    try:
        status = path.stat()
    except OSError:
        raise InputError(f"There is no file {path.name}.", where=path.name, remedy="Restore it.") from None
    return _read_version(path, package, root, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _read_version(path: Path, package: str, root: Path, modified: int, size: int) -> _Source:
    """One version of a file; the modification time and size make a changed file a different call."""
    if path.suffix == ".ipynb":
        sources = [_without_magics(source) for kind, source, _ in _notebook_cells(path) if kind == "code"]
        trees = [tree for tree in map(_parse_cell, sources) if tree is not None]
        imports = {name for tree in trees for name in _imports(tree, package, None)}
        return _Source(notebook_digest(path), tuple(sorted(imports)), ())
    content = path.read_bytes()
    parent = path.parent.relative_to(root).parts if path.is_relative_to(root) else None
    tree = _tree_of_imports(content.decode("utf-8", "replace"), package) or _whole_tree(path, content)
    return _Source(
        hashlib.sha256(content).hexdigest(), tuple(sorted(set(_imports(tree, package, parent)))), _declared(tree)
    )


def _tree_of_imports(text: str, package: str) -> ast.Module | None:
    """The syntax tree of the file's import statements of the package alone, a tenth of the work for the whole.

    Nothing where reading line by line could miss one: statements that share a line, continued lines, declared data.
    A line of a docstring that reads like an import counts as one, which errs on the safe side.
    """
    if _UNUSUAL.search(text):
        return None
    lines = _import_lines(package).findall(text)
    try:
        return parse_python("\n".join(line.strip() for line in lines))
    except SyntaxError:
        return None


@cache
def _import_lines(package: str) -> re.Pattern[str]:
    """A line that imports from the package, with the lines that follow up to a closing parenthesis."""
    name = rf"{re.escape(package)}\b[\w.]*"
    listed = r"(?:\([^)]*\))?[^\n]*"
    return re.compile(
        rf"^[ \t]*(?:from[ \t]+(?:\.+[\w.]*|{name})[ \t]+import\b[ \t]*{listed}|import[ \t]+[^\n]*{name}.*)$", re.M
    )


def _whole_tree(path: Path, content: bytes) -> ast.Module:
    try:
        return parse_python(content)
    except SyntaxError as error:
        raise InputError(f"Line {error.lineno} is not Python.", where=path.name, remedy="Mend the source.") from None


def _notebook_cells(path: Path) -> list[tuple[str, str, list[str]]]:
    try:
        cells = json.loads(path.read_bytes())["cells"]
        return [
            (str(cell["cell_type"]), "".join(cell["source"]), sorted(cell.get("metadata", {}).get("tags", [])))
            for cell in cells
        ]
    except OSError:
        raise InputError("There is no such notebook.", where=path.name, remedy="Correct the template.") from None
    except (ValueError, KeyError, TypeError):
        raise InputError("This is not a notebook.", where=path.name, remedy="Save it from Jupyter again.") from None


def _without_magics(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


def _parse_cell(source: str) -> ast.Module | None:
    """The cell's syntax tree; nothing when it is not Python, for then it cannot import anything either."""
    try:
        return parse_python(source)
    except SyntaxError:
        return None


def _imports(tree: ast.AST, package: str, parent: tuple[str, ...] | None) -> Iterator[str]:
    """Dotted names of the package that statements anywhere in the tree may import."""
    for statement in _statements(tree):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names if _belongs(alias.name, package))
        elif isinstance(statement, ast.ImportFrom):
            module = statement.module or ""
            if statement.level:
                if parent is None:
                    continue
                module = ".".join((*parent[: len(parent) - statement.level + 1], *filter(None, [module])))
            if _belongs(module, package):
                yield from (f"{module}.{alias.name}" for alias in statement.names)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement below a node, without descending into expressions (which hold no imports)."""
    for name in _STATEMENT_LISTS:
        for child in getattr(node, name, ()):
            yield child
            yield from _statements(child)


def _belongs(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def _declared(tree: ast.Module) -> tuple[str, ...]:
    """The strings of a module-level ``DATA_FILES = (...)``."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "DATA_FILES" for target in statement.targets
        ):
            return tuple(str(name) for name in ast.literal_eval(statement.value))
    return ()
