"""The rows that a simpler benchmark decides rightly and the champion wrongly, and whether blending helps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Booleans, Floats, flags, given_probabilities, mean_log_loss
from respml.debug.halves import half_mask, paired_change
from respml.errors import InputError


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
    ``mean_champion``, ``mean_benchmark``, ``mean_outcome``, ``low`` and ``high`` (5 % and 95 % points of the
    champion).
    """
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

    Returns columns ``feature``, ``mean_rows``, ``mean_all``, ``difference`` (in standard deviations of all rows),
    ``n``.
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
    """The champion's probability, mixed with ``share`` of the benchmark's where it lies strictly in ``low`` to
    ``high``."""
    first, second = given_probabilities(champion), given_probabilities(benchmark)
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

    The range of predictions (``quantiles`` of the champion's among rows that only the benchmark gets right) and the
    share of least log-loss come from one random half, stratified by outcome; the effect is measured on the other.

    Returns one line a half (``search``, ``held_out``) and model (``champion``, ``blend``): ``half``, ``model``,
    ``low``, ``high``, ``share``, ``n``, ``auc``, ``auc_lower``, ``auc_upper``, ``log_loss``, ``change_log_loss``,
    ``lower``, ``upper`` (95 % normal limits of the paired change of log-loss; negative = the blend is better). No line
    where, in the searched half, the benchmark alone decides no row rightly: there is nothing to blend.
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
        return pd.DataFrame()
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


def _pair(outcome: ArrayLike, champion: ArrayLike, benchmark: ArrayLike) -> tuple[Floats, Floats, Booleans]:
    first, second = given_probabilities(champion), given_probabilities(benchmark)
    if first.shape != second.shape:
        raise InputError(f"The models have {first.size} and {second.size} predictions.", remedy="Align them by row.")
    return first, second, flags(outcome, first.size)
