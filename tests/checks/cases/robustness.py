"""Cases of the checks on changed inputs, rows and times."""

from tests.checks.evidence import RuleCase


def noise(fall):
    return {"robustness.noise.auc_fall": fall, "robustness.noise.flips": 0.1, "robustness.noise.size": 0.1}


def difficult(shortfall, p, sample="outer sample"):
    return {
        "robustness.resilience.shortfall": shortfall,
        "robustness.resilience.p": p,
        "robustness.resilience.auc": 0.7,
        "robustness.resilience.expected": 0.7 + shortfall,
        "robustness.resilience.sample": sample,
    }


def missing(gap, lowest):
    return {
        "robustness.missing.gap": gap,
        "robustness.missing.gap_feature": "income",
        "robustness.missing.lowest": lowest,
        "robustness.missing.features": 10,
    }


def stressed(fall, understated):
    return {
        "robustness.stress.worst_fall": fall,
        "robustness.stress.most_understated": understated,
        "robustness.stress.scenario": "recession",
        "robustness.stress.most_scenario": "recession",
    }


def drifted(score, column, critical=0.02):
    return {
        "robustness.drift.score.psi": score,
        "robustness.drift.score.critical": critical,
        "robustness.drift.score.partition": "test",
        "robustness.drift.column.psi": column,
        "robustness.drift.column.critical": critical,
        "robustness.drift.column.name": "utilisation",
    }


def toss(share):
    return {"robustness.toss.share": share, "robustness.toss.limit": 0.1}


def covered(shortfall):
    return {
        "robustness.reliability.shortfall": shortfall,
        "robustness.reliability.lowest": (0.85, 0.8, 0.9 - shortfall / 100),
        "robustness.reliability.nominal": 0.9,
        "robustness.reliability.segment": "kind = south",
    }


def retried(better):
    return {
        "robustness.retry.better": better,
        "robustness.retry.tried": 4,
        "robustness.retry.feature": "with the spread of PAY_1 to PAY_6",
        "robustness.retry.feature_gain": (0.004, 0.001, 0.007),
    }


def reliance(share):
    return {
        "robustness.reliance.share": share,
        "robustness.reliance.second": 0.1,
        "robustness.reliance.feature": "behaviour_index",
    }


CASES = [
    RuleCase("RML-S01", "finding", "ranking falls", noise((0.04, 0.03, 0.05)), severity="medium", says="0.03"),
    RuleCase("RML-S01", "passed", "exactly the limit", noise(0.03)),
    RuleCase("RML-S02", "finding", "short and sure", difficult(0.08, 0.005), says="outer sample"),
    RuleCase("RML-S02", "passed", "short, but chance explains it", difficult(0.08, 0.02)),
    RuleCase("RML-S02", "passed", "sure, but small", difficult(0.05, 0.001)),
    RuleCase("RML-S02", "not applicable", "no sample is large enough", difficult(0.2, 0.001, "all")),
    RuleCase("RML-S03", "finding", "a missing value scores low", missing(4.0, 1), severity="high", says="income"),
    RuleCase("RML-S03", "observation", "lower by a trifle", missing(0.1, 1)),
    RuleCase("RML-S03", "passed", "never the lowest", missing(0.0, 0)),
    RuleCase("RML-S04", "finding", "ranking falls", stressed(0.06, 1.0), says="0.06"),
    RuleCase("RML-S04", "finding", "defaults exceed predictions", stressed(0.01, 11.0), says="11"),
    RuleCase("RML-S04", "passed", "both at their limits", stressed(0.05, 10.0)),
    RuleCase("RML-S05", "finding", "an input is watched", drifted(0.02, 0.12), severity="medium", says="utilisation"),
    RuleCase("RML-S05", "finding", "the score is acted on", drifted(0.3, 0.0), severity="high"),
    RuleCase("RML-S05", "passed", "beyond the limit, but not beyond chance", drifted(0.05, 0.12, critical=0.2)),
    RuleCase("RML-S05", "passed", "nothing moved", drifted(0.01, 0.03)),
    RuleCase("RML-S06", "finding", "many coin tosses", toss((0.2, 0.19, 0.21)), says="0.2"),
    RuleCase("RML-S06", "passed", "exactly the limit", toss(0.15)),
    RuleCase("RML-S07", "finding", "a segment is covered too rarely", covered(3.0), says="kind = south"),
    RuleCase("RML-S07", "passed", "short by the limit", covered(2.0)),
    RuleCase("RML-S07", "passed", "covered", covered(-1.0)),
    RuleCase("RML-S08", "finding", "a feature helps", retried(1), severity="low", says="PAY_6"),
    RuleCase("RML-S08", "passed", "none helps beyond chance", retried(0)),
    RuleCase("RML-S09", "finding", "one input carries it all", reliance(0.6), says="behaviour_index"),
    RuleCase("RML-S09", "passed", "exactly the limit", reliance(0.3)),
]
