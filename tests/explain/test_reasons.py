import numpy as np
import pandas as pd
import pytest

from respml.errors import InputError
from respml.explain.reasons import (
    ALL_APPLICANTS,
    Baseline,
    Reason,
    adverse_action_reasons,
    baseline_population,
    near_duplicate_groups,
)

TEXTS = {name: Reason(f"R{place}", f"Because of {name}") for place, name in enumerate("abcdefg")}


def flat(features: str) -> Baseline:
    return Baseline("all applicants", pd.Series(0.0, index=list(features)), 1, 0.0, 1.0, np.ones(1, bool))


def worked() -> tuple[pd.DataFrame, np.ndarray]:
    """Three applicants, the first approved; contributions to the log-odds of default."""
    frame = pd.DataFrame(
        [
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0],
            [0.5, 0.9, -0.2, 0.1, 0.3, 0.2, -1.0],
            [-0.1, -0.2, 0.0, 0.4, -0.3, -0.4, -1.0],
        ],
        columns=[*"abcdef", "bias"],
        index=[11, 12, 13],
    )
    return frame, np.array([0.2, 0.7, 0.6])


def test_up_to_four_adverse_factors_in_order():
    frame, chance = worked()
    result = adverse_action_reasons(frame, chance, 0.5, TEXTS, baseline=flat("abcdef"))
    assert result.of(12)["factor"].tolist() == ["b", "a", "e", "f"]
    assert result.of(12)["share"].tolist() == pytest.approx([0.9 / 2.0, 0.5 / 2.0, 0.3 / 2.0, 0.2 / 2.0])
    assert result.of(13)["factor"].tolist() == ["d"]
    assert result.declined == 2
    with pytest.raises(InputError, match="no adverse-action"):
        result.of(11)


def test_contributions_are_measured_against_the_named_baseline():
    frame, chance = worked()
    base = Baseline("x", pd.Series([0.45, 0.0, 0.0, 0.0, 0.0, 0.0], index=list("abcdef")), 1, 0, 1, np.ones(3, bool))
    result = adverse_action_reasons(frame, chance, 0.5, TEXTS, baseline=base)
    # a falls from 0.5 to 0.05 and drops behind d (0.1).
    assert result.of(12)["factor"].tolist() == ["b", "e", "f", "d"]


def test_baseline_populations_are_those_of_the_official_comment():
    chance = np.array([0.10, 0.20, 0.30, 0.45, 0.49, 0.90])
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 60], "bias": 0.0})
    near = baseline_population(frame, chance, 0.5, band=0.4)
    assert near.n == 2 and near.contribution["a"] == 4.5 and (near.lowest, near.highest) == (0.45, 0.49)
    everyone = baseline_population(frame, chance, 0.5, population=ALL_APPLICANTS)
    assert everyone.n == 6 and everyone.contribution["a"] == 12.5
    with pytest.raises(InputError, match="Unknown baseline"):
        baseline_population(frame, chance, 0.5, population="friends")
    with pytest.raises(InputError, match="No applicant is approved"):
        baseline_population(frame, chance, 0.05)


def test_prohibited_and_unmapped_features_are_errors_that_name_them():
    frame, chance = worked()
    with pytest.raises(InputError, match="Prohibited features are scored: c"):
        adverse_action_reasons(frame, chance, 0.5, TEXTS, prohibited=["c", "z"])
    some = {name: TEXTS[name] for name in "abcd"}
    with pytest.raises(InputError, match="No reason text for: e, f"):
        adverse_action_reasons(frame, chance, 0.5, some)


def test_grouped_features_are_one_factor_with_the_sum():
    frame, chance = worked()
    texts = TEXTS | {"history": Reason("H1", "Payment history")}
    result = adverse_action_reasons(
        frame, chance, 0.5, texts, baseline=flat("abcdef"), groups={"history": ["a", "c", "e"]}
    )
    # a + c + e = 0.5 - 0.2 + 0.3 = 0.6
    assert result.of(12)["factor"].tolist() == ["b", "history", "f", "d"]
    assert result.of(12)["contribution"].tolist() == pytest.approx([0.9, 0.6, 0.2, 0.1])
    with pytest.raises(InputError, match="two reason groups"):
        adverse_action_reasons(frame, chance, 0.5, texts, groups={"history": ["a"], "g": ["a", "b"]})


def test_inquiries_become_a_fifth_factor_only_when_adverse_and_not_stated():
    frame, chance = worked()
    result = adverse_action_reasons(frame, chance, 0.5, TEXTS, baseline=flat("abcdef"), inquiries="d")
    fifth = result.of(12).iloc[-1]
    assert (fifth["factor"], fifth["rank"], fifth["inquiries_rule"]) == ("d", 5, True)
    assert result.of(13)["inquiries_rule"].tolist() == [False]
    unhelpful = adverse_action_reasons(frame, chance, 0.5, TEXTS, baseline=flat("abcdef"), inquiries="c")
    assert not unhelpful.frame["inquiries_rule"].any()


def test_near_ties_are_flagged_including_the_one_with_the_first_unstated_factor():
    frame = pd.DataFrame([[1.0, 0.98, 0.5, 0.3, 0.29, 0.0]], columns=[*"abcde", "bias"])
    result = adverse_action_reasons(frame, [0.9], 0.5, TEXTS, baseline=flat("abcde"))
    assert result.frame["near_tie"].tolist() == [True, False, False, True]


def test_applicant_without_adverse_factor_is_reported():
    frame = pd.DataFrame([[-1.0, -0.5, 2.0]], columns=["a", "b", "bias"], index=["x9"])
    result = adverse_action_reasons(frame, [0.9], 0.5, TEXTS, baseline=flat("ab"))
    assert result.without_reason == ("x9",) and result.frame.empty and result.declined == 1


def test_near_duplicates_are_grouped_by_rank_correlation():
    generator = np.random.default_rng(0)
    x = generator.normal(size=300)
    frame = pd.DataFrame({"a": x, "b": np.exp(x), "c": generator.normal(size=300), "d": -x})
    assert near_duplicate_groups(frame) == {"a": ("a", "b", "d")}
    assert near_duplicate_groups(frame[["a", "c"]]) == {}
