"""Small cells: what rests on too few rows is withheld, and the table says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from respml.measures.conventions import convention
from respml.measures.fairness.rates import ACCEPTANCE, TEN_METRICS

ESTIMATES = (
    "estimate",
    "lower",
    "upper",
    "p_value",
    "p_holm",
    "p_benjamini_hochberg",
    "value",
    "reference_value",
    "difference",
    "difference_lower",
    "difference_upper",
    "before",
    "after",
    "correlation",
)
MARGINS = (ACCEPTANCE.name, TEN_METRICS[0].name)
"""Rates over everyone in a group: who is accepted, and who defaults. The other metrics split these further."""

COUNTS = ("true_positive", "false_positive", "false_negative", "true_negative")


@convention(
    name="Suppression of small cells",
    formula="estimates resting on fewer rows than the minimum are withheld; so are the counts of a group one of whose "
    "cells holds fewer people than the disclosure minimum, and the rates that would tell them",
    source="statistical disclosure control: threshold rule with secondary suppression, Hundepool et al. 2012",
    zero_bins="0 rows: undefined rather than suppressed",
    weights="the minimum counts rows, not weights",
)
def suppress_estimates(frame: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Withhold the numbers of rows whose ``n`` or ``n_reference`` lies between 1 and ``minimum`` − 1.

    Parameters
    ----------
    frame: result of a fairness measure.
    minimum: smallest number of rows that an estimate may rest on.

    Returns
    -------
    The frame with those estimates, limits and p-values ``nan``, a column ``suppressed``, and the reason in ``note``.
    """
    small = frame["n"].between(1, minimum - 1)
    if "n_reference" in frame:
        small |= frame["n_reference"].between(1, minimum - 1)
    return _withheld(frame, small.to_numpy(dtype=bool), f"suppressed: fewer than {minimum} rows")


def suppress_counts(matrices: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Withhold the four counts of a confusion matrix where one of them lies between 1 and ``minimum`` − 1.

    All four, since the group's size, its acceptance rate and its default rate are printed beside them: any count left
    over would give the withheld ones away.

    Parameters
    ----------
    matrices: result of :func:`respml.measures.fairness.confusion.confusion_matrices`.
    minimum: smallest count that is printed.

    Returns
    -------
    The frame with those counts missing (``nan``), ``suppressed`` (how many of the four), and the reason in ``note``.
    """
    small = few_in_a_cell(matrices, minimum)
    counts = matrices[list(COUNTS)].astype("float64")
    result = matrices.assign(suppressed=4 * small.astype("int64"))
    for column in COUNTS:
        result[column] = counts[column].mask(small)
    # The size of the smallest cell would tell what was just withheld.
    result["smallest_cell"] = matrices["smallest_cell"].astype("float64").mask(small)
    # "all declined" and its like would tell which cell is empty.
    result["note"] = [_few(minimum) if hidden else note for hidden, note in zip(small, matrices["note"], strict=True)]
    return result


def few_in_a_cell(matrices: pd.DataFrame, minimum: int) -> pd.Series:
    """Whether a confusion matrix has a cell with at least one and fewer than ``minimum`` people."""
    counts = matrices[list(COUNTS)].astype("float64")
    small = ((counts > 0) & (counts < minimum)).any(axis=1)
    return small | matrices["smallest_cell"].between(1, minimum - 1)


def suppress_rates(frame: pd.DataFrame, matrices: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Withhold the rates that would tell a withheld count.

    Where a group's matrix is withheld, so is every metric that splits its accepted or its defaults further; the
    default rate itself where it, or its complement, stands for fewer than ``minimum`` people. The acceptance rate,
    which is what the chapter is about, stays.

    Parameters
    ----------
    frame: error metrics, their ratios, or their bootstrap, with ``candidate``, ``attribute``, ``group``, ``measure``; a
        ratio to a reference group whose matrix is withheld goes too where there is a column ``reference``.
    matrices: confusion matrices before :func:`suppress_counts`.
    minimum: smallest count that is printed.

    Returns
    -------
    The frame as :func:`suppress_estimates` leaves it, with ``suppressed`` and ``note`` brought up to date.
    """
    key = ["candidate", "attribute", "group"]
    defaults = matrices["true_positive"] + matrices["false_negative"]
    paid = matrices["false_positive"] + matrices["true_negative"]
    few = np.minimum(defaults.where(defaults > 0, np.inf), paid.where(paid > 0, np.inf)) < minimum
    places = list(matrices[key].itertuples(index=False, name=None))
    split = dict(zip(places, few_in_a_cell(matrices, minimum), strict=True))
    margin = dict(zip(places, few, strict=True))
    hidden = np.zeros(len(frame), dtype=bool)
    for position, row in enumerate(frame.to_dict("records")):
        measure = str(row["measure"]).removesuffix(" ratio")
        if measure == ACCEPTANCE.name:
            continue
        told = margin if measure in MARGINS else split
        groups = {row["group"], row.get("reference", row["group"])}
        hidden[position] = any(told.get((row["candidate"], row["attribute"], group), False) for group in groups)
    return _withheld(frame, hidden, _few(minimum))


def suppress_few_outcomes(
    frame: pd.DataFrame, matrices: pd.DataFrame, minimum: int, measures: Sequence[str]
) -> pd.DataFrame:
    """Withhold what is measured within defaults, or within payers, where a group or its reference has too few of them.

    Parameters
    ----------
    frame: result of a measure with ``candidate``, ``attribute``, ``group`` and perhaps ``reference``.
    matrices: confusion matrices before :func:`suppress_counts`.
    minimum: smallest number of defaults, and of payers, that such an estimate may rest on.
    measures: the measures concerned.
    """
    key = ["candidate", "attribute", "group"]
    defaults = matrices["true_positive"] + matrices["false_negative"]
    paid = matrices["false_positive"] + matrices["true_negative"]
    fewest = dict(
        zip(matrices[key].itertuples(index=False, name=None), np.minimum(defaults, paid), strict=True)
    )  # fmt: skip
    hidden = np.zeros(len(frame), dtype=bool)
    for position, row in enumerate(frame.to_dict("records")):
        if row["measure"] not in measures or not np.isfinite(row["estimate"]):
            continue
        groups = {row["group"], row.get("reference", row["group"])}
        hidden[position] = any(
            fewest.get((row["candidate"], row["attribute"], group), np.inf) < minimum for group in groups
        )
    return _withheld(frame, hidden, f"suppressed: fewer than {minimum} defaults or payers")


def suppress_groups(frame: pd.DataFrame, matrices: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Withhold the numbers of groups with fewer than ``minimum`` people, where ``n`` counts something else.

    Parameters
    ----------
    frame: with ``attribute``, ``group`` and perhaps ``reference``; rows of no attribute stay.
    matrices: confusion matrices, for the sizes of the groups.
    """
    sizes = matrices.drop_duplicates(["attribute", "group"]).set_index(["attribute", "group"])["n"].to_dict()
    hidden = np.zeros(len(frame), dtype=bool)
    for position, row in enumerate(frame.to_dict("records")):
        groups = {row["group"], row.get("reference", row["group"])}
        hidden[position] = any(1 <= sizes.get((row["attribute"], group), 0) < minimum for group in groups)
    return _withheld(frame, hidden, f"suppressed: fewer than {minimum} rows")


def _few(minimum: int) -> str:
    return f"suppressed: a count below {minimum}"


def _withheld(
    frame: pd.DataFrame, hidden: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], reason: str
) -> pd.DataFrame:
    """The frame without the numbers of some rows, and with the reason in their notes."""
    before = frame["suppressed"] if "suppressed" in frame else pd.Series(False, index=frame.index)
    result = frame.assign(suppressed=before | hidden)
    for column in ESTIMATES:
        if column in result:
            result[column] = result[column].mask(hidden)
    fresh = hidden & ~before.to_numpy(dtype=bool)
    notes = result["note"] if "note" in result else [""] * len(result)
    result["note"] = [reason if gone else note for gone, note in zip(fresh, notes, strict=True)]
    return result
