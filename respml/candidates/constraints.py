"""Which way the risk may move with each feature, and who said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.errors import InputError
from respml.portfolio.dictionary import Dictionary


def correlation_table(frame: pd.DataFrame, outcome: npt.NDArray[np.int8], features: Sequence[str]) -> pd.DataFrame:
    """Pearson correlation of each feature with the outcome on the given rows.

    Returns
    -------
    ``feature``, ``correlation`` (NaN for text, for constant features and with fewer than two values), ``n`` (rows
    where the feature is not missing), in the order of the features.
    """
    target = np.asarray(outcome, dtype=np.float64)
    records = []
    for name in features:
        column = frame[name]
        numeric = pd.api.types.is_numeric_dtype(column.dtype)
        values = column.to_numpy(dtype=np.float64, na_value=np.nan) if numeric else np.full(len(column), np.nan)
        known = np.isfinite(values)
        records.append((name, _pearson(values[known], target[known]), int(known.sum())))
    return pd.DataFrame(records, columns=["feature", "correlation", "n"])


def constraint_table(rule: str | Mapping[str, int], correlation: pd.DataFrame, dictionary: Dictionary) -> pd.DataFrame:
    """The direction of each feature: +1 risk may only rise with it, -1 only fall, 0 free.

    Parameters
    ----------
    rule: ``correlation`` (the sign of the correlation on the training rows), ``dictionary`` (the expected signs; a
        feature without one is free), or feature -> direction (a feature not named is free).
    correlation: as :func:`correlation_table` gives.
    dictionary: the portfolio's dictionary.

    Returns
    -------
    ``feature``, ``direction``, ``source`` (in words), ``correlation``, ``expected`` (the dictionary's sign; NaN where
    it states none), ``agrees`` (direction and expected sign do not oppose each other).

    Errors
    ------
    InputError where the rule names a feature that is no input.
    """
    features = list(correlation["feature"])
    if not isinstance(rule, str):
        unknown = sorted(set(rule) - set(features))
        if unknown:
            raise InputError(
                f"A constraint is given for '{unknown[0]}', which is no input.",
                where="key 'candidates.mgbm.constraints'",
                remedy=f"Inputs are {', '.join(features)}.",
            )
    records = []
    for name, value in zip(features, correlation["correlation"], strict=True):
        expected = dictionary[name].expected_sign
        direction, source = _direction(rule, name, float(value), expected)
        agrees = expected is None or direction * expected >= 0
        stated = np.nan if expected is None else float(expected)
        records.append((name, direction, source, float(value), stated, agrees))
    columns = ["feature", "direction", "source", "correlation", "expected", "agrees"]
    return pd.DataFrame(records, columns=columns)


def _direction(rule: str | Mapping[str, int], name: str, correlation: float, expected: int | None) -> tuple[int, str]:
    if not isinstance(rule, str):
        return (int(rule[name]), "given in the specification") if name in rule else (0, "not given: free")
    if rule == "dictionary":
        return (0, "no expected sign: free") if expected is None else (expected, "expected sign in the dictionary")
    if np.isnan(correlation):
        return 0, "no correlation: free"
    return int(np.sign(correlation)), "sign of the correlation on the training rows"


def _pearson(values: npt.NDArray[np.float64], target: npt.NDArray[np.float64]) -> float:
    if len(values) < 2:
        return float("nan")
    centred, outcome = values - values.mean(), target - target.mean()
    scale = float(np.sqrt((centred @ centred) * (outcome @ outcome)))
    return float(centred @ outcome) / scale if scale > 0 else float("nan")
