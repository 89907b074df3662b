"""Rules that turn evidence into findings, and the register of their thresholds. Computes no statistic."""

from respml.checks.engine import Case, Check, all_checks, check, judge
from respml.checks.model import SEVERITIES, STATES, CheckResult, Outcome
from respml.checks.register import Threshold, threshold_register

__all__ = [
    "SEVERITIES",
    "STATES",
    "Case",
    "Check",
    "CheckResult",
    "Outcome",
    "Threshold",
    "all_checks",
    "check",
    "judge",
    "threshold_register",
]
