"""The values at which partial dependence is evaluated; every grid says why each value is in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from respml.errors import InputError

DISTINCT_LIMIT = 20
KINDS = ("missing", "below", "range", "quantile", "above")


def grid(
    values: pd.Series,
    *,
    steps: int = 20,
    quantiles: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    beyond: int = 2,
    missing: bool = True,
) -> pd.DataFrame:
    """Inclusive grid of one feature: minimum to maximum, quantiles, values beyond the range, and missing.

    Purpose: show the model where the data are, at their edges, and where an unusual application or a broken feed would
    put it. Mechanism: ``steps`` equal steps from minimum to maximum, both ends included (the observed values themselves
    where there are at most 20); the stated quantiles, so that skewed amounts are resolved where the rows are;
    ``beyond`` further steps on either side; one missing value. Signs of high risk: jumps between neighbouring values,
    missing or out-of-range values scored as low risk. Strengths: no gap at the maximum. Limitations: what happens
    between two grid values is not seen; monotonicity is proved elsewhere.

    Returns columns ``value`` (nan = missing) and ``kind`` (missing, below, range, quantile, above), ascending,
    distinct.
    """
    observed = _finite(values)
    low, high = float(observed.min()), float(observed.max())
    distinct = np.unique(observed)
    step = (high - low) / steps if high > low else max(abs(high), 1.0) / steps
    few = len(distinct) <= DISTINCT_LIMIT
    if few and len(distinct) > 1:
        step = float(np.diff(distinct).min())
    inner = distinct if few else np.linspace(low, high, steps + 1)
    parts = [pd.DataFrame({"value": inner, "kind": "range"})]
    if not few:
        cuts = np.quantile(observed, list(quantiles), method="inverted_cdf")
        parts.append(pd.DataFrame({"value": cuts, "kind": "quantile"}))
    away = step * np.arange(1, beyond + 1)
    parts.append(pd.DataFrame({"value": low - away[::-1], "kind": "below"}))
    parts.append(pd.DataFrame({"value": high + away, "kind": "above"}))
    table = pd.concat(parts).drop_duplicates("value").sort_values("value", kind="stable")
    if missing:
        table = pd.concat([pd.DataFrame({"value": [np.nan], "kind": ["missing"]}), table])
    return table.reset_index(drop=True)


def reference_grid(values: pd.Series, *, steps: int = 20) -> pd.DataFrame:
    """The published grid: minimum to maximum in steps of (maximum - minimum) / 20, the maximum itself left out.

    For comparison with published partial dependence only: it never evaluates the maximum. Columns as :func:`grid`.
    """
    observed = _finite(values)
    low, high = float(observed.min()), float(observed.max())
    points = low + (high - low) / steps * np.arange(steps)
    return pd.DataFrame({"value": points, "kind": "range"})


def stretched_reference_grid(values: pd.Series, *, steps: int = 20) -> pd.DataFrame:
    """The second published grid: from the minimum in steps of ``by + round(by / 20, 3)``, stopping below maximum + by.

    ``by`` is (maximum - minimum) / 20. The wider step usually misses the maximum. Columns as :func:`grid`.
    """
    observed = _finite(values)
    low, high = float(observed.min()), float(observed.max())
    by = (high - low) / steps
    points = np.arange(low, high + by, by + np.round(by / steps, 3)) if by > 0 else np.array([low])
    return pd.DataFrame({"value": points, "kind": np.where(points > high, "above", "range")})


def explicit_grid(points: Sequence[float], values: pd.Series) -> pd.DataFrame:
    """Chosen values (nan = missing) labelled against the observed range; columns as :func:`grid`."""
    observed = _finite(values)
    table = pd.DataFrame({"value": np.asarray(points, dtype=np.float64)})
    table["kind"] = "range"
    table.loc[table["value"].isna(), "kind"] = "missing"
    table.loc[table["value"] < observed.min(), "kind"] = "below"
    table.loc[table["value"] > observed.max(), "kind"] = "above"
    return table


def grids(frame: pd.DataFrame, features: Sequence[str], *, missing: bool = True) -> dict[str, pd.DataFrame]:
    """The default :func:`grid` of each feature."""
    return {name: grid(frame[name], missing=missing) for name in features}


def _finite(values: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    finite: np.ndarray[tuple[int], np.dtype[np.float64]] = numbers[np.isfinite(numbers)]
    if len(finite) == 0:
        raise InputError(
            f"Feature {str(values.name)!r} has no finite value.", remedy="Leave it out or repair the data."
        )
    return finite
