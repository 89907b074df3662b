"""What the explanations accept: whatever predicts a probability, in a notebook, in three lines."""

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from respml.errors import InputError
from respml.explain import Model, accumulated_local_effects, h_statistic, lime, partial_dependence


@pytest.fixture(scope="module")
def people():
    generator = np.random.default_rng(4)
    frame = pd.DataFrame({"a": generator.normal(size=300), "b": generator.integers(0, 4, 300), "k": 1.0})
    return frame, (generator.random(300) < 1 / (1 + np.exp(-frame["a"]))).astype(int)


def test_a_pipeline_of_scikit_learn_is_explained_in_three_lines_without_the_missing_value_it_refuses(people):
    frame, outcome = people
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, outcome)
    found = partial_dependence(Model.of(pipeline), frame)
    at = found.curves[found.curves["feature"] == "a"].iloc[3]
    by_hand = pipeline.predict_proba(frame.assign(a=at["value"]))[:, 1].mean()
    assert at["estimate"] == pytest.approx(by_hand, abs=1e-12)
    assert found.curves["value"].notna().all()
    assert found.methods["missing"].item() == "refused by the model"
    assert "_repr_html_" in dir(found)


def test_an_estimator_that_takes_missing_values_keeps_them(people):
    frame, outcome = people
    found = partial_dependence(Model.of(HistGradientBoostingClassifier(max_iter=3).fit(frame, outcome)), frame)
    assert found.curves["value"].isna().sum() == 3
    assert found.methods["missing"].item() == "scored"


def test_a_classifier_of_xgboost_brings_the_trees_up_to_its_best_iteration(people):
    frame, outcome = people
    classifier = xgboost.XGBClassifier(n_estimators=60, max_depth=6, n_jobs=1, early_stopping_rounds=2)
    classifier.fit(frame[:200], outcome[:200], eval_set=[(frame[200:], outcome[200:])], verbose=False)
    assert classifier.best_iteration < classifier.get_booster().num_boosted_rounds() - 1
    model = Model.of(classifier)
    assert model.trees is not None and model.trees_reproduce(frame)
    np.testing.assert_allclose(model.probability(frame), classifier.predict_proba(frame)[:, 1], atol=1e-6)


def test_a_booster_a_function_and_a_model_are_taken(people):
    frame, outcome = people
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(frame, outcome), 3)
    assert Model.of(booster).features == ("a", "b", "k")
    function = Model.of(lambda rows: np.full(len(rows), 0.25), features=["a", "b"])
    assert partial_dependence(function, frame).curves["estimate"].eq(0.25).all()
    assert Model.of(function) is function
    assert len(accumulated_local_effects(function, frame))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda frame, y: Model.of(lambda rows: rows["a"]), "does not name its inputs"),
        (lambda frame, y: Model.of(LinearRegression().fit(frame, y)), "predicts no probability"),
        (lambda frame, y: Model.of(LogisticRegression().fit(frame, frame["b"])), "4 classes"),
        (lambda frame, y: partial_dependence(LogisticRegression().fit(frame, y), frame), "Model.of"),
        (lambda frame, y: partial_dependence(constant(), frame[["a"]]), "lacks columns: b"),
        (lambda frame, y: partial_dependence(constant(), frame.assign(b="x")), "not numeric: b"),
        (lambda frame, y: partial_dependence(constant(), frame.assign(a=np.inf)), "no finite value"),
        (lambda frame, y: h_statistic(constant(), frame, [("a", "q")]), "q is no input"),
        (lambda frame, y: lime(constant(), frame[:1], 0), "no two different rows"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_line(people, make, words):
    with pytest.raises(InputError, match=words):
        make(*people)


def constant() -> Model:
    return Model.of(lambda rows: np.full(len(rows), 0.5), features=["a", "b"])
