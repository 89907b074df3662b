"""A spec, its data and a template of one analysis, small enough to be built many times."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from respml.pipeline.build import BuildResult, build
from respml.resources import template_folder
from respml.spec import load_spec
from tests.candidates import data
from tests.pipeline.notebook_files import write_notebook

SPEC: dict[str, Any] = {
    "model": {
        "id": "small",
        "name": "Small <model>",
        "version": "1.0.0",
        "as_of": "2026-09-30",
        "owner": {"name": "Owner"},
        "developer": {"name": "Developer"},
        "validator": {"name": "Validator"},
        "intended_use": "Tests of rebuilding.",
        "population": "Nobody",
    },
    "data": {"source": "rows.csv", "target": "default"},
    "candidates": {
        "order": ["glm", "mgbm"],
        "boosting": {"search": {"configurations": 1, "max_rounds": 40, "early_stopping": 5}},
        "glm": {"mixing": [0.5], "path_length": 4},
    },
    "render": {"formats": ["html"], "engine": "pandoc"},
    "template": "small",
    "seed": 3,
}
ANALYSIS = """
from respml.analysis import open_analysis
from respml.measures.proper_scores import log_loss
from respml.measures.ranking import area_under_roc
analysis = open_analysis("performance", inputs, output)
for name in analysis.order:
    rows = analysis.outcome("test"), analysis.scores.probability(name, "test")
    analysis.estimate(f"auc.{name}", area_under_roc(*rows), format="ratio4", partition="test")
    analysis.estimate(f"log_loss.{name}", log_loss(*rows), format="ratio4", partition="test")
analysis.metric("cutoff", analysis.cutoffs[analysis.champion], format="ratio4")
analysis.statement("verdict", "The AUC is {auc.mgbm:interval}.")
analysis.close()
"""
CHAPTER = """# Performance {#sec-performance}

{{< include /evidence/performance/verdict.qmd >}}

{{< include /narrative/intended_use.qmd >}}

{{< include /narrative/findings.qmd >}}

{{< include /narrative/text-performance.qmd >}}
"""
REFERENCES = "# References {.unnumbered}\n\n::: {#refs}\n:::\n"


class Project:
    """The project in a folder; ``spec`` may be changed between builds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output"
        self.spec = yaml.safe_load(yaml.safe_dump(SPEC))
        folder.mkdir(parents=True)
        data.frame(900).to_csv(folder / "rows.csv", index=False)
        _write_template(folder / "report_templates" / "small")

    def copy(self, folder: Path) -> Project:
        """The project with all it has built, elsewhere; the store holds, since no key knows a folder."""
        shutil.copytree(self.folder, folder)
        twin = Project.__new__(Project)
        twin.folder, twin.output, twin.spec = folder, folder / "output", yaml.safe_load(yaml.safe_dump(self.spec))
        return twin

    def build(self, **keys: Any) -> BuildResult:
        """Write the spec and build it."""
        (self.folder / "report.yml").write_text(yaml.safe_dump(self.spec, sort_keys=False), encoding="utf-8")
        return build(load_spec(self.folder / "report.yml"), self.output, **keys)

    def ran(self, **keys: Any) -> set[str]:
        """Build, and the names of the stages that were computed for it."""
        return {name for name, stage in self.build(**keys).stages.items() if not stage.reused}

    def run(self, version: str) -> Path:
        """The folder of a version."""
        return self.output / "small" / version

    def write_passage(self, name: str, text: str) -> Path:
        """A person's passage."""
        path = self.folder / "narrative" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def _write_template(folder: Path) -> None:
    real = template_folder("model_risk", folder)
    folder.mkdir(parents=True)
    for name in ("_quarto.yml", "_quarto-print.yml", "references.bib"):
        shutil.copyfile(real / name, folder / name)
    for name in ("styles", "requirements"):
        shutil.copytree(real / name, folder / name)
    (folder / "chapters").mkdir()
    (folder / "notebooks").mkdir()
    (folder / "chapters" / "performance.qmd").write_text(CHAPTER)
    (folder / "chapters" / "references.qmd").write_text(REFERENCES)
    shutil.copyfile(real / "chapters" / "changes.qmd", folder / "chapters" / "changes.qmd")
    chapters = ("performance", "changes", "references")
    (folder / "report.qmd").write_text("\n".join(f"{{{{< include chapters/{each}.qmd >}}}}\n" for each in chapters))
    analyses = {
        "performance": {"notebook": "notebooks/performance.ipynb", "needs": ["portfolio", "candidates", "scores"]}
    }
    (folder / "template.yml").write_text(yaml.safe_dump({"title": "Small", "analyses": analyses}))
    write_notebook(
        folder / "notebooks" / "performance.ipynb", ANALYSIS, parameters='inputs = "inputs"\noutput = "evidence"'
    )
