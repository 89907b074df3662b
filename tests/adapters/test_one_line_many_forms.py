"""One logistic regression through every adapter that can hold it, documented with the same numbers and ranks."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from respml.adapters.bringing import bring_external
from respml.adapters.stored import ExternalCandidate
from respml.candidates.ranking import ranking_tables
from respml.measures.proper_scores import brier_score
from respml.measures.proper_scores import log_loss as measured_log_loss
from respml.measures.ranking import area_under_roc
from respml.spec.external import External
from tests.adapters.made_elsewhere import NUMBERS, portfolio

GAP = 40.0
CODE = """
import numpy as np
WEIGHTS = {weights!r}
def by_name(rows):
    return 1 / (1 + np.exp(-({intercept!r} + sum(rows[name].fillna({gap!r}) * each for name, each in WEIGHTS.items()))))
"""
FILL = {"preprocessing": {"fill": dict.fromkeys(NUMBERS, GAP)}}


def ebm(weights: dict[str, float], intercept: float, rows: pd.DataFrame) -> dict[str, Any]:
    """The line as an additive model: a bin for each value that an input has, its product with the weight as score."""
    features, terms = [], []
    for name, weight in weights.items():
        levels = np.unique(rows[name])
        features.append({"name": name, "type": "continuous", "cuts": [((levels[1:] + levels[:-1]) / 2).tolist()]})
        terms.append({"term_features": [name], "scores": [0.0, *(levels * weight).tolist(), 0.0]})
    outputs = [{"link": "logit", "classes": [0, 1]}]
    return {"ebm": {"outputs": outputs, "intercept": [intercept], "features": features, "terms": terms}}


def entries(folder: Path) -> tuple[dict[str, dict[str, Any]], LogisticRegression]:
    """The fitted line, and how the spec names each form of it that the installed libraries can score."""
    given = portfolio()
    rows = given.frame[NUMBERS].fillna(GAP).astype(float)
    train = given.features("train")[NUMBERS].fillna(GAP).astype(float)
    made = make_pipeline(StandardScaler(), LogisticRegression()).fit(train, given.outcome("train"))
    scale, line = made[0], made[1]
    coefficients = line.coef_[0] / scale.scale_
    weights = {name: float(each) for name, each in zip(NUMBERS, coefficients, strict=True)}
    intercept = float(line.intercept_[0] - (coefficients * scale.mean_).sum())

    table = pd.DataFrame({"term": ["const", *NUMBERS], "coefficient": [intercept, *weights.values()]})
    table.to_csv(folder / "line.csv", index=False)
    table.iloc[::-1].to_parquet(folder / "line.parquet", index=False)
    (folder / "line.yml").write_text("".join(f"{term}: {value!r}\n" for term, value in table.itertuples(index=False)))
    (folder / "line.py").write_text(CODE.format(weights=weights, intercept=intercept, gap=GAP))
    (folder / "line.json").write_text(json.dumps(ebm(weights, intercept, rows)))
    probability = made.predict_proba(rows)[:, 1]
    scores = pd.DataFrame({"id": given.frame["id"], "probability": probability}).sample(frac=1, random_state=3)
    scores.to_csv(folder / "scores.csv", index=False)
    scores.to_parquet(folder / "scores.parquet", index=False)
    found: dict[str, dict[str, Any]] = {
        "csv": {"adapter": "coefficients", "path": "line.csv", **FILL},
        "yml": {"adapter": "coefficients", "path": "line.yml", **FILL},
        "parquet": {"adapter": "coefficients", "path": "line.parquet", **FILL},
        "code": {"adapter": "python", "function": "line:by_name", "allow_code": True},
        "additive": {"path": "line.json", **FILL},
        "scores_csv": {"adapter": "scores", "path": "scores.csv"},
        "scores_parquet": {"adapter": "scores", "path": "scores.parquet"},
    }
    if find_spec("skops") is not None:
        import skops.io

        skops.io.dump(made, folder / "line.skops")
        found["skops"] = {"path": "line.skops", **FILL}
    if find_spec("onnxruntime") is not None and find_spec("skl2onnx") is not None:
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import FloatTensorType

        kinds = [(name, FloatTensorType([None, 1])) for name in NUMBERS]
        (folder / "line.onnx").write_bytes(to_onnx(made, initial_types=kinds).SerializeToString())
        found["graph"] = {"path": "line.onnx", **FILL}
    return found, made


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, ExternalCandidate], Any]:
    folder = tmp_path_factory.mktemp("line")
    found, made = entries(folder)
    external = {name: External.model_validate({"label": name, **entry}) for name, entry in found.items()}
    return bring_external(external, portfolio(), folder), made


def test_every_form_is_documented_with_the_same_metrics(forms: tuple[dict[str, ExternalCandidate], Any]) -> None:
    candidates, made = forms
    given = portfolio()
    rows, outcome = given.features("test"), given.outcome("test")
    own = made.predict_proba(rows[NUMBERS].fillna(GAP).astype(float))[:, 1]
    expected = (roc_auc_score(outcome, own), log_loss(outcome, own), brier_score_loss(outcome, own))
    assert len(candidates) >= 7
    for name, candidate in candidates.items():
        probability = candidate.score_rows(rows[rows.columns[::-1]])
        found = [each(outcome, probability).value for each in (area_under_roc, measured_log_loss, brier_score)]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6, err_msg=name)


def test_every_form_has_the_same_rank(forms: tuple[dict[str, ExternalCandidate], Any]) -> None:
    candidates, _ = forms
    given = portfolio()
    rows = given.features("valid")
    scores = {name: each.score_rows(rows) for name, each in candidates.items()}
    folds, summary = ranking_tables(given.outcome("valid"), scores, list(scores), 7)
    # all tied: each has the mean of the ranks 1 to n, and the first, being the simplest, stands
    np.testing.assert_array_equal(folds["rank"], (len(scores) + 1) / 2)
    assert summary.query("winner")["model"].tolist() == [next(iter(scores))]
