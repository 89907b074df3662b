from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from respml.candidates.boosting import Rows
from respml.candidates.search import midpoint, random_search, sample_configurations
from respml.portfolio.portfolio import Portfolio
from respml.spec.candidates import Ranges, Search

SETTINGS = Search(configurations=8, max_rounds=80, early_stopping=10)


@pytest.fixture(scope="module")
def rows(portfolio: Portfolio) -> tuple[Rows, Rows]:
    train, valid = (
        Rows.of(portfolio.features(part).to_numpy(np.float64), portfolio.outcome(part)) for part in ("train", "valid")
    )
    return train, valid


def test_draws_stay_in_their_ranges_and_repeat_under_the_seed() -> None:
    ranges = Ranges()
    drawn = sample_configurations(ranges, 200, seed=5)
    assert drawn == sample_configurations(ranges, 200, seed=5)
    assert drawn != sample_configurations(ranges, 200, seed=6)
    table = pd.DataFrame([each.as_dict() for each in drawn])
    for name in ("learning_rate", "subsample", "colsample_bytree", "min_child_weight", "reg_lambda"):
        low, high = getattr(ranges, name)
        assert table[name].between(low, high).all() and table[name].nunique() > 150
    assert set(table["max_depth"]) == set(ranges.max_depth)
    # Uniform on a logarithmic scale: half the draws lie below the geometric middle of the range.
    assert (table["learning_rate"] < np.sqrt(0.03 * 0.2)).mean() == pytest.approx(0.5, abs=0.12)


def test_the_first_configuration_is_the_middle_of_the_ranges() -> None:
    middle = midpoint(Ranges(max_depth=(2, 4, 9), learning_rate=(0.01, 0.09), subsample=(0.4, 0.8)))
    assert (middle.max_depth, middle.learning_rate, middle.subsample) == (4, 0.03, 0.6)
    assert sample_configurations(Ranges(), 3, seed=1)[0] == midpoint(Ranges())


def test_the_result_is_the_same_for_any_number_of_workers(rows: tuple[Rows, Rows]) -> None:
    results = [random_search(*rows, [0] * 4, SETTINGS, 5, workers) for workers in (1, 2, 3)]
    for other in results[1:]:
        pd.testing.assert_frame_equal(results[0].leaderboard, other.leaderboard, check_exact=True)
        assert results[0].best == other.best


def test_halving_ends_half_of_the_configurations_early_and_the_best_survivor_wins(rows: tuple[Rows, Rows]) -> None:
    board = random_search(*rows, [0] * 4, SETTINGS, 5, 2).leaderboard
    assert board["stage"].value_counts().to_dict() == {1: 4, 2: 2, 3: 2}
    assert board["chosen"].tolist() == [True] + [False] * 7
    survivors = board[board["stage"] == 3]
    assert board.loc[0, "valid_log_loss"] == survivors["valid_log_loss"].min()
    ended = board[board["stage"] == 1]
    assert (ended["rounds"] <= np.ceil(2.0 / ended["learning_rate"])).all()


def test_one_configuration_is_a_search_too(rows: tuple[Rows, Rows]) -> None:
    settings = Search(configurations=1, max_rounds=20, early_stopping=5)
    assert random_search(*rows, [0] * 4, settings, 5, 2).best == midpoint(Ranges())
