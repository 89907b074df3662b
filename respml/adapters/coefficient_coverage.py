"""Whether a coefficient table covers the data: what a cut-off row would leave out counts as zero without a word."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from respml.adapters.coefficient_terms import Term
from respml.adapters.preprocessing import level_texts
from respml.errors import InputError

MISSING = "(missing)"


def require_intercept(terms: Sequence[Term]) -> None:
    """Refuse a table without an intercept: a model without one says so by a row of its own.

    Errors
    ------
    InputError where no term is the intercept.
    """
    if all(term.factors for term in terms):
        raise InputError(
            "The table has no intercept.", remedy="Add its row, or 'const' with 0 where the model has none."
        )


def require_levels(terms: Sequence[Term], rows: pd.DataFrame) -> None:
    """Refuse a table that leaves more than one level of a text input without a row: one of them is the reference.

    Parameters
    ----------
    terms: of the table.
    rows: all rows of the data, as the model sees them.

    Errors
    ------
    InputError naming the input and the levels.
    """
    for feature, listed in _levels(terms).items():
        if pd.api.types.is_numeric_dtype(rows[feature]):
            continue  # a flag on one value of a count, such as zero months behind, leaves out all others on purpose
        unlisted = sorted(_seen(rows[feature]) - listed)
        if rows[feature].isna().any() and not _reads_missing(terms, feature):
            unlisted.append(MISSING)
        if len(unlisted) > 1:
            raise InputError(
                f"{len(unlisted)} levels of '{feature}' have no row: {', '.join(unlisted[:5])}; one is the reference.",
                remedy="Give each of the others its row, with coefficient 0 where it counts as the reference.",
            )


def unknown_levels(terms: Sequence[Term], rows: pd.DataFrame) -> list[str]:
    """``input = level`` of each indicator that no row of the data meets, sorted."""
    return sorted(
        f"{feature} = {level}" for feature, listed in _levels(terms).items() for level in listed - _seen(rows[feature])
    )


def _levels(terms: Sequence[Term]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for factor in (factor for term in terms for factor in term.factors if factor.transform == "indicator"):
        found.setdefault(factor.feature, set()).add(factor.level)
    return found


def _seen(values: pd.Series) -> set[str]:
    return set(level_texts(values).dropna().unique())


def _reads_missing(terms: Sequence[Term], feature: str) -> bool:
    return any(each.feature == feature and each.transform == "missing" for term in terms for each in term.factors)
