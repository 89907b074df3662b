"""The machine-readable twin of a document: every number by id, with all that is known of it."""

from __future__ import annotations

import json

from respml.evidence.model import Evidence

TWIN = "metrics.json"


def metrics_document(evidence: Evidence) -> str:
    """All metrics as JSON, flat, by id, keys sorted.

    Each has ``value`` (number or text), ``ci`` (lower and upper limit, or null), ``n`` (rows behind it), ``unit``,
    ``format`` (how the document prints it), ``method``, ``partition``, ``source`` (what made it), ``note``, and
    ``about`` (ids of the metrics that say what it is of).
    """
    entries = {
        id: {
            "value": metric.value,
            "ci": metric.interval,
            "n": metric.n,
            "unit": metric.unit,
            "format": metric.format,
            "method": metric.method,
            "partition": metric.partition,
            "source": metric.source,
            "note": metric.note,
            "about": list(metric.about),
        }
        for id, metric in evidence.metrics.items()
    }
    return json.dumps(entries, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
