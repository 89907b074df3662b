"""Small simulated portfolios with known truth, for the tests of this folder."""

from __future__ import annotations

import numpy as np

from respml.measures.fairness.membership import Membership, observed_membership
from respml.measures.fairness.study import Study, make_study

PRINTED = {"male": (453, 345, 418, 2261), "female": (598, 514, 534, 3817)}
"""Confusion matrices printed in the published notebook dia: TP, FP, FN, TN at cut-off 0.27."""


def rows_of(matrices: dict[str, tuple[int, int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group, decision (1 = declined) and outcome of the rows behind printed confusion matrices."""
    groups, declined, outcome = [], [], []
    for name, (tp, fp, fn, tn) in matrices.items():
        for count, made, seen in ((tp, 1, 1), (fp, 1, 0), (fn, 0, 1), (tn, 0, 0)):
            groups += [name] * count
            declined += [made] * count
            outcome += [seen] * count
    return np.array(groups, dtype=object), np.array(declined), np.array(outcome)


def printed_study() -> Study:
    """The rows behind the printed matrices, scored so that cut-off 0.27 reproduces the decisions."""
    groups, declined, outcome = rows_of(PRINTED)
    score = np.where(declined == 1, 0.6, 0.1)
    membership = observed_membership("SEX", groups, "male")
    return make_study(outcome, {"gbm": score}, {"gbm": 0.27}, [membership])


def random_study(rows: int = 400, seed: int = 0, groups: int = 3, weighted: bool = False, gap: float = 0.0) -> Study:
    """A portfolio whose first group is the reference; ``gap`` raises the log-odds of every other group."""
    generator = np.random.default_rng(seed)
    code = generator.integers(0, groups, rows)
    logit = generator.normal(-1.2, 1.0, rows) + gap * (code > 0)
    score = 1 / (1 + np.exp(-logit))
    outcome = (generator.random(rows) < score).astype(int)
    weight = generator.choice([0.0, 1.0, 1.5, 2.0], rows) if weighted else None
    second = observed_membership("AGE", generator.integers(0, 2, rows), 0)
    first = observed_membership("SEX", code, 0)
    return make_study(outcome, {"gbm": score}, {"gbm": 0.3}, [first, second], weight)


def soft_membership(codes: np.ndarray, names: tuple[str, ...], sharpness: float, seed: int) -> Membership:
    """Probabilities that point at the true group with the given sharpness."""
    generator = np.random.default_rng(seed)
    base = generator.dirichlet(np.ones(len(names)), len(codes))
    shares = sharpness * np.eye(len(names))[codes] + (1 - sharpness) * base
    return Membership("RACE", names, names[0], shares=shares)
