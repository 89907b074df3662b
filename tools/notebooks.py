"""Edit the template's notebooks as plain text.

    .venv/bin/python tools/notebooks.py text comparison     write comparison.py (percent format) beside the notebook
    .venv/bin/python tools/notebooks.py store comparison    format it, store it as comparison.ipynb, remove the text
    .venv/bin/python tools/notebooks.py clean               strip outputs and editor metadata from every notebook

Notebooks are stored without outputs, with ids by position, so that a diff shows only what a person changed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat

FOLDER = Path(__file__).resolve().parents[1] / "report_templates" / "model_risk" / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def cleaned(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without outputs, execution counts and editor metadata."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number:02d}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Store a cleaned notebook."""
    path.write_text(nbformat.writes(cleaned(notebook), indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run one of the three commands."""
    match arguments:
        case ["text", name]:
            text = jupytext.writes(cleaned(jupytext.read(FOLDER / f"{name}.ipynb")), fmt="py:percent")
            (FOLDER / f"{name}.py").write_text(text, encoding="utf-8")
        case ["store", name]:
            source = FOLDER / f"{name}.py"
            command = [sys.executable, "-m", "ruff", "format", "-q", "--line-length", "120", str(source)]
            subprocess.run(command, check=True)
            write(jupytext.read(source, fmt="py:percent"), FOLDER / f"{name}.ipynb")
            source.unlink()
        case ["clean"]:
            for path in sorted(FOLDER.glob("*.ipynb")):
                write(jupytext.read(path), path)
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
