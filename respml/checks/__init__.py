"""Rules that turn evidence into findings, and the register of their thresholds. Computes no statistic."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_PLACES = {
    "Case": "respml.checks.engine",
    "Check": "respml.checks.engine",
    "all_checks": "respml.checks.engine",
    "check": "respml.checks.engine",
    "judge": "respml.checks.engine",
    "CheckResult": "respml.checks.model",
    "Outcome": "respml.checks.model",
    "SEVERITIES": "respml.checks.model",
    "STATES": "respml.checks.model",
    "Threshold": "respml.checks.register",
    "threshold_register": "respml.checks.register",
}


def __getattr__(name: str) -> Any:
    """A name of the room, imported when first used: a build that reuses everything needs none of them."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
