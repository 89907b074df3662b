"""Choosing between the engines and finishing what they return."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from respml.document import pandoc_engine, quarto_engine
from respml.document.finish import finish
from respml.document.project import Profile, read_project
from respml.errors import RenderError

Engine = Literal["auto", "pandoc", "quarto"]


def chosen_engine(engine: Engine = "auto") -> Literal["pandoc", "quarto"]:
    """The engine that will run: Quarto where its command is found, else Pandoc.

    Raises
    ------
    RenderError: when Quarto is asked for and missing, or the name is unknown.
    """
    if engine not in ("auto", "pandoc", "quarto"):
        raise RenderError(f"There is no engine '{engine}'.", remedy="Use auto, pandoc or quarto.")
    found = quarto_engine.quarto_path()
    if engine == "quarto" and found is None:
        raise RenderError("Quarto is not on PATH.", remedy="Install Quarto, or use the engine pandoc.")
    return "pandoc" if engine == "pandoc" or found is None else "quarto"


def engine_version(engine: Engine = "auto") -> str:
    """Name and version of the engine that will run, as printed in the colophon."""
    if chosen_engine(engine) == "quarto":
        return f"Quarto {quarto_engine.quarto_version()}"
    return f"Pandoc {pandoc_engine.pandoc_version()}"


def engine_identity(engine: Engine = "auto") -> tuple[Literal["pandoc", "quarto"], str]:
    """The engine that will run and its version."""
    name = chosen_engine(engine)
    return name, quarto_engine.quarto_version() if name == "quarto" else pandoc_engine.pandoc_version()


def render_html(project_folder: Path, profile: Profile = "screen", engine: Engine = "auto") -> Path:
    """Render an assembled project and return its finished HTML.

    Parameters
    ----------
    project_folder: what :func:`respml.document.assemble.assemble` made.
    profile: ``screen``: one self-contained file; ``print``: what :func:`respml.document.pdf.write_pdf` reads.
    engine: ``quarto``, ``pandoc``, or ``auto``: Quarto where its command is found.

    Raises
    ------
    RenderError: naming file and line, for anything missing or unresolved.
    """
    project = read_project(project_folder, profile)
    engine_module = quarto_engine if chosen_engine(engine) == "quarto" else pandoc_engine
    html = finish(engine_module.render(project), project)
    project.output.write_text(html, encoding="utf-8", newline="\n")
    return project.output
