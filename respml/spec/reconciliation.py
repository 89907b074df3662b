"""The documented model against what was exported and what production scored: which files, and how near they must be."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from respml.spec.external import External
from respml.spec.identity import Line, Strict

THRESHOLDS = ("reconciliation_tolerance", "reconciliation_mismatched", "reconciliation_missing")
"""Registered thresholds that the analysis judges rows by, so that an override reaches it."""

FITTED_HERE = ("h2o_gbm", "h2o_glm")
Tolerance = Annotated[float, Field(ge=0, lt=1)]


class ExportedArtefact(External):
    """The champion as exported for production: a file that an adapter reads, named as in ``candidates.external``.

    ``tolerance`` is the largest difference of two probabilities that counts as rounding, where it is not the registered
    one: a format of single precision needs a wider one.
    """

    label: Line = "Exported artefact"
    tolerance: Tolerance | None = None

    @model_validator(mode="after")
    def _is_a_model_as_it_stands(self) -> ExportedArtefact:
        if self.adapter == "scores":
            raise ValueError("a file of scores is no artefact; name it under 'production_scores'")
        if self.adapter in FITTED_HERE:
            raise ValueError(f"the adapter {self.adapter!r} fits a model of its own; name the file that was exported")
        return self


class ProductionScores(Strict):
    """Scores that production gave: a CSV or Parquet file with a probability for each identifier.

    ``identifier`` is the column with the value of ``data.identifier``; left out, it has the same name. ``tolerance`` is
    as for the artefact: a file with four decimals needs 0.00005.
    """

    path: Line
    label: Line = "Production scores"
    identifier: Line | None = None
    probability: Line = "probability"
    tolerance: Tolerance | None = None


class Reconciliation(Strict):
    """What the documented scores are held against, on a frozen sample of the reported partitions.

    The champion as saved is opened again and compared without being asked for. ``rows`` is the most rows of each
    reported partition, spread evenly over it; left out, all of them.
    """

    artefact: ExportedArtefact | None = None
    production_scores: ProductionScores | None = None
    rows: int | None = Field(default=None, ge=1)
