"""Cases of the checks on where the champion is wrong."""

import pandas as pd

from tests.checks.evidence import RuleCase

SPOTS = {"residuals.weak_spots": pd.DataFrame({"slice": ["kind = south"], "effect": [0.2]})}


def weak(ranking, loss):
    return {
        "residuals.weak.ranking": ranking,
        "residuals.weak.loss": loss,
        "residuals.weak.searched": 900,
        "residuals.weak.worst": "kind = south",
    }


def misstated(slices, understated, leaves):
    return {
        "residuals.weak.calibration": slices,
        "residuals.weak.understated": understated,
        "residuals.error_tree.confirmed": leaves,
    }


def regions(flagged):
    return {
        "residuals.regions.flagged": flagged,
        "residuals.regions.tested": 500,
        "residuals.regions.worst": "kind = south",
        "residuals.regions.worst_gap": (0.2, 0.1, 0.3),
        "residuals.gap.log_loss": (0.01, -0.01, 0.03),
    }


def blend(change):
    return {"residuals.blend.change": change, "residuals.benchmark.only": 80}


def inputs(drop, review):
    return {
        "residuals.shapley.drop": drop,
        "residuals.shapley.drop_names": "noise",
        "residuals.shapley.review": review,
        "residuals.shapley.review_names": "PAY_2",
        "residuals.shapley.error": 0.02,
    }


def rules(helping):
    return {"residuals.assertions.helping": helping, "residuals.assertions.tried": 4}


CASES = [
    RuleCase("RML-B01", "finding", "a segment ranks worse", weak(1, 0), SPOTS, severity="medium", says="kind = south"),
    RuleCase("RML-B01", "finding", "a segment loses more", weak(0, 1), SPOTS, says="Of 900"),
    RuleCase("RML-B01", "passed", "nothing confirmed", weak(0, 0), SPOTS, says="none"),
    RuleCase("RML-B02", "finding", "understated", misstated(2, 1, 0), SPOTS, severity="high", says="in 1 of the"),
    RuleCase("RML-B02", "finding", "overstated only", misstated(1, 0, 0), SPOTS, severity="medium"),
    RuleCase("RML-B02", "finding", "a leaf of the error tree", misstated(0, 0, 1), SPOTS, severity="medium"),
    RuleCase("RML-B02", "passed", "well calibrated everywhere", misstated(0, 0, 0), SPOTS),
    RuleCase("RML-B03", "finding", "one region learnt by heart", regions(1), says="0.2"),
    RuleCase("RML-B03", "passed", "no region", regions(0)),
    RuleCase("RML-B04", "finding", "the blend is surely better", blend((-0.01, -0.02, -0.001)), severity="low"),
    RuleCase("RML-B04", "passed", "zero within", blend((-0.01, -0.02, 0.001))),
    RuleCase("RML-B04", "passed", "the blend is worse", blend((0.01, 0.005, 0.02))),
    RuleCase("RML-B05", "finding", "an input raises the loss", inputs(1, 2), says="noise"),
    RuleCase("RML-B05", "observation", "an input ranks higher", inputs(0, 1), says="PAY_2"),
    RuleCase("RML-B05", "passed", "neither", inputs(0, 0)),
    RuleCase("RML-B06", "finding", "a rule helps", rules(1), severity="low", says="Of 4 rules"),
    RuleCase("RML-B06", "passed", "none helps", rules(0)),
]
