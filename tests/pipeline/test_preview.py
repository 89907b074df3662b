"""``respml check``: says what a build would do, and does nothing."""

import sys

import numpy as np
import pandas as pd
import pytest

from respml.cli import main
from respml.errors import InputError, RenderError
from respml.pipeline.build import STORE, build
from respml.pipeline.preview import preview
from respml.pipeline.seeds import seed_for
from respml.pipeline.stages import KernelSource, portfolio_stage
from respml.pipeline.store import Store
from respml.portfolio.build import build_portfolio
from respml.spec import load_spec

SPEC = """\
model:
  id: small
  name: Small model
  version: 1.0.0
  as_of: 2026-01-31
  owner: {name: Owner}
  developer: {name: Developer}
  validator: {name: Validator}
  intended_use: Tests.
  population: Invented.
data:
  source: rows.parquet
  target: default
  identifier: id
candidates:
  order: [glm, mgbm]
  boosting: {search: {configurations: 1, max_rounds: 20}}
  glm: {mixing: [0.5], path_length: 3}
"""
OFF = "analyses:\n" + "".join(
    f"  {name}: {{run: false, reason: Not needed here}}\n"
    for name in ("data", "methodology", "performance", "comparison")
)


@pytest.fixture
def folder(tmp_path):
    """A spec beside 600 rows, of which every 4th defaults."""
    rows = np.arange(600)
    generator = np.random.default_rng(1)
    default = (rows % 4 == 0).astype(int)
    frame = pd.DataFrame(
        {
            "id": rows,
            "delay": default + generator.normal(size=600),
            "amount": generator.normal(size=600),
            "default": default,
        }
    )
    frame.to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "report.yml").write_text(SPEC)
    return tmp_path


def said(folder, output=None):
    """All lines of a preview."""
    return list(preview(load_spec(folder), output or folder / "output"))


def stages(lines, verb):
    """The stages that lines say are run, or reused."""
    return [line.split()[1] for line in lines if line.split()[0] == verb]


def test_a_first_build_would_run_every_stage(folder):
    lines = said(folder)
    assert stages(lines, "reuse") == []
    assert stages(lines, "run")[:3] == ["portfolio", "candidates", "scores"]
    assert stages(lines, "run")[-4:] == ["document", "screen", "paper", "scan"]
    assert "first build" in next(line for line in lines if line.startswith("run") and "portfolio" in line)
    assert lines[-1].endswith("output/small/1.0.0 (html, pdf)")
    total = len(stages(lines, "run"))
    assert f"run {total} of {total} stages and write" in lines[-1]


def test_nothing_is_written(folder):
    before = sorted(folder.rglob("*"))
    said(folder)
    assert sorted(folder.rglob("*")) == before


def test_partitions_with_their_counts(folder):
    """600 rows, 150 of them defaults, divided 60 : 20 : 20 within each class."""
    text = "\n".join(said(folder))
    for partition, rows, defaults in (("train", 360, 90), ("valid", 120, 30), ("test", 120, 30)):
        assert f"{partition:<12} {rows:>9} rows {defaults:>8} defaults  25.0 %" in text
    assert "rows.parquet: 600 rows, 4 columns" in text
    assert "target default, 2 inputs" in text


def test_candidates_formats_and_environment_are_named(folder):
    (folder / "report.yml").write_text(SPEC + "render: {formats: [html]}\n")
    lines = said(folder)
    assert any("glm, mgbm; champion mgbm, benchmark glm" in line for line in lines)
    assert any(line.startswith("environment") and "7 fonts" in line for line in lines)
    assert not any("weasyprint" in line for line in lines)
    assert "paper" not in stages(lines, "run")
    assert lines[-1].endswith("(html)")


def test_a_stored_portfolio_is_reused_and_what_reads_it_gets_a_key(folder):
    loaded = load_spec(folder)
    store = Store(folder / "output" / STORE)
    parts = portfolio_stage(loaded, KernelSource()).key_parts({})
    with store.publish(parts.key(), {"stage": "portfolio"}) as place:
        spec = loaded.spec
        build_portfolio(spec.data, spec.partitions, seed_for(spec.seed, "portfolio"), folder).write(place)
    store.record("small-1.0.0", parts)
    lines = said(folder)
    assert stages(lines, "reuse") == ["portfolio"]
    assert "unchanged" in next(line for line in lines if line.startswith("reuse"))
    reasons = {line.split()[1]: line for line in lines if line.startswith("run")}
    assert "first build" in reasons["candidates"]
    assert "reads candidates" in reasons["scores"]
    # another seed makes another portfolio, and the preview says why
    (folder / "report.yml").write_text(SPEC + "seed: 7\n")
    changed = said(folder)
    assert stages(changed, "reuse") == []
    assert "seed changed" in next(line for line in changed if line.startswith("run") and "portfolio" in line)


def test_an_analysis_switched_off_is_named_with_its_reason_and_not_run(folder):
    (folder / "report.yml").write_text(SPEC + "analyses: {comparison: {run: false, reason: One candidate only}}\n")
    lines = said(folder)
    assert any("comparison is switched off: One candidate only" in line for line in lines)
    assert not {"comparison", "decomposition"} & set(stages(lines, "run"))


@pytest.mark.parametrize(
    ("sections", "what", "where"),
    [
        ("mute: {RML-Z99: why}\n", "no check 'RML-Z99'", "mute.RML-Z99"),
        ("thresholds: {auc_week: {value: 1, owner: a, date: 2026-01-01, reason: b}}\n", "no threshold", "thresholds"),
        ("analyses: {perfomance: {run: true}}\n", "no analysis 'perfomance'", "analyses.perfomance"),
        ("analyses: {data: {parameters: {bin: 3}}}\n", "no parameter bin", "data.ipynb"),
        ("template: modle_risk\n", "no template 'modle_risk'", "template"),
    ],
)
def test_what_the_spec_names_must_exist(folder, sections, what, where):
    (folder / "report.yml").write_text(SPEC + sections)
    with pytest.raises(InputError, match=what) as caught:
        said(folder)
    assert where in caught.value.where
    assert caught.value.remedy


def test_data_that_do_not_fit_the_spec_are_told(folder):
    (folder / "report.yml").write_text(SPEC.replace("target: default", "target: defalt"))
    with pytest.raises(InputError, match="no column 'defalt'") as caught:
        said(folder)
    assert "Did you mean 'default'?" in caught.value.remedy


def test_missing_data_are_told(folder):
    (folder / "rows.parquet").unlink()
    with pytest.raises(InputError, match="does not exist"):
        said(folder)


def test_what_was_checked_is_said_before_the_error(folder):
    (folder / "report.yml").write_text(SPEC.replace("target: default", "target: absent"))
    lines = []
    with pytest.raises(InputError):
        lines.extend(iter_into(lines, preview(load_spec(folder), folder / "output")))
    assert [line.split()[0] for line in lines] == ["spec", "template", "environment"]


def iter_into(lines, source):
    """Append as lines come, so that those before an error are kept."""
    for line in source:
        lines.append(line)
    return []


def test_an_engine_that_is_missing_is_told(folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    (folder / "report.yml").write_text(SPEC + "render: {engine: quarto}\n")
    with pytest.raises(RenderError, match="Quarto"):
        said(folder)


def test_missing_system_libraries_are_an_input_error(folder, monkeypatch):
    class Refusing:
        def find_spec(self, name, path=None, target=None):
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])
    with pytest.raises(InputError, match="Pango") as caught:
        said(folder)
    assert "build.py" in caught.value.remedy


def test_an_output_that_is_a_file_is_refused(folder):
    (folder / "output").write_text("x")
    with pytest.raises(InputError, match="output folder"):
        said(folder)


def test_text_of_the_spec_cannot_break_a_line(folder):
    for line in said(folder):
        assert line.isprintable()


def test_the_verb_prints_the_lines(folder, capsys):
    assert main(["check", str(folder), "--output", str(folder / "output")]) == 0
    assert capsys.readouterr().out.splitlines() == said(folder)


@pytest.mark.slow
def test_after_a_build_everything_would_be_reused(folder):
    """Held against the build itself: the same stages under the same keys."""
    (folder / "report.yml").write_text(SPEC + OFF + "render: {formats: [html], engine: pandoc}\n")
    result = build(load_spec(folder), folder / "output")
    lines = said(folder)
    assert stages(lines, "run") == []
    assert set(stages(lines, "reuse")) == set(result.stages)
    assert "run 0 of" in lines[-1]


@pytest.mark.parametrize(
    ("section", "key"),
    [("mgbm: {constraints: {shoe: 1}}", "mgbm.constraints"), ("boosting: {selection: [shoe]}", "boosting.selection")],
)
def test_an_input_that_the_candidates_name_and_the_data_lack_is_told_by_check(folder, section, key):
    text = SPEC.replace("  boosting: {search: {configurations: 1, max_rounds: 20}}\n", f"  {section}\n")
    (folder / "report.yml").write_text(text)
    with pytest.raises(InputError, match=f"key 'candidates.{key}'.*'shoe'.* is no input"):
        said(folder)


def test_jurisdictions_without_a_profile_are_named(folder):
    assert not any("no profile" in line for line in said(folder))
    text = SPEC.replace("data:\n", "  jurisdictions: [us-federal, atlantis]\ndata:\n")
    (folder / "report.yml").write_text(text)
    assert any(
        "no profile of requirements is held for atlantis; held are canada, eu, " in line for line in said(folder)
    )
