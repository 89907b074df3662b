"""How the score answers to changed inputs: over the whole range, under small noise, and for one customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from respml.debug.arrays import (
    Booleans,
    Floats,
    Predict,
    answers,
    area_or_nan,
    as_matrix,
    flags,
    probabilities,
    row_losses,
    some_rows,
)
from respml.debug.rescoring import scores_at
from respml.errors import InputError
from respml.explain.grids import grid
from respml.explain.shape import IN_RANGE
from respml.explain.tree_tables import TreeTables

ROUNDING = 1e-6


def dependence_with_residuals(
    predict: Predict,
    frame: pd.DataFrame,
    outcome: ArrayLike,
    features: Sequence[str],
    *,
    points: Mapping[str, Sequence[float]] | None = None,
    trees: TreeTables | None = None,
) -> pd.DataFrame:
    """Partial dependence of each feature with the mean log-loss of each class, over its range, beyond it, and missing.

    Purpose: see what a changed input does to the score and to both kinds of error. Mechanism: set the column to a
    value for all rows, rescore, average the scores and, by class, the log-losses; a value beyond the range at which the
    model gives some row no score (a missing value it refuses, a logarithm of a negative amount) is left out, and so are
    such rows of a value in range. Signs of high risk: missing or out-of-range values scored as low risk; jumps; a
    class's loss rising while the curve is flat. Strengths: any model. Limitations: breaks the correlation with other
    inputs.

    Parameters
    ----------
    trees: nodes of a tree ensemble, for speed, see :func:`respml.debug.rescoring.scores_at`.
    points: values a feature (nan = missing); where none are given :func:`respml.explain.grids.grid` chooses them.

    Returns columns ``feature``, ``value`` (nan = missing), ``kind`` (missing, below, range, quantile, above),
    ``estimate`` (mean probability), ``lower``, ``upper`` (95 % normal), ``residual_0``, ``residual_1``, ``support``
    (rows whose own value lies nearest; 0 beyond the range), ``n``.
    """
    event = flags(outcome, len(frame))
    as_matrix(frame, features)
    tables = {}
    for name in features:
        chosen = None if points is None or name not in points else np.asarray(points[name], dtype=np.float64)
        tables[name] = grid(frame[name]) if chosen is None else _labelled(chosen, as_matrix(frame, [name])[:, 0])
    grids = {name: table["value"].to_numpy(dtype=np.float64) for name, table in tables.items()}
    scores = scores_at(predict, frame, grids, trees)
    parts = []
    for name, table in tables.items():
        scored = ~np.isnan(scores[name])
        inside = table["kind"].isin(IN_RANGE).to_numpy() & scored.any(axis=1)
        defined = np.flatnonzero(scored.all(axis=1) | inside)
        lines = [_at_value(scores[name][at][scored[at]], event[scored[at]]) for at in defined]
        kept = table[["value", "kind"]].iloc[defined].reset_index(drop=True)
        part = pd.concat([kept, pd.DataFrame(lines)], axis=1)
        part.insert(0, "feature", name)
        observed = as_matrix(frame, [name])[:, 0]
        part["support"] = _support(observed, grids[name][defined], part["kind"].to_numpy(dtype=str))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def dependence_summary(dependence: pd.DataFrame) -> pd.DataFrame:
    """What the curves of :func:`dependence_with_residuals` say of each feature.

    Returns columns ``feature``, ``lowest``, ``highest`` (mean probability over values in range), ``missing_lowest``
    (whether a missing value scores below every value in range, by more than rounding), ``missing_below`` (by how much;
    negative where it does not), ``outside_below`` (how far a value out of range scores below every value in range),
    ``jump`` (largest change between neighbouring values in range), ``jump_from``, ``jump_to`` (the two values),
    ``jump_share`` (of the range of the curve).
    """
    lines = []
    for name, part in dependence.groupby("feature", sort=False):
        inside = part[part["kind"].isin(IN_RANGE)].sort_values("value")
        curve, values = inside["estimate"].to_numpy(), inside["value"].to_numpy()
        absent, beyond = part[part["kind"] == "missing"]["estimate"], part[part["kind"].isin(["below", "above"])]
        steps = np.abs(np.diff(curve))
        at = int(steps.argmax()) if steps.size else 0
        spread = float(curve.max() - curve.min())
        missing = float(curve.min() - absent.iloc[0]) if len(absent) else float("nan")
        lines.append(
            {
                "feature": name,
                "lowest": float(curve.min()),
                "highest": float(curve.max()),
                "missing_lowest": missing > ROUNDING,
                "missing_below": missing,
                "outside_below": float(curve.min() - beyond["estimate"].min()) if len(beyond) else float("nan"),
                "jump": float(steps[at]) if steps.size else 0.0,
                "jump_from": float(values[at]),
                "jump_to": float(values[min(at + 1, values.size - 1)]),
                "jump_share": float(steps[at]) / spread if steps.size and spread > 0 else 0.0,
            }
        )
    return pd.DataFrame(lines)


def _at_value(scores: Floats, event: Booleans) -> dict[str, float]:
    losses = row_losses(event, scores)
    n = scores.size
    reach = 1.959964 * float(scores.std(ddof=1)) / np.sqrt(n) if n > 1 else float("nan")
    return {
        "estimate": float(scores.mean()),
        "lower": float(scores.mean()) - reach,
        "upper": float(scores.mean()) + reach,
        "residual_0": float(losses[~event].mean()) if (~event).any() else float("nan"),
        "residual_1": float(losses[event].mean()) if event.any() else float("nan"),
        "n": n,
    }


def _labelled(values: Floats, observed: Floats) -> pd.DataFrame:
    finite = observed[np.isfinite(observed)]
    if finite.size == 0:
        raise InputError("The column has no finite value.", remedy="Leave it out or repair the data.")
    kind = np.select(
        [np.isnan(values), values < finite.min(), values > finite.max()], ["missing", "below", "above"], "range"
    )
    return pd.DataFrame({"value": values, "kind": kind})


def _support(observed: Floats, values: Floats, kind: np.ndarray[tuple[int], np.dtype[np.str_]]) -> Floats:
    support = np.zeros(values.size)
    inner = np.flatnonzero(~np.isin(kind, ["missing", "below", "above"]))
    finite = observed[np.isfinite(observed)]
    if inner.size and finite.size:
        order = inner[np.argsort(values[inner], kind="stable")]
        middles = (values[order][1:] + values[order][:-1]) / 2
        support[order] = np.bincount(np.searchsorted(middles, finite, side="left"), minlength=order.size)
    support[kind == "missing"] = np.count_nonzero(np.isnan(observed))
    return support


def perturbed(frame: pd.DataFrame, features: Sequence[str], *, kind: str, size: float, seed: int) -> pd.DataFrame:
    """A copy of the rows with noise on numeric columns.

    ``kind`` ``permuted``: the column's values are dealt out anew (``size`` says nothing). ``quantile``: each value's
    rank (as a share of the rows) moves uniformly within ± ``size`` and the value becomes that quantile of the column.
    ``normal``: noise with standard deviation ``size`` times the column's, cut to its range. ``whole``: the same,
    rounded in columns that hold whole numbers only, so that no count or code lies between two that exist. Missing
    values stay missing. Draws of columns are independent.
    """
    if kind not in {"permuted", "quantile", "normal", "whole"} or size < 0:
        remedy = "Use permuted, quantile, normal or whole, size 0 or more."
        raise InputError(f"Perturbation {kind!r} of size {size:g}.", remedy=remedy)
    matrix = as_matrix(frame, features)
    result = frame.copy()
    for name, column, seeds in zip(features, matrix.T, np.random.SeedSequence(seed).spawn(len(features)), strict=True):
        generator = np.random.default_rng(seeds)
        present = np.isfinite(column)
        known = column[present]
        if known.size == 0:
            continue
        if kind == "permuted":
            noisy = generator.permutation(known)
        elif kind in {"normal", "whole"}:
            noisy = np.clip(known + generator.normal(0, size * known.std(), known.size), known.min(), known.max())
            if kind == "whole" and np.array_equal(known, np.round(known)):
                noisy = np.round(noisy)
        else:
            rank = (stats.rankdata(known, method="average") - 0.5) / known.size
            moved = np.clip(rank + generator.uniform(-size, size, known.size), 0, 1)
            noisy = np.quantile(known, moved, method="inverted_cdf")
        changed = column.copy()
        changed[present] = noisy
        result[name] = changed
    return result


def robustness(
    predict: Predict,
    frame: pd.DataFrame,
    outcome: ArrayLike,
    features: Sequence[str],
    *,
    sizes: Sequence[float],
    repeats: int,
    cutoff: float,
    seed: int,
    kinds: Sequence[str] = ("quantile", "normal"),
    by_feature: bool = False,
) -> pd.DataFrame:
    """What small noise on the inputs does to scores, ranks, decisions and AUC.

    Purpose: a model that overreacts to small input changes will be unstable in use. Mechanism: :func:`perturbed`
    rows, rescored, ``repeats`` times a kind and size, on all features at once (``feature`` = all) and, if wanted, on
    one at a time; rows that the model then gives no score are left out. Signs of high risk: AUC falling fast with
    size, many changed decisions at 5 %. Strengths: any model, no retraining. Limitations: independent noise is not how
    data move; under ``normal`` whole numbers become fractions that no customer has, and a tree that cuts at the number
    itself answers to the smallest of them: compare ``whole``.

    Returns columns ``feature``, ``kind``, ``size``, ``auc_before``, ``estimate`` (AUC, mean over repeats), ``lower``,
    ``upper`` (smallest and largest repeat), ``auc_change``, ``score_change`` (mean absolute), ``score_change_95`` (95
    % point), ``rank_correlation`` (Spearman), ``flips`` (share of decisions changed at ``cutoff``), ``repeats``,
    ``n``, ``method``."""
    some_rows(frame)
    event = flags(outcome, len(frame))
    base = probabilities(predict, frame)
    before = area_or_nan(event, base)
    targets: list[tuple[str, list[str]]] = [("all", list(features))]
    if by_feature:
        targets += [(name, [name]) for name in features]
    lines = []
    for label, names in targets:
        for kind in kinds:
            for size in sizes:
                records = []
                for repeat in range(repeats):
                    key = int(np.random.SeedSequence([seed, repeat, len(names)]).generate_state(1)[0])
                    given = answers(predict, perturbed(frame, names, kind=kind, size=size, seed=key))
                    scored = ~np.isnan(given)
                    scores, own = given[scored], base[scored]
                    change = np.abs(scores - own)
                    records.append(
                        (
                            area_or_nan(event[scored], scores),
                            change.mean(),
                            np.quantile(change, 0.95),
                            _correlation(stats.rankdata(own), stats.rankdata(scores)),
                            np.mean((scores > cutoff) != (own > cutoff)),
                        )
                    )
                values = np.asarray(records, dtype=np.float64)
                lines.append(
                    {
                        "feature": label,
                        "kind": kind,
                        "size": size,
                        "auc_before": before,
                        "estimate": values[:, 0].mean(),
                        "lower": values[:, 0].min(),
                        "upper": values[:, 0].max(),
                        "auc_change": values[:, 0].mean() - before,
                        "score_change": values[:, 1].mean(),
                        "score_change_95": values[:, 2].mean(),
                        "rank_correlation": values[:, 3].mean(),
                        "flips": values[:, 4].mean(),
                        "repeats": repeats,
                        "n": len(frame),
                        "method": "smallest and largest repeat",
                    }
                )
    return pd.DataFrame(lines)


def _correlation(first: Floats, second: Floats) -> float:
    if first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def what_if(
    predict: Predict,
    frame: pd.DataFrame,
    changes: Sequence[Mapping[str, float]],
    *,
    positions: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Single customers rescored with changed values; the lowest and the highest score unless ``positions`` says
    otherwise.

    Parameters
    ----------
    changes: one mapping a scenario, column to new value (nan = missing); base and changed rows are scored by the same
    model.

    Returns columns ``position``, ``row`` (label), ``change`` (words), ``before`` (values), ``probability``,
    ``changed``, ``difference``.
    """
    some_rows(frame)
    if positions is None:
        base = probabilities(predict, frame)
        positions = [int(np.argmin(base)), int(np.argmax(base))]
    lines = []
    for position in positions:
        row = frame.iloc[[position]]
        score = float(probabilities(predict, row)[0])
        for change in changes:
            absent = [name for name in change if name not in frame.columns]
            if absent:
                raise InputError(f"The frame lacks columns: {', '.join(absent)}.", remedy="Change existing columns.")
            after = float(probabilities(predict, row.assign(**dict(change)))[0])
            lines.append(
                {
                    "position": position,
                    "row": frame.index[position],
                    "change": ", ".join(f"{name} = {_shown(value)}" for name, value in change.items()),
                    "before": ", ".join(f"{name} = {_shown(row[name].iloc[0])}" for name in change),
                    "probability": score,
                    "changed": after,
                    "difference": after - score,
                }
            )
    return pd.DataFrame(lines)


def _shown(value: float) -> str:
    return "missing" if pd.isna(value) else f"{float(value):g}"
