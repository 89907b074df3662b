"""Which features an unconstrained model already treats monotonically: constrain these, leave the others free."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from respml.candidates.candidate import Candidate
from respml.explain.grids import grid
from respml.explain.percentiles import percentile_customers

REVERSAL = 0.01


def monotone_curves(
    candidate: Candidate, valid: pd.DataFrame, directions: Mapping[str, int], threshold: int
) -> pd.DataFrame:
    """Count the monotone individual curves of each feature and decide which features the hybrid constrains.

    For the eleven percentile customers of the valid rows (every tenth of the ranking and the riskiest), the prediction
    is followed over each feature's grid from minimum to maximum with quantiles between. A curve rises when it never
    comes to lie more than one percentage point of probability below a value it had before, and falls when never above
    it; a curve that does both is flat. Rises, falls and flat curves are monotone; the point absorbs the ripples that
    every unconstrained ensemble has. A feature with at least ``threshold`` monotone curves is constrained in its given
    direction, unless half of them or more run against it. All curves of all features are scored in one call.

    Parameters
    ----------
    candidate: the unconstrained model.
    valid: rows with its features; at least eleven.
    directions: feature -> +1, -1 or 0 (no direction known: stays free).
    threshold: number of curves out of eleven.

    Returns
    -------
    ``feature``, ``curves`` (11), ``rising``, ``falling``, ``flat`` (exclusive counts), ``monotone`` (their sum),
    ``threshold``, ``direction`` (given), ``constrained`` (whether the hybrid constrains it), ``against`` (curves that
    move monotonically against the direction). Text features are not judged: their counts are 0.

    Source: Hall 2020, GLM–MGBM–GBM notebook (automatic parsimonious hybrids), there without the allowance of one point.
    """
    customers = percentile_customers(candidate.predict(valid), valid.index)
    rows = valid.iloc[customers["position"].to_numpy()][list(candidate.features)]
    numeric = [name for name in candidate.features if pd.api.types.is_numeric_dtype(valid[name].dtype)]
    grids = {name: grid(valid[name], beyond=0, missing=False)["value"].to_numpy(np.float64) for name in numeric}
    blocks = []
    for name, values in grids.items():
        block = rows.loc[rows.index.repeat(len(values))].astype({name: np.float64})
        block[name] = np.tile(values, len(rows))
        blocks.append(block)
    predicted = candidate.predict(pd.concat(blocks, ignore_index=True)) if blocks else np.empty(0)
    records = []
    start = 0
    for name in candidate.features:
        rising = falling = flat = 0
        if name in grids:
            size = len(rows) * len(grids[name])
            curves = predicted[start : start + size].reshape(len(rows), -1)
            start += size
            fall = (np.maximum.accumulate(curves, axis=1) - curves).max(axis=1)
            rise = (curves - np.minimum.accumulate(curves, axis=1)).max(axis=1)
            up, down = fall <= REVERSAL, rise <= REVERSAL
            rising, falling, flat = (int(each.sum()) for each in (up & ~down, down & ~up, up & down))
        direction = int(directions.get(name, 0))
        monotone = rising + falling + flat
        against = falling if direction > 0 else rising if direction < 0 else 0
        records.append(
            {
                "feature": name,
                "curves": len(rows),
                "rising": rising,
                "falling": falling,
                "flat": flat,
                "monotone": monotone,
                "threshold": threshold,
                "direction": direction,
                "constrained": monotone >= threshold and direction != 0 and 2 * against < monotone,
                "against": against,
            }
        )
    return pd.DataFrame(records)
