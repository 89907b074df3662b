"""Small trained models shared by the tests of the explanations; data are drawn here, from a stated law."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.explain.model import Model

MONOTONE = {"delay": 1, "limit": -1, "bill": -1, "paid": -1}


def draw(rows: int, seed: int) -> pd.DataFrame:
    """Applicants: late payments raise risk, high limits lower it; late payment and low payment reinforce each other."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "delay": generator.integers(-2, 6, rows).astype(float),
            "limit": np.round(generator.lognormal(11, 0.8, rows), -3),
            "bill": generator.normal(40_000, 30_000, rows),
            "paid": generator.exponential(5_000, rows),
            "noise": generator.normal(size=rows),
        }
    )
    frame.loc[generator.random(rows) < 0.05, "bill"] = np.nan
    score = 0.6 * frame["delay"] - 0.8 * (np.log(frame["limit"]) - 11) - 1.5
    score += 1.5 * ((frame["delay"] >= 2) & (frame["paid"] < 2_000))
    frame["default"] = (generator.random(rows) < 1 / (1 + np.exp(-score))).astype(int)
    return frame


def fit(frame: pd.DataFrame, *, constrained: bool, depth: int = 3, rounds: int = 30) -> Any:
    inputs = frame.drop(columns="default")
    parameters: dict[str, Any] = {
        "objective": "binary:logistic",
        "max_depth": depth,
        "eta": 0.2,
        "seed": 7,
        "nthread": 1,
        "base_score": 0.3,
    }
    if constrained:
        parameters["monotone_constraints"] = dict(MONOTONE)
    return xgboost.train(parameters, xgboost.DMatrix(inputs, frame["default"]), rounds)


@pytest.fixture(scope="session")
def applicants() -> pd.DataFrame:
    return draw(1500, 1)


@pytest.fixture(scope="session")
def inputs(applicants: pd.DataFrame) -> pd.DataFrame:
    return applicants.drop(columns="default")


@pytest.fixture(scope="session")
def boosters(applicants: pd.DataFrame) -> dict[str, Any]:
    return {"mgbm": fit(applicants, constrained=True), "gbm": fit(applicants, constrained=False, depth=5)}


@pytest.fixture(scope="session")
def models(boosters: dict[str, Any]) -> dict[str, Model]:
    def predicting(booster: Any) -> Any:
        return lambda frame: booster.predict(xgboost.DMatrix(frame[booster.feature_names]))

    return {
        name: Model.from_booster(
            name, booster, predict=predicting(booster), monotone=MONOTONE if name == "mgbm" else None
        )
        for name, booster in boosters.items()
    }


@pytest.fixture(scope="session")
def contributions(boosters: dict[str, Any], inputs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    columns = [*inputs.columns, "bias"]
    return {
        name: pd.DataFrame(booster.predict(xgboost.DMatrix(inputs), pred_contribs=True), inputs.index, columns)
        for name, booster in boosters.items()
    }
