"""The published figures on the UCI data, reached without looking at a test row."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from respml.candidates.candidate import Candidates
from respml.candidates.constraints import correlation_table
from respml.candidates.fit import fit_candidates
from respml.pipeline.seeds import seed_for
from respml.portfolio.build import build_portfolio
from respml.portfolio.portfolio import Portfolio
from respml.portfolio.uci import place_uci
from respml.spec.loading import load_spec

REPOSITORY = Path(__file__).parents[2]
UCI = Path(os.environ.get("RESPML_UCI", REPOSITORY.parent / "shared" / "data" / "uci_credit_card.csv"))

pytestmark = [
    pytest.mark.uci,
    pytest.mark.slow,
    pytest.mark.skipif(not UCI.is_file(), reason="the UCI credit-card file is not here; set RESPML_UCI"),
]


@pytest.fixture(scope="module")
def uci(tmp_path_factory: pytest.TempPathFactory) -> tuple[Portfolio, Candidates]:
    folder = tmp_path_factory.mktemp("uci")
    place_uci(folder, UCI)
    for name in ("report.yml", "dictionary.yml"):
        (folder / name).write_bytes((REPOSITORY / "data" / "uci" / name).read_bytes())
    spec = load_spec(folder / "report.yml").spec
    portfolio = build_portfolio(spec.data, spec.partitions, seed_for(spec.seed, "portfolio"), folder)
    return portfolio, fit_candidates(portfolio, spec.candidates, seed_for(spec.seed, "candidates"), 2)


def test_split_sizes_are_the_published_ones(uci: tuple[Portfolio, Candidates]) -> None:
    counts = uci[0].counts().set_index("partition")["n"]
    assert counts["train"] + counts["valid"] == 20_946
    assert counts["test"] == 9_054


def test_correlations_on_all_rows_are_the_published_ones(uci: tuple[Portfolio, Candidates]) -> None:
    portfolio = uci[0]
    outcome = portfolio.frame[portfolio.target].to_numpy(np.int8)
    table = correlation_table(portfolio.frame, outcome, portfolio.inputs).set_index("feature")["correlation"]
    published = {"LIMIT_BAL": -0.153520, "PAY_0": 0.324794, "PAY_6": 0.186866, "BILL_AMT6": -0.005372}
    for name, value in published.items():
        assert round(table[name], 6) == value


@pytest.mark.parametrize(
    # GLM: within .003 of the published figures. Trees: at least as good as published, where the published models were
    # tuned on the very rows they are reported on.
    ("name", "area", "loss"),
    [("glm", 0.7303, 0.4617), ("mgbm", 0.7776, 0.4278), ("gbm", 0.7859, 0.4229)],
)
def test_published_discrimination_is_reached(
    uci: tuple[Portfolio, Candidates], name: str, area: float, loss: float
) -> None:
    portfolio, candidates = uci
    probability = candidates[name].predict(portfolio.features("test"))
    outcome = portfolio.outcome("test")
    if name == "glm":
        assert roc_auc_score(outcome, probability) == pytest.approx(area, abs=0.003)
        assert log_loss(outcome, probability) == pytest.approx(loss, abs=0.003)
    else:
        assert roc_auc_score(outcome, probability) >= area
        assert log_loss(outcome, probability) <= loss


def test_the_mean_ranks_order_the_models_as_published(uci: tuple[Portfolio, Candidates]) -> None:
    ranks = uci[1].table("ranking_summary").set_index("model")["mean_rank"]
    assert ranks["gbm"] < ranks["mgbm"] < ranks["glm"]
