import numpy as np
import pytest

from respml.errors import InputError
from respml.measures.fairness.cells import cells_from_matrices, count_cells
from respml.measures.fairness.membership import observed_membership
from respml.measures.fairness.rates import ACCEPTANCE, TEN_METRICS, evaluate_rates, rate_values
from respml.measures.fairness.study import make_study
from tests.measures.fairness.portfolios import PRINTED, random_study, rows_of, soft_membership


def test_rows_and_printed_matrices_give_the_same_cells() -> None:
    groups, declined, outcome = rows_of(PRINTED)
    counted = count_cells(observed_membership("SEX", groups, "male"), declined, outcome)
    printed = cells_from_matrices("SEX", PRINTED, "male")
    for position, name in enumerate(printed.names):
        other = counted.names.index(name)
        assert np.array_equal(counted.weight[other], printed.weight[position])
        assert np.array_equal(counted.rows[other], printed.rows[position])


def test_whole_weights_equal_repeated_rows() -> None:
    study = random_study(200, seed=3)
    weight = np.random.default_rng(1).integers(0, 4, 200)
    membership, declined = study.membership("SEX"), study.declined("gbm")
    weighted = count_cells(membership, declined, study.outcome, weight)
    again = np.repeat(np.arange(200), weight)
    repeated = count_cells(membership.take(again), declined[again], study.outcome[again])
    assert np.array_equal(weighted.weight, repeated.weight)


def test_rows_of_weight_zero_are_not_counted() -> None:
    membership = observed_membership("SEX", ["m", "m", "f"], "m")
    cells = count_cells(membership, [0, 1, 0], [0, 0, 1], [1.0, 0.0, 2.0])
    assert cells.rows.sum() == 2
    assert cells.weight.sum() == 3.0


def test_certain_probabilities_equal_labels() -> None:
    study = random_study(300, seed=5, weighted=True)
    hard = study.membership("SEX")
    certain = soft_membership(hard.codes, hard.names, 1.0, 0)  # type: ignore[arg-type]
    first = count_cells(hard, study.declined("gbm"), study.outcome, study.weight)
    second = count_cells(certain, study.declined("gbm"), study.outcome, study.weight)
    assert second.weight == pytest.approx(first.weight, abs=1e-12)
    assert second.products == pytest.approx(first.products, abs=1e-12)
    assert np.array_equal(second.rows, first.rows)


def test_variance_of_an_unweighted_rate_is_p_times_one_minus_p_over_n() -> None:
    values = rate_values(cells_from_matrices("SEX", PRINTED, "male"), ACCEPTANCE)
    share = 2679 / 3477
    assert values.variance[0] == pytest.approx(share * (1 - share) / 3477, rel=1e-12)
    assert values.effective == pytest.approx([3477, 5463])


def test_weighted_variance_is_the_sandwich_of_a_weighted_mean() -> None:
    # Oracle: weighted mean m = Σwa/Σw has linearised variance Σw²(a−m)²/(Σw)², summed here row by row.
    study = random_study(500, seed=7, weighted=True)
    cells = study.cells("gbm", "SEX")
    here = study.membership("SEX").share_of("1") * study.weights
    accepted = 1.0 - study.declined("gbm")
    mean = (here * accepted).sum() / here.sum()
    by_hand = (here**2 * (accepted - mean) ** 2).sum() / here.sum() ** 2
    values = rate_values(cells, ACCEPTANCE)
    assert values.value[1] == pytest.approx(mean, rel=1e-12)
    assert values.variance[1] == pytest.approx(by_hand, rel=1e-12)


def test_covariance_of_fuzzy_groups_is_the_sum_over_rows() -> None:
    study = random_study(300, seed=9)
    soft = soft_membership(study.membership("SEX").codes, ("a", "b", "c"), 0.5, 2)  # type: ignore[arg-type]
    values = rate_values(count_cells(soft, study.declined("gbm"), study.outcome), ACCEPTANCE)
    accepted = 1.0 - study.declined("gbm")
    left, right = soft.share_of("a"), soft.share_of("b")
    by_hand = (left * right * (accepted - values.value[0]) * (accepted - values.value[1])).sum()
    assert values.covariance[0, 1] == pytest.approx(by_hand / (left.sum() * right.sum()), rel=1e-10)


def test_zero_over_zero_is_undefined_never_a_half() -> None:
    # PAY_0 = 2 of the published segment table: nobody predicted to pay, so NPV and FOR are 0/0 (printed there as .5).
    cells = cells_from_matrices("PAY", {"two": (709, 291, 0, 0)}, "two")
    rates = dict(zip((rate.short for rate in TEN_METRICS), evaluate_rates(cells.weight, TEN_METRICS)[0], strict=True))
    assert np.isnan(rates["NPV"]) and np.isnan(rates["FOR"])
    assert rates["TPR"] == 1.0 and rates["specificity"] == 0.0


@pytest.mark.parametrize(
    ("declined", "outcome", "weight"),
    [([0, 2], [0, 1], None), ([0, 1], [0, 4], None), ([0, 1], [0, np.nan], None), ([0, 1], [0, 1], [1.0, -1.0])],
)
def test_input_that_is_not_binary_or_has_negative_weights_is_refused(declined, outcome, weight) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        count_cells(observed_membership("SEX", ["m", "f"], "m"), declined, outcome, weight)


def test_scores_that_are_no_probabilities_are_refused() -> None:
    base = random_study(50, seed=1)
    for score in (5 * base.probability["gbm"], base.probability["gbm"] - 1):
        with pytest.raises(InputError, match="outside 0 to 1"):
            make_study(base.outcome, {"m": score}, {"m": 0.3}, base.memberships[:1])
