"""CatBoost models saved as cbm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from respml.adapters.external_model import (
    Adapter,
    Artefact,
    ExternalModel,
    Floats,
    keeps_none,
    library,
    number_matrix,
    versions,
)
from respml.adapters.input_names import named_features
from respml.adapters.messages import told
from respml.adapters.preprocessing import level_texts
from respml.errors import InputError
from respml.explain.shapley import Contributions

EXTRA = "catboost"
LOGISTIC = ("Logloss", "CrossEntropy")


class CatboostModel(ExternalModel):
    """A model with a logistic loss; categories are handed over as text."""

    family = "CatBoost trees"

    def __init__(self, module: Any, model: Any, features: tuple[str, ...], loss: str) -> None:
        self.module = module
        self.trees = model
        self.inputs = features
        self.categorical = [features[place] for place in model.get_cat_feature_indices()]
        self.facts = {"objective": loss, "rounds": int(model.tree_count_)}
        self.software = versions("catboost", "numpy")

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Raw value of the ensemble."""
        values = self.trees.predict(self._rows(frame), prediction_type="RawFormulaVal", thread_count=1)
        return np.asarray(values, dtype=np.float64)

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Logistic function of the raw value."""
        return np.asarray(expit(self.log_odds(frame)), dtype=np.float64)

    def contributions(self, frame: pd.DataFrame) -> Contributions:
        """CatBoost's own tree Shapley values."""
        found = self.trees.get_feature_importance(self._rows(frame), type="ShapValues", thread_count=1)
        values = np.asarray(found, dtype=np.float64)
        return Contributions(values[:, :-1], float(values[0, -1]), "CatBoost")

    def _rows(self, frame: pd.DataFrame) -> Any:
        rows = {}
        for name in self.inputs:
            if name in self.categorical:
                rows[name] = level_texts(frame[name]).where(frame[name].notna(), "nan").astype("object")
            else:
                rows[name] = pd.Series(number_matrix(frame, [name])[:, 0], index=frame.index)
        own = self.trees.feature_names_
        table = pd.DataFrame(rows).set_axis(own, axis=1)
        places = [self.inputs.index(name) for name in self.categorical]
        return self.module.Pool(table, cat_features=places or None)


def open_catboost(artefact: Artefact) -> CatboostModel:
    """Open a cbm model.

    Errors
    ------
    InputError where CatBoost is missing, the bytes are no model of it, or its loss is not logistic.
    """
    module = library("catboost", EXTRA)
    model = module.CatBoost()
    try:
        model.load_model(blob=artefact.main)
    except module.CatBoostError as error:
        raise InputError(f"This is no CatBoost model: {told(error)}.", remedy="Save it as cbm.") from None
    loss = str(model.get_all_params().get("loss_function", "none"))
    if loss not in LOGISTIC:
        raise InputError(f"The model's loss is {loss}, which gives no probability of default.", remedy="Use Logloss.")
    return CatboostModel(module, model, named_features(artefact, model.feature_names_, "The CatBoost model"), loss)


def _is_catboost(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"CBM1"


ADAPTER = Adapter(
    name="catboost",
    describes="CatBoost model (cbm)",
    open=open_catboost,
    recognises=_is_catboost,
    options=("features",),
    libraries=("catboost",),
    extra=EXTRA,
    keeps_rows=keeps_none,
)
