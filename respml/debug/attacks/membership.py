"""Whether a score tells that a customer was in the training data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Fit, Floats, flags, row_losses
from respml.debug.retries import out_of_fold
from respml.errors import InputError
from respml.measures.intervals import wilson
from respml.measures.ranking import area_under_roc


def reference_scores(
    fit: Fit,
    members: pd.DataFrame,
    member_outcome: ArrayLike,
    others: pd.DataFrame,
    other_outcome: ArrayLike,
    *,
    folds: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Scores of members and others by models that saw neither: out-of-fold over both, the attacker's yardstick."""
    both = pd.concat([members, others], ignore_index=True)
    outcome = np.concatenate([flags(member_outcome, len(members)), flags(other_outcome, len(others))])
    scores = out_of_fold(fit, both, outcome, seed=seed, folds=folds)
    return scores[: len(members)], scores[len(members) :]


def membership_inference(
    member_outcome: ArrayLike,
    member_probability: ArrayLike,
    other_outcome: ArrayLike,
    other_probability: ArrayLike,
    *,
    reference: tuple[ArrayLike, ArrayLike] | None = None,
    false_positive_rates: Sequence[float],
) -> pd.DataFrame:
    """How well losses separate training rows from others.

    Purpose: privacy; and a strong attack means the model has memorised rows. Mechanism: the *loss* attack calls rows
    of small loss members; the *calibrated* attack subtracts from the loss what the row would lose under models that
    never saw it (Watson and others 2022), so that easy rows are not mistaken for members. Signs of high risk: AUC
    above one half beyond its interval; a true positive rate well above a small false positive rate. Strengths: the
    interval says whether anything was found. Limitations: assumes the attacker knows the outcome; drift between the
    samples looks like membership.

    Parameters
    ----------
    reference: scores of members and others by models fitted to neither, see :func:`reference_scores`; without it the
        calibrated attack is left out.
    false_positive_rates: rates at which the true positive rate is read.

    Returns one line an attack and rate: ``attack``, ``auc``, ``auc_lower``, ``auc_upper`` (DeLong),
    ``false_positive_rate``, ``estimate`` (true positive rate there), ``lower``, ``upper`` (Wilson, for a fixed
    threshold), ``members``, ``others``."""
    inside = row_losses(member_outcome, member_probability)
    outside = row_losses(other_outcome, other_probability)
    if inside.size == 0 or outside.size == 0:
        raise InputError("An attack needs members and others.", remedy="Pass training and test rows.")
    attacks = {"loss": (-inside, -outside)}
    if reference is not None:
        attacks["calibrated"] = (
            row_losses(member_outcome, reference[0]) - inside,
            row_losses(other_outcome, reference[1]) - outside,
        )
    lines = []
    for name, (first, second) in attacks.items():
        truth = np.concatenate([np.ones(first.size), np.zeros(second.size)])
        area = area_under_roc(truth, np.concatenate([first, second]))
        for rate in false_positive_rates:
            threshold = float(np.quantile(second, 1 - rate, method="inverted_cdf"))
            caught = int((first > threshold).sum())
            low, high = wilson(caught, first.size)
            lines.append(
                {
                    "attack": name,
                    "auc": area.value,
                    "auc_lower": area.lower,
                    "auc_upper": area.upper,
                    "false_positive_rate": rate,
                    "estimate": caught / first.size,
                    "lower": float(low),
                    "upper": float(high),
                    "members": first.size,
                    "others": second.size,
                }
            )
    return pd.DataFrame(lines)
