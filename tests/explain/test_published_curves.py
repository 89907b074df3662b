"""Partial dependence of the published monotone booster on the UCI data: figures of the reference notebooks."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.explain import Model, curve_summary, explicit_grid, partial_dependence, prove_monotonicity, reference_grid

UCI = Path(os.environ.get("RESPML_UCI", Path(__file__).parents[3] / "shared" / "data" / "uci_credit_card.csv"))

LIMIT = [0.266888, 0.243301, 0.224759, 0.216966, 0.214594, 0.209798, 0.206901, 0.198712, 0.197883, 0.197086, 0.194449]
LIMIT += [0.194407, 0.190247, 0.190209, 0.190188, 0.190188, 0.190188, 0.190188, 0.190188, 0.190188]
PAY_0 = {-2: 0.165248, -1: 0.175359, 0: 0.175793, 1: 0.261269, 2: 0.556665, 3: 0.556758, 4: 0.556760, 8: 0.556760}


@pytest.fixture(scope="module")
def published() -> tuple[Model, pd.DataFrame]:
    """The published recipe: 23 inputs, 70 % split by a legacy uniform draw, depth 15, exact splits (XGBoost 0.7)."""
    if not UCI.exists():
        pytest.skip("the UCI file is not here; set RESPML_UCI to its path")
    frame = pd.read_csv(UCI)
    target = frame.columns[-1]
    inputs = [name for name in frame.columns if name not in ("ID", target)]
    monotone = {name: int(np.sign(frame[name].corr(frame[target]))) for name in inputs}
    draw = np.random.RandomState(12345).rand(len(frame))
    train, test = frame[draw < 0.7], frame[draw >= 0.7]
    assert (len(train), len(test)) == (20_946, 9_054)
    parameters = {
        "objective": "binary:logistic",
        "eval_metric": "auc",
        "eta": 0.08,
        "subsample": 0.9,
        "colsample_bytree": 0.9,
        "max_depth": 15,
        "tree_method": "exact",
        "base_score": float(train[target].mean()),
        "seed": 12345,
        "nthread": 2,
        "monotone_constraints": monotone,
    }
    booster = xgboost.train(parameters, xgboost.DMatrix(train[inputs], train[target]), 101)
    return Model.from_booster("published", booster, monotone=monotone), test[inputs]


@pytest.mark.uci
@pytest.mark.slow
def test_credit_limit_curve_is_within_a_hundredth_of_the_published_one(published):
    model, test = published
    table = {"LIMIT_BAL": reference_grid(test["LIMIT_BAL"])}
    curve = partial_dependence([model], test, features=["LIMIT_BAL"], grids=table).curves
    assert np.abs(curve["estimate"].to_numpy() - LIMIT).max() < 0.01


@pytest.mark.uci
@pytest.mark.slow
def test_first_repayment_status_jumps_between_one_and_two_months(published):
    model, test = published
    table = {"PAY_0": explicit_grid(list(PAY_0), test["PAY_0"])}
    curve = partial_dependence([model], test, features=["PAY_0"], grids=table).curves
    assert np.abs(curve["estimate"].to_numpy() - list(PAY_0.values())).max() < 0.02
    summary = curve_summary(curve).iloc[0]
    assert (summary["jump_from"], summary["jump_to"]) == (1, 2)
    assert summary["jump"] == pytest.approx(0.556665 - 0.261269, abs=0.02)


@pytest.mark.uci
@pytest.mark.slow
def test_every_constraint_of_the_published_model_is_proved(published):
    model, _ = published
    proof = prove_monotonicity(model)
    assert len(proof.summary) == 23 and proof.holds
