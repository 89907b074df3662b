"""Fold ranking: the published fold table, its mean ranks, and the rule that the simpler model wins ties."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics

from respml.errors import InputError
from respml.measures.model_ranking import (
    METRICS,
    evaluation_table,
    fold_metrics,
    mean_rank,
    random_folds,
    rank_folds,
    winner,
)
from tests.measures.portfolios import simulated

MODELS = ("glm", "mgbm", "gbm")
# Hall (2020), notebook glm_mgbm_gbm, GBM model 11: GLM/MGBM/GBM on folds 0 to 4.
PUBLISHED = {
    "auc": [(.738625, .776026, .777570), (.729674, .776877, .785956), (.707507, .760838, .769493),
            (.733536, .782795, .791644), (.740132, .790550, .803337)],
    "logloss": [(.468678, .440775, .438078), (.465999, .434170, .428677), (.459017, .420930, .417171),
                (.448512, .416031, .411094), (.467037, .427654, .419666)],
    "max f1": [(.533181, .551298, .562353), (.540865, .554762, .555283), (.500593, .516364, .530343),
               (.531328, .550251, .557500), (.561589, .587666, .593037)],
    "max accuracy": [(.816246, .817367, .814006), (.823882, .826063, .828244), (.830907, .833707, .835946),
                     (.834578, .836713, .835112), (.820845, .829296, .826479)],
    "max mcc": [(.419924, .420105, .426918), (.432722, .445354, .447637), (.395476, .409254, .411118),
                (.426465, .443411, .445759), (.448005, .463860, .472417)],
}  # fmt: skip


def published_folds() -> pd.DataFrame:
    return pd.DataFrame(
        [
            (fold, metric, model, value)
            for metric, folds in PUBLISHED.items()
            for fold, values in enumerate(folds)
            for model, value in zip(MODELS, values, strict=True)
        ],
        columns=["fold", "metric", "model", "value"],
    )


def test_published_fold_table_gives_the_published_mean_ranks():
    means = mean_rank(published_folds())
    assert means["model"].tolist() == list(MODELS)
    assert means["mean_rank"].tolist() == pytest.approx([2.96, 1.88, 1.16], abs=1e-12)
    assert means["n"].tolist() == [25, 25, 25]
    assert winner(published_folds(), MODELS) == "gbm"


def test_ranks_equal_scipy_with_ties_averaged():
    frame = pd.DataFrame(
        {
            "fold": 0,
            "metric": ["auc"] * 4 + ["logloss"] * 4,
            "model": ["a", "b", "c", "d"] * 2,
            "value": [0.7, 0.8, 0.8, 0.6, 0.4, 0.3, 0.3, 0.5],
        }
    )
    ranks = rank_folds(frame)["rank"].to_numpy()
    np.testing.assert_array_equal(ranks[:4], stats.rankdata([-0.7, -0.8, -0.8, -0.6]))
    np.testing.assert_array_equal(ranks[4:], stats.rankdata([0.4, 0.3, 0.3, 0.5]))


def test_one_function_in_several_forms_shares_a_rank():
    # the last digits of float32 and float64; d is truly better, e has no value
    auc, loss = [0.7, 0.7 + 6e-17, 0.7 - 3e-8, 0.70001, np.nan], [0.4, 0.4 - 5e-8, 0.4, 0.39, np.nan]
    frame = pd.DataFrame(
        {"fold": 0, "metric": ["auc"] * 5 + ["logloss"] * 5, "model": [*"abcde"] * 2, "value": auc + loss}
    )
    np.testing.assert_array_equal(rank_folds(frame)["rank"], [3, 3, 3, 1, np.nan] * 2)


def test_equal_mean_ranks_leave_the_simpler_model():
    tie = pd.DataFrame({"model": ["glm", "gbm"], "mean_rank": [1.5, 1.5]})
    assert winner(tie, ("glm", "gbm")) == "glm"
    assert winner(tie, ("gbm", "glm")) == "gbm"
    assert winner(tie.assign(mean_rank=[1.5, 1.48]), ("glm", "gbm")) == "gbm"


def test_a_challenger_must_beat_the_model_standing_not_the_first():
    means = pd.DataFrame({"model": ["glm", "mgbm", "gbm"], "mean_rank": [3.0, 1.4, 1.6]})
    assert winner(means, ("glm", "mgbm", "gbm")) == "mgbm"


def test_unknown_models_are_refused():
    with pytest.raises(InputError, match="no rank for hybrid"):
        winner(published_folds(), ("glm", "hybrid"))
    with pytest.raises(InputError, match="No models"):
        winner(published_folds(), ())


def test_metrics_by_fold_equal_scikit_learn():
    outcome, probability = simulated(600)
    probability = np.round(probability, 2).clip(0.01, 0.99)
    fold = random_folds(600, 3, seed=1)
    table = fold_metrics(outcome, {"a": probability, "b": probability**2}, fold)
    assert len(table) == 3 * len(METRICS) * 2
    for number in range(3):
        y, p = outcome[fold == number], probability[fold == number]
        cuts = np.append(0, np.unique(p))
        expected = {
            "auc": metrics.roc_auc_score(y, p),
            "logloss": metrics.log_loss(y, p),
            "max f1": max(metrics.f1_score(y, p > cut) for cut in cuts),
            "max accuracy": max(metrics.accuracy_score(y, p > cut) for cut in cuts),
            "max mcc": max(metrics.matthews_corrcoef(y, p > cut) for cut in cuts),
        }
        found = table[(table["fold"] == number) & (table["model"] == "a")].set_index("metric")["value"]
        for metric, value in expected.items():
            assert found[metric] == pytest.approx(value, abs=1e-12)


def test_a_fold_without_defaults_has_undefined_metrics_and_no_rank_for_them():
    table = fold_metrics([0, 0, 1, 0], {"a": [0.1, 0.2, 0.3, 0.4], "b": [0.2, 0.2, 0.2, 0.2]}, [0, 0, 1, 1])
    first = rank_folds(table).query("fold == 0").set_index(["metric", "model"])
    assert np.isnan(first.loc[("auc", "a"), "rank"])
    assert first.loc[("logloss", "a"), "rank"] == 1.0


def test_folds_are_balanced_and_repeatable():
    folds = random_folds(9054)
    assert sorted(np.bincount(folds)) == [1810, 1811, 1811, 1811, 1811]
    np.testing.assert_array_equal(folds, random_folds(9054))
    assert not np.array_equal(folds, random_folds(9054, seed=2))


def test_evaluation_table_has_values_then_ranks():
    table = evaluation_table(published_folds())
    assert list(table.columns) == ["fold", "metric", *MODELS, "glm_rank", "mgbm_rank", "gbm_rank"]
    assert len(table) == 25
    row = table[(table["fold"] == 0) & (table["metric"] == "max accuracy")].iloc[0]
    assert (row["glm_rank"], row["mgbm_rank"], row["gbm_rank"]) == (2, 1, 3)
