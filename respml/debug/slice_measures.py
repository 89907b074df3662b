"""How a model does in every slice of a partition at once: calibration, ranking and loss, each with a standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from respml.debug.arrays import Booleans, Floats, Integers, row_losses
from respml.measures.proper_scores import PROBABILITY_FLOOR

MEASURES = ("calibration", "loss", "ranking", "power")


def slice_measures(
    event: Booleans, probability: Floats, code: Integers, size: int, everyone: Placements | None = None
) -> pd.DataFrame:
    """Measures of each slice, all slices in one pass.

    Mechanism, per slice: *calibration* is observed rate − mean prediction, standard error √Σp(1−p)/n; *loss* is mean
    log-loss − the mean the model itself expects, −Σ(y−p) logit p / n, standard error √Σp(1−p)logit²p / n; *ranking*
    is the AUC the model expects from its own predictions − the AUC observed in the slice; *power* is the AUC outside
    the slice − the AUC in it; both with DeLong standard errors. All are oriented so that positive ``loss``,
    ``ranking`` and ``power`` are bad; ``calibration`` is bad on either side (positive = risk understated).

    Returns one line a code: ``code``, ``n``, ``events``, ``observed``, ``predicted``, ``log_loss``, ``auc``,
    ``expected_auc``, and ``<measure>``, ``<measure>_error`` for each of :data:`MEASURES`; undefined is nan.
    """
    count = np.bincount(code, minlength=size).astype(np.float64)
    events = np.bincount(code[event], minlength=size).astype(np.float64)
    rows = np.where(count > 0, count, np.nan)
    held = np.clip(probability, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR)
    residual = event - held
    variance = held * (1 - held)
    logit = special.logit(held)

    def total(values: Floats) -> Floats:
        sums: Floats = np.bincount(code, weights=values, minlength=size).astype(np.float64)
        return sums

    auc, auc_variance = slice_auc(event, probability, code, size)
    expected = expected_auc(held, code, size)
    outside, outside_variance = _outside_auc(event, everyone or placements(event, probability), code, size, auc)
    return pd.DataFrame(
        {
            "code": np.arange(size),
            "n": count.astype(np.int64),
            "events": events.astype(np.int64),
            "observed": events / rows,
            "predicted": total(held) / rows,
            "log_loss": total(row_losses(event, probability)) / rows,
            "auc": auc,
            "expected_auc": expected,
            "calibration": total(residual) / rows,
            "calibration_error": np.sqrt(total(variance)) / rows,
            "loss": -total(residual * logit) / rows,
            "loss_error": np.sqrt(total(variance * logit**2)) / rows,
            "ranking": expected - auc,
            "ranking_error": np.sqrt(auc_variance),
            "power": outside - auc,
            "power_error": np.sqrt(auc_variance + outside_variance),
        }
    )


def _grouped_order(score: Floats, code: Integers) -> tuple[Integers, Integers]:
    """Rows sorted by slice and score, and the group (slice, score) of each sorted row."""
    order = np.lexsort((score, code))
    new = np.ones(order.size, dtype=bool)
    new[1:] = (score[order][1:] != score[order][:-1]) | (code[order][1:] != code[order][:-1])
    return order, np.cumsum(new) - 1


def _below(mass: Floats, order: Integers, group: Integers, code: Integers, size: int) -> Floats:
    """Mass of lower scores in the row's slice plus half of the mass at the row's score, in sorted order."""
    in_group = np.bincount(group, weights=mass[order])
    before = np.cumsum(in_group) - in_group / 2
    in_slice = np.bincount(code, weights=mass, minlength=size)
    start = np.cumsum(in_slice) - in_slice
    below: Floats = before[group] - start[code[order]]
    return below


def slice_auc(event: Booleans, score: Floats, code: Integers, size: int) -> tuple[Floats, Floats]:
    """AUC of each slice and its DeLong variance; nan where a class is missing (variance: below two rows of a class)."""
    order, group = _grouped_order(score, code)
    sliced, hit = code[order], event[order]
    ones, zeros = event.astype(np.float64), (~event).astype(np.float64)
    events = np.bincount(code, weights=ones, minlength=size)
    others = np.bincount(code, weights=zeros, minlength=size)
    lower_others = _below(zeros, order, group, code, size)
    lower_events = _below(ones, order, group, code, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        placement = np.where(hit, lower_others / others[sliced], (events[sliced] - lower_events) / events[sliced])
        area = np.bincount(sliced[hit], weights=placement[hit], minlength=size) / events
        area = np.where((events > 0) & (others > 0), area, np.nan)
        square = (placement - area[sliced]) ** 2
        of_events = np.bincount(sliced[hit], weights=square[hit], minlength=size)
        of_others = np.bincount(sliced[~hit], weights=square[~hit], minlength=size)
        variance = of_events / (events * (events - 1)) + of_others / (others * (others - 1))
    return area, np.where((events > 1) & (others > 1), variance, np.nan)


def expected_auc(probability: Floats, code: Integers, size: int) -> Floats:
    """AUC that each slice would have if every row defaulted with its predicted probability.

    Σ p_i (1 − p_j) [p_i > p_j, ties one half] / Σ p_i (1 − p_j) over ordered pairs of different rows.
    """
    order, group = _grouped_order(probability, code)
    sliced, chance = code[order], probability[order]
    # A row is not compared with itself: its own half of p (1 − p) comes off.
    lower = _below(1 - probability, order, group, code, size) - (1 - chance) / 2
    top = np.bincount(sliced, weights=chance * lower, minlength=size)
    ones = np.bincount(code, weights=probability, minlength=size)
    zeros = np.bincount(code, weights=1 - probability, minlength=size)
    own = np.bincount(code, weights=probability * (1 - probability), minlength=size)
    bottom = ones * zeros - own
    share: Floats = np.divide(top, bottom, out=np.full(size, np.nan), where=bottom > 1e-12)
    return share


@dataclass(frozen=True)
class Placements:
    """What the AUC outside a slice needs to know of all rows.

    Attributes
    ----------
    lower: for each row the non-events scored below it (ties one half); above: the events scored above it.
    variance: DeLong variance of the AUC of all rows.
    """

    lower: Floats
    above: Floats
    variance: float


def placements(event: Booleans, score: Floats) -> Placements:
    """:class:`Placements` of all rows; compute once for many slicings of the same rows."""
    everyone = np.zeros(event.size, dtype=np.int64)
    order, group = _grouped_order(score, everyone)
    lower, above = np.empty(event.size), np.empty(event.size)
    lower[order] = _below((~event).astype(np.float64), order, group, everyone, 1)
    above[order] = event.sum() - _below(event.astype(np.float64), order, group, everyone, 1)
    _, variance = slice_auc(event, score, everyone, 1)
    return Placements(lower, above, float(variance[0]))


def _outside_auc(
    event: Booleans, everyone: Placements, code: Integers, size: int, inside: Floats
) -> tuple[Floats, Floats]:
    """AUC of the rows outside each slice from counts of won pairs; its variance is that of all rows, scaled by n.

    Pairs won outside = all − (slice's events against all) − (all events against slice's others) + (within the slice).
    """
    events = np.bincount(code, weights=event.astype(np.float64), minlength=size)
    others = np.bincount(code, weights=(~event).astype(np.float64), minlength=size)
    won = np.bincount(code, weights=np.where(event, everyone.lower, 0.0), minlength=size)
    lost = np.bincount(code, weights=np.where(event, 0.0, everyone.above), minlength=size)
    within = np.nan_to_num(inside) * events * others
    pairs = (event.sum() - events) * ((~event).sum() - others)
    area_won = everyone.lower[event].sum() - won - lost + within
    area = np.divide(area_won, pairs, out=np.full(size, np.nan), where=pairs > 0)
    return area, everyone.variance * event.size / np.maximum(event.size - events - others, 1.0)
