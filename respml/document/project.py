"""The part of a Quarto project's configuration that the Pandoc engine follows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from respml.document.variables import read_yaml
from respml.errors import RenderError

Profile = Literal["screen", "print"]
MAIN = "report.qmd"


@dataclass(frozen=True)
class Project:
    """What one profile of a project says about its HTML."""

    folder: Path
    profile: Profile
    template: str
    contents_depth: int
    filters: tuple[str, ...]
    bibliography: str
    metadata_files: tuple[str, ...]
    on_paper: bool

    @property
    def output(self) -> Path:
        """The finished HTML of this profile."""
        return self.folder / f"report-{self.profile}.html"


def read_project(folder: Path, profile: Profile) -> Project:
    """Read ``_quarto.yml`` with the overlay of a profile.

    Raises
    ------
    RenderError: when a file that the configuration names is missing.
    """
    base = read_yaml(folder / "_quarto.yml")
    overlay = read_yaml(folder / f"_quarto-{profile}.yml")
    settings: dict[str, Any] = {**base, **overlay}
    html = {**_html(base), **_html(overlay)}
    project = Project(
        folder=folder,
        profile=profile,
        template=str(html.get("template", "")),
        contents_depth=int(html.get("toc-depth", 3)),
        filters=tuple(each["path"] if isinstance(each, dict) else str(each) for each in settings.get("filters", ())),
        bibliography=str(settings.get("bibliography", "")),
        metadata_files=tuple(settings.get("metadata-files", ())),
        on_paper=bool(settings.get("paper", False)),
    )
    needed = (MAIN, project.template, *project.filters, *project.metadata_files)
    for name in (*needed, *filter(None, [project.bibliography])):
        if not name or not (folder / name).is_file():
            raise RenderError(
                f"The project has no file '{name}'.", where="_quarto.yml", remedy="Assemble the document again."
            )
    return project


def _html(settings: dict[str, Any]) -> dict[str, Any]:
    html = settings.get("format", {}).get("html", {})
    return html if isinstance(html, dict) else {}
