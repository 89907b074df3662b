"""How the model does on the kinds of rows it could be given more of: the worst cluster, the outskirts, the hard
ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special
from sklearn.cluster import KMeans

from respml.debug.arrays import (
    Booleans,
    Floats,
    area_or_nan,
    as_matrix,
    flags,
    given_probabilities,
    mean_log_loss,
    row_losses,
    some_rows,
)
from respml.debug.halves import half_mask
from respml.debug.rules import fit_rule_tree
from respml.debug.slice_measures import expected_auc
from respml.errors import InputError
from respml.measures.ranking import area_under_roc
from respml.measures.stability import characteristic_stability

SAMPLES = ("worst cluster", "outer sample", "hard sample")


def standardised(frame: pd.DataFrame, features: Sequence[str], reference: pd.DataFrame) -> Floats:
    """Columns less the median over the standard deviation of ``reference``; missing at the median, constants and
    columns without any value at zero."""
    base = as_matrix(reference, features)
    base = np.where(np.isnan(base).all(axis=0), 0.0, base)
    centre, spread = np.nanmedian(base, axis=0), np.nanstd(base, axis=0)
    values = (as_matrix(frame, features) - centre) / np.where(spread > 0, spread, np.inf)
    result: Floats = np.nan_to_num(values, nan=0.0)
    return result


def resilience_samples(
    frame: pd.DataFrame,
    outcome: ArrayLike,
    probability: ArrayLike,
    features: Sequence[str],
    *,
    share: float,
    clusters: int,
    depth: int,
    smallest_leaf: int,
    seed: int,
) -> pd.DataFrame:
    """Which rows of the judged half belong to each difficult sample; what makes it difficult comes from the other half.

    *Worst cluster*: of ``clusters`` k-means clusters on standardised inputs, of those with ``smallest_leaf`` rows or
    more, the one of largest mean excess loss on the searched half. *Outer sample*: the ``share`` of rows farthest from
    the centre (Mahalanobis distance). *Hard sample*: the ``share`` of rows with the largest loss foreseen by a tree of
    the losses of the searched half.

    Returns a boolean frame, one row a judged row (label of ``frame``), one column a sample, and ``position``.
    """
    if not 0 < share < 1 or clusters < 2:
        raise InputError(f"A share of {share:g} in {clusters} clusters.", remedy="Use a share in 0 to 1, 2 or more.")
    some_rows(frame, 4 * clusters)
    scores = given_probabilities(probability)
    event = flags(outcome, len(frame))
    search = half_mask(event, seed)
    losses = row_losses(event, scores)
    expected = -(scores * np.log(np.clip(scores, 1e-15, 1)) + (1 - scores) * np.log(np.clip(1 - scores, 1e-15, 1)))
    values = standardised(frame, features, frame[search])
    means = KMeans(clusters, n_init=3, random_state=seed).fit(values[search])
    label = means.predict(values)
    count = np.bincount(label[search], minlength=clusters)
    excess = np.bincount(label[search], weights=(losses - expected)[search], minlength=clusters)
    enough = count >= min(smallest_leaf, int(count.max()))
    worst = int(np.argmax(np.where(enough, excess / np.maximum(count, 1), -np.inf)))
    distance = mahalanobis(values, values[search])
    tree = fit_rule_tree(frame[search], losses[search], features, depth=depth, smallest_leaf=smallest_leaf, seed=seed)
    foreseen = tree.predict(frame)
    judged = np.flatnonzero(~search)
    return pd.DataFrame(
        {
            "position": judged,
            "worst cluster": label[judged] == worst,
            "outer sample": _largest(distance[judged], share),
            "hard sample": _largest(foreseen[judged], share),
        },
        index=frame.index[judged],
    )


def one_sided(z: ArrayLike) -> Floats:
    """Chance of a standard normal beyond ``z``."""
    tail: Floats = special.ndtr(-np.asarray(z, dtype=np.float64))
    return tail


def mahalanobis(values: Floats, reference: Floats) -> Floats:
    """Mahalanobis distance of each row from the mean of ``reference``; directions without variance are left out."""
    centred = reference - reference.mean(axis=0)
    size, axes = np.linalg.eigh(centred.T @ centred / max(len(reference) - 1, 1))
    kept = size > 1e-9 * max(float(size.max(initial=0.0)), 1e-300)
    projected = (values - reference.mean(axis=0)) @ axes[:, kept] / np.sqrt(size[kept])
    distance: Floats = np.sqrt((projected**2).sum(axis=1))
    return distance


def _largest(values: Floats, share: float) -> Booleans:
    chosen = np.zeros(values.size, dtype=bool)
    chosen[np.argsort(-values, kind="stable")[: max(round(share * values.size), 1)]] = True
    return chosen


def resilience(samples: pd.DataFrame, outcome: ArrayLike, probability: ArrayLike) -> pd.DataFrame:
    """The model on each difficult sample against all judged rows.

    Purpose: foresee which change of the population would hurt most. Mechanism: AUC and log-loss on the samples of
    :func:`resilience_samples`. Signs of high risk: AUC in a sample far below the AUC expected there from the model's
    own predictions. Strengths: samples come from rows not judged. Limitations: real shifts need not look like any of
    the three; a narrow sample has a lower AUC for any model, which ``expected_auc`` accounts for.

    Returns one line a sample (``all`` first): ``sample``, ``n``, ``share``, ``events``, ``auc``, ``lower``, ``upper``
    (DeLong), ``auc_change`` (from all), ``expected_auc``, ``log_loss``, ``observed``, ``predicted``.
    """
    position = samples["position"].to_numpy()
    scores = given_probabilities(probability)[position]
    event = np.asarray(outcome, dtype=np.float64)[position] == 1
    whole = area_or_nan(event, scores)
    lines = []
    for name in ("all", *SAMPLES):
        chosen = np.ones(event.size, bool) if name == "all" else samples[name].to_numpy(dtype=bool)
        area = area_under_roc(event[chosen], scores[chosen])
        n = int(chosen.sum())
        lines.append(
            {
                "sample": name,
                "n": n,
                "share": n / event.size,
                "events": int(event[chosen].sum()),
                "auc": area.value,
                "lower": area.lower,
                "upper": area.upper,
                "auc_change": area.value - whole,
                "expected_auc": float(expected_auc(scores[chosen], np.zeros(n, dtype=np.int64), 1)[0]),
                "log_loss": mean_log_loss(event[chosen], scores[chosen]),
                "observed": float(event[chosen].mean()) if n else float("nan"),
                "predicted": float(scores[chosen].mean()) if n else float("nan"),
            }
        )
    return pd.DataFrame(lines)


def resilience_drivers(
    samples: pd.DataFrame, frame: pd.DataFrame, features: Sequence[str], *, bins: int, largest: int
) -> pd.DataFrame:
    """The features that set each difficult sample apart: PSI of the sample against the other judged rows.

    Returns columns ``sample``, ``rank``, ``feature``, ``psi`` (shares floored), ``critical_value``, ``ks_statistic``,
    ``n``; the ``largest`` features of each sample.
    """
    judged = frame[list(features)].iloc[samples["position"].to_numpy()]
    parts = []
    for name in SAMPLES:
        chosen = samples[name].to_numpy(dtype=bool)
        if not chosen.any() or chosen.all():
            continue
        table = characteristic_stability(judged[~chosen], judged[chosen], bins)
        table = table.sort_values(["floored", "column"], ascending=[False, True]).head(largest).reset_index(drop=True)
        parts.append(
            pd.DataFrame(
                {
                    "sample": name,
                    "rank": np.arange(1, len(table) + 1),
                    "feature": table["column"],
                    "psi": table["floored"],
                    "critical_value": table["critical_value"],
                    "ks_statistic": table["ks_statistic"],
                    "n": int(chosen.sum()),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
