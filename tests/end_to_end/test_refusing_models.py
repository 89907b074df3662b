"""Models that refuse missing values, or have no score beyond a range, go through every analysis of the template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from respml.pipeline.build import BuildResult, build
from respml.spec import load_spec
from tests.end_to_end.projects import ANALYSES, write_project
from tests.end_to_end.test_scores_alone import states, words

INPUTS = ["utilisation", "missed_payments_6m", "income"]
CARD = """
import numpy as np
def returns_nan(rows):
    line = -0.5 + 2.2 * rows["utilisation"] + 0.5 * rows["missed_payments_6m"] - 0.2 * np.log(rows["income"])
    return 1 / (1 + np.exp(-line))
def raises(rows):
    if rows.isna().any().any() or (rows["income"] <= 0).any():
        raise ValueError("a row that this card does not know")
    return returns_nan(rows)
"""
TABLE = "term,coefficient\nconst,-0.5\nutilisation,2.2\nmissed_payments_6m,0.5\nnp.log(income),-0.2\n"
CALLED = {"allow_code": True, "options": {"features": INPUTS}}
MODELS: dict[str, dict[str, Any]] = {
    "a function that returns nan": {"function": "card:returns_nan", **CALLED},
    "a function that raises": {"function": "card:raises", **CALLED},
    "a table with a logarithm": {"path": "table.csv"},
}


def documented(folder: Path, entry: dict[str, Any]) -> BuildResult:
    """The small project with such a model as champion and no analysis left out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.py").write_text(CARD, encoding="utf-8")
    (folder / "table.csv").write_text(TABLE, encoding="utf-8")
    candidates = {
        "external": {"vendor": {"label": "Vendor", **entry}},
        "order": ["glm", "vendor"],
        "champion": "vendor",
        "benchmark": "glm",
    }
    spec = write_project(folder, candidates=candidates, analyses=dict.fromkeys(ANALYSES))
    return build(load_spec(spec), folder / "output", formats=("html",))


@pytest.mark.slow
@pytest.mark.parametrize("kind", MODELS)
def test_every_analysis_is_made_of_a_model_that_refuses_missing_values(kind, tmp_path):
    result = documented(tmp_path, MODELS[kind])
    assert set(ANALYSES) <= set(result.stages)
    found = states(result)
    assert not [code for code, each in found.items() if "is not there" in each["message"]]
    assert found["RML-E05"]["state"] == found["RML-S03"]["state"] == "not applicable"
    page = words(result.folder / "report.html")
    assert "The champion refuses a missing value of each of its inputs" in page
    assert "because the champion gives some of the changed rows no score: outage" in page
