"""Scores of all rows with one input set to each of several values: through the trees where they are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from respml.debug.arrays import Floats, Predict, probabilities
from respml.explain.model import Model
from respml.explain.response import response_matrix
from respml.explain.tree_tables import TreeTables

BATCH_ROWS = 400_000


def scores_at(
    predict: Predict, frame: pd.DataFrame, feature: str, values: Floats, trees: TreeTables | None = None
) -> Floats:
    """Score of every row at every value of one column, array (values, rows); nan sets the column missing.

    With ``trees`` the ensemble's nodes answer in one pass, provided they reproduce ``predict`` (else it is called).
    """
    if trees is not None:
        if feature not in trees.feature_names:
            return np.repeat(probabilities(predict, frame)[None, :], values.size, axis=0)
        model = Model("model", predict, trees.feature_names, trees)
        through_trees: Floats = response_matrix(model, frame, feature, values).T
        return through_trees
    at_once = max(BATCH_ROWS // max(len(frame), 1), 1)
    scores = np.empty((values.size, len(frame)))
    for start in range(0, values.size, at_once):
        part = values[start : start + at_once]
        tiled = frame.iloc[np.tile(np.arange(len(frame)), part.size)].reset_index(drop=True)
        tiled[feature] = np.repeat(part, len(frame))
        scores[start : start + part.size] = probabilities(predict, tiled).reshape(part.size, len(frame))
    return scores
