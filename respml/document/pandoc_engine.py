"""The Pandoc engine: the template's subset of Quarto, rendered by Pandoc alone."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pypandoc

from respml.document.includes import IMAGE, Line, merged_lines, require_images, require_resolved
from respml.document.markdown import escape
from respml.document.project import MAIN, Project
from respml.document.variables import placed, read_yaml
from respml.errors import RenderError

DATA_FILES = ("filters/*.lua",)
FILTERS = Path(__file__).parent / "filters"
_HEAP = "-M1G"


def pandoc_path() -> str:
    """The Pandoc that came with the package, or the one on PATH.

    Raises
    ------
    RenderError: when there is none.
    """
    try:
        return str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise RenderError("Pandoc is missing.", remedy="Install the package pypandoc_binary.") from error


def pandoc_version() -> str:
    """Version of Pandoc, for the colophon."""
    pandoc_path()
    return str(pypandoc.get_pandoc_version())


def render(project: Project) -> str:
    """The document as HTML, before :mod:`respml.document.finish` has made it one file.

    Raises
    ------
    RenderError: for a missing include, variable, image, citation or reference target, naming file and line.
    """
    options = [
        "--to=html5", "--standalone", f"--template={project.template}", "--section-divs", "--toc",
        f"--toc-depth={project.contents_depth}",
    ]  # fmt: skip
    return _run(project, options, read_yaml(project.folder / "_variables.yml")).decode()


def render_word(project: Project, reference: Path) -> bytes:
    """The document as Word's zip, before :mod:`respml.document.word` has finished it; raises as :func:`render`.

    Parameters
    ----------
    project: with the profile ``print``.
    reference: the document whose styles, page, header and footer are taken over.
    """
    variables = {**read_yaml(project.folder / "_variables.yml"), "engine": escape(f"pandoc {pandoc_version()}")}
    options = ["--to=docx", "--output=-", f"--reference-doc={reference}", f"--lua-filter={FILTERS / 'word.lua'}"]
    return _run(project, options, variables)


def _run(project: Project, options: list[str], variables: dict[str, Any]) -> bytes:
    lines = merged_lines(project.folder, MAIN)
    source = placed(lines, variables)
    require_images(project.folder, lines)
    # an image path that starts at the project root, as Quarto resolves it
    source = IMAGE.sub(lambda match: match[0].replace(f"]({match[1]})", f"]({match[1].lstrip('/')})"), source)
    result = subprocess.run(
        [*_common(project), *options], input=source.encode(), capture_output=True, cwd=project.folder, check=False
    )
    _require_clean(result, lines)
    return result.stdout


def _common(project: Project) -> list[str]:
    options = [
        pandoc_path(), "+RTS", _HEAP, "-RTS", "--from=markdown", "--sandbox", "--wrap=none",
        "--syntax-highlighting=none",
    ]  # fmt: skip
    options += [f"--metadata-file={each}" for each in project.metadata_files]
    options += [f"--lua-filter={each}" for each in project.filters]
    options += [f"--lua-filter={FILTERS / 'crossref.lua'}"]
    if project.on_paper:
        options += ["--metadata=paper:true"]
    if project.bibliography:
        options += ["--citeproc", f"--bibliography={project.bibliography}", "--metadata=link-citations:true"]
    return options


def _require_clean(result: subprocess.CompletedProcess[bytes], lines: list[Line]) -> None:
    """Every message of Pandoc is an error: it exits 0 with broken references in the document."""
    messages = [each.strip() for each in result.stderr.decode(errors="replace").splitlines() if each.strip()]
    require_resolved(messages, lines)
    if messages or result.returncode != 0:
        said = " ".join(messages) or f"exit code {result.returncode}"
        raise RenderError(f"Pandoc could not render the document: {said[:600]}", where=MAIN)
