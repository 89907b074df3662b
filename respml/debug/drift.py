"""How far the rows in use have moved from the rows the model was fitted to, by input and score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import given_probabilities
from respml.errors import InputError
from respml.measures.multiplicity import benjamini_hochberg
from respml.measures.stability import characteristic_stability

SCORE = "score"


def drift_table(
    partitions: Mapping[str, pd.DataFrame],
    scores: Mapping[str, ArrayLike],
    reference: str,
    features: Sequence[str],
    *,
    bins: int,
) -> pd.DataFrame:
    """PSI and KS of every input and of the score, each partition against the reference.

    Purpose: a model is only tested on rows like those it meets. Mechanism:
    :func:`respml.measures.stability.characteristic_stability` with bins from the reference partition. Signs of high
    risk: the score or an important input beyond the thresholds and above the critical value. Strengths: needs no
    outcome. Limitations: one column at a time: a changed dependence between columns is not seen.

    Parameters
    ----------
    partitions: rows by partition; scores: probabilities by partition, aligned; reference: name of the fitted partition.

    Returns columns ``partition``, ``column`` (``score`` first), and those of ``characteristic_stability``;
    ``ks_q_value`` (Benjamini–Hochberg within the partition); by partition, then the score, then falling PSI
    (``floored``)."""
    if reference not in partitions or SCORE in features:
        raise InputError(f"Partition {reference!r} is absent, or an input is named {SCORE!r}.", remedy="Rename.")
    for name, frame in partitions.items():
        absent = [each for each in features if each not in frame.columns]
        if absent:
            raise InputError(f"Partition {name!r} lacks columns: {', '.join(absent)}.", remedy="Pass all model inputs.")
    parts = []
    first = _with_score(partitions[reference], scores[reference], features)
    for name, frame in partitions.items():
        if name == reference:
            continue
        table = characteristic_stability(first, _with_score(frame, scores[name], features), bins)
        tested = table["ks_p_value"].notna()
        table["ks_q_value"] = float("nan")
        table.loc[tested, "ks_q_value"] = benjamini_hochberg(table.loc[tested, "ks_p_value"].to_numpy())
        table["is_input"] = table["column"] != SCORE
        table = table.sort_values(["is_input", "floored", "column"], ascending=[True, False, True]).drop(
            columns="is_input"
        )
        table.insert(0, "partition", name)
        parts.append(table)
    if not parts:
        raise InputError("There is only one partition.", remedy="Pass the reference and at least one other.")
    return pd.concat(parts, ignore_index=True)


def _with_score(frame: pd.DataFrame, score: ArrayLike, features: Sequence[str]) -> pd.DataFrame:
    return frame[list(features)].assign(**{SCORE: pd.Series(given_probabilities(score), index=frame.index)})
