"""What readers call a metric, where its id would say nothing to them, and which of several they ask for first."""

from __future__ import annotations

from collections.abc import Collection

KNOWN = {
    "comparison.auc": "AUC",
    "performance.auc": "AUC",
    "comparison.log_loss": "log loss",
    "performance.log_loss": "log loss",
    "comparison.ks": "KS",
    "performance.ks": "KS",
    "comparison.air": "lowest AIR",
    "fairness.lowest.air": "lowest AIR",
    "comparison.value": "value",
    "comparison.value_gain": "gain in value over the benchmark",
    "checks.findings.high": "high findings",
    "checks.findings.medium": "medium findings",
    "comparison.verdict": "verdict on the gain",
    "comparison.cutoff": "cut-off",
    "performance.cutoff": "cut-off",
    "comparison.rank": "mean rank",
    "performance.gini": "Gini coefficient",
    "performance.brier": "Brier score",
    "performance.average_precision": "average precision",
    "checks.findings.low": "low findings",
}
"""Words by id, without the candidate a number is of, those that a decision sheet prints first."""
_CANDIDATES = ("comparison.auc.", "performance.auc.")
_CAPITALS = frozenset({"auc", "air", "ks", "psi", "smd", "ale"})
_SHORT = 4


def metric_words(id: str, known: Collection[str]) -> str:
    """A metric by name: ``AUC of MGBM``, or what its id says, as words: ``comparison: disagreement, lower``.

    Parameters
    ----------
    id: the metric.
    known: ids of all metrics, which tell which parts of an id are candidates.
    """
    start, candidate = _parted(id, known)
    of = f" of {_name(candidate)}" if candidate else ""
    if start in KNOWN:
        return KNOWN[start] + of
    analysis, _, rest = start.partition(".")
    words = ", ".join(_spaced(each) for each in rest.split("."))
    return f"{_spaced(analysis)}: {words}{of}" if words else _spaced(analysis) + of


def familiarity(id: str, known: Collection[str]) -> int:
    """Where a metric stands among those that readers have a name for; behind them all where it is none of them."""
    start, _ = _parted(id, known)
    return list(KNOWN).index(start) if start in KNOWN else len(KNOWN)


def _parted(id: str, known: Collection[str]) -> tuple[str, str]:
    """The id without the candidate at its end, and that candidate; empty where it ends in none."""
    start, _, last = id.rpartition(".")
    if start and any(f"{each}{last}" in known for each in _CANDIDATES):
        return start, last
    return id, ""


def _name(candidate: str) -> str:
    return candidate.upper() if len(candidate) <= _SHORT else candidate.replace("_", " ").capitalize()


def _spaced(part: str) -> str:
    return " ".join(each.upper() if each in _CAPITALS else each for each in part.split("_"))
