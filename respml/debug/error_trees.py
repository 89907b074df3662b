"""Weak spots of any shape that a shallow tree can describe, found on one half and confirmed on the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from respml.debug.arrays import flags, given_probabilities
from respml.debug.halves import half_mask
from respml.debug.rules import fit_rule_tree
from respml.debug.slice_measures import placements, slice_measures
from respml.measures.multiplicity import benjamini_hochberg


def error_tree_spots(
    frame: pd.DataFrame,
    outcome: ArrayLike,
    probability: ArrayLike,
    features: Sequence[str],
    *,
    depth: int,
    smallest_leaf: int,
    seed: int,
) -> pd.DataFrame:
    """Leaves of a tree of the model's calibration error, tested on rows the tree never saw.

    Purpose: find miscalibrated regions that cross more than two columns. Mechanism: a regression tree of outcome minus
    prediction on one stratified half; in each leaf the other half's mean residual is tested two-sided against
    √Σp(1−p)/n, with Benjamini–Hochberg q-values over the leaves. Signs of high risk: confirmed leaves with volume.
    Strengths: no bins to choose. Limitations: greedy, unstable near ties; the rule may name one of two correlated
    columns.

    Returns one line a leaf: ``rule``, ``n``, ``events``, ``share`` (confirming half), ``effect`` (observed −
    predicted rate), ``lower``, ``upper``, ``p_value``, ``q_value``, ``search_effect``, ``search_n``, ``observed``,
    ``predicted``, ``auc``, ``expected_auc``, ``log_loss``; by q-value.
    """
    scores = given_probabilities(probability)
    event = flags(outcome, len(frame))
    search = half_mask(event, seed)
    residual = event - scores
    tree = fit_rule_tree(frame[search], residual[search], features, depth=depth, smallest_leaf=smallest_leaf, seed=seed)
    rules = tree.rules()
    leaves = np.array(sorted(rules))
    code = np.searchsorted(leaves, tree.leaves(frame))
    confirm = slice_measures(
        event[~search], scores[~search], code[~search], leaves.size, placements(event[~search], scores[~search])
    )
    counts = np.bincount(code[search], minlength=leaves.size)
    found = np.bincount(code[search], weights=residual[search], minlength=leaves.size) / counts
    effect, error = confirm["calibration"].to_numpy(), confirm["calibration_error"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        p_values = np.nan_to_num(2 * special.ndtr(-np.abs(effect / error)), nan=1.0)
    table = pd.DataFrame(
        {
            "rule": [rules[int(leaf)].text for leaf in leaves],
            "n": confirm["n"],
            "events": confirm["events"],
            "share": confirm["n"] / int((~search).sum()),
            "effect": effect,
            "lower": effect - 1.959964 * error,
            "upper": effect + 1.959964 * error,
            "p_value": p_values,
            "q_value": benjamini_hochberg(p_values),
            "search_effect": found,
            "search_n": counts,
            **{name: confirm[name] for name in ("observed", "predicted", "auc", "expected_auc", "log_loss")},
        }
    )
    return table.sort_values(["q_value", "p_value", "rule"], ignore_index=True)
