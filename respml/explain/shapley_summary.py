"""Global readings of Shapley values: additivity, importance with rank intervals, signs against the linear model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit
from scipy.stats import kendalltau, spearmanr

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.intervals import bootstrap_counts
from respml.explain.model import FloatArray

BIAS = "bias"
ADDITIVITY_TOLERANCE = 1e-5


def contribution_features(contribution: pd.DataFrame) -> list[str]:
    """The feature columns of a contribution frame, ``bias`` left out; :class:`InputError` when there is no bias."""
    if BIAS not in contribution.columns:
        raise InputError("A contribution frame has no column 'bias'.", remedy="Pass Shapley values with their bias.")
    return [str(name) for name in contribution.columns if name != BIAS]


def additivity(
    contribution: pd.DataFrame, probability: ArrayLike, *, tolerance: float = ADDITIVITY_TOLERANCE
) -> pd.DataFrame:
    """Whether contributions plus bias give back each row's prediction.

    Purpose: a set of Shapley values that does not add up explains another model. Mechanism: sum of contributions and
    bias against logit(p), and its logistic function against p. Signs of high risk: any row above the tolerance.
    Strengths: exact identity, every row. Limitations: says nothing about which features got the credit; a probability
    stored in float32 limits the log-odds comparison near 0 and 1, which is why both scales are shown.

    One row: ``n``, ``max_error_log_odds``, ``max_error_probability``, ``mean_error_log_odds``, ``rows_over``,
    ``tolerance``, ``holds`` (largest log-odds error within tolerance).
    """
    features = contribution_features(contribution)
    chance = np.asarray(probability, dtype=np.float64)
    if len(chance) != len(contribution):
        raise InputError(f"{len(contribution)} contributions, {len(chance)} probabilities.", remedy="Align them.")
    total = contribution[[*features, BIAS]].to_numpy(dtype=np.float64).sum(axis=1)
    error = np.abs(total - logit(chance))
    return pd.DataFrame(
        {
            "n": [len(chance)],
            "max_error_log_odds": [float(error.max(initial=0.0))],
            "max_error_probability": [float(np.abs(expit(total) - chance).max(initial=0.0))],
            "mean_error_log_odds": [float(error.mean()) if len(error) else np.nan],
            "rows_over": [int((error > tolerance).sum())],
            "tolerance": [tolerance],
            "holds": [bool((error <= tolerance).all())],
        }
    )


@dataclass(frozen=True)
class Importance(Displayed):
    """Mean absolute Shapley values of one or more models.

    Attributes
    ----------
    table: ``model``, ``feature``, ``rank``, ``estimate`` (mean |Shapley value|, log-odds), ``lower``, ``upper`` (95 %
        percentile bootstrap), ``rank_lower``, ``rank_upper`` (95 % bootstrap interval of the rank), ``share``, ``n``,
        ``method``.
    pairs: every two features of a model whose order the rows do not settle: ``model``, ``higher``, ``lower_ranked``,
        ``adjacent``, ``difference``, ``lower``, ``upper`` (95 % interval of the difference, holding 0).
    """

    table: pd.DataFrame
    pairs: pd.DataFrame

    def unresolved_words(self, model: str, *, most: int = 5) -> str:
        """The unresolved neighbours of one model in words, for a sentence; empty when every order is settled."""
        near = self.pairs[(self.pairs["model"] == model) & self.pairs["adjacent"]]
        texts = [f"{row['higher']} and {row['lower_ranked']}" for _, row in near.head(most).iterrows()]
        return "; ".join(texts) + ("; and others" if len(near) > most else "")


def importance(
    contributions: Mapping[str, pd.DataFrame], *, replicates: int = 1000, seed: int = 0, rows: int = 20_000
) -> Importance:
    """Mean absolute Shapley value of each feature, with the uncertainty of its rank.

    Purpose: which inputs drive the model overall, and whether the ranking is more than sampling noise. Mechanism: the
    mean of |contribution| over rows; the rows are drawn with replacement ``replicates`` times (above ``rows`` rows, a
    fixed sample of them, which widens the intervals), and ranks recomputed. Two features are "order not resolved" when
    the 95 % interval of the difference of their means holds zero. Signs of high risk: one feature carrying most of the
    total; features of policy weight near zero; unresolved order among features used as reasons. Strengths: additive,
    same unit for all models. Limitations: correlated features share credit; sampling of rows only, not of fitted
    models.
    """
    tables: list[pd.DataFrame] = []
    pairs: list[pd.DataFrame] = []
    for model, contribution in contributions.items():
        features = contribution_features(contribution)
        size = np.abs(contribution[features].to_numpy(dtype=np.float64))
        mean = size.mean(axis=0)
        drawn = _sampled(size, rows, seed)
        means = bootstrap_counts(len(drawn), replicates, seed) @ drawn / len(drawn)
        means += mean - drawn.mean(axis=0)
        order = np.argsort(-mean, kind="stable")
        ranks = np.argsort(np.argsort(-means, axis=1, kind="stable"), axis=1) + 1
        limits = np.quantile(means, [0.025, 0.975], axis=0)
        rank_limits = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest").astype(int)
        total = mean.sum()
        table = pd.DataFrame(
            {
                "model": model,
                "feature": features,
                "estimate": mean,
                "lower": np.maximum(limits[0], 0.0),
                "upper": limits[1],
                "rank_lower": rank_limits[0],
                "rank_upper": rank_limits[1],
                "share": mean / total if total > 0 else np.nan,
                "n": len(size),
                "method": f"percentile bootstrap, {replicates} replicates",
            }
        ).iloc[order]
        table.insert(2, "rank", np.arange(1, len(features) + 1))
        tables.append(table)
        pairs.append(_unresolved(model, features, mean, means, order))
    return Importance(pd.concat(tables, ignore_index=True), pd.concat(pairs, ignore_index=True))


def _sampled(size: FloatArray, rows: int, seed: int) -> FloatArray:
    if len(size) <= rows:
        return size
    return size[np.sort(np.random.default_rng(seed).choice(len(size), rows, replace=False))]


def _unresolved(
    model: str,
    features: list[str],
    mean: FloatArray,
    means: FloatArray,
    order: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pd.DataFrame:
    columns = ["model", "higher", "lower_ranked", "adjacent", "difference", "lower", "upper"]
    records: list[tuple[object, ...]] = []
    for place, first in enumerate(order):
        for step, second in enumerate(order[place + 1 :]):
            low, high = np.quantile(means[:, first] - means[:, second], [0.025, 0.975])
            if low <= 0 <= high:
                gap = mean[first] - mean[second]
                records.append((model, features[first], features[second], step == 0, gap, low, high))
    return pd.DataFrame(records, columns=columns).astype({"adjacent": bool})


def sign_comparison(
    correlation: pd.Series, coefficient: pd.Series, contributions: Mapping[str, pd.DataFrame], frame: pd.DataFrame
) -> pd.DataFrame:
    """Direction and size of each input by three measures: correlation, linear coefficient, Shapley values.

    Purpose: an input whose sign differs between the data, the linear benchmark and the complex model needs a reason.
    Mechanism: |correlation with the target|, |standardised coefficient|, mean |Shapley value|; the Shapley direction is
    the sign of the rank correlation between a feature's values and its contributions. Signs of high risk: signs that
    disagree on a feature of high rank. Strengths: one line a feature. Limitations: a sign summarises a curve that may
    turn; |rank correlation| under 0.1 is reported as no direction (0); correlated inputs flip linear signs.

    Parameters
    ----------
    correlation, coefficient: indexed by feature; the coefficient standardised, absent features mean "not in the model".
    contributions: model -> frame of Shapley values with ``bias``, rows aligned with ``frame``.

    Columns: ``feature``, ``correlation``, ``coefficient``, and per model ``mean_abs_<model>``, ``direction_<model>``
    (-1, 0, 1; nan when not a feature), then ``signs_agree``, ``disagreement`` (in words).
    """
    table = pd.DataFrame({"feature": [str(name) for name in correlation.index]})
    table["correlation"] = correlation.to_numpy(dtype=np.float64)
    table["coefficient"] = coefficient.reindex(correlation.index).to_numpy(dtype=np.float64)
    for model, contribution in contributions.items():
        means, directions = zip(*[_direction(contribution, frame, name) for name in table["feature"]], strict=True)
        table[f"mean_abs_{model}"] = means
        table[f"direction_{model}"] = directions
    words = [_disagreement(row, list(contributions)) for _, row in table.iterrows()]
    table["signs_agree"] = [not word for word in words]
    table["disagreement"] = words
    return table.sort_values("correlation", key=np.abs, ascending=False, kind="stable").reset_index(drop=True)


def _direction(contribution: pd.DataFrame, frame: pd.DataFrame, feature: str) -> tuple[float, float]:
    if feature not in contribution.columns:
        return (np.nan, np.nan)
    part = contribution[feature].to_numpy(dtype=np.float64)
    values = frame[feature].to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    mean = float(np.abs(part).mean())
    if known.sum() < 3 or np.ptp(part[known]) < 1e-12 or np.ptp(values[known]) == 0:
        return (mean, 0.0)
    strength = float(spearmanr(values[known], part[known]).statistic)
    return (mean, float(np.sign(strength)) if abs(strength) >= 0.1 else 0.0)


def _disagreement(row: pd.Series, models: list[str]) -> str:
    signs = {"correlation": np.sign(row["correlation"]), "coefficient": np.sign(row["coefficient"])}
    signs |= {model: row[f"direction_{model}"] for model in models}
    rising = [name for name, sign in signs.items() if sign > 0]
    falling = [name for name, sign in signs.items() if sign < 0]
    return f"rises: {', '.join(rising)}; falls: {', '.join(falling)}" if rising and falling else ""


def rank_agreement(comparison: pd.DataFrame) -> pd.DataFrame:
    """Rank correlation between |correlation|, |coefficient| and each model's mean |Shapley value|.

    Takes the frame of :func:`sign_comparison`; features absent from either measure are left out of that pair. Columns:
    ``first``, ``second``, ``spearman``, ``kendall``, ``n`` (features); nan under three features.
    """
    measures = {"correlation": "correlation", "coefficient": "coefficient"}
    measures |= {name.removeprefix("mean_abs_"): name for name in comparison.columns if name.startswith("mean_abs_")}
    names = list(measures)
    records: list[tuple[object, ...]] = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            pair = comparison[[measures[first], measures[second]]].abs().dropna()
            left, right = pair.iloc[:, 0], pair.iloc[:, 1]
            enough = len(pair) >= 3
            rho = float(spearmanr(left, right).statistic) if enough else np.nan
            tau = float(kendalltau(left, right).statistic) if enough else np.nan
            records.append((first, second, rho, tau, len(pair)))
    return pd.DataFrame(records, columns=["first", "second", "spearman", "kendall", "n"])
