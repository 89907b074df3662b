import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.errors import InputError
from respml.explain.loco import (
    MAJORITY,
    MEAN,
    MISSING,
    compare_with_shapley,
    leave_one_covariate_out,
    leave_one_out_ensemble,
)
from respml.explain.model import Model

TREE = pd.DataFrame({"a": [0.0] * 30 + [1.0] * 10, "b": ([0.0, 1.0] * 20)})


def test_missing_route_is_the_boosters_own_prediction(models, boosters, inputs):
    rows = inputs.head(7)
    result = leave_one_covariate_out(models["gbm"], rows, [0, 1], absent=MISSING)
    line = result.frame[(result.frame["row"] == rows.index[2]) & (result.frame["feature"] == "limit")].iloc[0]
    gone = boosters["gbm"].predict(xgboost.DMatrix(rows.assign(limit=np.nan)))[2]
    assert line["contribution"] == pytest.approx(models["gbm"].probability(rows)[2] - gone, abs=1e-7)


def test_majority_path_follows_the_heavier_child():
    # One split on a: 30 rows below, 10 above; without a the row goes with the 30.
    outcome = (TREE["a"] == 1).astype(int)
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 1, "eta": 1, "base_score": 0.5}, xgboost.DMatrix(TREE, outcome), 1
    )
    model = Model.from_booster("stump", booster)
    result = leave_one_covariate_out(model, TREE.tail(1), outcome, absent=MAJORITY)
    low, high = model.probability(TREE.head(1))[0], model.probability(TREE.tail(1))[0]
    by_feature = result.frame.set_index("feature")["contribution"]
    assert by_feature["a"] == pytest.approx(high - low) and by_feature["b"] == 0


def test_scaled_contributions_and_mean_outcome_add_to_the_prediction(models, inputs, applicants):
    result = leave_one_covariate_out(models["mgbm"], inputs.head(20), applicants["default"])
    assert result.check["error"].abs().max() < 1e-12
    sums = result.frame.groupby("row", sort=False)["scaled"].sum().to_numpy()
    expected = models["mgbm"].probability(inputs.head(20)) - applicants["default"].mean()
    assert np.allclose(sums, expected)


def test_mean_route_needs_reference_rows_and_majority_needs_trees(models, inputs):
    plain = Model("p", models["gbm"].predict, models["gbm"].features)
    with pytest.raises(InputError, match="reference"):
        leave_one_covariate_out(plain, inputs.head(2), [0, 1], absent=MEAN)
    with pytest.raises(InputError, match="trees"):
        leave_one_covariate_out(plain, inputs.head(2), [0, 1])


def test_unstable_features_are_flagged_and_stable_ones_are_not():
    def member(sign: float) -> Model:
        return Model("m", lambda frame: 0.3 + 0.1 * frame["a"] + sign * 0.05 * frame["b"], ("a", "b"))

    rows = pd.DataFrame({"a": [1.0], "b": [1.0]}, index=["x"])
    reference = pd.DataFrame({"a": [0.0], "b": [0.0]})
    members = [member((-1.0) ** number) for number in range(10)]
    table = leave_one_out_ensemble(members, rows, [0, 1], reference=reference, absent=MEAN).set_index("feature")
    assert not table.loc["a", "unstable"] and table.loc["b", "unstable"]
    assert table.loc["a", "mean"] == pytest.approx(0.1) and table.loc["a", "standard_deviation"] == pytest.approx(0)
    assert table.loc["a", "rank"] == 1 and table["members"].eq(10).all()


def test_comparison_with_shapley_names_both_leaders(models, contributions, inputs, applicants):
    result = leave_one_covariate_out(models["gbm"], inputs.head(30), applicants["default"])
    table = compare_with_shapley(result, contributions["gbm"])
    assert len(table) == 30 and table["common_five"].eq(5).all()
    assert table["same"].mean() > 0.5
