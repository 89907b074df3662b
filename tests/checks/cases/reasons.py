"""Cases of the checks on the reasons given to applicants."""

from tests.checks.evidence import RuleCase

R = "reasons."


def without(count):
    return {R + "without_reason": count, R + "declined": 100}


def groups(surely, comparisons=40):
    return {
        R + "groups.surely": surely,
        R + "groups.comparisons": comparisons,
        R + "groups.apart": 1,
        R + "groups.gap": (9.0, 2.0, 16.0),
        R + "groups.factor": "income",
        R + "groups.level": "group b",
    }


def sentences(wrong, tested=500, provisional="no"):
    return {
        R + "sentences.wrong": wrong,
        R + "sentences.tested": tested,
        R + "mapping.provisional": provisional,
    }


def shares(code, name, limit, more=None):
    """A share that fires surely below its limit, is observed around it, and passes surely above."""
    above, id = more or {}, R + name
    return [
        RuleCase(code, "finding", "below the limit", {id: (limit - 0.05, limit - 0.1, limit + 0.02), **above}),
        RuleCase(
            code, "observation", "above, but not surely", {id: (limit + 0.01, limit - 0.02, limit + 0.04), **above}
        ),
        RuleCase(code, "observation", "above, without an interval", {id: limit + 0.01, **above}),
        RuleCase(code, "passed", "surely above", {id: (limit + 0.03, limit + 0.01, limit + 0.04), **above}),
    ]


CASES = [
    RuleCase("RML-R01", "finding", "one gets none", without(1), severity="high", says="1 of 100"),
    RuleCase("RML-R01", "passed", "everyone gets one", without(0)),
    *shares("RML-R02", "first_falls", 0.95),
    *shares("RML-R03", "stated_fall", 0.9),
    *shares("RML-R04", "all_flip", 0.8),
    *shares("RML-R05", "agreement.other_baseline.top_1", 0.8),
    *shares("RML-R06", "agreement.methods", 0.8),
    *shares("RML-R07", "agreement.seeds", 0.8, {R + "agreement.refits": 10}),
    RuleCase("RML-R08", "finding", "one in eight", {R + "near_tie": (0.125, 0.1, 0.15)}, severity="low"),
    RuleCase("RML-R08", "passed", "one in ten", {R + "near_tie": (0.1, 0.08, 0.12)}),
    RuleCase("RML-R09", "finding", "two hundred-thousandths", {R + "additivity": 2e-5}, severity="high"),
    RuleCase("RML-R09", "passed", "rounding only", {R + "additivity": 2e-6}),
    RuleCase(
        "RML-R10",
        "finding",
        "on nine in ten",
        {R + "most_common.share": 0.9, R + "most_common.code": "R01"},
        says="R01",
    ),
    RuleCase("RML-R10", "passed", "on eight in ten", {R + "most_common.share": 0.8, R + "most_common.code": "R01"}),
    RuleCase("RML-R11", "finding", "surely apart by more than the limit", groups(0.06), says="group b"),
    RuleCase("RML-R11", "observation", "surely apart, by less", groups(0.02)),
    RuleCase("RML-R11", "passed", "not surely apart", groups(0.0)),
    RuleCase("RML-R11", "not applicable", "nothing to compare", groups(0.0, 0)),
    RuleCase("RML-R12", "finding", "one sentence is wrong", sentences(1), severity="high"),
    RuleCase("RML-R12", "finding", "no mapping file", sentences(0, 0, "yes"), severity="medium"),
    RuleCase("RML-R12", "observation", "nothing can be tested", sentences(0, 0)),
    RuleCase("RML-R12", "passed", "all true", sentences(0), says="500"),
    RuleCase(
        "RML-R13", "finding", "twins apart", {R + "duplicates.split": 1, R + "duplicates.names": "a, b"}, says="a, b"
    ),
    RuleCase("RML-R13", "passed", "twins together", {R + "duplicates.split": 0, R + "duplicates.names": "none"}),
    RuleCase(
        "RML-R14",
        "finding",
        "most change",
        {R + "changed": (0.6, 0.55, 0.65), R + "changed_n": 90},
        severity="low",
    ),
    RuleCase("RML-R14", "passed", "half change", {R + "changed": (0.5, 0.45, 0.55), R + "changed_n": 90}),
    RuleCase("RML-R14", "not applicable", "nobody declined by both", {R + "changed": None, R + "changed_n": 0}),
]
