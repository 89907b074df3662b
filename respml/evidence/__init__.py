"""What analyses leave behind and checks and document read; the one place that formats a number."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from respml.evidence.formatting import format_difference, format_interval, format_value
    from respml.evidence.model import Column, Evidence, Figure, Metric, Statement, Table, quoted, slug, subject_of
    from respml.evidence.reading import read_evidence
    from respml.evidence.writer import EvidenceWriter

__all__ = [
    "Column",
    "Evidence",
    "EvidenceWriter",
    "Figure",
    "Metric",
    "Statement",
    "Table",
    "format_difference",
    "format_interval",
    "format_value",
    "quoted",
    "read_evidence",
    "slug",
    "subject_of",
]

_PLACES = {
    "format_difference": "respml.evidence.formatting",
    "format_interval": "respml.evidence.formatting",
    "format_value": "respml.evidence.formatting",
    "Column": "respml.evidence.model",
    "Evidence": "respml.evidence.model",
    "Figure": "respml.evidence.model",
    "Metric": "respml.evidence.model",
    "Statement": "respml.evidence.model",
    "Table": "respml.evidence.model",
    "quoted": "respml.evidence.model",
    "slug": "respml.evidence.model",
    "subject_of": "respml.evidence.model",
    "read_evidence": "respml.evidence.reading",
    "EvidenceWriter": "respml.evidence.writer",
}


def __getattr__(name: str) -> Any:
    """A name of the room, imported when first used: a build that reuses everything needs none of them."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
