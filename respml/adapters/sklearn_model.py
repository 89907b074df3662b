"""scikit-learn models and pipelines saved with skops; a bare pickle only where the command line trusts it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from respml.adapters.external_model import (
    Adapter,
    Artefact,
    ExternalModel,
    Floats,
    Seen,
    Source,
    checked_probability,
    library,
    versions,
)
from respml.adapters.input_names import named_features
from respml.adapters.messages import told
from respml.adapters.row_traces import evenly, numbers_of, trace_in_estimator
from respml.adapters.trusted_pickle import read_trusted_pickle
from respml.errors import InputError

EXTRA = "skops"
PICKLED = (".pkl", ".pickle", ".joblib")
FIXED_TIME = (2000, 1, 1, 0, 0, 0)


class SklearnModel(ExternalModel):
    """Anything with ``predict_proba``; rows are handed over as a frame, so that a pipeline finds its columns."""

    def __init__(self, estimator: Any, features: tuple[str, ...], place: int, trusted: Sequence[str]) -> None:
        self.estimator = estimator
        self.inputs = features
        self.place = place
        self.named = getattr(estimator, "feature_names_in_", None) is not None
        last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
        self.family = f"scikit-learn {type(last).__name__}"
        self.facts = {"trusted_types": sorted(trusted)}
        self.software = versions("numpy", "scikit-learn", "skops")

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Probability of the class that means default."""
        try:
            found = np.asarray(self.estimator.predict_proba(self._rows(frame)))[:, self.place]
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(
                f"The model cannot score the rows: {told(error)}.", remedy="Give its codes under preprocessing."
            ) from error
        return checked_probability(found, len(frame), "The scikit-learn model")

    def after_steps(self, frame: pd.DataFrame) -> list[Floats]:
        """What each step of a pipeline but the last makes of rows, as far as they are tables of numbers."""
        found: list[Floats] = []
        rows = self._rows(frame)
        for _, step in getattr(self.estimator, "steps", [])[:-1]:
            if step in (None, "passthrough"):
                continue
            try:
                rows = step.transform(rows)
                dense = rows.toarray() if hasattr(rows, "toarray") else np.asarray(rows)
                found.append(dense.astype(np.float64))
            except (ValueError, TypeError, KeyError, AttributeError):
                break
        return found

    def _rows(self, frame: pd.DataFrame) -> Any:
        rows = frame[list(self.inputs)]
        return rows.set_axis(list(self.estimator.feature_names_in_), axis=1) if self.named else rows.to_numpy()


HARMLESS = ("numpy.dtype",)
"""Types that skops does not know and that run nothing: it names what kind of number an array holds."""


def bring_sklearn(source: Source) -> Artefact:
    """The skops file as it is; a trusted pickle turned into one, with what that trusts written down."""
    content = source.read()
    assert source.path is not None
    options = dict(source.options)
    if source.path.suffix.lower() not in PICKLED:
        return Artefact({"model.skops": content}, options)
    if not source.trust_pickle:
        raise InputError(
            "A pickle runs whatever code stands in it when it is opened, so it is not opened.",
            where=source.path.name,
            remedy="Save the model with skops, or build with --trust-pickle, which the report prints.",
        )
    skops = library("skops.io", EXTRA)
    dumped = reproducible(skops.dumps(read_trusted_pickle(content, source.path.name)))
    types = sorted(skops.get_untrusted_types(data=dumped))
    return Artefact({"model.skops": dumped}, {**options, "trusted": types, "pickle": source.path.name})


def open_sklearn(artefact: Artefact) -> SklearnModel:
    """Open a skops file whose types are all known or listed under ``options.trusted``.

    Errors
    ------
    InputError where skops is missing, the file is none of its own, it holds a type that is not listed, or the estimator
    predicts no probability of two classes.
    """
    skops = library("skops.io", EXTRA)
    trusted = artefact.options.get("trusted", [])
    if not isinstance(trusted, list | tuple) or not all(isinstance(each, str) for each in trusted):
        raise InputError("options.trusted is no list of type names.", remedy="List them, or leave it out.")
    try:
        asked = set(skops.get_untrusted_types(data=artefact.main))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise InputError(f"This is no skops file: {told(error)}.", remedy="Save it with skops.") from None
    unlisted = sorted(asked - set(trusted) - set(HARMLESS))
    if unlisted:
        line = ", ".join(sorted({*trusted, *unlisted}))[:300]
        raise InputError(
            f"The model holds types that are not trusted: {', '.join(unlisted)[:300]}.",
            remedy=f"Where you know them, write options: {{trusted: [{line}]}}.",
        )
    estimator = skops.loads(artefact.main, trusted=sorted({*trusted, *(asked & set(HARMLESS))}))
    if not hasattr(estimator, "predict_proba"):
        raise InputError(f"A {type(estimator).__name__} predicts no probability.", remedy="Give a classifier.")
    own = getattr(estimator, "feature_names_in_", None)
    features = named_features(artefact, None if own is None else list(own), "The scikit-learn model")
    return SklearnModel(estimator, features, event_place(artefact, list(estimator.classes_)), trusted)


def keeps_rows(artefact: Artefact, model: ExternalModel, seen: Seen) -> str:
    """Why an estimator keeps rows: as they are, or as a step of its pipeline makes them."""
    assert isinstance(model, SklearnModel)
    return trace_in_estimator(
        model.estimator, [numbers_of(seen.rows), *model.after_steps(evenly(seen.rows))], seen.sizes
    )


def event_place(artefact: Artefact, classes: Sequence[Any]) -> int:
    """Position of the class that means default: the option ``event``, else the class 1.

    Errors
    ------
    InputError where there are not two classes, or none of them is meant.
    """
    texts = [str(int(each)) if isinstance(each, float | np.floating) else str(each) for each in classes]
    if len(texts) != 2:
        raise InputError(f"The model knows {len(texts)} classes.", remedy="Give a model of two.")
    wanted = artefact.options.get("event")
    names = ("1", "True", "true") if wanted is None else (str(wanted),)
    for name in names:
        if name in texts:
            return texts.index(name)
    raise InputError(
        f"The model's classes are {', '.join(texts)}.", remedy="Name the one that means default under options.event."
    )


def reproducible(content: bytes) -> bytes:
    """A skops archive whose bytes depend on the model alone.

    skops names nodes and members by their place in memory and stamps members with the time of day: here they are
    numbered in the order of the schema, and carry a fixed time.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    numbers: dict[str, int] = {}

    def numbered(node: Any) -> Any:
        if isinstance(node, list):
            return [numbered(each) for each in node]
        if isinstance(node, dict):
            return {key: number(value) if key == "__id__" else numbered(value) for key, value in node.items()}
        return renamed(node) if isinstance(node, str) and node in members else node

    def number(place: Any) -> int:
        return numbers.setdefault(str(place), len(numbers) + 1)

    def renamed(member: str) -> str:
        stem, dot, suffix = member.partition(".")
        return f"{number(stem)}{dot}{suffix}" if stem.isdigit() else member

    schema = json.dumps(numbered(json.loads(members.pop("schema.json"))), indent=1).encode()
    ordered = {"schema.json": schema, **{renamed(name): members[name] for name in members}}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(ordered):
            archive.writestr(zipfile.ZipInfo(name, FIXED_TIME), ordered[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _is_sklearn(path: Path) -> bool:
    if path.suffix.lower() in PICKLED:
        return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "schema.json" in archive.namelist()


ADAPTER = Adapter(
    name="sklearn",
    describes="scikit-learn model (skops)",
    open=open_sklearn,
    recognises=_is_sklearn,
    bring=bring_sklearn,
    options=("features", "event", "trusted"),
    libraries=("scikit-learn", "skops"),
    extra=EXTRA,
    keeps_rows=keeps_rows,
)
