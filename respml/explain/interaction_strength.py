"""Two-way partial dependence, and how much of it is interaction: Friedman's H statistic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.explain.grids import grid
from respml.explain.model import FloatArray, Model, feature_matrix

TILE_ROWS = 400_000


def two_way_partial_dependence(
    model: Model,
    frame: pd.DataFrame,
    first: str,
    second: str,
    *,
    points: int = 12,
    rows: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """Mean prediction over a grid of two features.

    Purpose: show what two inputs do together. Mechanism: both columns are set to each pair of grid values for a sample
    of ``rows`` rows, and the predictions averaged; ``interaction`` is the mean minus both one-way effects plus the
    overall mean, zero everywhere when the two act additively on the probability. Signs of high risk: a corner much
    riskier or safer than the sum of both effects; cells where no customer is (``n`` = 0) carrying the pattern.
    Strengths: readable. Limitations: a sample; extrapolates to empty cells, which ``n`` marks.

    Columns: ``model``, ``first``, ``second``, ``first_value``, ``second_value``, ``estimate``, ``interaction``, ``n``
    (rows of the frame nearest to the cell), ``rows`` (sample size).
    """
    sample = sample_rows(frame, rows, seed)
    values = [_points(frame[name], points) for name in (first, second)]
    surface = _surface(model, sample, (first, second), values[0], values[1])
    mean = surface - surface.mean(axis=1, keepdims=True) - surface.mean(axis=0, keepdims=True) + surface.mean()
    columns = [frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in (first, second)]
    nearest = [_nearest(column, each) for column, each in zip(columns, values, strict=True)]
    known = (nearest[0] >= 0) & (nearest[1] >= 0)
    counts = np.zeros(surface.shape, dtype=np.int64)
    np.add.at(counts, (nearest[0][known], nearest[1][known]), 1)
    return pd.DataFrame(
        {
            "model": model.name,
            "first": first,
            "second": second,
            "first_value": np.repeat(values[0], len(values[1])),
            "second_value": np.tile(values[1], len(values[0])),
            "estimate": surface.reshape(-1),
            "interaction": mean.reshape(-1),
            "n": counts.reshape(-1),
            "rows": len(sample),
        }
    )


def h_statistic(
    model: Model,
    frame: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    *,
    rows: int = 100,
    seeds: Sequence[int] = (1, 2, 3, 4, 5),
) -> pd.DataFrame:
    """Share of the joint effect's variation that two features do not produce additively (Friedman and Popescu 2008).

    Purpose: size of an interaction without drawing it. Mechanism: on a sample of rows, H^2 = sum (PD_jk - PD_j -
    PD_k)^2 / sum PD_jk^2, centred partial dependences at the sampled values; repeated under several samples, whose
    mean, minimum and maximum are returned. Signs of high risk: H^2 well above 0 for a pair nobody expected; above that
    of the same pair in the benchmark. Strengths: scale-free, any model. Limitations: large for two weak features,
    whose joint effect is small (read with ``joint_sd``); a sample; rests on partial dependence and its extrapolation.

    Columns: ``model``, ``first``, ``second``, ``estimate`` (mean H^2), ``lower``, ``upper`` (minimum and maximum over
    the samples), ``joint_sd`` (standard deviation of the joint effect, probability), ``n`` (rows a sample),
    ``method``. ``nan`` where the joint effect is constant.
    """
    records: list[dict[str, object]] = []
    for first, second in pairs:
        if first == second:
            raise InputError(f"The pair names {first!r} twice.", remedy="Pass two different features.")
        strange = [name for name in (first, second) if name not in model.features]
        if strange:
            raise InputError(f"{', '.join(strange)} is no input of {model.name!r}.", remedy="Pass pairs of its inputs.")
        samples = [sample_rows(frame, rows, each) for each in seeds]
        values, spreads = zip(*[_h_squared(model, each, first, second) for each in samples], strict=True)
        records.append(
            {
                "model": model.name,
                "first": first,
                "second": second,
                "estimate": float(np.mean(values)),
                "lower": float(np.min(values)),
                "upper": float(np.max(values)),
                "joint_sd": float(np.mean(spreads)),
                "n": min(rows, len(frame)),
                "method": f"minimum and maximum of {len(seeds)} samples",
            }
        )
    return pd.DataFrame(records)


def sample_rows(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """At most ``rows`` rows drawn without replacement, kept in file order."""
    if len(frame) == 0 or rows < 1:
        raise InputError("A sample needs at least one row.", remedy="Pass a partition with rows.")
    if len(frame) <= rows:
        return frame
    return frame.iloc[np.sort(np.random.default_rng(seed).choice(len(frame), rows, replace=False))]


def _h_squared(model: Model, sample: pd.DataFrame, first: str, second: str) -> tuple[float, float]:
    columns = [sample[name].to_numpy(dtype=np.float64) for name in (first, second)]
    unique = [np.unique(column) for column in columns]
    place = [np.searchsorted(each, column) for each, column in zip(unique, columns, strict=True)]
    surface = _surface(model, sample, (first, second), unique[0], unique[1])
    joint = surface[place[0], place[1]]
    one_way = [_one_way(model, sample, name, each) for name, each in zip((first, second), unique, strict=True)]
    alone = [effect[index] for effect, index in zip(one_way, place, strict=True)]
    joint = joint - joint.mean()
    alone = [each - each.mean() for each in alone]
    total = float((joint**2).sum())
    if total < 1e-20:
        return (float("nan"), 0.0)
    return (float(((joint - alone[0] - alone[1]) ** 2).sum() / total), float(np.sqrt(total / len(joint))))


def _one_way(model: Model, sample: pd.DataFrame, feature: str, values: FloatArray) -> FloatArray:
    matrix = feature_matrix(sample, model.features)
    tiled = np.tile(matrix, (len(values), 1))
    tiled[:, model.features.index(feature)] = np.repeat(values, len(matrix))
    probability = model.probability(pd.DataFrame(tiled, columns=list(model.features)))
    return _mean_of_scored(probability.reshape(len(values), len(matrix)))


def _surface(
    model: Model, sample: pd.DataFrame, names: tuple[str, str], first: FloatArray, second: FloatArray
) -> FloatArray:
    matrix = feature_matrix(sample, model.features)
    places = [model.features.index(name) for name in names]
    pairs = np.stack([np.repeat(first, len(second)), np.tile(second, len(first))], axis=1)
    block = max(TILE_ROWS // len(matrix), 1)
    means: list[FloatArray] = []
    for start in range(0, len(pairs), block):
        part = pairs[start : start + block]
        tiled = np.tile(matrix, (len(part), 1))
        tiled[:, places[0]] = np.repeat(part[:, 0], len(matrix))
        tiled[:, places[1]] = np.repeat(part[:, 1], len(matrix))
        probability = model.probability(pd.DataFrame(tiled, columns=list(model.features)))
        means.append(_mean_of_scored(probability.reshape(len(part), len(matrix))))
    return np.concatenate(means).reshape(len(first), len(second))


def _mean_of_scored(probability: FloatArray) -> FloatArray:
    """Mean of each line over the rows that the model gives a score; over none it is the mean of all lines."""
    scored = ~np.isnan(probability)
    count = scored.sum(axis=1)
    total = np.where(scored, probability, 0.0).sum(axis=1)
    middle = total.sum() / max(count.sum(), 1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), middle))


def _points(values: pd.Series, points: int) -> FloatArray:
    """Distinct values where there are few, else quantiles with both ends: cells hold customers."""
    table = grid(values, beyond=0, missing=False)
    inside = table.loc[table["kind"] == "range", "value"].to_numpy(dtype=np.float64)
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if len(np.unique(numbers[~np.isnan(numbers)])) <= points:
        return np.asarray(inside)
    cuts = np.quantile(numbers[~np.isnan(numbers)], np.linspace(0, 1, points), method="inverted_cdf")
    return np.unique(cuts)


def _nearest(column: FloatArray, values: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    middle = (values[1:] + values[:-1]) / 2
    return np.where(np.isnan(column), -1, np.searchsorted(middle, column)).astype(np.int64)
