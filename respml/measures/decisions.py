"""Two sets of approve/decline decisions on the same rows: McNemar's test, swap sets, benchmark against champion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special, stats

from respml.measures.conventions import convention
from respml.measures.inputs import Booleans, Integers, binary_events, labelled_scores, same_length
from respml.measures.intervals import wilson
from respml.measures.test_result import TestResult

EXACT_BELOW = 25


def _decisions(outcome: ArrayLike, decline_a: ArrayLike, decline_b: ArrayLike) -> tuple[Booleans, Booleans, Booleans]:
    """Outcome and two sets of decisions, checked and aligned."""
    event = binary_events(outcome)
    first, second = binary_events(decline_a, "decline_a"), binary_events(decline_b, "decline_b")
    same_length(event.size, first.size, "decline_a")
    same_length(event.size, second.size, "decline_b")
    return event, first, second


@convention(
    name="McNemar test",
    formula="b rows only A decides rightly, c only B: exact binomial(b + c, ½) where b + c < 25, "
    "else χ² = max(|b − c| − 1, 0)²/(b + c) with 1 degree of freedom",
    source="McNemar 1947; Edwards 1948 (continuity correction); Fagerland, Lydersen & Laake 2013 (mid-p)",
    zero_bins="no discordant rows: p = 1",
    denominator="discordant rows",
    interval="none",
    weights="not applicable: unweighted only",
)
def mcnemar_test(
    outcome: ArrayLike,
    decline_a: ArrayLike,
    decline_b: ArrayLike,
    *,
    mid_p: bool = False,
    exact: bool | None = None,
) -> TestResult:
    """Test that two sets of decisions are right equally often; holds for these cut-offs only.

    Parameters
    ----------
    outcome, decline_a, decline_b: 0/1 arrays; a decision is right where it declines a default or approves another row.
    mid_p: use the mid-p binomial test, which is less conservative than the exact one, at any number of rows.
    exact: force (or forbid) the exact test; by default it is used where fewer than 25 rows are discordant.

    Returns
    -------
    TestResult, two-sided; ``n`` is the number of discordant rows. ``statistic`` is b (rows only A decides rightly) for
    binomial tests and χ² otherwise.
    """
    event, first, second = _decisions(outcome, decline_a, decline_b)
    right_a, right_b = first == event, second == event
    b, c = int(np.count_nonzero(right_a & ~right_b)), int(np.count_nonzero(~right_a & right_b))
    discordant = b + c
    if mid_p:
        tail = 2 * stats.binom.cdf(min(b, c), discordant, 0.5) - stats.binom.pmf(min(b, c), discordant, 0.5)
        return TestResult(float(b), float(min(1.0, tail)), discordant, float("nan"), "McNemar, binomial mid-p")
    if exact is None:
        exact = discordant < EXACT_BELOW
    if exact or discordant == 0:
        tail = 2 * stats.binom.cdf(min(b, c), discordant, 0.5)
        note = "" if discordant else "no discordant rows"
        return TestResult(
            float(b), float(min(1.0, tail)), discordant, float("nan"), "McNemar, exact binomial, two-sided", note
        )
    statistic = max(abs(b - c) - 1, 0) ** 2 / discordant
    p_value = float(special.chdtrc(1, statistic))
    return TestResult(statistic, p_value, discordant, 1.0, "McNemar, χ² with continuity correction")


@convention(
    name="Swap set",
    formula="rows by decision of model A and of model B, with the event rate of each cell",
    source="Siddiqi 2017",
    direction="decline = predicted to default",
    zero_bins="event rate of an empty cell is undefined",
    denominator="rows of the cell (event rate); all rows (share)",
    interval="Wilson on the event rate",
    weights="not applicable: unweighted only",
)
def swap_sets(outcome: ArrayLike, decline_a: ArrayLike, decline_b: ArrayLike) -> pd.DataFrame:
    """Who would be decided differently, and how those rows turned out.

    Parameters
    ----------
    outcome, decline_a, decline_b: 0/1 arrays of one length.

    Returns
    -------
    DataFrame of four rows: ``decision_a``, ``decision_b`` (``approve``, ``decline``), ``n``, ``share``, ``events``,
    ``event_rate``, ``lower``, ``upper``. Swapped in by B: declined by A, approved by B.
    """
    event, first, second = _decisions(outcome, decline_a, decline_b)
    cell = 2 * first + second
    n = np.bincount(cell, minlength=4).astype(np.int64)
    events = np.bincount(cell[event], minlength=4).astype(np.int64)
    lower, upper = wilson(events, n)
    names = np.array(["approve", "decline"])
    return pd.DataFrame(
        {
            "decision_a": names[[0, 0, 1, 1]],
            "decision_b": names[[0, 1, 0, 1]],
            "n": n,
            "share": n / event.size if event.size else np.full(4, np.nan),
            "events": events,
            "event_rate": np.divide(events, n, out=np.full(4, np.nan), where=n > 0),
            "lower": lower,
            "upper": upper,
        }
    )


@dataclass(frozen=True)
class BenchmarkDisagreement:
    """Rows on which the benchmark decides rightly and the champion wrongly.

    Attributes
    ----------
    rows: positions of those rows, ascending.
    n, share: their number, and their share of all rows.
    champion_right: number of rows on which only the champion is right, for comparison.
    event_rate: share of defaults among the rows.
    mean_benchmark_probability, mean_champion_probability: mean probability given to the rows.
    champion_lower, champion_upper: 5th and 95th percentile of the champion's probability on the rows: the region in
        which a blend with the benchmark might help.
    """

    rows: Integers
    n: int
    share: float
    champion_right: int
    event_rate: float
    mean_benchmark_probability: float
    mean_champion_probability: float
    champion_lower: float
    champion_upper: float


@convention(
    name="Benchmark right, champion wrong",
    formula="rows decided rightly by the benchmark at its cut-off and wrongly by the champion at its own",
    source="Hall (2020), residual-analysis notebook",
    direction="predicted to default if and only if probability > cut-off",
    ties="a probability equal to the cut-off is not predicted to default",
    zero_bins="means over no rows are undefined",
    interval="none: see swap set and McNemar test",
    weights="not applicable: unweighted only",
)
def benchmark_right_champion_wrong(
    outcome: ArrayLike,
    benchmark_probability: ArrayLike,
    champion_probability: ArrayLike,
    benchmark_cutoff: float,
    champion_cutoff: float,
) -> BenchmarkDisagreement:
    """Rows on which the simple model beats the complex one.

    Parameters
    ----------
    outcome, benchmark_probability, champion_probability: aligned arrays.
    benchmark_cutoff, champion_cutoff: each model's own cut-off.
    """
    simple, complex_ = labelled_scores(outcome, benchmark_probability), labelled_scores(outcome, champion_probability)
    right_simple = (simple.score > benchmark_cutoff) == simple.event
    right_complex = (complex_.score > champion_cutoff) == complex_.event
    rows = np.flatnonzero(right_simple & ~right_complex).astype(np.int64)
    scores = complex_.score[rows]
    some = rows.size > 0
    nan = float("nan")
    lower, upper = np.quantile(scores, [0.05, 0.95]) if some else (nan, nan)
    return BenchmarkDisagreement(
        rows=rows,
        n=int(rows.size),
        share=rows.size / simple.n if simple.n else nan,
        champion_right=int(np.count_nonzero(right_complex & ~right_simple)),
        event_rate=float(simple.event[rows].mean()) if some else nan,
        mean_benchmark_probability=float(simple.score[rows].mean()) if some else nan,
        mean_champion_probability=float(scores.mean()) if some else nan,
        champion_lower=float(lower),
        champion_upper=float(upper),
    )
