"""XGBoost models saved as UBJ or JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from scipy.special import expit

from respml.adapters.external_model import (
    Adapter,
    Artefact,
    ExternalModel,
    Floats,
    keeps_none,
    number_matrix,
    versions,
)
from respml.adapters.input_names import named_features
from respml.adapters.messages import told
from respml.errors import InputError
from respml.explain.shapley import Contributions, tree_contributions

LOGISTIC = ("binary:logistic", "binary:logitraw", "reg:logistic")


class XgboostModel(ExternalModel):
    """A booster with a logistic objective, cut to the rounds it uses; its feature names are kept beside it."""

    def __init__(self, booster: Any, features: tuple[str, ...], rounds: int, rounds_in_file: int) -> None:
        settings = json.loads(booster.save_config())["learner"]
        self.trees = booster
        self.inputs = features
        self.kind = settings["gradient_booster"]["name"]
        self.family = "XGBoost " + {"gbtree": "trees", "dart": "trees with dropout"}.get(self.kind, "linear model")
        self.facts = {
            "objective": settings["objective"]["name"],
            "rounds": rounds,
            "rounds_in_file": rounds_in_file,
        }
        self.software = versions("numpy", "xgboost")

    @property
    def booster(self) -> Any:
        """The booster, where it is an ensemble of trees."""
        return self.trees if self.kind == "gbtree" else None

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Margin of the ensemble (summed in float32 by XGBoost)."""
        matrix = number_matrix(frame, self.inputs, np.float32)
        margin = self.trees.predict(xgboost.DMatrix(matrix), output_margin=True)
        return np.asarray(margin, dtype=np.float64)

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Logistic function of the margin, in float64."""
        return np.asarray(expit(self.log_odds(frame)), dtype=np.float64)

    def contributions(self, frame: pd.DataFrame) -> Contributions:
        """Path-dependent tree Shapley values."""
        matrix = number_matrix(frame, self.inputs)
        if self.kind == "gbtree":
            return tree_contributions(self.trees, matrix)
        values = self.trees.predict(xgboost.DMatrix(matrix.astype(np.float32)), pred_contribs=True).astype(np.float64)
        return Contributions(values[:, :-1], float(values[0, -1]), "XGBoost")


def open_xgboost(artefact: Artefact) -> XgboostModel:
    """Open a booster.

    Errors
    ------
    InputError where it is no XGBoost model, predicts no probability of two classes, splits on categories (their codes
    are not in the file), or names no features.
    """
    try:
        booster = xgboost.Booster(model_file=bytearray(artefact.main))
    except xgboost.core.XGBoostError as error:
        raise InputError(f"This is no XGBoost model: {told(error)}.", remedy="Save it as UBJ or JSON.") from None
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    if objective not in LOGISTIC:
        raise InputError(
            f"The model's objective is {objective}, which gives no probability of default.",
            remedy=f"Use {', '.join(LOGISTIC)}.",
        )
    if booster.feature_types is not None and "c" in booster.feature_types:
        raise InputError(
            "The model splits on categories whose codes are not in the file.",
            remedy="Train it on codes and give them under preprocessing.codes, or export it as ONNX.",
        )
    features = named_features(artefact, booster.feature_names, "The XGBoost model")
    if len(features) != booster.num_features():
        raise InputError(
            f"{len(features)} inputs are named, the model has {booster.num_features()}.",
            remedy="List them in order under options.features.",
        )
    in_file = booster.num_boosted_rounds()
    rounds = _rounds(artefact, booster, in_file)
    if rounds < in_file:
        booster = booster[:rounds]
    booster.feature_names = None
    booster.feature_types = None
    return XgboostModel(booster, features, rounds, in_file)


def _rounds(artefact: Artefact, booster: Any, in_file: int) -> int:
    """The option ``rounds``, else the round at which early stopping was best, else all."""
    best = booster.attr("best_iteration")
    rounds = artefact.options.get("rounds", in_file if best is None else int(best) + 1)
    if not isinstance(rounds, int) or not 1 <= rounds <= in_file:
        raise InputError(f"options.rounds is {rounds!r}; the file has {in_file}.", remedy="Give a number up to that.")
    return rounds


def _is_xgboost(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(4096)
    return start[:1] == b"{" and b"learner" in start


ADAPTER = Adapter(
    name="xgboost",
    describes="XGBoost model (UBJ or JSON)",
    open=open_xgboost,
    recognises=_is_xgboost,
    options=("features", "rounds"),
    libraries=("xgboost",),
    keeps_rows=keeps_none,
)
