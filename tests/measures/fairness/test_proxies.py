import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from respml.errors import InputError
from respml.measures.fairness.adversary import adversaries, adversary
from respml.measures.fairness.effects import Change, auc_and_influence, change_effects, feature_effects
from respml.measures.fairness.membership import Membership, observed_membership
from respml.measures.fairness.proxies import feature_proxies, gap_contributions, refused_features, require_permitted
from respml.measures.fairness.study import make_study


def portfolio(rows: int, seed: int, proxy: float) -> tuple[pd.DataFrame, np.ndarray, Membership]:
    """Three noise inputs and ``postcode``, which follows the group with strength ``proxy``; risk follows x."""
    generator = np.random.default_rng(seed)
    code = generator.integers(0, 2, rows)
    features = pd.DataFrame(generator.normal(size=(rows, 3)), columns=["x", "y", "z"])
    features["postcode"] = generator.normal(size=rows) + proxy * code
    outcome = (generator.random(rows) < 1 / (1 + np.exp(1.2 - features["x"]))).astype(int).to_numpy()
    return features, outcome, observed_membership("G", code, 0)


def test_a_planted_proxy_is_found_and_named() -> None:
    features, _, membership = portfolio(3000, 1, 1.0)
    found = adversary(features, membership, "1")
    # Two normals one standard deviation apart: AUC Φ(1/√2) = 0.760.
    row = found.result.iloc[0]
    assert row["lower"] < stats.norm.cdf(1 / np.sqrt(2)) and row["estimate"] == pytest.approx(0.76, abs=0.03)
    assert found.carriers["feature"].iloc[0] == "postcode" and found.carriers["share"].iloc[0] > 0.7


@pytest.mark.slow
def test_the_adversary_finds_proxies_and_seldom_cries_wolf() -> None:
    def caught(seed: int, proxy: float) -> bool:
        features, _, membership = portfolio(600, seed, proxy)
        return bool(adversary(features, membership, "1", rounds=20).result["p_value"].iloc[0] < 0.05)

    assert np.mean([caught(seed, 0.7) for seed in range(20)]) == 1.0
    # One-sided 5 % over 150 portfolios has a standard error of 1.8 points. Were the folds taken as independent, the
    # rate would be Φ(−1.645/√2) = 12 %.
    assert np.mean([caught(seed, 0.0) for seed in range(150)]) <= 0.09


def test_a_relation_that_turns_is_seen_from_the_score_alone() -> None:
    # The group has middling scores: the plain AUC is 0.5, yet the score gives the group away.
    generator = np.random.default_rng(2)
    code = generator.integers(0, 2, 4000)
    score = np.where(code == 1, generator.uniform(0.4, 0.6, 4000), generator.uniform(0, 1, 4000))
    membership = observed_membership("G", code, 0)
    assert roc_auc_score(code, score) == pytest.approx(0.5, abs=0.03)
    assert adversary(pd.DataFrame({"score": score}), membership, "1").result["lower"].iloc[0] > 0.8


def test_missing_values_can_carry_the_group() -> None:
    generator = np.random.default_rng(3)
    code = generator.integers(0, 2, 1000)
    column = np.where(code == 1, np.nan, generator.normal(size=1000))
    membership = observed_membership("G", code, 0)
    assert adversary(pd.DataFrame({"income": column}), membership, "1").result["estimate"].iloc[0] > 0.95
    row = feature_proxies(pd.DataFrame({"income": column}), membership).iloc[0]
    assert row["estimate"] > 0.95 and row["note"].startswith("missing values ranked lowest")


def test_a_tiny_group_has_no_adversary_and_says_so() -> None:
    membership = observed_membership("G", [0] * 100 + [1] * 3, 0)
    found = adversary(pd.DataFrame({"a": range(103), "b": range(103)}), membership, "1")
    assert np.isnan(found.result["estimate"].iloc[0]) and "fewer than 5 rows" in found.result["note"].iloc[0]
    assert found.carriers.empty


def test_every_group_is_attacked_from_inputs_and_from_each_score() -> None:
    features, outcome, membership = portfolio(600, 4, 0.5)
    scores = {"glm": np.linspace(0.1, 0.9, 600), "gbm": np.linspace(0.9, 0.1, 600)}
    study = make_study(outcome, scores, dict.fromkeys(scores, 0.5), [membership])
    results, carriers = adversaries(study, features)
    assert results["source"].tolist() == ["inputs", "score of glm", "score of gbm"]
    assert carriers["feature"].tolist()[0] == "postcode"
    again, _ = adversaries(study, features)
    pd.testing.assert_frame_equal(results, again)


def test_a_feature_alone_agrees_with_scikit_learn_and_pearson() -> None:
    features, _, membership = portfolio(800, 5, -0.8)
    table = feature_proxies(features.assign(kind="a"), membership).set_index("feature")
    auc = roc_auc_score(membership.codes, features["postcode"])
    assert table.loc["postcode", "estimate"] == pytest.approx(1 - auc, rel=1e-12)
    assert table.loc["postcode", "direction"] == "lower"
    pearson = stats.pearsonr(features["postcode"], membership.codes).statistic
    assert table.loc["postcode", "correlation"] == pytest.approx(pearson, rel=1e-10)
    assert table.loc["kind", "note"].startswith("not applicable")


def test_prohibited_protected_and_duplicate_inputs_are_refused_and_others_not() -> None:
    features, _, membership = portfolio(800, 6, 0.3)
    features["copy"] = membership.codes * 2.0 + 1
    proxies = feature_proxies(features, membership)
    refused = refused_features([*features.columns, "G", "religion"], ["religion"], ["G"], proxies, near=0.95)
    assert refused.set_index("feature")["reason"].to_dict() == {
        "copy": "near-duplicate of a protected attribute",
        "G": "a protected attribute",
        "religion": "prohibited by the data dictionary",
    }
    with pytest.raises(InputError, match=r"copy \(near-duplicate"):
        require_permitted(refused)
    require_permitted(refused_features(["x"], ["religion"], ["G"], proxies, near=0.95))


def test_contributions_to_the_gap_add_up_and_name_the_proxy() -> None:
    features, outcome, membership = portfolio(4000, 7, 1.0)
    contribution = pd.DataFrame({"x": features["x"] - 0.0, "postcode": 0.5 * features["postcode"], "bias": -1.0})
    table = gap_contributions(contribution, outcome, membership).set_index("feature")
    total = contribution.drop(columns="bias").sum(axis=1)
    gap = total[membership.codes == 1].mean() - total[membership.codes == 0].mean()
    assert table["estimate"].sum() == pytest.approx(gap, rel=1e-12)
    # postcode: gap ½ by construction, no risk; x: no gap, all the risk.
    assert table.loc["postcode", "lower"] < 0.5 < table.loc["postcode", "upper"]
    assert table.loc["postcode", "risk_lower"] < 0 < table.loc["postcode", "risk_upper"]
    assert table.loc["x", "lower"] < 0 < table.loc["x", "upper"]
    assert table.loc["x", "risk_share"] > 0.9
    assert table["gap_share"].sum() == pytest.approx(1.0)


def test_paired_auc_variance_agrees_with_a_row_bootstrap() -> None:
    generator = np.random.default_rng(8)
    outcome = (generator.random(400) < 0.3).astype(np.int64)
    first = generator.normal(size=400) + outcome
    second = first + generator.normal(size=400) * 0.5
    membership = observed_membership("G", generator.integers(0, 2, 400), 0)
    frame = change_effects(outcome, first, [Change("c", "f", second)], [membership], 0.5)
    auc = frame[frame["measure"] == "AUC"].iloc[0]
    draws = []
    for _ in range(500):
        rows = generator.integers(0, 400, 400)
        if 0 < outcome[rows].sum() < 400:
            draws.append(roc_auc_score(outcome[rows], second[rows]) - roc_auc_score(outcome[rows], first[rows]))
    assert auc["estimate"] == pytest.approx(roc_auc_score(outcome, second) - roc_auc_score(outcome, first), rel=1e-10)
    assert (auc["upper"] - auc["lower"]) / 3.92 == pytest.approx(np.std(draws), rel=0.1)


def test_taking_the_proxy_away_raises_air_and_leaves_auc() -> None:
    features, outcome, membership = portfolio(6000, 9, 1.0)

    def predict(frame: pd.DataFrame) -> np.ndarray:
        return 1 / (1 + np.exp(1.2 - frame["x"].to_numpy() - 0.6 * frame["postcode"].to_numpy()))

    without = 1 / (1 + np.exp(1.2 - features["x"].to_numpy()))
    frame = feature_effects(predict, features, outcome, [membership], 0.3, refitted={"postcode": without}).set_index(
        ["feature", "change", "measure"]
    )
    for change in ("held", "replaced", "refitted"):
        assert frame.loc[("postcode", change, "adverse impact ratio"), "lower"] > 0.05
    assert frame.loc[("postcode", "held", "AUC"), "estimate"] > 0  # it only added noise
    assert frame.loc[("x", "held", "AUC"), "upper"] < -0.1
    unused = frame.loc[("z", "held", "AUC")]
    assert unused["estimate"] == 0 and unused["note"] == "no row changed"


def test_what_is_held_must_be_named() -> None:
    features, outcome, membership = portfolio(50, 1, 0.0)
    with pytest.raises(InputError, match="Choose one of: cutoff, acceptance"):
        change_effects(outcome, features["x"].to_numpy(), [], [membership], 0.5, hold="mean")


def test_one_class_leaves_the_auc_undefined() -> None:
    value, _, variance = auc_and_influence(np.zeros(5, dtype=np.int64), np.arange(5) / 5, None)
    assert np.isnan(value) and np.isnan(variance(np.zeros(5)))
