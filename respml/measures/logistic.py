"""A small logistic regression by Newton's method, for recalibration with one or two terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from respml.measures.inputs import Floats, LabelledScores

ITERATIONS = 50
TOLERANCE = 1e-10


@dataclass(frozen=True)
class LogisticFit:
    """Coefficients and their standard errors, in the order of the columns of the design."""

    coefficients: Floats
    standard_errors: Floats


def fit_logistic(rows: LabelledScores, design: Floats, offset: Floats | None = None) -> LogisticFit | None:
    """Maximum likelihood fit of the outcome.

    Parameters
    ----------
    rows: outcome and case weights; weighted rows get the robust (sandwich) variance.
    design: array (rows, terms).
    offset: known part of the log-odds.

    Returns
    -------
    The fit, or nothing where it does not exist (terms that determine each other, classes that are separated).
    """
    known = np.zeros(rows.n) if offset is None else offset
    outcome = rows.outcome
    coefficients = np.zeros(design.shape[1])
    loss = _deviance(design @ coefficients + known, outcome, rows.weight)
    for _ in range(ITERATIONS):
        fitted = special.expit(design @ coefficients + known)
        information = (design * (rows.weight * fitted * (1 - fitted))[:, None]).T @ design
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e14:
            return None
        score = design.T @ (rows.weight * (outcome - fitted))
        step = np.linalg.solve(information, score)
        # Newton can overshoot when the start is far off: halve the step until the loss no longer rises.
        for _ in range(30):
            trial = coefficients + step
            trial_loss = _deviance(design @ trial + known, outcome, rows.weight)
            if trial_loss <= loss + 1e-12 * abs(loss):
                break
            step = step / 2
        coefficients, loss = trial, trial_loss
        if np.max(np.abs(step)) < TOLERANCE * (1 + np.max(np.abs(coefficients))):
            return LogisticFit(coefficients, _standard_errors(rows, design, coefficients, known))
    return None


def _deviance(log_odds: Floats, outcome: Floats, weight: Floats) -> float:
    """Negative log-likelihood."""
    return float(weight @ (np.logaddexp(0.0, log_odds) - outcome * log_odds))


def _standard_errors(rows: LabelledScores, design: Floats, coefficients: Floats, known: Floats) -> Floats:
    """Square roots of the inverse information, or of the sandwich where rows carry weights."""
    fitted = special.expit(design @ coefficients + known)
    inverse = np.linalg.inv((design * (rows.weight * fitted * (1 - fitted))[:, None]).T @ design)
    if rows.weighted:
        scores = design * (rows.weight * (rows.outcome - fitted))[:, None]
        inverse = inverse @ (scores.T @ scores) @ inverse
    errors: Floats = np.sqrt(np.diag(inverse))
    return errors
