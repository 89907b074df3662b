"""Inputs of text as numbers, so that models with such inputs can be explained by the same functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from respml.explain.model import FloatArray, Model


@dataclass(frozen=True)
class NumericView:
    """Rows and models in which every input is a number.

    Attributes
    ----------
    frame: the rows; a text input is the position of its value among ``levels``, missing stays missing.
    models: name -> model on that frame; one with a text input has no trees there and is explained by its predictions.
    levels: text input -> its values, sorted; code 0 is the first.
    """

    frame: pd.DataFrame
    models: Mapping[str, Model]
    levels: Mapping[str, tuple[str, ...]]

    def shown(self, feature: str, value: float) -> str:
        """A value of the frame as a reader knows it."""
        if np.isnan(value):
            return "missing"
        if feature in self.levels:
            return self.levels[feature][int(np.clip(round(value), 0, len(self.levels[feature]) - 1))]
        shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        return shown.replace("-", "−")


def numeric_view(frame: pd.DataFrame, models: Mapping[str, Model]) -> NumericView:
    """The rows with text inputs coded, and the models, under the names given, that decode them before they predict.

    A code between two levels, as a mean or a grid may ask for, is rounded to the nearest level.
    """
    texts = [str(name) for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    levels: dict[str, tuple[object, ...]] = {}
    coded = frame.copy()
    for name in texts:
        values = frame[name].astype(object)
        levels[name] = tuple(sorted(values.dropna().unique(), key=str))
        place = {level: float(code) for code, level in enumerate(levels[name])}
        coded[name] = values.map(place).astype(np.float64)
    shown = {name: tuple(str(each) for each in found) for name, found in levels.items()}
    named = {name: replace(_on_codes(model, frame, levels), name=name) for name, model in models.items()}
    return NumericView(coded, named, shown)


def _on_codes(model: Model, frame: pd.DataFrame, levels: Mapping[str, tuple[object, ...]]) -> Model:
    used = [name for name in model.features if name in levels]
    if not used:
        return model

    def predict(rows: pd.DataFrame) -> FloatArray:
        decoded = rows.copy()
        for name in used:
            codes = rows[name].to_numpy(dtype=np.float64)
            values = np.array([*levels[name], None], dtype=object)
            place = np.where(np.isnan(codes), len(levels[name]), np.clip(np.rint(codes), 0, len(levels[name]) - 1))
            decoded[name] = pd.Series(values[place.astype(np.int64)], index=rows.index).astype(frame[name].dtype)
        return model.probability(decoded)

    return replace(model, predict=predict, trees=None)
