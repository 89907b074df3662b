"""A candidate around a model made elsewhere: the same calls as a fitted one, kept without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from respml.adapters.external_model import NO_MODEL, Artefact, ExternalModel, Floats
from respml.adapters.left_out import LeftOut
from respml.adapters.preprocessing import model_rows, source_columns, unlisted_levels
from respml.adapters.registry import adapter_named
from respml.adapters.sampled_shapley import sampled_contributions
from respml.adapters.undefined import answers_where_defined
from respml.candidates.candidate import HEADER, LAYOUT, Candidate, read_json, write_json
from respml.candidates.encoding import EncodedColumn, Encoding, Matrix
from respml.errors import AnalysisError, InputError
from respml.explain.model import Model
from respml.explain.shapley import Contributions
from respml.explain.tree_tables import tree_tables
from respml.spec.external import Preprocessing

FILES = "files"


@dataclass(frozen=True)
class ExternalScorer:
    """The model as seen from a matrix of numbers, for what needs a scorer; text inputs have no place in one."""

    family: ClassVar[str] = "external"
    model: ExternalModel

    def log_odds(self, matrix: Matrix) -> Floats:
        """Log-odds of rows given as numbers, columns in the model's order."""
        return self.model.log_odds(pd.DataFrame(matrix, columns=list(self.model.inputs)))

    def contributions(self, matrix: Matrix) -> Contributions:
        """Shapley values of the columns."""
        return _contributions(self.model, pd.DataFrame(matrix, columns=list(self.model.inputs)))

    def save(self, folder: Path, encoding: Encoding) -> None:
        """Nothing: the candidate keeps the files."""


@dataclass(frozen=True, kw_only=True)
class ExternalCandidate(Candidate):
    """A candidate made elsewhere.

    Attributes
    ----------
    adapter: name of the adapter that reads it.
    artefact: its files, byte for byte, and the options they are opened with.
    model: the opened model.
    preprocessing: what happens to a row before the model sees it.
    keeps_rows: why its files hold rows of the data, or empty; see :class:`respml.adapters.external_model.Adapter`.
    """

    adapter: str
    artefact: Artefact
    model: ExternalModel
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    keeps_rows: str = ""

    @property
    def family(self) -> str:
        """What kind of model it is, in words."""
        return self.model.family

    @property
    def has_model(self) -> bool:
        """Whether it can score rows it has not seen."""
        return self.model.has_model

    @property
    def booster(self) -> Any:
        """Its XGBoost trees, where it has any and they read the portfolio's columns as they are."""
        return self.model.booster if self._as_they_are else None

    @property
    def _as_they_are(self) -> bool:
        return not (self.preprocessing.codes or self.preprocessing.fill or self.preprocessing.text)

    def unseen(self, frame: pd.DataFrame) -> int:
        """Number of values for which the preprocessing has no code."""
        return unlisted_levels(frame, self.model.inputs, self.preprocessing)

    def score_rows(self, frame: pd.DataFrame) -> Floats:
        """Probability of default of rows of the portfolio, under their row numbers.

        Errors
        ------
        AnalysisError where only scores are known and a row has none.
        """
        scores = self.model.rows
        if scores is None:
            self._require_model()
            return self.model.probability(self._rows(frame)) if len(frame) else np.empty(0)
        found = scores.reindex(frame.index)
        if found.isna().any():
            raise AnalysisError(
                f"{int(found.isna().sum())} rows have no score of '{self.name}'.", remedy="Build the candidates again."
            )
        return found.to_numpy(dtype=np.float64)

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Log-odds of default of rows of the data; errors as :meth:`score_rows`."""
        self._require_model()
        if len(frame) == 0:
            return np.empty(0)
        return self.model.log_odds(self._rows(frame))

    @property
    def refuses_missing(self) -> tuple[str, ...]:
        """The columns of which the model takes no missing value, as probed when it was brought in."""
        return tuple(self.parameters.get("refuses_missing", ()))

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Probability of default, float64, one a row; NaN for rows that the model gives none.

        Every row of the data has a score (:meth:`score_rows`); a row that an analysis invented may have none: a missing
        value that the model refuses, a logarithm of a negative amount.

        Errors
        ------
        InputError where an input is absent or infinite; AnalysisError without a model object.
        """
        self._require_model()
        if len(frame) == 0:
            return np.empty(0)
        refused = [
            name
            for name, column in zip(self.model.inputs, self.features, strict=True)
            if column in self.refuses_missing
        ]
        return answers_where_defined(self.model.answers, self._rows(frame), refused)

    def contributions(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[str, Any]]:
        """Shapley contributions: the model's own, else by permutation sampling; see :meth:`Candidate.contributions`.

        Errors
        ------
        AnalysisError without a model object.
        """
        self._require_model()
        found = _contributions(self.model, self._rows(frame))
        table = pd.DataFrame(found.values.astype(np.float32), columns=list(self.features), index=frame.index)
        table["bias"] = np.float32(found.bias)
        return table, {
            "method": found.method,
            "checked_rows": found.checked_rows,
            "largest_difference": found.largest_difference,
        }

    def as_model(self) -> Model:
        """The candidate as the explanations see it; its trees are given where they can be read.

        Errors
        ------
        AnalysisError without a model object.
        """
        self._require_model()
        trees = None
        if self.booster is not None:
            try:
                trees = tree_tables(self.booster, self.features)
            except InputError:
                trees = None  # DART and other ensembles are explained through their predictions
        return Model(self.label, self.predict, self.features, trees, dict(self.monotone))

    def save(self, folder: Path) -> None:
        """Write ``candidate.json`` and the model's files as they came; equal candidates give equal bytes."""
        for name, content in self.artefact.files.items():
            target = folder / FILES / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        header = {
            "layout": LAYOUT,
            "name": self.name,
            "label": self.label,
            "family": self.family,
            "adapter": self.adapter,
            "files": list(self.artefact.files),
            "keeps_rows": self.keeps_rows,
            "options": dict(self.artefact.options),
            "preprocessing": self.preprocessing.model_dump(mode="json"),
            "features": list(self.features),
            "monotone": dict(self.monotone),
            "parameters": dict(self.parameters),
            "software": dict(self.software),
        }
        write_json(header, folder / HEADER)

    def _rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        return model_rows(frame, self.model.inputs, self.preprocessing)

    def _require_model(self) -> None:
        if not self.has_model:
            why = "is known by its scores alone" if self.artefact.files else "was left out of the run with its rows"
            raise AnalysisError(f"'{self.name}' {why}; {NO_MODEL}.", remedy="Give the model.")


def external_candidate(
    name: str,
    label: str,
    adapter: str,
    artefact: Artefact,
    *,
    preprocessing: Preprocessing | None = None,
    monotone: Mapping[str, int] | None = None,
    parameters: Mapping[str, Any] | None = None,
    software: Mapping[str, str] | None = None,
    keeps_rows: str = "",
) -> ExternalCandidate:
    """Open an artefact and put a candidate around it.

    Errors
    ------
    InputError where the adapter is unknown, its library is missing, or it cannot read the files.
    """
    preprocessing = preprocessing or Preprocessing()
    model = adapter_named(adapter).open(artefact)
    columns = source_columns(model.inputs, preprocessing)
    return ExternalCandidate(
        name=name,
        label=label,
        encoding=Encoding(tuple(EncodedColumn(column) for column in columns)),
        scorer=ExternalScorer(model),
        monotone={feature: sign for feature, sign in (monotone or {}).items() if sign},
        parameters={**model.facts, **(parameters or {})},
        software=dict(software if software is not None else model.software),
        adapter=adapter,
        artefact=artefact,
        model=model,
        preprocessing=preprocessing,
        keeps_rows=keeps_rows,
    )


def load(folder: Path) -> ExternalCandidate:
    """Read what :meth:`ExternalCandidate.save` wrote.

    Errors
    ------
    InputError where a file is missing or named outside the folder, or the adapter cannot open it.
    """
    header = read_json(folder / HEADER)
    if header.get("keeps_rows") and not (folder / FILES).exists():
        return _without_files(header)
    base = (folder / FILES).resolve()
    files: dict[str, bytes] = {}
    for name in header["files"]:
        path = base / name
        if not path.resolve().is_relative_to(base) or not path.is_file():
            raise InputError(f"The candidate lacks its file '{name}'.", where=folder.name, remedy="Build it again.")
        files[name] = path.read_bytes()
    return external_candidate(
        header["name"],
        header["label"],
        header["adapter"],
        Artefact(files, header["options"]),
        preprocessing=Preprocessing.model_validate(header["preprocessing"]),
        monotone=header["monotone"],
        parameters=header["parameters"],
        software=header["software"],
        keeps_rows=header.get("keeps_rows", ""),
    )


def files_with_rows(candidates: Path) -> tuple[Path, ...]:
    """The folders of model files, below a folder of candidates, that hold rows of the data."""
    headers = sorted(candidates.glob(f"*/{HEADER}"))
    return tuple(
        each.parent / FILES for each in headers if json.loads(each.read_text(encoding="utf-8")).get("keeps_rows")
    )


def _without_files(header: Mapping[str, Any]) -> ExternalCandidate:
    model = LeftOut(header["family"])
    return ExternalCandidate(
        name=header["name"],
        label=header["label"],
        encoding=Encoding(tuple(EncodedColumn(column) for column in header["features"])),
        scorer=ExternalScorer(model),
        monotone=header["monotone"],
        parameters=header["parameters"],
        software=header["software"],
        adapter=header["adapter"],
        artefact=Artefact({}, header["options"]),
        model=model,
        preprocessing=Preprocessing.model_validate(header["preprocessing"]),
        keeps_rows=header["keeps_rows"],
    )


def _contributions(model: ExternalModel, frame: pd.DataFrame) -> Contributions:
    own = model.contributions(frame)
    return sampled_contributions(model.log_odds, frame) if own is None else own
