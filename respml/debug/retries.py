"""Would it help to refit: with another feature, without the worst rows, with fewer good customers?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from respml.debug.arrays import Booleans, Fit, Floats, as_matrix, flags, probabilities, row_losses
from respml.debug.halves import paired_change
from respml.errors import InputError

Transform = Callable[[pd.DataFrame], pd.DataFrame]


def with_row_deviation(columns: Sequence[str], name: str) -> Transform:
    """A transform that adds each row's standard deviation (n − 1) over ``columns`` as column ``name``."""

    def add(frame: pd.DataFrame) -> pd.DataFrame:
        if name in frame.columns:
            raise InputError(f"The frame already has a column {name!r}.", remedy="Choose another name.")
        return frame.assign(**{name: pd.Series(as_matrix(frame, columns).std(axis=1, ddof=1), index=frame.index)})

    return add


def feature_retry(
    fit: Fit,
    train: pd.DataFrame,
    train_outcome: ArrayLike,
    holdout: pd.DataFrame,
    holdout_outcome: ArrayLike,
    transform: Transform,
    *,
    seed: int,
    label: str = "with new features",
) -> pd.DataFrame:
    """Refit on transformed features, judged against a refit on the old ones, both on the same holdout.

    Purpose: residual patterns often name a missing feature; this tries it. Mechanism: same ``fit``, same seed, same
    rows. Signs of high risk: a gain well beyond its interval (the documented model lacks an input). Strengths: the only
    difference is the feature. Limitations: one seed; features picked after seeing the holdout would flatter themselves.

    Returns two lines (``before``, ``after``): ``trial``, ``state``, ``rows`` (fitted), ``n`` (holdout), ``auc``,
    ``auc_lower``, ``auc_upper``, ``log_loss``, ``change_log_loss``, ``lower``, ``upper`` (95 % normal of the paired
    change; negative = better)."""
    target = flags(train_outcome, len(train))
    event = flags(holdout_outcome, len(holdout))
    before = probabilities(fit(train, target.astype(np.int64), seed), holdout)
    changed = transform(train)
    after = probabilities(fit(changed, target.astype(np.int64), seed), transform(holdout))
    return _two_lines(label, event, before, after, len(train), len(changed))


def row_removal_retry(
    fit: Fit,
    train: pd.DataFrame,
    train_outcome: ArrayLike,
    holdout: pd.DataFrame,
    holdout_outcome: ArrayLike,
    *,
    removed: int,
    keep_every: int,
    seed: int,
    label: str = "without outliers",
) -> pd.DataFrame:
    """Refit without the training rows of largest loss and with every ``keep_every``-th non-default, on the same
    holdout.

    Dropped rows are judged by out-of-fold predictions, so that a model does not excuse the rows it has memorised; the
    holdout is never thinned. Columns as :func:`feature_retry`. Thinning non-defaults shifts the level of the scores:
    compare AUC, and expect the log-loss to rise unless ``keep_every`` is 1.
    """
    if keep_every < 1 or not 0 <= removed < len(train):
        raise InputError(
            f"Remove {removed} of {len(train)} rows, keep every {keep_every}.", remedy="Remove fewer rows."
        )
    target = flags(train_outcome, len(train))
    event = flags(holdout_outcome, len(holdout))
    unseen = out_of_fold(fit, train, target, seed=seed)
    kept = without_worst_rows(target, unseen, removed=removed, keep_every=keep_every)
    before = probabilities(fit(train, target.astype(np.int64), seed), holdout)
    after = probabilities(fit(train[kept], target[kept].astype(np.int64), seed), holdout)
    return _two_lines(label, event, before, after, len(train), int(kept.sum()))


def without_worst_rows(outcome: ArrayLike, unseen: ArrayLike, *, removed: int, keep_every: int) -> Booleans:
    """Which rows stay when the ``removed`` rows of largest log-loss go, and of the rest only every ``keep_every``-th
    non-default stays; ``unseen`` are scores by models that were not fitted to the row."""
    target = flags(outcome, np.asarray(unseen).size)
    kept = np.ones(target.size, dtype=bool)
    kept[np.argsort(-row_losses(target, unseen), kind="stable")[:removed]] = False
    others = np.flatnonzero(kept & ~target)
    kept[others[np.arange(others.size) % keep_every != 0]] = False
    return kept


def out_of_fold(fit: Fit, frame: pd.DataFrame, target: NDArray[Any], *, seed: int, folds: int = 3) -> Floats:
    """Predictions of each row by a model that was not fitted to it."""
    fold = np.random.default_rng(seed).permutation(len(frame)) % folds
    scores = np.empty(len(frame))
    for each in range(folds):
        inside = fold == each
        model = fit(frame[~inside], target[~inside].astype(np.int64), seed)
        scores[inside] = probabilities(model, frame[inside])
    return scores


def _two_lines(
    label: str, event: Booleans, before: Floats, after: Floats, rows_before: int, rows_after: int
) -> pd.DataFrame:
    lines = [
        {"trial": label, "state": "before", "rows": rows_before, **paired_change(event, before, before)},
        {"trial": label, "state": "after", "rows": rows_after, **paired_change(event, before, after)},
    ]
    return pd.DataFrame(lines)
