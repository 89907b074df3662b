"""Models that carry rows of the data are recognised; others of the same formats are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, StandardScaler
from sklearn.svm import SVC

from respml.adapters.bringing import bring_external
from respml.adapters.onnx_content import onnx_content
from respml.adapters.registry import all_adapters
from respml.adapters.row_traces import trace_in_arrays, trace_in_estimator, trace_in_graph, trace_in_text
from respml.adapters.stored import FILES, ExternalCandidate, files_with_rows
from respml.candidates.candidate import load_candidate
from respml.errors import AnalysisError
from respml.spec.external import External
from tests.adapters.made_elsewhere import MAKERS, NUMBERS, booster, portfolio, scores, tree_graph

ROWS = portfolio().features("train")[NUMBERS].fillna(40.0).to_numpy(float)
OUTCOME = portfolio().outcome("train").astype(int)
SIZES = (len(ROWS), 1500)
FEW = slice(0, 120)
KEEPERS = {
    "neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(25)),
    "neighbours in a tree": KNeighborsClassifier(25, algorithm="kd_tree"),
    "support vectors": SVC(),
    # what is kept does not depend on how far a fit has come: unscaled inputs would take it half a minute
    "linear support vectors": SVC(kernel="linear", max_iter=2000),
    "a process": GaussianProcessClassifier(optimizer=None, max_iter_predict=1),
    "landmarks": make_pipeline(StandardScaler(), Nystroem(n_components=20, random_state=0), LogisticRegression()),
    "neighbours within": CalibratedClassifierCV(make_pipeline(StandardScaler(), KNeighborsClassifier(5)), cv=2),
    "scores of its rows": RandomForestClassifier(10, oob_score=True, random_state=0),
}
OTHERS = {
    "line": make_pipeline(StandardScaler(), LogisticRegression()),
    "quantiles": make_pipeline(QuantileTransformer(n_quantiles=50), LogisticRegression()),
    "forest": RandomForestClassifier(10, random_state=0),
    "histograms": HistGradientBoostingClassifier(max_iter=10),
    "network": make_pipeline(StandardScaler(), MLPClassifier((40, 4), max_iter=30, random_state=0)),
    "calibrated": CalibratedClassifierCV(LogisticRegression(), cv=2),
}


def fitted(estimator: Any) -> tuple[Any, list[np.ndarray]]:
    """The estimator, and the rows as each of its steps makes them."""
    estimator.fit(ROWS, OUTCOME)
    tables = [ROWS]
    for _, step in estimator.steps[:-1] if isinstance(estimator, Pipeline) else []:
        tables.append(np.asarray(step.transform(tables[-1])))
    return estimator, tables


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KEEPERS)
def test_estimators_that_keep_rows(name: str) -> None:
    estimator, tables = fitted(KEEPERS[name])
    assert trace_in_estimator(estimator, tables, SIZES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OTHERS)
def test_estimators_that_keep_none(name: str) -> None:
    estimator, tables = fitted(OTHERS[name])
    assert trace_in_estimator(estimator, tables, SIZES) == ""


def test_rows_hidden_in_a_transformer_are_found_by_their_values() -> None:
    hidden = FunctionTransformer(kw_args={"reference": ROWS[FEW].astype(np.float32)})
    assert "whose rows are rows of the data (4 inputs)" in trace_in_estimator(hidden, [ROWS], SIZES)
    other = FunctionTransformer(kw_args={"reference": np.random.default_rng(0).normal(size=(120, 4))})
    assert trace_in_estimator(other, [ROWS], SIZES) == ""


def test_arrays_are_looked_at_either_way_round_end_to_end_and_scaled() -> None:
    scaled = (ROWS[FEW] - ROWS.mean(axis=0)) / ROWS.std(axis=0)
    for array in (ROWS[FEW], ROWS[FEW].T, ROWS[FEW].ravel(), scaled, scaled.T):
        assert trace_in_arrays([array], [ROWS], ())
    assert "one for each row" in trace_in_arrays([np.arange(len(ROWS))], [ROWS], SIZES)
    means, weights = ROWS.mean(axis=0), np.random.default_rng(1).normal(size=(64, 4))
    assert trace_in_arrays([means, ROWS[0], weights, weights.T, np.eye(4)], [ROWS], SIZES) == ""


def test_rows_in_the_source_of_a_module() -> None:
    row = ", ".join(repr(float(each)) for each in ROWS[17])
    assert "rows of the data" in trace_in_text(f"KNOWN = [[1, 2], [{row}]]\n", [ROWS])
    assert trace_in_text(f"WEIGHTS = {(ROWS[17] * 1.01).tolist()}\nLIMITS = (0, 1, 2, 3, 4, 5)\n", [ROWS]) == ""


def test_a_graph_of_trees_keeps_none_and_one_that_cannot_be_read_is_not_trusted() -> None:
    pytest.importorskip("onnx")
    graph = tree_graph(booster(), NUMBERS)
    assert onnx_content(graph).operators == ("TreeEnsembleClassifier",)
    assert trace_in_graph(graph, [ROWS], SIZES) == ""
    assert trace_in_graph(graph[:-3], [ROWS], SIZES) == "whether its format keeps rows is not known"


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("kind", ["FLOAT", "DOUBLE"])
def test_rows_in_a_graph(raw: bool, kind: str) -> None:
    onnx = pytest.importorskip("onnx")
    values = ROWS[FEW].astype(np.float32 if kind == "FLOAT" else np.float64)
    make, number = onnx.helper, getattr(onnx.TensorProto, kind)
    tensor = make.make_tensor("known", number, values.shape, values.tobytes() if raw else values.ravel(), raw=raw)
    constant = make.make_node("Constant", [], ["rows"], value=tensor)
    for inside, outside in (([constant], []), ([], [tensor])):
        graph = make.make_graph(inside, "g", [], [], initializer=outside)
        content = make.make_model(graph).SerializeToString()
        (found,) = onnx_content(content).arrays
        np.testing.assert_array_equal(found, values)
        assert "rows of the data" in trace_in_graph(content, [ROWS], SIZES)


def test_a_graph_of_support_vectors_keeps_rows() -> None:
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    for made in (SVC(probability=True), make_pipeline(StandardScaler(), KNeighborsClassifier(5))):
        graph = skl2onnx.to_onnx(made.fit(ROWS, OUTCOME), ROWS[:1].astype(np.float32)).SerializeToString()
        assert trace_in_graph(graph, [ROWS], SIZES)


def brought(maker: Any, folder: Path) -> ExternalCandidate:
    external = {"vendor": External.model_validate({"label": "Vendor's model", **maker(folder).entry})}
    return bring_external(external, portfolio(), folder)["vendor"]


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_of_the_formats_only_a_function_with_files_may_keep_rows(name: str, tmp_path: Path) -> None:
    candidate = brought(MAKERS[name], tmp_path)
    assert bool(candidate.keeps_rows) == (name == "python"), candidate.keeps_rows
    told = [each for each in candidate.parameters["remarks"] if "keeps rows" in each]
    assert len(told) == (name == "python")


def test_an_adapter_of_another_package_is_not_trusted_to_keep_none() -> None:
    any_adapter = next(iter(all_adapters().values()))
    default = type(any_adapter)("lender", "the lender's own", open=any_adapter.open).keeps_rows
    assert default(None, None, None) == "whether its format keeps rows is not known"  # type: ignore[arg-type]


def test_what_is_left_of_a_candidate_whose_files_are_left_out(tmp_path: Path) -> None:
    candidate = brought(scores, tmp_path)
    candidate.save(tmp_path / "candidates" / "vendor")
    assert files_with_rows(tmp_path / "candidates") == (tmp_path / "candidates" / "vendor" / FILES,)
    rows = portfolio().features("test")
    np.testing.assert_array_equal(
        load_candidate(tmp_path / "candidates" / "vendor").score_rows(rows), candidate.score_rows(rows)
    )
    for each in (tmp_path / "candidates" / "vendor" / FILES).iterdir():
        each.unlink()
    (tmp_path / "candidates" / "vendor" / FILES).rmdir()
    left = load_candidate(tmp_path / "candidates" / "vendor")
    assert (left.name, left.label, left.family, left.has_model) == ("vendor", "Vendor's model", candidate.family, False)
    assert left.parameters == json.loads(json.dumps(candidate.parameters)) and left.features == candidate.features
    with pytest.raises(AnalysisError, match="'vendor' was left out of the run with its rows; not applicable"):
        left.score_rows(rows)
