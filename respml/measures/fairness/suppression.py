"""Small cells: what rests on too few rows is withheld, and the table says so."""

from __future__ import annotations

import pandas as pd

from respml.measures.conventions import convention

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
)
COUNTS = ("true_positive", "false_positive", "false_negative", "true_negative")


@convention(
    name="Suppression of small cells",
    formula="estimates resting on fewer rows than the minimum are withheld",
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
    result = frame.assign(suppressed=small)
    for column in ESTIMATES:
        if column in result:
            result[column] = result[column].mask(small)
    reason = f"suppressed: fewer than {minimum} rows"
    result["note"] = [reason if hidden else note for hidden, note in zip(small, result.get("note", ""), strict=True)]
    return result


def suppress_counts(matrices: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Withhold the counts of confusion matrices that lie between 1 and ``minimum`` − 1.

    Where a single count of a matrix is withheld, the next smallest is withheld too, else the total would give it away;
    where the group itself has fewer rows, all four.

    Parameters
    ----------
    matrices: result of :func:`respml.measures.fairness.confusion.confusion_matrices`.
    minimum: smallest count that is printed.

    Returns
    -------
    The frame with those counts missing (``nan``), ``suppressed`` (how many of the four), and the reason in ``note``.
    """
    counts = matrices[list(COUNTS)].astype("float64")
    small = (counts > 0) & (counts < minimum)
    # A group that is itself too small shows no count: its size would tell the only one that is not zero.
    tiny = matrices["n"].between(1, minimum - 1)
    alone = small.sum(axis=1) == 1
    for row in matrices.index[alone]:
        others = counts.loc[row][~small.loc[row]]
        positive = others[others > 0]
        if len(positive):
            small.loc[row, positive.idxmin()] = True
    small = small.where(~tiny, True)
    result = matrices.assign(suppressed=small.sum(axis=1))
    result[list(COUNTS)] = counts.mask(small)
    # The size of the smallest cell would tell what was just withheld.
    result["smallest_cell"] = matrices["smallest_cell"].astype("float64").mask(small.any(axis=1))
    reason = f"counts below {minimum} suppressed"
    result["note"] = [
        "; ".join(part for part in (note, reason) if part) if hidden else note
        for hidden, note in zip(small.any(axis=1), matrices["note"], strict=True)
    ]
    return result
