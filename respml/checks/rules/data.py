"""Checks on the data: is it what the dictionary says, and does it leak or drift?"""

from __future__ import annotations

from respml.checks.engine import Case, check
from respml.checks.model import Outcome


@check(
    "RML-D01",
    title="Codes outside the dictionary",
    severity="low",
    chapter="data",
    needs=("data.unmapped", "data.quality"),
    remediation="Ask the data owner what the codes mean, add them to the dictionary or treat them as missing.",
)
def unmapped_codes(case: Case) -> Outcome:
    """Every code of a category is explained in the dictionary."""
    if case.value("data.unmapped") > 0:
        return case.finding("{data.unmapped} columns hold codes that the dictionary does not explain.")
    return case.passed("Every code is explained in the dictionary.")


@check(
    "RML-D02",
    title="Missing values",
    severity="medium",
    chapter="data",
    needs=("data.missing_most",),
    thresholds=("missing_share",),
    remediation="Find out why the values are missing; test whether missing is scored as low risk; state the treatment.",
)
def missing_values(case: Case) -> Outcome:
    """No input misses more than the stated share of its values."""
    if case.value("data.missing_most") > case.threshold("missing_share"):
        return case.finding(
            "The input with most missing values lacks {data.missing_most} of them, above {threshold.missing_share}."
        )
    if case.value("data.missing_most") == 0:
        return case.passed("No input has a missing value on train.")
    return case.passed("No input lacks more than {data.missing_most} of its values.")


@check(
    "RML-D03",
    title="Same customer in train and in what is reported",
    severity="high",
    chapter="data",
    needs=("data.shared_identifiers",),
    remediation="Divide by customer, so that no identifier stands in two partitions.",
)
def shared_identifiers(case: Case) -> Outcome:
    """No identifier of train occurs in another partition."""
    if case.value("data.shared_identifiers") > 0:
        return case.finding("{data.shared_identifiers} rows outside train belong to a customer of train.")
    return case.passed("No customer of train occurs outside it.")


@check(
    "RML-D04",
    title="Duplicate inputs across partitions",
    severity="low",
    chapter="data",
    needs=("data.shared_rows", "data.rows_in.test"),
    remediation="Look at the rows: equal inputs are expected where inputs are few and coarse, not where they are many.",
)
def shared_rows(case: Case) -> Outcome:
    """Rows outside train are not copies of rows of train."""
    if case.value("data.shared_rows") > 0:
        return case.observation("{data.shared_rows} rows outside train equal a row of train in all inputs.")
    return case.passed("No row outside train equals a row of train in all inputs.")


@check(
    "RML-D05",
    title="Inputs have moved",
    severity="medium",
    chapter="data",
    needs=("data.psi_most", "data.psi_column", "data.psi_critical"),
    thresholds=("psi_watch", "psi_act"),
    remediation="Find the cause of the shift; recalibrate or refit on recent rows; watch the input in monitoring.",
)
def inputs_moved(case: Case) -> Outcome:
    """No input's distribution has moved between train and what is reported."""
    index = case.value("data.psi_most")
    if index > case.threshold("psi_act"):
        return case.finding(
            "{data.psi_column} has a stability index of {data.psi_most}, above {threshold.psi_act}.", severity="high"
        )
    if index >= case.threshold("psi_watch"):
        return case.finding(
            "{data.psi_column} has a stability index of {data.psi_most}, from {threshold.psi_watch} on."
        )
    return case.passed("The largest stability index of an input is {data.psi_most}, of {data.psi_column}.")


@check(
    "RML-D06",
    title="An input that knows too much",
    severity="high",
    chapter="data",
    needs=("data.leakage_auc", "data.leakage_column", "data.leakage_information", "data.leakage_information_column"),
    thresholds=("leakage_auc", "leakage_information_value"),
    remediation="Establish when the input is known; an input recorded after the decision must go.",
)
def leakage(case: Case) -> Outcome:
    """No input alone ranks so well that it must be suspected of holding the outcome."""
    if case.value("data.leakage_auc") > case.threshold("leakage_auc"):
        return case.finding(
            "{data.leakage_column} alone has an AUC of {data.leakage_auc:interval}, above {threshold.leakage_auc}."
        )
    if case.value("data.leakage_information") > case.threshold("leakage_information_value"):
        return case.observation(
            "{data.leakage_information_column} has an information value of {data.leakage_information}, above "
            "{threshold.leakage_information_value}; its AUC alone stays below {threshold.leakage_auc}."
        )
    return case.passed("The best single input, {data.leakage_column}, has an AUC of {data.leakage_auc:interval}.")
