"""Segments where the model fails, searched on one half of the rows and confirmed on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from respml.debug.arrays import Booleans, Floats, flags, given_probabilities
from respml.debug.halves import half_mask
from respml.debug.slice_measures import MEASURES, placements, slice_measures
from respml.debug.slices import Slicing, slice_codes, slice_label, slicings
from respml.errors import InputError
from respml.explain.display import Displayed
from respml.measures.multiplicity import benjamini_hochberg

CANDIDATE_COLUMNS = (
    "slice",
    "columns",
    "measure",
    "n",
    "events",
    "share",
    "effect",
    "lower",
    "upper",
    "p_value",
    "search_effect",
    "search_n",
    "observed",
    "predicted",
    "auc",
    "expected_auc",
    "log_loss",
)


@dataclass(frozen=True)
class WeakSpots(Displayed):
    """What the search found and what the other half says of it.

    Attributes
    ----------
    candidates: slices that led the search, with both halves' numbers; see :func:`find_weak_spots`.
    searched: number of slices and measures examined in the search.
    search_rows, confirm_rows: rows of each half.
    """

    candidates: pd.DataFrame
    searched: int
    search_rows: int
    confirm_rows: int

    def confirmed(self, q_value: float, effects: Mapping[str, float]) -> pd.DataFrame:
        """Candidates with a q-value below ``q_value`` and an effect on the confirming half of at least the given size.

        ``effects`` gives the smallest effect by measure; measures not named are left out.
        """
        table: pd.DataFrame = self.candidates
        least = table["measure"].map(dict(effects)).astype(np.float64)
        large = table["effect"].abs() >= least
        same_side = np.sign(table["effect"]) == np.sign(table["search_effect"])
        kept: pd.DataFrame = table[(table["q_value"] < q_value) & large & same_side].reset_index(drop=True)
        return kept


def find_weak_spots(
    frame: pd.DataFrame,
    outcome: ArrayLike,
    probability: ArrayLike,
    columns: Sequence[str],
    *,
    seed: int,
    bins: int,
    smallest_slice: int,
    candidates: int,
    pairs: bool = True,
    measures: Sequence[str] = MEASURES,
) -> WeakSpots:
    """Slices of one or two columns in which the model does worst, confirmed on rows the search never saw.

    Purpose: find customers the model serves badly although it does well overall. Mechanism: a stratified half is cut
    into levels or quantile bins of every column and pair of columns; slices with enough rows are ordered by the z-value
    of each measure (:func:`respml.debug.slice_measures.slice_measures`); the first ``candidates`` of each measure are
    tested on the other half, one-sided in the direction found, with Benjamini–Hochberg q-values over all tests made.
    Signs of high risk: a confirmed slice with volume. Strengths: looking is paid for; effects come from unseen rows,
    free of the winner's curse. Limitations: slices follow the axes and the bins; halving costs power for small
    segments; *power* also finds slices that are hard for any model.

    Parameters
    ----------
    columns: columns to slice by, of any type; they need not be model inputs.
    seed: of the halving; bins: quantile bins of a numeric column; smallest_slice: rows needed in the searched half.
    candidates: slices a measure carries to the confirmation.

    Returns
    -------
    WeakSpots; ``candidates`` has ``slice`` (words), ``columns``, ``measure``, ``n`` and ``events`` (confirming half),
    ``share`` (of its rows), ``effect``, ``lower``, ``upper`` (95 % normal), ``p_value``, ``q_value``,
    ``search_effect``, ``search_n``, and ``observed``, ``predicted``, ``auc``, ``expected_auc``, ``log_loss`` of the
    confirming half; by q-value and effect.
    """
    probabilities = given_probabilities(probability)
    event = flags(outcome, len(frame))
    if not columns:
        raise InputError("No column to slice by is given.", remedy="Name at least one.")
    unknown = [name for name in measures if name not in MEASURES]
    if unknown:
        raise InputError(f"Unknown measures: {', '.join(unknown)}.", remedy=f"Use {', '.join(MEASURES)}.")
    search = half_mask(event, seed)
    cuts = slicings(frame[search], columns, bins)
    families = slice_codes(frame, cuts, pairs)
    found = []
    searching = placements(event[search], probabilities[search])
    confirming = placements(event[~search], probabilities[~search])
    confirmed: dict[int, pd.DataFrame] = {}
    for family, (code, size) in enumerate(zip(families.codes, families.sizes, strict=True)):
        table = slice_measures(event[search], probabilities[search], code[search], size, searching)
        table = table[(table["n"] >= smallest_slice) & (table["n"] < int(search.sum()))]
        found.append(_ranked(table, measures).assign(family=family))
    ranked = pd.concat(found, ignore_index=True)
    best = (
        ranked.sort_values(["z", "family", "code"], ascending=[False, True, True], kind="stable")
        .groupby("measure", sort=True)
        .head(candidates)
    )
    for family in best["family"].unique():
        code, size = families.codes[family], families.sizes[family]
        confirmed[int(family)] = slice_measures(event[~search], probabilities[~search], code[~search], size, confirming)
    lines = []
    for each in best.to_dict("records"):
        line = confirmed[int(each["family"])].iloc[int(each["code"])]
        names = families.columns[int(each["family"])]
        effect, error = float(line[each["measure"]]), float(line[f"{each['measure']}_error"])
        lines.append(
            {
                "slice": slice_label(cuts, names, int(each["code"])),
                "columns": ", ".join(names),
                "measure": each["measure"],
                "n": int(line["n"]),
                "events": int(line["events"]),
                "share": float(line["n"]) / int((~search).sum()),
                "effect": effect,
                "lower": effect - 1.959964 * error,
                "upper": effect + 1.959964 * error,
                "p_value": float(special.ndtr(-np.sign(each["effect"]) * effect / error)) if error > 0 else 1.0,
                "search_effect": float(each["effect"]),
                "search_n": int(each["n"]),
                **{name: float(line[name]) for name in ("observed", "predicted", "auc", "expected_auc", "log_loss")},
            }
        )
    found_lines = pd.DataFrame(lines, columns=CANDIDATE_COLUMNS)
    return WeakSpots(_with_q_values(found_lines), len(ranked), int(search.sum()), int((~search).sum()))


def _ranked(table: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """One line a slice and measure with its badness z; calibration counts on either side."""
    parts = []
    for name in measures:
        effect = table[name].to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            z = effect / table[f"{name}_error"].to_numpy()
        z = np.abs(z) if name == "calibration" else z
        parts.append(pd.DataFrame({"code": table["code"], "n": table["n"], "measure": name, "effect": effect, "z": z}))
    ranked = pd.concat(parts, ignore_index=True)
    finite: pd.DataFrame = ranked[np.isfinite(ranked["z"])]
    return finite


def _with_q_values(table: pd.DataFrame) -> pd.DataFrame:
    p_values = table["p_value"].fillna(1.0).to_numpy()
    table = table.assign(q_value=benjamini_hochberg(p_values))
    return table.sort_values(["q_value", "p_value", "slice"], ignore_index=True)


def distinct_spots(spots: pd.DataFrame) -> pd.DataFrame:
    """Spots that say something of their own: a two-column slice goes where one of its columns alone is a spot.

    ``spots``: lines of :attr:`WeakSpots.candidates`; slices of one column are kept first, in the order given.
    """
    conditions = [frozenset(str(each).split(" and ")) for each in spots["slice"]]
    kept: list[tuple[str, frozenset[str]]] = []
    chosen = np.zeros(len(spots), dtype=bool)
    for place in sorted(range(len(spots)), key=lambda each: (len(conditions[each]), each)):
        measure = str(spots["measure"].iloc[place])
        if not any(measure == other and known < conditions[place] for other, known in kept):
            kept.append((measure, conditions[place]))
            chosen[place] = True
    return spots[chosen].reset_index(drop=True)


def slice_table(
    frame: pd.DataFrame, outcome: ArrayLike, probability: ArrayLike, columns: Sequence[str], *, bins: int, pairs: bool
) -> pd.DataFrame:
    """All measures of every slice on all rows given: columns ``slice``, ``columns`` and those of ``slice_measures``.

    For tables that describe; it searches, so it proves nothing (see :func:`find_weak_spots`).
    """
    event = flags(outcome, len(frame))
    cuts = slicings(frame, columns, bins)
    families = slice_codes(frame, cuts, pairs)
    parts = []
    for names, code, size in zip(families.columns, families.codes, families.sizes, strict=True):
        table = slice_measures(event, given_probabilities(probability), code, size)
        table = table[table["n"] > 0]
        words = [slice_label(cuts, names, int(each)) for each in table["code"]]
        parts.append(table.assign(slice=words, columns=", ".join(names)))
    result = pd.concat(parts, ignore_index=True)
    return result[["slice", "columns", *[name for name in result.columns if name not in {"slice", "columns", "code"}]]]


def heatmap_frame(
    frame: pd.DataFrame,
    outcome: ArrayLike,
    probability: ArrayLike,
    first: str,
    second: str,
    *,
    bins: int,
    smallest_slice: int,
) -> pd.DataFrame:
    """Measures of each cell of two columns, to draw as a heat map.

    Returns columns ``first``, ``second`` (labels), ``first_code``, ``second_code`` (order) and those of
    ``slice_measures``; cells with fewer than ``smallest_slice`` rows keep their ``n`` and have nan elsewhere. Empty
    rows and columns are left out.
    """
    event: Booleans = flags(outcome, len(frame))
    scores: Floats = given_probabilities(probability)
    cuts: dict[str, Slicing] = slicings(frame, [first, second], bins)
    width = cuts[second].size
    code = cuts[first].codes(frame[first]) * width + cuts[second].codes(frame[second])
    table = slice_measures(event, scores, code, cuts[first].size * width)
    table["first_code"], table["second_code"] = table["code"] // width, table["code"] % width
    for name in ("first_code", "second_code"):
        table = table[table.groupby(name)["n"].transform("sum") > 0]
    numbers = [name for name in table.columns if name not in {"code", "n", "events", "first_code", "second_code"}]
    table.loc[table["n"] < smallest_slice, numbers] = np.nan
    table["first"] = [cuts[first].labels[each] for each in table["first_code"]]
    table["second"] = [cuts[second].labels[each] for each in table["second_code"]]
    return table[["first", "second", "first_code", "second_code", "n", "events", *numbers]].reset_index(drop=True)
