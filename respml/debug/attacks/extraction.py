"""How many questions it takes to copy the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeRegressor

from respml.debug.arrays import Floats, Predict, answers, as_matrix, limits, probabilities
from respml.debug.threads import single_threaded
from respml.errors import InputError

KNOWLEDGE = ("ranges", "marginals")


def extraction_attack(
    predict: Predict,
    known: pd.DataFrame,
    judged: pd.DataFrame,
    features: Sequence[str],
    *,
    queries: Sequence[int],
    tree_depth: int,
    cutoff: float,
    seed: int,
    knowledge: Sequence[str] = KNOWLEDGE,
    drawn: int = 0,
) -> pd.DataFrame:
    """Fidelity of stolen copies against the number of queries.

    Purpose: a copied model can be studied and attacked at leisure. Mechanism: an attacker who knows each column's
    range, or its distribution (not the dependence between columns), sends invented rows, receives probabilities (a row
    that the model gives no score tells nothing), fits a shallow tree or boosted trees to them; copies are judged on
    real rows. Signs of high risk: high fidelity after few queries. Strengths: needs only the score service.
    Limitations: better attackers choose queries adaptively; a lower bound on what can be stolen.

    Parameters
    ----------
    known: rows that give ranges and marginals; judged: real rows never used for fitting; queries: numbers of queries.
    drawn: rows invented, of which the first are sent; as many as the largest number of queries where that is more.

    Returns columns ``knowledge``, ``copy`` (tree, boosted trees), ``queries``, ``r_squared``, ``rmse``,
    ``rank_correlation``, ``agreement`` (share of equal decisions at ``cutoff``), ``n`` (judged rows).
    """
    unknown = [each for each in knowledge if each not in KNOWLEDGE]
    if unknown or not queries:
        raise InputError(f"Attacker's knowledge {unknown}, queries {list(queries)}.", remedy=f"Use {KNOWLEDGE}.")
    names = list(features)
    limits(as_matrix(known, names), names)
    truth = probabilities(predict, judged)
    target_rows = as_matrix(judged, names)
    lines = []
    for position, level in enumerate(knowledge):
        generator = np.random.default_rng(np.random.SeedSequence([seed, position]))
        rows = invented_rows(known, names, max(*queries, drawn), level, generator).head(max(queries))
        given = answers(predict, rows)
        cells = rows.to_numpy(dtype=np.float64)
        for count in queries:
            for label, copy in (
                ("tree", DecisionTreeRegressor(max_depth=tree_depth, random_state=seed)),
                ("boosted trees", HistGradientBoostingRegressor(max_iter=100, random_state=seed)),
            ):
                # One thread: these fits are small, and threads waiting for busy cores cost more than they bring.
                with single_threaded():
                    answered = np.flatnonzero(~np.isnan(given[:count]))
                    if answered.size:
                        copy.fit(cells[answered], given[answered])
                        guess = np.asarray(copy.predict(target_rows), dtype=np.float64)
                    else:
                        guess = np.full(truth.size, truth.mean())
                lines.append({"knowledge": level, "copy": label, "queries": count, **_fidelity(truth, guess, cutoff)})
    return pd.DataFrame(lines)


def invented_rows(
    known: pd.DataFrame, names: list[str], rows: int, knowledge: str, generator: np.random.Generator
) -> pd.DataFrame:
    """Rows with independent columns: uniform over each range, or drawn from each column's own values."""
    matrix = as_matrix(known, names)
    if knowledge == "ranges":
        low, high = np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0)
        cells = low + generator.random((rows, len(names))) * (high - low)
    else:
        cells = np.column_stack([generator.choice(column, rows) for column in matrix.T])
    return pd.DataFrame(cells, columns=names)


def _fidelity(truth: Floats, guess: Floats, cutoff: float) -> dict[str, float]:
    error = float(((truth - guess) ** 2).mean())
    spread = float(truth.var())
    ranks = pd.DataFrame({"truth": truth, "guess": guess}).rank()
    return {
        "r_squared": 1 - error / spread if spread > 0 else float("nan"),
        "rmse": error**0.5,
        "rank_correlation": float(ranks["truth"].corr(ranks["guess"])),
        "agreement": float(((truth > cutoff) == (guess > cutoff)).mean()),
        "n": truth.size,
    }
