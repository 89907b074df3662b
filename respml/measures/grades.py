"""Rating grades: bands of the probability, their calibration tests, concentration and migration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special, stats

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.estimate import Estimate, undefined
from respml.measures.inputs import Floats, Integers, complete_array, labelled_probabilities, same_length
from respml.measures.intervals import jeffreys, normal_interval
from respml.measures.multiplicity import benjamini_hochberg, holm

LOWEST_PROBABILITY = 1e-6


def grade_boundaries(probability: ArrayLike, grades: int = 8, strategy: str = "log_odds") -> Floats:
    """Inner boundaries between grades, learnt on the validation partition.

    Parameters
    ----------
    probability: probabilities of default.
    grades: number of grades wanted; banks use seven or more for non-defaulted customers (CRR 170).
    strategy: ``log_odds`` for equal steps of log-odds between the 2nd and the 98th percentile, so that each grade's PD
        is a fixed multiple (in odds) of the one before; ``quantile`` for grades of about equal size.

    Returns
    -------
    Ascending array of at most ``grades − 1`` boundaries; fewer where probabilities coincide.
    """
    values = complete_array(probability, "probability")
    if grades < 2 or values.size == 0:
        raise InputError("Grades need two grades or more and some probabilities.", remedy="Ask for 7 to 10 grades.")
    if strategy == "quantile":
        inner = np.quantile(values, np.arange(1, grades) / grades)
    elif strategy == "log_odds":
        ends = special.logit(np.clip(np.quantile(values, [0.02, 0.98]), LOWEST_PROBABILITY, 1 - LOWEST_PROBABILITY))
        inner = special.expit(np.linspace(ends[0], ends[1], grades + 1)[1:-1])
    else:
        raise InputError(f"There is no grading strategy {strategy!r}.", remedy="Use log_odds or quantile.")
    boundaries: Floats = np.unique(inner)
    return boundaries


def assign_grades(probability: ArrayLike, boundaries: ArrayLike) -> Integers:
    """Grade of each probability, 1 (lowest) to number of boundaries + 1; a probability at a boundary is below it."""
    edges = complete_array(boundaries, "boundaries")
    if np.any(np.diff(edges) <= 0):
        raise InputError("The boundaries of the grades do not rise.", remedy="Sort them and drop repeated ones.")
    values = complete_array(probability, "probability")
    return np.searchsorted(edges, values, side="left").astype(np.int64) + 1


@convention(
    name="Jeffreys test of a PD",
    formula="p = F(PD) of Beta(D + ½, N − D + ½)",
    source="ECB 2019, Instructions for reporting the validation results of internal models, 2.5.3",
    direction="one-sided: small p = the PD is too low",
    zero_bins="no rows: undefined",
    interval="none",
    weights="not applicable: unweighted only; assumes independent defaults",
)
def jeffreys_test(events: ArrayLike, n: ArrayLike, probability: ArrayLike) -> Floats:
    """One-sided Jeffreys p-values for ``events`` defaults among ``n`` rows with forecast ``probability``."""
    d, size = np.asarray(events, dtype=np.float64), np.asarray(n, dtype=np.float64)
    value = special.betainc(d + 0.5, size - d + 0.5, np.asarray(probability, dtype=np.float64))
    p_value: Floats = np.where(size > 0, value, np.nan)
    return p_value


@convention(
    name="Exact binomial test of a PD",
    formula="p = P(X ≥ D), X binomial(N, PD)",
    source="BCBS Working Paper 14 (2005)",
    direction="one-sided: small p = the PD is too low",
    zero_bins="no rows: undefined",
    interval="none",
    weights="not applicable: unweighted only; assumes independent defaults",
)
def binomial_test(events: ArrayLike, n: ArrayLike, probability: ArrayLike) -> Floats:
    """One-sided exact binomial p-values for ``events`` defaults among ``n`` rows with forecast ``probability``."""
    d, size = np.asarray(events, dtype=np.float64), np.asarray(n, dtype=np.float64)
    # P(X ≥ D) is a beta distribution function; for D = 0 it is one.
    tail = special.betainc(np.maximum(d, 1.0), size - np.maximum(d, 1.0) + 1, np.asarray(probability, np.float64))
    p_value: Floats = np.where(size > 0, np.where(d == 0, 1.0, tail), np.nan)
    return p_value


@convention(
    name="Order of two neighbouring grades",
    formula="Fisher's exact test that the riskier grade defaults less often than the one before it",
    source="Fisher 1935; Holm 1979",
    direction="one-sided: small p = the order is reversed beyond chance",
    zero_bins="grades without rows are left out: their neighbours are compared",
    interval="none",
    weights="not applicable: unweighted only; assumes independent defaults",
)
def grade_order(events: ArrayLike, n: ArrayLike) -> pd.DataFrame:
    """Whether default rates rise from grade to grade, and whether a fall can be chance.

    Parameters
    ----------
    events, n: defaults and rows of each grade, in order of rising risk.

    Returns
    -------
    One row a pair of neighbours among grades with rows: ``before``, ``after`` (positions), ``falls``, ``p``
    (one-sided) and ``holm`` (adjusted over all pairs).
    """
    d, size = np.asarray(events, dtype=np.int64), np.asarray(n, dtype=np.int64)
    held = np.flatnonzero(size > 0)
    before, after = held[:-1], held[1:]
    # among the pair's defaults, those in the riskier grade: few of them is a reversed order
    p = stats.hypergeom.cdf(d[after], size[before] + size[after], d[before] + d[after], size[after])
    return pd.DataFrame(
        {
            "before": before,
            "after": after,
            "falls": d[after] * size[before] < d[before] * size[after],
            "p": np.asarray(p, dtype=np.float64),
            "holm": holm(p),
        }
    )


@convention(
    name="Grade table",
    formula="per grade: event rate against mean PD, Jeffreys and exact binomial tests, Holm and Benjamini–Hochberg",
    source="ECB 2019; BCBS Working Paper 14 (2005)",
    direction="small p = the grade's PD is too low; monotone = the event rate does not fall from the grade before",
    ties="as assign_grades",
    zero_bins="grades without rows stay in the table, undefined, and do not count as tests",
    denominator="rows of the grade",
    interval="Jeffreys on the event rate",
    weights="not applicable: unweighted only",
)
def grade_table(outcome: ArrayLike, probability: ArrayLike, grade: ArrayLike) -> pd.DataFrame:
    """Calibration of each grade.

    Parameters
    ----------
    outcome, probability: aligned arrays.
    grade: whole number of each row's grade, rising with risk; grades between the lowest and the highest that hold no
        row are shown.

    Returns
    -------
    DataFrame with ``grade``, ``n``, ``share``, ``events``, ``mean_probability``, ``event_rate``, ``lower``, ``upper``,
    ``jeffreys_p``, ``binomial_p``, ``jeffreys_holm``, ``jeffreys_bh``, ``binomial_holm``, ``binomial_bh`` and
    ``monotone`` (true for the first grade with rows, and for grades without rows).
    """
    rows = labelled_probabilities(outcome, probability)
    grades = complete_array(grade, "grade")
    same_length(rows.n, grades.size, "grade")
    if np.any(grades != np.round(grades)):
        raise InputError("A grade is not a whole number.", remedy="Number the grades by rising risk.")
    whole = grades.astype(np.int64)
    first = int(whole.min()) if rows.n else 1
    size = int(whole.max()) - first + 1 if rows.n else 0
    code = whole - first
    n = np.bincount(code, minlength=size)
    events = np.bincount(code[rows.event], minlength=size)
    held = n > 0
    mean = np.divide(np.bincount(code, weights=rows.score, minlength=size), n, out=np.full(size, np.nan), where=held)
    rate = np.divide(events, n, out=np.full(size, np.nan), where=held)
    lower, upper = jeffreys(events, n)
    by_jeffreys, by_binomial = jeffreys_test(events, n, mean), binomial_test(events, n, mean)
    monotone = np.ones(size, dtype=bool)
    monotone[np.flatnonzero(held)[1:]] = np.diff(rate[held]) >= 0
    return pd.DataFrame(
        {
            "grade": np.arange(first, first + size),
            "n": n,
            "share": n / max(rows.n, 1),
            "events": events,
            "mean_probability": mean,
            "event_rate": rate,
            "lower": lower,
            "upper": upper,
            "jeffreys_p": by_jeffreys,
            "binomial_p": by_binomial,
            "jeffreys_holm": holm(by_jeffreys),
            "jeffreys_bh": benjamini_hochberg(by_jeffreys),
            "binomial_holm": holm(by_binomial),
            "binomial_bh": benjamini_hochberg(by_binomial),
            "monotone": monotone,
        }
    )


@convention(
    name="Herfindahl index of grades",
    formula="Σ (share of rows in the grade)²",
    source="ECB 2019, Annex 1",
    direction="1/number of grades = even, 1 = all rows in one grade",
    denominator="rows",
    interval="normal, delta method of a multinomial sample",
    weights="not applicable: unweighted only",
)
def herfindahl_index(grade: ArrayLike) -> Estimate:
    """Concentration of rows in grades; undefined without rows."""
    labels = np.asarray(grade)
    n, method = labels.size, "normal, delta method"
    if n == 0:
        return undefined(0, "no rows", method=method)
    share = np.unique(labels, return_counts=True)[1] / n
    value = float(np.sum(share**2))
    variance = max(0.0, 4 * (float(np.sum(share**3)) - value**2) / n)
    lower, upper = normal_interval(value, float(np.sqrt(variance)))
    return Estimate(value, max(0.0, lower), min(1.0, upper), n, method)


@convention(
    name="Migration matrix",
    formula="share of the rows of a first grade found in each second grade",
    source="ECB 2019, 2.5.5",
    direction="grades rise with risk: above the diagonal = worse",
    zero_bins="shares of a first grade without rows are undefined",
    denominator="rows of the first grade",
    interval="none",
    weights="not applicable: unweighted only",
)
def migration_matrix(first_grade: ArrayLike, second_grade: ArrayLike, grades: int | None = None) -> pd.DataFrame:
    """Movements between grades.

    Parameters
    ----------
    first_grade, second_grade: grade of the same rows at two times (or by two models), 1, 2, ….
    grades: number of grades; the highest one found where none is given.

    Returns
    -------
    DataFrame with one row a pair of grades: ``first_grade``, ``second_grade``, ``n``, ``share``.
    """
    counts = _migration_counts(first_grade, second_grade, grades)
    size = counts.shape[0]
    totals = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    number = np.arange(1, size + 1)
    return pd.DataFrame(
        {
            "first_grade": np.repeat(number, size),
            "second_grade": np.tile(number, size),
            "n": counts.astype(np.int64).ravel(),
            "share": share.ravel(),
        }
    )


@dataclass(frozen=True)
class MigrationBandwidth:
    """Mean distance of migrations to worse (``upper``) and better (``lower``) grades, in shares of the farthest."""

    upper: float
    lower: float
    n: int


@convention(
    name="Matrix weighted bandwidth",
    formula="Σ |i − j| n_ij / Σ max(i − 1, K − i) n_ij, over j > i (upper) and over j < i (lower)",
    source="ECB 2019, 2.5.5.1",
    direction="0 = no migration, 1 = every migration as far as possible",
    zero_bins="no migration in a direction: undefined",
    interval="none",
    weights="not applicable: unweighted only",
)
def migration_bandwidth(
    first_grade: ArrayLike, second_grade: ArrayLike, grades: int | None = None
) -> MigrationBandwidth:
    """Upper and lower matrix weighted bandwidth; parameters as :func:`migration_matrix`."""
    counts = _migration_counts(first_grade, second_grade, grades)
    size = counts.shape[0]
    row = np.arange(size)[:, None]
    farthest = np.maximum(row, size - 1 - row)
    moved = np.abs(row - row.T)

    def width(side: Floats) -> float:
        possible = float((farthest * side).sum())
        return float((moved * side).sum()) / possible if possible > 0 else float("nan")

    return MigrationBandwidth(width(np.triu(counts, 1)), width(np.tril(counts, -1)), int(counts.sum()))


def _migration_counts(first_grade: ArrayLike, second_grade: ArrayLike, grades: int | None) -> Floats:
    """Square matrix of movements; raises on grades below one or above ``grades``."""
    first, second = complete_array(first_grade, "first_grade"), complete_array(second_grade, "second_grade")
    same_length(first.size, second.size, "second_grade")
    both = np.concatenate([first, second])
    size = grades if grades is not None else int(both.max()) if both.size else 0
    if both.size and (both.min() < 1 or both.max() > size or np.any(both != np.round(both))):
        raise InputError(f"A grade is not a whole number from 1 to {size}.", remedy="Number the grades from 1.")
    code = (first.astype(np.int64) - 1) * size + second.astype(np.int64) - 1
    return np.bincount(code, minlength=size * size).reshape(size, size).astype(np.float64)
