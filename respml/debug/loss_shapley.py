"""Which inputs cause the model's errors: Shapley values of the log-loss, beside those of the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Booleans, Floats, Predict, as_matrix, flags, probabilities, row_losses, some_rows
from respml.debug.tree_loss_shapley import slope_terms, softplus, tree_loss_shapley
from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.tree_tables import TreeTables

PROBABILITY_EDGE = 1e-12


@dataclass(frozen=True)
class LossShapley(Displayed):
    """Contributions to the log-odds and to the log-loss of each row, in nats.

    Attributes
    ----------
    prediction: log-odds contributions, one row a customer (index of the frame), one column a feature.
    loss: log-loss contributions, same shape; positive = the feature makes the error larger.
    base: expected loss of each row's outcome over the background, shape (rows,).
    row_loss: log-loss of each row; equals ``base`` plus the row sum of ``loss``.
    additivity_error: largest absolute difference between the two.
    background_rows: number of background rows.
    method: how the values were made, for the caption.
    """

    prediction: pd.DataFrame
    loss: pd.DataFrame
    base: Floats
    row_loss: Floats
    additivity_error: float
    background_rows: int
    method: str


def background_sample(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """``rows`` rows of ``frame`` without replacement, in file order; all of them where there are fewer."""
    if len(frame) <= rows:
        return frame
    chosen = np.sort(np.random.default_rng(seed).choice(len(frame), rows, replace=False))
    return frame.iloc[chosen]


def loss_shapley(tables: TreeTables, frame: pd.DataFrame, outcome: ArrayLike, background: pd.DataFrame) -> LossShapley:
    """Shapley values of each row's log-loss for a boosted-tree model.

    Purpose: separate the inputs that drive predictions from those that drive errors. Mechanism: interventional Shapley
    values of the log-odds for every pair of row and background row, each multiplied by the slope of the loss between
    the two (the convention of shap's ``model_output="log_loss"``), averaged over the background. Signs of high risk: a
    feature that ranks higher for the loss than for the prediction, a positive mean contribution (the model would do
    better without it), a large loss from one feature in the worst rows. Strengths: exact for the pairs, additive to the
    row's loss. Limitations: the rescaling keeps sums exact but is not the Shapley value of the loss game itself (see
    :func:`sampled_loss_shapley`); values depend on the background (see :func:`background_error`); breaking
    correlations creates pairs no customer shows.

    Parameters
    ----------
    tables: the ensemble; frame: rows with its inputs; outcome: 0/1; background: reference rows, stated in the caption.
    """
    event = flags(outcome, len(frame))
    values = tree_loss_shapley(tables, frame, event, background)
    names = list(tables.feature_names)
    return _result(
        pd.DataFrame(values.margin, index=frame.index, columns=names),
        pd.DataFrame(values.loss, index=frame.index, columns=names),
        event,
        tables.margin(frame),
        tables.margin(background),
        f"interventional, tree paths, {len(background)} background rows, slope in {values.terms} products",
    )


def linear_loss_shapley(
    intercept: float,
    coefficients: pd.Series,
    frame: pd.DataFrame,
    outcome: ArrayLike,
    background: pd.DataFrame,
) -> LossShapley:
    """:func:`loss_shapley` of a logistic regression; ``coefficients`` by feature, on the scale of ``frame``."""
    event = flags(outcome, len(frame))
    names = [str(name) for name in coefficients.index]
    weight = coefficients.to_numpy(dtype=np.float64)
    rows, reference = as_matrix(frame, names) * weight, as_matrix(background, names) * weight
    margin, margin_reference = intercept + rows.sum(axis=1), intercept + reference.sum(axis=1)
    at_row, at_background = slope_terms(margin, margin_reference)
    n = len(background)
    slope_mean = at_row @ at_background.sum(axis=0) / n + ~event
    slope_reference = at_row @ (at_background.T @ reference) / n + (~event)[:, None] * reference.mean(axis=0)
    return _result(
        pd.DataFrame(rows - reference.mean(axis=0), index=frame.index, columns=names),
        pd.DataFrame(rows * slope_mean[:, None] - slope_reference, index=frame.index, columns=names),
        event,
        margin,
        margin_reference,
        f"interventional, linear log-odds, {n} background rows",
    )


def _result(
    prediction: pd.DataFrame, loss: pd.DataFrame, event: Booleans, margin: Floats, reference: Floats, method: str
) -> LossShapley:
    base = np.where(event, softplus(-reference).mean(), softplus(reference).mean())
    row_loss = np.where(event, softplus(-margin), softplus(margin))
    error = float(np.abs(base + loss.to_numpy().sum(axis=1) - row_loss).max())
    return LossShapley(prediction, loss, base, row_loss, error, len(reference), method)


def sampled_loss_shapley(
    predict: Predict,
    frame: pd.DataFrame,
    outcome: ArrayLike,
    background: pd.DataFrame,
    features: Sequence[str],
    *,
    permutations: int,
    seed: int,
) -> pd.DataFrame:
    """Shapley values of the loss game itself, by permutations, for a few rows of any model.

    Each permutation and its reverse walk from a drawn background row to the customer, one feature at a time; the change
    in loss at a feature's turn is its contribution. No rescaling: this is the definition, with sampling error.

    Returns columns ``row`` (label in ``frame``), ``feature``, ``estimate``, ``lower``, ``upper`` (95 % normal over
    permutation pairs), ``n`` (pairs).
    """
    some_rows(frame)
    some_rows(background)
    event = flags(outcome, len(frame))
    if permutations < 2:
        raise InputError("Fewer than two permutations give no interval.", remedy="Ask for 50 or more.")
    generator = np.random.default_rng(seed)
    names = list(features)
    rows, reference = as_matrix(frame, names), as_matrix(background, names)
    width = len(names)
    records = []
    for position in range(len(frame)):
        orders = np.argsort(generator.random((permutations, width)), axis=1)
        orders = np.stack([orders, orders[:, ::-1]], axis=1).reshape(-1, width)
        start = np.repeat(reference[generator.integers(0, len(reference), permutations)], 2, axis=0)
        rank = np.argsort(orders, axis=1)
        steps = np.where(rank[:, None, :] < np.arange(width + 1)[None, :, None], rows[position], start[:, None, :])
        scored = probabilities(predict, pd.DataFrame(steps.reshape(-1, width), columns=names))
        losses = row_losses(np.full(scored.size, int(event[position])), scored).reshape(-1, width + 1)
        change = np.take_along_axis(np.diff(losses, axis=1), rank, axis=1).reshape(permutations, 2, width).mean(axis=1)
        mean = change.mean(axis=0)
        reach = 1.959964 * change.std(axis=0, ddof=1) / np.sqrt(permutations)
        records.append(
            pd.DataFrame(
                {
                    "row": frame.index[position],
                    "feature": names,
                    "estimate": mean,
                    "lower": mean - reach,
                    "upper": mean + reach,
                    "n": permutations,
                }
            )
        )
    return pd.concat(records, ignore_index=True)


def background_error(
    tables: TreeTables, frame: pd.DataFrame, outcome: ArrayLike, background: pd.DataFrame, *, rows: int, seed: int
) -> pd.DataFrame:
    """Monte-Carlo error that the choice of background rows leaves in the loss contributions.

    The background is halved at random; half the difference between the two answers has the standard deviation of the
    answer from the whole. Computed on ``rows`` rows.

    Returns columns ``feature``, ``importance`` (mean absolute contribution), ``error`` (root mean square of half the
    difference), ``importance_error`` (half the difference of mean absolute contributions), ``n`` (rows),
    ``background`` (rows).
    """
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.choice(len(frame), min(rows, len(frame)), replace=False))
    part, event = frame.iloc[chosen], flags(outcome, len(frame))[chosen]
    order = generator.permutation(len(background))
    half = len(order) // 2
    if half == 0:
        raise InputError("The background has fewer than two rows.", remedy="Use 100 or more.")
    first = tree_loss_shapley(tables, part, event, background.iloc[np.sort(order[:half])]).loss
    second = tree_loss_shapley(tables, part, event, background.iloc[np.sort(order[half : 2 * half])]).loss
    return pd.DataFrame(
        {
            "feature": list(tables.feature_names),
            "importance": np.abs((first + second) / 2).mean(axis=0),
            "error": np.sqrt(np.mean(((first - second) / 2) ** 2, axis=0)),
            "importance_error": np.abs(np.abs(first).mean(axis=0) - np.abs(second).mean(axis=0)) / 2,
            "n": len(part),
            "background": len(background),
        }
    )
