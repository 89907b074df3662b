"""Cases of the checks on how candidates were made."""

import pandas as pd

from tests.checks.evidence import RuleCase

COEFFICIENTS = {"methodology.coefficients": pd.DataFrame({"term": ["a"], "coefficient": [0.1]})}


CONSTRAINTS = {"methodology.constraints": pd.DataFrame({"feature": ["a"], "direction": [1]})}


def signs(count, names):
    return {"methodology.signs.against_expectation": count, "methodology.signs.names": names}


def constraints(count, names):
    return {"methodology.constraints.against": count, "methodology.constraints.names": names}


def reliance(share):
    return {"methodology.importance.first": "utilisation", "methodology.importance.first_share": share}


def search(glm_at_edge, depth_at_edge, active=5, tried=4):
    return {
        "methodology.glm.at_edge": glm_at_edge,
        "methodology.glm.active": active,
        "methodology.search.depth": 8,
        "methodology.search.depth_at_edge": depth_at_edge,
        "methodology.search.depths_tried": tried,
    }


HYBRID = {"methodology.hybrid": pd.DataFrame({"feature": ["a"], "against": [0]})}


def contrary(count, names):
    return {"methodology.hybrid.contrary": count, "methodology.hybrid.contrary_names": names}


CASES = [
    RuleCase("RML-M05", "finding", "curves run against a constraint", contrary(1, "bill"), HYBRID, says="bill"),
    RuleCase("RML-M05", "passed", "no curve runs against", contrary(0, "none"), HYBRID),
    RuleCase("RML-M01", "finding", "a sign against expectation", signs(1, "income"), COEFFICIENTS, says="income"),
    RuleCase("RML-M01", "passed", "all as expected", signs(0, "none"), COEFFICIENTS),
    RuleCase(
        "RML-M02", "finding", "a constraint against expectation", constraints(1, "income"), CONSTRAINTS, says="income"
    ),
    RuleCase("RML-M02", "passed", "all as expected", constraints(0, "none"), CONSTRAINTS),
    RuleCase("RML-M03", "finding", "more than half on one input", reliance(0.51), says="utilisation"),
    RuleCase("RML-M03", "passed", "exactly half", reliance(0.5)),
    RuleCase(
        "RML-M04", "finding", "the deepest trees tried are best", search(0, 1), severity="low", says="depth found, 8"
    ),
    RuleCase(
        "RML-M04", "finding", "the GLM keeps no input", search(1, 0, 0), severity="medium", says="no gain over a model"
    ),
    RuleCase("RML-M04", "observation", "the penalty lies at the end of its path", search(1, 0)),
    RuleCase("RML-M04", "passed", "both inside", search(0, 0)),
    RuleCase("RML-M04", "passed", "a depth that was given", search(0, 0, tried=1), says="one depth alone was tried, 8"),
]
