"""Stability of a score or a feature between a reference and a current sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special, stats

from respml.errors import InputError
from respml.measures.column_bins import is_numeric, learn_bins
from respml.measures.conventions import convention
from respml.measures.divergence import divergence
from respml.measures.inputs import Floats, case_weights, float_array
from respml.measures.test_result import TestResult

EXACT_ROWS = 200


@dataclass(frozen=True)
class PopulationStability:
    """Population stability index under three zero-bin rules, with what is needed to judge it.

    Attributes
    ----------
    floored: index with shares below 0.0001 raised to it; the headline.
    half_added: index with one half added to the count of each bin of both samples.
    empty_dropped: index without the bins that are empty in either sample: what several tools print, and blind to a
        total shift.
    any_empty: whether a bin is empty in exactly one sample, so that the three rules differ in kind.
    critical_value: 95 % point of the index between two samples of these sizes from one population,
        (1/N + 1/M) χ²(B − 1); ``nan`` for one bin.
    bins: number of bins occupied in either sample, B.
    n_reference, n_current: rows with a positive weight.
    table: one row a bin with ``bin``, ``kind``, ``from_value``, ``to_value``, ``reference_n``, ``current_n``,
        ``reference_share``, ``current_share``, ``floored``, ``half_added``, ``empty_dropped`` (contributions) and
        ``empty``; the shares and contributions are ``nan`` where a sample has no rows.
    """

    floored: float
    half_added: float
    empty_dropped: float
    any_empty: bool
    critical_value: float
    bins: int
    n_reference: int
    n_current: int
    table: pd.DataFrame


def _effective_rows(weight: Floats) -> float:
    """Number of equally weighted rows that carry as much information (Kish)."""
    return float(weight.sum() ** 2 / np.square(weight).sum()) if weight.any() else 0.0


@convention(
    name="PSI (population stability index)",
    formula="Σ (a − e) ln(a/e), e and a the bins' shares in the reference and the current sample",
    source="Siddiqi 2006; Yurdakul 2018 (critical value)",
    direction="0 = same distribution; symmetric in the samples",
    ties="intervals are open on the left and closed on the right; edges are deciles of the reference sample",
    zero_bins="three results: shares floored at 0.0001 (headline), one half added to each bin, empty bins dropped; "
    "missing values and unseen levels are bins of their own",
    denominator="rows (or weight) of each sample, missing values included",
    interval="critical value (1/N + 1/M) χ²(B−1, 95 %) under one population",
    weights="case weights; N and M are then Kish effective numbers of rows",
)
def population_stability_index(
    reference: ArrayLike | pd.Series[Any],
    current: ArrayLike | pd.Series[Any],
    bins: int = 10,
    *,
    edges: ArrayLike | None = None,
    categories: Sequence[Any] | None = None,
    reference_weight: ArrayLike | None = None,
    current_weight: ArrayLike | None = None,
) -> PopulationStability:
    """Population stability index of one column.

    Parameters
    ----------
    reference, current: the column in either sample: numbers or levels, missing values allowed.
    bins: number of intervals, from quantiles of the reference sample; a numeric column with no more distinct values
        than this gets a bin a value.
    edges: interior edges to use instead. categories: levels to use instead.
    reference_weight, current_weight: case weights.

    Returns
    -------
    PopulationStability; all indices are ``nan`` where a sample has no rows.
    """
    first, second = pd.Series(reference), pd.Series(current)
    weight_a, weight_b = case_weights(reference_weight, len(first)), case_weights(current_weight, len(second))
    first, second = first[weight_a > 0], second[weight_b > 0]
    weight_a, weight_b = weight_a[weight_a > 0], weight_b[weight_b > 0]
    learnt = learn_bins(
        first, bins, edges=edges, categories=categories, weight=None if reference_weight is None else weight_a
    )
    counts_a = np.bincount(learnt.codes(first), weights=weight_a, minlength=learnt.size).astype(np.float64)
    counts_b = np.bincount(learnt.codes(second), weights=weight_b, minlength=learnt.size).astype(np.float64)
    table = learnt.describe().assign(reference_n=counts_a, current_n=counts_b)
    occupied = (counts_a > 0) | (counts_b > 0)
    # Intervals and levels stay visible when both samples miss them; the bins for odd values appear only when used.
    table = table[occupied | table["kind"].isin(["interval", "level"]).to_numpy()].reset_index(drop=True)
    counts_a, counts_b = table["reference_n"].to_numpy(np.float64), table["current_n"].to_numpy(np.float64)
    number = int(np.count_nonzero(occupied))
    if not (weight_a.size and weight_b.size):
        nothing = float("nan")
        table[["reference_share", "current_share", "floored", "half_added", "empty_dropped"]] = nothing
        table["empty"] = False
        return PopulationStability(
            nothing, nothing, nothing, False, nothing, number, weight_a.size, weight_b.size, table
        )
    parts = divergence(counts_a, counts_b)
    table["reference_share"], table["current_share"] = counts_a / counts_a.sum(), counts_b / counts_b.sum()
    table["floored"], table["half_added"] = parts.floored, parts.half_added
    table["empty_dropped"], table["empty"] = parts.empty_dropped, parts.empty
    scale = 1 / _effective_rows(weight_a) + 1 / _effective_rows(weight_b)
    return PopulationStability(
        floored=float(parts.floored.sum()),
        half_added=float(parts.half_added.sum()),
        empty_dropped=float(parts.empty_dropped.sum()),
        any_empty=bool(parts.empty.any()),
        critical_value=scale * float(special.chdtri(number - 1, 0.05)) if number > 1 else float("nan"),
        bins=number,
        n_reference=weight_a.size,
        n_current=weight_b.size,
        table=table,
    )


@convention(
    name="Two-sample Kolmogorov–Smirnov test",
    formula="max |F_reference − F_current|",
    source="Smirnov 1939",
    direction="0 = same distribution",
    ties="equal values enter together; the p-value is then conservative",
    zero_bins="missing values are left out and counted",
    interval="p-value: exact up to 200 rows in each sample, else asymptotic",
    weights="not applicable: unweighted only",
)
def two_sample_kolmogorov_smirnov(reference: ArrayLike, current: ArrayLike) -> TestResult:
    """Test that two samples of a numeric column come from one distribution.

    Parameters
    ----------
    reference, current: numbers; missing values are left out.

    Returns
    -------
    TestResult, two-sided; ``n`` counts the rows of both samples that are used; undefined where a sample has none.
    """
    first, second = float_array(reference, "reference"), float_array(current, "current")
    kept_a, kept_b = first[~np.isnan(first)], second[~np.isnan(second)]
    left_out = first.size + second.size - kept_a.size - kept_b.size
    note = f"{left_out} missing values left out" if left_out else ""
    n = kept_a.size + kept_b.size
    nan = float("nan")
    if kept_a.size == 0 or kept_b.size == 0:
        return TestResult(nan, nan, n, nan, "two-sample Kolmogorov–Smirnov", note or "no rows in a sample")
    exact = max(kept_a.size, kept_b.size) <= EXACT_ROWS
    result = stats.ks_2samp(kept_a, kept_b, method="exact" if exact else "asymp")
    method = f"two-sample Kolmogorov–Smirnov, two-sided, {'exact' if exact else 'asymptotic'}"
    return TestResult(float(result.statistic), float(result.pvalue), n, nan, method, note)


@convention(
    name="CSI (characteristic stability)",
    formula="PSI of each input column, with the Kolmogorov–Smirnov test for numbers",
    source="Siddiqi 2006",
    direction="0 = same distribution",
    ties="as PSI",
    zero_bins="as PSI",
    denominator="as PSI",
    interval="as PSI",
    weights="case weights for the index; the Kolmogorov–Smirnov test is unweighted and left out with weights",
)
def characteristic_stability(
    reference_frame: pd.DataFrame,
    current_frame: pd.DataFrame,
    bins: int = 10,
    *,
    reference_weight: ArrayLike | None = None,
    current_weight: ArrayLike | None = None,
) -> pd.DataFrame:
    """Stability of every column of the reference frame.

    Returns
    -------
    DataFrame, one row a column in the order of ``reference_frame``: ``column``, ``kind`` (``number`` or ``level``),
    ``floored``, ``half_added``, ``empty_dropped`` (the index under each zero-bin rule), ``any_empty``,
    ``critical_value``, ``bins``, ``ks_statistic``, ``ks_p_value`` (``nan`` for levels and with weights),
    ``reference_missing``, ``current_missing`` (shares of rows), ``reference_n``, ``current_n``.

    Raises
    ------
    InputError: a column is absent from the current frame.
    """
    absent = [str(name) for name in reference_frame.columns if name not in current_frame.columns]
    if absent:
        raise InputError(f"The current rows lack the columns {', '.join(absent)}.", remedy="Pass the same columns.")
    weighted = reference_weight is not None or current_weight is not None
    records = []
    for name in reference_frame.columns:
        first, second = reference_frame[name], current_frame[name]
        result = population_stability_index(
            first, second, bins, reference_weight=reference_weight, current_weight=current_weight
        )
        numeric = is_numeric(first)
        test = two_sample_kolmogorov_smirnov(first, second) if numeric and not weighted else None
        records.append(
            {
                "column": str(name),
                "kind": "number" if numeric else "level",
                "floored": result.floored,
                "half_added": result.half_added,
                "empty_dropped": result.empty_dropped,
                "any_empty": result.any_empty,
                "critical_value": result.critical_value,
                "bins": result.bins,
                "ks_statistic": test.statistic if test else float("nan"),
                "ks_p_value": test.p_value if test else float("nan"),
                "reference_missing": float(first.isna().mean()) if len(first) else float("nan"),
                "current_missing": float(second.isna().mean()) if len(second) else float("nan"),
                "reference_n": result.n_reference,
                "current_n": result.n_current,
            }
        )
    return pd.DataFrame(records)
