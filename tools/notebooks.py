"""Edit the template's notebooks as plain text.

    .venv/bin/python tools/notebooks.py text comparison     write comparison.py (percent format) beside the notebook
    .venv/bin/python tools/notebooks.py store comparison    format it, store it as comparison.ipynb, remove the text
    .venv/bin/python tools/notebooks.py clean               strip outputs and editor metadata from every notebook

A last word names the folder of another template than report_templates/model_risk.

Notebooks are stored without outputs, with ids by position, so that a diff shows only what a person changed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat

TEMPLATE = Path(__file__).resolve().parents[1] / "report_templates" / "model_risk"
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


def to_text(folder: Path, name: str) -> None:
    """Write the notebook as percent text beside it."""
    source = existing(folder / f"{name}.ipynb")
    text = jupytext.writes(cleaned(jupytext.read(source)), fmt="py:percent")
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


def to_notebook(folder: Path, name: str) -> None:
    """Format the percent text, store it as a notebook, remove it."""
    source = existing(folder / f"{name}.py")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", "--line-length", "120", str(source)], check=True)
    write(jupytext.read(source, fmt="py:percent"), folder / f"{name}.ipynb")
    source.unlink()


def existing(path: Path) -> Path:
    """The path of a file that is there; ends with one line where it is not."""
    if not path.is_file():
        raise SystemExit(f"notebooks.py: there is no {path}; name the notebook, then the folder of its template.")
    return path


def main(arguments: list[str]) -> int:
    """Run one of the three commands."""
    match arguments:
        case ["text" | "store" as command, name, *rest] if len(rest) < 2:
            folder = Path(rest[0] if rest else TEMPLATE) / "notebooks"
            (to_text if command == "text" else to_notebook)(folder, name)
        case ["clean", *rest] if len(rest) < 2:
            for path in sorted((Path(rest[0] if rest else TEMPLATE) / "notebooks").glob("*.ipynb")):
                write(jupytext.read(path), path)
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
