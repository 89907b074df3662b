"""How much a model rests on each of its inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from respml.measures.conventions import convention


@convention(
    name="Mean absolute Shapley contribution",
    formula="mean over rows of |φ_j|, φ_j the contribution of input j to the log-odds",
    source="Lundberg and others 2020",
    direction="larger = the model rests more on the input",
    denominator="share: sum over all inputs of the same mean",
    interval="normal, from the standard error of the mean over rows",
    weights="not applicable: unweighted only",
)
def mean_absolute_contribution(contribution: pd.DataFrame, bias: str = "bias") -> pd.DataFrame:
    """Mean absolute contribution of each input, largest first.

    Parameters
    ----------
    contribution: one column an input, log-odds, one row a case; the column ``bias`` is left out.

    Returns
    -------
    ``feature``, ``estimate``, ``lower``, ``upper``, ``n``, ``share`` (of the sum over inputs; nan where all are zero).
    """
    absolute = contribution.drop(columns=bias, errors="ignore").abs()
    mean = absolute.mean().to_numpy(np.float64)
    n = len(absolute)
    error = 1.959963984540054 * absolute.std(ddof=1).to_numpy(np.float64) / np.sqrt(max(n, 1))
    total = mean.sum()
    table = pd.DataFrame(
        {
            "feature": [str(name) for name in absolute.columns],
            "estimate": mean,
            "lower": np.maximum(mean - error, 0.0),
            "upper": mean + error,
            "n": n,
            "share": mean / total if total > 0 else np.nan,
        }
    )
    return table.sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)
