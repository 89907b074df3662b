"""What the document says of discrimination testing beside the evidence: the law of the day, where the chapter is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from respml.checks.register import threshold_register
from respml.document.jurisdictions import jurisdiction_narrative, read_profiles
from respml.document.markdown import escape
from respml.spec.report import ReportSpec

ANALYSIS = "fairness"


def fairness_narrative(spec: ReportSpec, template_folder: Path) -> dict[str, str]:
    """The law as pieces of narrative, from the template's dated profiles, and where the chapter is printed."""
    limit = threshold_register(spec.thresholds)["air_flag"].value
    law = jurisdiction_narrative(read_profiles(template_folder), spec.model.jurisdictions, spec.model.as_of, limit)
    where = f"Discrimination testing is documented under separate cover. Reason: {spec.fairness.reason}"
    return {**law, "fairness-volume": escape(where) + "\n"}


def separate(spec: ReportSpec) -> bool:
    """Whether the chapter is a document of its own, and nothing of it may stand in the report."""
    return spec.fairness.volume == "separate"


def fairness_flags(spec: ReportSpec) -> dict[str, Any]:
    """Flags for the template's conditional blocks."""
    return {"volume": {"separate": separate(spec)}}
