"""Partial dependence and individual conditional expectation, all features and candidates in one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.grids import grid
from respml.explain.intervals import NORMAL_95
from respml.explain.model import FloatArray, Model, as_models, feature_matrix
from respml.explain.percentiles import percentile_customers
from respml.explain.response import response_method, responses
from respml.explain.shape import IN_RANGE

TINY = 1e-15


@dataclass(frozen=True)
class PartialDependence(Displayed):
    """Curves of all models and features.

    Attributes
    ----------
    curves: ``model``, ``feature``, ``value`` (nan = missing), ``kind``, ``estimate`` (mean probability), ``lower``,
        ``upper`` (95 % normal limits of the mean over rows), ``n``, ``residual_0``, ``residual_1`` (mean log loss of
        the rescored non-defaults and defaults; nan without outcome, and where some row has no score).
    individual: ``model``, ``feature``, ``percentile``, ``identifier``, ``position``, ``value``, ``kind``, ``estimate``.
    customers: the percentile customers with column ``model`` in front.
    methods: ``model``, ``method`` (through the trees or through predict), ``rows``, ``scorings``, ``missing``
        (``scored`` or, with the inputs whose curves go without a missing value, ``refused by the model``).
    """

    curves: pd.DataFrame
    individual: pd.DataFrame
    customers: pd.DataFrame
    methods: pd.DataFrame


def partial_dependence(
    models: Model | Sequence[Model],
    frame: pd.DataFrame,
    *,
    features: Sequence[str] | None = None,
    grids: Mapping[str, pd.DataFrame] | None = None,
    customers: Mapping[str, pd.DataFrame] | None = None,
    identifier: Sequence[object] | pd.Series | None = None,
    outcome: ArrayLike | None = None,
) -> PartialDependence:
    """Mean prediction and eleven customers' predictions as each feature is set to each value of its grid.

    Purpose: the direction, size and shape of each input's effect, on average and for single customers, with the
    behaviour on missing and out-of-range values. Mechanism: set the column to one value for all rows, predict, average
    (partial dependence, Friedman 2001); the same for single rows is individual conditional expectation (Goldstein and
    others 2015). Tree ensembles are evaluated in one pass over their trees for all values of a feature; other models
    through ``predict``. Signs of high risk: curves against the constrained or expected direction; jumps; individual
    curves that cross or run against the mean (an interaction the mean hides); missing values or values beyond the data
    with low risk; mean log loss of one class rising where the curve is flat. Strengths: model-agnostic, exact for
    the rows given. Limitations: breaks the correlation with the other inputs (see accumulated local effects), so parts
    of a curve may rest on combinations no customer has; the support histogram belongs beside it.

    Parameters
    ----------
    models: one or several; a feature that a model does not use is left out for that model. Where a model refuses a
        missing value of a feature, its curve goes without, as it does without values beyond the range at which some
        row has no score; a mean in range is one over the rows that have a score (``n``).
    frame: rows to average over, with all inputs.
    features: features to evaluate; all features of all models when not given.
    grids: feature -> frame with ``value`` and ``kind``; :func:`respml.explain.grids.grid` of the frame otherwise.
    customers: model -> frame of :func:`percentile_customers`; computed on ``frame`` when not given.
    identifier: customer identifiers aligned with ``frame``; its index when not given.
    outcome: 0/1 aligned with ``frame``, for the residual columns.
    """
    several = as_models(models)
    if not several or len(frame) == 0:
        raise InputError("Partial dependence needs at least one model and one row.", remedy="Pass a partition.")
    known = sorted({name for each in several for name in each.features})
    wanted = list(features) if features is not None else known
    feature_matrix(frame, [*known, *(name for name in wanted if name not in known)])
    given = grids or {}
    tables = {name: given[name] if name in given else grid(frame[name]) for name in wanted}
    target = None if outcome is None else np.asarray(outcome, dtype=np.float64)
    if target is not None and len(target) != len(frame):
        raise InputError(f"{len(target)} outcomes for {len(frame)} rows.", remedy="Pass aligned arrays.")
    names = pd.Series(frame.index if identifier is None else identifier)
    curves: list[pd.DataFrame] = []
    individual: list[pd.DataFrame] = []
    chosen: list[pd.DataFrame] = []
    methods: list[dict[str, object]] = []
    for model in several:
        eleven = (customers or {}).get(model.name)
        if eleven is None and len(frame) >= 11:
            eleven = percentile_customers(model.probability(frame), names)
        used = {name: table for name, table in tables.items() if name in model.features}
        refused = [
            name
            for name, table in used.items()
            if model.trees is None and table["value"].isna().any() and not model.takes_missing(frame, name)
        ]
        for name in refused:
            used[name] = used[name].dropna(subset=["value"]).reset_index(drop=True)
        part, lines = _of_model(model, frame, used, eleven, target)
        curves.append(part)
        individual.append(lines)
        if eleven is not None:
            chosen.append(eleven.assign(model=model.name)[["model", *eleven.columns]])
        values = {name: table["value"].to_numpy(dtype=np.float64) for name, table in used.items()}
        method = response_method(model, frame, values)
        scorings = len(frame) * sum(len(each) for each in values.values())
        methods.append({"model": model.name, "method": method, "rows": len(frame), "scorings": scorings})
        methods[-1]["missing"] = "refused by the model" if refused else "scored"
    return PartialDependence(
        pd.concat(curves, ignore_index=True),
        pd.concat(individual, ignore_index=True),
        pd.concat(chosen, ignore_index=True) if chosen else pd.DataFrame(),
        pd.DataFrame(methods),
    )


def _of_model(
    model: Model,
    frame: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    eleven: pd.DataFrame | None,
    target: FloatArray | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    positions = np.zeros(0, np.int64) if eleven is None else eleven["position"].to_numpy(dtype=np.int64)
    sums = {name: np.zeros((4, len(table))) for name, table in tables.items()}
    unscored = {name: np.zeros(len(table), dtype=np.int64) for name, table in tables.items()}
    lines = {name: np.full((len(positions), len(table)), np.nan) for name, table in tables.items()}
    values = {name: table["value"].to_numpy(dtype=np.float64) for name, table in tables.items()}
    for block in responses(model, frame, values):
        absent = np.isnan(block.probability)
        unscored[block.feature] += absent.sum(axis=1)[block.cell]
        probability = np.where(absent, 0.0, block.probability)
        part = [probability.sum(axis=1), np.einsum("ij,ij->i", probability, probability)]
        if target is not None:
            one = target[block.rows]
            part.append(-np.log(np.maximum(1 - probability, TINY)) @ (1 - one))
            part.append(-np.log(np.maximum(probability, TINY)) @ one)
        sums[block.feature][: len(part)] += np.stack(part)[:, block.cell]
        inside = np.flatnonzero((positions >= block.rows.start) & (positions < block.rows.stop))
        lines[block.feature][inside] = block.probability[:, positions[inside] - block.rows.start].T[:, block.cell]
    curves, individual = [], []
    for name, table in tables.items():
        partly = table["kind"].isin(IN_RANGE).to_numpy() & (unscored[name] < len(frame))
        defined = (unscored[name] == 0) | partly
        kept = table[defined].reset_index(drop=True)
        n = len(frame) - unscored[name][defined]
        curves.append(_curve(model.name, name, kept, sums[name][:, defined], n, target))
        individual.append(_lines(model.name, name, kept, lines[name][:, defined], eleven))
    return pd.concat(curves, ignore_index=True), pd.concat(individual, ignore_index=True)


def _curve(
    model: str, feature: str, table: pd.DataFrame, sums: FloatArray, n: NDArray[np.int64], target: FloatArray | None
) -> pd.DataFrame:
    mean = sums[0] / n
    variance = np.maximum(sums[1] / n - mean**2, 0.0)
    half = NORMAL_95 * np.sqrt(variance / np.maximum(n - 1, 1))
    events = float(target.sum()) if target is not None else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        residual_0 = sums[2] / (n - events) if target is not None else np.full(len(mean), np.nan)
        residual_1 = sums[3] / events if target is not None else np.full(len(mean), np.nan)
    if target is not None:
        some = n < len(target)  # the classes of the rows without a score were not counted
        residual_0, residual_1 = np.where(some, np.nan, residual_0), np.where(some, np.nan, residual_1)
    return pd.DataFrame(
        {
            "model": model,
            "feature": feature,
            "value": table["value"].to_numpy(),
            "kind": table["kind"].to_numpy(),
            "estimate": mean,
            "lower": np.maximum(mean - half, 0.0),
            "upper": np.minimum(mean + half, 1.0),
            "n": n,
            "residual_0": residual_0,
            "residual_1": residual_1,
        }
    )


def _lines(
    model: str, feature: str, table: pd.DataFrame, lines: FloatArray, eleven: pd.DataFrame | None
) -> pd.DataFrame:
    if eleven is None:
        return pd.DataFrame()
    cells = len(table)
    repeated = eleven.loc[eleven.index.repeat(cells), ["percentile", "identifier", "position"]]
    return pd.DataFrame(
        {
            "model": model,
            "feature": feature,
            "percentile": repeated["percentile"].to_numpy(),
            "identifier": repeated["identifier"].to_numpy(),
            "position": repeated["position"].to_numpy(),
            "value": np.tile(table["value"].to_numpy(), len(eleven)),
            "kind": np.tile(table["kind"].to_numpy(), len(eleven)),
            "estimate": lines.reshape(-1),
        }
    )
