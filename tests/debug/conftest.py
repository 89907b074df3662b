"""The UCI portfolio with the published split and the published 62-tree model, and small made-up portfolios."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.explain.tree_tables import TreeTables, tree_tables

UCI = Path(os.environ.get("RESPML_UCI", "../shared/data/uci_credit_card.csv"))


@dataclass(frozen=True)
class Published:
    """Split A of the UCI file and a model with the settings of the reference notebook."""

    train: pd.DataFrame
    test: pd.DataFrame
    inputs: list[str]
    booster: Any
    tables: TreeTables
    probability: np.ndarray
    outcome: np.ndarray

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.booster.predict(xgboost.DMatrix(frame[self.inputs])).astype(np.float64)


@pytest.fixture(scope="session")
def published() -> Published:
    if not UCI.exists():
        pytest.skip(f"the UCI file is not at {UCI}; set RESPML_UCI")
    frame = pd.read_csv(UCI).rename(columns={"default.payment.next.month": "default"})
    chosen = np.random.RandomState(12345).uniform(size=len(frame)) < 0.7
    train, test = frame[chosen], frame[~chosen].reset_index(drop=True)
    inputs = [name for name in frame.columns if name not in {"ID", "default"}]
    signs = tuple(int(np.sign(frame[name].corr(frame["default"]))) for name in inputs)
    parameters = {
        "objective": "binary:logistic",
        "eta": 0.08,
        "subsample": 0.9,
        "colsample_bytree": 0.9,
        "max_depth": 15,
        "base_score": float(train["default"].mean()),
        "seed": 12345,
        "monotone_constraints": signs,
        "nthread": 1,
    }
    booster = xgboost.train(parameters, xgboost.DMatrix(train[inputs], train["default"]), 62)
    probability = booster.predict(xgboost.DMatrix(test[inputs])).astype(np.float64)
    return Published(train, test, inputs, booster, tree_tables(booster), probability, test["default"].to_numpy())


@pytest.fixture(scope="session")
def small() -> tuple[pd.DataFrame, np.ndarray, Any]:
    """600 rows of four inputs, one with missing values, and a boosted model of them."""
    generator = np.random.default_rng(7)
    frame = pd.DataFrame(generator.normal(size=(600, 4)), columns=["a", "b", "c", "d"])
    frame["d"] = np.round(frame["d"])
    frame.loc[generator.random(600) < 0.1, "c"] = np.nan
    chance = 1 / (1 + np.exp(1 - frame["a"] - frame["b"] * (frame["d"] > 0)))
    outcome = (generator.random(600) < chance).astype(int).to_numpy()
    parameters = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.3, "nthread": 1, "seed": 1}
    return frame, outcome, xgboost.train(parameters, xgboost.DMatrix(frame, outcome), 12)
