"""What a discrimination chapter tests: several candidates' decisions against several attributes, on the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from respml.errors import InputError
from respml.measures.fairness.cells import Cells, count_cells
from respml.measures.fairness.membership import FloatArray, IntArray, Membership, intersection
from respml.measures.inputs import binary_events, case_weights, complete_array, same_length


@dataclass(frozen=True)
class Study:
    """Candidates, decisions and groups of one partition.

    Attributes
    ----------
    outcome: 0/1, shape (n,), 1 = default.
    probability: candidate → probability of default, shape (n,).
    cutoff: candidate → cut-off; an applicant is declined where probability > cut-off.
    memberships: the attributes, intersections included.
    weight: case weights, shape (n,), or ``None``.
    """

    outcome: IntArray
    probability: Mapping[str, FloatArray]
    cutoff: Mapping[str, float]
    memberships: tuple[Membership, ...]
    weight: FloatArray | None = None

    @property
    def weights(self) -> FloatArray:
        """Case weights, ones where none are given."""
        return np.ones(len(self.outcome)) if self.weight is None else self.weight

    def membership(self, attribute: str) -> Membership:
        """The groups of one attribute."""
        for each in self.memberships:
            if each.attribute == attribute:
                return each
        known = ", ".join(each.attribute for each in self.memberships)
        raise InputError(f"No attribute '{attribute}' in the study.", remedy=f"Choose one of: {known}.")

    def declined(self, candidate: str) -> IntArray:
        """1 where the candidate's probability exceeds its cut-off."""
        return (self.probability[candidate] > self.cutoff[candidate]).astype(np.int64)

    def cells(self, candidate: str, attribute: str) -> Cells:
        """Counts of group × decision × outcome."""
        return count_cells(self.membership(attribute), self.declined(candidate), self.outcome, self.weight)

    def tables(self) -> Iterator[tuple[str, Cells]]:
        """Every candidate with every attribute, candidates outermost."""
        for candidate in self.probability:
            decisions = self.declined(candidate)
            for membership in self.memberships:
                yield candidate, count_cells(membership, decisions, self.outcome, self.weight)


def make_study(
    outcome: ArrayLike,
    probability: Mapping[str, ArrayLike],
    cutoff: Mapping[str, float],
    memberships: Iterable[Membership],
    weight: ArrayLike | None = None,
    intersections: bool = True,
) -> Study:
    """Check and bind what the tests read.

    Parameters
    ----------
    outcome: 0/1, shape (n,).
    probability: candidate → probabilities, shape (n,).
    cutoff: candidate → cut-off, one for each candidate.
    memberships: the attributes, each with its reference group.
    weight: case weights, shape (n,); rows of weight 0 take no part.
    intersections: whether every pair of attributes is tested too.

    Errors
    ------
    InputError for lengths that differ, scores that are missing or no probabilities, other outcomes than 0 and 1, a
    candidate without a cut-off.
    """
    events = binary_events(outcome).astype(np.int64)
    scores = {name: complete_array(values, f"probability of {name}") for name, values in probability.items()}
    missing = [name for name in scores if name not in cutoff]
    if missing:
        raise InputError(f"No cut-off for: {', '.join(missing)}.", remedy="Give one for each candidate.")
    singles = tuple(memberships)
    for name, values in scores.items():
        if values.size and not (values.min() >= 0 and values.max() <= 1):
            raise InputError(
                f"The probability of {name} lies outside 0 to 1 in some rows.",
                remedy="Pass probabilities of default, not log-odds or points.",
            )
        same_length(events.size, values.size, f"probability of {name}")
    for each in singles:
        same_length(events.size, each.rows, f"groups of {each.attribute}")
    crossed = tuple(intersection(a, b) for a, b in combinations(singles, 2)) if intersections else ()
    weights = None if weight is None else case_weights(weight, events.size)
    return Study(events, scores, {name: float(cutoff[name]) for name in scores}, singles + crossed, weights)
