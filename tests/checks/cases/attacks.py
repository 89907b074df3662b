"""Cases of the checks on attacks."""

from tests.checks.evidence import RuleCase


def flips(share):
    return {"attacks.flips.cheap": share, "attacks.flips.attacked": 40}


def random_rows(gain):
    return {
        "attacks.random.gain": gain,
        "attacks.random.plain.accepted": 0.3,
        "attacks.random.missing.accepted": 0.3 + gain / 100,
    }


def copies(blind, known):
    return {
        "attacks.extraction.blind_fidelity": blind,
        "attacks.extraction.fidelity": known,
        "attacks.extraction.blind_queries": 100,
        "attacks.extraction.queries": 1000,
    }


def door(excess):
    return {"attacks.door.excess": excess, "attacks.door.feature": "income", "attacks.door.probe": "missing"}


def members(auc):
    return {"attacks.membership.auc": auc, "attacks.membership.caught": 0.06}


def poison(enough):
    return {
        "attacks.poison.enough": enough,
        "attacks.poison.share": enough,
        "attacks.poison.accepted": (0.6, 0.5, 0.7),
        "attacks.poison.auc": 0.78,
    }


def trace(columns, flagged):
    return {
        "attacks.trace.columns": columns,
        "attacks.trace.flagged": flagged,
        "attacks.trace.feature": "income",
        "attacks.trace.rate": (0.01, 0.0, 0.03),
        "attacks.trace.present": 0.2,
    }


CASES = [
    RuleCase("RML-A01", "finding", "surely many", flips((0.5, 0.35, 0.65)), severity="medium", says="0.5"),
    RuleCase("RML-A01", "observation", "perhaps many", flips((0.4, 0.26, 0.55))),
    RuleCase("RML-A01", "passed", "exactly the limit", flips((0.33, 0.2, 0.45))),
    RuleCase("RML-A02", "finding", "leaving values out helps", random_rows(6.0), severity="high"),
    RuleCase("RML-A02", "passed", "it does not", random_rows(-5.0)),
    RuleCase("RML-A03", "finding", "a blind copy is faithful", copies(0.95, 0.97), says="0.95"),
    RuleCase("RML-A03", "observation", "a knowing copy is", copies(0.5, 0.95)),
    RuleCase("RML-A03", "passed", "none is", copies(0.5, 0.9)),
    RuleCase("RML-A04", "finding", "a missing value opens it", door(30.0), severity="high", says="income missing"),
    RuleCase("RML-A04", "passed", "not beyond honest values", door(0.0), says="No odd value"),
    RuleCase("RML-A04", "passed", "a little beyond", door(2.0), says="income missing opens"),
    RuleCase("RML-A05", "finding", "surely remembered", members((0.65, 0.63, 0.67)), says="0.65"),
    RuleCase("RML-A05", "observation", "a signal", members((0.54, 0.53, 0.55))),
    RuleCase("RML-A05", "passed", "chance", members((0.505, 0.49, 0.52))),
    RuleCase("RML-A06", "finding", "a handful is enough", poison(0.0005), says="0.0005"),
    RuleCase("RML-A06", "observation", "a hundredth is enough", poison(0.01)),
    RuleCase("RML-A06", "passed", "nothing tried was enough", poison(1.0)),
    RuleCase("RML-A07", "finding", "missing rows never default", trace(2, 1), severity="high", says="income"),
    RuleCase("RML-A07", "passed", "missing means nothing", trace(2, 0)),
    RuleCase("RML-A07", "not applicable", "nothing is missing", trace(0, 0)),
]
