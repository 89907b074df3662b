"""What the debugging room costs on the UCI portfolio, on one core: ``python benchmarks/debug.py [--oracle]``.

Needs the UCI file (``RESPML_UCI``, else ``../shared/data/uci_credit_card.csv``). With ``--oracle`` shap computes the
log-loss Shapley values of 500 rows beside ours, in the same run, and the ratio of time a row is printed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import xgboost

from respml.debug.attacks.adversarial import find_flips
from respml.debug.attacks.extraction import extraction_attack
from respml.debug.attacks.grid_search import prototypes
from respml.debug.attacks.plausibility import plausibility
from respml.debug.attacks.poisoning import backdoor_scan
from respml.debug.attacks.random_attack import random_attack
from respml.debug.loss_shapley import background_error, background_sample, loss_shapley
from respml.debug.overfit import overfit_regions
from respml.debug.residual_trees import assertion_trial
from respml.debug.sensitivity import dependence_with_residuals, robustness
from respml.debug.weak_spots import find_weak_spots
from respml.explain.tree_tables import tree_tables

Result = TypeVar("Result")


def timed(name: str, work: Callable[[], Result]) -> tuple[Result, float]:
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    print(f"{name:58} {seconds:7.2f} s", flush=True)
    return result, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--oracle", action="store_true", help="compare with shap")
    arguments = parser.parse_args()
    path = Path(os.environ.get("RESPML_UCI", "../shared/data/uci_credit_card.csv"))
    if not path.exists():
        print(f"the UCI file is not at {path}; set RESPML_UCI")
        return
    frame = pd.read_csv(path).rename(columns={"default.payment.next.month": "default"})
    chosen = np.random.RandomState(12345).uniform(size=len(frame)) < 0.7
    inputs = [name for name in frame.columns if name not in {"ID", "default"}]
    train, test = frame[chosen], frame[~chosen].reset_index(drop=True)
    parameters = {
        "objective": "binary:logistic",
        "eta": 0.08,
        "subsample": 0.9,
        "colsample_bytree": 0.9,
        "max_depth": 15,
        "base_score": float(train["default"].mean()),
        "seed": 12345,
        "monotone_constraints": tuple(int(np.sign(frame[name].corr(frame["default"]))) for name in inputs),
        "nthread": 1,
    }
    booster = xgboost.train(parameters, xgboost.DMatrix(train[inputs], train["default"]), 62)
    trees = tree_tables(booster)

    def predict(rows: pd.DataFrame) -> np.ndarray:
        return booster.inplace_predict(rows[inputs].to_numpy(dtype=np.float32)).astype(np.float64)

    rows, outcome = test[inputs], test["default"].to_numpy()
    scores, train_scores = predict(test), predict(train)
    background = background_sample(train[inputs], 100, 1)
    print(f"{len(rows)} rows, {len(inputs)} inputs, 62 trees of depth 15, one core")
    _, ours = timed(
        "log-loss and log-odds Shapley values, background 100", lambda: loss_shapley(trees, rows, outcome, background)
    )
    larger = background_sample(train[inputs], 1000, 1)
    timed("the same, background 1000", lambda: loss_shapley(trees, rows, outcome, larger))
    for size in (background, larger):
        table, _ = timed(
            f"background error, {len(size)} rows, on 500 rows",
            lambda size=size: background_error(trees, rows, outcome, size, rows=500, seed=1),
        )
        share = table["importance_error"].sum() / table["importance"].sum()
        print(f"    error of the importances: {share:.4f} of their sum")
    if arguments.oracle:
        import shap

        explainer = shap.TreeExplainer(
            booster, background, model_output="log_loss", feature_perturbation="interventional"
        )
        _, theirs = timed(
            "shap, 500 rows, background 100", lambda: explainer.shap_values(rows.iloc[:500], outcome[:500])
        )
        print(f"    shap / ours, time a row: {theirs / 500 / (ours / len(rows)):.1f}")
    weak = {"bins": 5, "smallest_slice": 100}
    timed(
        "weak spots, 23 columns and 253 pairs",
        lambda: find_weak_spots(test, outcome, scores, inputs, seed=1, candidates=10, **weak),
    )
    timed(
        "train-test gap by region, 23 columns and 253 pairs",
        lambda: overfit_regions(
            train, train["default"], train_scores, test, outcome, scores, inputs, pairs=True, **weak
        ),
    )
    timed(
        "assertions tried, 2 a class",
        lambda: assertion_trial(rows, outcome, scores, inputs, depth=4, rules=2, smallest_leaf=30, seed=1),
    )
    timed(
        "dependence with residuals, 23 inputs",
        lambda: dependence_with_residuals(predict, rows, outcome, inputs, trees=trees),
    )
    timed(
        "robustness, 2 kinds × 3 sizes × 5 repeats",
        lambda: robustness(predict, rows, outcome, inputs, sizes=[0.05, 0.1, 0.2], repeats=5, cutoff=0.25, seed=1),
    )
    yardstick, _ = timed("plausibility yardstick, 5000 rows", lambda: plausibility(train, inputs, rows=5000, seed=1))
    attacked = prototypes(scores, outcome, cutoff=0.25, near_cutoff=20, percentiles=[90], residual_percentiles=[95])
    positions = attacked.loc[attacked["probability"] > 0.25, "position"].tolist()
    timed(
        f"adversarial search, {len(positions)} prototypes",
        lambda: find_flips(
            predict,
            rows,
            positions,
            inputs,
            cutoff=0.25,
            yardstick=yardstick,
            candidates=15,
            most_features=4,
            beam=8,
        ),
    )
    timed(
        "random attack, 2 × 1,000,000 rows",
        lambda: random_attack(
            predict, rows, inputs, rows=1_000_000, beyond=0.33, missing_share=0.15, cutoff=0.25, seed=1
        ),
    )
    timed(
        "backdoor scan, 23 inputs", lambda: backdoor_scan(predict, rows, inputs, cutoff=0.25, beyond=0.33, trees=trees)
    )
    timed(
        "extraction, 3 sizes, 2 kinds of knowledge",
        lambda: extraction_attack(
            predict, train, rows, inputs, queries=[100, 1000, 10_000], tree_depth=6, cutoff=0.25, seed=1
        ),
    )


if __name__ == "__main__":
    main()
