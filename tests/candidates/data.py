"""A small portfolio with a known risk: falling in income, rising in arrears, U-shaped in age, blind to noise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from respml.portfolio.portfolio import Portfolio, Rows

INPUTS = ("income", "arrears", "age", "noise")


def frame(n: int = 3000, seed: int = 7) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    income = random.lognormal(10, 0.6, n).round(0)
    arrears = random.poisson(0.5, n)
    age = random.integers(20, 70, n)
    noise = random.normal(size=n)
    margin = -1.6 - 0.8 * (np.log(income) - 10) + 1.1 * arrears + 0.004 * (age - 45.0) ** 2 - 0.8
    outcome = (random.uniform(size=n) < 1 / (1 + np.exp(-margin))).astype(np.int8)
    return pd.DataFrame({"income": income, "arrears": arrears, "age": age, "noise": noise, "default": outcome})


def membership(n: int = 3000, seed: int = 8) -> np.ndarray:
    names = np.array(["train", "valid", "test"])
    return names[np.random.default_rng(seed).choice(3, size=n, p=[0.6, 0.2, 0.2])]


def portfolio(table: pd.DataFrame | None = None, inputs: tuple[str, ...] = INPUTS, **roles: object) -> Portfolio:
    table = frame() if table is None else table
    stated = {"membership": membership(len(table)), "partitions": ("train", "valid", "test"), **roles}
    return Portfolio(table=Rows(frame=table), inputs=inputs, target="default", **stated)
