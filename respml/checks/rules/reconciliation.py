"""Checks on the implementation: I01 to I04."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome
from respml.spec.report import NOT_APPLICABLE


def _why_not(case: Case, place: str) -> str:
    """Why a place has no scores, as a sentence; empty where it has."""
    state = str(case.metric(f"reconciliation.state.{place}").value)
    return state.removeprefix(NOT_APPLICABLE).capitalize() + "." if state.startswith(NOT_APPLICABLE) else ""


@check(
    "RML-I01",
    title="The model as saved",
    severity="high",
    chapter="reconciliation",
    needs=(
        "reconciliation.state.saved",
        "reconciliation.largest.saved",
        "reconciliation.mismatched.saved",
        "reconciliation.state.export",
        "reconciliation.largest.export",
        "reconciliation.mismatched.export",
    ),
    thresholds=("reconciliation_tolerance",),
    remediation="Do not release the file; find out what the format loses, and save the model anew.",
)
def saved_model(case: Case) -> Outcome:
    """What is on disk, opened again, scores as documented."""
    why = {place: _why_not(case, place) for place in ("saved", "export")}
    if all(why.values()):
        return case.not_applicable(why["saved"])
    told = [
        f"{word} the largest difference is {{reconciliation.largest.{place}}}, with "
        f"{{reconciliation.mismatched.{place}}} decisions that differ"
        for place, word in (("saved", "opened again"), ("export", "written in a format of exchange and read back"))
        if not why[place]
    ]
    values = [case.value(f"reconciliation.largest.{place}") for place, reason in why.items() if not reason]
    shown = f"Of the champion {'; '.join(told)}"
    if max(values) > case.threshold("reconciliation_tolerance"):
        return case.finding(shown + ": above {threshold.reconciliation_tolerance}.")
    return case.passed(shown + ": not above {threshold.reconciliation_tolerance}.")


def _same_model(case: Case, place: str, name: str) -> Outcome:
    why = _why_not(case, place)
    if why:
        return case.not_applicable(why)
    largest, tolerance = (case.value(f"reconciliation.{each}.{place}") for each in ("largest", "tolerance"))
    share = case.value(f"reconciliation.mismatched_share.{place}")
    decided = f"{{reconciliation.mismatched.{place}}} decisions ({{reconciliation.mismatched_share.{place}}}) differ"
    if largest <= tolerance:
        shown = (
            f"{name} agrees with the documented score within {{reconciliation.tolerance.{place}}} on all "
            f"{{reconciliation.rows.{place}}} rows; {decided}"
        )
    else:
        shown = (
            f"{name} differs from the documented score by more than {{reconciliation.tolerance.{place}}} in "
            f"{{reconciliation.beyond.{place}}} of {{reconciliation.rows.{place}}} rows, at most by "
            f"{{reconciliation.largest.{place}}}; {decided}"
        )
    if share > case.threshold("reconciliation_mismatched"):
        return case.finding(shown + ", more than {threshold.reconciliation_mismatched}.")
    if largest > tolerance:
        return case.finding(shown + ".", severity="medium")
    return case.passed(shown + ".")


@check(
    "RML-I02",
    title="The exported artefact",
    severity="high",
    chapter="reconciliation",
    needs=(
        "reconciliation.state.artefact",
        "reconciliation.rows.artefact",
        "reconciliation.largest.artefact",
        "reconciliation.tolerance.artefact",
        "reconciliation.beyond.artefact",
        "reconciliation.mismatched.artefact",
        "reconciliation.mismatched_share.artefact",
    ),
    thresholds=("reconciliation_mismatched",),
    remediation="Export the documented model again, or document the model that was exported; check its preprocessing.",
)
def exported_artefact(case: Case) -> Outcome:
    """The exported file decides and scores as the documented model."""
    return _same_model(case, "artefact", "The exported artefact")


@check(
    "RML-I03",
    title="The scores of production",
    severity="high",
    chapter="reconciliation",
    needs=(
        "reconciliation.state.production",
        "reconciliation.rows.production",
        "reconciliation.largest.production",
        "reconciliation.tolerance.production",
        "reconciliation.beyond.production",
        "reconciliation.mismatched.production",
        "reconciliation.mismatched_share.production",
    ),
    thresholds=("reconciliation_mismatched",),
    remediation="Trace the rows that differ most from input to score in production; compare its inputs first.",
)
def production_scores(case: Case) -> Outcome:
    """Production decides and scores as the documented model."""
    return _same_model(case, "production", "The score of production")


@check(
    "RML-I04",
    title="Rows that production lacks, or the data",
    severity="medium",
    chapter="reconciliation",
    needs=(
        "reconciliation.state.production",
        "reconciliation.missing.production",
        "reconciliation.only_documented.production",
        "reconciliation.only_there.production",
    ),
    thresholds=("reconciliation_missing",),
    remediation="Find out why production did not score the rows, and whose identifiers the data lack.",
)
def missing_rows(case: Case) -> Outcome:
    """Every row of the sample has a score of production, and production scores nobody else."""
    why = _why_not(case, "production")
    if why:
        return case.not_applicable(why)
    shown = (
        "{reconciliation.only_documented.production} rows of the sample have no score of production, and production "
        "scores {reconciliation.only_there.production} identifiers that the data do not hold"
    )
    if case.value("reconciliation.missing.production") > case.threshold("reconciliation_missing"):
        return case.finding(
            shown + ": {reconciliation.missing.production} of the sample, more than {threshold.reconciliation_missing}."
        )
    return case.passed(shown + ".")
