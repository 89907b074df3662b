"""Other ways to the same reasons, reasons by group, and sentences that are true of their reader."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from respml.errors import InputError
from respml.explain.loco import MEAN
from respml.explain.model import Model
from respml.explain.reason_sentences import Wording, worded
from respml.explain.reason_ways import group_gaps, leave_one_out_contributions, split_near_duplicates
from respml.explain.reasons import Reason, adverse_action_reasons

FACTORS = {"a": Reason("A", "Your a"), "b": Reason("B", "Your b")}


def reasons_of(first):
    """Applicants, all declined, whose first reason is the one named."""
    a = np.where(np.array(first) == "a", 2.0, 1.0)
    contribution = pd.DataFrame({"a": a, "b": 3.0 - a, "bias": 0.0})
    # no contribution is adverse against a baseline that is the mean, so the baseline here is zero
    from respml.explain.reasons import Baseline

    base = Baseline("none", pd.Series({"a": 0.0, "b": 0.0}), 1, 0.0, 0.0, np.ones(len(a), dtype=bool))
    return adverse_action_reasons(contribution, np.ones(len(a)), 0.5, FACTORS, baseline=base)


def test_leaving_one_out_of_a_sum_gives_its_terms():
    model = Model("m", lambda rows: 0.1 * rows["a"].to_numpy() + 0.2 * rows["b"].to_numpy(), ("a", "b"))
    rows = pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 1.0]}, index=[7, 9])
    reference = pd.DataFrame({"a": [0.0, 1.0], "b": [0.5, 0.5]})
    found = leave_one_out_contributions(model, rows, [0, 1], reference=reference, absent=MEAN)
    # term of a: .1 (value - .5); term of b: .2 (value - .5)
    np.testing.assert_allclose(found["a"], [0.05, 0.15])
    np.testing.assert_allclose(found["b"], [-0.1, 0.1])
    assert found.index.tolist() == [7, 9]
    assert found["bias"].tolist() == [0.5, 0.5]


def test_a_gap_between_groups_has_newcombes_interval_split_over_the_comparisons():
    first = ["a"] * 60 + ["b"] * 40 + ["a"] * 20 + ["b"] * 80
    groups = pd.DataFrame({"sex": ["f"] * 100 + ["m"] * 100})
    table = group_gaps(reasons_of(first), groups)
    found = table[(table["level"] == "f") & (table["factor"] == "a")].iloc[0]
    assert found["estimate"] == pytest.approx(0.4)
    # two levels by two factors: four comparisons, confidence 1 - .05 / 4
    low, high = confint_proportions_2indep(60, 100, 20, 100, method="newcomb", compare="diff", alpha=0.05 / 4)
    np.testing.assert_allclose([found["lower"], found["upper"]], [low, high], atol=1e-12)
    assert found["comparisons"] == 4


def test_small_groups_and_missing_levels_are_left_out():
    groups = pd.DataFrame({"sex": ["f"] * 60 + ["m"] * 20 + [None] * 20})
    assert group_gaps(reasons_of(["a"] * 100), groups, least=30).empty


def test_near_duplicates_count_as_split_only_when_no_factor_holds_them_all():
    duplicates = [("a", "b"), ("c", "d")]
    assert split_near_duplicates(duplicates, [("a", "b", "x"), ("c",), ("d",)]) == (("c", "d"),)


def test_a_sentence_that_is_not_true_is_replaced_by_the_other_wording():
    made = reasons_of(["a", "a"])
    frame = pd.DataFrame({"a": [1.0, 0.0], "b": [5.0, 5.0]})
    wordings = {"a": Wording({"a": ">= 1"}, "Your record of a")}
    lines = worded(made, frame, wordings, pd.Series({"a": 0.0, "b": 0.0})).frame
    first = lines[lines["rank"] == 1]
    assert first["text"].tolist() == ["Your a", "Your record of a"]
    assert first["holds"].tolist() == [True, False]
    assert lines["accurate"].all()
    assert lines.loc[lines["factor"] == "b", "holds"].isna().all()


def test_a_sentence_that_fails_without_another_wording_is_inaccurate():
    made = reasons_of(["a"])
    usual = pd.Series({"a": 3.0, "b": 0.0})
    lines = worded(made, pd.DataFrame({"a": [4.0], "b": [0.0]}), {"a": Wording({"a": "< usual"})}, usual).frame
    assert lines.set_index("factor")["accurate"].to_dict() == {"a": False, "b": True}


def test_any_condition_is_enough_and_a_missing_value_meets_none():
    made = replace(reasons_of(["a"]), members={"a": ("a", "b"), "b": ("b",)})
    wordings = {"a": Wording({"a": "> 0", "b": "> 0"})}
    usual = pd.Series({"a": 0.0, "b": 0.0})
    for a, b, true in ((np.nan, 1.0, True), (np.nan, np.nan, False), (1.0, -1.0, True)):
        lines = worded(made, pd.DataFrame({"a": [a], "b": [b]}), wordings, usual).frame
        assert bool(lines.loc[lines["factor"] == "a", "holds"].iloc[0]) is true


def test_a_condition_that_cannot_be_read_is_refused():
    with pytest.raises(InputError, match="cannot be read"):
        worded(reasons_of(["a"]), pd.DataFrame({"a": [1.0], "b": [1.0]}), {"a": Wording({"a": "about"})}, pd.Series())
