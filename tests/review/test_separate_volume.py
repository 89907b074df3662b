"""Discrimination testing under separate cover: a person's words go with it, and nothing stays behind."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
import yaml

from respml.cli import main
from respml.errors import InputError, RenderError
from respml.resources import template_folder
from tests.pipeline.notebook_files import write_notebook
from tests.review.small_project import Project

pytestmark = pytest.mark.slow

ANALYSIS = """
from respml.analysis import open_analysis
analysis = open_analysis("fairness", inputs, output)
share = float(analysis.outcome("test").mean())
analysis.metric("gap", share, interval=(share - 0.001, share + 0.001), format="ratio4", partition="test")
analysis.metric("unnamed.share", 0.5, interval=(0.4, 0.6), format="percent0")
analysis.metric("unnamed.groups", 3, format="integer")
analysis.metric("unnamed.rows", 3, format="integer")
analysis.statement("verdict", "The gap is {gap:interval}.")
analysis.close()
"""
CHAPTER = """# Discrimination testing {#sec-fairness}

::: {.content-visible when-meta="flags.analysis.fairness"}
{{< include /evidence/fairness/verdict.qmd >}}
:::

::: {.content-visible when-meta="flags.volume.separate"}
{{< include /narrative/fairness-volume.qmd >}}
:::

::: {.content-hidden when-meta="flags.volume.separate"}
{{< include /narrative/text-fairness.qmd >}}
:::
"""
PARAMETERS = 'inputs = "inputs"\noutput = "evidence"'
WORDS = "A secret thought about {{< var interval.fairness.gap >}}.\n"


@pytest.fixture(scope="module")
def bound(tmp_path_factory):
    """Version 1.0.0 with the chapter bound in, a passage about it accepted, and a register."""
    project = Project(tmp_path_factory.mktemp("volume") / "project")
    table = pd.read_csv(project.folder / "rows.csv")
    table["sex"] = ["a", "b"] * (len(table) // 2)
    table.to_csv(project.folder / "rows.csv", index=False)
    folder = project.folder / "report_templates" / "small"
    write_notebook(folder / "notebooks" / "fairness.ipynb", ANALYSIS, parameters=PARAMETERS)
    content = yaml.safe_load((folder / "template.yml").read_text())
    needs = ["portfolio", "candidates", "scores"]
    content["analyses"]["fairness"] = {"notebook": "notebooks/fairness.ipynb", "needs": needs}
    (folder / "template.yml").write_text(yaml.safe_dump(content))
    (folder / "chapters" / "fairness.qmd").write_text(CHAPTER)
    register = "{{< include /narrative/findings-register.qmd >}}"
    performance = folder / "chapters" / "performance.qmd"
    performance.write_text(f"{performance.read_text()}\n{register}\n")
    report = (folder / "report.qmd").read_text()
    (folder / "report.qmd").write_text("{{< include chapters/fairness.qmd >}}\n\n" + report)
    shutil.copyfile(template_folder("model_risk", folder) / "fairness-volume.qmd", folder / "fairness-volume.qmd")
    shutil.copytree(template_folder("model_risk", folder) / "jurisdictions", folder / "jurisdictions")
    project.spec["data"]["protected"] = ["sex"]
    project.spec["review"] = {"findings": True}
    project.spec["thresholds"] = {
        "auc_weak": {"value": 0.99, "owner": "V", "date": "2026-09-30", "reason": "So that there is a finding"}
    }
    project.write_passage("fairness", WORDS)
    project.build()
    assert main(["narrative", "accept", str(project.folder / "report.yml"), "--output", str(project.output)]) == 0
    project.build(strict=True)
    return project


@pytest.fixture
def project(bound, tmp_path):
    twin = bound.copy(tmp_path / "project")
    twin.spec = yaml.safe_load(yaml.safe_dump(bound.spec))
    return twin


def all_text(run):
    """Every text of a run but those of the volume: pages, project, evidence, findings, manifest's spec."""
    kept = [each for each in run.rglob("*") if each.is_file() and "fairness" not in each.relative_to(run).parts[0]]
    return "\n".join(each.read_text(encoding="utf-8", errors="ignore") for each in kept if each.suffix != ".parquet")


def separate(project, version="1.1.0"):
    project.spec["fairness"] = {"volume": "separate", "reason": "prepared for counsel"}
    project.spec["model"]["version"] = version


def test_the_passage_goes_with_the_volume_and_nothing_stays(project):
    assert "A secret thought" in (project.run("1.0.0") / "report.html").read_text()
    gap = yaml.safe_load((project.run("1.0.0") / "metrics.json").read_text())["fairness.gap"]["value"]
    separate(project)
    project.build(strict=True)
    run = project.run("1.1.0")
    volume = (run / "fairness.html").read_text()
    assert "A secret thought about" in volume and f"{gap:.4f}" in volume
    assert "Not accepted" not in volume and "Written about" not in volume, "it was accepted, and its numbers stand"
    report = (run / "report.html").read_text()
    assert "prepared for counsel" in report
    # the appendix compares with a version in which the chapter was bound, and must not print it again
    assert "What changed since" in report
    left = all_text(run)
    assert "secret thought" not in left and f"{gap:.4f}" not in left
    assert (project.folder / "narrative" / "fairness.md").read_text() == WORDS


def test_a_stale_passage_of_the_volume_is_marked_there_and_strict_fails(project, capsys):
    separate(project)
    notebook = project.folder / "report_templates" / "small" / "notebooks" / "fairness.ipynb"
    write_notebook(notebook, ANALYSIS.replace("mean())", "mean()) + 0.25"), parameters=PARAMETERS)
    with pytest.raises(RenderError, match="'fairness' was written about earlier numbers"):
        project.build(strict=True)
    project.build()
    run = project.run("1.1.0")
    assert "Written about earlier numbers" in (run / "fairness.html").read_text()
    assert "Written about earlier numbers" not in (run / "report.html").read_text()
    spec, output = str(project.folder / "report.yml"), ["--output", str(project.output)]
    assert main(["narrative", "list", spec, *output]) == 0
    assert "fairness         stale with 1.0.0; about 1 metrics" in capsys.readouterr().out
    assert main(["narrative", "accept", spec, *output]) == 0
    project.build(strict=True)
    assert "Written about earlier numbers" not in (run / "fairness.html").read_text()


@pytest.mark.parametrize(("name", "cited"), [("performance", "fairness.gap"), ("fairness", "performance.auc.mgbm")])
def test_no_passage_cites_a_result_of_another_volume(project, name, cited):
    separate(project)
    project.write_passage(name, f"Line.\n\nSee {{{{< var {cited} >}}}}.\n")
    with pytest.raises(InputError, match=rf"{name}\.md, line 3: The result '{cited}' is printed in another volume"):
        project.build()
