"""Is the score right within each group: observed over expected defaults, calibration intercept and slope."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from respml.measures.conventions import convention
from respml.measures.fairness.frames import result_frame
from respml.measures.fairness.membership import FloatArray
from respml.measures.fairness.study import Study

OBSERVED_EXPECTED = "observed / expected"
INTERCEPT = "calibration intercept"
SLOPE = "calibration slope"
CLIP = 1e-12
"""Probabilities are kept this far from 0 and 1 before the logit."""

STEPS = 50
COLUMNS = ("candidate", "attribute", "group", "measure", "estimate", "lower", "upper", "n", "p_value", "method", "note")


@convention(
    name="Group calibration",
    formula="observed / expected = Σw·y / Σw·p; slope b and intercept a of logit P(y=1) = a + b·logit p",
    source="Cox 1958; Steyerberg 2009",
    direction="O/E above 1: the group defaults more often than scored; slope below 1: scores too spread out",
    zero_bins="no defaults: O/E is 0 without interval, slope undefined; one outcome only: slope undefined",
    denominator="expected defaults",
    interval="O/E log-normal from influence values; slope and intercept normal, sandwich variance",
    weights="case weights and membership probabilities",
)
def group_calibration(study: Study, confidence: float = 0.95) -> pd.DataFrame:
    """Calibration of every candidate within every group.

    Returns
    -------
    candidate, attribute, group, measure (``observed / expected``, ``calibration intercept`` tested against 0,
    ``calibration slope`` tested against 1; O/E tested against 1), estimate, lower, upper, n, p_value, method, note.
    """
    records: list[dict[str, object]] = []
    outcome = study.outcome.astype(np.float64)
    for candidate, score in study.probability.items():
        for membership in study.memberships:
            for name in membership.names:
                weight = membership.share_of(name) * study.weights
                kept = weight > 0
                base: dict[str, object] = {
                    "candidate": candidate,
                    "attribute": membership.attribute,
                    "group": name,
                    "n": membership.people(name, study.weights),
                }
                for record in calibration_records(score[kept], outcome[kept], weight[kept], confidence):
                    records.append({**base, **record})
    return result_frame(records, COLUMNS)


def calibration_records(
    score: FloatArray, outcome: FloatArray, weight: FloatArray, confidence: float = 0.95
) -> list[dict[str, object]]:
    """O/E, intercept and slope of one set of rows with positive weight."""
    z = float(special.ndtri(0.5 + confidence / 2))
    records = [_observed_expected(score, outcome, weight, z)]
    reason = ""
    if len(score) == 0:
        reason = "undefined: no rows with positive weight"
    elif outcome.min() == outcome.max():
        reason = "undefined: no defaults" if outcome.max() == 0 else "undefined: defaults only"
    elif np.ptp(score) == 0:
        reason = "undefined: constant score"
    fitted = None if reason else fit_slope(score, outcome, weight)
    if not reason and fitted is None:
        reason = "undefined: the score separates the outcomes"
    for position, (measure, target) in enumerate(((INTERCEPT, 0.0), (SLOPE, 1.0))):
        if fitted is None:
            records.append({"measure": measure, "method": "logistic, sandwich", "note": reason})
            continue
        value, error = float(fitted[0][position]), float(np.sqrt(fitted[1][position, position]))
        records.append(
            {
                "measure": measure,
                "estimate": value,
                "lower": value - z * error,
                "upper": value + z * error,
                "p_value": 2 * special.ndtr(-abs((value - target) / error)),
                "method": "logistic, sandwich",
            }
        )
    return records


def _observed_expected(score: FloatArray, outcome: FloatArray, weight: FloatArray, z: float) -> dict[str, object]:
    """Observed over expected defaults with its log-normal interval."""
    record: dict[str, object] = {"measure": OBSERVED_EXPECTED, "method": "log-normal"}
    observed, expected = float(weight @ outcome), float(weight @ score)
    if expected <= 0:
        return {**record, "note": "undefined: nothing expected"}
    ratio = observed / expected
    if observed == 0 or len(score) < 2:
        note = "no defaults: no interval" if observed == 0 else "one member: no interval"
        return {**record, "estimate": ratio, "note": note}
    influence = weight * (outcome - ratio * score) / observed
    error = float(np.sqrt(np.sum(influence**2)))
    return {
        **record,
        "estimate": ratio,
        "lower": ratio * np.exp(-z * error),
        "upper": ratio * np.exp(z * error),
        "p_value": 2 * special.ndtr(-abs(np.log(ratio) / error)) if error > 0 else np.nan,
    }


def fit_slope(score: FloatArray, outcome: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Intercept and slope of the outcome on the logit of the score, with their sandwich covariance.

    Returns ``None`` where Newton's method does not settle: the outcomes are separated by the score.
    """
    safe = np.clip(score, CLIP, 1 - CLIP)
    design = np.column_stack([np.ones(len(safe)), special.logit(safe)])
    parameters = np.array([0.0, 1.0])
    for _ in range(STEPS):
        fitted = special.expit(design @ parameters)
        gradient = design.T @ (weight * (outcome - fitted))
        information = (design * (weight * fitted * (1 - fitted))[:, None]).T @ design
        if not np.linalg.cond(information) < 1 / np.finfo(np.float64).eps:
            return None
        step = np.linalg.solve(information, gradient)
        # Halving keeps the first steps of a badly scaled score from running away.
        parameters = parameters + step / max(1.0, float(np.abs(step).max()) / 5)
        if float(np.abs(step).max()) < 1e-10:
            scores = design * (weight * (outcome - special.expit(design @ parameters)))[:, None]
            inverse = np.linalg.inv(information)
            return parameters, inverse @ (scores.T @ scores) @ inverse
    return None
