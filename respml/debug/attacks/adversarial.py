"""The smallest plausible change of a declined application that gets it approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from respml.debug.arrays import Floats, Predict, answers, as_matrix
from respml.debug.attacks.plausibility import Plausibility, column_ranks, rank_of
from respml.errors import InputError
from respml.explain.display import Displayed
from respml.measures.intervals import wilson


@dataclass(frozen=True)
class Flips(Displayed):
    """What the search found.

    Attributes
    ----------
    rows: one line a prototype: ``position``, ``row`` (label), ``probability``, ``changed`` (score reached),
        ``flipped``, ``features`` (number changed), ``effort`` (sum of moves in ranks, 0 to 1 each), ``changes``
        (words), ``scored`` (rows scored), and the columns of
        :meth:`respml.debug.attacks.plausibility.Plausibility.judge` for the changed row.
    changed: the changed rows, index = position, columns of the model inputs.
    """

    rows: pd.DataFrame
    changed: pd.DataFrame

    def summary(self, *, plausible: float) -> pd.DataFrame:
        """Severity inputs: shares of prototypes flipped, by number of changed features and plausibility.

        ``plausible`` is the largest percentile of the neighbour distance that counts as plausible.
        Returns ``measure``, ``estimate``, ``lower``, ``upper`` (Wilson), ``n``.
        """
        flipped = self.rows["flipped"].to_numpy(dtype=bool)
        near = (self.rows["neighbour_percentile"] <= plausible).to_numpy(dtype=bool)
        inside = (self.rows["out_of_range"] == 0).to_numpy(dtype=bool)
        few = self.rows["features"].to_numpy() <= 1
        n = len(self.rows)
        lines = []
        for name, chosen in (
            ("flipped", flipped),
            ("flipped_plausibly", flipped & near & inside),
            ("flipped_by_one_feature", flipped & few),
            ("flipped_plausibly_by_one_feature", flipped & near & inside & few),
        ):
            low, high = wilson(chosen.sum(), n)
            lines.append((name, float(chosen.mean()) if n else float("nan"), float(low), float(high), n))
        return pd.DataFrame(lines, columns=["measure", "estimate", "lower", "upper", "n"])


def find_flips(
    predict: Predict,
    frame: pd.DataFrame,
    positions: Sequence[int],
    features: Sequence[str],
    *,
    cutoff: float,
    yardstick: Plausibility,
    candidates: int,
    most_features: int,
    beam: int,
    allow_missing: bool = False,
    directions: Mapping[str, int] | None = None,
) -> Flips:
    """Best-first search for the cheapest change that brings each row's score to the cut-off or below.

    Purpose: find applications that can be tipped by changes too small to notice. Mechanism: one input at a time takes
    one of its observed quantiles (so values stay in range); the ``beam`` best partial changes, by score reached per
    effort, are extended by another input, up to ``most_features``; effort is the distance moved in ranks. A flip is
    then shortened: inputs whose reversal keeps it are reversed, and the others moved back as far as they can. Signs
    of high risk: flips by one input, in plausible rows, or by a missing value. Strengths: few thousand scorings a
    row; any model. Limitations: an upper bound on the smallest change: a better one may exist; plausibility is judged
    by distance, not by knowledge.

    Parameters
    ----------
    positions: rows of ``frame`` to attack; those already at or below the cut-off are refused.
    features: inputs the attacker can change; candidates: quantiles tried an input; allow_missing: whether to try
        missing too (it counts as a move of one rank).
    directions: input -> +1 or -1: the only way the attacker can move it.
    yardstick: from :func:`respml.debug.attacks.plausibility.plausibility`.
    """
    if most_features < 1 or beam < 1 or candidates < 2:
        raise InputError("The search is empty.", remedy="Allow at least one feature, one beam, two candidates.")
    names = list(yardstick.features)
    unknown = [name for name in features if name not in names]
    if unknown:
        raise InputError(f"The yardstick lacks features: {', '.join(unknown)}.", remedy="Build it on all inputs.")
    ordered = column_ranks(yardstick.reference, names)
    values = {name: _candidates(ordered[name], candidates, allow_missing) for name in features}
    matrix = as_matrix(frame, names)
    lines, rows = [], []
    for position in positions:
        start = matrix[position]
        search = _Search(predict, names, ordered, values, dict(directions or {}), cutoff)
        before = float(search.scores(start[None, :])[0])
        if before <= cutoff:
            raise InputError(f"Row {position} is not declined ({before:.3f}).", remedy="Attack rows above the cut-off.")
        best = search.shorten(start, search.run(start, most_features, beam))
        after = float(search.scores(best[None, :])[0])
        moved = [at for at in range(len(names)) if not _same(best[at], start[at])]
        rows.append(best)
        lines.append(
            {
                "position": int(position),
                "row": frame.index[position],
                "probability": before,
                "changed": after,
                "flipped": after <= cutoff,
                "features": len(moved),
                "effort": float(search.efforts(start, best[None, :])[0]),
                "changes": ", ".join(f"{names[at]} {_shown(start[at])} → {_shown(best[at])}" for at in moved),
                "scored": search.scored,
            }
        )
    changed = pd.DataFrame(rows, columns=names, index=pd.Index(list(positions), name="position"))
    judged = yardstick.judge(changed).reset_index(drop=True)
    return Flips(pd.concat([pd.DataFrame(lines), judged], axis=1), changed)


def _candidates(ordered: Floats, count: int, allow_missing: bool) -> Floats:
    at = np.round(np.linspace(0, ordered.size - 1, count)).astype(np.int64) if ordered.size else np.zeros(0, np.int64)
    values = np.unique(ordered[at])
    return np.append(values, np.nan) if allow_missing else values


def _same(first: float, second: float) -> bool:
    return bool(first == second or (np.isnan(first) and np.isnan(second)))


def _shown(value: float) -> str:
    return "missing" if np.isnan(value) else f"{value:g}"


@dataclass
class _Search:
    """State of the search around one row; counts the rows scored."""

    predict: Predict
    names: list[str]
    ordered: dict[str, Floats]
    values: dict[str, Floats]
    directions: dict[str, int]
    cutoff: float
    scored: int = 0

    def scores(self, rows: Floats) -> Floats:
        self.scored += len(rows)
        found = answers(self.predict, pd.DataFrame(rows, columns=self.names))
        return np.where(np.isnan(found), np.inf, found)  # a row without a score is not accepted

    def efforts(self, start: Floats, rows: Floats) -> Floats:
        """Distance of each row from the start: moves in ranks, one for a change from or to missing, summed."""
        total = np.zeros(len(rows))
        for at, name in enumerate(self.names):
            new, old = rows[:, at], float(start[at])
            gone = np.isnan(new)
            if np.isnan(old):
                total += ~gone
                continue
            ordered = self.ordered[name]
            ranks = np.searchsorted(ordered, new, side="left") + np.searchsorted(ordered, new, side="right")
            move = np.abs(ranks / (2 * ordered.size) - rank_of(ordered, old))
            # A move within tied ranks still costs something, so that the search never changes an input for nothing.
            total += np.where(gone, 1.0, np.where(new == old, 0.0, np.maximum(move, 1e-3)))
        return total

    def _options(self, at: int, old: float) -> Floats:
        name = self.names[at]
        values = self.values[name]
        direction = self.directions.get(name, 0)
        if direction and not np.isnan(old):
            values = values[np.isnan(values) | (np.sign(values - old) == direction)]
        return values[[not _same(each, old) for each in values]]

    def run(self, start: Floats, most_features: int, beam: int) -> Floats:
        """The cheapest flip among the partial changes visited; the lowest score where none flips."""
        free = [self.names.index(name) for name in self.values]
        states, best, best_key = [(start, frozenset[int]())], start, (1, np.inf, np.inf)
        base = float(self.scores(start[None, :])[0])
        for _ in range(most_features):
            rows, used = [], []
            for state, changed in states:
                for at in free:
                    if at in changed:
                        continue
                    for value in self._options(at, start[at]):
                        row = state.copy()
                        row[at] = value
                        rows.append(row)
                        used.append(changed | {at})
            if not rows:
                break
            scores = self.scores(np.array(rows))
            efforts = self.efforts(start, np.array(rows))
            for position in np.lexsort((efforts, scores > self.cutoff))[:1]:
                flips = scores[position] <= self.cutoff
                key = (0, efforts[position], scores[position]) if flips else (1, scores.min(), 0.0)
                if key < best_key and np.isfinite(scores[position]):
                    best = rows[int(position) if flips else int(np.argmin(scores))]
                    best_key = key
            if best_key[0] == 0:
                break
            gain = (base - scores) / (efforts + 0.1)
            order = np.argsort(-gain, kind="stable")[: beam // 2 + 1].tolist()
            order += np.argsort(scores, kind="stable")[: beam - len(order)].tolist()
            states = [(rows[each], used[each]) for each in dict.fromkeys(order)]
        return best

    def shorten(self, start: Floats, row: Floats) -> Floats:
        """Undo or reduce each change as far as the score stays at or below the cut-off."""
        if float(self.scores(row[None, :])[0]) > self.cutoff:
            return row
        best = row.copy()
        alone = np.where(np.eye(start.size, dtype=bool), best, start)
        for at in np.argsort(-self.efforts(start, alone), kind="stable"):
            if _same(best[at], start[at]):
                continue
            name = self.names[at]
            between = self.ordered[name]
            if not (np.isnan(start[at]) or np.isnan(best[at])):
                low, high = sorted((start[at], best[at]))
                between = np.unique(between[(between > low) & (between < high)])
            else:
                between = np.empty(0)
            step = max(between.size // 200, 1)
            options = np.append(start[at], between[::step] if best[at] > start[at] else between[::-1][::step])
            trial = np.repeat(best[None, :], options.size, axis=0)
            trial[:, at] = options
            kept = np.flatnonzero(self.scores(trial) <= self.cutoff)
            if kept.size:
                best = trial[kept[0]]
        return best
