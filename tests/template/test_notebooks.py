"""Notebooks read like short papers: no outputs, no functions, declared inputs, evidence closed at the end."""

from __future__ import annotations

import ast
import importlib
from collections import Counter

import pytest

from respml.checks import all_checks
from respml.pipeline.notebooks import declared_parameters
from tests.template.reading import (
    FIXED,
    FOLDER,
    RECORDING,
    calls,
    code,
    code_cells,
    is_produced,
    notebook,
    source,
    template,
)

ANALYSES = template().analyses
EVERY = pytest.mark.parametrize("entry", ANALYSES, ids=lambda entry: entry.name)


def test_every_notebook_belongs_to_an_analysis():
    assert {entry.notebook for entry in ANALYSES} == set((FOLDER / "notebooks").glob("*.ipynb"))


@EVERY
def test_nothing_executed_is_stored(entry):
    content = notebook(entry.notebook)
    for cell in code_cells(entry.notebook):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert "papermill" not in cell["metadata"]
    assert not {"papermill", "widgets", "signature"} & set(content["metadata"])
    assert content["metadata"]["kernelspec"]["name"] == "python3"


@EVERY
def test_cells_have_stable_ids(entry):
    content = notebook(entry.notebook)
    assert (content["nbformat"], content["nbformat_minor"]) >= (4, 5)
    ids = [cell["id"] for cell in content["cells"]]
    assert len(ids) == len(set(ids))


@EVERY
def test_the_first_code_cell_holds_the_parameters(entry):
    tagged = [cell for cell in code_cells(entry.notebook) if "parameters" in cell["metadata"].get("tags", [])]
    assert tagged == code_cells(entry.notebook)[:1]
    assert set(declared_parameters(entry.notebook)) >= {"inputs", "output"}


@EVERY
def test_it_opens_with_purpose_method_and_limits(entry):
    first = notebook(entry.notebook)["cells"][0]
    assert first["cell_type"] == "markdown"
    for word in ("# ", "**Purpose.**", "**Method.**", "**Limits.**"):
        assert word in source(first)


@EVERY
def test_it_defines_nothing(entry):
    defined = [node for node in ast.walk(code(entry.notebook)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert [node.name for node in defined] == []


@EVERY
def test_it_opens_its_own_analysis_and_ends_by_closing_it(entry):
    opened = [node for node in ast.walk(code(entry.notebook)) if isinstance(node, ast.Call)]
    names = [node.args[0].value for node in opened if getattr(node.func, "id", "") == "open_analysis"]  # type: ignore[attr-defined]
    assert names == [entry.name]
    assert source(code_cells(entry.notebook)[-1]).strip() == "analysis.close()"
    assert sum(1 for call in calls(code(entry.notebook), "analysis") if call.func.attr == "close") == 1  # type: ignore[attr-defined]


@EVERY
def test_what_it_reads_is_what_the_template_declares(entry):
    tree = code(entry.notebook)
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "analysis"
    }
    # what the workbench reads on behalf of a call
    behind = {
        "portfolio": {"portfolio", "outcome"},
        "candidates": {"candidates", "label"},
        "scores": {"scores", "probabilities", "cutoffs", "declined"},
    }
    needed = {name for name, attributes in behind.items() if attributes & read}
    needed |= {call.args[0].value for call in calls(tree, "analysis") if call.func.attr == "experiment"}  # type: ignore[attr-defined]
    assert needed <= set(entry.needs), "declare it under needs in template.yml"
    assert set(entry.needs) <= needed, "declared under needs in template.yml and not read"


@EVERY
def test_it_reads_no_file_trains_nothing_and_draws_nothing_itself(entry):
    tree = code(entry.notebook)
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    assert {each.split(".")[0] for each in modules} <= {"numpy", "pandas", "respml"}
    assert not {each for each in modules if each.startswith(("respml.pipeline", "respml.document", "respml.checks"))}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & {"read_csv", "read_parquet", "to_csv", "to_parquet", "fit", "savefig", "open"}


def recorded(statements):
    """Literal names of the evidence that a run through these statements records; branches are alternatives."""
    names: Counter[str] = Counter()
    for statement in statements:
        if isinstance(statement, ast.If):
            names += recorded(statement.body) | recorded(statement.orelse)
        else:
            found = [call for call in calls(statement, "analysis") if call.func.attr in RECORDING]
            names.update(call.args[0].value for call in found if isinstance(call.args[0], ast.Constant))
    return names


@EVERY
def test_no_piece_of_evidence_is_recorded_twice(entry):
    assert [name for name, count in recorded(code(entry.notebook).body).items() if count > 1] == []


def test_a_name_recorded_twice_on_one_path_is_found():
    twice = "analysis.metric('a', 1)\nif x:\n    analysis.metric('a', 2)\n"
    either = "if x:\n    analysis.metric('a', 1)\nelse:\n    analysis.statement('a', 'text')\n"
    assert recorded(ast.parse(twice).body)["a"] == 2
    assert recorded(ast.parse(either).body)["a"] == 1


@pytest.mark.parametrize("entry", template().experiments, ids=lambda entry: entry.name)
def test_the_function_of_an_experiment_exists(entry):
    module, name = entry.function.split(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_every_experiment_is_read_by_an_analysis():
    read = {need for entry in ANALYSES for need in entry.needs}
    assert {entry.name for entry in template().experiments} <= read


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.code)
def test_what_a_check_needs_some_analysis_leaves(check):
    known = {entry.name for entry in ANALYSES} | set(FIXED)
    for need in check.needs:
        id = need.format(champion="mgbm", benchmark="glm")
        assert id.split(".")[0] in known, f"{check.code} needs {need}, of no analysis in template.yml"
        assert is_produced(id, "metric", "table", "figure"), f"{check.code} needs {need}, which nothing leaves"


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.code)
def test_a_check_stands_in_the_chapter_of_an_analysis(check):
    assert (FOLDER / "chapters" / f"{check.chapter}.qmd").is_file()
