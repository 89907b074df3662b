"""A row of the data has a score or is an error; a row that an analysis invented may have none, which is NaN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from respml.adapters.bringing import bring_external
from respml.adapters.stored import ExternalCandidate
from respml.adapters.undefined import answers_where_defined, refused_missing
from respml.errors import AnalysisError, RespmlError
from respml.spec.external import External
from tests.adapters.made_elsewhere import portfolio

RAISES = """
import math
def probability(rows):
    if rows[["income", "arrears"]].isna().any().any():
        raise ValueError("no gaps")
    return [1 / (1 + math.exp(1 - math.log(income) / 20 - 0.5 * arrears))
            for income, arrears in zip(rows["income"], rows["arrears"])]
"""
RETURNS = """
import numpy as np
def probability(rows):
    return 1 / (1 + np.exp(2 - 0.5 * rows["arrears"] - np.log(rows["income"]) / 20))
"""
TABLE = "term,coefficient\nconst,-2.0\narrears,0.5\nnp.log(income),0.05\n"
FUNCTION = {"function": "card:probability", "allow_code": True, "options": {"features": ["income", "arrears"]}}


def brought(folder: Path, entry: dict[str, Any]) -> ExternalCandidate:
    external = {"vendor": External.model_validate({"label": "Vendor", **entry})}
    return bring_external(external, portfolio(), folder)["vendor"]


@pytest.fixture(params=["a function that raises", "a function that returns nan", "a table with a logarithm"])
def candidate(request: pytest.FixtureRequest, tmp_path: Path) -> ExternalCandidate:
    (tmp_path / "card.py").write_text(RAISES if "raises" in request.param else RETURNS, encoding="utf-8")
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    return brought(tmp_path, {"path": "table.csv"} if "table" in request.param else FUNCTION)


def test_the_inputs_whose_missing_value_is_refused_are_learned_when_it_is_brought_in(candidate):
    assert set(candidate.refuses_missing) == {"income", "arrears"}
    assert "takes no missing value of " in " ".join(candidate.parameters["remarks"])


def test_an_invented_row_without_a_score_is_nan_and_the_others_keep_theirs(candidate):
    rows = portfolio().features("train").iloc[:40].astype({"income": float, "arrears": float})
    expected = candidate.score_rows(rows)
    odd = rows.copy()
    odd.iloc[[3, 17], odd.columns.get_loc("income")] = -1.0
    odd.iloc[[5, 30], odd.columns.get_loc("arrears")] = np.nan
    found = candidate.predict(odd)
    assert sorted(np.flatnonzero(np.isnan(found))) == [3, 5, 17, 30]
    np.testing.assert_allclose(np.delete(found, [3, 5, 17, 30]), np.delete(expected, [3, 5, 17, 30]), rtol=1e-12)


def test_a_row_of_the_data_without_a_score_is_an_error(candidate):
    rows = portfolio().features("train").iloc[:5].astype({"income": float})
    rows.iloc[2, rows.columns.get_loc("income")] = np.nan
    with pytest.raises(RespmlError):
        candidate.score_rows(rows)


def test_a_model_that_takes_missing_values_refuses_none(tmp_path: Path):
    (tmp_path / "card.py").write_text(RETURNS.replace("rows[", "rows.fillna(1.0)["), encoding="utf-8")
    found = brought(tmp_path, FUNCTION)
    assert found.refuses_missing == ()
    assert not any("missing value" in each for each in found.parameters["remarks"])


def test_a_filled_input_is_not_refused(tmp_path: Path):
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    entry = {"path": "table.csv", "preprocessing": {"fill": {"arrears": 0}}}
    assert brought(tmp_path, entry).refuses_missing == ("income",)


def test_rows_with_a_refused_gap_are_not_put_to_the_model():
    asked = []

    def answer(rows: pd.DataFrame) -> np.ndarray:
        asked.append(len(rows))
        return np.full(len(rows), 0.25)

    rows = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": [np.nan, 1.0, 1.0]})
    found = answers_where_defined(answer, rows, ["a"])
    assert asked == [2]
    assert list(np.isnan(found)) == [False, True, False]


def test_a_call_that_fails_is_halved_down_to_the_rows_that_fail_it():
    def answer(rows: pd.DataFrame) -> np.ndarray:
        if (rows["a"] < 0).any():
            raise AnalysisError("below zero")
        return np.full(len(rows), 0.5)

    rows = pd.DataFrame({"a": np.where(np.arange(100) % 33 == 7, -1.0, 1.0)})
    assert list(np.flatnonzero(np.isnan(answers_where_defined(answer, rows, [])))) == [7, 40, 73]


def test_an_answer_of_nan_is_a_refusal():
    rows = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, 2.0, 3.0, 4.0]})
    assert refused_missing(lambda each: each["b"].to_numpy(float) / 10, rows, ["a", "b"]) == ("b",)


def test_a_model_that_takes_text_gets_it_back_from_whole_numbers_written_without_quotes(tmp_path: Path):
    (tmp_path / "card.py").write_text(
        "def probability(rows):\n"
        "    return rows['arrears'].map({'few': 0.1, 'some': 0.4}).fillna(0.7).to_numpy(float)\n",
        encoding="utf-8",
    )
    entry = {**FUNCTION, "preprocessing": {"codes": {"arrears": {0: "few", 1: "some"}}}}
    found = brought(tmp_path, entry)
    rows = portfolio().features("train")
    arrears = rows["arrears"].to_numpy()
    expected = np.select([arrears == 0, arrears == 1], [0.1, 0.4], 0.7)
    np.testing.assert_allclose(found.score_rows(rows), expected)


def test_a_function_needs_no_adapter_by_name(tmp_path: Path):
    (tmp_path / "card.py").write_text(RETURNS, encoding="utf-8")
    assert "adapter" not in FUNCTION
    assert brought(tmp_path, FUNCTION).adapter == "python"
