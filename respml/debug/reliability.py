"""How sure the model may be of one customer: split-conformal sets and their coverage by segment."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Floats, flags, given_probabilities
from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.intervals import wilson


def conformal_threshold(outcome: ArrayLike, probability: ArrayLike, coverage: float) -> float:
    """Largest nonconformity, 1 − predicted probability of the true class, that a set admits.

    The ⌈(n + 1) coverage⌉-th smallest value among the calibration rows; infinite where there are too few rows.
    """
    if not 0 < coverage < 1:
        raise InputError(f"A coverage of {coverage:g} is not between 0 and 1.", remedy="Use, for example, 0.9.")
    scores = given_probabilities(probability)
    event = flags(outcome, scores.size)
    distance = np.sort(np.where(event, 1 - scores, scores))
    position = int(np.ceil((scores.size + 1) * coverage))
    return float(distance[position - 1]) if position <= scores.size else float("inf")


@convention(
    name="Split-conformal coverage",
    formula="share of rows whose true class is in {1 if 1 − p ≤ q} ∪ {0 if p ≤ q}; q from calibration rows",
    source="Vovk, Gammerman & Shafer 2005; Lei and others 2018",
    direction="near the nominal level; a set of two classes = the model cannot tell",
    interval="Wilson",
    weights="not applicable: unweighted only",
)
def conformal_reliability(
    calibration_outcome: ArrayLike,
    calibration_probability: ArrayLike,
    outcome: ArrayLike,
    probability: ArrayLike,
    segment: ArrayLike | None,
    *,
    coverage: float,
    smallest_segment: int,
) -> pd.DataFrame:
    """Coverage and width of split-conformal prediction sets, overall and by segment.

    Purpose: find customers for whom the model is surer than it should be. Mechanism: the nonconformity threshold is
    set on rows the model was not fitted to; each row's set holds the classes below it. Signs of high risk: a segment
    whose coverage interval lies below the nominal level, or whose sets mostly hold both classes. Strengths: valid
    overall without any assumption on the model. Limitations: the guarantee is marginal, not by segment, and needs
    exchangeable rows: drift breaks it.

    Returns columns ``segment`` (``all`` first), ``n``, ``nominal``, ``estimate`` (coverage), ``lower``, ``upper``,
    ``width`` (mean number of classes in the set), ``both``, ``empty`` (shares), ``coverage_0``, ``coverage_1`` (by
    class), ``small``."""
    threshold = conformal_threshold(calibration_outcome, calibration_probability, coverage)
    scores = given_probabilities(probability)
    event = flags(outcome, scores.size)
    holds_one, holds_zero = 1 - scores <= threshold, scores <= threshold
    covered = np.where(event, holds_one, holds_zero)
    size: Floats = holds_one.astype(np.float64) + holds_zero
    masks = [("all", np.ones(scores.size, dtype=bool))]
    if segment is not None:
        given = pd.Series(np.asarray(segment))
        masks += [(str(each), (given == each).to_numpy(dtype=bool)) for each in sorted(given.dropna().unique())]
        masks += [("missing", given.isna().to_numpy())] if given.isna().any() else []
    lines = []
    for name, chosen in masks:
        n = int(chosen.sum())
        low, high = wilson(covered[chosen].sum(), n)
        lines.append(
            {
                "segment": name,
                "n": n,
                "nominal": coverage,
                "estimate": _mean(covered[chosen]),
                "lower": float(low),
                "upper": float(high),
                "width": _mean(size[chosen]),
                "both": _mean(size[chosen] == 2),
                "empty": _mean(size[chosen] == 0),
                "coverage_0": _mean(covered[chosen & ~event]),
                "coverage_1": _mean(covered[chosen & event]),
                "small": n < smallest_segment,
            }
        )
    return pd.DataFrame(lines)


def _mean(values: ArrayLike) -> float:
    array = np.asarray(values, dtype=np.float64)
    return float(array.mean()) if array.size else float("nan")
