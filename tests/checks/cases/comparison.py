"""Cases of the checks on the comparison."""

import pandas as pd

from tests.checks.evidence import RuleCase

RANKS = {"comparison.ranks": pd.DataFrame({"model": ["mgbm", "glm"], "candidate": ["MGBM", "GLM"]})}


def gain(auc, loss):
    """Gains of the champion where .010 of AUC and a fall of .005 in log-loss were asked for."""
    return {
        "comparison.gain.auc.mgbm": auc,
        "comparison.gain.log_loss.mgbm": loss,
        "comparison.minimum.auc": 0.01,
        "comparison.minimum.log_loss": 0.005,
    }


def beyond_curves(gained):
    return {"comparison.over_curves": gained, "comparison.minimum.auc": 0.01}


def swaps(accepted, declined):
    return {
        "comparison.swap.decline_approve.event_rate": accepted,
        "comparison.swap.approve_decline.event_rate": declined,
    }


def ranked(first):
    return {"comparison.rank.mgbm": 1.5, "comparison.rank_winner": first}


CASES = [
    RuleCase(
        "RML-C01", "finding", "too little AUC", gain((0.008, 0.004, 0.012), (-0.02, -0.03, -0.01)), severity="high"
    ),
    RuleCase("RML-C01", "finding", "log-loss falls too little", gain((0.03, 0.02, 0.04), (-0.004, -0.006, -0.002))),
    RuleCase("RML-C01", "finding", "log-loss rises", gain((0.03, 0.02, 0.04), (0.01, 0.005, 0.015))),
    RuleCase("RML-C01", "observation", "AUC not surely", gain((0.02, 0.005, 0.035), (-0.02, -0.03, -0.01))),
    RuleCase("RML-C01", "observation", "log-loss not surely", gain((0.03, 0.02, 0.04), (-0.006, -0.01, -0.002))),
    RuleCase("RML-C01", "observation", "no interval", gain(0.03, -0.02)),
    RuleCase("RML-C01", "passed", "both surely", gain((0.03, 0.02, 0.04), (-0.02, -0.03, -0.01)), says="0.03"),
    RuleCase(
        "RML-C02", "finding", "another ranks first", ranked("GLM"), RANKS, severity="low", says="the first is GLM"
    ),
    RuleCase("RML-C02", "passed", "the champion ranks first", ranked("MGBM"), RANKS, says="1.5"),
    RuleCase("RML-C03", "finding", "worth less", {"comparison.value_gain": (-5e5, -9e5, -1e5)}, says="−500,000"),
    RuleCase("RML-C03", "observation", "zero within", {"comparison.value_gain": (1e5, -1e5, 3e5)}),
    RuleCase("RML-C03", "observation", "no interval", {"comparison.value_gain": 1e5}),
    RuleCase("RML-C03", "passed", "worth more", {"comparison.value_gain": (5e5, 1e5, 9e5)}),
    RuleCase("RML-C04", "finding", "newly accepted are worse", swaps((0.4, 0.35, 0.45), (0.3, 0.25, 0.35))),
    RuleCase("RML-C04", "finding", "no better", swaps((0.3, 0.25, 0.35), (0.3, 0.25, 0.35))),
    RuleCase("RML-C04", "observation", "better, intervals overlap", swaps((0.3, 0.25, 0.35), (0.36, 0.31, 0.41))),
    RuleCase("RML-C04", "passed", "better", swaps((0.2, 0.15, 0.25), (0.4, 0.35, 0.45)), says="0.2"),
    RuleCase("RML-C04", "not applicable", "nobody is swapped in", swaps(None, (0.4, 0.35, 0.45))),
    RuleCase("RML-C05", "finding", "curves do as well", beyond_curves((-0.002, -0.007, 0.003)), severity="medium"),
    RuleCase("RML-C05", "finding", "more, but too little", beyond_curves((0.009, 0.007, 0.011)), says="0.009"),
    RuleCase("RML-C05", "observation", "not surely enough", beyond_curves((0.012, 0.008, 0.016))),
    RuleCase("RML-C05", "observation", "no interval", beyond_curves(0.02)),
    RuleCase("RML-C05", "passed", "trees bring more than curves", beyond_curves((0.02, 0.015, 0.025))),
    RuleCase("RML-C05", "not applicable", "a linear champion", beyond_curves(None)),
]
