import numpy as np
import pandas as pd
import pytest

from respml.errors import InputError
from respml.measures.fairness.membership import (
    UNKNOWN,
    bands,
    intersection,
    observed_membership,
    probable_membership,
    thresholded,
)


def test_missing_values_are_a_group_of_their_own() -> None:
    membership = observed_membership("SEX", [1.0, np.nan, 2.0, None, 1.0], 1, {1: "male", 2: "female"})
    assert membership.names == ("male", "female", UNKNOWN)
    assert membership.share_of(UNKNOWN).tolist() == [0, 1, 0, 1, 0]


def test_codes_outside_the_dictionary_are_shown_with_their_code() -> None:
    membership = observed_membership("EDUCATION", [1, 2, 7], 1, {1: "graduate", 2: "university"})
    assert membership.names == ("graduate", "university", "unlabelled 7")


def test_two_codes_with_one_label_are_one_group() -> None:
    membership = observed_membership("EDUCATION", [1, 0, 4], 1, {1: "graduate", 0: "other", 4: "other"})
    assert membership.names == ("graduate", "other")
    assert membership.codes is not None and membership.codes.tolist() == [0, 1, 1]


def test_reference_is_given_as_value_or_as_label() -> None:
    for reference in (1, "male"):
        assert observed_membership("SEX", [1, 2], reference, {1: "male", 2: "female"}).reference == "male"


def test_a_reference_that_does_not_occur_is_refused() -> None:
    with pytest.raises(InputError, match="reference group 'male' does not occur"):
        observed_membership("SEX", [2, 2], 1, {1: "male", 2: "female"})


def test_text_and_category_labels_are_accepted() -> None:
    values = pd.Series(["b", "a", None], dtype="category")
    assert observed_membership("G", values, "a").names == ("a", "b", UNKNOWN)


def test_intersection_holds_only_combinations_that_occur_and_the_reference() -> None:
    sex = observed_membership("SEX", ["m", "f", "f"], "m")
    age = observed_membership("AGE", ["young", "young", "old"], "old")
    crossed = intersection(sex, age)
    assert crossed.attribute == "SEX × AGE"
    assert set(crossed.names) == {"m × young", "f × young", "f × old", "m × old"}
    assert crossed.reference == "m × old"
    assert crossed.share_of("m × old").sum() == 0
    assert crossed.share_of("f × old").tolist() == [0, 0, 1]


def test_intersection_of_probabilities_multiplies() -> None:
    race = probable_membership("RACE", pd.DataFrame({"a": [0.7], "b": [0.3]}), "a")
    sex = probable_membership("SEX", pd.DataFrame({"m": [0.4], "f": [0.6]}), "m")
    assert intersection(race, sex).share_of("b × f")[0] == pytest.approx(0.18, abs=1e-15)


def test_probabilities_that_sum_to_less_leave_the_rest_unknown() -> None:
    shares = pd.DataFrame({"a": [0.5, np.nan, 1.0], "b": [0.2, np.nan, 0.0]})
    membership = probable_membership("RACE", shares, "a")
    assert membership.share_of(UNKNOWN) == pytest.approx([0.3, 1.0, 0.0])


@pytest.mark.parametrize("row", [[0.9, 0.3], [-0.1, 0.5], [np.nan, 0.5]])
def test_impossible_probabilities_are_refused(row: list[float]) -> None:
    with pytest.raises(InputError):
        probable_membership("RACE", pd.DataFrame([row], columns=["a", "b"]), "a")


def test_threshold_assigns_the_likeliest_group_or_nobody() -> None:
    shares = pd.DataFrame({"a": [0.85, 0.6, 0.1], "b": [0.15, 0.4, 0.9]})
    cut = thresholded(probable_membership("RACE", shares, "a"), 0.8)
    assert [cut.names[code] for code in cut.codes] == ["a", UNKNOWN, "b"]  # type: ignore[union-attr]


def test_bands_put_an_edge_into_the_upper_band_and_keep_missing() -> None:
    labels = bands([24, 25, 40, np.nan], [25, 40])
    assert labels.tolist()[:3] == ["under 25", "25 to under 40", "40 and over"]
    assert labels.isna().tolist() == [False, False, False, True]


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.5])
def test_a_threshold_that_is_no_probability_is_refused(threshold: float) -> None:
    soft = probable_membership("race", pd.DataFrame({"a": [0.6, 0.2], "b": [0.4, 0.8]}), "a")
    with pytest.raises(InputError, match="no probability that can assign a row"):
        thresholded(soft, threshold)
