"""Error tables by segment: the ten error metrics of each level of a feature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Booleans, area_or_nan, flags, given_probabilities, mean_log_loss
from respml.errors import InputError
from respml.measures.confusion import confusion_counts, ten_error_metrics

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
    values = given_probabilities(probability)
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
    values = given_probabilities(probability)
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


def guarded_segments(table: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """:func:`segment_table` without the numbers of levels that are small, or one of whose four counts is of few people.

    Each rate of such a level could tell its counts, so that all of them go; the number of its rows stays.

    Parameters
    ----------
    table: result of :func:`segment_table`.
    fewest: smallest number of people that a count may stand for; the line ``all`` is not held to it.

    Returns the table with counts as floats, ``nan`` where withheld, and the reason in ``note``.
    """
    numbers = [each for each in table.columns if each not in ("level", "n", "small")]
    result = table.assign(**{each: table[each].astype("float64") for each in numbers})
    counts = result[["tp", "fp", "fn", "tn"]]
    few = ((counts > 0) & (counts < fewest)).any(axis=1) & (table["level"] != "all")
    result.loc[table["small"] | few, numbers] = np.nan
    result["note"] = np.select([table["small"], few], ["too few rows", f"a count below {fewest}"], "")
    return result


def _levels(level: ArrayLike, n: int) -> list[tuple[Any, Booleans]]:
    """All rows, then each level in ascending order, then the missing ones, as masks."""
    given = pd.Series(np.asarray(level))
    if len(given) != n:
        raise InputError(f"The segment column has {len(given)} rows, {n} are expected.", remedy="Align it by row.")
    masks: list[tuple[Any, Booleans]] = [("all", np.ones(n, dtype=bool))]
    masks += [(each, (given == each).to_numpy(dtype=bool)) for each in sorted(given.dropna().unique())]
    if given.isna().any():
        masks.append(("missing", given.isna().to_numpy()))
    return masks
