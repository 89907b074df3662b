"""Cases of the checks on discrimination testing."""

from tests.checks.evidence import RuleCase

SPEC = """\
fairness:
  alternatives: {auc_tolerance: 0.01}
"""


def lowest(*ratio):
    value = ratio[0] if len(ratio) == 1 else ratio
    return {"fairness.lowest.air.mgbm": value, "fairness.lowest.who.mgbm": "group c (group)"}


def groups(both, practical, tested=6):
    return {
        "fairness.groups.both": both,
        "fairness.groups.practical": practical,
        "fairness.groups.tested": tested,
        "fairness.groups.named": "group c (group)",
    }


def scores(gap, held):
    return {
        "fairness.smd.largest": gap,
        "fairness.smd.who": "group b (group)",
        "fairness.held.largest": held,
        "fairness.held.who": "group c (group)",
    }


def errors(outside, beyond, ratios=60):
    return {
        "fairness.errors.outside": outside,
        "fairness.errors.beyond": beyond,
        "fairness.errors.ratios": ratios,
        "fairness.errors.farthest": (1.5, 1.2, 1.9),
        "fairness.errors.measure": "false positive rate",
        "fairness.errors.who": "group c (group)",
        "fairness.errors.among": "beyond chance",
    }


def ranking(worse, tested=6):
    return {
        "fairness.ranking.worse": worse,
        "fairness.ranking.named": "female (sex)",
        "fairness.groups.tested": tested,
    }


def calibration(over, under, tested=6):
    return {
        "fairness.calibration.overstated": over,
        "fairness.calibration.over_named": "female (sex)",
        "fairness.calibration.understated": under,
        "fairness.calibration.under_named": "male (sex)",
        "fairness.groups.tested": tested,
    }


NO_MODEL = "not applicable: no model object"


def refused(count, used, named="area_deprivation", model="there"):
    return {
        "fairness.model": model,
        "fairness.refused.count": count,
        "fairness.refused.used": used,
        "fairness.refused.named": named,
        "fairness.feature.auc": (0.7, 0.68, 0.72),
        "fairness.feature.name": "area_deprivation",
        "fairness.feature.who": "group c (group)",
    }


def adversary(inputs, score):
    return {
        "fairness.adversary.inputs": inputs,
        "fairness.adversary.score": score,
        "fairness.adversary.score_who": "group c (group)",
    }


def effect(ratio, auc, model="there"):
    return {
        "fairness.model": model,
        "fairness.effect.air": ratio,
        "fairness.effect.auc": auc,
        "fairness.effect.feature": "area_deprivation",
        "fairness.focus.group": "group c",
    }


def search(changed, confirmed, tried=50):
    return {
        "fairness.search.changed": changed,
        "fairness.search.confirmed": confirmed,
        "fairness.search.tried": tried,
        "fairness.search.choice": "without area_deprivation",
        "fairness.search.air_change": (0.1, 0.05, 0.15),
        "fairness.search.auc_change": (-0.01, -0.02, 0.0),
        "fairness.focus.group": "group c",
    }


def crossed(ratio, both, practical, tested=20):
    return {
        "fairness.crossed.air": ratio,
        "fairness.crossed.who": "male × group c",
        "fairness.crossed.both": both,
        "fairness.crossed.practical": practical,
        "fairness.crossed.tested": tested,
    }


def segments(where, ratio, tested=50):
    return {"fairness.segments.tested": tested, "fairness.segments.lowest": ratio, "fairness.segments.where": where}


def counterparts(gap):
    return {
        "fairness.counterparts.largest": gap,
        "fairness.counterparts.plain": tuple(each + 1 for each in gap),
        "fairness.counterparts.who": "group c (group)",
        "fairness.neighbours": 5,
    }


def unnamed(count, share):
    return {"fairness.unnamed.groups": count, "fairness.unnamed.rows": 100, "fairness.unnamed.share": share}


def uncertain(weighted, lowest_of_all):
    return {
        "fairness.sensitivity.attributes": 1,
        "fairness.sensitivity.weighted": weighted,
        "fairness.sensitivity.lowest": lowest_of_all,
    }


CASES = [
    RuleCase("RML-F01", "finding", "below four fifths", lowest(0.79, 0.7, 0.9), says="no federal lending"),
    RuleCase("RML-F01", "observation", "exactly four fifths", lowest(0.8, 0.7, 0.9), says="group c (group)"),
    RuleCase("RML-F01", "passed", "exactly nine tenths", lowest(0.9, 0.85, 0.95)),
    RuleCase("RML-F02", "finding", "one group with both", groups(1, 2), says="group c (group)"),
    RuleCase("RML-F02", "observation", "practical, yet chance explains it", groups(0, 2), says="none beyond chance"),
    RuleCase("RML-F02", "passed", "no practical gap", groups(0, 0)),
    RuleCase("RML-F02", "not applicable", "no group is large enough", groups(0, 0, tested=0)),
    RuleCase("RML-F03", "finding", "a large gap", scores((0.31, 0.2, 0.42), (0.1, 0.0, 0.2)), says="0.31"),
    RuleCase("RML-F03", "finding", "a gap that stays at the same outcome", scores(0.25, 0.21)),
    RuleCase("RML-F03", "observation", "a gap that goes with the outcome held", scores(0.25, 0.2)),
    RuleCase("RML-F03", "passed", "at the limits", scores(0.2, 0.2)),
    RuleCase("RML-F04", "finding", "beyond chance", errors(8, 4), says="false positive rate"),
    RuleCase("RML-F04", "observation", "chance explains it", errors(8, 0), says="none beyond chance"),
    RuleCase("RML-F04", "passed", "all inside", errors(0, 0)),
    RuleCase("RML-F04", "not applicable", "nothing rests on enough rows", errors(0, 0, ratios=0)),
    RuleCase("RML-F05", "finding", "one group ranked worse", ranking(1), says="female (sex)"),
    RuleCase("RML-F05", "passed", "none", ranking(0)),
    RuleCase("RML-F05", "not applicable", "no group is large enough", ranking(0, tested=0)),
    RuleCase("RML-F06", "finding", "a group's risk is overstated", calibration(1, 1), says="female (sex)"),
    RuleCase("RML-F06", "observation", "only understated", calibration(0, 1), says="male (sex)"),
    RuleCase("RML-F06", "passed", "neither", calibration(0, 0)),
    RuleCase("RML-F06", "not applicable", "no group is large enough", calibration(0, 0, tested=0)),
    RuleCase("RML-F07", "finding", "the champion uses a near-duplicate", refused(1, 1), says="area_deprivation"),
    RuleCase("RML-F07", "observation", "an input that the champion leaves out", refused(1, 0)),
    RuleCase("RML-F07", "observation", "scores alone", refused(1, float("nan"), model=NO_MODEL), says="no model"),
    RuleCase("RML-F07", "passed", "scores alone, nothing near", refused(0, float("nan"), "none", NO_MODEL)),
    RuleCase("RML-F07", "passed", "none", refused(0, 0, "none"), says="0.7"),
    RuleCase("RML-F08", "finding", "inputs hold the group", adversary((0.95, 0.93, 0.97), (0.6, 0.55, 0.65))),
    RuleCase("RML-F08", "observation", "the score tells", adversary((0.7, 0.68, 0.72), (0.6, 0.55, 0.65))),
    RuleCase("RML-F08", "passed", "the score does not tell", adversary((0.7, 0.68, 0.72), (0.52, 0.48, 0.56))),
    RuleCase(
        "RML-F09", "finding", "a rise at little cost", effect((0.18, 0.13, 0.23), (-0.012, -0.02, -0.004)), spec=SPEC
    ),
    RuleCase("RML-F09", "observation", "a rise at a high cost", effect((0.18, 0.13, 0.23), (-0.05, -0.06, -0.04))),
    RuleCase("RML-F09", "not applicable", "scores alone", effect(float("nan"), float("nan"), NO_MODEL)),
    RuleCase("RML-F09", "passed", "no rise beyond chance", effect((0.01, -0.01, 0.03), (-0.002, -0.004, 0.0))),
    RuleCase("RML-F10", "finding", "a gain that test confirms", search("yes", "yes"), says="without area_deprivation"),
    RuleCase("RML-F10", "observation", "a gain that test does not confirm", search("yes", "no")),
    RuleCase("RML-F10", "passed", "the champion stays", search("no", "no")),
    RuleCase("RML-F10", "not applicable", "no search is declared", search("no", "no", tried=0)),
    RuleCase(
        "RML-F11", "finding", "wide in points, beyond chance", crossed((0.81, 0.74, 0.88), 3, 4), says="male × group c"
    ),
    RuleCase(
        "RML-F11", "observation", "practical by chance", crossed((0.7, 0.5, 1.0), 0, 2), says="none beyond chance"
    ),
    RuleCase("RML-F11", "passed", "no practical gap", crossed((0.95, 0.9, 1.0), 0, 0)),
    RuleCase("RML-F11", "not applicable", "none is tested", crossed(None, 0, 0, tested=0)),
    RuleCase("RML-F12", "finding", "a segment far below", segments("c where region is west", (0.6, 0.5, 0.7))),
    RuleCase("RML-F12", "observation", "a segment below one", segments("c where region is west", (0.9, 0.85, 0.95))),
    RuleCase("RML-F12", "passed", "no segment beyond chance", segments("none", None)),
    RuleCase("RML-F12", "not applicable", "no segments", segments("none", None, tested=0)),
    RuleCase("RML-F13", "finding", "a wide gap between like cases", counterparts((9.7, 6.0, 13.4)), says="5 nearest"),
    RuleCase("RML-F13", "observation", "a narrow gap beyond chance", counterparts((1.3, 0.2, 2.4))),
    RuleCase("RML-F13", "passed", "chance explains it", counterparts((6.0, -0.5, 12.5))),
    RuleCase("RML-F14", "finding", "six of a hundred without a name", unnamed(1, 0.06)),
    RuleCase("RML-F14", "observation", "a few without a name", unnamed(2, 0.01), says="100 rows"),
    RuleCase("RML-F14", "passed", "none", unnamed(0, 0.0)),
    RuleCase("RML-F15", "finding", "the range crosses the flag", uncertain(0.85, 0.75)),
    RuleCase("RML-F15", "passed", "both above the flag", uncertain(0.9, 0.85)),
    RuleCase("RML-F15", "not applicable", "no probabilities", {"fairness.sensitivity.attributes": 0}),
]
