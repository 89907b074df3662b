"""Explainable boosting machines of InterpretML, exported as JSON; evaluated here, without the library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
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
from respml.adapters.preprocessing import level_texts
from respml.errors import InputError
from respml.explain.shapley import Contributions


class EbmModel(ExternalModel):
    """A sum of tables over one or two inputs: bin 0 is for missing values, the last for those it has never seen."""

    family = "explainable boosting machine"

    def __init__(self, intercept: float, binning: list[Any], terms: list[Any], features: tuple[str, ...]) -> None:
        self.intercept = intercept
        self.binning = binning
        self.terms = terms
        self.inputs = features
        pairs = sum(len(places) > 1 for places, _ in terms)
        self.facts = {"terms": len(terms), "pairs": pairs, "intercept": intercept}
        self.software = versions("numpy")

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Intercept plus the table value of each term."""
        total = np.full(len(frame), self.intercept)
        for _, _, values in self._terms_of(frame):
            total += values
        return total

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Logistic function of the log-odds."""
        return np.asarray(expit(self.log_odds(frame)), dtype=np.float64)

    def contributions(self, frame: pd.DataFrame) -> Contributions:
        """Each term's value less its mean over the rows; a pair's is shared equally between its two inputs."""
        shared = np.zeros((len(frame), len(self.inputs)))
        bias = self.intercept
        for _, places, values in self._terms_of(frame):
            mean = float(values.mean())
            bias += mean
            for place in places:
                shared[:, place] += (values - mean) / len(places)
        return Contributions(shared, bias, "terms of the model, pairs shared equally")

    def _terms_of(self, frame: pd.DataFrame) -> list[tuple[int, tuple[int, ...], Floats]]:
        found = []
        for number, (places, scores) in enumerate(self.terms):
            bins = tuple(self._bins(frame, place, len(places)) for place in places)
            found.append((number, places, scores[bins]))
        return found

    def _bins(self, frame: pd.DataFrame, place: int, depth: int) -> npt.NDArray[np.int64]:
        """Bin of each row: 0 missing, 1 … known, -1 never seen. Terms of more inputs have coarser bins."""
        kind, levels = self.binning[place]
        name = self.inputs[place]
        bins = levels[min(depth, len(levels)) - 1]
        if kind == "continuous":
            number = number_matrix(frame, [name])[:, 0]
            found = np.searchsorted(bins, number, side="right") + 1
            return np.where(np.isnan(number), 0, found).astype(np.int64)
        texts = level_texts(frame[name])
        known = {level: place for place, level in bins}
        return np.array([0 if text is None else known.get(text, -1) for text in texts], dtype=np.int64)


def open_ebm(artefact: Artefact) -> EbmModel:
    """Open a JSON export.

    Errors
    ------
    InputError where it is none, or the model does not tell two classes apart by log-odds.
    """
    try:
        model = json.loads(artefact.main)["ebm"]
        output = model["outputs"][0]
        listed = model["features"]
        binning = [(each["type"], _levels(each)) for each in listed]
        own = [str(each["name"]) for each in listed]
        terms = [
            (tuple(own.index(name) for name in each["term_features"]), _table(each["scores"]))
            for each in model["terms"]
        ]
        intercept = float(np.ravel(model["intercept"])[0])
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(
            f"This is no JSON export of an explainable boosting machine ({type(error).__name__}).",
            remedy="Write it with to_json.",
        ) from None
    if output.get("link") != "logit" or len(output.get("classes", ())) != 2:
        raise InputError("The model does not tell two classes apart by log-odds.", remedy="Use a binary classifier.")
    return EbmModel(intercept, binning, terms, named_features(artefact, own, "The model"))


def _levels(feature: dict[str, Any]) -> list[Any]:
    """The bins of an input, finest first: cuts, or pairs of bin number and level."""
    if feature["type"] == "continuous":
        return [np.asarray([_number(cut) for cut in cuts], dtype=np.float64) for cuts in feature["cuts"]]
    return [
        [
            (number, str(level))
            for number, group in enumerate(categories, start=1)
            for level in (group if isinstance(group, list) else [group])
        ]
        for categories in feature["categories"]
    ]


def _table(scores: Any) -> Floats:
    return np.asarray(np.vectorize(_number, otypes=[np.float64])(np.array(scores, dtype=object)), dtype=np.float64)


def _number(value: Any) -> float:
    """A number as the export writes it: infinities and not-a-number are words."""
    return float({"+inf": "inf"}.get(value, value) if isinstance(value, str) else value)


def _is_ebm(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(4096)
    return start.lstrip()[:1] == b"{" and b'"ebm"' in start


ADAPTER = Adapter(
    name="ebm",
    describes="explainable boosting machine (InterpretML, JSON)",
    open=open_ebm,
    recognises=_is_ebm,
    options=("features",),
    keeps_rows=keeps_none,
)
