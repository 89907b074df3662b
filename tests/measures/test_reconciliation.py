"""Scores of one model from several places; expectations counted by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from respml.errors import InputError
from respml.measures.reconciliation import differences_by_score, reconcile_scores

MODEL = pd.Series([0.10, 0.20, 0.30, 0.40], index=["a", "b", "c", "d"])


def test_equal_scores_in_another_order_agree() -> None:
    found = reconcile_scores({"model": MODEL, "artefact": MODEL.iloc[::-1]}, 0.25)
    row = found.summary.iloc[0]
    assert (row["n"], row["largest_difference"], row["mismatched_decisions"]) == (4, 0.0, 0)
    assert row["agrees"] and row["declined_left"] == row["declined_right"] == 2
    assert found.worst.empty


def test_differences_decisions_and_rows_are_counted() -> None:
    # a is missing on the right, e on the left; b crosses the cut-off by +0.06; d differs by −0.01 on one side of it
    production = pd.Series({"b": 0.26, "c": 0.30, "d": 0.39, "e": 0.90})
    found = reconcile_scores({"model": MODEL, "production": production}, 0.25)
    row = found.summary.iloc[0]
    assert (row["n"], row["only_left"], row["only_right"]) == (3, 1, 1)
    assert row["largest_difference"] == pytest.approx(0.06, abs=1e-15)
    assert row["mean_difference"] == pytest.approx(0.05 / 3, abs=1e-15)
    assert (row["beyond_tolerance"], row["mismatched_decisions"]) == (2, 1)
    assert (row["declined_left"], row["declined_right"]) == (2, 3)
    assert not row["agrees"]
    assert found.worst["row"].tolist() == ["b", "d"]
    assert found.worst["mismatched"].tolist() == [True, False]


def test_a_difference_within_the_tolerance_agrees_unless_it_changes_a_decision() -> None:
    shifted = MODEL + 1e-9
    assert reconcile_scores({"model": MODEL, "artefact": shifted}, 0.25).summary.loc[0, "agrees"]
    # exactly at the cut-off one side accepts (p > c is false), the other declines
    at_the_edge = reconcile_scores({"model": MODEL, "artefact": shifted}, 0.30).summary.iloc[0]
    assert at_the_edge["mismatched_decisions"] == 1 and not at_the_edge["agrees"]


def test_the_first_is_compared_with_each_of_the_others() -> None:
    found = reconcile_scores({"model": MODEL, "artefact": MODEL, "production": MODEL + 0.1}, 0.25)
    assert found.summary["right"].tolist() == ["artefact", "production"]
    assert found.summary["agrees"].tolist() == [True, False]


def test_no_common_row_is_no_agreement() -> None:
    row = reconcile_scores({"model": MODEL, "production": pd.Series({"z": 0.5})}, 0.25).summary.iloc[0]
    assert row["n"] == 0 and math.isnan(row["largest_difference"]) and not row["agrees"]


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        ({"model": MODEL}, "cannot be compared"),
        ({"model": MODEL, "other": pd.Series([0.1, 0.2], index=["a", "a"])}, "1 identifiers more than once"),
        ({"model": MODEL, "other": pd.Series({"a": 1.2})}, "outside 0 to 1"),
        ({"model": MODEL, "other": pd.Series({"a": float("nan")})}, "missing"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(scores: dict[str, pd.Series], why: str) -> None:
    with pytest.raises(InputError, match=why):
        reconcile_scores(scores, 0.5)


def test_differences_stand_in_the_band_of_the_documented_score() -> None:
    # bands of a fifth: a is in the first, b (0.20) and c (0.30) in the second, d (0.40) in the third; 1 in the last
    left = pd.concat([MODEL, pd.Series({"f": 1.0})])
    right = pd.Series({"b": 0.26, "c": 0.30, "d": 0.39, "e": 0.90, "f": 1.0})
    found = differences_by_score({"model": left, "production": right}, 0.25, bands=5)
    assert found["place"].unique().tolist() == ["production"]
    assert found[["n", "mismatched"]].to_numpy().tolist() == [[2, 1], [1, 0], [1, 0]]
    assert found["lower"].tolist() == pytest.approx([0.2, 0.4, 0.8])
    assert found["upper"].tolist() == pytest.approx([0.4, 0.6, 1.0])
    assert found["largest_difference"].tolist() == pytest.approx([0.06, 0.01, 0.0])


def test_no_row_in_both_gives_no_band() -> None:
    assert differences_by_score({"model": MODEL, "production": pd.Series({"z": 0.5})}, 0.25).empty
