import numpy as np
import pytest
from scipy import stats

from respml.errors import InputError
from respml.measures.fairness.bootstrap import (
    BOOTSTRAPPED,
    bootstrap_intervals,
    draw_tables,
    make_atoms,
    replicate_metrics,
)
from respml.measures.fairness.membership import observed_membership
from respml.measures.fairness.rates import evaluate_rates
from respml.measures.fairness.study import Study, make_study
from tests.measures.fairness.portfolios import printed_study, random_study, soft_membership


def row_bootstrap(study: Study, attribute: str, replicates: int, seed: int) -> np.ndarray:
    """The slow way: draw rows with replacement, count, evaluate."""
    generator = np.random.default_rng(seed)
    membership, declined = study.membership(attribute), study.declined("gbm")
    share = membership.matrix() * study.weights[:, None]
    here = np.flatnonzero(study.weights > 0)
    found = []
    for _ in range(replicates):
        rows = generator.choice(here, len(here))
        table = np.zeros((len(membership.names), 2, 2))
        for made in (0, 1):
            for seen in (0, 1):
                cell = (declined[rows] == made) & (study.outcome[rows] == seen)
                table[:, made, seen] = share[rows][cell].sum(axis=0)
        found.append(evaluate_rates(table, BOOTSTRAPPED))
    return np.array(found)


@pytest.mark.parametrize("kind", ["labels", "weights", "probabilities"])
def test_drawing_cells_has_the_distribution_of_drawing_rows(kind: str) -> None:
    study = random_study(250, seed=6, groups=2, weighted=kind == "weights")
    if kind == "probabilities":
        soft = soft_membership(study.membership("SEX").codes, ("a", "b"), 0.6, 1)  # type: ignore[arg-type]
        study = make_study(study.outcome, study.probability, study.cutoff, [soft], intersections=False)
    attribute = study.memberships[0].attribute
    cells = replicate_metrics(study, "gbm", attribute, 1500, seed=1)
    rows = row_bootstrap(study, attribute, 1500, seed=2)
    p_values = [
        stats.ks_2samp(cells[:, group, position], rows[:, group, position]).pvalue
        for group in range(2)
        for position in range(len(BOOTSTRAPPED))
    ]
    # 22 comparisons of two samples from one distribution: the smallest p-value, corrected for 22 looks, is not small.
    assert min(p_values) * len(p_values) > 0.01
    # Not only each metric alone: correlations between the groups' metrics agree too (standard error about 1/√1500).
    left, right = (np.corrcoef(sample.reshape(1500, -1).T) for sample in (cells, rows))
    assert np.abs(left - right).max() < 0.15


def test_the_test_above_can_fail() -> None:
    # Stratified by group is another distribution: group sizes no longer vary, prevalence of groups is the same but
    # the count of rows in a group is fixed. The totals tell them apart.
    study = random_study(250, seed=6, groups=2)
    membership = study.membership("SEX")
    atoms = make_atoms(membership, study.declined("gbm"), study.outcome, None)
    sizes = draw_tables(atoms, 1500, np.random.default_rng(1))[:, 0].sum(axis=(1, 2))
    fixed = np.full(1500, (membership.codes == 0).sum())
    assert stats.ks_2samp(sizes, fixed).pvalue < 1e-6


def test_cell_counts_have_multinomial_moments() -> None:
    # Mean n·p and covariance n·(diag p − p pᵀ), the moments of counting n rows drawn with replacement.
    study = random_study(300, seed=10, groups=2)
    atoms = make_atoms(study.membership("SEX"), study.declined("gbm"), study.outcome, None)
    draws = draw_tables(atoms, 40_000, np.random.default_rng(3)).reshape(40_000, -1)
    share = atoms.count / 300
    covariance = 300 * (np.diag(share) - np.outer(share, share))
    assert draws.mean(axis=0) == pytest.approx(300 * share, abs=0.25)
    assert np.cov(draws.T) == pytest.approx(covariance, abs=0.03 * covariance.max())


def test_distinct_weights_make_rows_their_own_kind_and_totals_agree() -> None:
    study = random_study(120, seed=12, weighted=True)
    atoms = make_atoms(study.membership("SEX"), study.declined("gbm"), study.outcome, study.weight)
    assert atoms.count.sum() == np.count_nonzero(study.weights)
    table = atoms.tables(atoms.count[None].astype(float))[0]
    assert table == pytest.approx(study.cells("gbm", "SEX").weight, abs=1e-12)


def test_bootstrap_and_analytic_intervals_agree_on_a_large_portfolio() -> None:
    from respml.measures.fairness.acceptance import AIR, acceptance_gaps

    frame = bootstrap_intervals(printed_study(), 4000, seed=1)
    row = frame[frame["measure"] == "acceptance rate ratio"].iloc[0]
    gaps = acceptance_gaps(printed_study())
    air = gaps[gaps["measure"] == AIR].iloc[0]
    assert row["estimate"] == pytest.approx(air["estimate"], rel=1e-12)
    assert (row["lower"], row["upper"]) == pytest.approx((air["lower"], air["upper"]), abs=0.003)


def test_bca_agrees_with_scipy_on_a_proportion() -> None:
    # One group, 60 rows, 9 declined: scipy's BCa on the rows against ours over the cells.
    groups = observed_membership("G", ["r"] * 60, "r")
    score = np.r_[np.full(9, 0.9), np.full(51, 0.1)]
    study = make_study(np.r_[np.ones(6), np.zeros(54)], {"m": score}, {"m": 0.5}, [groups])
    frame = bootstrap_intervals(study, 20_000, seed=4)
    row = frame[frame["measure"] == "acceptance rate"].iloc[0]
    oracle = stats.bootstrap(
        ((score <= 0.5).astype(float),), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    assert (row["lower"], row["upper"]) == pytest.approx((oracle.low, oracle.high), abs=0.017)


def test_a_metric_undefined_in_some_replicates_has_no_interval_and_says_so() -> None:
    groups = observed_membership("G", ["r"] * 30 + ["p"] * 5, "r")
    outcome = np.r_[np.ones(10), np.zeros(20), 1, 0, 0, 0, 0]
    study = make_study(outcome, {"m": np.linspace(0.9, 0.1, 35)}, {"m": 0.5}, [groups])
    frame = bootstrap_intervals(study, 500, seed=1)
    row = frame[(frame["group"] == "p") & (frame["measure"] == "true positive rate")].iloc[0]
    assert 0.2 < row["undefined"] < 0.5  # (1 − 1/35)^35 = 0.36 of the replicates lack the one default
    assert np.isnan(row["lower"]) and "no interval" in row["note"]


def test_same_seed_same_intervals_and_another_seed_others() -> None:
    study = random_study(200, seed=1)
    first, again, other = (bootstrap_intervals(study, 200, seed)["lower"] for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_no_replicates_are_refused() -> None:
    with pytest.raises(InputError, match="below 1"):
        bootstrap_intervals(random_study(50), 0)
