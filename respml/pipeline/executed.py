"""An executed notebook as it is kept: nothing in it that differs between two executions or two machines."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import respml

if TYPE_CHECKING:
    from nbformat import NotebookNode

_GIVEN = "injected-parameters"
_FAILURE_MARK = "papermill-error-cell-tag"
_CELL_FILE = re.compile(r"[^\s'\"<>]*ipykernel_\d+[/\\]\d+\.py")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")


def is_added(cell: NotebookNode) -> bool:
    """Whether papermill put the cell there: the parameters given, and the marks of a failure."""
    return _has_tag(cell, _GIVEN) or _has_tag(cell, _FAILURE_MARK)


def cleaned(notebook: NotebookNode, source_digest: str, working_folder: Path) -> str:
    """The notebook's text without times, process numbers, memory addresses and paths of this machine.

    Parameters
    ----------
    notebook: as papermill left it; changed in place.
    source_digest: what goes into the metadata as ``respml.source_sha256``.
    working_folder: the kernel's folder, which outputs may mention.
    """
    import nbformat

    places = _places(working_folder)
    notebook.cells = [cell for cell in notebook.cells if not _has_tag(cell, _FAILURE_MARK)]
    for cell in notebook.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if _has_tag(cell, _GIVEN):
            cell.id = _GIVEN  # nbformat would draw a random one
        for output in cell.get("outputs", ()):
            _clean_output(output, places)
    for name in ("papermill", "widgets"):
        notebook.metadata.pop(name, None)
    notebook.metadata["respml"] = {"source_sha256": source_digest}
    text: str = nbformat.writes(notebook, version=4)  # type: ignore[no-untyped-call]
    return text + "\n"


def _has_tag(cell: NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def _places(working_folder: Path) -> list[tuple[str, str]]:
    """Folders that texts may mention, with what to write instead; the longest first, for they nest."""
    places = {
        str(Path(respml.__file__).parent): "respml",
        str(Path(sys.prefix)): "<python>",
        str(Path(sys.base_prefix)): "<python>",
        str(Path.home()): "~",
        str(working_folder.absolute()): ".",
        str(working_folder.resolve()): ".",
    }
    return sorted(((path, name) for path, name in places.items() if len(path) > 1), key=lambda pair: -len(pair[0]))


def _clean_output(output: Any, places: list[tuple[str, str]]) -> None:
    if output.output_type == "stream":
        output.text = _clean_text(output.text, places)
    elif output.output_type == "error":
        output.evalue = _clean_text(output.evalue, places)
        output.traceback = [_clean_text(line, places) for line in output.traceback]
    else:
        for kind, content in output.data.items():
            if kind.startswith("text/") and isinstance(content, str):
                output.data[kind] = _clean_text(content, places)


def _clean_text(text: str, places: list[tuple[str, str]]) -> str:
    for path, name in places:
        text = text.replace(path, name)
    return _ADDRESS.sub("0x…", _CELL_FILE.sub("<cell>", text))
