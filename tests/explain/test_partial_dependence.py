import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import partial_dependence as sklearn_partial_dependence

from respml.errors import InputError
from respml.explain.grids import explicit_grid, grid, reference_grid, stretched_reference_grid
from respml.explain.model import Model
from respml.explain.partial_dependence import partial_dependence
from respml.explain.percentiles import percentile_customers
from respml.explain.shape import count_monotone_curves, curve_summary, support


class Wrapped(ClassifierMixin, BaseEstimator):
    """A fitted scikit-learn classifier around a predict callable."""

    def __init__(self, predict=None, columns=None):
        self.predict_default = predict
        self.columns = columns
        self.classes_ = np.array([0, 1])
        self.fitted_ = True

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        chance = np.asarray(self.predict_default(pd.DataFrame(X, columns=self.columns)), dtype=float)
        return np.stack([1 - chance, chance], axis=1)


@pytest.mark.parametrize("name", ["mgbm", "gbm"])
def test_equals_scikit_learn_on_the_same_grid(models, inputs, name):
    values = [10_000.0, 33_000.0, 60_000.0, 250_000.0]
    table = {"limit": explicit_grid(values, inputs["limit"])}
    ours = partial_dependence([models[name]], inputs, features=["limit"], grids=table)
    wrapped = Wrapped(models[name].predict, list(inputs.columns))
    theirs = sklearn_partial_dependence(
        wrapped, inputs, ["limit"], custom_values={"limit": np.array(values)}, method="brute", kind="both"
    )
    assert np.abs(ours.curves["estimate"].to_numpy() - theirs["average"][0]).max() < 1e-6
    rows = ours.individual.groupby("position", sort=False)["estimate"].apply(list)
    for position, line in rows.items():
        assert np.abs(np.array(line) - theirs["individual"][0][position]).max() < 1e-6


def test_tree_path_and_predict_path_agree_and_say_which_they_are(models, inputs):
    fast = models["gbm"]
    slow = Model("gbm", fast.predict, fast.features)
    a = partial_dependence([fast], inputs.head(200))
    b = partial_dependence([slow], inputs.head(200))
    assert np.abs(a.curves["estimate"] - b.curves["estimate"]).max() < 1e-6
    assert np.abs(a.individual["estimate"] - b.individual["estimate"]).max() < 1e-6
    assert a.methods["method"].iloc[0] != b.methods["method"].iloc[0]


def test_a_model_that_edits_its_trees_output_is_explained_through_predict(models, inputs):
    tree = models["gbm"]
    edited = Model("edited", lambda frame: tree.predict(frame) * 0.5, tree.features, tree.trees)
    result = partial_dependence([edited], inputs.head(100), features=["delay"])
    whole = partial_dependence([tree], inputs.head(100), features=["delay"])
    assert np.allclose(result.curves["estimate"], whole.curves["estimate"] * 0.5, atol=1e-6)


def test_residual_columns_are_the_mean_log_loss_of_the_rescored_rows(models, inputs, applicants):
    model, outcome = models["mgbm"], applicants["default"].to_numpy()
    result = partial_dependence([model], inputs, features=["delay"], outcome=outcome)
    line = result.curves[result.curves["value"] == 3.0].iloc[0]
    chance = np.asarray(model.predict(inputs.assign(delay=3.0)), dtype=float)
    assert line["residual_1"] == pytest.approx(-np.log(chance[outcome == 1]).mean(), abs=1e-6)
    assert line["residual_0"] == pytest.approx(-np.log(1 - chance[outcome == 0]).mean(), abs=1e-6)


def test_grid_includes_both_ends_quantiles_missing_and_values_beyond():
    values = pd.Series(np.linspace(0, 100, 1001) ** 2, name="x")
    table = grid(values)
    kinds = table["kind"].value_counts()
    assert {key: kinds[key] for key in ("missing", "below", "above")} == {"missing": 1, "below": 2, "above": 2}
    assert table["value"].isna().sum() == 1
    inside = table.loc[table["kind"] == "range", "value"]
    assert inside.min() == 0 and inside.max() == 10_000 and len(inside) == 21
    assert 2500.0 in table["value"].to_numpy()


def test_grid_of_few_values_is_the_values_themselves():
    table = grid(pd.Series([-2.0, -1.0, 0.0, 2.0], name="delay"), missing=False)
    assert table["value"].tolist() == [-4, -3, -2, -1, 0, 2, 3, 4]


def test_reference_grids_as_published_for_the_credit_limit():
    # LIMIT_BAL runs from 10,000 to 1,000,000: 20 points, step 49,500, the maximum left out.
    values = pd.Series([10_000.0, 1_000_000.0], name="LIMIT_BAL")
    points = reference_grid(values)["value"].tolist()
    assert points[:3] == [10_000, 59_500, 109_000] and points[-1] == 950_500 and len(points) == 20
    # by = 49,500; step = by + round(by / 20, 3) = 51,975.
    assert stretched_reference_grid(values)["value"].tolist()[:2] == [10_000, 61_975]


def test_percentile_customers_published_rule_and_nearest_rank():
    chance = np.arange(25)[::-1] / 100
    table = percentile_customers(chance, [f"c{i}" for i in range(25)])
    # 25 div 10 = 2: percentile 10k is sorted row 2k; sorted row r is file row 24 - r.
    assert table["position"].tolist() == [24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 0]
    # nearest rank: ceil(.1 * 25) = 3rd smallest = sorted row 2; ceil(.99 * 25) = 25th.
    assert table["true_position"].tolist()[1] == 22 and table["true_position"].tolist()[5] == 12
    with pytest.raises(InputError, match="11 rows"):
        percentile_customers(chance[:5], list(range(5)))


def test_monotone_curves_are_counted_and_missing_as_lowest_is_found(models, inputs):
    result = partial_dependence([models["mgbm"], models["gbm"]], inputs, outcome=None)
    counts = count_monotone_curves(result.individual).set_index(["model", "feature"])
    assert (counts.loc["mgbm"].drop("noise")["monotone"] == 11).all()
    assert counts.loc[("gbm", "bill"), "monotone"] < 11
    summary = curve_summary(result.curves).set_index(["model", "feature"])
    assert summary.loc[("mgbm", "delay"), "jump"] > 0.05
    assert summary.loc[("mgbm", "limit"), "turns"] == 0
    assert not summary["missing_is_lowest"].all()


def test_missing_is_lowest_fires_on_a_model_that_rewards_missing_values():
    frame = pd.DataFrame({"x": np.arange(30.0)})
    rewards = Model("m", lambda rows: np.where(rows["x"].isna(), 0.01, 0.2 + rows["x"].fillna(0) / 100), ("x",))
    punishes = Model("p", lambda rows: np.where(rows["x"].isna(), 0.9, 0.2 + rows["x"].fillna(0) / 100), ("x",))
    summary = curve_summary(partial_dependence([rewards, punishes], frame).curves)
    assert summary["missing_is_lowest"].tolist() == [True, False]


def test_support_counts_every_row_once(applicants):
    table = support(applicants["bill"], applicants["default"])
    assert table["n"].sum() == len(applicants)
    assert table["missing"].sum() == 1
    assert table["events"].sum() == applicants["default"].sum()
    few = support(applicants["delay"])
    assert few["lower_edge"].tolist() == [-2, -1, 0, 1, 2, 3, 4, 5]
