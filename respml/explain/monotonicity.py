"""Exact proof of monotonicity for tree ensembles: the trees are walked, no grid is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.model import FloatArray, Model
from respml.explain.monotone_search import Boxes, search_decrease, tree_of_node, tree_pieces
from respml.explain.tree_response import tree_response
from respml.explain.tree_tables import TreeTables, margin_of_matrix

TOLERANCE = 1e-9
NOISE = 1e-5
OBSERVED_ROWS = 2000


@dataclass(frozen=True)
class MonotonicityProof(Displayed):
    """What was proved of each constrained feature.

    Attributes
    ----------
    summary: ``feature``, ``direction`` (+1 risk may only rise), ``status`` (proved, violated, unresolved), ``method``,
        ``trees`` and ``splits`` that use the feature, ``thresholds`` (distinct), ``searched`` (thresholds that needed a
        search), ``change`` (log-odds change of the counter-example, negative = against the direction), ``low_value``,
        ``high_value``, ``low_probability``, ``high_probability`` (of the counter-example, from ``predict``),
        ``verified`` (``predict`` itself moves against the direction).
    counter_examples: ``feature``, ``side`` (low, high), one column an input, ``probability``: two rows a violation that
        differ in the feature alone.
    missing: ``feature``, ``direction``, ``splits``, ``to_lower_risk``, ``to_higher_risk`` (splits sending missing
    there),
        ``treated_as`` (lowest risk, highest risk, mixed, unused): proved for every row, not sampled.
    """

    summary: pd.DataFrame
    counter_examples: pd.DataFrame
    missing: pd.DataFrame

    @property
    def holds(self) -> bool:
        """Whether every feature is proved."""
        return bool((self.summary["status"] == "proved").all())


def prove_monotonicity(
    model: Model,
    directions: Mapping[str, int] | None = None,
    *,
    rows: pd.DataFrame | None = None,
    budget: int = 20_000,
) -> MonotonicityProof:
    """Prove, for all values of all other inputs, that a tree ensemble never moves against a feature's direction.

    Purpose: a monotone constraint is a promise to customers and examiners ("a higher limit never raises your risk");
    a grid can only fail to find a breach. Mechanism, in order, per feature: (1) *split ranges*: at each split on the
    feature, no leaf on the riskier side is below a leaf on the safer side; then every tree, hence the sum, is monotone
    for any input. (2) Where a split fails that, *observed rows* (if given) are scored at every threshold; the
    largest move against the direction between any two values is a counter-example. (3) Else, for each threshold of
    a failing split, the exact minimum of the change of all trees that split there, over all combinations of the
    other inputs including missing, by *branch and bound*; a negative minimum yields a constructed row. Counter-
    examples are run through ``predict``. Signs of high risk: violated for a feature declared constrained; missing
    values treated as lowest risk. Strengths: exact, no sampling; trees of any depth for step 1.
    Limitations: step 3 may exhaust its budget (status unresolved, never "proved");
    covers the trees, not edits made after them; breaches smaller than 1e-9 in log-odds are not counted.

    Parameters
    ----------
    model: with ``trees``; :class:`InputError` otherwise.
    directions: feature -> +1 or -1; the model's own constraints when not given. Zeros are skipped.
    rows: data rows to look for plausible counter-examples first (the first 2,000 are used).
    budget: partial choices looked at per threshold in step 3.
    """
    if model.trees is None:
        raise InputError(f"Model {model.name!r} has no trees to walk.", remedy="Use linear_monotonicity for a GLM.")
    wanted = {name: sign for name, sign in (directions or model.monotone).items() if sign != 0}
    wrong = [name for name, sign in wanted.items() if sign not in (-1, 1)]
    if wrong:
        raise InputError(f"Directions must be +1 or -1: {', '.join(wrong)}.", remedy="Correct the constraints.")
    tables = model.trees
    summary: list[dict[str, object]] = []
    examples: list[pd.DataFrame] = []
    for name, direction in wanted.items():
        record, pair = _prove(model, tables, name, direction, rows, budget)
        summary.append(record)
        if pair is not None:
            examples.append(pair)
    return MonotonicityProof(
        pd.DataFrame(summary),
        pd.concat(examples, ignore_index=True)
        if examples
        else pd.DataFrame(columns=["feature", "side", "probability"]),
        pd.DataFrame([missing_direction(tables, name, direction) for name, direction in wanted.items()]),
    )


def linear_monotonicity(coefficients: Mapping[str, float], directions: Mapping[str, int]) -> pd.DataFrame:
    """The same promise for a linear model: the sign of a coefficient is the proof.

    Columns ``feature``, ``direction``, ``coefficient``, ``status`` (proved when coefficient * direction >= 0),
    ``method``. A feature without coefficient has no effect and is proved.
    """
    records = []
    for name, direction in directions.items():
        if direction != 0:
            value = float(coefficients.get(name, 0.0))
            status = "proved" if value * direction >= 0 else "violated"
            records.append((name, direction, value, status, "sign of the coefficient"))
    return pd.DataFrame(records, columns=["feature", "direction", "coefficient", "status", "method"])


def missing_direction(tables: TreeTables, feature: str, direction: int) -> dict[str, object]:
    """How the trees treat a missing value of a feature, proved from the default branch of every split on it.

    If every split sends missing to the safer side, a missing value is scored exactly as the safest possible value.
    """
    splits = np.flatnonzero(tables.feature == tables.position(feature))
    to_yes = tables.missing_yes[splits]
    safer = int((to_yes if direction > 0 else ~to_yes).sum())
    if len(splits) == 0:
        words = "unused"
    else:
        words = "lowest risk" if safer == len(splits) else "highest risk" if safer == 0 else "mixed"
    return {
        "feature": feature,
        "direction": direction,
        "splits": len(splits),
        "to_lower_risk": safer,
        "to_higher_risk": len(splits) - safer,
        "treated_as": words,
    }


def subtree_range(tables: TreeTables) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest leaf value below each node, shape (nodes,) each."""
    low, high = tables.value.copy(), tables.value.copy()
    levels: list[NDArray[np.int64]] = []
    level = tables.roots[~tables.is_leaf[tables.roots]]
    while len(level):
        levels.append(level)
        children = np.concatenate([tables.yes[level], tables.no[level]])
        level = children[~tables.is_leaf[children]]
    for nodes in reversed(levels):
        low[nodes] = np.minimum(low[tables.yes[nodes]], low[tables.no[nodes]])
        high[nodes] = np.maximum(high[tables.yes[nodes]], high[tables.no[nodes]])
    return low, high


def _prove(
    model: Model, tables: TreeTables, name: str, direction: int, rows: pd.DataFrame | None, budget: int
) -> tuple[dict[str, object], pd.DataFrame | None]:
    feature = tables.position(name)
    splits = np.flatnonzero(tables.feature == feature)
    tree = tree_of_node(tables)
    low, high = subtree_range(tables)
    safer, riskier = (tables.yes[splits], tables.no[splits])
    if direction < 0:
        safer, riskier = riskier, safer
    failing = splits[high[safer] > low[riskier]]
    record: dict[str, object] = {
        "model": model.name,
        "feature": name,
        "direction": direction,
        "status": "proved",
        "method": "split ranges" if len(splits) else "never split on",
        "trees": len(np.unique(tree[splits])),
        "splits": len(splits),
        "thresholds": len(np.unique(tables.threshold[splits])),
        "searched": 0,
        "change": np.nan,
        "low_value": np.nan,
        "high_value": np.nan,
        "low_probability": np.nan,
        "high_probability": np.nan,
        "verified": False,
    }
    if len(failing) == 0:
        return record, None
    if rows is not None and len(rows):
        pair = _observed(tables, rows.iloc[:OBSERVED_ROWS], name, direction)
        if pair is not None:
            return _violation(model, tables, record, pair, "observed rows")
    status = "proved"
    for count, threshold in enumerate(np.unique(tables.threshold[failing]), start=1):
        record["searched"] = count
        members = np.unique(tree[splits[tables.threshold[splits] == threshold]])
        pieces = [tree_pieces(tables, int(each), feature, threshold, direction) for each in members]
        found = search_decrease(pieces, len(tables.feature_names), tolerance=TOLERANCE, budget=budget)
        if found.box is not None:
            pair = _construct(tables, found.box, feature, threshold, rows)
            return _violation(model, tables, record, pair, "branch and bound")
        status = "unresolved" if found.status == "unresolved" else status
    return record | {"status": status, "method": "branch and bound"}, None


def _observed(tables: TreeTables, rows: pd.DataFrame, name: str, direction: int) -> pd.DataFrame | None:
    """The observed row that moves furthest against the direction between any two values, as two rows; none in rounding.

    Between thresholds the margin stands still, so the margin at every threshold is the whole curve of a row; the move
    is the largest fall of direction times margin below its running maximum.
    """
    feature = tables.position(name)
    threshold = np.unique(tables.threshold[tables.feature == feature])
    values = np.append(np.nextafter(threshold[0], np.float32(-np.inf)), threshold).astype(np.float64)
    worst, place, ends = -NOISE, -1, (0, 0)
    for block in tree_response(tables, rows, {name: values}):
        curve = direction * block.margin[block.cell]
        fall = curve - np.maximum.accumulate(curve, axis=0)
        lowest, row = np.unravel_index(int(fall.argmin()), fall.shape)
        if fall[lowest, row] < worst:
            worst, place = float(fall[lowest, row]), block.rows.start + int(row)
            # The last of equal highest values, so that the two rows lie as close together as the fall allows.
            before = curve[: lowest + 1, row]
            ends = (int(np.flatnonzero(before == before.max())[-1]), int(lowest))
    if place < 0:
        return None
    pair = rows.iloc[[place, place]][list(tables.feature_names)].astype(np.float64).reset_index(drop=True)
    pair[name] = [_beside(threshold, ends[0])[0], _beside(threshold, ends[1] - 1)[1]]
    return pair


def _construct(
    tables: TreeTables, box: Boxes, feature: int, threshold: np.float32, rows: pd.DataFrame | None
) -> pd.DataFrame:
    """Two rows inside the box, on either side of the threshold; medians and whole numbers where the box allows."""
    names = list(tables.feature_names)
    usual = rows[names].median().to_numpy(dtype=np.float64) if rows is not None and len(rows) else np.zeros(len(names))
    chosen = [
        _inside(float(box.lower[0, place]), float(box.upper[0, place]), float(usual[place]))
        for place in range(len(names))
    ]
    pair = pd.DataFrame([chosen, chosen], columns=names)
    thresholds = np.unique(tables.threshold[tables.feature == feature])
    pair[names[feature]] = _beside(thresholds, int(np.searchsorted(thresholds, threshold)))
    return pair


def _beside(thresholds: NDArray[np.float32], place: int) -> list[float]:
    """Two values of a feature between which only one threshold lies, whole numbers where possible."""
    at = float(thresholds[place])
    before = float(thresholds[place - 1]) if place > 0 else -np.inf
    after = float(thresholds[place + 1]) if place + 1 < len(thresholds) else np.inf
    return [_inside(before, at, np.ceil(at) - 1), _inside(at, after, np.ceil(at))]


def _inside(lower: float, upper: float, preferred: float) -> float:
    """A float32 value with lower <= x < upper, the preferred one if it qualifies; nan when there is none."""
    if not lower < upper:
        return float("nan")
    if lower <= np.float32(preferred) < upper:
        return preferred
    if np.isfinite(lower):
        whole = float(np.ceil(lower))
        return whole if lower <= np.float32(whole) < upper else lower
    whole = float(np.ceil(upper) - 1)
    return whole if np.float32(whole) < upper else float(np.nextafter(np.float32(upper), np.float32(-np.inf)))


def _violation(
    model: Model, tables: TreeTables, record: dict[str, object], pair: pd.DataFrame, method: str
) -> tuple[dict[str, object], pd.DataFrame]:
    direction, name = int(str(record["direction"])), str(record["feature"])
    margin = margin_of_matrix(tables, tables.matrix(pair))
    probability = model.probability(pair)
    shown = pair.assign(feature=name, side=["low", "high"], probability=probability)
    shown = shown[["feature", "side", *tables.feature_names, "probability"]]
    found = {
        "status": "violated",
        "method": method,
        "change": float(direction * (margin[1] - margin[0])),
        "low_value": float(pair[name].iloc[0]),
        "high_value": float(pair[name].iloc[1]),
        "low_probability": float(probability[0]),
        "high_probability": float(probability[1]),
        "verified": bool(direction * (probability[1] - probability[0]) < 0),
    }
    return record | found, shown
