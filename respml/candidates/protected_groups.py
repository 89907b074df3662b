"""The groups of a portfolio's protected attributes, named by its dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from respml.measures.fairness.membership import Membership, bands, observed_membership
from respml.portfolio.portfolio import Portfolio

MOST_LEVELS = 12
"""A number with more distinct values than this is put into bands."""


def protected_memberships(
    portfolio: Portfolio,
    partition: str,
    references: Mapping[str, str] | None = None,
    edges: Mapping[str, Sequence[float]] | None = None,
) -> tuple[Membership, ...]:
    """The groups of every protected attribute of a portfolio, with labels of the dictionary.

    Parameters
    ----------
    references: attribute → reference group, as value or label; the most frequent known value of train where none is
        given.
    edges: attribute → inner edges of the bands of a many-valued number; quartiles of train where none are given.
    """
    found = []
    for attribute in portfolio.protected:
        train, values = (portfolio.rows(part, [attribute])[attribute] for part in ("train", partition))
        labels: dict[object, str] = dict(portfolio.dictionary[attribute].labels.items())
        if pd.api.types.is_numeric_dtype(train) and train.nunique() > MOST_LEVELS and not labels:
            limits = tuple((edges or {}).get(attribute, np.unique(train.quantile([0.25, 0.5, 0.75]))))
            train, values = bands(train, limits), bands(values, limits)
        reference: object = (references or {}).get(attribute, train.dropna().mode().iloc[0])
        found.append(observed_membership(attribute, values, reference, labels))
    return tuple(found)
