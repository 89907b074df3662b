"""Has the ranking power of a model fallen since it was first validated?"""

from __future__ import annotations

import numpy as np
from scipy import special

from respml.errors import InputError
from respml.measures.conventions import convention
from respml.measures.estimate import Estimate
from respml.measures.intervals import NORMAL_95
from respml.measures.test_result import TestResult


@convention(
    name="AUC now against development",
    formula="S = (AUC_initial − AUC_current)/√(se_initial² + se_current²), p = 1 − Φ(S)",
    source="ECB 2019, Instructions for reporting the validation results of internal models, 2.5 and Annex 1",
    direction="small p = the AUC has fallen",
    zero_bins="standard error of zero: undefined",
    interval="none",
    weights="as the AUCs given",
)
def auc_change_test(initial_auc: float, initial_se: float, current_auc: float, current_se: float) -> TestResult:
    """One-sided test that the current AUC is not below the initial one.

    Parameters
    ----------
    initial_auc, initial_se: AUC at first validation and its standard error. The ECB takes the initial AUC as a fixed
        number: pass 0 for that test. With a positive standard error the samples are taken as independent.
    current_auc, current_se: AUC on the current rows and its standard error (see :func:`standard_error`).

    Returns
    -------
    TestResult; undefined where both standard errors are zero or a value is missing.
    """
    if initial_se < 0 or current_se < 0:
        raise InputError("A standard error is negative.", remedy="Pass standard errors of zero or more.")
    spread = float(np.hypot(initial_se, current_se))
    fixed = initial_se == 0
    method = "one-sided normal, initial AUC fixed (ECB)" if fixed else "one-sided normal, independent samples"
    nan = float("nan")
    if spread == 0 or np.isnan([initial_auc, current_auc, spread]).any():
        return TestResult(nan, nan, 0, nan, method, "a value is undefined or has no standard error")
    statistic = (initial_auc - current_auc) / spread
    return TestResult(statistic, float(special.ndtr(-statistic)), 0, nan, method)


def standard_error(estimate: Estimate) -> float:
    """Standard error behind a symmetric 95 % interval that was not cut at a bound; ``nan`` without interval."""
    if estimate.interval is None:
        return float("nan")
    return max(estimate.upper - estimate.value, estimate.value - estimate.lower) / NORMAL_95
