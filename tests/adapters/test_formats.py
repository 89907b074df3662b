"""What each format asks for beyond the common promises, and how it says so when it is not given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from scipy.stats import norm

from respml.adapters.bringing import bring_external
from respml.adapters.coefficient_coverage import require_levels
from respml.adapters.coefficient_table import open_table
from respml.adapters.coefficient_terms import Factor, parse_name
from respml.adapters.external_model import Adapter, Artefact
from respml.adapters.preprocessing import level_texts, model_rows
from respml.adapters.registry import BUILT_IN, adapter_named, all_adapters, recognised
from respml.candidates.candidate import Candidate
from respml.errors import InputError
from respml.spec.external import External, Preprocessing
from tests.adapters.made_elsewhere import NUMBERS, booster, portfolio, train


def bring(entry: dict[str, Any], folder: Path) -> Any:
    external = {"vendor": External.model_validate({"label": "Vendor's model", **entry})}
    return bring_external(external, portfolio(), folder)["vendor"]


def test_early_stopping_and_the_option_decide_how_many_rounds_count(tmp_path: Path) -> None:
    made = booster(rounds=12)
    made.set_attr(best_iteration="6")
    made.save_model(tmp_path / "model.ubj")
    rows = portfolio().features("test")
    matrix = xgboost.DMatrix(rows[NUMBERS])
    stopped = bring({"path": "model.ubj"}, tmp_path)
    assert (stopped.parameters["rounds"], stopped.parameters["rounds_in_file"]) == (7, 12)
    np.testing.assert_allclose(stopped.predict(rows), made.predict(matrix, iteration_range=(0, 7)), atol=1e-7)
    whole = bring({"path": "model.ubj", "options": {"rounds": 12}}, tmp_path)
    np.testing.assert_allclose(whole.predict(rows), made.predict(matrix), atol=1e-7)
    with pytest.raises(InputError, match=r"options\.rounds is 13; the file has 12"):
        bring({"path": "model.ubj", "options": {"rounds": 13}}, tmp_path)


@pytest.mark.parametrize("objective", ["reg:squarederror", "rank:pairwise", "count:poisson"])
def test_trees_that_give_no_probability_are_refused(tmp_path: Path, objective: str) -> None:
    rows, outcome = train(NUMBERS)
    xgboost.train({"objective": objective}, xgboost.DMatrix(rows, outcome), 2).save_model(tmp_path / "model.ubj")
    with pytest.raises(InputError, match=f"objective is {objective}"):
        bring({"path": "model.ubj"}, tmp_path)


def test_trees_without_names_ask_for_them(tmp_path: Path) -> None:
    rows, outcome = train(NUMBERS)
    made = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(rows.to_numpy(), outcome), 3)
    made.save_model(tmp_path / "model.ubj")
    with pytest.raises(InputError, match="names no inputs"):
        bring({"path": "model.ubj"}, tmp_path)
    with pytest.raises(InputError, match="3 inputs are named, the model has 4"):
        bring({"path": "model.ubj", "options": {"features": NUMBERS[:3]}}, tmp_path)
    candidate = bring({"path": "model.ubj", "options": {"features": NUMBERS}}, tmp_path)
    given = portfolio().features("test")
    expected = made.predict(xgboost.DMatrix(given[NUMBERS].to_numpy()))
    np.testing.assert_allclose(candidate.predict(given), expected, atol=1e-7)


def test_inputs_that_the_file_only_numbers_take_the_names_of_the_option(tmp_path: Path) -> None:
    rows, outcome = train(NUMBERS)
    numbered = rows.set_axis([f"f{place}" for place in range(len(NUMBERS))], axis=1)
    made = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(numbered, outcome), 3)
    made.save_model(tmp_path / "model.ubj")
    candidate = bring({"path": "model.ubj", "options": {"features": NUMBERS}}, tmp_path)
    np.testing.assert_allclose(candidate.predict(rows), made.predict(xgboost.DMatrix(numbered)), atol=1e-7)
    with pytest.raises(InputError, match="in another order"):
        bring({"path": "model.ubj", "options": {"features": ["f1", "f0", "f2", "f3"]}}, tmp_path)


def test_dropout_trees_are_explained_through_their_predictions(tmp_path: Path) -> None:
    rows, outcome = train(NUMBERS)
    settings = {"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.3, "seed": 3}
    xgboost.train(settings, xgboost.DMatrix(rows, outcome), 8).save_model(tmp_path / "model.ubj")
    candidate = bring({"path": "model.ubj"}, tmp_path)
    given = portfolio().features("test")
    assert candidate.booster is None and candidate.as_model().trees is None
    table, _ = candidate.contributions(given)
    np.testing.assert_allclose(table.sum(axis=1), candidate.log_odds(given), atol=1e-4)


def test_preprocessing_travels_with_the_model(tmp_path: Path) -> None:
    """Codes, filled gaps and other names, by hand: housing own=0, rent=2, anything else missing and then 9."""
    given = portfolio()
    rows, outcome = given.features("train"), given.outcome("train")
    coded = pd.DataFrame(
        {
            "HOUSE": rows["housing"].map({"own": 0.0, "rent": 2.0}).fillna(9.0),
            "AGE": rows["age"].fillna(-1.0),
            "ARREARS": rows["arrears"],
        }
    )
    made = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, xgboost.DMatrix(coded, outcome), 6)
    made.save_model(tmp_path / "model.ubj")
    entry = {
        "path": "model.ubj",
        "preprocessing": {
            "rename": {"HOUSE": "housing", "AGE": "age", "ARREARS": "arrears"},
            "codes": {"HOUSE": {"own": 0, "rent": 2}},
            "fill": {"HOUSE": 9, "AGE": -1},
        },
    }
    candidate = bring(entry, tmp_path)
    assert candidate.features == ("housing", "age", "arrears")
    np.testing.assert_allclose(candidate.predict(rows), made.predict(xgboost.DMatrix(coded)), atol=1e-7)
    assert candidate.unseen(rows) == (rows["housing"] == "family").sum()
    # its trees do not read the portfolio's own values, so nothing may read them as if they did
    assert candidate.booster is None
    candidate.save(tmp_path / "kept")
    np.testing.assert_array_equal(Candidate.predict(candidate, rows), candidate.predict(rows))


def test_preprocessing_of_what_the_model_does_not_have_is_refused(tmp_path: Path) -> None:
    booster().save_model(tmp_path / "model.ubj")
    with pytest.raises(InputError, match="names 'shoe size', which is no input of the model"):
        bring({"path": "model.ubj", "preprocessing": {"fill": {"shoe size": 1}}}, tmp_path)
    with pytest.raises(InputError, match="Two inputs of the model read the column 'income'"):
        bring({"path": "model.ubj", "preprocessing": {"rename": {"age": "income"}}}, tmp_path)
    with pytest.raises(InputError, match="'monotone' names 'housing'"):
        bring({"path": "model.ubj", "monotone": {"housing": 1}}, tmp_path)


def test_levels_are_written_as_people_write_them() -> None:
    assert level_texts(pd.Series([1.0, 2.5, np.nan])).tolist() == ["1", "2.5", None]
    assert level_texts(pd.Series([True, False])).tolist() == ["true", "false"]
    assert level_texts(pd.Series(["a", None], dtype="str")).tolist() == ["a", None]
    assert level_texts(pd.Series([3, 4], dtype="Int64")).tolist() == ["3", "4"]
    rows = pd.DataFrame({"sex": [1.0, 2.0, np.nan]})
    coded = model_rows(rows, ["sex"], Preprocessing(codes={"sex": {"1": "m", "2": "f"}}, fill={"sex": "unknown"}))
    assert coded["sex"].tolist() == ["m", "f", "unknown"]


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("income", (Factor("income"),)),
        ("np.log(income)", (Factor("income", "log"),)),
        ("log1p(income)", (Factor("income", "log1p"),)),
        ("I(age ** 2)", (Factor("age", "square"),)),
        ("C(housing)[T.rent]", (Factor("housing", "indicator", "rent"),)),
        ("C(housing, Treatment('own'))[T.rent]", (Factor("housing", "indicator", "rent"),)),
        ("housing[T.a:b]", (Factor("housing", "indicator", "a:b"),)),
        ("housing = rent", (Factor("housing", "indicator", "rent"),)),
        ("age is missing", (Factor("age", "missing"),)),
        ("age:C(housing)[T.rent]", (Factor("age"), Factor("housing", "indicator", "rent"))),
        ("income:np.log(age)", (Factor("income"), Factor("age", "log"))),
        ("__import__('os').system('x')", (Factor("__import__('os').system('x')"),)),
    ],
)
def test_terms_are_read_as_statistics_packages_write_them(name: str, factors: tuple[Factor, ...]) -> None:
    assert parse_name(name) == factors


def test_a_scorecard_with_bands_missing_flags_and_products_by_hand(tmp_path: Path) -> None:
    (tmp_path / "card.csv").write_text(
        "term,coefficient,feature,transform,level,lower,upper\n"
        "const,-2,,,,,\n"
        "young,0.5,age,band,,,30\n"
        "middle,0.25,age,band,,30,50\n"
        "age unknown,1,age,missing,,,\n"
        "renting,0.125,housing,indicator,rent,,\n"
        "with family,0,housing,indicator,family,,\n"
        "arrears:noise,0.0625,,,,,\n"
    )
    candidate = bring({"path": "card.csv"}, tmp_path)
    rows = portfolio().features("test")
    age = rows["age"]
    expected = (
        -2
        + 0.5 * (age < 30)
        + 0.25 * ((age >= 30) & (age < 50))
        + 1.0 * age.isna()
        + 0.125 * (rows["housing"] == "rent")
        + 0.0625 * rows["arrears"] * rows["noise"]
    )
    np.testing.assert_allclose(candidate.log_odds(rows), expected, atol=1e-12)
    # a product of two inputs has no contribution of one: it is sampled, and still adds up
    table, report = candidate.contributions(rows)
    assert "sampling" in report["method"]
    np.testing.assert_allclose(table.sum(axis=1), expected, atol=1e-4)


def test_contributions_of_a_table_start_from_the_training_mean(tmp_path: Path) -> None:
    (tmp_path / "card.csv").write_text("term,coefficient\nIntercept,-1\narrears,0.5\nnoise,-0.25\n")
    candidate = bring({"path": "card.csv"}, tmp_path)
    given = portfolio()
    rows, means = given.features("test"), given.features("train").mean(numeric_only=True)
    table, report = candidate.contributions(rows)
    np.testing.assert_allclose(table["arrears"], 0.5 * (rows["arrears"] - means["arrears"]), atol=1e-6)
    np.testing.assert_allclose(table["bias"], -1 + 0.5 * means["arrears"] - 0.25 * means["noise"], atol=1e-6)
    assert report["method"] == "coefficient times distance from the mean"


def test_other_links(tmp_path: Path) -> None:
    (tmp_path / "card.csv").write_text("term,coefficient\nconst,-1\narrears,0.5\n")
    rows = portfolio().features("test")
    linear = -1 + 0.5 * rows["arrears"]
    probit = bring({"path": "card.csv", "options": {"link": "probit"}}, tmp_path)
    np.testing.assert_allclose(probit.predict(rows), norm.cdf(linear), atol=1e-12)
    cloglog = bring({"path": "card.csv", "options": {"link": "cloglog"}}, tmp_path)
    np.testing.assert_allclose(cloglog.predict(rows), 1 - np.exp(-np.exp(linear)), atol=1e-12)
    with pytest.raises(InputError, match="link 'cauchit' is not known"):
        bring({"path": "card.csv", "options": {"link": "cauchit"}}, tmp_path)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("term,coefficient\nconst,1\n", "no terms"),
        ("term,coefficient\nage,x\n", "no finite number"),
        ("term,coefficient\nage,inf\n", "no finite number"),
        ("term,coefficient\narrears,1\narrears,2\n", "stands in the table twice"),
        ("term,weight\narrears,1\n", "no column 'coefficient'"),
        ("term,coefficient,transform\narrears,1,eval\n", "transform 'eval'"),
        ("term,coefficient,transform,lower\narrears,1,band,low\n", "no bound of a band"),
        ("term,coefficient\narrears,1\n", "no intercept"),
        ("term,coefficient\nconst,0\nincom,1\n", "reads 'incom', which is no input"),
        (
            "term,coefficient\nconst,0\nC(housing)[T.rent],1\n",
            "2 levels of 'housing' have no row: family, own; one is the reference",
        ),
        ("term,coefficient\nconst,0\nhousing = Rent,1\nhousing = own,1\n", "'housing' have no row: family, rent"),
        ("term,coefficient\nconst,0\nage,1\n", r"'age' is missing or infinite in \d+ rows"),
        ("term,coefficient\nconst,0\nlog(noise),1\n", "is missing or infinite"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(tmp_path: Path, table: str, why: str) -> None:
    (tmp_path / "card.csv").write_text(table)
    with pytest.raises(InputError, match=why):
        bring({"path": "card.csv", "adapter": "coefficients"}, tmp_path)


def test_what_a_table_leaves_out_is_said_by_rows_of_zero(tmp_path: Path) -> None:
    """A reference of several levels, no intercept, and a flag on one value of a number, all on purpose."""
    (tmp_path / "card.csv").write_text(
        "term,coefficient,feature,transform,level\n"
        "const,0,,,\n"
        "housing = rent,1,,,\n"
        "housing = family,0,,,\n"
        "housing = barge,3,,,\n"
        "two behind,0.5,arrears,indicator,2\n"
    )
    candidate = bring({"path": "card.csv"}, tmp_path)
    rows = portfolio().features("test")
    expected = 1.0 * (rows["housing"] == "rent") + 0.5 * (rows["arrears"] == 2)
    np.testing.assert_allclose(candidate.log_odds(rows), expected, atol=1e-12)
    assert candidate.parameters["remarks"] == [
        "4 terms and an intercept of 0",
        "no row of the data has housing = barge",
        "does not read income, age, noise of the data",
    ]


def test_missing_levels_are_not_the_reference_unless_a_row_says_so(tmp_path: Path) -> None:
    housing = portfolio().frame["housing"]
    rows = pd.DataFrame({"housing": housing.where(housing != "own")})
    listed = "term,coefficient\nconst,0\nhousing = rent,1\n"
    terms = open_table(Artefact({"card.csv": listed.encode()})).terms
    with pytest.raises(InputError, match=r"2 levels of 'housing' have no row: family, \(missing\)"):
        require_levels(terms, rows)
    require_levels(open_table(Artefact({"card.csv": f"{listed}housing is missing,0\n".encode()})).terms, rows)


def test_a_model_that_ranks_the_wrong_way_round_is_asked_for_its_event(tmp_path: Path) -> None:
    rows, outcome = train(NUMBERS)
    made = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(rows, 1 - outcome), 5)
    made.save_model(tmp_path / "model.ubj")
    (remark,) = [each for each in bring({"path": "model.ubj"}, tmp_path).parameters["remarks"] if "train" in each]
    assert remark.startswith("ranks the wrong way round on train (AUC 0.")
    assert remark.endswith("is the event the other class?")
    booster().save_model(tmp_path / "model.ubj")
    assert bring({"path": "model.ubj"}, tmp_path).parameters["remarks"] == ["does not read housing of the data"]


@pytest.mark.parametrize(
    ("table", "options", "why"),
    [
        ("id,p\n1,0.5\n", {"probability": "p"}, "have no score"),
        ("customer,p\n1,0.5\n", {"probability": "p"}, "no column 'id'"),
        ("id,p\n1,0.5\n", {}, "no column 'probability'"),
        ("id,p\n1,0.5\n1,0.6\n", {"probability": "p"}, "1 identifiers more than once"),
    ],
)
def test_scores_that_cannot_be_joined_are_refused(
    tmp_path: Path, table: str, options: dict[str, str], why: str
) -> None:
    (tmp_path / "scores.csv").write_text(table)
    with pytest.raises(InputError, match=why):
        bring({"path": "scores.csv", "adapter": "scores", "options": options}, tmp_path)


def test_an_ebm_is_evaluated_by_hand(tmp_path: Path) -> None:
    """Cuts 0 and 1 make bins missing, <0, 0..1, >=1, never seen; a pair uses the coarser cut 0.5."""
    model = {
        "outputs": [{"link": "logit", "classes": [0, 1]}],
        "intercept": [-1.0],
        "features": [
            {"name": "noise", "type": "continuous", "cuts": [[0.0, 1.0], [0.5]]},
            {"name": "housing", "type": "nominal", "categories": [["own", ["rent", "family"]]]},
        ],
        "terms": [
            {"term_features": ["noise"], "scores": [9.0, 0.1, 0.2, 0.3, 8.0]},
            {"term_features": ["housing"], "scores": [7.0, 0.01, 0.02, 6.0]},
            {
                "term_features": ["noise", "housing"],
                "scores": [[5, 5, 5, 5], [5, 0.001, 0.002, 5], [5, 0.003, 0.004, 5], [5, 5, 5, "-inf"]],
            },
        ],
    }
    (tmp_path / "model.json").write_text(json.dumps({"version": "1.0", "ebm": model}))
    assert recognised(tmp_path / "model.json").name == "ebm"
    opened = adapter_named("ebm").open(Artefact({"model.json": (tmp_path / "model.json").read_bytes()}))
    rows = pd.DataFrame({"noise": [-1.0, 0.0, 0.7, 1.0, np.nan], "housing": ["own", "rent", "family", "own", "barge"]})
    expected = [
        -1 + 0.1 + 0.01 + 0.001,
        -1 + 0.2 + 0.02 + 0.002,
        -1 + 0.2 + 0.02 + 0.004,
        -1 + 0.3 + 0.01 + 0.003,
        -1 + 9.0 + 6.0 + 5.0,
    ]
    np.testing.assert_allclose(opened.log_odds(rows), expected, atol=1e-12)


def test_an_unknown_adapter_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="no adapter 'xgbost'") as caught:
        adapter_named("xgbost")
    assert "xgboost" in caught.value.remedy


def test_a_file_that_no_adapter_knows_asks_for_its_name(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"anything")
    with pytest.raises(InputError, match="No adapter recognises the model file"):
        bring({"path": "model.bin"}, tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        bring({"path": "gone.ubj"}, tmp_path)


class Entry:
    """An entry point of another package."""

    def __init__(self, name: str, loaded: object) -> None:
        self.name, self.value, self.loaded = name, f"{name}:ADAPTER", loaded

    def load(self) -> object:
        return self.loaded


def test_other_packages_offer_adapters_under_names_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from respml.adapters import registry

    def offered(*entries: Entry) -> dict[str, Adapter]:
        monkeypatch.setattr(registry, "entry_points", lambda group: entries if group == "respml.adapters" else ())
        return all_adapters.__wrapped__()

    own = Adapter("lender", "the lender's own format", open=BUILT_IN[0].open)
    assert set(offered(Entry("lender", own))) == {*(each.name for each in BUILT_IN), "lender"}
    with pytest.raises(InputError, match="Two packages offer an adapter named 'xgboost'"):
        offered(Entry("xgboost", BUILT_IN[0]))
    with pytest.raises(InputError, match="no adapter of that name"):
        offered(Entry("borrower", own))


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from respml.adapters import external_model

    def gone(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(external_model, "import_module", gone)
    with pytest.raises(InputError, match="needs the library onnxruntime") as caught:
        adapter_named("onnx").open(Artefact({"model.onnx": b"x"}))
    assert "respml[onnx]" in caught.value.remedy
