"""Does what runs in production say what the documented model says? Two sets of scores of the same rows, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.measures.conventions import convention

LISTED = 20


@dataclass(frozen=True)
class Reconciliation:
    """How two sets of scores agree.

    Attributes
    ----------
    summary: one row a comparison: ``left``, ``right``, ``n`` (rows in both), ``only_left``, ``only_right``,
        ``largest_difference``, ``mean_difference`` (right − left), ``beyond_tolerance``, ``mismatched_decisions``,
        ``declined_left``, ``declined_right``, ``tolerance``, ``cutoff``, ``agrees`` (every row in both, none beyond the
        tolerance, no decision mismatched). Differences are ``nan`` where no row is in both.
    worst: the rows that differ most, at most 20 a comparison: ``left``, ``right``, ``row``, ``probability_left``,
        ``probability_right``, ``difference``, ``mismatched``.
    """

    summary: pd.DataFrame
    worst: pd.DataFrame


@convention(
    name="Score reconciliation",
    formula="largest |p_right - p_left| over rows in both; a decision mismatches when p > cut-off on one side only",
    direction="0 is agreement",
    zero_bins="nan where no row is in both",
    denominator="rows in both",
    source="Basel Committee 2020, validation of the implementation of internal models; definition of this package",
)
def reconcile_scores(
    scores: Mapping[str, pd.Series], cutoff: float, *, tolerance: float = 1e-6, listed: int = LISTED
) -> Reconciliation:
    """Compare scores of one model from several places, the first with each of the others.

    Purpose: show that the documented model, the exported artefact and the production score file are one model.

    Parameters
    ----------
    scores: name of the place -> probability of default with the row's identifier as index; the first is the reference.
    cutoff: probability above which an application is declined.
    tolerance: largest difference that counts as rounding.
    listed: how many rows of each comparison ``worst`` holds.

    Returns
    -------
    See :class:`Reconciliation`.

    Errors
    ------
    InputError with fewer than two places, an identifier that repeats, or a probability that is missing or outside
    [0, 1].
    """
    if len(scores) < 2:
        raise InputError("One set of scores cannot be compared.", remedy="Give the scores of two places or more.")
    for name, each in scores.items():
        _check(name, each)
    first, *others = scores.items()
    summaries, worst = [], []
    for other in others:
        summary, rows = _pair(first, other, cutoff, tolerance)
        summaries.append(summary)
        worst.append(rows.head(listed))
    return Reconciliation(pd.DataFrame(summaries), pd.concat(worst, ignore_index=True))


@convention(
    name="Reconciliation along the score",
    formula="largest |p_other - p_documented| over the rows of a band of p_documented",
    direction="0 is agreement",
    ties="a row on an edge belongs to the band above it",
    zero_bins="a band without rows is left out",
    denominator="rows in both",
    source="definition of this package",
)
def differences_by_score(scores: Mapping[str, pd.Series], cutoff: float, *, bands: int = 20) -> pd.DataFrame:
    """Where along the documented score the others differ from it.

    Parameters
    ----------
    scores, cutoff: as in :func:`reconcile_scores`.
    bands: number of bands of equal width of the documented probability.

    Returns
    -------
    ``place``, ``lower``, ``upper`` (bounds of the band), ``n`` (rows in both), ``largest_difference``, ``mismatched``
    (decisions that differ); one row a place and a band that holds rows. Both places of a row are in the band of the
    documented score, since that is the score a reader looks up.

    Errors
    ------
    As :func:`reconcile_scores`.
    """
    if len(scores) < 2:
        raise InputError("One set of scores cannot be compared.", remedy="Give the scores of two places or more.")
    for name, each in scores.items():
        _check(name, each)
    (_, left_scores), *others = scores.items()
    edges = np.linspace(0.0, 1.0, bands + 1)
    found = []
    for place, right_scores in others:
        both = left_scores.index.intersection(right_scores.index, sort=False)
        one, two = (each.loc[both].to_numpy(dtype=np.float64) for each in (left_scores, right_scores))
        band = np.minimum((one * bands).astype(int), bands - 1)
        rows = pd.DataFrame({"band": band, "difference": np.abs(two - one), "off": (one > cutoff) != (two > cutoff)})
        grouped = rows.groupby("band", sort=True)
        table = grouped.agg(n=("off", "size"), largest_difference=("difference", "max"), mismatched=("off", "sum"))
        table = table.reset_index()
        table.insert(0, "place", place)
        table.insert(1, "lower", edges[table["band"].to_numpy()])
        table.insert(2, "upper", edges[table["band"].to_numpy() + 1])
        found.append(table.drop(columns="band"))
    return pd.concat(found, ignore_index=True)


def _pair(
    first: tuple[str, pd.Series], second: tuple[str, pd.Series], cutoff: float, tolerance: float
) -> tuple[dict[str, object], pd.DataFrame]:
    (left, left_scores), (right, right_scores) = first, second
    both = left_scores.index.intersection(right_scores.index, sort=False)
    one, two = (each.loc[both].to_numpy(dtype=np.float64) for each in (left_scores, right_scores))
    difference = two - one
    mismatched = (one > cutoff) != (two > cutoff)
    only_left, only_right = len(left_scores) - len(both), len(right_scores) - len(both)
    beyond = int((np.abs(difference) > tolerance).sum())
    summary = {
        "left": left,
        "right": right,
        "n": len(both),
        "only_left": only_left,
        "only_right": only_right,
        "largest_difference": float(np.abs(difference).max()) if len(both) else float("nan"),
        "mean_difference": float(difference.mean()) if len(both) else float("nan"),
        "beyond_tolerance": beyond,
        "mismatched_decisions": int(mismatched.sum()),
        "declined_left": int((one > cutoff).sum()),
        "declined_right": int((two > cutoff).sum()),
        "tolerance": tolerance,
        "cutoff": cutoff,
        "agrees": bool(len(both) and not (only_left or only_right or beyond or mismatched.any())),
    }
    rows = pd.DataFrame(
        {
            "left": left,
            "right": right,
            "row": both.astype("str"),
            "probability_left": one,
            "probability_right": two,
            "difference": difference,
            "mismatched": mismatched,
        }
    )
    rows = rows[difference != 0]
    order = rows["difference"].abs().sort_values(ascending=False, kind="stable").index
    return summary, rows.loc[order].reset_index(drop=True)


def _check(name: str, scores: pd.Series) -> None:
    if scores.index.duplicated().any():
        raise InputError(
            f"The scores '{name}' hold {int(scores.index.duplicated().sum())} identifiers more than once.",
            remedy="Keep one score for each.",
        )
    values = scores.to_numpy(dtype=np.float64, na_value=np.nan)
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError(
            f"The scores '{name}' hold values outside 0 to 1, or missing ones.",
            remedy="Give probabilities of default.",
        )
