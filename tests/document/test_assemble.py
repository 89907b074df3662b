"""The assembled folder is a whole Quarto project."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from demo import FONTS, write_evidence, write_project, write_template

from respml.document.assemble import assemble
from respml.document.engines import render_html
from respml.document.fragments import prose
from respml.document.variables import dump_yaml, lookup
from respml.errors import RenderError
from respml.evidence import Evidence, EvidenceWriter, read_evidence


def test_variables_are_nested_marked_and_have_an_interval_twin(demo: Path) -> None:
    variables = yaml.safe_load((demo / "_variables.yml").read_text())
    assert lookup(variables, "comparison.auc.mgbm") == '[0\\.778]{.metric data-id="comparison.auc.mgbm"}'
    assert "0\\.766\u00a0to\u00a00\\.790" in str(lookup(variables, "interval.comparison.auc.mgbm"))
    assert lookup(variables, "model.name") == "Card default \\<PD\\>"


def test_flags_say_which_analyses_left_evidence(demo: Path) -> None:
    flags = yaml.safe_load((demo / "_flags.yml").read_text())["flags"]
    assert flags == {
        "air_breach": False,
        "analysis": {"comparison": True, "fairness": False},
        "ended": {"comparison": False, "fairness": False},
    }


def test_fragments_hold_statement_figure_and_alternative_text(demo: Path) -> None:
    fragment = (demo / "evidence" / "comparison" / "roc0.qmd").read_text()
    assert fragment.startswith("::: {.statement}\nThe monotone GBM lies above the GLM everywhere\\;")
    assert "{{< var comparison.auc.mgbm >}}" in fragment
    assert '](/evidence/comparison/roc0.svg){#fig-comparison-roc0 fig-alt="Curves of four' in fragment


def test_words_and_numbers_stay_apart() -> None:
    assert prose("`PAY_0` gains {a.b} on {c:interval}.") == (
        "PAY\\_0 gains {{< var a.b >}} on {{< var interval.c >}}\\."
    )


def test_keys_and_values_that_yaml_would_read_as_something_else_stay_text() -> None:
    tree = {"no": "yes", "1": {"null": "1e5"}}
    assert yaml.safe_load(dump_yaml(tree)) == tree


def test_what_an_absent_analysis_would_have_said_is_empty(tmp_path: Path) -> None:
    template = write_template(tmp_path / "template", 1, 1)
    (template / "chapters" / "end.qmd").write_text(
        "Ratio {{< var fairness.air >}}.\n\n{{< include /evidence/fairness/groups.qmd >}}\n"
    )
    evidence = write_evidence(tmp_path / "evidence", 1, 3)
    narrative = {"identity": "x", "findings-short": "y"}
    project = assemble(template, evidence, {"document": {"title": "T"}}, {}, narrative, tmp_path / "out",
                       analyses=("comparison", "fairness"), font_cache=FONTS)  # fmt: skip
    (project / "report.qmd").write_text("{{< include chapters/end.qmd >}}\n")
    assert "Ratio n/a." in render_html(project, "screen", "pandoc").read_text()


def test_an_analysis_that_ended_with_a_reason_prints_the_reason_and_nothing_else(tmp_path: Path) -> None:
    template = write_template(tmp_path / "template", 1, 1)
    (template / "chapters" / "end.qmd").write_text(
        "Ratio {{< var fairness.air >}}.\n\n{{< include /evidence/fairness/groups.qmd >}}\n\n"
        "{{< include /evidence/fairness/nothing_to_say.qmd >}}\n\n"
        "{{< include /evidence/comparison/nothing_to_say.qmd >}}\n"
    )
    write_evidence(tmp_path / "evidence", 1, 3)
    writer = EvidenceWriter("fairness", tmp_path / "fairness", "notebooks/fairness.ipynb")
    writer.statement("nothing_to_say", "Nobody is declined.")
    writer.close()
    both = read_evidence([tmp_path / "evidence" / "comparison", tmp_path / "fairness"])
    project = assemble(template, both, {"document": {"title": "T"}}, {}, {"identity": "x", "findings-short": "y"},
                       tmp_path / "out", analyses=("comparison", "fairness"), font_cache=FONTS)  # fmt: skip
    flags = yaml.safe_load((project / "_flags.yml").read_text())["flags"]
    assert flags["analysis"] == {"comparison": True, "fairness": False}
    assert flags["ended"] == {"comparison": False, "fairness": True}
    (project / "report.qmd").write_text("{{< include chapters/end.qmd >}}\n")
    html = render_html(project, "screen", "pandoc").read_text()
    assert "Ratio n/a." in html and "Nobody is declined." in html


def test_a_variable_of_the_spec_cannot_hide_an_analysis(tmp_path: Path) -> None:
    template = write_template(tmp_path / "template", 1, 1)
    evidence = write_evidence(tmp_path / "evidence", 1, 3)
    with pytest.raises(RenderError, match="both the spec's and an analysis's"):
        assemble(template, evidence, {"comparison": {"x": "1"}}, {}, {}, tmp_path / "out")


def test_a_folder_in_use_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.txt").write_text("x")
    with pytest.raises(RenderError, match="in use"):
        assemble(tmp_path, Evidence({}, {}, {}, {}), {}, {}, {}, tmp_path / "out")


def test_assembling_twice_gives_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    again = write_project(tmp_path, chapters=2, sections=2, rows=5)
    # what other tests rendered in the shared project is not part of assembling
    names = {each.relative_to(again) for each in again.rglob("*") if each.is_file()}
    assert len(names) > 30
    for name in sorted(names):
        assert (again / name).read_bytes() == (demo / name).read_bytes(), name
