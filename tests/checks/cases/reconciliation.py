"""Cases of the checks on the implementation."""

from tests.checks.evidence import RuleCase

NAN = float("nan")


def own(saved, export, state=("agrees", "agrees")):
    found = {}
    for place, largest, told in (("saved", saved, state[0]), ("export", export, state[1])):
        found |= {
            f"reconciliation.state.{place}": told,
            f"reconciliation.largest.{place}": largest,
            f"reconciliation.mismatched.{place}": 0 if largest == largest else NAN,
        }
    return found


def place(name, largest, mismatched=0, tolerance=1e-6, state="agrees"):
    known = largest == largest
    return {
        f"reconciliation.state.{name}": state,
        f"reconciliation.rows.{name}": 1000 if known else 0,
        f"reconciliation.largest.{name}": largest,
        f"reconciliation.tolerance.{name}": tolerance,
        f"reconciliation.beyond.{name}": (3 if largest > tolerance else 0) if known else NAN,
        f"reconciliation.mismatched.{name}": mismatched if known else NAN,
        f"reconciliation.mismatched_share.{name}": mismatched / 1000 if known else NAN,
    }


def missing(left, right, state="agrees"):
    return {
        "reconciliation.state.production": state,
        "reconciliation.missing.production": (left + right) / 1000,
        "reconciliation.only_documented.production": left,
        "reconciliation.only_there.production": right,
    }


NO_MODEL = "not applicable: no model object"
NO_FILE = "not applicable: no production scores named"
NO_ARTEFACT = "not applicable: no exported artefact named"

CASES = [
    RuleCase("RML-I01", "finding", "the file read back says something else", own(0.0, 2e-6), says="is 2.000 × 10⁻⁶"),
    RuleCase("RML-I01", "finding", "the file itself says something else", own(0.3, 0.0), severity="high"),
    RuleCase("RML-I01", "passed", "rounding of single precision", own(0.0, 1e-6)),
    RuleCase(
        "RML-I01", "passed", "made elsewhere, no format of exchange", own(0.0, NAN, ("agrees", "not applicable: x"))
    ),
    RuleCase("RML-I01", "not applicable", "scores alone", own(NAN, NAN, (NO_MODEL, NO_MODEL)), says="No model object."),
    RuleCase(
        "RML-I02",
        "finding",
        "one decision differs",
        place("artefact", 1e-7, 1),
        severity="high",
        says="1 decisions (0.001000) differ",
    ),
    RuleCase(
        "RML-I02", "finding", "beyond rounding", place("artefact", 1.1e-6), severity="medium", says="in 3 of 1,000 rows"
    ),
    RuleCase("RML-I02", "passed", "exactly the tolerance", place("artefact", 1e-6)),
    RuleCase("RML-I02", "passed", "within the place's own tolerance", place("artefact", 4e-5, tolerance=5e-5)),
    RuleCase(
        "RML-I02",
        "not applicable",
        "none named",
        place("artefact", NAN, state=NO_ARTEFACT),
        says="No exported artefact named.",
    ),
    RuleCase(
        "RML-I03", "finding", "decisions differ", place("production", 0.2, 7), severity="high", says="7 decisions"
    ),
    RuleCase("RML-I03", "finding", "scores differ, decisions do not", place("production", 0.01), severity="medium"),
    RuleCase("RML-I03", "passed", "the same scores", place("production", 0.0)),
    RuleCase(
        "RML-I03",
        "not applicable",
        "none named",
        place("production", NAN, state=NO_FILE),
        says="No production scores named.",
    ),
    RuleCase("RML-I04", "finding", "a row was not scored", missing(1, 0), says="0.001000 of the sample"),
    RuleCase("RML-I04", "finding", "a stranger was scored", missing(0, 1), severity="medium"),
    RuleCase("RML-I04", "passed", "the same people", missing(0, 0)),
    RuleCase("RML-I04", "not applicable", "none named", missing(0, 0, NO_FILE)),
]
