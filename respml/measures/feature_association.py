"""Association of single columns with the outcome, and of columns with each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.errors import InputError
from respml.measures.column_bins import is_numeric, learn_bins
from respml.measures.conventions import convention
from respml.measures.divergence import divergence
from respml.measures.estimate import Estimate, undefined
from respml.measures.inputs import Booleans, Floats, binary_events, same_length
from respml.measures.intervals import NORMAL_95, normal_interval
from respml.measures.ranking import area_under_roc

MOST_LEVELS = 50


@convention(
    name="Pearson correlation with the outcome",
    formula="covariance / (standard deviation of the column · standard deviation of the outcome)",
    source="Pearson 1895; Fisher 1921 (interval)",
    direction="above 0 = default more frequent at high values",
    zero_bins="constant column or outcome: undefined; missing values of the column are left out",
    denominator="rows with the column present",
    interval="Fisher z, tanh(atanh r ± 1.96/√(n − 3))",
    weights="not applicable: unweighted only",
)
def correlation_with_outcome(frame: pd.DataFrame, outcome: ArrayLike) -> pd.DataFrame:
    """Pearson correlation of every column with the outcome.

    Parameters
    ----------
    frame: columns; levels have no correlation and are ``nan``.
    outcome: 0/1 array aligned with the frame.

    Returns
    -------
    DataFrame in the order of the columns: ``feature``, ``estimate``, ``lower``, ``upper``, ``n``.
    """
    event = binary_events(outcome)
    same_length(event.size, len(frame), "frame")
    records = []
    for name in frame.columns:
        values = _numbers(frame[name])
        present = ~np.isnan(values)
        estimate = _correlation(values[present], event[present].astype(np.float64))
        n = int(np.count_nonzero(present))
        lower = upper = float("nan")
        if n > 3 and not np.isnan(estimate):
            with np.errstate(divide="ignore"):
                centre = np.arctanh(estimate)
            reach = NORMAL_95 / np.sqrt(n - 3)
            lower, upper = float(np.tanh(centre - reach)), float(np.tanh(centre + reach))
        records.append((str(name), estimate, lower, upper, n))
    return pd.DataFrame(records, columns=["feature", "estimate", "lower", "upper", "n"])


def _numbers(column: pd.Series[Any]) -> Floats:
    """A column as floats; bools as 0 and 1; levels as missing."""
    if not (is_numeric(column) or pd.api.types.is_bool_dtype(column.dtype)):
        return np.full(len(column), np.nan)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _correlation(first: Floats, second: Floats) -> float:
    """Pearson correlation, ``nan`` for a constant."""
    if first.size < 2 or first.min() == first.max() or second.min() == second.max():
        return float("nan")
    a, b = first - first.mean(), second - second.mean()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def _class_counts(
    column: ArrayLike | pd.Series[Any], event: Booleans, bins: int
) -> tuple[pd.DataFrame, Floats, Floats]:
    """Bins of a column with the number of non-events and events; bins that hold no row are left out."""
    learnt = learn_bins(column, bins)
    codes = learnt.codes(column)
    events = np.bincount(codes[event], minlength=learnt.size).astype(np.float64)
    others = np.bincount(codes[~event], minlength=learnt.size).astype(np.float64)
    used = (events + others) > 0
    return learnt.describe()[used].reset_index(drop=True), others[used], events[used]


@convention(
    name="Information value",
    formula="Σ (g − b) ln(g/b), g and b the bins' shares of non-defaults and of defaults",
    source="Siddiqi 2006",
    direction="0 = no association; bands .02, .1, .3, .5 in use",
    ties="intervals between quantiles, open on the left; few distinct values and levels get a bin each",
    zero_bins="one half is added to both counts of every bin; missing values are a bin",
    denominator="defaults, and non-defaults",
    interval="normal, delta method of two multinomial samples, cut at 0; biased upwards with many bins",
    weights="not applicable: unweighted only",
)
def information_value(column: ArrayLike | pd.Series[Any], outcome: ArrayLike, bins: int = 10) -> Estimate:
    """Information value of one column.

    Parameters
    ----------
    column: numbers or levels, missing values allowed.
    outcome: 0/1 array.
    bins: number of intervals for numbers.

    Returns
    -------
    Estimate; undefined where a class is missing. ``note`` says where a bin holds one class only.
    """
    event = binary_events(outcome)
    series = pd.Series(column)
    same_length(event.size, len(series), "column")
    n, method = event.size, "normal, delta method"
    if not event.any() or event.all():
        return undefined(n, "one class only", method=method)
    _, others, events = _class_counts(series, event, bins)
    parts = divergence(others, events)
    value = float(parts.half_added.sum())
    p = (events + 0.5) / (events + 0.5).sum()
    q = (others + 0.5) / (others + 0.5).sum()
    variance = 0.0
    for share, other, size in ((p, q, events.sum()), (q, p, others.sum())):
        gradient = np.log(share / other) + 1 - other / share
        variance += float(share @ gradient**2 - (share @ gradient) ** 2) / float(size)
    lower, upper = normal_interval(value, float(np.sqrt(max(0.0, variance))))
    note = "a bin holds one class only" if parts.empty.any() else ""
    return Estimate(value, max(0.0, lower), upper, n, method, "", note)


def information_value_table(column: ArrayLike | pd.Series[Any], outcome: ArrayLike, bins: int = 10) -> pd.DataFrame:
    """The bins behind :func:`information_value`.

    Returns
    -------
    DataFrame with ``bin``, ``kind``, ``from_value``, ``to_value``, ``n``, ``events``, ``event_rate``,
    ``weight_of_evidence`` (ln of the share of non-defaults over that of defaults, one half added to each count) and
    ``contribution``.
    """
    event = binary_events(outcome)
    series = pd.Series(column)
    same_length(event.size, len(series), "column")
    table, others, events = _class_counts(series, event, bins)
    both = bool(event.any() and not event.all())
    good, bad = others + 0.5, events + 0.5
    evidence = np.log((good / good.sum()) / (bad / bad.sum())) if both else np.full(events.size, np.nan)
    return table.assign(
        n=(others + events).astype(np.int64),
        events=events.astype(np.int64),
        event_rate=events / (others + events),
        weight_of_evidence=evidence,
        contribution=divergence(others, events).half_added if both else np.full(events.size, np.nan),
    )


@convention(
    name="AUC of a single column",
    formula="AUC of the column as a score, or 1 − AUC where the column falls with risk",
    source="leakage screening; Hanley & McNeil 1982",
    direction="0.5 = no ranking; near 1 = suspect of leakage",
    ties="a tied pair counts one half",
    zero_bins="missing values are left out; levels are ordered by their event rate on the same rows, which is "
    f"optimistic; more than {MOST_LEVELS} levels: undefined",
    interval="DeLong; turning the column is not accounted for, so 0.5 may be just missed by chance",
    weights="not applicable: unweighted only",
)
def single_feature_auc(frame: pd.DataFrame, outcome: ArrayLike) -> pd.DataFrame:
    """Ranking power of every column alone.

    Returns
    -------
    DataFrame in the order of the columns: ``feature``, ``estimate``, ``lower``, ``upper``, ``n``, ``direction``
    (``rising``, ``falling``, ``levels``) and ``note`` (why undefined).
    """
    event = binary_events(outcome)
    same_length(event.size, len(frame), "frame")
    records = []
    for name in frame.columns:
        score, direction, note = _risk_order(frame[name], event)
        present = np.isfinite(score)
        area = area_under_roc(event[present], score[present])
        value, lower, upper = area.value, area.lower, area.upper
        if value < 0.5 and direction != "levels":
            value, lower, upper, direction = 1 - value, 1 - upper, 1 - lower, "falling"
        records.append((str(name), value, lower, upper, area.n, direction, note or area.note))
    return pd.DataFrame(records, columns=["feature", "estimate", "lower", "upper", "n", "direction", "note"])


def _risk_order(column: pd.Series[Any], event: Booleans) -> tuple[Floats, str, str]:
    """A column as a score: itself, or for levels the event rate of the level on these rows."""
    if is_numeric(column) or pd.api.types.is_bool_dtype(column.dtype):
        return _numbers(column), "rising", ""
    codes, levels = pd.factorize(column.astype(object), use_na_sentinel=True)
    if len(levels) > MOST_LEVELS:
        return np.full(len(column), np.nan), "levels", f"more than {MOST_LEVELS} levels"
    held = codes >= 0
    size = np.bincount(codes[held], minlength=len(levels))
    rate = np.bincount(codes[held], weights=event[held].astype(np.float64), minlength=len(levels)) / np.maximum(size, 1)
    return np.where(held, np.append(rate, np.nan)[codes], np.nan), "levels", ""


@convention(
    name="VIF (variance inflation factor)",
    formula="1/(1 − R²) of the column regressed on all others, from the inverse correlation matrix",
    source="Marquardt 1970",
    direction="1 = no collinearity; 5 and 10 in use as flags",
    zero_bins="a column that others determine: infinite; a constant column: undefined; incomplete rows are left out",
    interval="none",
    weights="not applicable: unweighted only",
)
def variance_inflation(frame: pd.DataFrame) -> pd.DataFrame:
    """Variance inflation factor of every column.

    Parameters
    ----------
    frame: numeric columns.

    Returns
    -------
    DataFrame in the order of the columns: ``feature``, ``estimate``, ``n`` (complete rows used).

    Raises
    ------
    InputError: a column is not numeric.
    """
    text = [str(name) for name in frame.columns if not (is_numeric(frame[name]) or frame[name].dtype == bool)]
    if text:
        raise InputError(f"Columns without numbers: {', '.join(text)}.", remedy="Pass numeric columns only.")
    complete = frame.dropna().to_numpy(np.float64)
    estimate = np.full(frame.shape[1], np.nan)
    if complete.shape[0] > 1:
        varied = np.flatnonzero(complete.min(axis=0) < complete.max(axis=0))
        estimate[varied] = _inflation(complete[:, varied])
    return pd.DataFrame(
        {"feature": [str(name) for name in frame.columns], "estimate": estimate, "n": complete.shape[0]}
    )


def _inflation(columns: Floats) -> Floats:
    """Diagonal of the inverse correlation matrix; infinite for columns with a share in a linear dependence."""
    if columns.shape[1] == 0:
        return np.empty(0)
    correlation = np.atleast_2d(np.corrcoef(columns, rowvar=False))
    values, vectors = np.linalg.eigh(correlation)
    null = values < 1e-10 * values.max()
    inflation = (vectors[:, ~null] ** 2 / values[~null]).sum(axis=1)
    dependent = (vectors[:, null] ** 2).sum(axis=1) > 1e-8
    result: Floats = np.where(dependent, np.inf, inflation)
    return result
