"""Intervals keep their promise: between 93 % and 97 % of 1,000 simulated portfolios, at 95 % confidence."""

import numpy as np
import pytest

from respml.measures.fairness.calibration import calibration_records
from respml.measures.fairness.cells import cells_from_matrices
from respml.measures.fairness.comparison import compare
from respml.measures.fairness.effects import Change, change_effects
from respml.measures.fairness.membership import Membership
from respml.measures.fairness.rates import ACCEPTANCE, TEN_METRICS
from respml.measures.fairness.scores import DEVIATIONS, standardised_difference

PORTFOLIOS = 1000
COVERED = (0.93, 0.97)
# True shares of (TP, FP, FN, TN) in the reference group of 900 and the protected group of 400.
REFERENCE = np.array([0.12, 0.15, 0.10, 0.63])
PROTECTED = np.array([0.15, 0.22, 0.10, 0.53])


def covered(lower: np.ndarray, upper: np.ndarray, truth: float) -> float:
    return float(((lower <= truth) & (truth <= upper)).mean())


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2026)
    return generator.multinomial(900, REFERENCE, PORTFOLIOS), generator.multinomial(400, PROTECTED, PORTFOLIOS)


@pytest.mark.parametrize("rate", [ACCEPTANCE, *TEN_METRICS], ids=lambda rate: rate.short)
def test_ratio_and_difference_of_rates(rate, drawn) -> None:  # type: ignore[no-untyped-def]
    def truth(shares: np.ndarray) -> float:
        tp, fp, fn, tn = shares
        table = np.array([[tn, fn], [fp, tp]])
        numerator, denominator = rate.masks
        return float((table * numerator).sum() / (table * denominator).sum())

    p1, p0 = truth(PROTECTED), truth(REFERENCE)
    limits = []
    for reference, protected in zip(*drawn, strict=True):
        cells = cells_from_matrices("G", {"r": tuple(reference), "p": tuple(protected)}, "r")
        result = compare(cells, rate)
        limits.append(
            (result.ratio_lower[1], result.ratio_upper[1], result.difference_lower[1], result.difference_upper[1])
        )
    ratio_lower, ratio_upper, lower, upper = np.array(limits).T
    assert COVERED[0] <= covered(ratio_lower, ratio_upper, p1 / p0) <= COVERED[1]
    assert COVERED[0] <= covered(lower, upper, p1 - p0) <= COVERED[1]


@pytest.mark.parametrize(("rows", "held"), [(45, 0.91), (100, 0.93)])
def test_the_chapter_says_how_narrow_the_interval_of_a_small_group_is(rows: int, held: float) -> None:
    # What the limits of the chapter's first section say in words: nine tenths accepted, against eight of 3,000.
    generator = np.random.default_rng(2026)
    protected, reference = generator.binomial(rows, 0.9, 4000), generator.binomial(3000, 0.8, 4000)
    inside = 0
    for mine, other in zip(protected, reference, strict=True):
        cells = cells_from_matrices("G", {"r": (0, 3000 - other, 0, other), "p": (0, rows - mine, 0, mine)}, "r")
        result = compare(cells, ACCEPTANCE)
        inside += bool(result.ratio_lower[1] <= 0.9 / 0.8 <= result.ratio_upper[1])
    # 4,000 draws: a standard error of 0.45 points.
    assert inside / 4000 == pytest.approx(held, abs=0.013)


def test_a_false_alarm_of_the_test_is_as_rare_as_its_level() -> None:
    generator = np.random.default_rng(7)
    alarms = 0
    for reference, protected in zip(
        generator.multinomial(900, REFERENCE, 2000), generator.multinomial(400, REFERENCE, 2000), strict=True
    ):
        cells = cells_from_matrices("G", {"r": tuple(reference), "p": tuple(protected)}, "r")
        alarms += compare(cells, ACCEPTANCE).p_value[1] < 0.05
    # 2,000 draws at 5 %: a binomial standard error of 0.5 points.
    assert 0.035 <= alarms / 2000 <= 0.065


@pytest.mark.parametrize("deviation", DEVIATIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_standardised_mean_difference(deviation: str, weighted: bool) -> None:
    # Scores are Beta(2, 6) in the reference (70 %) and Beta(2.6, 6) in the group (30 %); weights independent of both.
    def moments(a: float, b: float) -> tuple[float, float]:
        return a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))

    (m0, v0), (m1, v1) = moments(2, 6), moments(2.6, 6)
    within = 0.7 * v0 + 0.3 * v1
    square = {"all": within + 0.21 * (m1 - m0) ** 2, "pooled": within, "reference": v0}[deviation]
    truth = (m1 - m0) / np.sqrt(square)
    generator = np.random.default_rng(11)
    limits = []
    for _ in range(PORTFOLIOS):
        group = (generator.random(700) < 0.3).astype(float)
        score = np.where(group == 1, generator.beta(2.6, 6, 700), generator.beta(2, 6, 700))
        weight = generator.choice([0.5, 1.0, 3.0], 700) if weighted else np.ones(700)
        value, influence = standardised_difference(score, group * weight, (1 - group) * weight, weight, deviation)
        reach = 1.959964 * np.sqrt((influence**2).sum())
        limits.append((value - reach, value + reach))
    lower, upper = np.array(limits).T
    assert COVERED[0] <= covered(lower, upper, truth) <= COVERED[1]


def test_observed_over_expected_and_slope() -> None:
    # True risk is 1.2 × the score, so O/E = 1.2; the slope is checked on logit risk = 0.8 × logit score.
    generator = np.random.default_rng(5)
    ratio, slope = [], []
    for _ in range(400):
        score = generator.beta(2, 8, 800)
        scaled = (generator.random(800) < 1.2 * score.clip(0, 0.8)).astype(float)
        record = calibration_records(score, scaled, np.ones(800))[0]
        ratio.append((record["lower"], record["upper"]))
        logit = np.log(score / (1 - score))
        event = (generator.random(800) < 1 / (1 + np.exp(-0.8 * logit))).astype(float)
        record = calibration_records(score, event, np.ones(800))[2]
        slope.append((record["lower"], record["upper"]))
    # 400 portfolios: ± 2.2 points is two standard errors of a coverage of 95 %.
    for limits, truth in ((ratio, 1.2), (slope, 0.8)):
        lower, upper = np.array(limits, dtype=float).T
        assert 0.925 <= covered(lower, upper, truth) <= 0.975


@pytest.mark.slow
def test_paired_change_of_air_at_a_fixed_cutoff() -> None:
    # The changed score is the base score plus independent noise; the truth comes from one portfolio of 2,000,000 rows.
    def portfolio(generator: np.random.Generator, rows: int):  # type: ignore[no-untyped-def]
        code = (generator.random(rows) < 0.3).astype(np.int64)
        logit = generator.normal(-1.2 + 0.4 * code, 1.0)
        outcome = (generator.random(rows) < 1 / (1 + np.exp(-logit))).astype(np.int64)
        score = 1 / (1 + np.exp(-logit))
        changed = 1 / (1 + np.exp(-(logit - 0.3 * code + generator.normal(0, 0.4, rows))))
        return code, outcome, score, changed

    def effect(code, outcome, score, changed):  # type: ignore[no-untyped-def]
        membership = Membership("G", ("r", "p"), "r", codes=code)
        return change_effects(outcome, score, [Change("x", "y", changed)], [membership], 0.3, hold="cutoff")

    truth = effect(*portfolio(np.random.default_rng(1), 2_000_000))["estimate"].to_numpy()
    generator = np.random.default_rng(2)
    limits = np.array([
        effect(*portfolio(generator, 800))[["lower", "upper"]].to_numpy() for _ in range(PORTFOLIOS)
    ])  # fmt: skip
    for position in (0, 1):
        share = covered(limits[:, position, 0], limits[:, position, 1], truth[position])
        assert COVERED[0] <= share <= COVERED[1]
