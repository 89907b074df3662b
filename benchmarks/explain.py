"""Speed and equality of the explanations against the usual calls, on the same rows, model and machine in one run.

python benchmarks/explain.py            # UCI data where present (RESPML_UCI), else simulated rows of the same shape
python benchmarks/explain.py --rows 2000
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shap
import xgboost
from sklearn.inspection import partial_dependence as sklearn_partial_dependence

from respml.explain import (
    AT_CUTOFF,
    Model,
    Reason,
    adverse_action_reasons,
    background_sensitivity,
    baseline_population,
    baseline_values,
    grids,
    importance,
    improvement_test,
    interventional_shapley,
    partial_dependence,
    prove_monotonicity,
    shapley_interactions,
    surrogate_tree,
)

SEED = 12345
UCI = Path(os.environ.get("RESPML_UCI", Path(__file__).parents[2] / "shared" / "data" / "uci_credit_card.csv"))
LEFT_OUT = ("ID", "SEX", "EDUCATION", "MARRIAGE", "AGE")
INTERACTION_ROWS = 40
BACKGROUND = 100


def portfolio() -> tuple[str, pd.DataFrame, pd.Series]:
    """Inputs and target: the UCI file where present, else simulated rows with as many columns."""
    if UCI.exists():
        frame = pd.read_csv(UCI)
        target = frame.columns[-1]
        return "UCI credit card", frame.drop(columns=[*LEFT_OUT, target]).astype(float), frame[target]
    generator = np.random.default_rng(SEED)
    frame = pd.DataFrame(generator.normal(size=(30_000, 19)), columns=[f"x{place}" for place in range(19)])
    score = frame["x0"] + 0.5 * frame["x1"] * frame["x2"] - 1.3
    return "simulated", frame, (generator.random(30_000) < 1 / (1 + np.exp(-score))).astype(int)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the faster of two calls, and the result."""
    best, result = np.inf, None
    for _ in range(2):
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
    return best, result


class AsClassifier(xgboost.XGBClassifier):
    """A trained booster as the classifier that scikit-learn's partial dependence asks for."""

    @classmethod
    def around(cls, booster: Any, features: int) -> AsClassifier:
        wrapped = cls(n_jobs=2)
        wrapped._Booster = booster
        wrapped.n_classes_ = 2
        return wrapped


def train(frame: pd.DataFrame, target: pd.Series, depth: int, rounds: int, eta: float, monotone: bool) -> Any:
    parameters: dict[str, Any] = {
        "objective": "binary:logistic",
        "max_depth": depth,
        "eta": eta,
        "subsample": 0.9,
        "colsample_bytree": 0.9,
        "seed": SEED,
        "nthread": 2,
        "base_score": float(target.mean()),
    }
    if monotone:
        parameters["monotone_constraints"] = signs(frame, target)
    return xgboost.train(parameters, xgboost.DMatrix(frame, target), rounds)


def signs(frame: pd.DataFrame, target: pd.Series) -> dict[str, int]:
    return {str(name): int(np.sign(frame[name].corr(target))) for name in frame.columns}


def line(name: str, ours: float, usual: float, ratio_goal: str, difference: float, note: str = "") -> None:
    print(
        f"{name:44s} {ours:8.2f} s  usual {usual:8.2f} s  ratio {usual / ours:6.1f} (goal {ratio_goal})"
        f"  max difference {difference:.1e}  {note}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=0, help="test rows to use; all when 0")
    rows = parser.parse_args().rows
    name, frame, target = portfolio()
    draw = np.random.RandomState(SEED).rand(len(frame))
    fit, test = frame[draw < 0.7], frame[draw >= 0.7]
    test = test.iloc[:rows] if rows else test
    outcome = target.loc[test.index]
    boosters = {
        "mgbm": train(fit, target.loc[fit.index], 3, 272, 0.05, True),
        "gbm": train(fit, target.loc[fit.index], 6, 52, 0.1, False),
    }
    models = {key: Model.from_booster(key, each) for key, each in boosters.items()}
    print(f"{name}: {len(test)} test rows, {test.shape[1]} inputs, trees {[m.trees.trees for m in models.values()]}")

    tables = grids(test, list(test.columns), missing=False)
    seconds, result = timed(lambda: partial_dependence(list(models.values()), test, grids=tables))
    usual, gap = 0.0, 0.0
    for key, booster in boosters.items():
        wrapped = AsClassifier.around(booster, test.shape[1])
        for feature, table in tables.items():
            start = time.perf_counter()
            values = {feature: table["value"].to_numpy()}
            both = sklearn_partial_dependence(
                wrapped, test, [feature], custom_values=values, method="brute", kind="both"
            )
            usual += time.perf_counter() - start
            ours = result.curves[(result.curves["model"] == key) & (result.curves["feature"] == feature)]
            gap = max(gap, float(np.abs(ours["estimate"].to_numpy() - both["average"][0]).max()))
    line("partial dependence and ICE, both models", seconds, usual, "5", gap)

    contributions: dict[str, pd.DataFrame] = {}
    for key, booster in boosters.items():
        seconds, result = timed(lambda booster=booster, key=key: shapley_interactions(key, booster, test))
        head = xgboost.DMatrix(test.iloc[:INTERACTION_ROWS])
        usual, _ = timed(lambda booster=booster, head=head: booster.predict(head, pred_interactions=True))
        usual *= len(test) / INTERACTION_ROWS
        gap = float(result.check["max_difference"].iloc[0])
        note = f"usual: pred_interactions of {INTERACTION_ROWS} rows, scaled to all"
        line(f"interactions, all rows, {key}", seconds, usual, "20", gap, note)

    for key, model in models.items():
        background = fit.iloc[:BACKGROUND]
        part = test.iloc[:1000]
        seconds, ours = timed(
            lambda model=model, part=part, background=background: interventional_shapley(model, part, background)
        )
        usual, theirs = timed(
            lambda key=key, part=part, background=background: shap.TreeExplainer(
                boosters[key], background, feature_perturbation="interventional"
            ).shap_values(part)
        )
        gap = float(np.abs(ours[list(test.columns)].to_numpy() - theirs).max())
        line(f"interventional Shapley, 1,000 x 100, {key}", seconds, usual, "-", gap)
        seconds, whole = timed(lambda model=model: interventional_shapley(model, test, fit))
        per_pair = usual / (len(part) * BACKGROUND)
        note = "usual: shap at its rate a pair of rows"
        line(f"  against all {len(fit)} training rows", seconds, per_pair * len(test) * len(fit), "2", np.nan, note)
        contributions[key] = whole

    probability = models["mgbm"].probability(test)
    cutoff = float(np.quantile(probability, 0.8))
    texts = {str(each): Reason(f"R{place:02d}", str(each)) for place, each in enumerate(test.columns)}
    base = baseline_population(contributions["mgbm"], probability, cutoff, population=AT_CUTOFF)
    constraint = signs(fit, target.loc[fit.index])
    reasons = adverse_action_reasons(contributions["mgbm"], probability, cutoff, texts, baseline=base)
    usual_values = baseline_values(test, base, list(test.columns))
    jobs: dict[str, Callable[[], Any]] = {
        "monotonicity proof, mgbm": lambda: prove_monotonicity(models["mgbm"], constraint, rows=test),
        "monotonicity counter-examples, gbm": lambda: prove_monotonicity(models["gbm"], constraint, rows=test),
        "importance with 1,000 bootstrap ranks, both": lambda: importance(contributions),
        "20 backgrounds of 100, 500 rows, gbm": lambda: background_sensitivity(models["gbm"], test.iloc[:500], fit),
        "surrogate tree, depth 4, 5 folds": lambda: surrogate_tree(test, probability, depth=4),
        "reasons of all declined": lambda: adverse_action_reasons(
            contributions["mgbm"], probability, cutoff, texts, baseline=base
        ),
        "improvement test of all stated reasons": lambda: improvement_test(models["mgbm"], test, reasons, usual_values),
    }
    for title, job in jobs.items():
        seconds, _ = timed(job)
        print(f"{title:44s} {seconds:8.2f} s")
    print(f"declined {reasons.declined}, defaults among test rows {int(outcome.sum())}")


if __name__ == "__main__":
    main()
