"""Scores without a model: a probability of default for each identifier."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from respml.adapters.external_model import (
    NO_MODEL,
    Adapter,
    Artefact,
    ExternalModel,
    Floats,
    Source,
    checked_probability,
)
from respml.adapters.messages import told
from respml.adapters.preprocessing import level_texts
from respml.errors import AnalysisError, InputError

PROBABILITY = "probability"


class ScoreFile(ExternalModel):
    """Probabilities of the portfolio's rows; it can score nothing else."""

    family = "scores without a model"
    inputs = ()
    has_model = False

    def __init__(self, scores: pd.Series, column: str) -> None:
        self.scores = scores
        self.facts = {"column": column, "scored_rows": len(scores)}

    @property
    def rows(self) -> pd.Series:
        """Probability by row number of the portfolio."""
        return self.scores

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Not applicable: there is no model object."""
        raise AnalysisError(f"The scores are all that is known; {NO_MODEL}.", remedy="Give the model.")


def read_scores(path: Path, identifier: str, column: str, keys_of: str = "options") -> pd.Series:
    """Probabilities by identifier (as text) from a CSV or Parquet file; ``keys_of`` is where the spec names columns.

    Errors
    ------
    InputError where the file cannot be read, lacks a column, or holds an identifier twice.
    """
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ".parquet":
            table = pq.read_table(io.BytesIO(content)).to_pandas()
        else:
            table = pd.read_csv(io.BytesIO(content))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"The score file cannot be read: {told(error)}.", where=path.name, remedy="Write it anew."
        ) from None
    for name in (identifier, column):
        if name not in table.columns:
            raise InputError(
                f"The score file has no column '{name}'.",
                where=path.name,
                remedy=f"Name its columns under {keys_of}.identifier and {keys_of}.probability.",
            )
    keys = level_texts(table[identifier])
    if keys.duplicated().any():
        raise InputError(
            f"The score file holds {int(keys.duplicated().sum())} identifiers more than once.",
            where=path.name,
            remedy="Keep one score for each.",
        )
    return pd.Series(table[column].to_numpy(), index=pd.Index(keys))


def bring_scores(source: Source) -> Artefact:
    """The scores of the portfolio's rows, joined by identifier.

    Errors
    ------
    InputError where the portfolio has no identifier or a row has no score.
    """
    assert source.path is not None
    portfolio = source.portfolio
    if portfolio.identifier is None:
        raise InputError("Scores are joined by identifier; the data have none.", remedy="Name data.identifier.")
    identifier = str(source.options.get("identifier", portfolio.identifier))
    column = str(source.options.get("probability", PROBABILITY))
    scores = read_scores(source.path, identifier, column)
    parts = [portfolio.rows(each, [portfolio.identifier])[portfolio.identifier] for each in portfolio.partitions]
    found = pd.concat([level_texts(part).map(scores) for part in parts]).sort_index()
    if found.isna().any():
        raise InputError(
            f"{int(found.isna().sum())} of {len(found)} rows have no score.",
            where=source.path.name,
            remedy="Score every row of the data.",
        )
    probability = checked_probability(found, len(found), "The score file")
    table = pa.table({"row": found.index.to_numpy("int64"), PROBABILITY: probability})
    target = io.BytesIO()
    pq.write_table(table, target, compression="zstd")
    return Artefact({"scores.parquet": target.getvalue()}, {"column": column})


def open_scores(artefact: Artefact) -> ScoreFile:
    """Open the joined scores."""
    table = pq.read_table(io.BytesIO(artefact.main)).to_pandas()
    return ScoreFile(pd.Series(table[PROBABILITY].to_numpy(), index=pd.Index(table["row"])), artefact.options["column"])


ADAPTER = Adapter(
    name="scores",
    describes="scores without a model (CSV or Parquet)",
    open=open_scores,
    bring=bring_scores,
    options=("identifier", "probability"),
    keeps_rows=lambda artefact, model, seen: "the score of every row",
)
