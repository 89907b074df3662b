"""Models as other people make and save them: a file, the library's own predictions, and how the spec names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.portfolio.portfolio import Portfolio
from tests.candidates import data

NUMBERS = ["income", "arrears", "age", "noise"]
MIXED = [*NUMBERS, "housing"]


@dataclass
class Made:
    """What someone else hands over."""

    entry: dict[str, Any]
    expected: Callable[[pd.DataFrame], np.ndarray]
    inputs: list[str]
    tolerance: float = 1e-7
    own_contributions: bool = True
    extras: dict[str, Any] = field(default_factory=dict)


def portfolio() -> Portfolio:
    """Numbers with gaps, a text column, an identifier that is not the row number."""
    table = data.frame(1500)
    table["age"] = table["age"].astype(float).where(np.arange(len(table)) % 11 > 0)
    table["housing"] = np.where(table["arrears"] > 1, "rent", np.where(np.arange(len(table)) % 3 == 0, "family", "own"))
    table["id"] = 70_000 + np.arange(len(table))[::-1]
    return data.portfolio(table, tuple(MIXED), identifier="id")


def train(columns: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    given = portfolio()
    return given.features("train")[columns], given.outcome("train").astype(int)


def booster(columns: list[str] = NUMBERS, rounds: int = 12) -> xgboost.Booster:
    rows, outcome = train(columns)
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.3, "seed": 1, "base_score": 0.4}
    return xgboost.train(settings, xgboost.DMatrix(rows, outcome), rounds)


def xgboost_file(folder: Path, suffix: str) -> Made:
    made = booster()
    made.save_model(folder / f"model.{suffix}")
    return Made({"path": f"model.{suffix}"}, lambda rows: made.predict(xgboost.DMatrix(rows[NUMBERS])), NUMBERS)


def lightgbm_text(folder: Path) -> Made:
    lightgbm = pytest.importorskip("lightgbm", reason="the extra lightgbm is not installed")
    rows, outcome = train(MIXED)
    settings = {"objective": "binary", "num_leaves": 7, "verbose": -1, "seed": 1, "sigmoid": 0.7, "num_threads": 1}
    typed = rows.assign(housing=rows["housing"].astype("category"))
    made = lightgbm.train(settings, lightgbm.Dataset(typed, outcome), 10)
    made.save_model(folder / "model.txt")
    levels = typed["housing"].cat.categories

    def predict(frame: pd.DataFrame) -> np.ndarray:
        return made.predict(frame[MIXED].assign(housing=pd.Categorical(frame["housing"], categories=levels)))

    return Made({"path": "model.txt"}, predict, MIXED)


def catboost_cbm(folder: Path) -> Made:
    catboost = pytest.importorskip("catboost", reason="the extra catboost is not installed")
    rows, outcome = train(MIXED)
    made = catboost.CatBoostClassifier(
        iterations=12, depth=3, random_seed=1, verbose=0, allow_writing_files=False, thread_count=1
    )
    made.fit(rows.astype({"housing": "object"}), outcome, cat_features=["housing"])
    made.save_model(str(folder / "model.cbm"))
    return Made(
        {"path": "model.cbm"},
        lambda frame: made.predict_proba(frame[MIXED].astype({"housing": "object"}))[:, 1],
        MIXED,
    )


def sklearn_pipeline() -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    rows, outcome = train(MIXED)
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), ["housing"]),
    )
    return make_pipeline(columns, LogisticRegression()).fit(rows.astype({"housing": "object"}), outcome)


def sklearn_skops(folder: Path) -> Made:
    skops = pytest.importorskip("skops.io", reason="the extra skops is not installed")
    made = sklearn_pipeline()
    skops.dump(made, folder / "model.skops")
    trusted = skops.get_untrusted_types(file=folder / "model.skops")
    return Made(
        {"path": "model.skops", "options": {"trusted": trusted}} if trusted else {"path": "model.skops"},
        lambda frame: made.predict_proba(frame[MIXED].astype({"housing": "object"}))[:, 1],
        MIXED,
        own_contributions=False,
    )


def statsmodels_table(folder: Path, suffix: str) -> Made:
    formula = pytest.importorskip("statsmodels.formula.api")
    import statsmodels.api as statsmodels

    rows, outcome = train(MIXED)
    filled = rows.assign(age=rows["age"].fillna(45.0), default=outcome).astype({"housing": "object"})
    made = formula.glm(
        "default ~ np.log(income) + arrears + I(age ** 2) + age + C(housing)",
        filled,
        family=statsmodels.families.Binomial(),
    ).fit()
    table = pd.DataFrame({"term": made.params.index, "coefficient": made.params.to_numpy()})
    path = folder / f"coefficients.{suffix}"
    if suffix == "csv":
        table.to_csv(path, index=False)
    elif suffix == "parquet":
        table.to_parquet(path, index=False)
    else:
        path.write_text("".join(f"{json.dumps(term)}: {value!r}\n" for term, value in made.params.items()))
    return Made(
        {"adapter": "coefficients", "path": path.name, "preprocessing": {"fill": {"age": 45.0}}},
        lambda frame: made.predict(
            frame.assign(age=frame["age"].fillna(45.0)).astype({"housing": "object"})
        ).to_numpy(),
        ["housing", "income", "arrears", "age"],
        tolerance=1e-12,
    )


def tree_graph(made: xgboost.Booster, columns: list[str]) -> bytes:
    """An XGBoost model as an ONNX tree ensemble, written by hand from its dump."""
    onnx = pytest.importorskip("onnx")
    nodes: dict[str, list[Any]] = {name: [] for name in ("tree", "id", "feature", "mode", "value", "yes", "no", "gap")}
    leaves: dict[str, list[Any]] = {name: [] for name in ("tree", "node", "class", "weight")}
    for tree, text in enumerate(made.get_dump(dump_format="json")):
        waiting = [json.loads(text)]
        while waiting:
            node = waiting.pop()
            children = {child["nodeid"]: child for child in node.get("children", [])}
            waiting += children.values()
            row = (tree, node["nodeid"], 0, "LEAF", 0.0, 0, 0, 0)
            if children:
                place = columns.index(node["split"])
                gap = int(node["missing"] == node["yes"])
                row = (tree, node["nodeid"], place, "BRANCH_LT", node["split_condition"], node["yes"], node["no"], gap)
            else:
                for name, value in zip(leaves, (tree, node["nodeid"], 0, node["leaf"]), strict=True):
                    leaves[name].append(value)
            for name, value in zip(nodes, row, strict=True):
                nodes[name].append(value)
    base = float(
        np.ravel(json.loads(json.loads(made.save_config())["learner"]["learner_model_param"]["base_score"]))[0]
    )
    ensemble = onnx.helper.make_node(
        "TreeEnsembleClassifier",
        ["rows"],
        ["label", "probabilities"],
        domain="ai.onnx.ml",
        nodes_treeids=nodes["tree"],
        nodes_nodeids=nodes["id"],
        nodes_featureids=nodes["feature"],
        nodes_modes=nodes["mode"],
        nodes_values=[float(value) for value in nodes["value"]],
        nodes_truenodeids=nodes["yes"],
        nodes_falsenodeids=nodes["no"],
        nodes_missing_value_tracks_true=nodes["gap"],
        class_treeids=leaves["tree"],
        class_nodeids=leaves["node"],
        class_ids=leaves["class"],
        class_weights=leaves["weight"],
        base_values=[float(np.log(base / (1 - base)))],
        classlabels_int64s=[0, 1],
        post_transform="LOGISTIC",
    )
    tensor, kinds = onnx.helper.make_tensor_value_info, onnx.TensorProto
    graph = onnx.helper.make_graph(
        [ensemble],
        "trees",
        [tensor("rows", kinds.FLOAT, [None, len(columns)])],
        [tensor("label", kinds.INT64, [None]), tensor("probabilities", kinds.FLOAT, [None, 2])],
    )
    versions = [onnx.helper.make_opsetid("ai.onnx.ml", 3), onnx.helper.make_opsetid("", 17)]
    return onnx.helper.make_model(graph, opset_imports=versions, ir_version=9).SerializeToString()


def onnx_trees(folder: Path) -> Made:
    pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    made = booster()
    (folder / "model.onnx").write_bytes(tree_graph(made, NUMBERS))
    return Made(
        {"path": "model.onnx", "options": {"features": NUMBERS}},
        lambda rows: made.predict(xgboost.DMatrix(rows[NUMBERS])),
        NUMBERS,
        own_contributions=False,
    )


def onnx_columns(folder: Path) -> Made:
    """A scikit-learn pipeline as a graph with one input a column, text among them, and maps as output."""
    pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    made = sklearn_pipeline()
    kinds = [(name, FloatTensorType([None, 1])) for name in NUMBERS] + [("housing", StringTensorType([None, 1]))]
    graph = skl2onnx.to_onnx(made, initial_types=kinds)
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    return Made(
        {"path": "model.onnx"},
        lambda frame: made.predict_proba(frame[MIXED].astype({"housing": "object"}))[:, 1],
        MIXED,
        tolerance=2e-6,
        own_contributions=False,
    )


def ebm_json(folder: Path) -> Made:
    glassbox = pytest.importorskip("interpret.glassbox", reason="the extra ebm is not installed")
    rows, outcome = train(MIXED)
    made = glassbox.ExplainableBoostingClassifier(
        interactions=3, outer_bags=2, max_rounds=40, max_bins=32, n_jobs=1, random_state=1
    )
    made.fit(rows.astype({"housing": "object"}), outcome)
    made.to_json(str(folder / "model.json"))
    return Made(
        {"path": "model.json"},
        lambda frame: made.predict_proba(frame[MIXED].astype({"housing": "object"}))[:, 1],
        MIXED,
        tolerance=1e-12,
    )


def python_function(folder: Path) -> Made:
    made = booster()
    made.save_model(folder / "trees.ubj")
    (folder / "scorecard.py").write_text(
        "from pathlib import Path\n"
        "import xgboost\n"
        "TREES = xgboost.Booster(model_file=Path(__file__).parent / 'trees.ubj')\n"
        "def probability(rows):\n"
        "    return TREES.predict(xgboost.DMatrix(rows))\n"
    )
    options = {"features": NUMBERS, "files": ["trees.ubj"]}
    return Made(
        {"adapter": "python", "function": "scorecard:probability", "allow_code": True, "options": options},
        lambda rows: made.predict(xgboost.DMatrix(rows[NUMBERS])),
        NUMBERS,
        own_contributions=False,
    )


def scores(folder: Path, suffix: str = "csv") -> Made:
    made, given = booster(), portfolio()
    rows = given.frame
    probability = made.predict(xgboost.DMatrix(rows[NUMBERS]))
    table = pd.DataFrame({"customer": rows["id"], "pd": probability.astype(float)}).sample(frac=1, random_state=1)
    table.to_csv(folder / "scores.csv", index=False)
    return Made(
        {"adapter": "scores", "path": "scores.csv", "options": {"identifier": "customer", "probability": "pd"}},
        lambda frame: made.predict(xgboost.DMatrix(frame[NUMBERS])),
        [],
    )


MAKERS: dict[str, Callable[[Path], Made]] = {
    "xgboost ubj": lambda folder: xgboost_file(folder, "ubj"),
    "xgboost json": lambda folder: xgboost_file(folder, "json"),
    "lightgbm": lightgbm_text,
    "catboost": catboost_cbm,
    "sklearn": sklearn_skops,
    "coefficients csv": lambda folder: statsmodels_table(folder, "csv"),
    "coefficients yml": lambda folder: statsmodels_table(folder, "yml"),
    "coefficients parquet": lambda folder: statsmodels_table(folder, "parquet"),
    "onnx trees": onnx_trees,
    "onnx columns": onnx_columns,
    "ebm": ebm_json,
    "python": python_function,
}
