"""What would have to change: the smallest actionable change that flips a decision, and what-if tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.model import FloatArray, Model, feature_matrix
from respml.explain.shapley_frames import row_position

VALUES_ALONE = 60
VALUES_TOGETHER = 12
FEATURES_TOGETHER = 10


@dataclass(frozen=True)
class Action:
    """What an applicant could change in one feature.

    Attributes
    ----------
    minimum, maximum: allowed values (from the dictionary).
    direction: +1 if it can only be raised, -1 only lowered, 0 both.
    whole: whether only whole numbers make sense.
    """

    minimum: float
    maximum: float
    direction: int = 0
    whole: bool = False


@dataclass(frozen=True)
class Counterfactual(Displayed):
    """The smallest change found for one applicant.

    Attributes
    ----------
    changes: ``feature``, ``from_value``, ``to_value``, ``percentile_change`` (share of the population between the two
        values); empty when none was found.
    status: ``found``, ``not declined``, or ``none found``; ``reason`` says what was searched.
    base, changed: probabilities before and after, from ``predict``; ``cutoff``: declined above it.
    searched: rows scored.
    """

    changes: pd.DataFrame
    status: str
    reason: str
    base: float
    changed: float
    cutoff: float
    searched: int
    alternatives: pd.DataFrame = field(default_factory=pd.DataFrame)


def counterfactual(
    model: Model,
    frame: pd.DataFrame,
    row: object,
    cutoff: float,
    actions: Mapping[str, Action],
    *,
    prohibited: Sequence[str] = (),
    immutable: Sequence[str] = (),
    most: int = 3,
) -> Counterfactual:
    """The smallest actionable change of one applicant that turns a decline into an approval.

    Purpose: tell a declined applicant, a complaint handler or a tester how far the decision is from turning. Mechanism:
    candidate values of each actionable feature are quantiles of ``frame`` within the allowed range (whole range for few
    values); features constrained to be monotone are only moved towards less risk. All single changes are scored in one
    batch; if none flips, pairs of the ten most helpful features, then triples on coarser values. Fewest features first,
    then the smallest total share of the population passed. Every answer is confirmed by ``predict``. Signs of high
    risk: no change within reach; a flip from a trivial change; a flip by moving against common sense. Strengths: uses
    only reachable, allowed values. Limitations: a search over candidate values, not all numbers; features are moved
    independently; says nothing about what would cause the change.

    Raises :class:`InputError` if an action names an immutable or prohibited feature or one the model does not use.
    """
    refused = [name for name in actions if name in set(prohibited) | set(immutable)]
    if refused:
        raise InputError(
            f"Immutable or prohibited features cannot be actions: {', '.join(refused)}.", remedy="Remove them."
        )
    unknown = [name for name in actions if name not in model.features]
    if unknown:
        raise InputError(f"The model does not use: {', '.join(unknown)}.", remedy="Name model inputs.")
    values = feature_matrix(frame, model.features)
    start = values[row_position(frame, row)]
    base = float(model.probability(_framed(model, start[None, :]))[0])
    if base <= cutoff:
        return Counterfactual(
            _no_changes(), "not declined", "the probability is not above the cut-off", base, base, cutoff, 0
        )
    moves = {name: _moves(model, values, start, name, action) for name, action in actions.items()}
    moves = {name: table for name, table in moves.items() if len(table)}
    searched = 0
    singles, searched = _score(model, start, [(name,) for name in moves], moves, VALUES_ALONE, searched)
    best = _flipped(singles, cutoff)
    gain = singles.groupby("features")["probability"].min().sort_values(kind="stable")
    helpful = [names[0] for names in gain.index[:FEATURES_TOGETHER] if gain.loc[[names]].iloc[0] < base]
    size = 2
    while best.empty and size <= min(most, len(helpful)):
        together, searched = _score(
            model, start, list(combinations(helpful, size)), moves, VALUES_TOGETHER // (size - 1), searched
        )
        best = _flipped(together, cutoff)
        size += 1
    if best.empty:
        reason = f"no change of up to {most} of {len(actions)} actionable features flips the decision"
        return Counterfactual(_no_changes(), "none found", reason, base, base, cutoff, searched)
    chosen = best.iloc[0]
    changes = pd.DataFrame(
        {
            "feature": list(chosen["features"]),
            "from_value": [float(start[model.features.index(name)]) for name in chosen["features"]],
            "to_value": list(chosen["values"]),
            "percentile_change": list(chosen["costs"]),
        }
    )
    others = best.drop_duplicates("features").head(5)
    shown = pd.DataFrame(
        {
            "features": [", ".join(each) for each in others["features"]],
            "to_values": [", ".join(f"{value:g}" for value in each) for each in others["values"]],
            "cost": others["cost"].to_numpy(),
            "probability": others["probability"].to_numpy(),
        }
    )
    reason = f"smallest of {len(best)} changes of {len(changes)} feature(s) that flip the decision"
    return Counterfactual(changes, "found", reason, base, float(chosen["probability"]), cutoff, searched, shown)


def what_if(
    model: Model,
    frame: pd.DataFrame,
    row: object,
    changes: Mapping[str, Sequence[float]] | Sequence[Mapping[str, float]],
    *,
    cutoff: float | None = None,
) -> pd.DataFrame:
    """One customer rescored after stated changes, beside the unchanged prediction of the same model.

    ``changes`` is feature -> values to try one at a time, or a sequence of changes to make together. First line: no
    change. Columns: ``row``, ``change`` (in words), ``base``, ``changed``, ``difference``, and with a cut-off
    ``decision_changes``.
    """
    place = row_position(frame, row)
    start = feature_matrix(frame, model.features)[place]
    if isinstance(changes, Mapping):
        steps = [{name: value} for name, values in changes.items() for value in values]
    else:
        steps = [dict(each) for each in changes]
    rows = np.repeat(start[None, :], len(steps) + 1, axis=0)
    for number, step in enumerate(steps, start=1):
        for name, value in step.items():
            if name not in model.features:
                raise InputError(f"The model does not use {name!r}.", remedy="Change a model input.")
            rows[number, model.features.index(name)] = value
    probability = model.probability(_framed(model, rows))
    words = ["no change"]
    for step in steps:
        parts = [f"{name}: {start[model.features.index(name)]:g} → {value:g}" for name, value in step.items()]
        words.append("; ".join(parts))
    table = pd.DataFrame({"row": row, "change": words, "base": probability[0], "changed": probability})
    table["difference"] = table["changed"] - table["base"]
    if cutoff is not None:
        scored = table["changed"].notna()
        table["decision_changes"] = ((table["changed"] > cutoff) != (table["base"] > cutoff)) & scored
    return table


def _framed(model: Model, rows: FloatArray) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(model.features))


def _no_changes() -> pd.DataFrame:
    return pd.DataFrame(columns=["feature", "from_value", "to_value", "percentile_change"])


def _moves(model: Model, values: FloatArray, start: FloatArray, name: str, action: Action) -> pd.DataFrame:
    """Candidate values of one feature with their cost, nearest first."""
    place = model.features.index(name)
    column = np.sort(values[~np.isnan(values[:, place]), place])
    here = start[place]
    inside = column[(column >= action.minimum) & (column <= action.maximum)]
    ends = np.array([each for each in (action.minimum, action.maximum) if np.isfinite(each)])
    distinct = np.unique(np.concatenate([inside, ends]))
    if len(distinct) > VALUES_ALONE:
        pick = np.quantile(distinct, np.linspace(0, 1, VALUES_ALONE), method="inverted_cdf")
        even = np.quantile(inside, np.linspace(0, 1, VALUES_ALONE), method="inverted_cdf") if len(inside) else pick
        distinct = np.unique(np.concatenate([pick, even]))
    if action.whole:
        distinct = np.unique(np.round(distinct))
    direction = action.direction
    favourable = -int(model.monotone.get(name, 0))
    allowed = np.ones(len(distinct), dtype=bool)
    if not np.isnan(here):
        allowed &= distinct != here
        for sign in (direction, favourable):
            if sign != 0:
                allowed &= sign * (distinct - here) > 0
    candidates = distinct[allowed]
    rank = np.searchsorted(column, [here], side="right")[0] / max(len(column), 1) if not np.isnan(here) else 0.5
    share = np.searchsorted(column, candidates, side="right") / max(len(column), 1)
    table = pd.DataFrame({"value": candidates, "cost": np.abs(share - rank)})
    away = np.abs(candidates - (0.0 if np.isnan(here) else here))
    return table.iloc[np.lexsort((away, table["cost"].to_numpy()))].reset_index(drop=True)


def _score(
    model: Model,
    start: FloatArray,
    sets: Sequence[tuple[str, ...]],
    moves: Mapping[str, pd.DataFrame],
    most: int,
    searched: int,
) -> tuple[pd.DataFrame, int]:
    """Score every combination of candidate values of each set of features, all sets in one batch."""
    blocks: list[FloatArray] = []
    records: list[pd.DataFrame] = []
    for names in sets:
        tables = [_thinned(moves[name], most) for name in names]
        grids = np.meshgrid(*[np.arange(len(table)) for table in tables], indexing="ij")
        picks = [grid.reshape(-1) for grid in grids]
        rows = np.repeat(start[None, :], len(picks[0]), axis=0)
        chosen = np.stack([table["value"].to_numpy()[pick] for table, pick in zip(tables, picks, strict=True)], axis=1)
        costs = np.stack([table["cost"].to_numpy()[pick] for table, pick in zip(tables, picks, strict=True)], axis=1)
        rows[:, [model.features.index(name) for name in names]] = chosen
        blocks.append(rows)
        records.append(
            pd.DataFrame(
                {
                    "features": [names] * len(rows),
                    "values": list(map(tuple, chosen.tolist())),
                    "costs": list(map(tuple, costs.tolist())),
                    "cost": costs.sum(axis=1),
                }
            )
        )
    if not blocks:
        empty = pd.DataFrame(columns=["features", "values", "costs", "cost", "probability"])
        return empty.astype({"cost": float, "probability": float}), searched
    scored = pd.concat(records, ignore_index=True)
    scored["probability"] = model.probability(_framed(model, np.concatenate(blocks)))
    return scored, searched + len(scored)


def _thinned(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most ``most`` candidates, evenly over the cost order with both ends kept."""
    if len(table) <= most:
        return table
    return table.iloc[np.unique(np.linspace(0, len(table) - 1, most).round().astype(int))]


def _flipped(scored: pd.DataFrame, cutoff: float) -> pd.DataFrame:
    found = scored[scored["probability"] <= cutoff]
    return found.sort_values(["cost", "probability"], kind="stable", ignore_index=True)
