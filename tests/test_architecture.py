"""The rooms of ``docs/architecture.md`` are the rooms of the package, and what crosses between them is what it says."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "respml"
LEAVES = {"errors", "version", "resources"}
LONGEST_FILE = 400


def sources() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def modules_imported(path: Path) -> set[str]:
    """Dotted names that a file imports, wherever the statement stands; also ``import_module("...")``."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {node.module or ""} | {f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module":
            found |= {each.value for each in node.args[:1] if isinstance(each, ast.Constant)}
    return found


def room_of(module: str) -> str:
    """``respml.measures.ranking`` belongs to ``measures``."""
    return module.split(".")[1] if "." in module else "__init__"


def rooms() -> dict[str, set[str]]:
    """Each room of the package with the rooms it imports."""
    found: dict[str, set[str]] = {}
    for path in sources():
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        imported = {room_of(each) for each in modules_imported(path) if each.startswith("respml.")}
        found.setdefault(room, set()).update(imported - {room})
    return {room: imported for room, imported in found.items() if not room.startswith("__")}


def documented() -> dict[str, tuple[str, ...] | None]:
    """The table of the architecture: room -> what it may import (nothing stands for all); planned rooms left out."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("## Rooms and who may import whom")[1].split("\n## ")[0]
    found: dict[str, tuple[str, ...] | None] = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = re.findall(r"`respml\.(\w+)`", cells[0])
        if len(cells) != 3 or not names or "(planned)" in cells[0]:
            continue
        allowed = {"all": None, "leaf modules only": ()}.get(cells[2], tuple(re.findall(r"\w+", cells[2])))
        found |= dict.fromkeys(names, allowed)
    return found


def test_the_table_lists_every_room_and_no_other():
    assert set(documented()) == set(rooms())


@pytest.mark.parametrize("room", sorted({path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in sources()}))
def test_a_room_imports_what_the_table_says_and_uses_all_of_it(room):
    allowed = None if room.startswith("__") else documented()[room]
    if allowed is None:
        return
    crossing = rooms()[room] - LEAVES
    assert crossing - set(allowed) == set(), "imports what the table does not allow"
    assert set(allowed) - crossing == set(), "the table allows what is not used"


def test_rooms_import_only_from_above():
    order = list(documented())
    for room, imported in rooms().items():
        for other in imported - LEAVES:
            assert order.index(other) < order.index(room), f"{room} imports {other}, which stands below it"


@pytest.mark.parametrize("room", ["measures", "explain", "debug", "figures"])
def test_pure_rooms_know_nothing_of_stages_and_documents(room):
    forbidden = {"pipeline", "document", "review", "evidence", "checks", "portfolio", "candidates", "spec", "verbs"}
    assert rooms()[room] & forbidden == set()


def test_the_document_computes_nothing():
    computing = {"measures", "explain", "debug", "candidates", "portfolio", "figures", "analysis", "pipeline"}
    assert rooms()["document"] & computing == set()
    libraries = {each.split(".")[0] for path in (PACKAGE / "document").rglob("*.py") for each in modules_imported(path)}
    assert libraries & {"scipy", "sklearn", "xgboost", "shap", "statsmodels"} == set()


def test_figures_draw_and_checks_judge():
    assert "measures" not in rooms()["figures"]
    assert "measures" not in rooms()["checks"]


@pytest.mark.parametrize("room", ["measures", "explain", "debug"])
def test_pure_rooms_draw_nothing(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert not {each for each in modules_imported(path) if each.split(".")[0] == "matplotlib"}, path


def test_nothing_is_pickled():
    """But for the one file that opens pickles a person trusts on the command line."""
    trusted = PACKAGE / "adapters" / "trusted_pickle.py"
    for path in [*(each for each in sources() if each != trusted), ROOT / "build.py"]:
        names = {each.split(".")[0] for each in modules_imported(path)}
        assert names & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"} == set(), path
        calls = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        assert calls & {"read_pickle", "to_pickle"} == set(), path


def test_nothing_opens_the_network_but_the_loader_of_the_uci_data():
    for path in sources():
        names = {each.split(".")[0] for each in modules_imported(path)} & {"urllib", "requests", "httpx", "socket"}
        for each in {each for each in modules_imported(path) if each.startswith("urllib.request")}:
            assert path.name == "uci.py", f"{path} imports {each}"
        assert names & {"requests", "httpx"} == set(), path


def _is_silent(handler: ast.ExceptHandler) -> bool:
    return all(
        isinstance(each, ast.Pass | ast.Continue)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in handler.body
    )


def test_no_error_is_swallowed_whole():
    """No bare ``except``; ``except Exception`` never ends in nothing, nor does ``suppress(Exception)``."""
    broad = {"Exception", "BaseException"}
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                caught = {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)} if node.type else broad
                assert node.type is not None, f"{path}, line {node.lineno}: a bare except"
                assert not (caught & broad and _is_silent(node)), f"{path}, line {node.lineno}: errors vanish here"
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "suppress":
                suppressed = {
                    each.id for argument in node.args for each in ast.walk(argument) if isinstance(each, ast.Name)
                }
                assert not suppressed & broad, f"{path}, line {node.lineno}: errors vanish here"


def test_files_stay_short():
    for path in sources():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, path


def test_every_module_says_what_it_is_for():
    for path in sources():
        assert ast.get_docstring(tree(path)), path


@cache
def committed() -> tuple[Path, ...]:
    """The text files that travel with the project."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    binary = {".parquet", ".png", ".woff2", ".pdf", ".jpg", ".ubj", ".docx"}
    return tuple(path for path in paths if path.is_file() and path.suffix not in binary)


# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(
    r"(?<![\w.])/(?:" + "|".join(["ro" + "ot", "ho" + r"me/\w", "wor" + "k", "Use" + r"rs/\w"]) + r")(?:/|\b)"
)
REGISTRIES = re.compile(
    "|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "art" + "ifactory", "nexus" + r"[\w.-]*/repository"])
    + r"|--(?:extra-)?index-url[ =]+\S*://|registry\.[\w-]+\.\w+"
)


@pytest.mark.parametrize(("what", "pattern"), [("machine path", MACHINE_PATHS), ("registry", REGISTRIES)])
def test_no_committed_file_names_a_machine_or_a_registry(what, pattern):
    assert pattern.search("see /" + "root/.cache or https://py" + "pi.org/simple")
    for path in committed():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            assert not pattern.search(line), f"{path.relative_to(ROOT)}, line {number} holds a {what}: {line[:120]}"


def test_text_files_are_utf_8_with_plain_line_ends():
    for path in committed():
        assert b"\r\n" not in path.read_bytes(), path
