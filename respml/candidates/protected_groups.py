"""The groups of a portfolio's protected attributes, named by its dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from respml.measures.fairness.membership import Membership, bands, observed_membership, probable_membership
from respml.portfolio.portfolio import Portfolio
from respml.spec.data import Data
from respml.spec.fairness import Fairness, GroupProbabilities

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


def probable_memberships(
    portfolio: Portfolio, partition: str, probabilities: Mapping[str, GroupProbabilities]
) -> tuple[Membership, ...]:
    """The groups of every attribute that is known as probabilities only, such as BISG."""
    found = []
    for attribute, entry in probabilities.items():
        shares = portfolio.rows(partition, list(entry.columns.values()))
        named = pd.DataFrame({group: shares[column].to_numpy() for group, column in entry.columns.items()})
        found.append(probable_membership(attribute, named, entry.reference))
    return tuple(found)


def tested_memberships(portfolio: Portfolio, partition: str, data: Data, fairness: Fairness) -> tuple[Membership, ...]:
    """Every attribute that the spec asks to be tested, observed ones first, each with its reference group.

    Parameters
    ----------
    data: names the reference groups.
    fairness: bands of many-valued numbers, and attributes known as probabilities.
    """
    references = {name: str(value) for name, value in data.reference_groups.items()}
    return (
        *protected_memberships(portfolio, partition, references, fairness.edges),
        *probable_memberships(portfolio, partition, fairness.probabilities),
    )
