"""The two things that turn a design matrix into log-odds: a coefficient vector and a boosted tree ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost

from respml.candidates.encoding import Encoding, Matrix
from respml.candidates.tables import read_table, write_table
from respml.explain.shapley import Contributions, linear_contributions, tree_contributions

LogOdds = npt.NDArray[np.float64]
COEFFICIENTS, MODEL = "coefficients.parquet", "model.ubj"


class Scorer(Protocol):
    """What a family of models must be able to do. ``family`` names it in ``candidate.json``."""

    family: ClassVar[str]

    def log_odds(self, matrix: Matrix) -> LogOdds:
        """Log-odds of default of each row of a design matrix."""

    def contributions(self, matrix: Matrix) -> Contributions:
        """Shapley values of each matrix column, in log-odds."""

    def save(self, folder: Path, encoding: Encoding) -> None:
        """Write the model's own file into a folder."""


@dataclass(frozen=True)
class LinearScorer:
    """A logistic regression on the original scale.

    Attributes
    ----------
    intercept: log-odds where every term is zero.
    coefficient: change of log-odds per unit of each term.
    centre, scale: training mean and standard deviation of each term; ``coefficient · scale`` is the standardised
        coefficient.
    """

    family: ClassVar[str] = "glm"
    intercept: float
    coefficient: npt.NDArray[np.float64]
    centre: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]

    def log_odds(self, matrix: Matrix) -> LogOdds:
        """Intercept plus terms times coefficients."""
        result: LogOdds = self.intercept + matrix @ self.coefficient
        return result

    def contributions(self, matrix: Matrix) -> Contributions:
        """Coefficient times distance from the training mean: exact for a model without interactions."""
        return linear_contributions(matrix, self.coefficient, self.centre, self.intercept)

    def table(self, encoding: Encoding) -> pd.DataFrame:
        """``term``, ``feature``, ``coefficient``, ``standardised``, ``centre``, ``scale``; intercept first."""
        first = pd.DataFrame(
            {
                "term": ["(intercept)"],
                "feature": [""],
                "coefficient": [self.intercept],
                "standardised": [self.intercept + float(self.centre @ self.coefficient)],
                "centre": [0.0],
                "scale": [1.0],
            }
        )
        terms = pd.DataFrame(
            {
                "term": encoding.terms,
                "feature": encoding.owners,
                "coefficient": self.coefficient,
                "standardised": self.coefficient * self.scale,
                "centre": self.centre,
                "scale": self.scale,
            }
        )
        return pd.concat([first, terms], ignore_index=True)

    def save(self, folder: Path, encoding: Encoding) -> None:
        """Write ``coefficients.parquet``."""
        write_table(self.table(encoding), folder / COEFFICIENTS)

    @classmethod
    def load(cls, folder: Path) -> LinearScorer:
        """Read ``coefficients.parquet``."""
        table = read_table(folder / COEFFICIENTS)
        terms = table.iloc[1:]
        return cls(
            float(table["coefficient"].iloc[0]),
            terms["coefficient"].to_numpy(np.float64),
            terms["centre"].to_numpy(np.float64),
            terms["scale"].to_numpy(np.float64),
        )


@dataclass(frozen=True)
class TreeScorer:
    """A boosted tree ensemble; ``booster`` holds only the rounds the model uses, and no feature names."""

    family: ClassVar[str] = "boosted_trees"
    booster: Any

    def log_odds(self, matrix: Matrix) -> LogOdds:
        """Margin of the ensemble (summed in float32 by XGBoost)."""
        margin = self.booster.inplace_predict(matrix.astype(np.float32), predict_type="margin")
        return np.asarray(margin, dtype=np.float64)

    def contributions(self, matrix: Matrix) -> Contributions:
        """Path-dependent tree Shapley values."""
        return tree_contributions(self.booster, matrix)

    def save(self, folder: Path, encoding: Encoding) -> None:
        """Write ``model.ubj``."""
        (folder / MODEL).write_bytes(bytes(self.booster.save_raw("ubj")))

    @classmethod
    def load(cls, folder: Path) -> TreeScorer:
        """Read ``model.ubj``."""
        return cls(xgboost.Booster(model_file=folder / MODEL))


SCORERS: dict[str, type[LinearScorer] | type[TreeScorer]] = {each.family: each for each in (LinearScorer, TreeScorer)}
