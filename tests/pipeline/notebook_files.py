"""Notebooks made for one test."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def write_notebook(path: Path, *cells: str, parameters: str = "number = 1") -> Path:
    """A notebook: a title, the parameters cell, then the cells given (a cell that starts with # is still code)."""
    first = new_code_cell(parameters, metadata={"tags": ["parameters"]}, id="parameters")
    rest = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(cells)]
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Title", id="title"), first, *rest]), path)
    return path


def printed(path: Path) -> str:
    """All that the executed notebook's cells wrote to standard output."""
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
