"""What analyses leave behind and checks and document read; the one place that formats a number."""

from respml.evidence.formatting import format_interval, format_value
from respml.evidence.model import Column, Evidence, Figure, Metric, Statement, Table, quoted, slug
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
    "format_interval",
    "format_value",
    "quoted",
    "read_evidence",
    "slug",
]
