"""Rules for rows with large errors: one tree of residuals a class, read as assertions, and tried on other rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import KFold

from respml.debug.arrays import Floats, flags, given_probabilities, row_losses
from respml.debug.halves import half_mask, paired_change
from respml.debug.rules import Rule, RuleTree, fit_rule_tree
from respml.errors import InputError
from respml.explain.display import Displayed


@dataclass(frozen=True)
class ResidualTree(Displayed):
    """A tree of the log-loss of one class.

    Attributes
    ----------
    outcome: the class, 0 or 1.
    tree: fitted on all rows of the class.
    goodness: one line a measure (``r_squared``, ``rmse``, ``mae``): ``measure``, ``estimate`` (mean over folds),
        ``deviation``, ``folds``, ``n``.
    leaves: one line a leaf, worst first: ``leaf``, ``rule`` (words), ``residual`` (mean log-loss of the class in the
        leaf), ``n`` (rows of the class), ``share`` (of the class), ``rows`` (both classes meeting the rule),
        ``observed`` (default rate of those), ``predicted`` (their mean prediction).
    """

    outcome: int
    tree: RuleTree
    goodness: pd.DataFrame
    leaves: pd.DataFrame

    def rule(self, leaf: int) -> Rule:
        """The rule of a leaf."""
        return self.tree.rules()[leaf]


def residual_tree(
    frame: pd.DataFrame,
    outcome: ArrayLike,
    probability: ArrayLike,
    features: Sequence[str],
    *,
    of_class: int,
    depth: int,
    folds: int,
    smallest_leaf: int,
    seed: int,
) -> ResidualTree:
    """A decision tree of the residuals of one class.

    Purpose: say in words for whom the model is wrong. Mechanism: regression tree of depth ``depth`` on the log-loss
    of the rows of one class; fit judged by ``folds``-fold cross-validation; leaves read as rules. Signs of high risk:
    a high cross-validated R² (errors are systematic: inputs predict them) with a worst leaf of volume. Strengths:
    rules can be checked, monitored and acted on. Limitations: within one class the loss is a function of the
    prediction, so a high R² partly mirrors the model; a leaf bad for one class may be right on the whole, hence
    ``observed`` and ``predicted``.

    Parameters
    ----------
    of_class: 0 or 1; smallest_leaf: rows in a leaf; seed: of the folds.
    """
    scores = given_probabilities(probability)
    event = flags(outcome, len(frame))
    chosen = event == bool(of_class)
    part, losses = frame[chosen], row_losses(event, scores)[chosen]
    if len(part) < max(folds, 2 * smallest_leaf):
        raise InputError(f"Class {of_class} has {len(part)} rows.", remedy="Use more rows or smaller leaves.")
    tree = fit_rule_tree(part, losses, features, depth=depth, smallest_leaf=smallest_leaf, seed=seed)
    lines = []
    reached = tree.leaves(part)
    for leaf, rule in tree.rules().items():
        own = losses[reached == leaf]
        everyone = rule.holds(frame)
        lines.append(
            {
                "leaf": leaf,
                "rule": rule.text,
                "residual": float(own.mean()),
                "n": own.size,
                "share": own.size / losses.size,
                "rows": int(everyone.sum()),
                "observed": float(event[everyone].mean()) if everyone.any() else np.nan,
                "predicted": float(scores[everyone].mean()) if everyone.any() else np.nan,
            }
        )
    leaves = pd.DataFrame(lines).sort_values(["residual", "leaf"], ascending=[False, True], ignore_index=True)
    fit = _cross_validated(part, losses, features, depth, folds, smallest_leaf, seed)
    return ResidualTree(of_class, tree, fit, leaves)


def _cross_validated(
    part: pd.DataFrame, losses: Floats, features: Sequence[str], depth: int, folds: int, smallest_leaf: int, seed: int
) -> pd.DataFrame:
    records = []
    for fitted, judged in KFold(folds, shuffle=True, random_state=seed).split(losses):
        tree = fit_rule_tree(
            part.iloc[fitted], losses[fitted], features, depth=depth, smallest_leaf=smallest_leaf, seed=seed
        )
        error = losses[judged] - tree.predict(part.iloc[judged])
        total = float(((losses[judged] - losses[judged].mean()) ** 2).sum())
        records.append(
            {
                "r_squared": 1 - float((error**2).sum()) / total if total > 0 else np.nan,
                "rmse": float(np.sqrt((error**2).mean())),
                "mae": float(np.abs(error).mean()),
            }
        )
    table = pd.DataFrame(records)
    return pd.DataFrame(
        {
            "measure": table.columns,
            "estimate": table.mean().to_numpy(),
            "deviation": table.std().to_numpy(),
            "folds": folds,
            "n": losses.size,
        }
    )


def assertion_trial(
    frame: pd.DataFrame,
    outcome: ArrayLike,
    probability: ArrayLike,
    features: Sequence[str],
    *,
    depth: int,
    rules: int,
    smallest_leaf: int,
    seed: int,
) -> pd.DataFrame:
    """Model assertions read off residual trees on one half of the rows, with the effect of each on the other half.

    An assertion replaces the score of the rows that meet its rule by the default rate observed there on the searched
    half: the mildest correction that uses the rule. On the held-out half its effect is the paired change of log-loss.

    Returns one line an assertion, ``rules`` of each class: ``outcome`` (class of the tree), ``rule``, ``score``
    (asserted), ``search_n``, ``predicted`` and ``observed`` (held-out rows meeting the rule), ``support`` (their
    number), ``share``, ``n`` (held-out rows), ``auc``, ``auc_lower``, ``auc_upper``, ``auc_before``, ``log_loss``,
    ``change_log_loss``, ``lower``, ``upper``, ``effect`` (helps, does not help: whether the upper limit of the change
    is below zero).
    """
    scores = given_probabilities(probability)
    event = flags(outcome, len(frame))
    search = half_mask(event, seed)
    before = paired_change(event[~search], scores[~search], scores[~search])
    lines = []
    for of_class in (0, 1):
        found = residual_tree(
            frame[search],
            event[search],
            scores[search],
            features,
            of_class=of_class,
            depth=depth,
            folds=2,
            smallest_leaf=smallest_leaf,
            seed=seed,
        )
        for leaf in found.leaves["leaf"].head(rules):
            rule = found.rule(int(leaf))
            chosen = rule.holds(frame)
            if not (chosen & search).any():
                continue
            asserted = float(event[chosen & search].mean())
            after = np.where(chosen, asserted, scores)[~search]
            change = paired_change(event[~search], scores[~search], after)
            met = chosen & ~search
            lines.append(
                {
                    "outcome": of_class,
                    "rule": rule.text,
                    "score": asserted,
                    "search_n": int((chosen & search).sum()),
                    "predicted": float(scores[met].mean()) if met.any() else np.nan,
                    "observed": float(event[met].mean()) if met.any() else np.nan,
                    "support": int(met.sum()),
                    "share": float(met.sum()) / int((~search).sum()),
                    **change,
                    "auc_before": before["auc"],
                    "effect": "helps" if change["upper"] < 0 else "does not help",
                }
            )
    return pd.DataFrame(lines)
