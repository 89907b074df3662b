import numpy as np
import pandas as pd
import pytest

from respml.errors import InputError
from respml.measures.fairness.individuals import (
    consistency,
    counterpart_gaps,
    false_positive_summary,
    false_positives,
    logloss_residual,
    nearest,
    worst_contributions,
)
from respml.measures.fairness.membership import observed_membership
from respml.measures.fairness.study import make_study
from tests.measures.fairness.portfolios import random_study


def test_published_residuals_reproduce_from_the_published_probabilities() -> None:
    # Published notebook dia, female false positives: p .911895 r 2.429222; .907065, 2.375853; .902306, 2.325911; the
    # lowest listed p .270166, r .314938. The printed p has six digits, so r agrees to 1e-5.
    score = np.array([0.911895, 0.907065, 0.902306, 0.270166])
    printed = [2.429222, 2.375853, 2.325911, 0.314938]
    assert logloss_residual(np.zeros(4), score) == pytest.approx(printed, abs=1.2e-5)


def test_only_declined_payers_of_the_group_are_listed_worst_first() -> None:
    groups = observed_membership("SEX", ["f", "f", "f", "f", "m", "f"], "m")
    score = [0.9, 0.6, 0.4, 0.95, 0.99, 0.8]
    study = make_study([0, 0, 0, 1, 0, 0], {"m": score}, {"m": 0.5}, [groups])
    frame = false_positives(study, "m", "SEX", "f", highest=1, lowest=5, row=[10, 11, 12, 13, 14, 15])
    assert frame["row"].tolist() == [10, 11, 15]
    assert frame["side"].tolist() == ["highest", "lowest", "lowest"]
    assert frame["rank"].tolist() == [1, 1, 2]
    assert frame["above_cutoff"].to_numpy() == pytest.approx([0.4, 0.1, 0.3])


def test_no_false_positives_gives_an_empty_table_and_an_undefined_summary() -> None:
    groups = observed_membership("SEX", ["f", "m"], "m")
    study = make_study([0, 1], {"m": [0.1, 0.9]}, {"m": 0.5}, [groups])
    assert false_positives(study, "m", "SEX", "f", highest=3, lowest=3).empty
    summary = false_positive_summary(study, "m", "SEX").set_index("group")
    assert summary.loc["f", "n"] == 0 and np.isnan(summary.loc["f", "residual_mean"])


def test_shapley_values_of_the_worst_row_add_up_to_its_logit() -> None:
    contribution = pd.DataFrame({"a": [0.5], "b": [1.5], "bias": [-1.0]}, index=[7])
    features = pd.DataFrame({"a": [3], "b": [4.5]}, index=[7])
    probability = 1 / (1 + np.exp(-1.0))
    table = worst_contributions(contribution, features, 7, probability)
    assert table["feature"].tolist() == ["b", "a", "sum"]
    assert table["contribution"].tolist() == [1.5, 0.5, 1.0]
    assert table["cumulative"].tolist() == [0.5, 1.0, 1.0]
    assert table["additivity_error"].iloc[-1] == pytest.approx(0.0, abs=1e-12)
    assert worst_contributions(contribution, features, 7, 0.9)["additivity_error"].iloc[-1] < -1
    with pytest.raises(InputError, match="Row 8"):
        worst_contributions(contribution, features, 8, 0.5)


def test_a_row_is_never_its_own_neighbour_even_among_duplicates() -> None:
    points = np.array([[0.0], [0.0], [0.0], [0.0], [5.0], [6.0]])
    found = nearest(points, 2)
    assert all(row not in found[row] for row in range(6))
    assert set(found[4]) <= {0, 1, 2, 3, 5} and 5 in found[4]


def test_consistency_by_hand() -> None:
    # Two tight clusters of three; one member of the first is declined, the others accepted. With 2 neighbours:
    # declined row |1 − 0| = 1, its two neighbours |0 − ½| = ½, second cluster 0 → 1 − (1 + ½ + ½)/6 = 2/3.
    features = pd.DataFrame({"x": [0.0, 0.1, 0.2, 9.0, 9.1, 9.2]})
    groups = observed_membership("G", ["r"] * 3 + ["p"] * 3, "r")
    study = make_study([0, 1, 0, 1, 0, 1], {"m": [0.9, 0.1, 0.1, 0.1, 0.1, 0.1]}, {"m": 0.5}, [groups])
    frame = consistency(study, features, 2).set_index(["group", "measure"])["estimate"]
    assert frame["r", "decision consistency"] == pytest.approx(1 - 2 / 3)
    assert frame["p", "decision consistency"] == pytest.approx(1.0)


def test_a_planted_penalty_shows_against_counterparts_and_its_absence_does_not() -> None:
    generator = np.random.default_rng(1)
    features = pd.DataFrame({"x": generator.normal(size=3000), "kind": generator.choice(["a", "b"], 3000)})
    code = generator.integers(0, 2, 3000)
    for penalty in (0.0, 0.1):
        score = np.clip(0.3 + 0.1 * np.tanh(features["x"]) + penalty * code, 0, 1).to_numpy()
        study = make_study(code * 0 + (code + 1) % 2, {"m": score}, {"m": 0.35}, [observed_membership("G", code, 0)])
        frame = counterpart_gaps(study, features).set_index("measure").loc["score gap"]
        assert frame["lower"] < penalty < frame["upper"] or abs(frame["estimate"] - penalty) < 0.002
        assert (frame["lower"] > 0.05) == (penalty > 0)


def test_too_few_rows_for_the_neighbours_is_refused() -> None:
    study = random_study(5)
    with pytest.raises(InputError, match="too few"):
        consistency(study, pd.DataFrame({"x": range(5)}), 5)


def test_groups_drawn_alike_have_no_gap_to_their_counterparts() -> None:
    # Risk is convex in the inputs, so neighbours, which lie nearer the middle, are less risky than their rows: without
    # the reference group's own difference every group would seem to be treated worse.
    estimates = []
    for seed in range(20):
        generator = np.random.default_rng(seed)
        table = pd.DataFrame(generator.normal(size=(1500, 6)))
        risk = 1 / (1 + np.exp(3 - table.sum(axis=1).to_numpy()))
        study = make_study(
            (generator.random(1500) < risk).astype(int),
            {"m": risk},
            {"m": 0.3},
            [observed_membership("g", generator.integers(0, 2, 1500), 0)],
        )
        estimates.append(counterpart_gaps(study, table).set_index("measure").loc["score gap"])
    covered = [row["lower"] <= 0 <= row["upper"] for row in estimates]
    assert abs(np.mean([row["estimate"] for row in estimates])) < 0.005
    assert sum(covered) >= 17


def test_the_plain_gap_to_counterparts_leaves_the_usual_difference_on() -> None:
    study = random_study(600, seed=6, groups=2, gap=0.5)
    inputs = pd.DataFrame({"x": np.random.default_rng(2).normal(size=600)})
    frame = counterpart_gaps(study, inputs, 3)
    frame = frame[frame["attribute"] == study.memberships[0].attribute].set_index("measure")
    codes, declined = study.memberships[0].codes, study.declined("gbm")
    reference = study.memberships[0].names.index(study.memberships[0].reference)
    pool, mine = np.flatnonzero(codes == reference), np.flatnonzero(codes != reference)
    points = inputs["x"].to_numpy()

    def gap(row: int, others: np.ndarray) -> float:
        near = others[np.argsort(np.abs(points[others] - points[row]), kind="stable")[:3]]
        return float(declined[row] - declined[near].mean())

    plain = np.mean([gap(row, pool) for row in mine])
    usual = np.mean([gap(row, pool[pool != row]) for row in pool])
    assert frame.loc["plain decision gap", "estimate"] == pytest.approx(plain)
    assert frame.loc["decision gap", "estimate"] == pytest.approx(plain - usual)
