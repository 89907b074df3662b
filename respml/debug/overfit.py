"""Where the model does better on the rows it was fitted to than on others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from respml.debug.arrays import Booleans, Floats, Integers, flags, given_probabilities, row_losses
from respml.debug.slice_measures import slice_auc
from respml.debug.slices import slice_codes, slice_label, slicings
from respml.errors import InputError
from respml.measures.multiplicity import benjamini_hochberg
from respml.measures.ranking import area_under_roc


def overfit_summary(
    train_outcome: ArrayLike, train_probability: ArrayLike, test_outcome: ArrayLike, test_probability: ArrayLike
) -> pd.DataFrame:
    """Gap between training and test rows overall.

    Returns two lines, ``measure`` (auc, log_loss): ``train``, ``test``, ``gap`` (positive = worse on test),
    ``lower``, ``upper`` (95 % normal; the two samples are independent), ``train_n``, ``test_n``.
    """
    first, second = area_under_roc(train_outcome, train_probability), area_under_roc(test_outcome, test_probability)
    losses = [row_losses(train_outcome, train_probability), row_losses(test_outcome, test_probability)]
    if min(each.size for each in losses) < 2:
        raise InputError("A gap needs two rows of each sample at least.", remedy="Pass whole partitions.")
    error = np.hypot((first.upper - first.lower) / 2, (second.upper - second.lower) / 2)
    spread = 1.959964 * float(np.sqrt(sum(each.var(ddof=1) / each.size for each in losses)))
    lines = []
    for measure, train, test, gap, reach in (
        ("auc", first.value, second.value, first.value - second.value, error),
        ("log_loss", losses[0].mean(), losses[1].mean(), losses[1].mean() - losses[0].mean(), spread),
    ):
        lines.append(
            {
                "measure": measure,
                "train": float(train),
                "test": float(test),
                "gap": float(gap),
                "lower": float(gap - reach),
                "upper": float(gap + reach),
                "train_n": losses[0].size,
                "test_n": losses[1].size,
            }
        )
    return pd.DataFrame(lines)


def overfit_regions(
    train: pd.DataFrame,
    train_outcome: ArrayLike,
    train_probability: ArrayLike,
    test: pd.DataFrame,
    test_outcome: ArrayLike,
    test_probability: ArrayLike,
    columns: Sequence[str],
    *,
    bins: int,
    smallest_slice: int,
    pairs: bool,
) -> pd.DataFrame:
    """The train–test gap in every slice of one or two columns.

    Purpose: find where the model has learnt its training rows by heart. Mechanism: slices cut on the training rows;
    mean log-loss and AUC of both samples in each; the gap of log-loss beyond the overall gap is tested by a two-sample
    z-test with Benjamini–Hochberg q-values over all slices. Signs of high risk: slices with a gap well above the
    overall one and a small q-value. Strengths: no search half is needed, all slices are tested. Limitations: drift
    between the samples looks the same; a gap is expected of any fitted model.

    Returns columns ``slice``, ``columns``, ``train_n``, ``test_n``, ``train_log_loss``, ``test_log_loss``, ``gap``,
    ``lower``, ``upper`` (95 %), ``excess`` (gap less the overall gap), ``p_value`` (one-sided), ``q_value``,
    ``train_auc``, ``test_auc``, ``auc_gap``, by descending ``excess``; slices with fewer than ``smallest_slice`` rows
    in either sample are left out.
    """
    cuts = slicings(train, columns, bins)
    sides = []
    for frame, outcome, probability in (
        (train, train_outcome, train_probability),
        (test, test_outcome, test_probability),
    ):
        scores = given_probabilities(probability)
        event = flags(outcome, len(frame))
        sides.append((slice_codes(frame, cuts, pairs), event, scores, row_losses(event, scores)))
    overall = float(sides[1][3].mean() - sides[0][3].mean())
    parts = []
    for family, names in enumerate(sides[0][0].columns):
        size = sides[0][0].sizes[family]
        first, second = (
            _side(codes.codes[family], event, scores, losses, size) for codes, event, scores, losses in sides
        )
        kept = np.flatnonzero((first["n"] >= smallest_slice) & (second["n"] >= smallest_slice))
        gap = (second["mean"] - first["mean"])[kept]
        error = np.sqrt(first["variance"] + second["variance"])[kept]
        parts.append(
            pd.DataFrame(
                {
                    "slice": [slice_label(cuts, names, int(each)) for each in kept],
                    "columns": ", ".join(names),
                    "train_n": first["n"][kept].astype(np.int64),
                    "test_n": second["n"][kept].astype(np.int64),
                    "train_log_loss": first["mean"][kept],
                    "test_log_loss": second["mean"][kept],
                    "gap": gap,
                    "lower": gap - 1.959964 * error,
                    "upper": gap + 1.959964 * error,
                    "excess": gap - overall,
                    "p_value": special.ndtr(-(gap - overall) / np.where(error > 0, error, np.inf)),
                    "train_auc": first["auc"][kept],
                    "test_auc": second["auc"][kept],
                    "auc_gap": (first["auc"] - second["auc"])[kept],
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    q_values = benjamini_hochberg(table["p_value"].to_numpy()) if len(table) else np.zeros(0)
    table.insert(list(table.columns).index("p_value") + 1, "q_value", q_values)
    return table.sort_values(["excess", "slice"], ascending=[False, True], ignore_index=True)


def _side(code: Integers, event: Booleans, scores: Floats, losses: Floats, size: int) -> dict[str, Floats]:
    count = np.bincount(code, minlength=size).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(code, weights=losses, minlength=size) / count
        square = np.bincount(code, weights=(losses - mean[code]) ** 2, minlength=size)
        variance = square / ((count - 1) * count)
    area, _ = slice_auc(event, scores, code, size)
    return {"n": count, "mean": mean, "variance": variance, "auc": area}
