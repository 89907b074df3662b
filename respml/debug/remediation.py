"""From findings to actions: what was tried, whether it helped, and why the rest was not tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from respml.debug.arrays import Booleans, Fit, Floats, Predict, answers, as_matrix, flags, probabilities
from respml.debug.benchmark import blended
from respml.debug.halves import paired_change
from respml.debug.rules import Rule
from respml.errors import InputError

TRIED_HELPS = "tried, helps"
TRIED_NOT = "tried, does not"
NOT_TRIED = "not tried"

FindingSize = Callable[[Predict], float]


@dataclass(frozen=True)
class Holdout:
    """Rows on which every action is judged, the same for all.

    Attributes
    ----------
    frame: rows with the model's inputs. outcome: 0/1. cutoff: a row is declined above it.
    protected, reference: masks of the two groups whose approval rates make the adverse impact ratio, or none.
    """

    frame: pd.DataFrame
    outcome: ArrayLike
    cutoff: float
    protected: Booleans | None = None
    reference: Booleans | None = None

    def impact_ratio(self, scores: Floats) -> float:
        """Approval rate of the protected over that of the reference group; nan where undefined."""
        if self.protected is None or self.reference is None:
            return float("nan")
        approved = scores <= self.cutoff
        if not self.protected.any() or not approved[self.reference].any():
            return float("nan")
        return float(approved[self.protected].mean() / approved[self.reference].mean())


@dataclass(frozen=True)
class Action:
    """One way to answer findings.

    Attributes
    ----------
    code: short name, unique. text: what would be done. findings: prefixes of the finding codes it answers.
    changed: the model after the action, where it can be tried. reason: why it was not tried, where it cannot.
    """

    code: str
    text: str
    findings: tuple[str, ...]
    changed: Predict | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.changed is None) == (not self.reason):
            raise InputError(
                f"Action {self.code!r} must hold either a changed model or a reason why it was not tried.",
                remedy="Give exactly one of the two.",
            )


def try_actions(
    findings: Mapping[str, FindingSize | None],
    actions: Sequence[Action],
    predict: Predict,
    holdout: Holdout,
    *,
    least_reduction: float,
    auc_tolerance: float,
    nothing: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Every finding with every action that answers it, tried where it can be.

    Purpose: a finding without an action is a complaint. Mechanism: the changed model is scored on the same holdout
    rows; the finding's own measure (larger = worse) is taken before and after, with AUC, log-loss and adverse impact
    ratio. An action helps if the measure falls by at least the share ``least_reduction`` and AUC by no more than
    ``auc_tolerance``. Signs of high risk: findings with no action that helps. Strengths: side effects stand beside
    the effect. Limitations: an action chosen because it did best here will do less well elsewhere; actions are tried
    one at a time.

    Parameters
    ----------
    findings: code -> function from a model to the size of the finding, or none where it cannot be measured on a
    changed model. nothing: code -> size up to which there is nothing to remedy, so nothing is tried.

    Returns columns ``finding``, ``action``, ``text``, ``status`` (tried, helps / tried, does not / not tried),
    ``why``, ``size_before``, ``size_after``, ``auc_before``, ``auc_after``, ``change_log_loss``, ``lower``,
    ``upper``, ``air_before``, ``air_after``, ``n``; a finding without any action has one line, not tried.
    """
    event = flags(holdout.outcome, len(holdout.frame))
    before = probabilities(predict, holdout.frame)
    base = paired_change(event, before, before)
    lines: list[dict[str, object]] = []
    for code, size in findings.items():
        fitting = [action for action in actions if code.startswith(action.findings)]
        size_before = float("nan") if size is None else size(predict)
        if not fitting:
            lines.append(_line(code, "", "", NOT_TRIED, "no action is on file for this finding", size_before, base))
        absent = size_before <= (nothing or {}).get(code, -np.inf)
        for action in fitting:
            if absent:
                why = "there is nothing to reduce"
                lines.append(_line(code, action.code, action.text, NOT_TRIED, why, size_before, base))
                continue
            if action.changed is None or size is None:
                why = action.reason or "the finding cannot be measured on a changed model"
                lines.append(_line(code, action.code, action.text, NOT_TRIED, why, size_before, base))
                continue
            after = probabilities(action.changed, holdout.frame)
            change = paired_change(event, before, after)
            size_after = size(action.changed)
            smaller = size_after <= (1 - least_reduction) * size_before
            kept = base["auc"] - change["auc"] <= auc_tolerance
            why = "" if smaller and kept else "the finding stays" if not smaller else "AUC falls beyond the tolerance"
            line = _line(
                code, action.code, action.text, TRIED_HELPS if smaller and kept else TRIED_NOT, why, size_before, base
            )
            line |= {
                "size_after": size_after,
                "auc_after": change["auc"],
                "change_log_loss": change["change_log_loss"],
                "lower": change["lower"],
                "upper": change["upper"],
                "air_before": holdout.impact_ratio(before),
                "air_after": holdout.impact_ratio(after),
            }
            lines.append(line)
    return pd.DataFrame(lines)


def _line(
    finding: str, action: str, text: str, status: str, why: str, size: float, base: Mapping[str, float]
) -> dict[str, object]:
    nothing = float("nan")
    return {
        "finding": finding,
        "action": action,
        "text": text,
        "status": status,
        "why": why,
        "size_before": size,
        "size_after": nothing,
        "auc_before": base["auc"],
        "auc_after": nothing,
        "change_log_loss": nothing,
        "lower": nothing,
        "upper": nothing,
        "air_before": nothing,
        "air_after": nothing,
        "n": base["n"],
    }


def inject_missing(
    frame: pd.DataFrame, outcome: ArrayLike, features: Sequence[str], *, share: float, seed: int
) -> tuple[pd.DataFrame, Floats]:
    """Training rows with copies in which one input each, drawn at random, is missing while the outcome stays.

    The copies (``share`` times the rows) teach the model that a missing value carries no news. Returns rows and
    outcome."""
    if share <= 0 or not features:
        raise InputError(f"A share of {share:g} of {len(features)} inputs.", remedy="Use a share above 0.")
    target = flags(outcome, len(frame)).astype(np.float64)
    generator = np.random.default_rng(seed)
    rows = generator.integers(0, len(frame), max(round(share * len(frame)), 1))
    columns = generator.integers(0, len(features), rows.size)
    copies = frame.iloc[rows].copy()
    for at, name in enumerate(features):
        column = copies[name].to_numpy(dtype=np.float64, na_value=np.nan).copy()
        column[columns == at] = np.nan
        copies[name] = column
    return pd.concat([frame, copies], ignore_index=True), np.concatenate([target, target[rows]])


def with_missing_injected(
    fit: Fit, frame: pd.DataFrame, outcome: ArrayLike, features: Sequence[str], *, share: float, seed: int
) -> Predict:
    """The model refitted on :func:`inject_missing` rows."""
    rows, target = inject_missing(frame, outcome, features, share=share, seed=seed)
    return fit(rows, target.astype(np.int64), seed)


def with_assertion(predict: Predict, rule: Rule, score: float) -> Predict:
    """The model whose score is ``score`` wherever a rule holds."""
    if not 0 <= score <= 1:
        raise InputError(f"An asserted score of {score:g} is no probability.", remedy="Use 0 to 1.")

    def asserted(frame: pd.DataFrame) -> Floats:
        return np.where(rule.holds(frame), score, answers(predict, frame))

    return asserted


def with_valid_inputs(predict: Predict, reference: pd.DataFrame, features: Sequence[str], score: float) -> Predict:
    """The model that gives ``score`` (refer to a human) to rows with a missing or out-of-range input.

    An input that is missing somewhere in ``reference`` may be missing.
    """
    matrix = as_matrix(reference, features)
    low, high, may_miss = np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0), np.isnan(matrix).any(axis=0)

    def checked(frame: pd.DataFrame) -> Floats:
        cells = as_matrix(frame, features, infinite=True)
        wrong = (cells < low) | (cells > high) | (np.isnan(cells) & ~may_miss)
        return np.where(wrong.any(axis=1), score, answers(predict, frame))

    return checked


def with_imputation(predict: Predict, reference: pd.DataFrame, features: Sequence[str]) -> Predict:
    """The model fed with the median of ``reference`` wherever an input is missing, and cut to its range."""
    matrix = as_matrix(reference, features)
    low, high, middle = np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0), np.nanmedian(matrix, axis=0)

    def repaired(frame: pd.DataFrame) -> Floats:
        cells = as_matrix(frame, features, infinite=True)
        cells = np.clip(np.where(np.isnan(cells), middle, cells), low, high)
        return answers(predict, frame.assign(**{name: cells[:, at] for at, name in enumerate(features)}))

    return repaired


def with_blending(champion: Predict, benchmark: Predict, *, low: float, high: float, share: float) -> Predict:
    """The champion mixed with the benchmark where its score lies strictly between ``low`` and ``high``."""

    def mixed(frame: pd.DataFrame) -> Floats:
        return blended(probabilities(champion, frame), probabilities(benchmark, frame), low=low, high=high, share=share)

    return mixed


def with_recalibration(predict: Predict, intercept: float, slope: float) -> Predict:
    """The model whose log-odds are ``intercept`` plus ``slope`` times the old ones."""

    def recalibrated(frame: pd.DataFrame) -> Floats:
        result: Floats = special.expit(intercept + slope * special.logit(answers(predict, frame)))
        return result

    return recalibrated


def with_bands(predict: Predict, width: float) -> Predict:
    """The model that answers with the middle of a band of probability ``width`` wide, and nothing finer."""
    if not 0 < width < 0.5:
        raise InputError(f"Bands {width:g} wide hold no score.", remedy="Use, for example, 0.05.")

    def banded(frame: pd.DataFrame) -> Floats:
        return np.minimum((np.floor(answers(predict, frame) / width) + 0.5) * width, 1.0)

    return banded
