"""Bootstrap of group metrics: draws over cells against ``fairlearn.metrics.MetricFrame`` on the same rows.

    python benchmarks/fairness.py [--fairlearn-replicates N] [--replicates N] [--power]

The same ten error metrics in every group of four attributes, with 1,000 replicates. fairlearn redraws and recounts
rows, so its time is linear in replicates: it is timed on N of them and scaled, and the output says so; with few of
them its extreme quantiles, and so its intervals, are too narrow. Both sides return the quantiles 2.5 %, 50 % and
97.5 % of every metric in every group; their agreement is printed beside the times.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    true_negative_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score, precision_score

from respml.measures.fairness.acceptance import AIR, acceptance_gaps
from respml.measures.fairness.adversary import adversary
from respml.measures.fairness.bootstrap import bootstrap_intervals, replicate_metrics
from respml.measures.fairness.membership import bands, observed_membership
from respml.measures.fairness.rates import TEN_METRICS
from respml.measures.fairness.study import Study, make_study

QUANTILES = [0.025, 0.5, 0.975]
NO_ROWS = np.nan


def prevalence(y_true: pd.Series, y_pred: pd.Series) -> float:
    """Share of defaults."""
    return float(np.mean(y_true))


def negative_predicted_value(y_true: pd.Series, y_pred: pd.Series) -> float:
    """Share of payers among those predicted to pay."""
    return float(precision_score(1 - y_true, 1 - y_pred, zero_division=NO_ROWS))


FAIRLEARN = {
    "prevalence": prevalence,
    "accuracy": accuracy_score,
    "true positive rate": true_positive_rate,
    "precision": partial(precision_score, zero_division=NO_ROWS),
    "specificity": true_negative_rate,
    "negative predicted value": negative_predicted_value,
    "false positive rate": false_positive_rate,
    "false discovery rate": lambda y_true, y_pred: 1 - precision_score(y_true, y_pred, zero_division=NO_ROWS),
    "false negative rate": false_negative_rate,
    "false omission rate": lambda y_true, y_pred: 1 - negative_predicted_value(y_true, y_pred),
}


def portfolio() -> tuple[Study, str]:
    """A study on 9,054 rows of UCI, where the file is there, else on simulated rows of the same shape."""
    path = Path(os.environ.get("RESPML_UCI", Path(__file__).parents[2] / "shared/data/uci_credit_card.csv"))
    generator = np.random.default_rng(12345)
    if path.exists():
        rows = pd.read_csv(path).iloc[:9054]
        outcome, source = rows.iloc[:, -1].to_numpy(), "UCI credit card, first 9,054 rows"
        score = np.clip(0.12 + 0.12 * rows["PAY_0"].clip(-1) + generator.normal(0, 0.05, len(rows)), 0.01, 0.99)
        education = rows["EDUCATION"].where(rows["EDUCATION"].between(1, 3), 4)
        groups = {"SEX": rows["SEX"], "EDUCATION": education, "MARRIAGE": rows["MARRIAGE"].replace(0, 3)}
        groups["AGE"] = bands(rows["AGE"], [25, 40, 60])
    else:
        score = generator.beta(1.2, 4, 9054)
        outcome, source = (generator.random(9054) < score).astype(int), "simulated, 9,054 rows"
        sizes = {"SEX": 2, "EDUCATION": 4, "MARRIAGE": 3, "AGE": 4}
        groups = {name: generator.integers(0, size, 9054) for name, size in sizes.items()}
    memberships = [observed_membership(name, values, pd.Series(values).mode()[0]) for name, values in groups.items()]
    return make_study(outcome, {"model": score}, {"model": 0.25}, memberships, intersections=False), source


def cells_bootstrap(study: Study, replicates: int) -> dict[str, np.ndarray]:
    """Quantiles of every metric in every group of every attribute, by draws over cells."""
    found = {}
    for seed, membership in enumerate(study.memberships):
        drawn = replicate_metrics(study, "model", membership.attribute, replicates, seed, TEN_METRICS)
        found[membership.attribute] = np.nanquantile(drawn, QUANTILES, axis=0)
    return found


def fairlearn_bootstrap(study: Study, replicates: int) -> dict[str, np.ndarray]:
    """The same by MetricFrame, which redraws rows."""
    found = {}
    for membership in study.memberships:
        labels = np.array(membership.names, dtype=object)[membership.codes]
        frame = MetricFrame(
            metrics=FAIRLEARN,
            y_true=study.outcome,
            y_pred=study.declined("model"),
            sensitive_features=labels,
            n_boot=replicates,
            ci_quantiles=QUANTILES,
            random_state=1,
        )
        tables = [table.loc[list(membership.names), list(FAIRLEARN)].to_numpy(float) for table in frame.by_group_ci]
        found[membership.attribute] = np.stack(tables)
    return found


def power(portfolios: int = 200) -> pd.DataFrame:
    """How often a planted gap and a planted proxy are found, and how often the tests cry wolf."""
    records = []
    for name, gap, proxy in (("clean", 0.0, 0.0), ("planted", 0.4, 0.5)):
        gaps, proxies = [], []
        for seed in range(portfolios):
            generator = np.random.default_rng(seed)
            code = generator.integers(0, 2, 2000)
            inputs = pd.DataFrame(generator.normal(size=(2000, 4)), columns=list("abcd"))
            inputs["d"] += proxy * code
            risk = 1 / (1 + np.exp(1.2 - inputs["a"] - gap * code))
            outcome = (generator.random(2000) < risk).astype(int)
            membership = observed_membership("G", code, 0)
            study = make_study(outcome, {"m": risk}, {"m": 0.35}, [membership])
            table = acceptance_gaps(study)
            gaps.append(float(table.loc[table["measure"] == AIR, "p_value"].iloc[0]) < 0.05)
            if seed < portfolios // 4:
                proxies.append(float(adversary(inputs, membership, "1", rounds=20).result["p_value"].iloc[0]) < 0.05)
        records.append((name, "group gap (two-proportion z, 5 %)", np.mean(gaps), len(gaps)))
        records.append((name, "proxy (adversary, 5 %)", np.mean(proxies), len(proxies)))
    return pd.DataFrame(records, columns=["portfolio", "test", "share found", "portfolios"])


def main() -> None:
    """Print one table of times and their ratio, and how far the two sets of quantiles differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--fairlearn-replicates", type=int, default=20)
    parser.add_argument("--power", action="store_true", help="print detection and false-alarm rates too")
    options = parser.parse_args()
    study, source = portfolio()
    cells_bootstrap(study, 10)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        ours = cells_bootstrap(study, options.replicates)
        times.append(time.perf_counter() - start)
    draws = []
    for _ in range(5):
        start = time.perf_counter()
        for seed, membership in enumerate(study.memberships):
            replicate_metrics(study, "model", membership.attribute, options.replicates, seed, TEN_METRICS)
        draws.append(time.perf_counter() - start)
    start = time.perf_counter()
    bootstrap_intervals(study, options.replicates)
    full = time.perf_counter() - start
    start = time.perf_counter()
    fairlearn_bootstrap(study, 2)
    first = time.perf_counter() - start
    start = time.perf_counter()
    theirs = fairlearn_bootstrap(study, options.fairlearn_replicates)
    measured = time.perf_counter() - start
    slope = (measured - first) / (options.fairlearn_replicates - 2)
    scaled = measured + slope * (options.replicates - options.fairlearn_replicates)
    print(f"{source}; ten metrics, {len(study.memberships)} attributes, {options.replicates} replicates")
    print(f"cells, replicates of all metrics       {min(draws):10.4f} s")
    print(f"cells, with the three quantiles        {min(times):10.4f} s")
    print(f"cells, BCa table with ratios           {full:10.4f} s")
    print(f"fairlearn MetricFrame                  {scaled:10.1f} s", end="")
    if options.fairlearn_replicates != options.replicates:
        print(f"  ({options.fairlearn_replicates} replicates took {measured:.1f} s, scaled linearly)", end="")
    print(f"\nratio, quantiles on both sides         {scaled / min(times):10.0f} ×")
    widths = []
    for attribute, quantiles in theirs.items():
        spread = quantiles[2] - quantiles[0]
        mine = ours[attribute][2] - ours[attribute][0]
        with np.errstate(divide="ignore", invalid="ignore"):
            widths.append((mine / spread)[np.isfinite(spread) & (spread > 0)])
    print(f"width of our intervals over theirs     {np.median(np.concatenate(widths)):10.3f} (median)")
    if options.power:
        print(power().to_string(index=False))


if __name__ == "__main__":
    main()
