import ast
import hashlib
import json
import time
from pathlib import Path

import pytest

from respml.errors import InputError
from respml.pipeline.code_digest import _read, _read_version, code_digest, code_files, notebook_digest

FILES = {
    "shop/__init__.py": "",
    "shop/room/__init__.py": "from shop.room.door import knob\n",
    "shop/room/door.py": "knob = 1\n",
    "shop/room/window.py": "import json\n\ndef open():\n    from shop.hall import floor\n    return floor\n",
    "shop/room/relative.py": "from . import window\nfrom ..hall import lamp\n",
    "shop/hall/__init__.py": "",
    "shop/hall/floor.py": "",
    "shop/hall/lamp.py": "DATA_FILES = ('bulb.yml', 'shades/*.txt')\n",
    "shop/hall/bulb.yml": "watt: 3\n",
    "shop/hall/shades/red.txt": "red",
    "shop/attic.py": "if False:\n    try:\n        pass\n    finally:\n        import shop.hall.lamp as light\n",
    "shop/alone.py": "# import shop.attic\n'import shop.attic'\n",
}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package of a name of its own, so that nothing remembered from another test applies to it."""
    name = "shop" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:8]
    for path, text in FILES.items():
        target = tmp_path / path.replace("shop", name, 1)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("shop", name))
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path, name


def reached(shop, *entry):
    _, name = shop
    entries = [each.replace("shop", name, 1) if isinstance(each, str) else each for each in entry]
    return {path.replace(name, "shop") for path in code_files(entries, name)}


def test_a_module_brings_the_packages_above_it_and_what_they_import(shop):
    assert reached(shop, "shop.room.door") == {"shop/__init__.py", "shop/room/__init__.py", "shop/room/door.py"}


def test_imports_within_functions_count(shop):
    assert "shop/hall/floor.py" in reached(shop, "shop.room.window")


def test_from_package_import_name_reaches_the_submodule_and_relative_imports_count(shop):
    found = reached(shop, "shop.room.relative")
    assert {"shop/room/window.py", "shop/hall/lamp.py", "shop/hall/floor.py"} <= found


def test_imports_in_nested_blocks_count(shop):
    assert "shop/hall/lamp.py" in reached(shop, "shop.attic")


def test_declared_data_files_count(shop):
    assert {"shop/hall/bulb.yml", "shop/hall/shades/red.txt"} <= reached(shop, "shop.hall.lamp")


def test_comments_and_strings_import_nothing(shop):
    assert reached(shop, "shop.alone") == {"shop/__init__.py", "shop/alone.py"}


def write_notebook(path: Path, *cells: str, **metadata: object) -> Path:
    content = {
        "cells": [
            {"cell_type": "code", "source": cell.splitlines(True), "metadata": {}, "outputs": []} for cell in cells
        ],
        "metadata": metadata,
    }
    path.write_text(json.dumps(content))
    return path


def test_a_notebook_reaches_what_its_code_cells_import(shop):
    root, name = shop
    notebook = write_notebook(root / "a.ipynb", "%matplotlib inline\nx = 1", f"from {name}.hall import floor")
    assert "shop/hall/floor.py" in reached(shop, notebook)
    assert "a.ipynb" in reached(shop, notebook)


def test_a_notebooks_digest_is_of_its_cells_not_of_what_the_editor_writes(tmp_path):
    first = write_notebook(tmp_path / "a.ipynb", "x = 1", kernelspec={"name": "one"})
    second = write_notebook(tmp_path / "b.ipynb", "x = 1", kernelspec={"name": "two"})
    other = write_notebook(tmp_path / "c.ipynb", "x = 2", kernelspec={"name": "one"})
    assert notebook_digest(first) == notebook_digest(second) != notebook_digest(other)


@pytest.mark.parametrize("changed", ["shop/hall/floor.py", "shop/room/__init__.py"])
def test_the_digest_follows_every_file_reached(shop, changed):
    root, name = shop
    before = code_digest([f"{name}.room.window"], name)
    path = root / changed.replace("shop", name, 1)
    path.write_text(path.read_text() + "# changed\n")
    assert code_digest([f"{name}.room.window"], name) != before


def test_the_digest_ignores_files_not_reached(shop):
    root, name = shop
    before = code_digest([f"{name}.room.door"], name)
    (root / name / "attic.py").write_text("changed = 1\n")
    assert code_digest([f"{name}.room.door"], name) == before


def test_a_declared_data_file_that_is_missing_is_an_error(shop):
    root, name = shop
    (root / name / "hall" / "bulb.yml").unlink()
    with pytest.raises(InputError, match=r"bulb\.yml"):
        code_files([f"{name}.hall.lamp"], name)


def test_an_entry_that_is_no_module_is_an_error(shop):
    _, name = shop
    with pytest.raises(InputError, match="cellar"):
        code_files([f"{name}.cellar"], name)


@pytest.mark.parametrize(
    "source",
    [
        "from shop import (  # a ) in a comment\n    attic,\n)\n",
        "from shop import (\n    alone,\n    attic as loft,\n)\n",
        "from shop.room import door; import shop.attic\n",
        "if True: import shop.attic\n",
        "from shop \\\n    import attic\n",
        "from shop import \\\n    attic\n",
        "import json, shop.attic as loft  # why\n",
        "from   .   import attic\n",
        "class Room:\n    async def enter(self):\n        with x:\n            match y:\n                case 1:\n"
        "                    from .attic import light\n",
    ],
)
def test_imports_are_found_however_they_are_written(shop, source):
    root, name = shop
    (root / name / "odd.py").write_text(source.replace("shop", name))
    assert "shop/attic.py" in reached(shop, "shop.odd")


def imports_by_full_walk(path: Path, root: Path) -> set[str]:
    """Names imported from the package, by walking every node of the whole file."""
    package = path.parent.relative_to(root).parts
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            found |= {f"{above}{node.module or ''}.{alias.name}".replace("..", ".") for alias in node.names}
    return {each for each in found if each == "respml" or each.startswith("respml.")}


def test_no_import_of_the_package_itself_is_missed():
    root = Path(__file__).parents[2]
    files = sorted((root / "respml").rglob("*.py"))
    assert len(files) > 10
    for path in files:
        missed = imports_by_full_walk(path, root) - set(_read(path, "respml", root).imports)
        assert not missed, path


def test_the_whole_package_is_read_in_less_time_than_it_takes_to_parse_it():
    root = Path(__file__).parents[2] / "respml"
    files = sorted(root.rglob("*.py"))
    modules = [
        ".".join(path.relative_to(root.parent).with_suffix("").parts) for path in files if path.name != "__init__.py"
    ]
    contents = [path.read_bytes() for path in files]
    started = time.process_time()
    for content in contents:
        ast.parse(content)
    parsing = time.process_time() - started
    _read_version.cache_clear()
    started = time.process_time()
    assert len(code_files(modules)) >= len(modules)
    assert time.process_time() - started < 0.75 * parsing
