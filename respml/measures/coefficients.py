"""Signs of coefficients against correlation and against what is expected."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

SIGNS = {1: "rising", -1: "falling", 0: "none"}


def sign_table(
    coefficients: pd.DataFrame, correlation: pd.DataFrame, expected: Mapping[str, int | None]
) -> pd.DataFrame:
    """Coefficients with the sign of the univariate correlation and the sign expected beforehand.

    Parameters
    ----------
    coefficients: ``term``, ``feature``, ``coefficient``, ``standardised``; terms of one feature may be several.
    correlation: ``feature``, ``correlation`` with the outcome on train.
    expected: +1, -1, 0 (no direction) or None (not stated) for each feature.

    Returns
    -------
    ``coefficients`` sorted by absolute standardised size, with ``correlation``, ``expected`` (in words),
    ``agrees_expected`` and ``agrees_correlation``: ``yes``, ``no``, or empty where either side has no sign. Only terms
    that are the feature itself are compared: a level of a category has no direction.
    """
    table = coefficients.merge(correlation[["feature", "correlation"]], on="feature", how="left")
    own = table["term"] == table["feature"]
    sign = np.sign(table["coefficient"])
    stated = pd.to_numeric(table["feature"].map(dict(expected)), errors="coerce")
    table["expected"] = stated.map(SIGNS).fillna("not stated")
    table["agrees_expected"] = _agreement(sign, stated.where(own))
    table["agrees_correlation"] = _agreement(sign, np.sign(table["correlation"]).where(own))
    order = table["standardised"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _agreement(sign: pd.Series, other: pd.Series) -> pd.Series:
    words = pd.Series(np.where(sign == other, "yes", "no"), index=sign.index)
    return words.where((sign != 0) & other.notna() & (other != 0), "")
