"""Cases of the checks on the data."""

import pandas as pd

from tests.checks.evidence import RuleCase

NOTES = {"data.quality": pd.DataFrame({"kind": ["unmapped_code"], "column": ["a"]})}


def leakage(auc, information):
    return {
        "data.leakage_auc": auc,
        "data.leakage_column": "collections_contacts",
        "data.leakage_information": information,
        "data.leakage_information_column": "payment_status",
    }


def moved(index):
    return {"data.psi_most": index, "data.psi_column": "utilisation", "data.psi_critical": 0.02}


CASES = [
    RuleCase("RML-D01", "finding", "two columns with unknown codes", {"data.unmapped": 2}, NOTES, says="2 columns"),
    RuleCase("RML-D01", "passed", "every code is explained", {"data.unmapped": 0}, NOTES),
    RuleCase("RML-D02", "finding", "six of a hundred missing", {"data.missing_most": 0.06}, says="0.06"),
    RuleCase("RML-D02", "passed", "exactly the stated share", {"data.missing_most": 0.05}),
    RuleCase("RML-D02", "passed", "nothing missing", {"data.missing_most": 0.0}, says="No input has a missing value"),
    RuleCase("RML-D03", "finding", "one customer on both sides", {"data.shared_identifiers": 1}, severity="high"),
    RuleCase("RML-D03", "passed", "no customer on both sides", {"data.shared_identifiers": 0}),
    RuleCase("RML-D04", "observation", "copies of rows of train", {"data.shared_rows": 7, "data.rows_in.test": 100}),
    RuleCase("RML-D04", "passed", "no copies", {"data.shared_rows": 0, "data.rows_in.test": 100}),
    RuleCase("RML-D05", "finding", "watched from the limit on", moved(0.1), severity="medium", says="utilisation"),
    RuleCase("RML-D05", "finding", "acted on above the limit", moved(0.26), severity="high", says="above 0.25"),
    RuleCase("RML-D05", "finding", "at the limit of action still watched", moved(0.25), severity="medium"),
    RuleCase("RML-D05", "passed", "just below", moved(0.0999)),
    RuleCase(
        "RML-D06", "finding", "one input ranks above the limit", leakage((0.93, 0.92, 0.94), 2.0), severity="high"
    ),
    RuleCase("RML-D06", "observation", "informative, but ranks below the limit", leakage((0.85, 0.84, 0.86), 0.9)),
    RuleCase("RML-D06", "passed", "neither", leakage((0.7, 0.69, 0.71), 0.5), says="collections_contacts"),
]
