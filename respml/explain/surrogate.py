"""A small decision tree that imitates a model's probabilities, with its fidelity cross-validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import t as student
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeRegressor

from respml.errors import InputError
from respml.explain.display import Displayed
from respml.explain.model import FloatArray, feature_matrix


@dataclass(frozen=True)
class Surrogate(Displayed):
    """A surrogate tree.

    Attributes
    ----------
    nodes: for a flow chart: ``node``, ``parent`` (-1 at the root), ``answer`` (yes, no, empty at the root), ``depth``,
        ``leaf``, ``feature``, ``threshold``, ``missing_to`` (yes, no), ``text`` (the question, or the mean),
        ``estimate`` (mean probability), ``n``, ``share``, ``x``, ``y`` (layout: x in 0..1 left to right, y = -depth).
    rules: one row a leaf, riskiest first: ``leaf``, ``rule`` (in words), ``estimate``, ``n``, ``share``, ``extreme``
        (highest, lowest, empty).
    fidelity: ``measure`` (r2, rmse, mae), ``estimate`` (mean over held-out folds), ``lower``, ``upper`` (95 % t limits
        over folds), ``in_sample``, ``folds``, ``n``, ``method``.
    folds: ``fold``, ``r2``, ``rmse``, ``mae``, ``n``.
    root: the root's question in words.
    depth: depth of the tree.
    """

    nodes: pd.DataFrame
    rules: pd.DataFrame
    fidelity: pd.DataFrame
    folds: pd.DataFrame
    root: str
    depth: int


def surrogate_tree(
    frame: pd.DataFrame,
    probability: ArrayLike,
    *,
    depth: int = 3,
    folds: int = 5,
    seed: int = 0,
    smallest_leaf: int = 50,
    meanings: Mapping[str, str] | None = None,
) -> Surrogate:
    """Fit a regression tree to a model's predicted probabilities and say how well it imitates them.

    Purpose: the main rules of a complex model on one page. Mechanism (Craven and Shavlik 1996; Bastani and others
    2017): least-squares tree of the stated depth on the model's inputs and its probabilities; R2, RMSE and MAE on
    held-out folds (the tree drawn is fitted to all rows; its in-sample fidelity is shown only for comparison). Signs of
    high risk: a root or path that policy does not expect; low cross-validated R2 (the page is then not the model).
    Strengths: readable, splits show interactions. Limitations: a caricature: monotone or smooth effects become steps,
    weak inputs vanish, and close splits may swap under resampling.

    Parameters
    ----------
    frame: model inputs only, numeric; missing values follow the side with the better fit.
    probability: the model's predictions, aligned.
    smallest_leaf: least rows in a leaf.
    meanings: feature -> words for the rules; the column name otherwise.
    """
    chance = np.asarray(probability, dtype=np.float64)
    names = [str(name) for name in frame.columns]
    matrix = feature_matrix(frame, names).astype(np.float32)
    if len(chance) != len(matrix) or len(matrix) < 2 * folds:
        raise InputError(
            f"{len(matrix)} rows and {len(chance)} probabilities do not allow {folds} folds.",
            remedy="Pass aligned arrays with at least two rows a fold.",
        )
    leaf_rows = min(smallest_leaf, max(len(matrix) // 20, 1))

    def fitted(rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> DecisionTreeRegressor:
        tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=leaf_rows, random_state=seed)
        return tree.fit(matrix[rows], chance[rows])

    records: list[dict[str, float]] = []
    for fold, (kept, held) in enumerate(KFold(folds, shuffle=True, random_state=seed).split(matrix)):
        prediction = fitted(kept).predict(matrix[held])
        records.append({"fold": fold, **_fidelity(chance[held], prediction), "n": len(held)})
    whole = fitted(np.arange(len(matrix)))
    inside = _fidelity(chance, whole.predict(matrix))
    table = pd.DataFrame(records)
    nodes = _nodes(whole, names, dict(meanings or {}))
    return Surrogate(
        nodes=nodes,
        rules=_rules(nodes),
        fidelity=_summary(table, inside, len(matrix)),
        folds=table,
        root=str(nodes["text"].iloc[0]),
        depth=int(whole.get_depth()),
    )


def _fidelity(actual: FloatArray, prediction: FloatArray) -> dict[str, float]:
    constant = np.ptp(actual) == 0
    return {
        "r2": float("nan") if constant else float(r2_score(actual, prediction)),
        "rmse": float(np.sqrt(mean_squared_error(actual, prediction))),
        "mae": float(mean_absolute_error(actual, prediction)),
    }


def _summary(table: pd.DataFrame, inside: dict[str, float], n: int) -> pd.DataFrame:
    folds = len(table)
    reach = float(student.ppf(0.975, folds - 1)) / np.sqrt(folds)
    measures = ["r2", "rmse", "mae"]
    mean = table[measures].mean().to_numpy(dtype=np.float64)
    half = reach * table[measures].std(ddof=1).to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "measure": measures,
            "estimate": mean,
            "lower": mean - half,
            "upper": mean + half,
            "in_sample": [inside[name] for name in measures],
            "folds": folds,
            "n": n,
            "method": "mean over held-out folds, t limits over folds",
        }
    )


def _nodes(tree: DecisionTreeRegressor, names: list[str], meanings: dict[str, str]) -> pd.DataFrame:
    inner = tree.tree_
    parent, answer, depth = {0: -1}, {0: ""}, {0: 0}
    x: dict[int, float] = {}
    ordered: list[int] = []
    leaves = 0

    def visit(node: int) -> None:
        nonlocal leaves
        ordered.append(node)
        children = (int(inner.children_left[node]), int(inner.children_right[node]))
        if children[0] < 0:
            x[node] = float(leaves)
            leaves += 1
            return
        for child, word in zip(children, ("yes", "no"), strict=True):
            parent[child], answer[child], depth[child] = node, word, depth[node] + 1
            visit(child)
        x[node] = (x[children[0]] + x[children[1]]) / 2

    visit(0)
    records: list[dict[str, object]] = []
    total = int(inner.n_node_samples[0])
    for node in ordered:
        leaf = inner.children_left[node] < 0
        feature = "" if leaf else names[inner.feature[node]]
        threshold = np.nan if leaf else float(inner.threshold[node])
        mean = float(inner.value[node].reshape(-1)[0])
        question = f"{meanings.get(feature, feature)} ≤ {_number(threshold)}"
        records.append(
            {
                "node": node,
                "parent": parent[node],
                "answer": answer[node],
                "depth": depth[node],
                "leaf": bool(leaf),
                "feature": feature,
                "threshold": threshold,
                "missing_to": "" if leaf else ("yes" if inner.missing_go_to_left[node] else "no"),
                "text": f"{mean:.4f}" if leaf else question,
                "estimate": mean,
                "n": int(inner.n_node_samples[node]),
                "share": float(inner.n_node_samples[node]) / total,
                "x": x[node] / max(leaves - 1, 1),
                "y": -depth[node],
            }
        )
    return pd.DataFrame(records)


def _rules(nodes: pd.DataFrame) -> pd.DataFrame:
    lines = {int(line["node"]): line for line in nodes.to_dict("records")}
    records: list[dict[str, object]] = []
    for leaf, line in lines.items():
        if not line["leaf"]:
            continue
        # From the leaf upwards: of several questions about one input the deepest is the narrowest on its side.
        steps: dict[tuple[object, object], str] = {}
        node = leaf
        while int(lines[node]["parent"]) >= 0:
            above = int(lines[node]["parent"])
            text = str(lines[above]["text"])
            words = text if lines[node]["answer"] == "yes" else text.replace(" ≤ ", " > ")
            steps.setdefault((lines[above]["feature"], lines[node]["answer"]), words)
            node = above
        rule = " and ".join(reversed(steps.values())) or "all customers"
        records.append({"leaf": leaf, "rule": rule} | {name: line[name] for name in ("estimate", "n", "share")})
    table = pd.DataFrame(records).sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)
    table["extreme"] = ""
    table.loc[len(table) - 1, "extreme"] = "lowest"
    table.loc[0, "extreme"] = "highest"
    return table


def _number(value: float) -> str:
    """Threshold in words: enough digits to tell neighbours apart, thousands separated."""
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}").replace("-", "−")
