"""H2O models fitted here on the train partition and kept as MOJO; the server listens on this machine alone."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from respml.adapters.external_model import Adapter, Artefact, Source, keeps_none, library
from respml.adapters.h2o_mojo import EXTRA, MojoDescription, open_mojo, without_times
from respml.adapters.preprocessing import level_texts, model_rows, require_inputs, source_columns
from respml.errors import AnalysisError, InputError

TARGET = "respml_outcome"
WEIGHT = "respml_weight"
MEMORY = 2 * 2**30
LOOPBACK = "127.0.0.1"
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "gbm": {
        "ntrees": 300,
        "max_depth": 4,
        "learn_rate": 0.05,
        "sample_rate": 0.8,
        "col_sample_rate": 0.8,
        "min_rows": 20,
        "stopping_rounds": 3,
        "stopping_metric": "logloss",
        "score_tree_interval": 5,
    },
    "glm": {"family": "binomial", "alpha": 0.5, "lambda_search": True, "standardize": True},
}
ESTIMATORS = {"gbm": "H2OGradientBoostingEstimator", "glm": "H2OGeneralizedLinearEstimator"}
TAKEN = {
    "gbm": ("ntrees", "max_depth", "learn_rate", "sample_rate", "col_sample_rate", "min_rows", "nbins"),
    "glm": ("alpha", "Lambda", "lambda_search", "standardize", "nlambdas"),
}


def fit_gbm(source: Source) -> Artefact:
    """An H2O GBM, with the monotone directions of the spec."""
    constraints = {feature: int(sign) for feature, sign in source.monotone.items() if sign}
    return _fit(source, "gbm", {"monotone_constraints": constraints} if constraints else {})


def fit_glm(source: Source) -> Artefact:
    """An H2O GLM of the binomial family, with its elastic net's penalty chosen on valid."""
    return _fit(source, "glm", {})


def _fit(source: Source, algorithm: str, extra: Mapping[str, Any]) -> Artefact:
    """Fit on train, stop or choose the penalty on valid, and export.

    Errors
    ------
    InputError where the ``h2o`` package is missing; AnalysisError where H2O fails.
    """
    h2o = library("h2o", EXTRA)
    chosen = {name: value for name, value in source.options.items() if name != "features"}
    settings = {**DEFAULTS[algorithm], **extra, **chosen, "seed": source.seed % 2**31}
    inputs = tuple(source.options.get("features", source.portfolio.inputs))
    require_inputs(source_columns(inputs, source.preprocessing), source.portfolio.inputs)
    tables = {part: _table(source, inputs, part) for part in ("train", "valid")}
    quiet = io.StringIO()
    try:
        with redirect_stdout(quiet), redirect_stderr(quiet), TemporaryDirectory() as temporary:
            content = _on_a_server(h2o, algorithm, settings, inputs, tables, Path(temporary))
    except (h2o.exceptions.H2OError, OSError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        raise AnalysisError(f"H2O did not fit the {algorithm}: {text}.", remedy="Check Java and options.") from error
    content = without_times(content)
    if MojoDescription(content).classes != ["0", "1"]:
        raise AnalysisError("H2O took the outcome for something else than 0 and 1.", remedy="Report this as a defect.")
    return Artefact({"model.zip": content}, {"event": "1", "settings": settings})


def _on_a_server(
    h2o: Any,
    algorithm: str,
    settings: Mapping[str, Any],
    inputs: tuple[str, ...],
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
) -> bytes:
    """Start a server of our own on the loopback address, fit, download the MOJO, end the server."""
    estimators = library("h2o.estimators", EXTRA)
    server = library("h2o.backend", EXTRA).H2OLocalServer.start(
        nthreads=1, max_mem_size=MEMORY, ice_root=str(folder), verbose=False, bind_to_localhost=True
    )
    try:
        h2o.connect(server=server, verbose=False)
        h2o.no_progress()
        weighted = WEIGHT in tables["train"]
        frames = {}
        for part, table in tables.items():
            kinds = {name: "real" if pd.api.types.is_numeric_dtype(table[name]) else "enum" for name in table}
            frames[part] = h2o.H2OFrame(table, column_types=kinds)
        model = getattr(estimators, ESTIMATORS[algorithm])(**settings)
        model.train(
            x=list(inputs),
            y=TARGET,
            training_frame=frames["train"],
            validation_frame=frames["valid"],
            **({"weights_column": WEIGHT} if weighted else {}),
        )
        return Path(model.download_mojo(str(folder / "model.zip"))).read_bytes()
    finally:
        if h2o.connection() is not None:
            h2o.connection().close()
        server.shutdown()


def _table(source: Source, inputs: tuple[str, ...], part: str) -> pd.DataFrame:
    """Rows of a partition as H2O reads them: numbers, else text; the outcome as text."""
    rows = model_rows(source.portfolio.features(part), inputs, source.preprocessing)
    clash = sorted({TARGET, WEIGHT} & set(inputs))
    if clash:
        raise InputError(f"An input may not be named '{clash[0]}' here.", remedy="Rename it.")
    ready = {
        name: rows[name].astype(np.float64) if pd.api.types.is_numeric_dtype(rows[name]) else level_texts(rows[name])
        for name in inputs
    }
    table = pd.DataFrame(ready)
    table[TARGET] = [str(int(each)) for each in source.portfolio.outcome(part)]
    weight = source.portfolio.weight(part)
    return table if weight is None else table.assign(**{WEIGHT: weight})


GBM = Adapter(
    name="h2o_gbm",
    describes="H2O GBM, fitted here",
    open=open_mojo,
    bring=fit_gbm,
    options=("features", *TAKEN["gbm"]),
    libraries=("h2o",),
    extra=EXTRA,
    needs_file=False,
    keeps_rows=keeps_none,
)
GLM = Adapter(
    name="h2o_glm",
    describes="H2O GLM, fitted here",
    open=open_mojo,
    bring=fit_glm,
    options=("features", *TAKEN["glm"]),
    libraries=("h2o",),
    extra=EXTRA,
    needs_file=False,
    keeps_rows=keeps_none,
)
