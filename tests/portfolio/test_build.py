"""From spec sections to a portfolio: roles, refusals and notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from respml.errors import InputError
from respml.portfolio.build import build_portfolio
from respml.portfolio.portfolio import Portfolio
from respml.spec.data import Data, Partitions


def build(folder: Path, frame: pd.DataFrame, dictionary: str = "", **stated: Any) -> Portfolio:
    frame.to_csv(folder / "loans.csv", index=False)
    if dictionary:
        (folder / "dictionary.yml").write_text(f"columns:\n{dictionary}")
        stated["dictionary"] = "dictionary.yml"
    partitions = Partitions(**stated.pop("partitions", {}))
    return build_portfolio(Data(**{"source": "loans.csv", "target": "default"} | stated), partitions, 1, folder)


def refusal(folder: Path, frame: pd.DataFrame, dictionary: str = "", **stated: Any) -> str:
    with pytest.raises(InputError) as caught:
        build(folder, frame, dictionary, **stated)
    assert caught.value.exit_code == 2
    return str(caught.value)


ROLES: dict[str, Any] = {
    "identifier": "id",
    "protected": ("sex",),
    "excluded": {"month": "a date"},
}


def test_inputs_are_the_columns_without_another_role(loans: pd.DataFrame, tmp_path: Path) -> None:
    portfolio = build(tmp_path, loans, **ROLES)
    assert portfolio.inputs == ("amount", "delay")
    assert portfolio.partitions == ("train", "valid", "test")
    assert portfolio.counts()["n"].tolist() == [240, 80, 80]
    assert portfolio.counts()["events"].tolist() == [60, 20, 20]
    assert portfolio.source["rows"] == 400
    assert portfolio.rule["seed"] == 1


def test_a_numeric_segment_stays_an_input_and_one_of_text_does_not(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["region"] = "north"
    portfolio = build(tmp_path, loans, segments=("delay", "region"), **ROLES)
    assert portfolio.inputs == ("amount", "delay")
    assert portfolio.segments == ("delay", "region")


def test_the_weight_and_partition_columns_are_no_inputs(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["weight"] = 2.0
    loans["part"] = loans.index % 3
    rule = {"rule": "column", "column": "part", "values": {"train": (0,), "valid": (1,), "test": (2,)}}
    portfolio = build(tmp_path, loans, weight="weight", partitions=rule, **ROLES)
    assert portfolio.inputs == ("amount", "delay")
    assert (portfolio.rows("valid")["part"] == 1).all()


def test_listed_inputs_keep_their_order(loans: pd.DataFrame, tmp_path: Path) -> None:
    assert build(tmp_path, loans, inputs=("delay", "amount")).inputs == ("delay", "amount")


def test_yes_and_no_with_a_stated_event(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["default"] = np.where(loans["default"] == 1, "yes", "no")
    portfolio = build(tmp_path, loans, event="yes", **ROLES)
    assert portfolio.frame["default"].dtype == np.int8
    assert (portfolio.events, portfolio.others) == (("yes",), ("no",))
    assert "The target holds 'no', 'yes', not 0 and 1." in refusal(tmp_path, loans, **ROLES)


def test_bool_inputs_and_targets_become_numbers(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["default"] = loans["default"] == 1
    loans["married"] = loans.index % 2 == 0
    portfolio = build(tmp_path, loans, **ROLES)
    assert portfolio.features("train").dtypes["married"] == np.int8
    assert portfolio.outcome("test").sum() == 20


def test_category_inputs_of_numbers_are_numbers(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["delay"] = loans["delay"].astype("category")
    loans.to_parquet(tmp_path / "loans.parquet")
    data = Data(source="loans.parquet", target="default", inputs=("delay", "amount"))
    portfolio = build_portfolio(data, Partitions(), 1, tmp_path)
    assert portfolio.features("train")["delay"].dtype == np.int64


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"target": "defalt"}, "key 'data.target': The data has no column 'defalt'. Did you mean 'default'?"),
        ({"inputs": ("amuont",)}, "key 'data.inputs': The data has no column 'amuont'. Did you mean 'amount'?"),
        ({"protected": ("gender",)}, "key 'data.protected': The data has no column 'gender'."),
        (
            {"inputs": ("amount", "default")},
            "key 'data.inputs': The column 'default' is an input and also target. Give it one role.",
        ),
        (
            {"inputs": ("amount", "month"), "excluded": {"month": "a date"}},
            "key 'data.inputs': The column 'month' is an input and also excluded. Give it one role.",
        ),
        (
            {"inputs": ("sex",)},
            "input 'sex': The column holds text ('f', 'm'); a model input is a number. "
            "Recode it to numbers in the data (a model made elsewhere gets its texts back by preprocessing.codes), "
            "or move it to data.segments, data.protected or data.excluded.",
        ),
        ({"inputs": ("month",)}, "input 'month': The column holds dates; a model input is a number."),
        (
            {"derived": {"band": {"column": "sex", "edges": (1,), "labels": ("a", "b")}}},
            "key 'data.derived.band': The column 'sex' is not numeric. Band a number.",
        ),
        (
            {"derived": {"amount": {"column": "delay", "edges": (1,), "labels": ("a", "b")}}},
            "key 'data.derived.amount': The data already has a column of this name. Choose another name.",
        ),
        (
            {"protected": ("sex",), "reference_groups": {"sex": "x"}, "inputs": ("amount",)},
            "key 'data.reference_groups.sex': The group 'x' does not occur; the column holds 'f', 'm'.",
        ),
        (
            {"reference_groups": {"sex": "f"}, "inputs": ("amount",)},
            "key 'data.reference_groups.sex': The column 'sex' is not protected. Add it to data.protected.",
        ),
        (
            {"source": "../loans.csv"},
            "key 'data.source': The relative path '../loans.csv' leads out of the folder of the specification. "
            "Put the file inside it, or give an absolute path.",
        ),
        ({"weight": "sex", "inputs": ("amount",)}, "weight 'sex': The column is not numeric. Correct data.weight."),
        (
            {"inputs": (), "protected": ("sex",)},
            "key 'data.inputs': No input column is left. Name at least one.",
        ),
    ],
)
def test_refusals_of_roles(loans: pd.DataFrame, tmp_path: Path, stated: dict[str, Any], expected: str) -> None:
    assert refusal(tmp_path, loans, **stated).startswith(expected)


def test_links_out_of_the_folder_are_refused_and_absolute_paths_taken(loans: pd.DataFrame, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
    loans.to_csv(outside / "far.csv", index=False)
    (inside / "link.csv").symlink_to(outside / "far.csv")
    assert "leads out of the folder" in refusal(inside, loans, source="link.csv", **ROLES)
    assert build(inside, loans, source=str(outside / "far.csv"), **ROLES).source["rows"] == 400


def test_an_input_with_a_few_stray_words_names_the_first(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["amount"] = loans["amount"].astype(object)
    loans.loc[[7, 9], "amount"] = ["n. a.", "?"]
    assert refusal(tmp_path, loans, inputs=("amount",)).startswith(
        "input 'amount': 2 of 400 rows are not numbers (the first is 'n. a.' in data row 8)."
    )


def test_an_input_without_any_value(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["empty"] = None
    assert refusal(tmp_path, loans, **ROLES) == (
        "input 'empty': The column has no value in any of 400 rows. Add it to data.excluded."
    )


def test_infinite_inputs(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans.loc[3, "amount"] = np.inf
    assert "input 'amount': 1 of 400 rows hold an infinite value." in refusal(tmp_path, loans, **ROLES)


def test_missing_and_constant_inputs_are_noted(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans.loc[:9, "amount"] = None
    loans["flat"] = 1
    portfolio = build(tmp_path, loans, **ROLES)
    assert portfolio.frame["amount"].isna().sum() == 10
    kinds = {(note.kind, note.column, note.count) for note in portfolio.notes}
    assert {("missing_values", "amount", 10), ("constant", "flat", 400), ("no_dictionary", "", 0)} <= kinds


def test_missing_targets_and_one_class(loans: pd.DataFrame, tmp_path: Path) -> None:
    gaps = loans.assign(default=loans["default"].where(loans.index > 2))
    assert refusal(tmp_path, gaps, **ROLES).startswith("column 'default': The target is missing in 3 of 400 rows.")
    one = loans.assign(default=0)
    assert refusal(tmp_path, one, **ROLES).startswith("column 'default': The target has one class only")


def test_a_partition_without_events(loans: pd.DataFrame, tmp_path: Path) -> None:
    # Largest remainders: of 398 non-events 239, 80 and 79; of 2 events 1, 1 and 0.
    few = loans.assign(default=(loans.index < 2).astype(int))
    assert refusal(tmp_path, few, **ROLES) == (
        "key 'partitions': The partition 'test' has no events in 79 rows. "
        "Change the rule or its shares, or give more data."
    )


def test_duplicate_identifiers_are_refused_or_reported(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["id"] = loans["id"] // 2
    fact = "200 rows repeat an identifier of an earlier row (the first is '500')."
    assert refusal(tmp_path, loans, **ROLES) == (
        f"identifier 'id': {fact} Remove them, or set data.duplicates to report if rows may share one."
    )
    notes = build(tmp_path, loans, duplicates="report", **ROLES).notes
    assert fact in [note.text for note in notes if note.kind == "duplicate_identifier"]
    assert [note.column for note in notes if note.kind == "shared_identifier"] == ["id", "id"]


def test_missing_identifiers(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans.loc[0, "id"] = None
    assert refusal(tmp_path, loans, **ROLES) == "identifier 'id': 1 rows have no identifier. Complete it."


def test_rows_shared_with_train_are_noted_and_distinct_rows_are_not(loans: pd.DataFrame, tmp_path: Path) -> None:
    assert not [note for note in build(tmp_path, loans, **ROLES).notes if note.kind.startswith("shared")]
    loans["amount"] = 1.0
    shared = [note for note in build(tmp_path, loans, **ROLES).notes if note.kind == "shared_inputs"]
    assert [note.text for note in shared] == [
        "80 of 80 rows of valid have the same values of all inputs as a row of train.",
        "80 of 80 rows of test have the same values of all inputs as a row of train.",
    ]


@pytest.mark.parametrize("weight", [-1.0, None, float("inf")])
def test_bad_weights(loans: pd.DataFrame, tmp_path: Path, weight: float | None) -> None:
    loans["weight"] = 1.0
    loans.loc[5, "weight"] = weight
    assert refusal(tmp_path, loans, weight="weight", **ROLES) == (
        "weight 'weight': 1 rows hold a missing, infinite or negative weight. Correct the data or data.weight."
    )
    assert "All weights are 0." in refusal(tmp_path, loans.assign(weight=0), weight="weight", **ROLES)


def test_prohibited_columns(loans: pd.DataFrame, tmp_path: Path) -> None:
    dictionary = "  delay: {prohibited: true}\n"
    assert refusal(tmp_path, loans, dictionary, inputs=("amount", "delay")) == (
        "key 'data.inputs': The dictionary prohibits 'delay' as a model input. "
        "Move it to data.protected or data.excluded."
    )
    portfolio = build(tmp_path, loans, dictionary, **ROLES)
    assert portfolio.inputs == ("amount",)
    assert ("prohibited_left_out", "delay") in {(note.kind, note.column) for note in portfolio.notes}


def test_missing_codes_become_missing_and_are_not_out_of_range(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans.loc[:4, "delay"] = -999
    dictionary = "  delay: {missing_codes: [-999], labels: {0: a, 1: b, 2: c, 3: d, 4: e}, type: category}\n"
    portfolio = build(tmp_path, loans, dictionary, **ROLES)
    assert portfolio.frame["delay"].isna().tolist()[:6] == [True] * 5 + [False]
    kinds = {(note.kind, note.column, note.count) for note in portfolio.notes}
    assert {("missing_code", "delay", 5), ("missing_values", "delay", 5)} <= kinds
    assert not [kind for kind, column, _ in kinds if kind == "unmapped_code"]


def test_bands_are_closed_on_the_left(loans: pd.DataFrame, tmp_path: Path) -> None:
    band = {"column": "amount", "edges": (200.0, 300.0), "labels": ("low", "middle", "high")}
    portfolio = build(tmp_path, loans, "  amount: {meaning: Loan, unit: EUR}\n", derived={"band": band}, **ROLES)
    bands = portfolio.frame.groupby("band", observed=True)["amount"].agg(["min", "max"])
    assert bands.loc["low"].tolist() == [100, 199]
    assert bands.loc["middle"].tolist() == [200, 299]
    assert bands.loc["high"].tolist() == [300, 499]
    assert portfolio.frame["band"].cat.ordered
    assert portfolio.dictionary["band"].meaning == "Loan, in bands"
    assert "band" not in portfolio.inputs


def test_a_column_named_like_markup_goes_through_as_text(loans: pd.DataFrame, tmp_path: Path) -> None:
    name = "<script>alert(1)</script>"
    portfolio = build(tmp_path, loans.rename(columns={"amount": name}), **ROLES)
    portfolio.write(tmp_path / "out")
    assert Portfolio.read(tmp_path / "out").inputs == (name, "delay")


def test_missing_protected_values_are_noted(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans.loc[:3, "sex"] = None
    notes = {(note.kind, note.column, note.count) for note in build(tmp_path, loans, **ROLES).notes}
    assert ("missing_protected", "sex", 4) in notes


def test_the_same_spec_gives_the_same_bytes(loans: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("a", "b"):
        build(tmp_path, loans, **ROLES).write(tmp_path / name)
    for file in ("rows.parquet", "membership.parquet", "portfolio.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_names_that_score_files_use_are_refused_together(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["row"], loans["partition"] = loans["amount"] * 2, loans["delay"] + 1
    assert "No input may be named 'row', 'partition': score files use these names." in refusal(tmp_path, loans, **ROLES)
    assert build(tmp_path, loans, **ROLES | {"excluded": dict.fromkeys(("month", "row", "partition"), "x")}).inputs


@pytest.mark.parametrize("value", [1e300, -4e38])
def test_numbers_beyond_single_precision_are_refused(loans: pd.DataFrame, tmp_path: Path, value: float) -> None:
    loans.loc[3, "amount"] = value
    said = refusal(tmp_path, loans, **ROLES)
    assert "input 'amount': 1 of 400 rows hold a value beyond ±3.4e+38." in said
    loans.loc[3, "amount"] = value / 1e300
    build(tmp_path, loans, **ROLES)


def test_inputs_of_which_none_varies_in_training_teach_nothing(loans: pd.DataFrame, tmp_path: Path) -> None:
    loans["part"] = np.where(loans.index % 5 < 3, "a", np.where(loans.index % 5 == 3, "b", "c"))
    loans["flat"] = np.where(loans["part"] == "a", 7.0, loans["amount"])
    values = {"train": ["a"], "valid": ["b"], "test": ["c"]}
    rule = {"rule": "column", "column": "part", "values": values}
    said = refusal(tmp_path, loans, inputs=("flat",), partitions=rule)
    assert "No input varies over the 240 training rows: 'flat'." in said
    assert build(tmp_path, loans, inputs=("flat", "amount"), partitions=rule).inputs == ("flat", "amount")


@pytest.mark.parametrize("source", ["*.csv", "parts"])
def test_links_among_the_files_of_a_pattern_or_folder_lead_nowhere(tmp_path: Path, source: str) -> None:
    spec = tmp_path / "spec"
    (spec / "parts").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("root:x:0\n")
    pd.DataFrame({"default": [0, 1]}).to_parquet(tmp_path / "secret.parquet")
    (spec / "loans.csv").symlink_to(tmp_path / "secret.csv")
    (spec / "parts" / "a.parquet").symlink_to(tmp_path / "secret.parquet")
    with pytest.raises(InputError, match="leads out of the folder") as caught:
        build_portfolio(Data(source=source, target="default"), Partitions(), 1, spec)
    assert "root" not in str(caught.value)
