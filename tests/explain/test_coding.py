"""Text inputs as codes: the model on codes predicts what the model on texts does."""

import numpy as np
import pandas as pd

from respml.explain.coding import numeric_view
from respml.explain.model import Model


def by_text(frame):
    return np.where(frame["job"].isna(), 0.9, np.where(frame["job"] == "b", 0.2, 0.1)) + 0.01 * frame["age"]


def test_predictions_on_codes_are_those_on_texts_and_missing_stays_missing():
    frame = pd.DataFrame({"job": ["b", "a", None, "b"], "age": [1.0, 2.0, 3.0, 4.0]})
    view = numeric_view(frame, {"m": Model("x", by_text, ("job", "age"))})
    assert view.frame["job"].tolist()[:2] == [1.0, 0.0]
    assert np.isnan(view.frame["job"].iloc[2])
    np.testing.assert_allclose(view.models["m"].probability(view.frame), by_text(frame))
    assert (view.shown("job", 1.0), view.shown("job", float("nan")), view.shown("age", 2.0)) == ("b", "missing", "2")


def test_a_model_of_numbers_is_left_alone():
    frame = pd.DataFrame({"age": [1.0, 2.0]})
    model = Model("m", lambda rows: rows["age"].to_numpy() / 10, ("age",))
    view = numeric_view(frame, {"m": model})
    assert view.models["m"].predict is model.predict
    assert view.models["m"].name == "m"
    assert not view.levels
