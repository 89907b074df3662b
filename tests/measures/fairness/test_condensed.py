import numpy as np
import pandas as pd

from respml.measures.fairness.acceptance import acceptance_gaps
from respml.measures.fairness.condensed import INTERSECTIONS, condensed, lowest_ratios, with_names
from respml.measures.fairness.disparity import disparity_ratios, outside_band
from respml.measures.fairness.membership import observed_membership
from respml.measures.fairness.scores import score_differences
from respml.measures.fairness.significance import significance_table
from respml.measures.fairness.study import make_study
from respml.measures.fairness.suppression import suppress_estimates


def study(intersections: bool = False):
    # Acceptance by hand: a 8/10, b 6/10, c 1/2, missing 0/2; the other attribute splits evenly.
    group = ["a"] * 10 + ["b"] * 10 + ["c"] * 2 + [None] * 2
    score = [0.1] * 8 + [0.9] * 2 + [0.1] * 6 + [0.9] * 4 + [0.1, 0.9] + [0.9] * 2
    outcome = [0, 1] * 12
    members = [observed_membership("g", group, "a"), observed_membership("h", ["x", "y"] * 12, "x")]
    return make_study(outcome, {"m": np.array(score)}, {"m": 0.5}, members, intersections=intersections)


def test_the_lowest_ratio_leaves_out_what_is_withheld_and_what_is_unknown() -> None:
    gaps = acceptance_gaps(study())
    assert lowest_ratios(gaps)["group"].tolist() == ["c"]  # 0.5 / 0.8 = 0.625, below b's 0.75; unknown has 0
    kept = lowest_ratios(suppress_estimates(gaps, 3))
    assert kept["group"].tolist() == ["b"] and kept["estimate"].iloc[0] == 0.6 / 0.8


def test_names_and_scopes() -> None:
    frame = with_names(acceptance_gaps(study(intersections=True)))
    assert "b (g)" in set(frame["who"])
    assert set(frame.loc[frame["attribute"] == "g × h", "scope"]) == {INTERSECTIONS}
    assert set(frame.loc[frame["attribute"] == "g", "scope"]) == {"attributes"}


def test_one_line_a_candidate_counts_what_the_tables_hold() -> None:
    part = study()
    gaps = suppress_estimates(acceptance_gaps(part), 3)
    differences = suppress_estimates(score_differences(part), 3)
    table = with_names(
        significance_table(
            gaps, differences, air_threshold=0.8, points_threshold=5, smd_threshold=0.2, significance=0.05
        )
    )
    ratios = with_names(outside_band(disparity_ratios(part), (0.8, 1.25)))
    row = condensed(table, ratios).iloc[0]
    assert (row["groups"], row["withheld"]) == (2, 2)
    assert row["air"] == table["air"].min() and row["who"] == "b (g)"
    assert row["practical"] == int(table["practical"].sum())
    assert row["both"] == 0  # ten rows against ten: nothing is beyond chance
    assert row["outside"] == int(ratios["outside"].sum())


def test_nothing_defined_gives_a_row_that_says_so() -> None:
    part = study()
    gaps, differences = (suppress_estimates(each, 100) for each in (acceptance_gaps(part), score_differences(part)))
    table = with_names(
        significance_table(
            gaps, differences, air_threshold=0.8, points_threshold=5, smd_threshold=0.2, significance=0.05
        )
    )
    ratios = with_names(outside_band(suppress_estimates(disparity_ratios(part), 100), (0.8, 1.25)))
    row = condensed(table, ratios).iloc[0]
    assert lowest_ratios(gaps).empty
    assert (row["groups"], row["practical"], row["outside"]) == (0, 0, 0)
    assert pd.isna(row["air"])
