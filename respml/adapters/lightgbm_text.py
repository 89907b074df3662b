"""LightGBM models saved as text."""

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
from respml.errors import InputError
from respml.explain.shapley import Contributions

EXTRA = "lightgbm"


class LightgbmModel(ExternalModel):
    """A booster with a logistic objective."""

    family = "LightGBM trees"

    def __init__(self, booster: Any, features: tuple[str, ...], categorical: tuple[str, ...], sigmoid: float) -> None:
        self.trees = booster
        self.inputs = features
        self.categorical = categorical
        self.sigmoid = sigmoid
        self.facts = {"objective": "binary", "rounds": booster.num_trees()}
        self.software = versions("lightgbm", "numpy")

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Raw score times the objective's steepness."""
        return self.sigmoid * np.asarray(self.trees.predict(self._rows(frame), raw_score=True), dtype=np.float64)

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Logistic function of the log-odds."""
        return np.asarray(expit(self.log_odds(frame)), dtype=np.float64)

    def contributions(self, frame: pd.DataFrame) -> Contributions:
        """LightGBM's own path-dependent tree Shapley values."""
        values = self.sigmoid * np.asarray(self.trees.predict(self._rows(frame), pred_contrib=True), dtype=np.float64)
        return Contributions(values[:, :-1], float(values[0, -1]), "LightGBM")

    def _rows(self, frame: pd.DataFrame) -> Any:
        if not self.categorical:
            return number_matrix(frame, self.inputs)
        rows = frame[list(self.inputs)].copy()
        for name in self.inputs:
            if name in self.categorical:
                rows[name] = rows[name].astype("category")
            else:
                rows[name] = number_matrix(rows, [name])[:, 0]
        return rows


def open_lightgbm(artefact: Artefact) -> LightgbmModel:
    """Open a text model.

    Errors
    ------
    InputError where LightGBM is missing, the text is no model of it, or its objective is not binary.
    """
    lightgbm = library("lightgbm", EXTRA)
    try:
        text = artefact.main.decode("utf-8")
        booster = lightgbm.Booster(model_str=text, params={"verbose": -1})
    except (UnicodeDecodeError, lightgbm.basic.LightGBMError) as error:
        raise InputError(f"This is no LightGBM model: {told(error)}.", remedy="Save it as text.") from None
    settings = _header(text)
    objective, *details = settings.get("objective", "none").split()
    if objective not in ("binary", "cross_entropy"):
        raise InputError(
            f"The model's objective is {objective}, which gives no probability of default.", remedy="Use binary."
        )
    sigmoid = next((float(each.partition(":")[2]) for each in details if each.startswith("sigmoid:")), 1.0)
    features = named_features(artefact, booster.feature_name(), "The LightGBM model")
    # Text levels are in the line pandas_categorical; which inputs they belong to is told by colon-separated ranges.
    texts = any(levels for levels in _text_levels(text))
    ranges = settings.get("feature_infos", "").split(" ")
    found = tuple(
        name
        for name, info in zip(features, ranges, strict=False)
        if info not in ("", "none") and not info.startswith("[")
    )
    categorical = tuple(artefact.options.get("categorical", found if texts else ()))
    return LightgbmModel(booster, features, categorical, sigmoid)


def _header(text: str) -> dict[str, str]:
    """The ``key=value`` lines above the first tree."""
    lines = text.partition("\nTree=")[0].splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _text_levels(text: str) -> list[Any]:
    import json

    line = next((each for each in reversed(text.splitlines()) if each.startswith("pandas_categorical:")), "")
    found = json.loads(line.partition(":")[2] or "null")
    return found if isinstance(found, list) else []


def _is_lightgbm(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(13) == b"tree\nversion="


ADAPTER = Adapter(
    name="lightgbm",
    describes="LightGBM model (text)",
    open=open_lightgbm,
    recognises=_is_lightgbm,
    options=("features", "categorical"),
    libraries=("lightgbm",),
    extra=EXTRA,
    keeps_rows=keeps_none,
)
