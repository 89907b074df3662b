from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from respml.candidates.alternative_choice import Rule, choose, frontier
from respml.candidates.alternative_fits import fit_regularised, reject_option, reweighing
from respml.candidates.alternatives import Plan, search_alternatives
from respml.candidates.boosting import Configuration, Rows, fit_rounds
from respml.candidates.candidate import Candidate
from respml.candidates.encoding import learn_encoding
from respml.candidates.protected_groups import protected_memberships
from respml.errors import InputError
from respml.portfolio.portfolio import Portfolio
from respml.portfolio.portfolio import Rows as PortfolioRows
from respml.spec.data import Data
from respml.spec.fairness import Alternatives, Fairness, GroupProbabilities
from respml.spec.report import CutoffRule, Decision

CONFIGURATION = Configuration(2, 0.2, 1.0, 1.0, 5.0, 1.0, 64)
SMALL = Plan(
    shares=(-0.03, 0.03),
    reweighing=(1.0,),
    configurations=2,
    regularised=(0.1, 0.2),
    reductions=2,
    bands=(0.05,),
    data=Data(source="rows.csv", target="y", protected=("SEX",), reference_groups={"SEX": 0}),
)


def held_against(group: int) -> Plan:
    """The small plan with another reference group."""
    assert SMALL.data is not None
    return replace(SMALL, data=SMALL.data.model_copy(update={"reference_groups": {"SEX": group}}))


def portfolio(proxy: float, rows: int = 6000, seed: int = 1, test_flipped: bool = False) -> Portfolio:
    """Risk follows ``x`` and, by ``proxy``, the group, which ``postcode`` gives away."""
    generator = np.random.default_rng(seed)
    group = generator.integers(0, 2, rows)
    frame = pd.DataFrame({"x": generator.normal(size=rows), "z": generator.normal(size=rows)})
    frame["postcode"] = group + generator.normal(0, 0.3, rows)
    risk = 1 / (1 + np.exp(1.0 - 1.2 * frame["x"] - proxy * group))
    frame["y"] = (generator.random(rows) < risk).astype(int)
    frame["SEX"] = group
    part = np.array(["train", "valid", "test"])[generator.integers(0, 3, rows)].astype(str)
    if test_flipped:
        frame.loc[part == "test", "y"] = 1 - frame.loc[part == "test", "y"]
    inputs = ("x", "z", "postcode")
    return Portfolio(PortfolioRows(frame), part, ("train", "valid", "test"), inputs, "y", protected=("SEX",))


def base(data: Portfolio) -> Candidate:
    encoding = learn_encoding(data.features("train"), data.inputs, fill_missing=False)
    rows = Rows.of(encoding.matrix(data.features("train")), data.outcome("train"))
    scorer = fit_rounds(rows, CONFIGURATION, [0, 0, 0], 1, 40)
    settings = {"configuration": CONFIGURATION.as_dict(), "rounds": 40, "early_stopping": 10, "max_rounds": 60}
    return Candidate("gbm", "GBM", encoding, scorer, {}, settings)


@pytest.fixture(scope="module")
def found() -> dict[str, pd.DataFrame]:
    data = portfolio(0.5)
    return search_alternatives(data, base(data), SMALL, 7)


def test_every_declared_alternative_is_archived(found: dict[str, pd.DataFrame]) -> None:
    archive, budget = found["archive"], found["budget"]
    assert (budget["declared"] == budget["tried"]).all()
    assert len(archive) == budget["declared"].sum() == 1 + 2 + 1 + 3 + 2 + 2 + 2 + 1 + 1
    assert archive["alternative"].is_unique
    assert archive["number"].tolist() == list(range(len(archive)))
    assert (budget["rule"] == Rule().text()).all()


def test_a_less_discriminatory_alternative_is_found_and_holds_on_test(found: dict[str, pd.DataFrame]) -> None:
    archive = found["archive"]
    chosen, start = archive[archive["chosen"]].iloc[0], archive.iloc[0]
    assert archive["chosen"].sum() == 1 and chosen["number"] > 0 and chosen["eligible"]
    assert chosen["valid_air"] > start["valid_air"] + 0.005
    table = found["before_after"].set_index("measure")
    assert table.loc["adverse impact ratio", "lower"] > 0
    assert table.loc["adverse impact ratio", "after"] == pytest.approx(chosen["test_air"], abs=1e-12)
    assert table.loc["AUC", "after"] == pytest.approx(chosen["test_auc"], abs=1e-6)


def test_what_reads_the_group_when_it_decides_is_never_eligible(found: dict[str, pd.DataFrame]) -> None:
    archive = found["archive"].set_index("family")
    for family in ("reject option", "fairlearn group thresholds"):
        assert not archive.loc[family, "eligible"] and not archive.loc[family, "frontier"]
        assert archive.loc[family, "why_not"] == "reads the group when it decides"


def test_the_choice_does_not_see_the_test_rows() -> None:
    plain, flipped = portfolio(0.5), portfolio(0.5, test_flipped=True)
    first, second = (search_alternatives(data, base(data), SMALL, 7)["archive"] for data in (plain, flipped))
    assert first["chosen"].equals(second["chosen"])
    pd.testing.assert_series_equal(first["valid_air"], second["valid_air"])
    assert not first["test_auc"].equals(second["test_auc"])


def test_the_search_repeats_itself(found: dict[str, pd.DataFrame]) -> None:
    data = portfolio(0.5)
    again = search_alternatives(data, base(data), SMALL, 7)
    for name, table in found.items():
        pd.testing.assert_frame_equal(table, again[name])


def test_the_base_stays_where_nothing_gains_enough() -> None:
    data = portfolio(0.0)
    plan = replace(SMALL, rule=Rule(minimum_gain=0.5))
    archive = search_alternatives(data, base(data), plan, 7)["archive"]
    assert archive["chosen"].tolist() == [True] + [False] * (len(archive) - 1)


def test_without_a_protected_attribute_there_is_nothing_to_search() -> None:
    data = replace(portfolio(0.5, rows=600), protected=())
    with pytest.raises(InputError, match="no protected attribute"):
        search_alternatives(data, base(data), SMALL, 7)


def test_reweighing_makes_group_and_outcome_independent() -> None:
    # 6 rows: group 0 has 1 default in 4, group 1 has 1 in 2. w = P(g)P(y)/P(g,y): (0,1): (4/6·2/6)/(1/6) = 4/3, …
    group, outcome = np.array([0, 0, 0, 0, 1, 1]), np.array([1, 0, 0, 0, 1, 0])
    weight = reweighing(group, outcome, None, 1.0)
    assert weight == pytest.approx([4 / 3, 8 / 9, 8 / 9, 8 / 9, 2 / 3, 4 / 3])
    rates = [np.average(outcome[group == g], weights=weight[group == g]) for g in (0, 1)]
    assert rates == pytest.approx([1 / 3, 1 / 3])
    assert reweighing(group, outcome, None, 0.0).tolist() == [1.0] * 6


def test_the_regularised_objective_is_the_logistic_loss_at_zero_and_lowers_protected_scores_above() -> None:
    data = portfolio(0.5)
    encoding = base(data).encoding
    rows = Rows.of(encoding.matrix(data.features("train")), data.outcome("train"))
    protected = data.rows("train", ["SEX"])["SEX"].to_numpy(dtype=float)

    def gap(strength: float) -> float:
        booster = fit_regularised(rows, protected, strength, CONFIGURATION, [0, 0, 0], 1, 40)
        score = booster.inplace_predict(rows.matrix)
        return float(score[protected == 1].mean() - score[protected == 0].mean())

    plain = fit_rounds(rows, CONFIGURATION, [0, 0, 0], 1, 40).log_odds(rows.matrix)
    booster = fit_regularised(rows, protected, 0.0, CONFIGURATION, [0, 0, 0], 1, 40)
    assert booster.inplace_predict(rows.matrix, predict_type="margin") == pytest.approx(plain, abs=1e-3)
    assert gap(0.0) > gap(0.05) > gap(0.2)


def test_reject_option_moves_only_the_band() -> None:
    score, protected = np.array([0.1, 0.28, 0.28, 0.33, 0.33, 0.9]), np.array([0, 0, 1, 0, 1, 1])
    assert reject_option(score, 0.3, 0.05, protected).tolist() == [0, 1, 0, 1, 0, 1]


def table(rows: list[tuple[float, float, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["valid_auc", "valid_air", "why_not"])
    return frame.assign(eligible=frame["why_not"] == "", number=range(len(frame)))


def test_frontier_by_hand() -> None:
    reads = "reads the group when it decides"
    found = frontier(
        table([(0.80, 0.70, ""), (0.79, 0.80, ""), (0.78, 0.75, ""), (0.70, 0.95, "x"), (0.9, 0.9, reads)])
    )
    assert found.tolist() == [True, True, False, True, False]


def test_the_rule_by_hand() -> None:
    rule = Rule(minimum_gain=0.05)
    better = table(
        [(0.80, 0.70, ""), (0.79, 0.80, ""), (0.795, 0.80, ""), (0.7, 0.99, "valid AUC below the tolerance")]
    )
    assert choose(better, rule) == 2
    assert choose(table([(0.80, 0.70, ""), (0.79, 0.74, "")]), rule) == 0


def test_lifting_a_group_that_is_accepted_more_often_is_no_gain() -> None:
    assert choose(table([(0.80, 1.10, ""), (0.80, 1.40, "")]), Rule(minimum_gain=0.05)) == 0
    # With the penalised group as reference nobody is accepted less often: there is nothing to aim at, and it says so.
    data = portfolio(0.5)
    found = search_alternatives(data, base(data), held_against(1), 7)
    assert found["archive"]["chosen"].iloc[0]
    notes = found["budget"].set_index("family")["note"]
    assert notes["fairlearn grid search"] == "not tried: no group is accepted less often than the reference"


def test_a_candidate_that_is_no_boosted_model_is_only_post_processed() -> None:
    from respml.candidates.scorers import LinearScorer

    data = portfolio(0.5)
    trees = base(data)

    class Linear:
        """Log-odds linear in x and postcode."""

        family = LinearScorer.family

        def log_odds(self, matrix: np.ndarray) -> np.ndarray:
            return np.asarray(-1.0 + 1.2 * matrix[:, 0] + 0.4 * matrix[:, 2])

    linear = Candidate("glm", "GLM", trees.encoding, Linear())  # type: ignore[arg-type]
    budget = search_alternatives(data, linear, SMALL, 7)["budget"].set_index("family")
    assert budget.loc["reweighing", "tried"] == 0
    assert budget.loc["reweighing", "note"] == "not tried: the base is no boosted model"
    assert budget.loc["cut-off", "tried"] == 2 and budget.loc["reject option", "tried"] == 1


def test_many_valued_attributes_are_banded_alike_in_every_partition() -> None:
    data = portfolio(0.0)
    frame = data.frame.assign(AGE=np.random.default_rng(0).integers(18, 80, len(data.frame)))
    aged = replace(data, table=PortfolioRows(frame), protected=("SEX", "AGE"))
    train, test = (protected_memberships(aged, part, {"SEX": "1"}) for part in ("train", "test"))
    assert train[0].reference == test[0].reference == "1"
    assert train[1].names == test[1].names and len(train[1].names) == 4
    edged = protected_memberships(aged, "test", edges={"AGE": (62,)})
    assert set(edged[1].names) == {"under 62", "62 and over"}


def test_the_plan_is_what_the_spec_declares() -> None:
    data = Data(source="rows.csv", target="y", protected=("SEX",), reference_groups={"SEX": 0})
    declared = Alternatives(families=("reweighing", "reject_option"), reweighing=(0.5,), auc_tolerance=0.02)
    plan = Plan.from_spec(data, Decision(cutoff=CutoffRule(rule="fixed", value=0.4)), Fairness(alternatives=declared))
    table = search_alternatives(portfolio(0.5, 3000), base(portfolio(0.5, 3000)), plan, 7)
    assert table["archive"]["family"].tolist() == ["base", "reweighing", *["reject option"] * 3]
    assert table["archive"]["cutoff"].iloc[0] == 0.4
    assert "98.0 %" in table["budget"]["rule"].iloc[0]


def test_an_attribute_known_as_probabilities_is_judged_and_aimed_at() -> None:
    data = portfolio(0.8, 3000)
    share = np.clip(data.frame["SEX"] * 0.8 + 0.1, 0, 1)
    fuzzy = replace(
        data,
        table=PortfolioRows(data.frame.assign(p_one=share, p_zero=1 - share)),
        protected=(),
        excluded={"p_one": "group", "p_zero": "group"},
    )
    entry = GroupProbabilities(columns={"one": "p_one", "zero": "p_zero"}, reference="zero")
    plan = replace(
        SMALL,
        data=Data(source="rows.csv", target="y", excluded={"p_one": "group", "p_zero": "group"}),
        fairness=Fairness(probabilities={"race": entry}),
    )
    table = search_alternatives(fuzzy, base(data), plan, 7)
    assert set(table["budget"]["target"]) == {"race"}
    assert table["budget"].set_index("family").loc["reweighing", "tried"] == 1
    assert set(table["ratios"]["group"]) == {"one"}
