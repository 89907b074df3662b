import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.errors import InputError
from respml.explain.tree_response import leaf_paths, tree_response
from respml.explain.tree_tables import tree_tables


def test_margin_equals_the_boosters_own_on_values_thresholds_and_missing(boosters, inputs):
    for booster in boosters.values():
        tables = tree_tables(booster)
        probe = inputs.head(400).copy()
        thresholds = tables.threshold[tables.feature == tables.position("bill")]
        probe.loc[probe.index[: len(thresholds)], "bill"] = thresholds[:400].astype(float)
        probe.iloc[300:350, 0] = np.nan
        expected = booster.predict(xgboost.DMatrix(probe), output_margin=True)
        assert np.abs(tables.margin(probe) - expected).max() < 2e-6


def test_every_row_meets_exactly_one_leaf_path_a_tree(boosters, inputs):
    tables = tree_tables(boosters["gbm"])
    paths = leaf_paths(tables)
    matrix = tables.matrix(inputs.head(50))
    met = np.ones((50, len(paths.leaf)), bool)
    for step in range(paths.step.shape[1]):
        node = paths.step[:, step]
        value = matrix[:, np.maximum(tables.feature[node], 0)]
        yes = np.where(np.isnan(value), tables.missing_yes[node], value < tables.threshold[node])
        met &= np.where(node >= 0, yes == paths.yes[:, step], True)
    assert (met.sum(axis=1) == tables.trees).all()


def test_response_equals_predicting_changed_rows(boosters, inputs):
    booster = boosters["gbm"]
    grids = {"delay": np.array([np.nan, -2.0, 1.5, 2.0, 99.0]), "bill": np.array([0.0, 39_999.5, np.nan, 1e6])}
    for block in tree_response(tree_tables(booster), inputs.head(333), grids):
        for place, value in enumerate(grids[block.feature]):
            changed = inputs.head(333).assign(**{block.feature: value})
            expected = booster.predict(xgboost.DMatrix(changed), output_margin=True)[block.rows]
            assert np.abs(block.margin[block.cell[place]] - expected).max() < 5e-6


def test_a_tree_without_split_is_a_constant():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 2, "gamma": 1e9, "base_score": 0.5},
        xgboost.DMatrix(frame, [0, 1, 1]),
        2,
    )
    expected = booster.predict(xgboost.DMatrix(frame), output_margin=True)
    assert np.allclose(tree_tables(booster).margin(frame), expected, atol=1e-6)
    blocks = list(tree_response(tree_tables(booster), frame, {"a": np.array([0.0, np.nan])}))
    assert np.allclose(blocks[0].margin, expected[0], atol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"booster": "gblinear", "objective": "binary:logistic"}, "gblinear"),
        ({"booster": "dart", "objective": "binary:logistic"}, "dart"),
        ({"objective": "count:poisson"}, "count:poisson"),
    ],
)
def test_what_the_walk_does_not_cover_is_refused(parameters, word):
    frame = pd.DataFrame({"a": np.arange(20.0)})
    booster = xgboost.train(parameters, xgboost.DMatrix(frame, np.arange(20) % 2), 1)
    with pytest.raises(InputError, match=word):
        tree_tables(booster)
