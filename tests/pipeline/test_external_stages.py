"""A model made elsewhere enters the stages by its content: what changes it, and nothing else, is told apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from respml.errors import InputError
from respml.pipeline.stage import Stage
from respml.pipeline.stages import KernelSource, analysis_stages, input_digests
from respml.pipeline.template import read_template
from respml.resources import data_folder, template_folder
from respml.spec import LoadedSpec, load_spec

EXTERNAL = """
candidates:
  external:
    vendor: {label: Vendor, adapter: python, function: "card:score", allow_code: true, options: {files: [table.csv]}}
  order: [glm, vendor]
  champion: vendor
"""


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedSpec:
    text = (data_folder() / "demo" / "report.yml").read_text(encoding="utf-8")
    before, _, after = text.partition("\ncandidates:")
    text = before + EXTERNAL + after[after.index("\ndecision:") :]
    for name in ("portfolio.parquet", "dictionary.yml", "reasons.yml"):
        text = text.replace(f" {name}\n", f" {data_folder() / 'demo' / name}\n")
    (tmp_path / "report.yml").write_text(text, encoding="utf-8")
    (tmp_path / "card.py").write_text("def score(rows): return [0.5] * len(rows)\n")
    (tmp_path / "table.csv").write_text("a\n")
    return load_spec(tmp_path / "report.yml")


def stage(loaded: LoadedSpec, name: str) -> Stage:
    template = read_template(template_folder(loaded.spec.template, loaded.folder))
    return next(each for each in analysis_stages(loaded, template, KernelSource()) if each.name == name)


def key(loaded: LoadedSpec) -> str:
    return stage(loaded, "candidates").key_parts({"portfolio": "x"}).key()


def test_its_files_are_part_of_the_key_and_of_the_record(loaded: LoadedSpec) -> None:
    first = key(loaded)
    assert key(loaded) == first
    names = [name for name, _ in input_digests(loaded)]
    assert names[-2:] == ["card.py", "table.csv"]
    (loaded.folder / "table.csv").write_text("b\n")
    second = key(loaded)
    (loaded.folder / "card.py").write_text("def score(rows): return [0.4] * len(rows)\n")
    assert len({first, second, key(loaded)}) == 3


def test_consent_to_pickles_is_part_of_the_key(loaded: LoadedSpec) -> None:
    assert key(loaded) != key(replace(loaded, trust_pickle=True))


def test_stages_that_read_it_depend_on_the_adapters_code(loaded: LoadedSpec) -> None:
    for name in ("candidates", "scores", "seeds", "performance"):
        chosen = stage(loaded, name)
        assert "respml/adapters/stored.py" in chosen.key_parts(dict.fromkeys(chosen.inputs, "x")).code


def test_a_report_without_any_does_not(loaded: LoadedSpec) -> None:
    demo = load_spec(data_folder() / "demo")
    for name in ("candidates", "scores", "performance"):
        chosen = stage(demo, name)
        code = chosen.key_parts(dict.fromkeys(chosen.inputs, "x")).code
        assert not [each for each in code if each.startswith("respml/adapters/")]
    assert "external" not in stage(demo, "candidates").parameters


def test_a_missing_model_is_named_before_anything_runs(loaded: LoadedSpec) -> None:
    (loaded.folder / "table.csv").unlink()
    with pytest.raises(InputError, match=r"'table\.csv' cannot be read") as caught:
        stage(loaded, "candidates")
    assert caught.value.where == "key 'candidates.external.vendor'"
