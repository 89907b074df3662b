"""A flood of random applications: what the model can be made to say when inputs need not make sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from respml.debug.arrays import Floats, Predict, answers, as_matrix, limits, probabilities
from respml.errors import InputError
from respml.explain.display import Displayed

CHUNK_ROWS = 200_000


@dataclass(frozen=True)
class RandomAttack(Displayed):
    """What a random attack reached.

    Attributes
    ----------
    ranked: score at ``points`` equally spaced ranks of each variant: ``variant``, ``rank`` (share of rows),
    ``probability``. extremes: the rows of lowest and highest score: ``variant``, ``end``, ``probability``, then the
    features. summary: one line a variant and the portfolio: ``variant``, ``n``, ``refused`` (share that the
        model gives no score, which is no approval), ``minimum``, ``maximum``, ``below_portfolio`` and
        ``above_portfolio`` (shares of rows beyond the portfolio's scores), ``approved`` (share at or below the
        cut-off).
    """

    ranked: pd.DataFrame
    extremes: pd.DataFrame
    summary: pd.DataFrame


def random_attack(
    predict: Predict,
    frame: pd.DataFrame,
    features: Sequence[str],
    *,
    rows: int,
    beyond: float,
    missing_share: float,
    cutoff: float,
    seed: int,
    points: int = 201,
    extremes: int = 5,
) -> RandomAttack:
    """Score rows whose every column is drawn uniformly and independently, with and without missing values.

    Purpose: find scores that no customer should get. Mechanism: each column uniform from its minimum less ``beyond``
    times its range to its maximum plus that; one generator, so columns are independent; a second variant sets a share
    of cells missing. Signs of high risk: scores far below or above the portfolio's, above all in the variant with
    missing values. Strengths: no knowledge of the model is needed: an attacker can do it. Limitations: rows are
    implausible by design; it shows reach, not likelihood.

    Parameters
    ----------
    rows: rows of each variant; missing_share: share of cells set missing in the second variant; points: ranks reported.
    """
    if rows < points or not 0 <= missing_share < 1:
        raise InputError(f"{rows} rows, missing share {missing_share:g}.", remedy="Draw more rows than points.")
    names = list(features)
    base = probabilities(predict, frame)
    bounds = _bounds(as_matrix(frame, names), names, beyond)
    parts: list[pd.DataFrame] = []
    ends: list[pd.DataFrame] = []
    lines = [_line("portfolio", base, base, cutoff)]
    streams = np.random.SeedSequence(seed).spawn(2)
    for variant, share, stream in (("plain", 0.0, streams[0]), ("with missing", missing_share, streams[1])):
        scores, extreme = _attack(predict, names, bounds, rows, share, np.random.default_rng(stream), extremes)
        lines.append(_line(variant, scores, base, cutoff))
        known = np.sort(scores[~np.isnan(scores)])
        if not known.size:
            continue
        at = known[np.round(np.linspace(0, known.size - 1, points)).astype(np.int64)]
        parts.append(pd.DataFrame({"variant": variant, "rank": np.linspace(0, 1, points), "probability": at}))
        ends.append(extreme.assign(variant=variant)[["variant", "end", "probability", *names]])
    ranked = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["variant", "rank", "probability"])
    highest = pd.concat(ends, ignore_index=True) if ends else pd.DataFrame(columns=["variant", "end", "probability"])
    return RandomAttack(ranked, highest, pd.DataFrame(lines))


def _bounds(matrix: Floats, names: Sequence[str], beyond: float) -> tuple[np.ndarray, np.ndarray]:
    low, high = limits(matrix, names)
    reach = beyond * (high - low)
    return (low - reach).astype(np.float32), (high + reach).astype(np.float32)


def _attack(
    predict: Predict,
    names: list[str],
    bounds: tuple[np.ndarray, np.ndarray],
    rows: int,
    missing_share: float,
    generator: np.random.Generator,
    extremes: int,
) -> tuple[Floats, pd.DataFrame]:
    low, high = bounds
    scores = np.empty(rows)
    found: list[pd.DataFrame] = []
    for start in range(0, rows, CHUNK_ROWS):
        n = min(CHUNK_ROWS, rows - start)
        cells = generator.random((len(names), n), dtype=np.float32)
        cells *= (high - low)[:, None]
        cells += low[:, None]
        if missing_share > 0:
            cells[generator.random((len(names), n), dtype=np.float32) < missing_share] = np.nan
        block = pd.DataFrame(cells.T, columns=names, copy=False)
        scores[start : start + n] = answers(predict, block)
        order = np.argsort(scores[start : start + n], kind="stable")
        order = order[: np.count_nonzero(~np.isnan(scores[start : start + n]))]  # without a score comes last
        kept = np.unique(np.concatenate([order[:extremes], order[-extremes:]]))
        found.append(block.iloc[kept].assign(probability=scores[start + kept]))
    table = pd.concat(found, ignore_index=True).sort_values("probability", kind="stable", ignore_index=True)
    return scores, pd.concat(
        [table.head(extremes).assign(end="lowest"), table.tail(extremes).iloc[::-1].assign(end="highest")],
        ignore_index=True,
    )


def _line(variant: str, scores: Floats, base: Floats, cutoff: float) -> dict[str, object]:
    known = scores[~np.isnan(scores)]
    return {
        "variant": variant,
        "n": scores.size,
        "refused": float(np.isnan(scores).mean()),
        "minimum": float(known.min()) if known.size else float("nan"),
        "maximum": float(known.max()) if known.size else float("nan"),
        "below_portfolio": float((scores < base.min()).mean()),
        "above_portfolio": float((scores > base.max()).mean()),
        "approved": float((scores <= cutoff).mean()),
    }
