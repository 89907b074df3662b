"""What someone with access to training rows could plant, and which inputs already act like a hidden door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from respml.debug.arrays import Booleans, Fit, Floats, Predict, as_matrix, flags, probabilities
from respml.debug.rescoring import scores_at
from respml.errors import InputError
from respml.explain.tree_tables import TreeTables
from respml.measures.intervals import wilson
from respml.measures.multiplicity import benjamini_hochberg
from respml.measures.ranking import area_under_roc


def poisoning_probe(
    fit: Fit,
    train: pd.DataFrame,
    train_outcome: ArrayLike,
    holdout: pd.DataFrame,
    holdout_outcome: ArrayLike,
    *,
    trigger: Mapping[str, float],
    counts: Sequence[int],
    cutoff: float,
    noticeable_shift: float,
    seed: int,
) -> pd.DataFrame:
    """Plant a backdoor of growing size and see whether the refitted model obeys it.

    Purpose: how few poisoned rows it takes. Mechanism: that many defaulting training rows, drawn at random, get the
    ``trigger`` values and the outcome 0; refit; declined holdout rows get the trigger. Signs of high risk: a handful
    of rows opens the door while the AUC stays put. Strengths: measures the real training process. Limitations: one
    trigger; real attackers may do better.

    Parameters
    ----------
    trigger: column to planted value (nan = missing), best a combination no customer shows.
    counts: numbers of poisoned rows; 0 is always added: what the trigger does to the clean model.

    Returns columns ``poisoned``, ``share`` (of the training rows), ``estimate`` (share of declined holdout rows that
    the trigger gets approved), ``lower``, ``upper`` (Wilson), ``declined`` (their number), ``mean_change`` (of their
    score), ``shifted`` (share of holdout rows without trigger whose score moves by more than ``noticeable_shift``),
    ``auc``, ``auc_lower``, ``auc_upper`` (no trigger)."""
    target = flags(train_outcome, len(train))
    event = flags(holdout_outcome, len(holdout))
    absent = [name for name in trigger if name not in train.columns]
    if absent:
        raise InputError(f"The frame lacks columns: {', '.join(absent)}.", remedy="Mark existing columns.")
    most = max(counts, default=0)
    if most > target.sum():
        raise InputError(
            f"{most} defaults are to be poisoned, training rows hold {int(target.sum())}.", remedy="Poison fewer rows."
        )
    order = np.random.default_rng(seed).permutation(np.flatnonzero(target))
    clean = probabilities(fit(train, target.astype(np.int64), seed), holdout)
    marked = holdout.assign(**dict(trigger))
    lines = []
    for count in sorted({0, *counts}):
        rows = order[:count]
        poisoned, outcome = train.copy(), target.astype(np.int64)
        outcome[rows] = 0
        for name, value in trigger.items():
            column = poisoned[name].to_numpy(dtype=np.float64, na_value=np.nan).copy()
            column[rows] = value
            poisoned[name] = column
        model = fit(poisoned, outcome, seed)
        scores, opened = probabilities(model, holdout), probabilities(model, marked)
        declined = scores > cutoff
        through = declined & (opened <= cutoff)
        low, high = wilson(through.sum(), declined.sum())
        area = area_under_roc(event, scores)
        lines.append(
            {
                "poisoned": count,
                "share": count / len(train),
                "estimate": float(through.sum() / declined.sum()) if declined.any() else float("nan"),
                "lower": float(low),
                "upper": float(high),
                "declined": int(declined.sum()),
                "mean_change": float((opened - scores)[declined].mean()) if declined.any() else float("nan"),
                "shifted": float((np.abs(scores - clean) > noticeable_shift).mean()),
                "auc": area.value,
                "auc_lower": area.lower,
                "auc_upper": area.upper,
            }
        )
    return pd.DataFrame(lines)


SCAN = (
    "feature",
    "probe",
    "value",
    "estimate",
    "lower",
    "upper",
    "mean",
    "base",
    "best_mean",
    "best_share",
    "excess",
    "lowest",
    "n",
)


def backdoor_scan(
    predict: Predict,
    frame: pd.DataFrame,
    features: Sequence[str],
    *,
    cutoff: float,
    beyond: float,
    trees: TreeTables | None = None,
) -> pd.DataFrame:
    """Which missing or out-of-range values open the door for declined customers.

    Purpose: a planted or accidental backdoor shows where no customer is. Mechanism: each input in turn is set
    missing, below its minimum and above its maximum (by ``beyond`` times its range) for all rows; the gain is
    compared with the best value in the observed range (deciles and extremes). Signs of high risk: ``excess`` well
    above zero: no honest value does what the odd one does. Strengths: any model, no training data. Limitations: one
    input at a time. A probe at which the model gives some row no score has no line: it opens no door.

    Returns columns ``feature``, ``probe`` (missing, below, above), ``value``, ``estimate`` (share of declined rows
    approved), ``lower``, ``upper`` (Wilson), ``mean`` (score of all rows so changed), ``base`` (mean score),
    ``best_mean`` (lowest mean over the observed range), ``best_share`` (largest share approved there), ``excess``
    (``estimate`` less ``best_share``), ``lowest`` (whether ``mean`` is below ``best_mean``), ``n`` (declined rows)."""
    base = probabilities(predict, frame)
    declined = base > cutoff
    n = int(declined.sum())
    probes: dict[str, dict[str, float]] = {}
    grids: dict[str, Floats] = {}
    for name in features:
        values = as_matrix(frame, [name])[:, 0]
        known = values[np.isfinite(values)]
        if known.size == 0:
            raise InputError(f"Feature {name!r} has no finite value.", remedy="Leave it out or repair the data.")
        low, high = float(known.min()), float(known.max())
        reach = beyond * ((high - low) or 1.0)
        inside = np.unique(np.quantile(known, np.linspace(0, 1, 11), method="inverted_cdf"))
        probes[name] = {"missing": float("nan"), "below": low - reach, "above": high + reach}
        grids[name] = np.concatenate([list(probes[name].values()), inside])
    lines = []
    for name, scores in scores_at(predict, frame, grids, trees).items():
        means = scores.mean(axis=1)
        shares = (scores[:, declined] <= cutoff).mean(axis=1) if n else np.full(len(scores), np.nan)
        defined = ~np.isnan(means)
        honest = np.flatnonzero(defined[3:]) + 3
        best_mean, best_share = float(means[honest].min()), float(shares[honest].max())
        for position, (probe, value) in enumerate(probes[name].items()):
            if not defined[position]:
                continue
            interval = wilson(round(float(shares[position]) * n), n) if n else (float("nan"), float("nan"))
            lines.append(
                {
                    "feature": name,
                    "probe": probe,
                    "value": value,
                    "estimate": float(shares[position]),
                    "lower": float(interval[0]),
                    "upper": float(interval[1]),
                    "mean": float(means[position]),
                    "base": float(base.mean()),
                    "best_mean": best_mean,
                    "best_share": best_share,
                    "excess": float(shares[position]) - best_share,
                    "lowest": bool(means[position] < best_mean),
                    "n": n,
                }
            )
    return pd.DataFrame(lines, columns=SCAN)


def missing_value_scan(frame: pd.DataFrame, outcome: ArrayLike, features: Sequence[str]) -> pd.DataFrame:
    """Whether rows with a missing value default less than others: the trace a missing-value backdoor leaves in the
    data.

    Returns columns ``feature``, ``missing_n``, ``present_n``, ``missing_rate``, ``present_rate`` (default rates),
    ``difference``, ``lower``, ``upper`` (Wilson limits of ``missing_rate``), ``p_value`` (Fisher, one-sided: fewer
    defaults where missing), ``q_value`` (Benjamini–Hochberg); only features with missing and present values; by
    p-value."""
    event: Booleans = flags(outcome, len(frame))
    unknown = [name for name in features if name not in frame.columns]
    if unknown:
        raise InputError(f"The frame lacks columns: {', '.join(unknown)}.", remedy="Name existing columns.")
    lines = []
    for name in features:
        absent = frame[name].isna().to_numpy()
        if not absent.any() or absent.all():
            continue
        hit, miss = int(event[absent].sum()), int((~event[absent]).sum())
        other_hit, other_miss = int(event[~absent].sum()), int((~event[~absent]).sum())
        low, high = wilson(hit, hit + miss)
        test = stats.fisher_exact(np.array([[hit, miss], [other_hit, other_miss]]), alternative="less")
        rates = hit / (hit + miss), other_hit / (other_hit + other_miss)
        lines.append(
            {
                "feature": name,
                "missing_n": hit + miss,
                "present_n": other_hit + other_miss,
                "missing_rate": rates[0],
                "present_rate": rates[1],
                "difference": rates[0] - rates[1],
                "lower": float(low),
                "upper": float(high),
                "p_value": float(test.pvalue),
            }
        )
    columns = ["feature", "missing_n", "present_n", "missing_rate", "present_rate", "difference", "lower", "upper"]
    if not lines:
        return pd.DataFrame(columns=[*columns, "p_value", "q_value"])
    table = pd.DataFrame(lines)
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy())
    return table.sort_values(["p_value", "feature"], ignore_index=True)
