"""Error tables by segment, and the rows that a simpler benchmark gets right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Floats, area_or_nan, flags, mean_log_loss, row_losses
from respml.errors import InputError
from respml.measures.confusion import confusion_counts, ten_error_metrics
from respml.measures.ranking import area_under_roc

METRICS = (
    "prevalence",
    "accuracy",
    "true positive rate",
    "precision",
    "specificity",
    "negative predictive value",
    "false positive rate",
    "false discovery rate",
    "false negative rate",
    "false omissions rate",
)


def segment_errors(
    outcome: ArrayLike, probability: ArrayLike, level: ArrayLike, cutoff: float, *, smallest_level: int
) -> pd.DataFrame:
    """The ten error metrics of each level of a feature, one line a level and metric.

    Purpose: find customers for whom decisions are wrong more often. Mechanism: confusion matrix of each level at one
    cut-off. Signs of high risk: a level with volume whose false negative or false positive rate leaves the portfolio's
    interval. Strengths: reads in the units of decisions. Limitations: levels differ in prevalence, which moves
    precision and the omission rate without any defect; small levels have wide intervals.

    Returns columns ``level`` (``all`` first), ``metric``, ``estimate``, ``lower``, ``upper`` (Wilson), ``successes``,
    ``n`` (denominator), ``rows`` (of the level), ``small`` (fewer rows than ``smallest_level``). 0/0 is nan.
    """
    values = np.asarray(probability, dtype=np.float64)
    event = flags(outcome, values.size)
    parts = []
    for name, chosen in _levels(level, values.size):
        counts = confusion_counts(event[chosen], values[chosen], cutoff)
        table = ten_error_metrics(counts.tp, counts.fp, counts.fn, counts.tn)
        parts.append(table.assign(level=name, rows=int(chosen.sum()), small=bool(chosen.sum() < smallest_level)))
    names = ["level", "metric", "estimate", "lower", "upper", "successes", "n", "rows", "small"]
    return pd.concat(parts, ignore_index=True)[names]


def segment_table(
    outcome: ArrayLike, probability: ArrayLike, level: ArrayLike, cutoff: float, *, smallest_level: int
) -> pd.DataFrame:
    """:func:`segment_errors` as one line a level, for printing.

    Returns columns ``level``, ``n``, ``tp``, ``fp``, ``fn``, ``tn``, the ten metrics, ``auc``, ``log_loss``, ``small``.
    """
    values = np.asarray(probability, dtype=np.float64)
    event = flags(outcome, values.size)
    lines = []
    for name, chosen in _levels(level, values.size):
        counts = confusion_counts(event[chosen], values[chosen], cutoff)
        metrics = ten_error_metrics(counts.tp, counts.fp, counts.fn, counts.tn).set_index("metric")["estimate"]
        lines.append(
            {
                "level": name,
                "n": int(chosen.sum()),
                "tp": int(counts.tp),
                "fp": int(counts.fp),
                "fn": int(counts.fn),
                "tn": int(counts.tn),
                **{metric: float(metrics[metric]) for metric in METRICS},
                "auc": area_or_nan(event[chosen], values[chosen]),
                "log_loss": mean_log_loss(event[chosen], values[chosen]),
                "small": bool(chosen.sum() < smallest_level),
            }
        )
    return pd.DataFrame(lines)


def _levels(level: ArrayLike, n: int) -> list[tuple[object, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    """All rows, then each level in ascending order, then the missing ones, as masks."""
    given = pd.Series(np.asarray(level))
    if len(given) != n:
        raise InputError(f"The segment column has {len(given)} rows, {n} are expected.", remedy="Align it by row.")
    masks: list[tuple[object, np.ndarray[tuple[int], np.dtype[np.bool_]]]] = [("all", np.ones(n, dtype=bool))]
    masks += [(each, (given == each).to_numpy(dtype=bool)) for each in sorted(given.dropna().unique())]
    if given.isna().any():
        masks.append(("missing", given.isna().to_numpy()))
    return masks


def benchmark_disagreement(
    outcome: ArrayLike,
    champion: ArrayLike,
    benchmark: ArrayLike,
    *,
    champion_cutoff: float,
    benchmark_cutoff: float,
    identifier: Sequence[object] | pd.Index | pd.Series | None = None,
) -> pd.DataFrame:
    """Rows that the benchmark decides rightly and the champion wrongly, ranked by the champion's prediction.

    Purpose: see what complexity costs. Mechanism: decisions of both at their own cut-offs against the outcome. Signs of
    high risk: many rows, concentrated in a range of predictions or a kind of customer. Strengths: names rows to look
    at. Limitations: some such rows occur by chance for any two models; compare with the reverse count
    (:func:`agreement_counts`).

    Returns columns ``row``, ``identifier``, ``outcome``, ``champion``, ``benchmark`` (probabilities), ``rank``.
    """
    first, second, event = _pair(outcome, champion, benchmark)
    chosen = ((second > benchmark_cutoff) == event) & ((first > champion_cutoff) != event)
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(first[rows], kind="stable")]
    names = np.arange(first.size) if identifier is None else np.asarray(identifier)
    return pd.DataFrame(
        {
            "row": rows,
            "identifier": names[rows],
            "outcome": event[rows].astype(np.int64),
            "champion": first[rows],
            "benchmark": second[rows],
            "rank": np.arange(1, rows.size + 1),
        }
    )


def agreement_counts(
    outcome: ArrayLike, champion: ArrayLike, benchmark: ArrayLike, *, champion_cutoff: float, benchmark_cutoff: float
) -> pd.DataFrame:
    """Rows by whether each model decides rightly: columns ``champion_right``, ``benchmark_right``, ``n``, ``share``,
    ``mean_champion``, ``mean_benchmark``, ``mean_outcome``, ``low`` and ``high`` (5 % and 95 % points of the champion)."""
    first, second, event = _pair(outcome, champion, benchmark)
    lines = []
    for champion_right in (True, False):
        for benchmark_right in (True, False):
            chosen = (((first > champion_cutoff) == event) == champion_right) & (
                ((second > benchmark_cutoff) == event) == benchmark_right
            )
            n = int(chosen.sum())
            low, high = np.quantile(first[chosen], [0.05, 0.95]) if n else (np.nan, np.nan)
            lines.append(
                {
                    "champion_right": champion_right,
                    "benchmark_right": benchmark_right,
                    "n": n,
                    "share": n / first.size if first.size else np.nan,
                    "mean_champion": float(first[chosen].mean()) if n else np.nan,
                    "mean_benchmark": float(second[chosen].mean()) if n else np.nan,
                    "mean_outcome": float(event[chosen].mean()) if n else np.nan,
                    "low": float(low),
                    "high": float(high),
                }
            )
    return pd.DataFrame(lines)


def disagreement_profile(disagreement: pd.DataFrame, frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Means of features over the rows of :func:`benchmark_disagreement` beside all rows.

    Returns columns ``feature``, ``mean_rows``, ``mean_all``, ``difference`` (in standard deviations of all rows), ``n``.
    """
    chosen = frame[list(columns)].iloc[disagreement["row"].to_numpy()]
    everyone = frame[list(columns)]
    spread = everyone.std(ddof=0).replace(0.0, np.nan)
    table = pd.DataFrame({"mean_rows": chosen.mean(), "mean_all": everyone.mean()}).rename_axis("feature").reset_index()
    table["difference"] = ((table["mean_rows"] - table["mean_all"]) / spread.to_numpy()).to_numpy()
    return table.assign(n=len(chosen)).sort_values(
        "difference", key=lambda column: column.abs(), ascending=False, ignore_index=True
    )


def blended(champion: ArrayLike, benchmark: ArrayLike, *, low: float, high: float, share: float) -> Floats:
    """The champion's probability, mixed with ``share`` of the benchmark's where it lies strictly in ``low`` to ``high``."""
    first, second = np.asarray(champion, dtype=np.float64), np.asarray(benchmark, dtype=np.float64)
    within = (first > low) & (first < high)
    result: Floats = np.where(within, (1 - share) * first + share * second, first)
    return result


def blending_trial(
    outcome: ArrayLike,
    champion: ArrayLike,
    benchmark: ArrayLike,
    *,
    champion_cutoff: float,
    benchmark_cutoff: float,
    shares: Sequence[float],
    seed: int,
    quantiles: tuple[float, float] = (0.05, 0.95),
) -> pd.DataFrame:
    """Whether mixing in the benchmark where the champion errs helps, judged on rows that chose neither range nor share.

    The range of predictions (``quantiles`` of the champion's among rows that only the benchmark gets right) and the share
    of least log-loss come from one random half, stratified by outcome; the effect is measured on the other.

    Returns one line a half (``search``, ``held_out``) and model (``champion``, ``blend``): ``half``, ``model``, ``low``,
    ``high``, ``share``, ``n``, ``auc``, ``auc_lower``, ``auc_upper``, ``log_loss``, ``change_log_loss``, ``lower``,
    ``upper`` (95 % normal limits of the paired change of log-loss; negative = the blend is better).
    """
    first, second, event = _pair(outcome, champion, benchmark)
    search = half_mask(event, seed)
    rows = benchmark_disagreement(
        event[search],
        first[search],
        second[search],
        champion_cutoff=champion_cutoff,
        benchmark_cutoff=benchmark_cutoff,
    )
    if rows.empty:
        raise InputError("No row is decided rightly by the benchmark alone.", remedy="There is nothing to blend.")
    low, high = (float(each) for each in np.quantile(rows["champion"], quantiles))
    losses = {
        share: mean_log_loss(event[search], blended(first[search], second[search], low=low, high=high, share=share))
        for share in shares
    }
    best = min(losses, key=lambda share: (losses[share], share))
    mixed = blended(first, second, low=low, high=high, share=best)
    lines = []
    for half, chosen in (("search", search), ("held_out", ~search)):
        for name, scores in (("champion", first), ("blend", mixed)):
            lines.append(
                {
                    "half": half,
                    "model": name,
                    "low": low,
                    "high": high,
                    "share": best if name == "blend" else 0.0,
                    **paired_change(event[chosen], first[chosen], scores[chosen]),
                }
            )
    return pd.DataFrame(lines)


def paired_change(outcome: ArrayLike, before: ArrayLike, after: ArrayLike) -> Mapping[str, float]:
    """AUC and log-loss of ``after`` with the paired change of log-loss against ``before`` and its 95 % normal limits."""
    change = row_losses(outcome, after) - row_losses(outcome, before)
    area = area_under_roc(outcome, after)
    reach = 1.959964 * float(change.std(ddof=1)) / np.sqrt(change.size) if change.size > 1 else float("nan")
    return {
        "n": change.size,
        "auc": area.value,
        "auc_lower": area.lower,
        "auc_upper": area.upper,
        "log_loss": mean_log_loss(outcome, after),
        "change_log_loss": float(change.mean()),
        "lower": float(change.mean()) - reach,
        "upper": float(change.mean()) + reach,
    }


def half_mask(outcome: ArrayLike, seed: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """A random half of the rows, stratified by outcome: True = searched, False = confirmed on."""
    given = np.asarray(outcome, dtype=bool)
    generator = np.random.default_rng(seed)
    chosen = np.zeros(given.size, dtype=bool)
    for each in (False, True):
        rows = generator.permutation(np.flatnonzero(given == each))
        chosen[rows[: rows.size // 2]] = True
    return chosen


def _pair(
    outcome: ArrayLike, champion: ArrayLike, benchmark: ArrayLike
) -> tuple[Floats, Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    first, second = np.asarray(champion, dtype=np.float64), np.asarray(benchmark, dtype=np.float64)
    if first.shape != second.shape:
        raise InputError(f"The models have {first.size} and {second.size} predictions.", remedy="Align them by row.")
    return first, second, flags(outcome, first.size)
