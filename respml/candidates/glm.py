"""Elastic-net logistic regression with its regularisation path, the simple model every other must beat."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from respml.candidates.encoding import Encoding, Matrix
from respml.candidates.ranking import discrimination_and_loss
from respml.candidates.scorers import LinearScorer

Outcome = npt.NDArray[np.int8]
Weight = npt.NDArray[np.float64] | None

SMALLEST_PENALTY_SHARE = 1e-4


@dataclass(frozen=True)
class Standard:
    """Centre and scale of each column of a design matrix on the training rows; a constant column has scale one."""

    centre: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]

    @classmethod
    def of(cls, matrix: Matrix) -> Standard:
        """Mean and standard deviation (divisor n) of each column."""
        scale = matrix.std(axis=0)
        return cls(matrix.mean(axis=0), np.where(scale > 0, scale, 1.0))

    def apply(self, matrix: Matrix) -> Matrix:
        """The matrix in standard units."""
        result: Matrix = (matrix - self.centre) / self.scale
        return result


@dataclass(frozen=True)
class PenalisedPath:
    """Every point of the regularisation paths that were fitted.

    Attributes
    ----------
    points: ``mixing``, ``penalty``, ``valid_auc``, ``valid_log_loss``, ``active`` (coefficients that are not zero),
        ``chosen``; one row a point, in the order fitted.
    intercept: standardised intercept of each point, shape (points,).
    coefficient: standardised coefficients, shape (points, terms).
    chosen: position of the point with the lowest valid log-loss.
    """

    points: pd.DataFrame
    intercept: npt.NDArray[np.float64]
    coefficient: npt.NDArray[np.float64]
    chosen: int

    def probability(self, standardised: Matrix) -> npt.NDArray[np.float64]:
        """Probability of default at the chosen point for rows in standard units."""
        margin = self.intercept[self.chosen] + standardised @ self.coefficient[self.chosen]
        return np.asarray(expit(margin), dtype=np.float64)

    def table(self, encoding: Encoding) -> pd.DataFrame:
        """The path as a tidy table: ``points`` with ``term``, ``feature`` and standardised ``coefficient``."""
        terms, owners = encoding.terms, encoding.owners
        repeated = self.points.loc[self.points.index.repeat(len(terms))].reset_index(drop=True)
        repeated["term"] = np.tile(np.asarray(terms, dtype=object), len(self.points))
        repeated["feature"] = np.tile(np.asarray(owners, dtype=object), len(self.points))
        repeated["coefficient"] = self.coefficient.reshape(-1)
        return repeated.astype({"term": "str", "feature": "str"})


def fit_path(
    train: Matrix,
    outcome: Outcome,
    valid: Matrix,
    valid_outcome: Outcome,
    *,
    mixing: Sequence[float],
    path_length: int,
    smallest_share: float = SMALLEST_PENALTY_SHARE,
    weight: Weight = None,
) -> PenalisedPath:
    """Fit penalised logistic regressions along a path of penalties for each mixing value.

    Minimises mean deviance / 2 + λ (α ‖β‖₁ + (1 − α)/2 ‖β‖₂²) over standardised columns; λ falls geometrically from
    the smallest value at which the lasso part leaves no coefficient to ``smallest_share`` of it. The point with the
    lowest log-loss on the valid rows is chosen; of equal ones the first, which has the larger penalty.

    Parameters
    ----------
    train, valid: standardised design matrices without missing values.
    outcome, valid_outcome: 0/1.
    mixing: values of α, 0 < α ≤ 1.
    path_length: number of λ for each α.
    smallest_share: last λ of a path as a share of its first.
    weight: case weights of the training rows.

    Source: Zou and Hastie 2005; solver: glum (coordinate descent within iteratively reweighted least squares).
    """
    records: list[dict[str, float]] = []
    intercepts: list[npt.NDArray[np.float64]] = []
    coefficients: list[npt.NDArray[np.float64]] = []
    for alpha in mixing:
        penalties, path_intercept, path_coefficient = _path(train, outcome, alpha, path_length, smallest_share, weight)
        for place, penalty in enumerate(penalties):
            probability = expit(path_intercept[place] + valid @ path_coefficient[place])
            area, loss = discrimination_and_loss(valid_outcome, probability)
            active = int(np.count_nonzero(path_coefficient[place]))
            records.append(
                {"mixing": alpha, "penalty": penalty, "valid_auc": area, "valid_log_loss": loss, "active": active}
            )
        intercepts.append(path_intercept)
        coefficients.append(path_coefficient)
    points = pd.DataFrame(records).astype({"active": "int64"})
    chosen = int(points["valid_log_loss"].to_numpy().argmin())
    points["chosen"] = np.arange(len(points)) == chosen
    return PenalisedPath(points, np.concatenate(intercepts), np.concatenate(coefficients), chosen)


def original_scale(path: PenalisedPath, standard: Standard) -> LinearScorer:
    """The chosen point as a scorer of unstandardised rows."""
    coefficient = path.coefficient[path.chosen] / standard.scale
    intercept = float(path.intercept[path.chosen] - standard.centre @ coefficient)
    return LinearScorer(intercept, coefficient, standard.centre, standard.scale)


def selected_features(path: PenalisedPath, encoding: Encoding, threshold: float) -> tuple[str, ...]:
    """Features with an absolute standardised coefficient above the threshold, in the order of the encoding."""
    large = {
        owner
        for owner, value in zip(encoding.owners, path.coefficient[path.chosen], strict=True)
        if abs(value) > threshold
    }
    return tuple(name for name in encoding.features if name in large)


def _path(
    train: Matrix, outcome: Outcome, alpha: float, path_length: int, smallest_share: float, weight: Weight
) -> tuple[list[float], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    from glum import GeneralizedLinearRegressor
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    target = outcome.astype(np.float64)
    share = np.full(len(target), 1 / len(target)) if weight is None else weight / weight.sum()
    gradient = train.T @ (share * (target - share @ target))
    largest = max(float(np.abs(gradient).max()) / alpha, 1e-8)
    penalties = np.geomspace(largest, largest * smallest_share, path_length)
    regressor = GeneralizedLinearRegressor(
        family="binomial", link="logit", l1_ratio=alpha, alpha_search=True, alpha=[float(each) for each in penalties]
    )
    # One thread: problems of this size are slower with more, and sums then do not depend on the machine's cores.
    with warnings.catch_warnings(), threadpool_limits(1):
        # Points of a path that stop at the iteration limit are still compared by their loss on the valid rows.
        warnings.simplefilter("ignore", ConvergenceWarning)
        regressor.fit(train, target, sample_weight=weight)
    return [float(each) for each in penalties], np.asarray(regressor.intercept_path_), np.asarray(regressor.coef_path_)
