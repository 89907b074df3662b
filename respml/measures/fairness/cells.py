"""The sufficient statistic of every decision measure: weighted counts of group × decision × outcome.

A table of G × 2 × 2 numbers replaces the rows: rates, their sampling variance, tests and the bootstrap all read it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from respml.measures.fairness.membership import FloatArray, Membership
from respml.measures.inputs import binary_events, case_weights, same_length

ACCEPTED, DECLINED = 0, 1
"""Positions on the decision axis: declined is the predicted default, probability > cut-off."""


@dataclass(frozen=True)
class Cells:
    """Counts by group, decision (0 accepted, 1 declined) and outcome (0 paid, 1 default).

    Attributes
    ----------
    membership: the attribute, its group names and its reference (without the rows' own membership being needed).
    weight: Σ w·m over the rows of a cell, shape (G, 2, 2), where m is the membership.
    rows: people among the rows with w > 0, Σ m, shape (G, 2, 2): a number of rows where the groups are observed.
    products: Σ w²·m_g·m_h, shape (G, G, 2, 2); its diagonal gives variances, the rest covariances of fuzzy groups.
    """

    membership: Membership
    weight: FloatArray
    rows: FloatArray
    products: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the groups."""
        return self.membership.names

    @property
    def reference(self) -> int:
        """Position of the reference group."""
        return self.membership.names.index(self.membership.reference)


def count_cells(
    membership: Membership, declined: ArrayLike, outcome: ArrayLike, weight: ArrayLike | None = None
) -> Cells:
    """Count the cells of one attribute under one set of decisions.

    Parameters
    ----------
    membership: groups of the n rows.
    declined: 0/1 or bool, shape (n,): predicted default.
    outcome: 0/1, shape (n,): 1 = default.
    weight: case weights ≥ 0, shape (n,); rows of weight 0 take no part and are not counted in ``rows``.

    Errors
    ------
    InputError for lengths that differ, outcomes other than 0 and 1, and weights that are negative or missing.
    """
    decision = binary_events(declined, "decision").astype(np.int64)
    event = binary_events(outcome).astype(np.int64)
    same_length(membership.rows, decision.size, "decision")
    same_length(membership.rows, event.size, "outcome")
    weights = case_weights(weight, membership.rows)
    groups = len(membership.names)
    if membership.codes is not None:
        flat = (membership.codes * 2 + decision) * 2 + event
        size, shape = groups * 4, (groups, 2, 2)
        present = None if weight is None else (weights > 0).astype(np.float64)
        rows = np.bincount(flat, weights=present, minlength=size).reshape(shape).astype(np.float64)
        total = np.bincount(flat, weights, size).reshape(shape).astype(np.float64)
        squared = np.bincount(flat, weights**2, size).reshape(shape).astype(np.float64)
        products = np.zeros((groups, groups, 2, 2))
        products[np.arange(groups), np.arange(groups)] = squared
        return Cells(membership, total, rows, products)
    shares = membership.matrix()
    total = np.zeros((groups, 2, 2))
    rows = np.zeros((groups, 2, 2))
    products = np.zeros((groups, groups, 2, 2))
    for made in (0, 1):
        for seen in (0, 1):
            here = (decision == made) & (event == seen)
            part = shares[here] * weights[here, None]
            total[:, made, seen] = part.sum(axis=0)
            rows[:, made, seen] = shares[here & (weights > 0)].sum(axis=0)
            products[:, :, made, seen] = part.T @ part
    return Cells(membership, total, rows, products)


def cells_from_matrices(attribute: str, matrices: dict[str, tuple[int, int, int, int]], reference: str) -> Cells:
    """Cells from printed confusion matrices.

    Parameters
    ----------
    attribute: name of the attribute.
    matrices: group → (true positives, false positives, false negatives, true negatives); positive = declined.
    reference: the reference group.
    """
    counts = np.array([[[tn, fn], [fp, tp]] for tp, fp, fn, tn in matrices.values()], dtype=np.int64)
    groups = len(matrices)
    products = np.zeros((groups, groups, 2, 2))
    products[np.arange(groups), np.arange(groups)] = counts
    membership = Membership(attribute, tuple(matrices), reference, codes=np.empty(0, dtype=np.int64))
    return Cells(membership, counts.astype(np.float64), counts.astype(np.float64), products)
