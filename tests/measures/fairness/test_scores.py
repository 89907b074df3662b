import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from respml.errors import InputError
from respml.measures.fairness.calibration import calibration_records, group_calibration
from respml.measures.fairness.membership import observed_membership, probable_membership
from respml.measures.fairness.ranking import group_ranking
from respml.measures.fairness.scores import SMD, SMD_OUTCOME, SMD_RESIDUAL, score_differences
from respml.measures.fairness.study import make_study
from tests.measures.fairness.portfolios import PRINTED, random_study, rows_of


def test_published_smd_reproduces_to_the_digits_shown() -> None:
    # The notebook prints mean p male .22, female .21, σ over all .18 and SMD −0.08, means before rounding unknown.
    # Scores with exactly the means .2236 and .2092 and σ .18 round to the same three and must give −0.08.
    groups, _, outcome = rows_of(PRINTED)
    female = groups == "female"
    generator = np.random.default_rng(0)
    score = generator.beta(0.5, 1.6, len(groups))  # skewed, so that all stay within 0 and 1
    for here in (~female, female):
        score[here] -= score[here].mean()
    between = np.where(female, 0.2092, 0.2236)
    score = between + score * np.sqrt((0.18**2 - between.var()) / score.var())
    assert [round(score[~female].mean(), 2), round(score[female].mean(), 2), round(score.std(), 2)] == [
        0.22,
        0.21,
        0.18,
    ]
    study = make_study(outcome, {"m": score}, {"m": 0.27}, [observed_membership("SEX", groups, "male")])
    frame = score_differences(study).set_index("measure")
    assert round(frame.loc[SMD, "estimate"], 2) == -0.08
    assert "all rows" in frame.loc[SMD, "method"]


@pytest.mark.parametrize("deviation", ["all", "pooled", "reference"])
def test_smd_says_which_deviation_and_uses_it(deviation: str) -> None:
    study = random_study(400, seed=8, gap=0.5)
    score, code = study.probability["gbm"], study.membership("AGE").codes
    mine, other = score[code == 1], score[code == 0]
    share = len(mine) / len(score)
    spread = {
        "all": score.std(),
        "pooled": np.sqrt(share * mine.var() + (1 - share) * other.var()),
        "reference": other.std(),
    }[deviation]
    frame = score_differences(study, deviation)
    row = frame[(frame["attribute"] == "AGE") & (frame["measure"] == SMD)].iloc[0]
    assert row["estimate"] == pytest.approx((mine.mean() - other.mean()) / spread, rel=1e-12)


def test_an_unknown_deviation_is_refused() -> None:
    with pytest.raises(InputError, match="No deviation"):
        score_differences(random_study(50), "median")


def test_residual_smd_takes_the_risk_mix_out() -> None:
    # The group defaults more often, and the score knows nothing else of it: the score depends on the outcome alone.
    generator = np.random.default_rng(3)
    code = generator.integers(0, 2, 40_000)
    outcome = (generator.random(40_000) < np.where(code == 1, 0.4, 0.1)).astype(int)
    score = np.clip(generator.normal(0.2 + 0.2 * outcome, 0.08), 0.01, 0.99)
    groups = observed_membership("G", code, 0)
    frame = score_differences(make_study(outcome, {"m": score}, {"m": 0.3}, [groups])).set_index("measure")
    assert frame.loc[SMD, "estimate"] > 0.4
    assert abs(frame.loc[SMD_OUTCOME, "estimate"]) < 0.03
    assert frame.loc[SMD_OUTCOME, "lower"] < 0 < frame.loc[SMD_OUTCOME, "upper"]


def test_residual_smd_is_zero_where_the_score_is_the_risk_and_positive_where_it_is_overstated() -> None:
    generator = np.random.default_rng(4)
    code = generator.integers(0, 2, 40_000)
    risk = np.where(code == 1, 0.3, 0.15)
    outcome = (generator.random(40_000) < risk).astype(int)
    groups = observed_membership("G", code, 0)
    scores = {"right": risk, "overstated": np.where(code == 1, 0.4, 0.15)}
    frame = score_differences(make_study(outcome, scores, dict.fromkeys(scores, 0.2), [groups]))
    found = frame[frame["measure"] == SMD_RESIDUAL].set_index("candidate")
    assert found.loc["right", "lower"] < 0 < found.loc["right", "upper"]
    assert found.loc["overstated", "lower"] > 0.15


def test_a_constant_score_has_no_smd() -> None:
    groups = observed_membership("G", [0, 0, 1, 1], 0)
    frame = score_differences(make_study([0, 1, 0, 1], {"m": [0.2] * 4}, {"m": 0.3}, [groups])).set_index("measure")
    assert np.isnan(frame.loc[SMD, "estimate"]) and "constant score" in frame.loc[SMD, "note"]


def test_one_member_has_an_smd_without_interval() -> None:
    groups = observed_membership("G", [0, 0, 0, 1], 0)
    study = make_study([0, 1, 0, 1], {"m": [0.2, 0.3, 0.1, 0.4]}, {"m": 0.3}, [groups])
    row = score_differences(study).set_index("measure").loc[SMD]
    assert row["estimate"] > 0 and np.isnan(row["lower"]) and row["note"] == "one member"


def test_calibration_slope_agrees_with_scikit_learn() -> None:
    generator = np.random.default_rng(1)
    score = generator.beta(2, 6, 3000)
    outcome = (generator.random(3000) < score**1.3).astype(float)
    weight = generator.choice([1.0, 2.0], 3000)
    records = {record["measure"]: record for record in calibration_records(score, outcome, weight)}
    logit = np.log(score / (1 - score))[:, None]
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit, outcome, sample_weight=weight)
    assert records["calibration slope"]["estimate"] == pytest.approx(oracle.coef_[0, 0], abs=1e-5)
    assert records["calibration intercept"]["estimate"] == pytest.approx(oracle.intercept_[0], abs=1e-5)
    expected = (weight * outcome).sum() / (weight * score).sum()
    assert records["observed / expected"]["estimate"] == pytest.approx(expected, rel=1e-12)


def test_calibration_interval_is_the_sandwich_of_statsmodels() -> None:
    import statsmodels.api as sm

    generator = np.random.default_rng(2)
    score = generator.beta(2, 6, 800)
    outcome = (generator.random(800) < score).astype(float)
    design = sm.add_constant(np.log(score / (1 - score)))
    fit = sm.GLM(outcome, design, family=sm.families.Binomial()).fit(cov_type="HC0")
    slope = calibration_records(score, outcome, np.ones(800))[2]
    assert (slope["lower"], slope["upper"]) == pytest.approx(tuple(fit.conf_int()[1]), abs=1e-6)


def test_a_group_without_defaults_says_so_in_each_measure() -> None:
    groups = observed_membership("G", ["r"] * 6 + ["p"] * 4, "r")
    study = make_study([0, 1, 0, 1, 0, 1, 0, 0, 0, 0], {"m": np.linspace(0.1, 0.9, 10)}, {"m": 0.5}, [groups])
    calibration = group_calibration(study)
    mine = calibration[calibration["group"] == "p"].set_index("measure")
    assert mine.loc["observed / expected", "estimate"] == 0.0
    assert mine.loc["observed / expected", "note"] == "no defaults: no interval"
    assert np.isnan(mine.loc["calibration slope", "estimate"])
    assert mine.loc["calibration slope", "note"] == "undefined: no defaults"
    area = group_ranking(study)
    assert area[area["group"] == "p"]["estimate"].isna().all()
    assert "no defaults" in area[(area["group"] == "p") & (area["measure"] == "AUC difference")]["note"].iloc[0]


def test_separated_outcomes_have_no_slope() -> None:
    records = calibration_records(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0, 1, 1]), np.ones(4))
    assert records[2]["note"] == "undefined: the score separates the outcomes"


def test_group_auc_and_its_difference() -> None:
    study = random_study(1500, seed=21, gap=0.3)
    frame = group_ranking(study)
    frame = frame[frame["attribute"] == "AGE"].set_index(["group", "measure"])
    code = study.membership("AGE").codes
    areas = [roc_auc_score(study.outcome[code == g], study.probability["gbm"][code == g]) for g in (0, 1)]
    assert frame.loc[("1", "AUC"), "estimate"] == pytest.approx(areas[1], rel=1e-12)
    difference = frame.loc[("1", "AUC difference")]
    assert difference["estimate"] == pytest.approx(areas[1] - areas[0], rel=1e-10)
    # Unpaired DeLong: the variances of independent AUCs add.
    widths = [(frame.loc[(g, "AUC"), "upper"] - frame.loc[(g, "AUC"), "lower"]) / 2 for g in ("0", "1")]
    assert difference["upper"] - difference["estimate"] == pytest.approx(np.hypot(*widths), rel=1e-8)


def test_rounding_is_no_significance() -> None:
    # Everyone has the same probabilities of membership, so that both groups have one mean and differ by rounding only.
    generator = np.random.default_rng(5)
    score = generator.random(300)
    soft = probable_membership("race", pd.DataFrame({"a": np.full(300, 0.7), "b": np.full(300, 0.3)}), "a")
    study = make_study(score < 0.3, {"m": score}, {"m": 0.5}, [soft])
    frame = score_differences(study)
    assert frame["estimate"].abs().max() < 1e-12
    assert frame[["lower", "upper", "p_value"]].isna().all(axis=None)
    assert set(frame["note"]) == {"no interval: nothing varies among the rows compared"}
