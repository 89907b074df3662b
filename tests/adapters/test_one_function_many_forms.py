"""The same fitted function, brought in through several adapters, is documented with the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from respml.adapters.bringing import bring_external
from respml.candidates.candidate import Candidates
from respml.candidates.fit import fit_candidates
from respml.candidates.scores import compute_scores
from respml.errors import AnalysisError
from respml.measures.proper_scores import brier_score
from respml.measures.proper_scores import log_loss as measured_log_loss
from respml.measures.ranking import area_under_roc, kolmogorov_smirnov
from respml.measures.reconciliation import reconcile_scores
from respml.portfolio.portfolio import Portfolio
from respml.spec.candidates import CandidatesSpec
from tests.adapters.made_elsewhere import booster, onnx_trees, portfolio, python_function, scores, xgboost_file

FORMS = ("ubj", "json_text", "graph", "callable", "scored")


@pytest.fixture(scope="module")
def given() -> Portfolio:
    return portfolio()


@pytest.fixture(scope="module")
def candidates(given: Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Candidates:
    folder = tmp_path_factory.mktemp("forms")
    made = {
        "ubj": xgboost_file(folder, "ubj"),
        "json_text": xgboost_file(folder, "json"),
        "graph": onnx_trees(folder),
        "callable": python_function(folder),
        "scored": scores(folder),
    }
    settings = CandidatesSpec.model_validate(
        {
            "external": {name: {"label": name, **each.entry} for name, each in made.items()},
            "order": ["glm", *FORMS],
            "champion": "ubj",
            "glm": {"path_length": 5},
        }
    )
    external = bring_external(settings.external, given, folder)
    written = tmp_path_factory.mktemp("candidates")
    fit_candidates(given, settings, 11, 2, external).write(written)
    return Candidates.read(written)


def test_every_form_is_documented_with_the_same_metrics(candidates: Candidates, given: Portfolio) -> None:
    found = compute_scores(given, candidates)
    outcome = given.outcome("test")
    rows = given.features("test")
    own = booster().inplace_predict(rows[["income", "arrears", "age", "noise"]]).astype(np.float64)
    # independent of this package: XGBoost's predictions measured by scikit-learn
    expected = (roc_auc_score(outcome, own), log_loss(outcome, own), brier_score_loss(outcome, own))
    separation = kolmogorov_smirnov(outcome, own).value
    for name in FORMS:
        probability = found.probability(name, "test")
        measures = (area_under_roc, measured_log_loss, brier_score)
        values = [measure(outcome, probability).value for measure in measures]
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-6)
        assert kolmogorov_smirnov(outcome, probability).value == pytest.approx(separation, abs=1e-6)
    summary = candidates.table("ranking_folds").pivot_table(index=["fold", "metric"], columns="model", values="value")
    assert np.ptp(summary[list(FORMS)].to_numpy(), axis=1).max() < 1e-6


def test_the_documented_model_reconciles_with_every_form(candidates: Candidates, given: Portfolio) -> None:
    rows = given.features("test")
    index = given.rows("test", ["id"])["id"].to_numpy()

    by_form = {name: pd.Series(candidates[name].score_rows(rows), index=index) for name in FORMS}
    summary = reconcile_scores(by_form, 0.3).summary
    assert summary["agrees"].all() and summary["n"].eq(len(rows)).all()


def test_contributions_agree_where_both_forms_know_their_trees(candidates: Candidates, given: Portfolio) -> None:
    found = compute_scores(given, candidates)
    assert [name for name in candidates.order if not found.explains(name)] == ["scored"]
    one, two = (found.contribution(name, "test") for name in ("ubj", "json_text"))
    np.testing.assert_allclose(one, two, atol=1e-6)
    methods = found.methods.set_index("candidate")["method"]
    assert methods["scored"] == "not applicable: no model object"


def test_sampled_contributions_lie_near_the_trees_own(candidates: Candidates, given: Portfolio) -> None:
    rows = given.features("test")
    graph, report = candidates["graph"].contributions(rows)
    trees, _ = candidates["ubj"].contributions(rows)
    names = list(candidates["ubj"].features)
    assert "permutation sampling" in report["method"]
    importance = graph[names].abs().mean(), trees[names].abs().mean()
    assert importance[0].rank().equals(importance[1].rank())
    assert np.corrcoef(graph[names].to_numpy().ravel(), trees[names].to_numpy().ravel())[0, 1] > 0.95


def test_scores_without_a_model_answer_for_their_rows_and_for_nothing_else(
    candidates: Candidates, given: Portfolio
) -> None:
    scored = candidates["scored"]
    rows = given.features("test")
    assert not scored.has_model and scored.features == ()
    np.testing.assert_allclose(scored.score_rows(rows), candidates["ubj"].predict(rows), atol=1e-7)
    for refused in (scored.predict, scored.log_odds, scored.contributions):
        with pytest.raises(AnalysisError, match="not applicable: no model object"):
            refused(rows)
    with pytest.raises(AnalysisError, match="not applicable: no model object"):
        scored.as_model()
    with pytest.raises(AnalysisError, match="1 rows have no score"):
        scored.score_rows(rows.head(1).set_axis([10**6]))


def test_external_candidates_alone_need_no_fit(given: Portfolio, tmp_path: Path) -> None:
    made = {"one": xgboost_file(tmp_path, "ubj"), "two": xgboost_file(tmp_path, "json")}
    settings = CandidatesSpec.model_validate(
        {
            "external": {name: {"label": name, **each.entry} for name, each in made.items()},
            "order": ["one", "two"],
            "champion": "two",
            "benchmark": "one",
        }
    )
    found = fit_candidates(given, settings, 11, 2, bring_external(settings.external, given, tmp_path))
    assert tuple(found) == ("one", "two") and "glm_path" not in found.table_names
    # equal models share every rank, and the simpler of the two wins
    assert found.table("ranking_summary").query("winner")["model"].tolist() == ["one"]
