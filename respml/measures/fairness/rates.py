"""Rates over cells: each error metric is a numerator and a denominator among the four cells of a confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from respml.measures.fairness.cells import Cells
from respml.measures.fairness.membership import FloatArray, IntArray, whole_people


@dataclass(frozen=True)
class Rate:
    """A proportion among the cells (TN, FN; FP, TP).

    Attributes
    ----------
    name: the metric's name.
    short: its abbreviation.
    numerator, denominator: 0/1 masks indexed [decision][outcome].
    meaning: numerator over denominator in the field's abbreviations.
    """

    name: str
    short: str
    numerator: tuple[tuple[int, int], tuple[int, int]]
    denominator: tuple[tuple[int, int], tuple[int, int]]
    meaning: str

    @property
    def masks(self) -> tuple[FloatArray, FloatArray]:
        """Numerator and denominator as arrays of shape (2, 2)."""
        return np.array(self.numerator, dtype=np.float64), np.array(self.denominator, dtype=np.float64)


ALL = ((1, 1), (1, 1))
TN, FN, FP, TP = ((1, 0), (0, 0)), ((0, 1), (0, 0)), ((0, 0), (1, 0)), ((0, 0), (0, 1))
ACTUAL_DEFAULT, ACTUAL_PAID = ((0, 1), (0, 1)), ((1, 0), (1, 0))
PREDICTED_DEFAULT, PREDICTED_PAID = ((0, 0), (1, 1)), ((1, 1), (0, 0))

TEN_METRICS: tuple[Rate, ...] = (
    Rate("prevalence", "prevalence", ACTUAL_DEFAULT, ALL, "(TP+FN)/N"),
    Rate("accuracy", "accuracy", ((1, 0), (0, 1)), ALL, "(TP+TN)/N"),
    Rate("true positive rate", "TPR", TP, ACTUAL_DEFAULT, "TP/(TP+FN)"),
    Rate("precision", "precision", TP, PREDICTED_DEFAULT, "TP/(TP+FP)"),
    Rate("specificity", "specificity", TN, ACTUAL_PAID, "TN/(TN+FP)"),
    Rate("negative predicted value", "NPV", TN, PREDICTED_PAID, "TN/(TN+FN)"),
    Rate("false positive rate", "FPR", FP, ACTUAL_PAID, "FP/(FP+TN)"),
    Rate("false discovery rate", "FDR", FP, PREDICTED_DEFAULT, "FP/(TP+FP)"),
    Rate("false negative rate", "FNR", FN, ACTUAL_DEFAULT, "FN/(TP+FN)"),
    Rate("false omission rate", "FOR", FN, PREDICTED_PAID, "FN/(TN+FN)"),
)
"""The ten error metrics of the reference notebook, positive = predicted default."""

ACCEPTANCE = Rate("acceptance rate", "acceptance", PREDICTED_PAID, ALL, "(TN+FN)/N")
"""Share of applicants accepted: predicted not to default."""


@dataclass(frozen=True)
class RateValues:
    """One rate in every group.

    Attributes
    ----------
    rate: which rate.
    value: the proportion, ``nan`` where the denominator is 0, shape (G,).
    covariance: sampling covariance between groups, shape (G, G); diagonal unless memberships are probabilities.
    effective: effective number of rows in the denominator (Kish), shape (G,).
    rows: number of people in the denominator, shape (G,); rounded up where membership is a probability.
    """

    rate: Rate
    value: FloatArray
    covariance: FloatArray
    effective: FloatArray
    rows: IntArray

    @property
    def variance(self) -> FloatArray:
        """Sampling variance of each group's rate, shape (G,)."""
        return np.diagonal(self.covariance)


def rate_values(cells: Cells, rate: Rate) -> RateValues:
    """A rate in every group with its linearised sampling variance.

    For weights u = w·m the variance is Σ u²(a − p)² / (Σ u)², a the numerator indicator; with unit weights that is
    p(1 − p)/n.
    """
    numerator, denominator = rate.masks
    total = (cells.weight * denominator).sum(axis=(1, 2))
    people = (cells.rows * denominator).sum(axis=(1, 2))
    rows = np.array([whole_people(float(each)) for each in people], dtype=np.int64)
    hit = (cells.weight * numerator).sum(axis=(1, 2))
    squared_hit = (cells.products * numerator).sum(axis=(2, 3))
    squared_miss = (cells.products * (denominator - numerator)).sum(axis=(2, 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = hit / total
        covariance = squared_hit * np.outer(1 - value, 1 - value) + squared_miss * np.outer(value, value)
        covariance = covariance / np.outer(total, total)
        squared = np.diagonal(squared_hit + squared_miss)
        kish = np.where(squared > 0, total**2 / np.where(squared > 0, squared, 1.0), 0.0)
        # Where weights go with the numerator, Kish's count understates the noise: use the variance itself.
        spread = value * (1 - value)
        variance = np.diagonal(covariance)
        usable = (spread > 0) & (variance > 0)
        effective = np.where(usable, spread / np.where(usable, variance, 1.0), kish)
    return RateValues(rate, value, covariance, effective, rows)


def evaluate_rates(counts: FloatArray, rates: tuple[Rate, ...]) -> FloatArray:
    """Rates of many tables at once.

    Parameters
    ----------
    counts: shape (..., 2, 2), indexed decision, outcome.
    rates: R rates.

    Returns
    -------
    Array of shape (..., R); ``nan`` where a denominator is 0.
    """
    flat = counts.reshape(*counts.shape[:-2], 4)
    numerators = np.stack([rate.masks[0].ravel() for rate in rates], axis=1)
    denominators = np.stack([rate.masks[1].ravel() for rate in rates], axis=1)
    below = flat @ denominators
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, (flat @ numerators) / below, np.nan), dtype=np.float64)
