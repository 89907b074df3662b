from __future__ import annotations

import numpy as np
import pandas as pd

from respml.candidates.boosting import Configuration, Rows
from respml.candidates.encoding import learn_encoding
from respml.candidates.ranking import FoldComparison
from respml.candidates.selection import SelectionPath, feature_lists, forward_selection
from respml.portfolio.portfolio import Portfolio
from tests.candidates import data

CONFIGURATION = Configuration(3, 0.2, 1.0, 1.0, 5.0, 1.0, 64)


def _walk(portfolio: Portfolio, lists: list[tuple[str, ...]], benchmark: np.ndarray) -> SelectionPath:
    encoding = learn_encoding(portfolio.features("train"), portfolio.inputs, fill_missing=False)
    train, valid = (
        Rows.of(encoding.matrix(portfolio.features(part)), portfolio.outcome(part)) for part in ("train", "valid")
    )
    comparison = FoldComparison(valid.outcome, seed=1)
    comparison.add("glm", benchmark)
    return forward_selection(
        train,
        valid,
        encoding,
        lists,
        {},
        CONFIGURATION,
        comparison,
        ["glm"],
        seed=1,
        max_rounds=60,
        patience=10,
        workers=2,
    )


def test_features_join_by_absolute_correlation_and_those_without_come_last() -> None:
    correlation = {"a": 0.1, "b": -0.3, "c": float("nan"), "d": 0.2}
    assert feature_lists(["a"], ["a", "b", "c", "d"], correlation) == [
        ("a",),
        ("a", "b"),
        ("a", "b", "d"),
        ("a", "b", "d", "c"),
    ]
    assert feature_lists([], ["a", "b"], correlation)[0] == ("b",)


def test_a_feature_without_information_is_a_tie_and_the_shorter_list_stays() -> None:
    table = data.frame().assign(constant=1.0)
    portfolio = data.portfolio(table, ("arrears", "income", "constant"))
    worse = np.full(len(portfolio.outcome("valid")), 0.3)
    path = _walk(portfolio, [("arrears", "income"), ("arrears", "income", "constant")], worse)
    assert path.table["mean_rank"].nunique() == 1
    assert path.features == ("arrears", "income")
    assert path.table["chosen"].tolist() == [True, False]


def test_a_feature_that_improves_the_ranking_is_taken(portfolio: Portfolio) -> None:
    # The benchmark sits between the two steps, so that only the second step beats it.
    table = portfolio.rows("valid")
    margin = -2.4 - 0.8 * (np.log(table["income"]) - 10) + 1.1 * table["arrears"]
    path = _walk(portfolio, [("arrears",), ("arrears", "income", "age")], (1 / (1 + np.exp(-margin))).to_numpy())
    assert path.features == ("arrears", "income", "age")
    assert path.table["mean_rank"].is_monotonic_decreasing
    assert path.table["added"].tolist() == ["", "age"]


def test_a_path_that_never_beats_the_compared_model_keeps_its_first_list(portfolio: Portfolio) -> None:
    perfect = np.where(portfolio.outcome("valid") == 1, 0.99, 0.01)
    path = _walk(portfolio, [("noise",), ("noise", "age")], perfect)
    assert path.features == ("noise",)
    pd.testing.assert_series_equal(path.table["mean_rank"], pd.Series([2.0, 2.0], name="mean_rank"))
