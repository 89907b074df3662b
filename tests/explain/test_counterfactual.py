import numpy as np
import pandas as pd
import pytest

from respml.errors import InputError
from respml.explain.counterfactual import Action, counterfactual, what_if
from respml.explain.model import Model


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"late": generator.integers(0, 6, 300) * 1.0, "limit": np.round(generator.uniform(1, 9, 300))})
    table["age"] = generator.integers(20, 70, 300) * 1.0
    table.loc[0] = [3.0, 4.0, 30.0]
    return table


def model(monotone: dict[str, int] | None = None) -> Model:
    return Model(
        "m",
        lambda rows: 0.1 + 0.1 * rows["late"] - 0.02 * rows["limit"] - 0.001 * rows["age"],
        ("late", "limit", "age"),
        None,
        monotone or {},
    )


ACTIONS = {"late": Action(0, 6, whole=True), "limit": Action(1, 9)}


def test_smallest_single_change_that_flips(frame):
    # Base .1 + .3 - .08 - .03 = .29. One month less gives .19; the limit alone reaches at best .19 (limit 9).
    result = counterfactual(model(), frame, 0, 0.20, ACTIONS)
    assert result.status == "found" and result.base == pytest.approx(0.29)
    costs = {line["features"]: line["cost"] for _, line in result.alternatives.iterrows()}
    assert result.changes["feature"].tolist() == [min(costs, key=costs.get)]
    assert result.changed <= 0.20
    late = counterfactual(model(), frame, 0, 0.20, {"late": ACTIONS["late"]})
    assert late.changes["to_value"].tolist() == [2.0]


def test_pairs_are_tried_when_no_single_change_flips(frame):
    actions = {"late": Action(2, 6, whole=True), "limit": Action(1, 6)}
    # late 3 -> 2 gives .19, limit 4 -> 6 gives .25, both .15.
    result = counterfactual(model(), frame, 0, 0.16, actions)
    assert sorted(result.changes["feature"]) == ["late", "limit"] and result.changed == pytest.approx(0.15)


def test_none_found_and_not_declined_are_said(frame):
    assert counterfactual(model(), frame, 0, 0.01, {"limit": Action(1, 5)}).status == "none found"
    assert counterfactual(model(), frame, 0, 0.50, ACTIONS).status == "not declined"


def test_prohibited_and_immutable_features_cannot_be_actions(frame):
    with pytest.raises(InputError, match="age"):
        counterfactual(model(), frame, 0, 0.2, ACTIONS | {"age": Action(0, 99)}, immutable=["age"])
    with pytest.raises(InputError, match="sex"):
        counterfactual(model(), frame, 0, 0.2, {"sex": Action(0, 1)})


def test_monotone_features_move_only_towards_less_risk_and_direction_is_kept(frame):
    odd = Model("odd", lambda rows: np.where(rows["late"] == 5, 0.0, 0.3), ("late", "limit", "age"), None, {"late": 1})
    assert counterfactual(odd, frame, 0, 0.2, {"late": Action(0, 6)}).status == "none found"
    only_up = counterfactual(model(), frame, 0, 0.2, {"late": Action(0, 6, direction=1)})
    assert only_up.status == "none found"


def test_what_if_keeps_the_models_own_baseline(frame):
    table = what_if(model(), frame, 0, {"late": [0.0, 5.0], "limit": [9.0]}, cutoff=0.2)
    assert table["changed"].tolist() == pytest.approx([0.29, -0.01, 0.49, 0.19])
    assert table["difference"].tolist() == pytest.approx([0, -0.3, 0.2, -0.1])
    assert table["decision_changes"].tolist() == [False, True, False, True]
    assert table["change"].iloc[1] == "late: 3 → 0"
    together = what_if(model(), frame, 0, [{"late": 2.0, "limit": 9.0}])
    assert together["changed"].iloc[1] == pytest.approx(0.09)
