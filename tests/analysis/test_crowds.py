"""Clouds of people as groups of neighbours, and curves without single steps."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from respml.analysis import crowds
from respml.analysis.crowds import PEOPLE, averaged, significant, steps, told_apart

FLOATS = st.one_of(st.none(), st.integers(-4, 4).map(float), st.floats(-1e6, 1e6, allow_subnormal=False))


@st.composite
def clouds(draw: st.DrawFn) -> tuple[pd.DataFrame, list[str], int]:
    """Invented people with many ties and gaps, what they are drawn along, and the fewest of a group."""
    lines = draw(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1), FLOATS, FLOATS, FLOATS), max_size=45))
    frame = pd.DataFrame(lines, columns=["feature", "outcome", "x", "y", "z"])
    along = draw(st.sampled_from([["x"], ["x", "y"], ["y", "x"]]))
    return frame.astype(dict.fromkeys("xyz", float)), along, draw(st.integers(2, 6))


def members(code: float, people: int) -> list[int]:
    """Who is in a group, from the mean of two to the power of everybody's place: exact below 2^53."""
    total = round(code * people)
    return [place for place in range(total.bit_length()) if total >> place & 1]


@settings(deadline=None)
@given(clouds())
def test_each_line_is_the_mean_of_enough_people_of_one_block(cloud: tuple[pd.DataFrame, list[str], int]) -> None:
    """A column of powers of two says who stands behind each line; numpy then gives the means."""
    frame, along, fewest = cloud
    coded = frame.assign(code=2.0 ** np.arange(len(frame)))
    with mock.patch.object(crowds, "significant", lambda values, digits: values):
        found = averaged(coded, ["feature", "outcome"], along, fewest)
    seen: list[int] = []
    for line in found.to_dict("records"):
        group = members(line["code"], line[PEOPLE])
        own = frame.iloc[group]
        assert len(group) == line[PEOPLE] >= fewest
        assert (own["feature"] == line["feature"]).all() and (own["outcome"] == line["outcome"]).all()
        assert own[along].isna().drop_duplicates().shape[0] == 1
        for name in "xyz":
            np.testing.assert_allclose(line[name], np.mean(own[name].to_numpy()), rtol=1e-9, atol=1e-6)
        seen += group
    assert len(seen) == len(set(seen)), "one person stands behind one line"
    keys = [frame["feature"], frame["outcome"], *(frame[name].isna().rename(name) for name in along)]
    sizes = frame.groupby(keys)["feature"].transform("size")
    assert set(seen) == set(np.flatnonzero(sizes >= fewest)), "nobody of a block that is large enough is missing"


@settings(deadline=None)
@given(clouds())
def test_means_times_people_are_the_sum_of_the_block(cloud: tuple[pd.DataFrame, list[str], int]) -> None:
    frame, along, fewest = cloud
    whole = frame.dropna()
    found = averaged(whole, ["feature"], along, fewest)
    for feature, block in whole.groupby("feature"):
        own = found[found["feature"] == feature]
        assert own[PEOPLE].sum() == (len(block) if len(block) >= fewest else 0)
        if len(own):
            for name in "xyz":
                # three significant digits: each mean is off by half a unit of the third at most
                off = 0.005 * (own[name].abs() * own[PEOPLE]).sum() + 1e-9
                assert abs((own[name] * own[PEOPLE]).sum() - block[name].sum()) <= off


@settings(deadline=None)
@given(clouds(), st.randoms(use_true_random=False))
def test_the_order_of_the_data_is_forgotten(cloud: tuple[pd.DataFrame, list[str], int], random: object) -> None:
    frame, along, fewest = cloud
    order = list(range(len(frame)))
    random.shuffle(order)  # type: ignore[attr-defined]
    first, second = (
        averaged(each, ["feature", "outcome"], along, fewest)
        for each in (frame, frame.iloc[order].reset_index(drop=True))
    )
    names = [*frame.columns, PEOPLE]
    lines = [each[names].sort_values(names, ignore_index=True) for each in (first, second)]
    pd.testing.assert_frame_equal(*lines, check_dtype=False)


def test_neighbours_are_grouped_and_texts_of_a_person_go() -> None:
    frame = pd.DataFrame(
        {"x": [6.0, 1, 5, 2, 4, 3, 7], "who": list("abcdefg"), "unit": "years", "side": ["l", "r"] * 3 + ["l"]}
    )
    found = averaged(frame, [], ["x"], 3)
    # seven lines make two groups, of four and three: the means of 1, 2, 3, 4 and of 5, 6, 7
    assert found[["x", PEOPLE]].to_numpy().tolist() == [[2.5, 4], [6.0, 3]]
    assert found["unit"].tolist() == ["years", "years"]
    assert "who" not in found and "side" not in found


@pytest.mark.parametrize("along", [["x"], ["x", "y"]])
def test_ties_are_broken_by_the_other_numbers_not_by_the_order_of_the_lines(along: list[str]) -> None:
    other = np.array([8.0, 1.0, 6.0, 3.0, 4.0, 5.0, 2.0, 7.0])
    found = averaged(pd.DataFrame({"x": 0.0, "y": 0.0, "other": other}), [], along, 2)
    assert found["other"].tolist() == [1.5, 3.5, 5.5, 7.5]


def test_a_block_of_too_few_is_left_out_and_one_of_just_enough_stays() -> None:
    frame = pd.DataFrame({"part": ["few"] * 9 + ["enough"] * 10, "x": np.arange(19.0)})
    found = averaged(frame, ["part"], ["x"], 10)
    assert found.to_dict("records") == [{"part": "enough", "x": 13.5, PEOPLE: 10}]
    assert len(averaged(frame, ["part"], ["x"], 9)) == 2


def test_those_who_lack_a_value_are_grouped_among_themselves() -> None:
    frame = pd.DataFrame({"part": "p", "x": [1.0, 3.0, np.nan, np.nan, np.nan], "y": [1.0, 1.0, 6.0, 7.0, 8.0]})
    found = averaged(frame, ["part"], ["x", "y"], 2)
    assert found["y"].tolist() == [1.0, 7.0] and found[PEOPLE].tolist() == [2, 3]
    assert found["x"].isna().tolist() == [False, True]
    assert len(averaged(frame, ["part"], ["x", "y"], 3)) == 1, "two who have a value are fewer than three"


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30)), min_size=1, max_size=120),
    st.integers(2, 8),
    st.booleans(),
)
def test_the_steps_of_a_curve_are_enough_defaults_and_payers_wide(
    people: list[tuple[int, int]], fewest: int, ends: bool
) -> None:
    outcome = np.array([each for each, _ in people])
    score = np.array([each for _, each in people]) / 30
    cutoff = np.unique(score)[::-1]
    cutoff = np.r_[np.inf, cutoff, -np.inf] if ends else cutoff
    kept = steps(cutoff, outcome, score, fewest)
    assert kept == sorted(set(kept)) and kept[-1] == len(cutoff) - 1 and kept[0] == 0
    above = [[sum(o == side and s > cutoff[place] for o, s in zip(outcome, score, strict=True)) for side in (0, 1)]
             for place in kept]  # fmt: skip
    walked = [each for each in above if any(each)]
    # the first step begins with nobody; with one step only there is nothing shorter to show
    for before, after in zip([[0, 0], *walked[:-1]], walked, strict=True) if len(walked) > 1 else []:
        assert after[0] - before[0] >= fewest and after[1] - before[1] >= fewest


def test_a_curve_of_many_people_keeps_its_shape() -> None:
    """Forty people, defaults and payers in turns: every tenth cut-off is five of each apart."""
    score = np.arange(40, 0, -1) / 40
    outcome = np.tile([1, 0], 20)
    cutoff = np.r_[np.inf, score[1:], 0.0]
    assert steps(cutoff, outcome, score, 5) == [0, 10, 20, 30, 40]
    # 16 of each do not divide by 5: the step to the end takes up what is left
    assert steps(cutoff[:33], outcome, score, 5) == [0, 10, 20, 32]
    assert steps(cutoff, outcome, score, 21) == [0, 40], "a step of fewer is not shown"


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(12_345.0, 3, 12_300.0), (0.00012355, 3, 0.000124), (-9.996, 3, -10.0), (0.0, 3, 0.0), (np.inf, 2, np.inf)],
)
def test_significant_digits(value: float, digits: int, expected: float) -> None:
    assert significant(np.array([value]), digits)[0] == pytest.approx(expected, rel=1e-12)
    assert np.isnan(significant(np.array([np.nan]), 3)[0])


@given(st.lists(st.floats(-1e6, 1e6).map(lambda each: round(each, 6)), min_size=1, max_size=40))
def test_rounded_places_stay_as_many(values: list[float]) -> None:
    before = np.array(values)
    after = told_apart(before, 3)
    if len(np.unique(before)) > 1:
        assert len(np.unique(after)) == len(np.unique(before))
        assert np.array_equal(np.argsort(before, kind="stable"), np.argsort(after, kind="stable"))


def test_places_far_apart_lose_their_digits_and_near_ones_keep_as_many_as_they_need() -> None:
    assert told_apart(np.array([1234.56, 5678.9, np.nan]), 3)[:2].tolist() == [1230.0, 5680.0]
    assert told_apart(np.array([0.0, 1000.4, 1001.4]), 3).tolist() == [0.0, 1000.0, 1001.0]
