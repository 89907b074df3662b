"""How large a finding is, as a function of a model: the same yardstick before and after an action."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import Booleans, Floats, Predict, area_or_nan, flags, probabilities, row_losses
from respml.debug.attacks.adversarial import find_flips
from respml.debug.attacks.extraction import extraction_attack
from respml.debug.attacks.membership import membership_inference
from respml.debug.attacks.plausibility import Plausibility
from respml.debug.attacks.poisoning import backdoor_scan
from respml.debug.attacks.random_attack import random_attack
from respml.debug.remediation import FindingSize
from respml.debug.sensitivity import ROUNDING, robustness
from respml.measures.calibration import calibration_intercept_slope


def hole(frame: pd.DataFrame, features: Sequence[str], *, cutoff: float, beyond: float) -> FindingSize:
    """Share of declined rows that an odd value of one input opens beyond any value in range."""

    def size(predict: Predict) -> float:
        table = backdoor_scan(predict, frame, features, cutoff=cutoff, beyond=beyond)
        return float(table["excess"].max()) if len(table) else 0.0

    return size


def low_missing(frame: pd.DataFrame, features: Sequence[str], *, cutoff: float) -> FindingSize:
    """How far the mean score with one input missing lies below that of every value in range; at least zero."""

    def size(predict: Predict) -> float:
        table = backdoor_scan(predict, frame, features, cutoff=cutoff, beyond=0.0)
        absent = table[table["probe"] == "missing"]
        return max(float((absent["best_mean"] - absent["mean"]).max()), 0.0) if len(absent) else 0.0

    return size


def safest_missing(frame: pd.DataFrame, features: Sequence[str], *, cutoff: float) -> FindingSize:
    """Share of the inputs that score as low where they are missing as at the safest value in range, or lower."""

    def size(predict: Predict) -> float:
        table = backdoor_scan(predict, frame, features, cutoff=cutoff, beyond=0.0)
        absent = table[table["probe"] == "missing"]
        return float((absent["mean"] <= absent["best_mean"] + ROUNDING).sum()) / len(features)

    return size


def noise(
    frame: pd.DataFrame, outcome: ArrayLike, features: Sequence[str], *, share: float, repeats: int, seed: int
) -> FindingSize:
    """Fall of AUC under noise of ``share`` on all inputs, of the kind that costs most."""

    def size(predict: Predict) -> float:
        table = robustness(predict, frame, outcome, features, sizes=[share], repeats=repeats, cutoff=0.5, seed=seed)
        return float(-table["auc_change"].min())

    return size


def scrambled(frame: pd.DataFrame, outcome: ArrayLike, feature: str, *, repeats: int, seed: int) -> FindingSize:
    """Share of the ranking power beyond chance that is lost when one input is scrambled."""

    def size(predict: Predict) -> float:
        table = robustness(
            predict, frame, outcome, [feature], sizes=[1.0], repeats=repeats, cutoff=0.5, seed=seed, kinds=("permuted",)
        )
        return float((-table["auc_change"] / (table["auc_before"] - 0.5)).iloc[0])

    return size


def cheap_flips(
    frame: pd.DataFrame,
    positions: Sequence[int],
    features: Sequence[str],
    yardstick: Plausibility,
    *,
    cutoff: float,
    effort: float,
    plausible: float,
    candidates: int,
) -> FindingSize:
    """Share of the attacked rows still declined, or declined before, that one small plausible change gets accepted.

    A row that the changed model accepts outright counts as not flipped.
    """

    def size(predict: Predict) -> float:
        scores = probabilities(predict, frame)
        attacked = [each for each in positions if scores[each] > cutoff]
        if not attacked:
            return 0.0
        rows = find_flips(
            predict,
            frame,
            attacked,
            features,
            cutoff=cutoff,
            yardstick=yardstick,
            candidates=candidates,
            most_features=1,
            beam=2,
        ).rows
        near = (rows["neighbour_percentile"] <= plausible) & (rows["out_of_range"] == 0)
        return float((rows["flipped"] & near & (rows["effort"] <= effort)).sum()) / len(positions)

    return size


def random_gain(
    frame: pd.DataFrame,
    features: Sequence[str],
    *,
    rows: int,
    beyond: float,
    missing_share: float,
    cutoff: float,
    seed: int,
) -> FindingSize:
    """How much more random rows are accepted when some of their values are missing."""

    def size(predict: Predict) -> float:
        table = random_attack(
            predict,
            frame,
            features,
            rows=rows,
            beyond=beyond,
            missing_share=missing_share,
            cutoff=cutoff,
            seed=seed,
        ).summary.set_index("variant")["approved"]
        return float(table["with missing"] - table["plain"])

    return size


def copied(
    known: pd.DataFrame,
    judged: pd.DataFrame,
    features: Sequence[str],
    *,
    queries: int,
    drawn: int,
    cutoff: float,
    seed: int,
) -> FindingSize:
    """Fidelity (R²) to the model of the better copy fitted to its answers to ``queries`` of ``drawn`` invented rows."""

    def size(predict: Predict) -> float:
        table = extraction_attack(
            predict,
            known,
            judged,
            features,
            queries=[queries],
            drawn=drawn,
            tree_depth=6,
            cutoff=cutoff,
            seed=seed,
        )
        return float(table.loc[table["knowledge"] == "marginals", "r_squared"].max())

    return size


def remembered(
    members: pd.DataFrame,
    member_outcome: ArrayLike,
    others: pd.DataFrame,
    other_outcome: ArrayLike,
    reference: tuple[ArrayLike, ArrayLike],
) -> FindingSize:
    """AUC of the calibrated membership attack above one half; at least zero."""

    def size(predict: Predict) -> float:
        table = membership_inference(
            member_outcome,
            probabilities(predict, members),
            other_outcome,
            probabilities(predict, others),
            reference=reference,
            false_positive_rates=[0.05],
        )
        return max(float(table.loc[table["attack"] == "calibrated", "auc"].iloc[0]) - 0.5, 0.0)

    return size


def excess_loss(frame: pd.DataFrame, outcome: ArrayLike, inside: Booleans) -> FindingSize:
    """Log-loss in a segment beyond what the model itself expects there, at least zero; ``inside``: its rows."""
    part, event = frame[inside], flags(outcome, len(frame))[inside]

    def size(predict: Predict) -> float:
        scores = np.clip(probabilities(predict, part), 1e-12, 1 - 1e-12)
        expected: Floats = -(scores * np.log(scores) + (1 - scores) * np.log1p(-scores))
        return max(float((row_losses(event, scores) - expected).mean()), 0.0)

    return size


def misstatement(frame: pd.DataFrame, outcome: ArrayLike, inside: Booleans) -> FindingSize:
    """Distance of the observed default rate of a segment from the predicted one; ``inside``: its rows."""
    part, event = frame[inside], flags(outcome, len(frame))[inside]

    def size(predict: Predict) -> float:
        return abs(float(event.mean() - probabilities(predict, part).mean()))

    return size


def slope_error(frame: pd.DataFrame, outcome: ArrayLike) -> FindingSize:
    """Distance of the calibration slope from one."""

    def size(predict: Predict) -> float:
        table = calibration_intercept_slope(outcome, probabilities(predict, frame)).set_index("term")["estimate"]
        return abs(float(table["slope"]) - 1)

    return size


def level_error(frame: pd.DataFrame, outcome: ArrayLike) -> FindingSize:
    """Distance of observed over expected defaults from one."""
    event = flags(outcome, len(frame))

    def size(predict: Predict) -> float:
        return abs(float(event.sum() / probabilities(predict, frame).sum()) - 1)

    return size


def overstatement(frame: pd.DataFrame, outcome: ArrayLike, groups: Sequence[Booleans]) -> FindingSize:
    """Expected over observed defaults, less one, of the group whose risk is overstated most; at least zero.

    ``groups``: the rows of each, with defaults among them.
    """
    event = flags(outcome, len(frame))

    def size(predict: Predict) -> float:
        scores = probabilities(predict, frame)
        return max([0.0, *(float(scores[inside].sum() / event[inside].sum()) - 1 for inside in groups)])

    return size


def fall_from_train(
    train: pd.DataFrame, train_outcome: ArrayLike, test: pd.DataFrame, test_outcome: ArrayLike
) -> FindingSize:
    """Fall of AUC from train to test; at least zero."""

    def size(predict: Predict) -> float:
        fall = area_or_nan(train_outcome, probabilities(predict, train)) - area_or_nan(
            test_outcome, probabilities(predict, test)
        )
        return max(fall, 0.0)

    return size
