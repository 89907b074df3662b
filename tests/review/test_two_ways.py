"""``respml diff`` of two finished runs and the appendix that the second one's build wrote tell the same changes."""

from __future__ import annotations

import pytest
from pandas.testing import assert_frame_equal

from respml.evidence import read_evidence
from respml.pipeline.changing import compare_folders
from respml.review.changes_evidence import write_changes
from tests.review.small_project import Project

pytestmark = pytest.mark.slow

SCENARIO = {"name": "Usage rises", "share": 0.5, "multiply": {"utilisation": 1.5, "income": 0.75}}
RULES = [
    {"name": "Scenarios", "when": "spec_changed", "keys": ["stress"], "verdict": "re-validate"},
    {"name": "Search", "when": "spec_changed", "keys": ["candidates"], "verdict": "log"},
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Two versions; the second searches elsewhere, and its spec has keys whose order is not that of the alphabet."""
    project = Project(tmp_path_factory.mktemp("two") / "project")
    project.spec |= {"stress": {"scenarios": [SCENARIO]}, "changes": {"rules": RULES}}
    project.spec["model"]["history"] = [{"version": "1.0.0", "date": "2026-09-30", "author": "Dev", "change": "First"}]
    project.write_passage("performance", "The AUC is {{< var performance.auc.mgbm >}}.\n")
    project.build()
    project.spec["model"]["version"] = "1.1.0"
    entry = {"version": "1.1.0", "date": "2026-10-31", "author": "Dev", "change": "Search"}
    project.spec["model"]["history"].append(entry)
    project.spec["candidates"]["boosting"]["search"]["max_rounds"] = 10
    project.build()
    return project


def test_the_appendix_and_the_command_agree_in_every_table(project, tmp_path):
    old, new = project.run("1.0.0"), project.run("1.1.0")
    write_changes(compare_folders(old, new), tmp_path / "changes")
    command, appendix = read_evidence([tmp_path / "changes"]), read_evidence([new / "evidence" / "changes"])
    assert {id: each.value for id, each in command.metrics.items()} == {
        id: each.value for id, each in appendix.metrics.items()
    }
    assert command.tables.keys() == appendix.tables.keys()
    for id, table in command.tables.items():
        assert_frame_equal(table.frame(), appendix.table(id).frame())


def test_what_nobody_touched_is_not_told_and_what_was_is_told_by_its_leaf(project):
    values = read_evidence([project.run("1.1.0") / "evidence/changes"]).table("changes.values").frame()
    spec = values[values["kind"] == "spec"].set_index("name")
    assert spec[["old", "new"]].T.to_dict("list") == {
        "candidates.boosting.search.max_rounds": ["40", "10"],
        "model.history[1.1.0]": ["absent", "author Dev, change Search, date 2026-10-31"],
    }
    rules = read_evidence([project.run("1.1.0") / "evidence/changes"]).table("changes.rules").frame()
    assert rules.set_index("rule")["state"].to_dict() == {"Scenarios": "silent", "Search": "fired"}
