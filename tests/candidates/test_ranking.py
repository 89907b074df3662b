from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from respml.candidates.ranking import FoldComparison, discrimination_and_loss, ranking_tables

RANDOM = np.random.default_rng(2)
MARGIN = RANDOM.normal(size=2000)
OUTCOME = (RANDOM.uniform(size=2000) < 1 / (1 + np.exp(-MARGIN))).astype(np.int8)
GOOD = 1 / (1 + np.exp(-MARGIN))
BAD = 1 / (1 + np.exp(-(0.3 * MARGIN + RANDOM.normal(size=2000))))


def test_auc_and_log_loss_agree_with_scikit_learn() -> None:
    area, loss = discrimination_and_loss(OUTCOME, BAD)
    assert area == pytest.approx(roc_auc_score(OUTCOME, BAD))
    assert loss == pytest.approx(log_loss(OUTCOME, BAD))


def test_identical_models_tie_everywhere_and_the_simpler_one_wins() -> None:
    folds, summary = ranking_tables(OUTCOME, {"simple": GOOD, "complex": GOOD}, ["simple", "complex"], seed=1)
    assert (folds["rank"] == 1.5).all()
    assert summary.loc[summary["winner"], "model"].tolist() == ["simple"]


def test_the_better_model_wins_though_it_is_the_more_complex_one() -> None:
    folds, summary = ranking_tables(OUTCOME, {"simple": BAD, "complex": GOOD}, ["simple", "complex"], seed=1)
    assert summary.loc[summary["winner"], "model"].tolist() == ["complex"]
    assert len(folds) == 5 * 5 * 2
    assert folds.groupby(["fold", "metric"])["rank"].sum().eq(3).all()


def test_the_rank_of_one_model_among_the_compared_ones() -> None:
    comparison = FoldComparison(OUTCOME, seed=1)
    comparison.add("bad", BAD)
    comparison.add("good", GOOD)
    assert comparison.mean_rank("good", ["bad"]) == 1.0
    assert comparison.mean_rank("bad", ["good"]) == 2.0
