from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from respml.candidates.boosting import Configuration, Rows, fit_rounds
from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.encoding import learn_encoding
from respml.errors import InputError
from respml.portfolio.portfolio import Portfolio


@pytest.mark.parametrize("name", ["glm", "mgbm", "gbm", "hybrid"])
def test_scores_alike_after_saving_and_loading(
    candidates: Candidates, portfolio: Portfolio, tmp_path: Path, name: str
) -> None:
    before = candidates[name]
    before.save(tmp_path)
    after = Candidate.load(tmp_path)
    rows = portfolio.features("test")
    np.testing.assert_array_equal(before.predict(rows), after.predict(rows))
    assert (after.family, after.features, dict(after.monotone)) == (
        before.family,
        before.features,
        dict(before.monotone),
    )
    assert after.parameters == json.loads(json.dumps(before.parameters))
    assert after.predict(rows).dtype == np.float64
    assert {path.suffix for path in tmp_path.iterdir()} <= {".json", ".ubj", ".parquet"}


def test_the_probability_does_not_depend_on_the_other_rows_or_columns(
    candidates: Candidates, portfolio: Portfolio
) -> None:
    rows = portfolio.rows("test")
    for candidate in candidates.values():
        whole = candidate.predict(rows)
        np.testing.assert_allclose(candidate.predict(rows[rows.columns[::-1]].iloc[5:9]), whole[5:9], rtol=1e-12)
        assert candidate.predict(rows.iloc[:0]).shape == (0,)


def test_column_names_that_xgboost_refuses_are_no_obstacle(tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "a[0]", 'quote " and ünicode', "amount, in €"]
    random = np.random.default_rng(1)
    rows = pd.DataFrame(random.normal(size=(300, 4)), columns=names)
    outcome = (rows["a[0]"] > 0).to_numpy(np.int8)
    encoding = learn_encoding(rows, names, fill_missing=False)
    configuration = Configuration(2, 0.3, 1.0, 1.0, 1.0, 1.0)
    scorer = fit_rounds(Rows.of(encoding.matrix(rows), outcome), configuration, [0] * 4, 1, 5)
    Candidate("gbm", "GBM", encoding, scorer).save(tmp_path)
    loaded = Candidate.load(tmp_path)
    assert loaded.features == tuple(names)
    np.testing.assert_allclose(loaded.as_model().probability(rows), loaded.predict(rows), atol=1e-6)
    contribution, _ = loaded.contributions(rows)
    assert contribution.columns.tolist() == [*names, "bias"]


def test_the_explanations_see_the_same_model(candidates: Candidates, portfolio: Portfolio) -> None:
    rows = portfolio.features("test")
    for name in ("mgbm", "gbm"):
        model = candidates[name].as_model()
        assert model.trees is not None and model.trees_reproduce(rows)
    assert candidates["glm"].as_model().trees is None


def test_the_collection_survives_its_folder(candidates: Candidates, tmp_path: Path) -> None:
    candidates.write(tmp_path)
    read = Candidates.read(tmp_path)
    assert (read.order, read.champion, read.benchmark) == (("glm", "mgbm", "gbm", "hybrid"), "mgbm", "glm")
    assert list(read) == list(read.order) and len(read) == 4
    assert read.table_names == candidates.table_names
    for name in read.table_names:
        pd.testing.assert_frame_equal(read.table(name), candidates.table(name))
    read.write(tmp_path / "again")
    for path in sorted(tmp_path.rglob("*.*")):
        if "again" not in path.parts and path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(tmp_path)).read_bytes()


def test_names_what_is_not_there(candidates: Candidates, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no candidate 'forest'"):
        candidates["forest"]
    with pytest.raises(KeyError, match="no table 'leaves'"):
        candidates.table("leaves")
    with pytest.raises(InputError, match="No readable candidates"):
        Candidates.read(tmp_path)


def test_refuses_another_family_or_layout(candidates: Candidates, tmp_path: Path) -> None:
    candidates["glm"].save(tmp_path)
    header = json.loads((tmp_path / "candidate.json").read_text())
    (tmp_path / "candidate.json").write_text(json.dumps(header | {"family": "oracle"}))
    with pytest.raises(InputError, match="unknown family 'oracle'"):
        Candidate.load(tmp_path)
    (tmp_path / "candidate.json").write_text(json.dumps(header | {"layout": 99}))
    with pytest.raises(InputError, match="layout 99"):
        Candidate.load(tmp_path)
