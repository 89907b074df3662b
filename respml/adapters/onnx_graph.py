"""ONNX graphs, scored with onnxruntime."""

from __future__ import annotations

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
    checked_probability,
    library,
    number_matrix,
    versions,
)
from respml.adapters.input_names import named_features
from respml.adapters.messages import told
from respml.adapters.preprocessing import level_texts
from respml.adapters.row_traces import numbers_of, trace_in_graph
from respml.errors import InputError

EXTRA = "onnx"
NUMBERS = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


class OnnxModel(ExternalModel):
    """A graph that takes one matrix of all inputs, or one column for each."""

    family = "ONNX graph"

    def __init__(self, runtime: Any, session: Any, features: tuple[str, ...], output: str, event: Any) -> None:
        self.failures = failures(runtime)
        self.session = session
        self.inputs = features
        self.output = output
        self.event = event
        self.places = session.get_inputs()
        self.facts = {"output": output, "producer": str(session.get_modelmeta().producer_name)}
        self.software = versions("numpy", "onnxruntime")

    def probability(self, frame: pd.DataFrame) -> Floats:
        """The graph's probability of default."""
        if len(self.places) == 1 and len(self.inputs) > 1:
            place = self.places[0]
            feed = {place.name: number_matrix(frame, self.inputs, NUMBERS.get(place.type, np.float32))}
        else:
            feed = {
                place.name: self._column(frame, place, name)
                for place, name in zip(self.places, self.inputs, strict=True)
            }
        try:
            found = self.session.run([self.output], feed)[0]
        except self.failures as error:
            raise InputError(
                f"onnxruntime cannot score the rows: {told(error)}.", remedy="Check options.features."
            ) from None
        return checked_probability(self._chosen(found), len(frame), "The ONNX graph")

    def _column(self, frame: pd.DataFrame, place: Any, name: str) -> Any:
        if place.type == "tensor(string)":
            return level_texts(frame[name]).where(frame[name].notna(), "").to_numpy(dtype=object).reshape(-1, 1)
        return number_matrix(frame, [name], NUMBERS.get(place.type, np.float32))

    def _chosen(self, found: Any) -> Any:
        """The probability of default among what the output holds: a map a row, two columns or one."""
        if isinstance(found, list):
            keys = list(found[0]) if found else []
            key = next((each for each in keys if str(each) == str(1 if self.event is None else self.event)), None)
            if key is None:
                raise InputError(f"The graph's classes are {keys}.", remedy="Name default under options.event.")
            return [each[key] for each in found]
        values = np.asarray(found)
        if values.ndim == 2 and values.shape[1] == 2:
            return values[:, 0 if str(self.event) == "first" else 1]
        return values


def open_onnx(artefact: Artefact) -> OnnxModel:
    """Open a graph on one thread, so that sums do not depend on the machine.

    Errors
    ------
    InputError where onnxruntime is missing, the bytes are no valid graph or refer to other files, or neither the graph
    nor the options tell its inputs.
    """
    runtime = library("onnxruntime", EXTRA)
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 4
    try:
        session = runtime.InferenceSession(artefact.main, settings, providers=["CPUExecutionProvider"])
    except failures(runtime) as error:
        raise InputError(f"onnxruntime refuses the graph: {told(error)}.", remedy="Export it as one file.") from None
    places = session.get_inputs()
    odd = [place.name for place in places if place.type not in (*NUMBERS, "tensor(string)")]
    if odd:
        raise InputError(f"The graph's input '{odd[0]}' is of an unknown type.", remedy="Export plain tensors.")
    own = [place.name for place in places] if len(places) > 1 else None
    features = named_features(artefact, own, "A graph with one input")
    outputs = {place.name: place.type for place in session.get_outputs()}
    output = artefact.options.get("output", _probabilities(outputs))
    if output not in outputs:
        raise InputError(f"The graph has the outputs {', '.join(outputs)}.", remedy="Name one under options.output.")
    return OnnxModel(runtime, session, features, str(output), artefact.options.get("event"))


def _probabilities(outputs: dict[str, str]) -> str:
    """The output that holds probabilities: named so, else the only one of floating numbers or maps."""
    floating = [name for name, kind in outputs.items() if kind in ("tensor(float)", "tensor(double)") or "map" in kind]
    named = [name for name in floating if "prob" in name.lower()]
    return (named or floating or [""])[0] if len(named or floating) == 1 else ""


def failures(runtime: Any) -> tuple[type[Exception], ...]:
    """The exceptions of onnxruntime, which share no base of their own."""
    found = vars(runtime.capi.onnxruntime_pybind11_state).values()
    return tuple(each for each in found if isinstance(each, type) and issubclass(each, Exception))


def keeps_rows(artefact: Artefact, model: ExternalModel, seen: Seen) -> str:
    """Why a graph keeps rows, by its operators and arrays."""
    return trace_in_graph(artefact.main, [numbers_of(seen.rows)], seen.sizes)


def _is_onnx(path: Path) -> bool:
    return path.suffix.lower() == ".onnx"


ADAPTER = Adapter(
    name="onnx",
    describes="ONNX graph",
    open=open_onnx,
    recognises=_is_onnx,
    options=("features", "output", "event"),
    libraries=("onnxruntime",),
    extra=EXTRA,
    keeps_rows=keeps_rows,
)
