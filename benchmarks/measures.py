"""Measures against scikit-learn and plain loops, on as many rows as the UCI test partition (9,054).

    python benchmarks/measures.py [--rows N] [--replicates R] [--loop-replicates L]

Each line times this package and a reference that gives the same number, prints the ratio and the largest difference.
A reference that is linear in its replicates is timed on L of them and scaled to R; such lines are marked "scaled".
Times are the best of several runs in one process, so only their ratios travel between machines.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import metrics

from respml.measures.bootstrap import bootstrap_auc, stratified_weights
from respml.measures.calibration import (
    calibration_intercept_slope,
    expected_calibration_error,
    hosmer_lemeshow,
    integrated_calibration_index,
)
from respml.measures.comparison import delong_paired_test, paired_bootstrap
from respml.measures.cutoffs import cutoff_table, step_cutoffs
from respml.measures.model_ranking import fold_metrics, random_folds
from respml.measures.proper_scores import brier_skill_score, log_loss
from respml.measures.ranking import area_under_roc, average_precision, kolmogorov_smirnov, lift_table, roc_curve
from respml.measures.stability import population_stability_index


def best_time(call: Callable[[], Any], runs: int = 5) -> tuple[float, Any]:
    """Shortest of several timings, in seconds, and the last result."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


def compare(name: str, ours: Callable[[], Any], theirs: Callable[[], Any], scale: float = 1.0) -> None:
    """Print one line: both times, their ratio and the largest difference of the results."""
    seconds, result = best_time(ours)
    reference, expected = best_time(theirs, 1 if scale > 1 else 5)
    found, wanted = np.atleast_1d(result), np.atleast_1d(expected)
    gap = float(np.max(np.abs(found[: wanted.size] - wanted)))
    mark = " scaled" if scale > 1 else ""
    other, ratio = reference * scale * 1e3, reference * scale / seconds
    print(f"{name:44} {seconds * 1e3:9.2f} {other:11.2f} {ratio:8.1f} {gap:9.1e}{mark}")


def alone(name: str, ours: Callable[[], Any]) -> None:
    """Print one line for a measure without a reference."""
    print(f"{name:44} {best_time(ours)[0] * 1e3:9.2f}")


def kernel_delong(outcome: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """DeLong statistic from the full matrix of pairs, as the paper defines it."""
    tens, ones, areas = [], [], []
    for score in (first, second):
        gap = score[outcome == 1][:, None] - score[outcome == 0][None, :]
        kernel = (gap > 0) + 0.5 * (gap == 0)
        tens.append(kernel.mean(axis=1))
        ones.append(kernel.mean(axis=0))
        areas.append(kernel.mean())
    covariance = np.cov(tens) / tens[0].size + np.cov(ones) / ones[0].size
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return float((areas[1] - areas[0]) / np.sqrt(variance))


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=9054)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--loop-replicates", type=int, default=20)
    options = parser.parse_args()
    n, replicates, looped = options.rows, options.replicates, min(options.loop_replicates, options.replicates)
    generator = np.random.default_rng(1)
    probability = 1 / (1 + np.exp(-(generator.normal(size=n) - 1.4)))
    outcome = (generator.random(n) < probability).astype(int)
    other = 1 / (1 + np.exp(-(np.log(probability / (1 - probability)) + 0.4 * generator.normal(size=n))))
    scale = replicates / looped
    draws = stratified_weights(outcome, looped, seed=3)
    print(f"{n} rows, {outcome.sum()} defaults, {replicates} replicates, references looped {looped} times")
    print(f"{'measure':44} {'ours, ms':>9} {'other, ms':>11} {'ratio':>8} {'gap':>9}")

    compare(
        "AUC with DeLong interval / roc_auc_score",
        lambda: area_under_roc(outcome, probability).value,
        lambda: metrics.roc_auc_score(outcome, probability),
    )
    compare(
        "paired DeLong / full matrix of pairs",
        lambda: delong_paired_test(outcome, probability, other).statistic,
        lambda: kernel_delong(outcome, probability, other),
    )
    compare(
        "bootstrap AUC / roc_auc_score on drawn rows",
        lambda: bootstrap_auc(outcome, {"a": probability}, replicates, seed=3)["a"].to_numpy(),
        lambda: np.array([metrics.roc_auc_score(outcome, probability, sample_weight=each) for each in draws]),
        scale,
    )
    compare(
        "average precision, BCa / loop, no interval",
        lambda: average_precision(outcome, probability, replicates=replicates, seed=3).value,
        lambda: [
            metrics.average_precision_score(outcome, probability),
            *(metrics.average_precision_score(outcome, probability, sample_weight=each) for each in draws),
        ][0],
        scale,
    )
    compare(
        "paired bootstrap log-loss / loop",
        lambda: paired_bootstrap(outcome, probability, other, "log_loss", replicates, 3).difference.value,
        lambda: [
            metrics.log_loss(outcome, other) - metrics.log_loss(outcome, probability),
            *(
                metrics.log_loss(outcome, other, sample_weight=each)
                - metrics.log_loss(outcome, probability, sample_weight=each)
                for each in draws
            ),
        ][0],
        scale,
    )
    grid = step_cutoffs(0.01)
    compare(
        "cut-off table, 101 cut-offs / f1_score loop",
        lambda: cutoff_table(outcome, probability, grid)["f1"].fillna(0).to_numpy(),
        lambda: np.array([metrics.f1_score(outcome, probability > cut, zero_division=0) for cut in grid]),
    )
    compare("log-loss with interval", lambda: log_loss(outcome, probability).value,
            lambda: metrics.log_loss(outcome, probability))  # fmt: skip
    alone("cut-off table, every distinct cut-off", lambda: cutoff_table(outcome, probability))
    alone("ROC curve", lambda: roc_curve(outcome, probability))
    alone("lift table", lambda: lift_table(outcome, probability))
    alone("KS with BCa interval", lambda: kolmogorov_smirnov(outcome, probability, replicates=replicates))
    alone("Brier skill score with interval", lambda: brier_skill_score(outcome, probability))
    alone("calibration intercept and slope", lambda: calibration_intercept_slope(outcome, probability))
    alone("Hosmer–Lemeshow", lambda: hosmer_lemeshow(outcome, probability))
    alone("ECE with interval", lambda: expected_calibration_error(outcome, probability, replicates=replicates))
    alone("ICI with interval", lambda: integrated_calibration_index(outcome, probability, replicates=replicates))
    alone("PSI, three rules", lambda: population_stability_index(probability, other))
    folds = random_folds(n)
    alone("fold metrics, 2 models × 5 folds", lambda: fold_metrics(outcome, {"a": probability, "b": other}, folds))


if __name__ == "__main__":
    main()
