"""The documented model against its files and production: who is joined with whom, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost

from respml.adapters.implementation import frozen_sample, joined, write_implementation
from respml.candidates.candidate import Candidates
from respml.candidates.fit import fit_candidates
from respml.errors import InputError
from respml.spec.candidates import CandidatesSpec
from respml.spec.reconciliation import Reconciliation
from tests.adapters.made_elsewhere import portfolio

QUICK = {"order": ["glm", "mgbm"], "boosting": {"search": {"configurations": 2, "max_rounds": 20}}}


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A portfolio and fitted candidates, as the stages leave them."""
    root, data = tmp_path_factory.mktemp("stages"), portfolio()
    data.write(root / "portfolio")
    fit_candidates(data, CandidatesSpec.model_validate(QUICK), 7, 1).write(root / "candidates")
    return {"portfolio": root / "portfolio", "candidates": root / "candidates"}


def written(stages: dict[str, Path], tmp_path: Path, **section: object) -> dict[str, pd.DataFrame]:
    """The tables that the stage leaves."""
    output = tmp_path / "out"
    output.mkdir(exist_ok=True)
    settings = Reconciliation.model_validate(section)
    write_implementation(stages, output, settings, tmp_path, seed=1, trust_pickle=False)
    return {each.stem: pd.read_parquet(each) for each in output.glob("*.parquet")}


def documented(stages: dict[str, Path], name: str = "mgbm") -> pd.Series:
    """The champion's own probabilities of test, by row number."""
    rows = portfolio().features("test")
    return pd.Series(Candidates.read(stages["candidates"])[name].predict(rows), index=rows.index)


def scores_of(tables: dict[str, pd.DataFrame], place: str) -> pd.Series:
    table = tables["scores"]
    return table[table["place"] == place].set_index("row")["probability"]


@pytest.mark.parametrize("champion", ["mgbm", "glm"])
def test_the_files_alone_score_as_the_model_in_memory(stages, tmp_path, champion):
    """XGBoost's JSON and a table of coefficients are read by code that fitted nothing."""
    candidates = Candidates.read(stages["candidates"])
    again = Candidates(
        dict(candidates), champion=champion, benchmark="glm" if champion == "mgbm" else "mgbm", order=candidates.order
    )
    again.write(tmp_path / "candidates")
    tables = written({**stages, "candidates": tmp_path / "candidates"}, tmp_path)
    for place in ("saved", "export"):
        found = scores_of(tables, place)
        np.testing.assert_allclose(found, documented(stages, champion).loc[found.index], rtol=0, atol=1e-12)
    places = tables["places"].set_index("place")
    assert places.loc["export", "file"] == ("model.json" if champion == "mgbm" else "coefficients.csv")
    assert places.loc["artefact", "why_not"] == "not applicable: no exported artefact named"
    assert places.loc["production", "why_not"] == "not applicable: no production scores named"


def test_an_exported_artefact_is_read_by_its_adapter(stages, tmp_path):
    champion = Candidates.read(stages["candidates"])["mgbm"]
    other = xgboost.Booster(model_file=bytearray(champion.booster.save_raw("ubj")))
    other[:3].save_model(tmp_path / "three.ubj")  # three rounds only: another model
    entry = {"path": "three.ubj", "options": {"features": list(champion.encoding.terms)}, "tolerance": 0.01}
    if not champion.encoding.one_to_one:
        pytest.skip("the fitted model reads coded levels")
    tables = written(stages, tmp_path, artefact=entry)
    found = scores_of(tables, "artefact")
    assert np.abs(found - documented(stages).loc[found.index]).max() > 0.01
    assert tables["places"].set_index("place").loc["artefact", "tolerance"] == 0.01


def test_scores_of_production_are_joined_by_identifier(stages, tmp_path):
    data, truth = portfolio(), documented(stages)
    ids = data.frame[data.identifier]
    table = pd.DataFrame({data.identifier: ids, "score": 0.25})
    table.loc[truth.index, "score"] = truth
    table = table[table.index != truth.index[0]].sample(frac=1, random_state=1)
    table.loc[len(ids) + 5] = {data.identifier: ids.max() + 999, "score": 0.4}
    table.to_csv(tmp_path / "production.csv", index=False)
    entry = {"path": "production.csv", "probability": "score"}
    tables = written(stages, tmp_path, production_scores=entry)
    found = scores_of(tables, "production")
    known = found[found.index >= 0]
    assert list(found[found.index < 0]) == [0.4]
    assert set(truth.index) - set(known.index) == {truth.index[0]}
    np.testing.assert_allclose(known, truth.loc[known.index], atol=1e-15)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [({"a": 1.2}, "1 values that are no probabilities"), ({"a": "high"}, "1 values that are no probabilities")],
)
def test_what_is_no_probability_is_refused(values, complaint):
    with pytest.raises(InputError, match=complaint):
        joined(pd.Series(values), pd.Series(["a", "b"]), np.array([0, 1]))


def test_an_identifier_of_two_rows_joins_nothing():
    with pytest.raises(InputError, match="1 rows of the sample share their identifier"):
        joined(pd.Series({"a": 0.1}), pd.Series(["a", "a", "b"]), np.array([1, 2]))


def test_rows_outside_the_sample_and_blanks():
    given = pd.Series({"a": 0.1, "b": None, "c": 0.3, "x": 0.4, "y": None})
    found, blank = joined(given, pd.Series(["a", "b", "c"]), np.array([0, 1]))
    assert found.to_dict() == {0: 0.1, -1: 0.4}
    assert blank == 1


def test_the_sample_is_frozen_and_spread(stages, tmp_path):
    data = portfolio()
    assert list(frozen_sample(data, None)["row"]) == list(data.row_numbers("test"))
    few = frozen_sample(data, 10)
    assert 5 <= len(few) <= 10
    assert few.equals(frozen_sample(data, 10))
    first, second = (written(stages, tmp_path, rows=10)["sample"]["digest"].iloc[0] for _ in range(2))
    assert first == second
    assert written(stages, tmp_path, rows=11)["sample"]["digest"].iloc[0] != first


def test_a_complaint_names_the_key_of_the_spec(stages, tmp_path):
    (tmp_path / "production.csv").write_text("id,p\n1,0.5\n")
    with pytest.raises(InputError) as caught:
        written(stages, tmp_path, production_scores={"path": "production.csv"})
    assert caught.value.where.startswith("key 'reconciliation.production_scores'")
    assert "reconciliation.production_scores.probability" in caught.value.remedy
    with pytest.raises(InputError, match="does not exist") as caught:
        written(stages, tmp_path, artefact={"path": "gone.onnx"})
    assert caught.value.where == "key 'reconciliation.artefact', gone.onnx"


@pytest.mark.parametrize("adapter", ["scores", "h2o_gbm"])
def test_what_is_no_exported_model_is_refused_by_the_spec(adapter):
    with pytest.raises(ValueError, match=r"no artefact|fits a model of its own"):
        Reconciliation.model_validate({"artefact": {"adapter": adapter, "path": "a.csv"}})
