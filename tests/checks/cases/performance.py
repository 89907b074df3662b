"""Cases of the checks on performance."""

from tests.checks.evidence import RuleCase

AUC = "performance.auc.mgbm"
SLOPE = "performance.calibration.slope"
RATIO = "performance.calibration.observed_over_expected"
SPIEGELHALTER = "performance.calibration.spiegelhalter_p"
MAGNIFIED = "thresholds:\n  seed_spread_auc: {value: 0.05, owner: a, date: 2026-01-01, reason: b}\n"


def level(ratio, p):
    return {RATIO: ratio, SPIEGELHALTER: p}


def seeds(spread, count=5):
    return {"performance.seeds.spread": spread, "performance.seeds.count": count, "performance.seeds.flips": 0.02}


def inversions(count: int, beyond_chance: int = 0) -> dict:
    return {"performance.grades.inversions": count, "performance.grades.reversed": beyond_chance}


def grades(rejected):
    return {"performance.grades.rejected": rejected, "performance.grades.count": 7}


def gap(fall):
    return {"performance.gap": fall, "performance.auc_by_partition.test": 0.75}


CASES = [
    RuleCase(
        "RML-P01", "finding", "all of the interval below", {AUC: (0.66, 0.63, 0.69)}, severity="high", says="0.70"
    ),
    RuleCase(
        "RML-P01", "finding", "all of the interval above", {AUC: (0.95, 0.91, 0.97)}, severity="high", says="0.90"
    ),
    RuleCase(
        "RML-P01",
        "finding",
        "ranks the wrong way round",
        {AUC: (0.21, 0.16, 0.27)},
        severity="high",
        says="other class",
    ),
    RuleCase("RML-P01", "observation", "the interval does not exclude weak", {AUC: (0.71, 0.68, 0.74)}),
    RuleCase("RML-P01", "passed", "above weak, below suspicious", {AUC: (0.78, 0.76, 0.79)}),
    RuleCase("RML-P01", "passed", "without an interval the value decides", {AUC: 0.78}),
    RuleCase("RML-P02", "finding", "falls by more", gap(0.06), says="0.06"),
    RuleCase("RML-P02", "passed", "falls by exactly the limit", gap(0.05)),
    RuleCase("RML-P02", "passed", "rises", gap(-0.01)),
    RuleCase("RML-P03", "finding", "too extreme", {SLOPE: (0.8, 0.7, 0.9)}, says="outside 0.90 to 1.10"),
    RuleCase("RML-P03", "finding", "too timid", {SLOPE: (1.2, 1.1, 1.3)}),
    RuleCase("RML-P03", "observation", "outside, one not excluded", {SLOPE: (1.15, 0.98, 1.32)}, says="holds one"),
    RuleCase("RML-P03", "observation", "within limits, but surely not one", {SLOPE: (0.95, 0.92, 0.98)}),
    RuleCase("RML-P03", "passed", "one within the interval", {SLOPE: (0.95, 0.9, 1.02)}),
    RuleCase("RML-P04", "finding", "understated", level((1.1, 1.05, 1.15), 0.5), severity="high", says="understated"),
    RuleCase("RML-P04", "finding", "overstated", level((0.9, 0.85, 0.95), 0.5), severity="medium", says="overstated"),
    RuleCase("RML-P04", "observation", "level right, Spiegelhalter rejects", level((1.0, 0.95, 1.05), 0.04)),
    RuleCase("RML-P04", "passed", "level right", level((1.0, 0.95, 1.05), 0.05)),
    RuleCase("RML-P05", "finding", "a grade too low", grades(1), severity="high", says="1 of 7 grades"),
    RuleCase("RML-P05", "passed", "no grade too low", grades(0)),
    RuleCase("RML-P06", "finding", "one beyond chance", inversions(2, beyond_chance=1)),
    RuleCase("RML-P06", "observation", "by chance", inversions(1)),
    RuleCase("RML-P06", "passed", "none", inversions(0)),
    RuleCase("RML-P07", "finding", "watched", {"performance.score_psi": 0.1}, severity="medium", says="0.10 on"),
    RuleCase("RML-P07", "finding", "acted on", {"performance.score_psi": 0.3}, severity="high"),
    RuleCase("RML-P07", "passed", "still", {"performance.score_psi": 0.01}),
    RuleCase("RML-P08", "finding", "spread above the limit", seeds(0.006), says="5 refits"),
    RuleCase("RML-P08", "passed", "spread at the limit", seeds(0.005)),
    RuleCase("RML-P08", "not applicable", "made elsewhere", seeds(float("nan"), 0), says="cannot be fitted again"),
    RuleCase("RML-P08", "passed", "the spec's own limit", seeds(0.006), spec=MAGNIFIED),
]
