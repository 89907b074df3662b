"""Ten models made elsewhere in one report: two functions in five forms each, told with the same numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
import yaml
from sklearn.linear_model import LogisticRegression

from respml.pipeline.build import build
from respml.portfolio.build import build_portfolio
from respml.spec import load_spec
from tests.end_to_end.projects import write_project, write_spec

LINE = ("line_csv", "line_yml", "line_parquet", "line_code", "line_scores")
TREES = ("trees_ubj", "trees_json", "trees_code", "trees_scores", "trees_blobs")
INPUTS = ("utilisation", "missed_payments_6m", "payment_ratio")
AS_CODE = """
from pathlib import Path
import numpy as np
import pandas as pd
import xgboost
FOLDER = Path(__file__).parent
TREES = xgboost.Booster(model_file=FOLDER / "trees.ubj")
NAMES = {names!r}
WEIGHTS = np.array({weights!r})
def trees(rows):
    return TREES.predict(xgboost.DMatrix(rows[NAMES])).astype(float)
def line(rows):
    return 1 / (1 + np.exp(-({intercept!r} + rows[NAMES].fillna(0.5).to_numpy(float) @ WEIGHTS)))
"""


def forms(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Fit both functions on train and write each in five forms beside the spec."""
    loaded = load_spec(folder / "report.yml")
    portfolio = build_portfolio(loaded.spec.data, loaded.spec.partitions, loaded.spec.seed, loaded.folder)
    names = list(INPUTS)
    train, outcome, rows = portfolio.features("train")[names], portfolio.outcome("train"), portfolio.frame
    made = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 3, "seed": 1}, xgboost.DMatrix(train, outcome), 20
    )
    line = LogisticRegression(C=10.0, max_iter=1000).fit(train.fillna(0.5).to_numpy(float), outcome)
    weights, intercept = [float(each) for each in line.coef_[0]], float(line.intercept_[0])

    made.save_model(folder / "trees.ubj")
    made.save_model(folder / "trees.json")
    table = pd.DataFrame({"term": ["const", *names], "coefficient": [intercept, *weights]})
    table.to_csv(folder / "line.csv", index=False)
    table.to_parquet(folder / "line.parquet", index=False)
    (folder / "line.yml").write_text(yaml.safe_dump(dict(table.itertuples(index=False))), encoding="utf-8")
    code = AS_CODE.format(names=names, weights=weights, intercept=intercept)
    (folder / "code.py").write_text(code, encoding="utf-8")
    scored = {
        "line": 1 / (1 + np.exp(-(intercept + rows[names].fillna(0.5).to_numpy(float) @ np.array(weights)))),
        "trees": made.predict(xgboost.DMatrix(rows[names])).astype(float),
    }
    for name, probability in scored.items():
        given = pd.DataFrame({"customer_id": rows["customer_id"], "probability": probability})
        given.sample(frac=1, random_state=1).to_csv(folder / f"{name}_scores.csv", index=False)
    given.to_parquet(folder / "trees_scores.parquet", index=False)

    fill = {"preprocessing": {"fill": dict.fromkeys(names, 0.5)}}
    called = {"adapter": "python", "allow_code": True, "options": {"features": names, "files": ["trees.ubj"]}}
    return {
        **{
            f"line_{form}": {"adapter": "coefficients", "path": f"line.{form}", **fill}
            for form in ("csv", "yml", "parquet")
        },
        "line_code": {"function": "code:line", **called},
        "line_scores": {"adapter": "scores", "path": "line_scores.csv"},
        "trees_ubj": {"path": "trees.ubj"},
        "trees_json": {"path": "trees.json"},
        "trees_code": {"function": "code:trees", **called},
        "trees_scores": {"adapter": "scores", "path": "trees_scores.csv"},
        "trees_blobs": {"adapter": "scores", "path": "trees_scores.parquet"},
    }


@pytest.mark.slow
def test_ten_models_made_elsewhere_stand_in_one_report(tmp_path: Path) -> None:
    write_project(tmp_path)
    # by way of JSON, so that no two entries share an object: a spec has no aliases
    given = json.loads(json.dumps(forms(tmp_path)))
    external = {name: {"label": name.replace("_", " as "), **entry} for name, entry in given.items()}
    assert set(external) == {*LINE, *TREES}
    candidates = {"external": external, "order": ["glm", *LINE, *TREES], "champion": "trees_ubj", "benchmark": "glm"}
    spec = write_spec(tmp_path, candidates=candidates, analyses={})
    result = build(load_spec(spec), tmp_path / "output")

    assert {each.suffix for each in result.folder.iterdir()} >= {".html", ".pdf"}
    recorded = json.loads((result.folder / "metrics.json").read_text(encoding="utf-8"))
    for family in (LINE, TREES):
        assert_told_alike(recorded, family)


def assert_told_alike(recorded: Mapping[str, Mapping[str, Any]], family: tuple[str, ...]) -> None:
    """Every metric of performance and comparison that names a form has the same value, interval and count for all."""
    first, *others = family
    own = [id for id in recorded if id.startswith(("performance.", "comparison.")) and first in id.split(".")]
    assert len(own) > 10
    for id in own:
        for other in others:
            twin = recorded[".".join(other if part == first else part for part in id.split("."))]
            values = [[each["value"], *(each["ci"] or ()), each["n"] or 0] for each in (recorded[id], twin)]
            np.testing.assert_allclose(*values, rtol=0, atol=1e-6, err_msg=f"{id}, {other}")
