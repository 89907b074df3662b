"""Local linear surrogates: a penalised linear fit around one customer, refused where it does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import ElasticNet, Ridge

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.model import FloatArray, Model, feature_matrix
from respml.explain.shapley_frames import row_position

LEAST_R2 = 0.7
LINEAR_KERNEL = "largest distance minus distance"
EXPONENTIAL_KERNEL = "exponential"


@dataclass(frozen=True)
class LocalSurrogate(Displayed):
    """A local linear explanation, or the reason why there is none.

    Attributes
    ----------
    contributions: ``rank``, ``feature``, ``value``, ``coefficient``, ``contribution`` (coefficient times value, or the
        coefficient of the customer's level), ``scaled`` (contributions times a scaler, summing to the surrogate's
        prediction less its intercept); empty when refused.
    status: ``explained`` or ``refused``. reason: why it was refused, empty otherwise.
    r2: weighted R2 on the sample. intercept: of the surrogate.
    prediction, model_prediction: surrogate's and model's probability of the explained row.
    n: rows of the sample. sample: how it was made. kernel: weights used.
    ranked: ``rank``, ``model``, ``surrogate`` (predictions of the sample in the order of the model's), ``weight``.
    """

    contributions: pd.DataFrame
    status: str
    reason: str
    r2: float
    intercept: float
    prediction: float
    model_prediction: float
    n: int
    sample: str
    kernel: str
    ranked: pd.DataFrame


@dataclass(frozen=True)
class Design:
    """Columns of the linear fit: standardised numbers, then one 0/1 column a level."""

    names: tuple[str, ...]
    levels: tuple[float, ...]
    centre: FloatArray
    spread: FloatArray

    def matrix(self, values: FloatArray, features: Sequence[str]) -> FloatArray:
        """The design columns of rows given as (rows, features); a missing number counts as the mean."""
        columns: list[FloatArray] = []
        for name, level, centre, spread in zip(self.names, self.levels, self.centre, self.spread, strict=True):
            column = values[:, list(features).index(name)]
            if np.isnan(level):
                columns.append(np.where(np.isnan(column), 0.0, (column - centre) / spread))
            else:
                columns.append((column == level).astype(np.float64))
        return np.stack(columns, axis=1)


def lime(
    model: Model,
    frame: pd.DataFrame,
    row: object,
    *,
    categorical: Sequence[str] = (),
    n: int = 1000,
    seed: int = 0,
    kernel: str = LINEAR_KERNEL,
    penalty: str = "ridge",
    strength: float = 1e-3,
    least_r2: float = LEAST_R2,
) -> LocalSurrogate:
    """Explain one customer by a linear model fitted to perturbed copies of that customer.

    Purpose: a third local explanation that needs only predictions. Mechanism (Ribeiro and others 2016): ``n`` copies;
    categorical inputs uniform over the levels seen, numbers normal about the customer's value with the column's
    standard deviation, draws outside the column's range put back to the customer's value; all draws independent, from
    one generator. Weights fall with the Euclidean distance *to the explained row* on standardised and one-hot columns;
    a penalised linear model is fitted to the model's probabilities. Signs of high risk: R2 under the threshold
    (refused: no contributions are returned), contributions that contradict Shapley values. Strengths: any model; R2
    says when not to trust it. Limitations: perturbed rows may be impossible; kernel and width are choices;
    contributions are relative to a zero input, unlike Shapley values.

    Parameters
    ----------
    frame: rows the standard deviations, ranges and levels come from; holds the explained row.
    row: index label of the explained customer.
    kernel: :data:`LINEAR_KERNEL` (published) or :data:`EXPONENTIAL_KERNEL` (width 0.75 * square root of columns).
    penalty: ``ridge`` or ``elastic net`` (half and half); ``strength`` is its weight on standardised columns.
    """
    values = feature_matrix(frame, model.features)
    base = values[row_position(frame, row)]
    if len(np.unique(values, axis=0)) < 2:
        raise InputError(
            "The frame holds no two different rows to take spreads from.", remedy="Pass the scored partition."
        )
    if n < 2 * len(model.features):
        raise InputError(f"{n} perturbed rows for {len(model.features)} inputs.", remedy="Use at least twice as many.")
    generator = np.random.default_rng(seed)
    sample = _perturbed(values, base, model.features, categorical, n, generator)
    design = _design(values, model.features, categorical)
    points = design.matrix(sample, model.features)
    distance = np.sqrt(((points - design.matrix(base[None, :], model.features)) ** 2).sum(axis=1))
    weight = kernel_weights(distance, kernel, points.shape[1])
    text = f"{n} perturbed copies of the explained row"
    return _fit(model, base, sample, design, weight, penalty, strength, least_r2, text, kernel)


def lime_practical(
    model: Model,
    frame: pd.DataFrame,
    row: object,
    subgroup: NDArray[np.bool_],
    rule: str,
    *,
    categorical: Sequence[str] = (),
    penalty: str = "ridge",
    strength: float = 1e-3,
    least_r2: float = LEAST_R2,
) -> LocalSurrogate:
    """The same on a real subgroup instead of perturbed copies: unweighted fit to the model's predictions of its rows.

    ``subgroup`` marks the rows of ``frame``; ``rule`` says in words what they share ("women in the test partition").
    Nothing is extrapolated, but the fit is only as local as the subgroup.
    """
    values = feature_matrix(frame, model.features)
    mask = np.asarray(subgroup, dtype=bool)
    if mask.sum() < 2 * len(model.features):
        raise InputError(f"The subgroup has {int(mask.sum())} rows.", remedy="Use at least two rows an input.")
    base = values[row_position(frame, row)]
    design = _design(values[mask], model.features, categorical)
    weight = np.ones(int(mask.sum()))
    return _fit(model, base, values[mask], design, weight, penalty, strength, least_r2, rule, "none, all rows equal")


def kernel_weights(distance: FloatArray, kernel: str, columns: int) -> FloatArray:
    """Weights that fall with distance; 0 at the farthest row (linear) or never quite 0 (exponential)."""
    if kernel == LINEAR_KERNEL:
        return np.asarray(distance.max() - distance)
    if kernel == EXPONENTIAL_KERNEL:
        return np.asarray(np.exp(-(distance**2) / (0.75**2 * columns)))
    raise InputError(f"Unknown kernel {kernel!r}.", remedy=f"Use {LINEAR_KERNEL!r} or {EXPONENTIAL_KERNEL!r}.")


def _perturbed(
    values: FloatArray,
    base: FloatArray,
    features: Sequence[str],
    categorical: Sequence[str],
    n: int,
    generator: np.random.Generator,
) -> FloatArray:
    sample = np.repeat(base[None, :], n, axis=0)
    for place, name in enumerate(features):
        column = values[:, place]
        known = column[~np.isnan(column)]
        if name in categorical:
            sample[:, place] = generator.choice(np.unique(known), n)
        elif not np.isnan(base[place]):
            drawn = generator.normal(base[place], known.std(ddof=1), n)
            outside = (drawn < known.min()) | (drawn > known.max())
            sample[:, place] = np.where(outside, base[place], drawn)
    return sample


def _design(values: FloatArray, features: Sequence[str], categorical: Sequence[str]) -> Design:
    unknown = [name for name in categorical if name not in features]
    if unknown:
        raise InputError(f"Categorical columns are not inputs: {', '.join(unknown)}.", remedy="Name model inputs.")
    names: list[str] = []
    levels: list[float] = []
    centre: list[float] = []
    spread: list[float] = []
    for place, name in enumerate(features):
        known = values[~np.isnan(values[:, place]), place]
        own = np.unique(known).tolist() if name in categorical else [float("nan")]
        names += [name] * len(own)
        levels += own
        centre += [float(known.mean()) if len(known) else 0.0] * len(own)
        spread += [float(known.std()) or 1.0 if len(known) else 1.0] * len(own)
    return Design(tuple(names), tuple(levels), np.array(centre), np.array(spread))


def _fit(
    model: Model,
    base: FloatArray,
    sample: FloatArray,
    design: Design,
    weight: FloatArray,
    penalty: str,
    strength: float,
    least_r2: float,
    text: str,
    kernel: str,
) -> LocalSurrogate:
    features = model.features
    points = design.matrix(sample, features)
    target = model.probability(pd.DataFrame(sample, columns=list(features)))
    scored = ~np.isnan(target)
    if scored.sum() < 2:
        raise InputError("The model gives the sample no scores.", remedy="Pass rows that it scores.")
    points, target, weight = points[scored], target[scored], weight[scored]
    if penalty == "ridge":
        linear = Ridge(alpha=strength * float(weight.sum()))
    elif penalty == "elastic net":
        linear = ElasticNet(alpha=strength, l1_ratio=0.5, max_iter=10_000)
    else:
        raise InputError(f"Unknown penalty {penalty!r}.", remedy="Use 'ridge' or 'elastic net'.")
    linear.fit(points, target, sample_weight=weight)
    fitted = np.asarray(linear.predict(points), dtype=np.float64)
    mean = np.average(target, weights=weight)
    total = float((weight * (target - mean) ** 2).sum())
    r2 = 1 - float((weight * (target - fitted) ** 2).sum()) / total if total > 1e-18 else float("nan")
    number = np.isnan(np.array(design.levels))
    slope = np.where(number, linear.coef_ / design.spread, linear.coef_)
    intercept = float(linear.intercept_ - (linear.coef_ * design.centre / design.spread)[number].sum())
    own = pd.DataFrame(base[None, :], columns=list(features))
    prediction = float(linear.predict(design.matrix(base[None, :], features))[0])
    if np.isnan(r2):
        reason = "the model's predictions do not vary over the sample"
    else:
        reason = "" if r2 >= least_r2 else f"weighted R2 {r2:.3f} is below the threshold {least_r2:.3f}"
    table = _contributions(features, base, design, slope, intercept, prediction)
    order = np.argsort(target, kind="stable")
    ranked = pd.DataFrame(
        {
            "rank": np.arange(1, len(target) + 1),
            "model": target[order],
            "surrogate": fitted[order],
            "weight": weight[order],
        }
    )
    return LocalSurrogate(
        contributions=table.iloc[:0] if reason else table,
        status="refused" if reason else "explained",
        reason=reason,
        r2=r2,
        intercept=intercept,
        prediction=prediction,
        model_prediction=float(model.probability(own)[0]),
        n=len(target),
        sample=text,
        kernel=kernel,
        ranked=ranked,
    )


def _contributions(
    features: Sequence[str],
    base: FloatArray,
    design: Design,
    slope: FloatArray,
    intercept: float,
    prediction: float,
) -> pd.DataFrame:
    records: list[dict[str, object]] = []
    for name, level, centre, each in zip(design.names, design.levels, design.centre, slope, strict=True):
        value = float(base[list(features).index(name)])
        if np.isnan(level):
            used = centre if np.isnan(value) else value
            records.append({"feature": name, "value": value, "coefficient": each, "contribution": each * used})
        elif level == value:
            records.append({"feature": name, "value": value, "coefficient": each, "contribution": each})
    columns = ["feature", "value", "coefficient", "contribution"]
    table = pd.DataFrame(records, columns=columns).sort_values(
        "contribution", key=np.abs, ascending=False, kind="stable", ignore_index=True
    )
    total = float(table["contribution"].sum())
    table["scaled"] = table["contribution"] * ((prediction - intercept) / total if abs(total) > 1e-12 else np.nan)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table
