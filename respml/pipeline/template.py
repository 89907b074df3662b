"""The template: which analyses a report has, which notebook each runs, and what each reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from respml.errors import InputError
from respml.spec.depth import Depth
from respml.spec.loading import nearest
from respml.spec.report import ReportSpec

SHARED = ("portfolio", "candidates", "scores", "implementation")


@dataclass(frozen=True)
class ExperimentEntry:
    """Extra fits that analyses read.

    ``function`` is ``module:name``, called with inputs, output folder and seed; where ``settings`` names a section of
    the spec, that section follows as a mapping of JSON values; where it lists several, a mapping of section to values.
    """

    name: str
    function: str
    needs: tuple[str, ...]
    settings: str | tuple[str, ...] | None = None


@dataclass(frozen=True)
class AnalysisEntry:
    """One notebook and the stages it reads; ``settings`` names a section of the spec that only some analyses see."""

    name: str
    notebook: Path
    needs: tuple[str, ...]
    settings: str | None = None


@dataclass(frozen=True)
class Template:
    """A folder with ``template.yml``, ``report.qmd``, chapters, notebooks and styles."""

    folder: Path
    title: str
    experiments: tuple[ExperimentEntry, ...]
    analyses: tuple[AnalysisEntry, ...]

    def active(self, spec: ReportSpec) -> tuple[AnalysisEntry, ...]:
        """The analyses that the spec does not switch off, by name or by another of its sections.

        Raises
        ------
        InputError: when the spec names an analysis the template does not have.
        """
        names = [each.name for each in self.analyses]
        tier = spec.model.materiality.tier
        own = spec.depth.get(tier, Depth())
        of_the_tier = {*own.leave_out, *own.parameters}
        for name in spec.analyses:
            if name not in names:
                raise InputError(
                    f"The template has no analysis '{name}'.",
                    where=f"key 'depth.{tier}'" if name in of_the_tier else f"key 'analyses.{name}'",
                    remedy=nearest(name, names),
                )
        switches = spec.switches
        return tuple(each for each in self.analyses if each.name not in switches or switches[each.name].run)

    def digest(self) -> str:
        """Digest of everything but the notebooks: what the document is assembled from."""
        total = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            relative = path.relative_to(self.folder)
            if path.is_file() and relative.parts[0] != "notebooks" and not relative.name.startswith("."):
                total.update(relative.as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()


def _names(entry: Any, key: str, where: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InputError(f"'{key}' is not a list of names.", where=where, remedy="Correct template.yml.")
    return tuple(value)


def _settings(entry: Any) -> str | tuple[str, ...] | None:
    value = entry.get("settings")
    return tuple(str(each) for each in value) if isinstance(value, list) else value


def read_template(folder: Path) -> Template:
    """Read a template folder.

    Raises
    ------
    InputError: when the folder or a notebook is missing, or an analysis needs what nothing provides.
    """
    path = folder / "template.yml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("There is no such template.", where=str(folder), remedy="Check the key 'template'.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError("The file is not valid YAML.", where=str(path), remedy="Correct the syntax.") from error
    experiments = tuple(
        ExperimentEntry(
            name, str(entry["function"]), _names(entry, "needs", f"{path}, experiment {name}"), _settings(entry)
        )
        for name, entry in content.get("experiments", {}).items()
    )
    analyses = tuple(
        AnalysisEntry(
            name,
            folder / str(entry["notebook"]),
            _names(entry, "needs", f"{path}, analysis {name}"),
            entry.get("settings"),
        )
        for name, entry in content["analyses"].items()
    )
    known = {*SHARED, *(each.name for each in experiments)}
    entries: tuple[ExperimentEntry | AnalysisEntry, ...] = (*experiments, *analyses)
    for each in entries:
        for need in each.needs:
            if need not in known:
                raise InputError(
                    f"'{each.name}' needs '{need}', which nothing provides.", where=str(path), remedy="Fix it."
                )
    for analysis in analyses:
        if not analysis.notebook.is_file():
            raise InputError("The notebook is missing.", where=str(analysis.notebook), remedy="Restore the template.")
    return Template(folder=folder, title=str(content["title"]), experiments=experiments, analyses=analyses)
