from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from respml.candidates.constraints import constraint_table, correlation_table
from respml.errors import InputError
from respml.portfolio.dictionary import Column, Dictionary

FRAME = pd.DataFrame({"up": [1.0, 2, 3, 4], "down": [4.0, 3, np.nan, 1], "flat": 1.0, "text": list("abcd")})
OUTCOME = np.array([0, 0, 1, 1], dtype=np.int8)
NAMES = ["up", "down", "flat", "text"]
DICTIONARY = Dictionary({"up": Column(expected_sign=-1), "down": Column(expected_sign=-1)})


def test_correlation_is_pearsons_over_the_rows_that_are_not_missing() -> None:
    table = correlation_table(FRAME, OUTCOME, NAMES).set_index("feature")
    assert table.loc["up", "correlation"] == pytest.approx(np.corrcoef([1, 2, 3, 4], OUTCOME)[0, 1])
    assert table.loc["down", "correlation"] == pytest.approx(np.corrcoef([4, 3, 1], [0, 0, 1])[0, 1])
    assert table.loc["down", "n"] == 3
    assert table.loc[["flat", "text"], "correlation"].isna().all()


def test_signs_come_from_the_training_correlation() -> None:
    table = constraint_table("correlation", correlation_table(FRAME, OUTCOME, NAMES), DICTIONARY)
    assert table["direction"].tolist() == [1, -1, 0, 0]
    # The dictionary expects the opposite for the first: that is said, not hidden.
    assert table["agrees"].tolist() == [False, True, True, True]


def test_signs_come_from_the_dictionary_and_features_without_one_are_free() -> None:
    table = constraint_table("dictionary", correlation_table(FRAME, OUTCOME, NAMES), DICTIONARY)
    assert table["direction"].tolist() == [-1, -1, 0, 0]
    assert table["source"].tolist()[2] == "no expected sign: free"


def test_signs_given_in_the_specification_win_and_unknown_names_are_refused() -> None:
    correlation = correlation_table(FRAME, OUTCOME, NAMES)
    assert constraint_table({"down": 1}, correlation, DICTIONARY)["direction"].tolist() == [0, 1, 0, 0]
    with pytest.raises(InputError, match="'sideways', which is no input"):
        constraint_table({"sideways": 1}, correlation, DICTIONARY)
