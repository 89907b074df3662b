"""Scores of all rows with one input set to each of several values: through the trees where they are known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from respml.debug.arrays import Floats, Predict, answers
from respml.explain.model import Model
from respml.explain.response import responses
from respml.explain.tree_tables import TreeTables

BATCH_ROWS = 400_000


def scores_at(
    predict: Predict, frame: pd.DataFrame, values: Mapping[str, Floats], trees: TreeTables | None = None
) -> dict[str, Floats]:
    """Score of every row at every value of one column at a time: column -> array (values, rows); nan sets it missing.
    A row that the model gives no score there is NaN.

    With ``trees`` the ensemble's nodes answer for all columns in one pass, provided they reproduce ``predict`` (else it
    is called).
    """
    found: dict[str, Floats] = {}
    if trees is not None:
        model = Model("model", predict, trees.feature_names, trees)
        used = {name: points for name, points in values.items() if name in trees.feature_names}
        found = {name: np.empty((points.size, len(frame))) for name, points in used.items()}
        for block in responses(model, frame, used):
            found[block.feature][:, block.rows] = block.probability[block.cell]
    for name, points in values.items():
        if name not in found:
            found[name] = _through_predict(predict, frame, name, points)
    return found


def _through_predict(predict: Predict, frame: pd.DataFrame, feature: str, values: Floats) -> Floats:
    at_once = max(BATCH_ROWS // max(len(frame), 1), 1)
    scores = np.empty((values.size, len(frame)))
    for start in range(0, values.size, at_once):
        part = values[start : start + at_once]
        tiled = frame.iloc[np.tile(np.arange(len(frame)), part.size)].reset_index(drop=True)
        tiled[feature] = np.repeat(part, len(frame))
        scores[start : start + part.size] = answers(predict, tiled).reshape(part.size, len(frame))
    return scores
