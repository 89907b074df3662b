"""Checks on how the candidates were made."""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


@check(
    "RML-M01",
    title="Signs of the GLM",
    severity="medium",
    chapter="methodology",
    needs=("methodology.signs.against_expectation", "methodology.signs.names", "methodology.coefficients"),
    remediation="Look at collinear inputs; drop, combine or bin them until signs can be explained, or explain them.",
)
def coefficient_signs(case: Case) -> Outcome:
    """The benchmark's coefficients have the signs that were expected before fitting."""
    if case.value("methodology.signs.against_expectation") > 0:
        return case.finding(
            "{methodology.signs.against_expectation} coefficients have a sign against expectation: "
            "{methodology.signs.names}."
        )
    return case.passed("No coefficient has a sign against the dictionary's expectation.")


@check(
    "RML-M02",
    title="Directions of the constraints",
    severity="medium",
    chapter="methodology",
    needs=("methodology.constraints.against", "methodology.constraints.names", "methodology.constraints"),
    remediation="Set the direction by policy in the spec, or leave the input free, and say why.",
)
def constraint_directions(case: Case) -> Outcome:
    """Constraints push in the direction expected, not in the one chance gave a weak correlation."""
    if case.value("methodology.constraints.against") > 0:
        return case.finding(
            "{methodology.constraints.against} inputs are constrained against expectation: "
            "{methodology.constraints.names}."
        )
    return case.passed("No input is constrained against the dictionary's expectation.")


@check(
    "RML-M03",
    title="Reliance on one input",
    severity="medium",
    chapter="methodology",
    needs=("methodology.importance.first", "methodology.importance.first_share"),
    thresholds=("importance_concentration",),
    remediation="Test what happens when the input is missing, stale or manipulated; add independent information.",
)
def reliance_on_one_input(case: Case) -> Outcome:
    """No single input carries most of the champion's contributions."""
    shown = "{methodology.importance.first} carries {methodology.importance.first_share} of the champion's contribution"
    if case.value("methodology.importance.first_share") > case.threshold("importance_concentration"):
        return case.finding(shown + ", above {threshold.importance_concentration}.")
    return case.passed(shown + ".")


@check(
    "RML-M04",
    title="Search ends at its edge",
    severity="low",
    chapter="methodology",
    needs=(
        "methodology.glm.at_edge",
        "methodology.glm.active",
        "methodology.search.depth",
        "methodology.search.depth_at_edge",
        "methodology.search.depths_tried",
    ),
    remediation="Widen the range beyond the edge and search again, or say why the range ends there.",
)
def search_at_edge(case: Case) -> Outcome:
    """The best settings lie inside the ranges searched, not at their ends, least of all where nothing is left."""
    if case.value("methodology.glm.active") == 0:
        return case.finding(
            "At the best penalty no coefficient of the GLM is left: it gives every row the same probability, and a "
            "gain over it is no gain over a model.",
            severity="medium",
        )
    if case.value("methodology.search.depth_at_edge") > 0:
        return case.finding("The best depth found, {methodology.search.depth}, is the largest that was tried.")
    if case.value("methodology.glm.at_edge") > 0:
        return case.observation("The penalty of the GLM lies at the end of its path.")
    if case.value("methodology.search.depths_tried") == 1:
        return case.passed(
            "The penalty of the GLM lies inside its path; one depth alone was tried, {methodology.search.depth}."
        )
    return case.passed("The best depth, {methodology.search.depth}, and the penalty of the GLM lie inside the ranges.")


@check(
    "RML-M05",
    title="Constraints that the data contradict",
    severity="low",
    chapter="methodology",
    needs=("methodology.hybrid.contrary", "methodology.hybrid.contrary_names", "methodology.hybrid"),
    remediation="Leave these inputs free, drop them, or set their direction by policy and say why.",
)
def contradicted_constraints(case: Case) -> Outcome:
    """The unconstrained model's own curves do not run against the directions that constraints would give them."""
    if case.value("methodology.hybrid.contrary") > 0:
        return case.finding(
            "In {methodology.hybrid.contrary} inputs most monotone curves of the unconstrained GBM run against the "
            "direction of the constraint: {methodology.hybrid.contrary_names}."
        )
    return case.passed(
        "In no input do most curves of the unconstrained GBM run against the direction of the constraint."
    )
