import numpy as np
import pandas as pd
import pytest
import shap

from respml.errors import InputError
from respml.explain.interventional import background_sensitivity, interventional_shapley, linear_shapley
from respml.explain.model import Model
from respml.explain.shapley_summary import additivity


@pytest.mark.parametrize("name", ["mgbm", "gbm"])
def test_equals_shap_including_missing_values(models, boosters, inputs, name):
    rows, background = inputs.head(60), inputs.iloc[100:160]
    ours = interventional_shapley(models[name], rows, background)
    explainer = shap.TreeExplainer(boosters[name], background, feature_perturbation="interventional")
    expected = explainer.shap_values(rows)
    assert rows["bill"].isna().any()
    assert np.abs(ours[list(inputs.columns)].to_numpy() - expected).max() < 1e-5
    assert additivity(ours, models[name].probability(rows))["holds"].item()


def test_background_of_one_row_explains_the_difference_to_that_row(models, inputs):
    model = models["gbm"]
    values = interventional_shapley(model, inputs.head(5), inputs.iloc[[9]])
    margins = model.trees.margin(inputs.iloc[[0, 9]])
    assert values.iloc[0].drop("bias").sum() == pytest.approx(margins[0] - margins[1], abs=1e-9)


def test_linear_values_are_the_textbook_formula():
    rows = pd.DataFrame({"a": [3.0], "b": [1.0]})
    background = pd.DataFrame({"a": [0.0, 2.0], "b": [1.0, 5.0]})
    values = linear_shapley(pd.Series({"a": 2.0, "b": -1.0}), 0.5, rows, background)
    assert values.iloc[0].tolist() == [4.0, 2.0, -0.5]


def test_sensitivity_is_nil_when_all_backgrounds_are_the_pool_and_not_otherwise(models, inputs):
    pool = inputs.head(120)
    same = background_sensitivity(models["gbm"], inputs.tail(50), pool, size=120, backgrounds=20)
    assert same.ranks["stable"].all() and same.top["lower"].item() == 1
    assert not same.order_depends_on_background
    few = background_sensitivity(models["gbm"], inputs.tail(50), pool, size=2, backgrounds=20)
    assert not few.ranks["stable"].all() and few.top["lower"].item() < 1
    again = background_sensitivity(models["gbm"], inputs.tail(50), pool, size=2, backgrounds=20)
    pd.testing.assert_frame_equal(few.ranks, again.ranks)


def test_refuses_models_without_trees_and_empty_backgrounds(models, inputs):
    with pytest.raises(InputError, match="no trees"):
        interventional_shapley(Model("glm", lambda frame: np.zeros(len(frame)), ("a",)), inputs, inputs)
    with pytest.raises(InputError, match="no rows"):
        interventional_shapley(models["gbm"], inputs, inputs.head(0))
