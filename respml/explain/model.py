"""What the explanations need to know of a model: how it predicts, and its trees where it has any."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from respml.errors import InputError
from respml.explain.tree_tables import TreeTables, tree_tables

FloatArray = NDArray[np.float64]
Predict = Callable[[pd.DataFrame], NDArray[Any]]

AGREEMENT_ROWS = 256
AGREEMENT_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Model:
    """A probability-of-default model as the explanations see it.

    Attributes
    ----------
    name: short name, printed in the ``model`` column of every frame.
    predict: frame with at least ``features`` -> probability of default, shape (rows,).
    features: model inputs.
    trees: the ensemble's nodes, when the model is a tree ensemble; unlocks exact and faster paths.
    monotone: feature -> +1 (risk may only rise with it) or -1, as the model was constrained.
    """

    name: str
    predict: Predict
    features: tuple[str, ...]
    trees: TreeTables | None = None
    monotone: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_booster(
        cls,
        name: str,
        booster: Any,
        *,
        predict: Predict | None = None,
        feature_names: Sequence[str] | None = None,
        monotone: Mapping[str, int] | None = None,
    ) -> Model:
        """A model around an ``xgboost.Booster``; without ``predict`` the booster does, in float64."""
        tables = tree_tables(booster, None if feature_names is None else tuple(feature_names))

        def predict_booster(frame: pd.DataFrame) -> FloatArray:
            margin = booster.inplace_predict(tables.matrix(frame), predict_type="margin", validate_features=False)
            margin = np.asarray(margin, dtype=np.float64)
            return np.asarray(expit(margin)) if tables.logistic else margin

        return cls(name, predict or predict_booster, tables.feature_names, tables, dict(monotone or {}))

    @classmethod
    def of(
        cls,
        estimator: Any,
        *,
        name: str = "model",
        features: Sequence[str] | None = None,
        monotone: Mapping[str, int] | None = None,
    ) -> Model:
        """A model around whatever predicts the probability of a default.

        Parameters
        ----------
        estimator: a :class:`Model` (returned as it is), an ``xgboost.Booster`` or ``XGBClassifier`` (with its trees, up
            to its best iteration where it stopped early), a classifier or pipeline of scikit-learn with two classes
            (the later one in ``classes_`` is the default), or a function from a frame to probabilities.
        features: input columns; needed where the estimator does not name them.
        monotone: feature -> +1 or -1, as the model was constrained.

        Errors
        ------
        InputError where it predicts no probability of two classes, or where its inputs are not known.
        """
        if isinstance(estimator, Model):
            return estimator
        if hasattr(estimator, "get_booster") and getattr(estimator, "n_classes_", 2) == 2:
            booster = estimator.get_booster()
            best = getattr(booster, "best_iteration", None) if _stopped_early(booster) else None
            booster = booster if best is None else booster[: best + 1]
            return cls.from_booster(name, booster, feature_names=features, monotone=monotone)
        if hasattr(estimator, "inplace_predict"):
            return cls.from_booster(name, estimator, feature_names=features, monotone=monotone)
        named = features if features is not None else getattr(estimator, "feature_names_in_", None)
        if named is None:
            raise InputError(
                f"{type(estimator).__name__} does not name its inputs.", remedy="Pass features=[...] in training order."
            )
        columns = tuple(str(each) for each in named)
        if hasattr(estimator, "predict_proba"):
            classes = getattr(estimator, "classes_", (0, 1))
            if len(classes) != 2:
                raise InputError(f"{type(estimator).__name__} has {len(classes)} classes.", remedy="Pass one with two.")

            def of_second_class(frame: pd.DataFrame) -> FloatArray:
                return np.asarray(estimator.predict_proba(frame[list(columns)]), dtype=np.float64)[:, 1]

            return cls(name, of_second_class, columns, None, dict(monotone or {}))
        if not callable(estimator):
            raise InputError(
                f"{type(estimator).__name__} predicts no probability.",
                remedy="Pass a booster, a classifier with predict_proba, or a function from a frame to probabilities.",
            )
        return cls(name, lambda frame: estimator(frame[list(columns)]), columns, None, dict(monotone or {}))

    def takes_missing(self, frame: pd.DataFrame, feature: str) -> bool:
        """Whether it predicts a probability for a row in which one input is missing; many estimators refuse one."""
        try:
            chance = self.probability(frame.iloc[:1].assign(**{feature: np.nan}))
        except (ValueError, TypeError):
            return False
        return bool(np.isfinite(chance).all())

    def probability(self, frame: pd.DataFrame) -> FloatArray:
        """Predicted probability of default, float64, shape (rows,)."""
        prediction = np.asarray(self.predict(frame), dtype=np.float64).reshape(-1)
        if len(prediction) != len(frame):
            raise InputError(
                f"Model {self.name!r} returned {len(prediction)} predictions for {len(frame)} rows.",
                remedy="Its predict must return one probability a row.",
            )
        return prediction

    def trees_reproduce(self, frame: pd.DataFrame) -> bool:
        """Whether the parsed trees give the model's predictions on the first rows (to 1e-5).

        False for models that post-process the ensemble (calibration, edited predictions): those must be explained
        through ``predict``, not through their trees.
        """
        if self.trees is None or not self.trees.logistic:
            return False
        head = frame.iloc[:AGREEMENT_ROWS]
        gap = np.abs(np.asarray(expit(self.trees.margin(head))) - self.probability(head))
        return bool(len(gap) == 0 or gap.max() <= AGREEMENT_TOLERANCE)


def as_models(models: Model | Sequence[Model]) -> tuple[Model, ...]:
    """One model or several as a tuple; :class:`InputError` for anything else, which :meth:`Model.of` wraps."""
    several = (models,) if isinstance(models, Model) or not isinstance(models, Sequence) else tuple(models)
    strange = [type(each).__name__ for each in several if not isinstance(each, Model)]
    if strange:
        raise InputError(f"{', '.join(strange)} is no respml.explain.Model.", remedy="Wrap it with Model.of(...).")
    return several


def _stopped_early(booster: Any) -> bool:
    return booster.attr("best_iteration") is not None


def feature_matrix(frame: pd.DataFrame, features: Sequence[str]) -> FloatArray:
    """The named columns as float64, nan where missing; :class:`InputError` names absent or non-numeric columns."""
    absent = [name for name in features if name not in frame.columns]
    if absent:
        raise InputError(f"The frame lacks columns: {', '.join(absent)}.", remedy="Pass all model inputs.")
    texts = [name for name in features if not pd.api.types.is_numeric_dtype(frame[name])]
    if texts:
        raise InputError(
            f"Columns are not numeric: {', '.join(texts)}.", remedy="Encode them first, as numeric_view does."
        )
    return frame[list(features)].to_numpy(dtype=np.float64, na_value=np.nan)
