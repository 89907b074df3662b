"""Search on one half, confirm on the other; compare two scores on the same rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from respml.debug.arrays import Booleans, mean_log_loss, row_losses
from respml.measures.comparison import delong_paired_test
from respml.measures.ranking import area_under_roc


def paired_change(outcome: ArrayLike, before: ArrayLike, after: ArrayLike) -> dict[str, float]:
    """AUC and log-loss of ``after`` with their paired changes against ``before`` and 95 % limits: normal for the
    log-loss (``change_log_loss``, ``lower``, ``upper``), DeLong's paired ones for AUC (``change_auc`` and so on)."""
    change = row_losses(outcome, after) - row_losses(outcome, before)
    area = area_under_roc(outcome, after)
    gain = delong_paired_test(outcome, before, after).difference
    reach = 1.959964 * float(change.std(ddof=1)) / np.sqrt(change.size) if change.size > 1 else float("nan")
    return {
        "n": change.size,
        "auc": area.value,
        "auc_lower": area.lower,
        "auc_upper": area.upper,
        "log_loss": mean_log_loss(outcome, after),
        "change_log_loss": float(change.mean()),
        "lower": float(change.mean()) - reach,
        "upper": float(change.mean()) + reach,
        "change_auc": gain.value,
        "change_auc_lower": gain.lower,
        "change_auc_upper": gain.upper,
    }


def half_mask(outcome: ArrayLike, seed: int) -> Booleans:
    """A random half of the rows, stratified by outcome: True = searched, False = confirmed on."""
    given = np.asarray(outcome, dtype=bool)
    generator = np.random.default_rng(seed)
    chosen = np.zeros(given.size, dtype=bool)
    for each in (False, True):
        rows = generator.permutation(np.flatnonzero(given == each))
        chosen[rows[: rows.size // 2]] = True
    return chosen
