"""``respml init``: what it writes loads, builds, and replaces nothing."""

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from respml.cli import main
from respml.errors import InputError
from respml.portfolio.build import build_portfolio
from respml.portfolio.dictionary import read_dictionary
from respml.portfolio.scaffold import scaffold
from respml.resources import data_folder
from respml.spec import load_spec


def built(folder):
    """The spec of a folder and the portfolio it makes."""
    loaded = load_spec(folder / "report.yml")
    return loaded, build_portfolio(loaded.spec.data, loaded.spec.partitions, loaded.spec.seed, loaded.folder)


@pytest.fixture
def loans_file(loans, tmp_path):
    path = tmp_path / "card loans.csv"
    loans.to_csv(path, index=False)
    return path


def test_the_written_spec_loads_and_its_portfolio_builds(loans_file, tmp_path):
    written = scaffold(loans_file, tmp_path / "new")
    assert written == [tmp_path / "new" / "report.yml", tmp_path / "new" / "dictionary.yml"]
    loaded, portfolio = built(tmp_path / "new")
    assert loaded.spec.model.id == "card-loans"
    assert portfolio.target == "default"
    assert portfolio.identifier == "id"
    assert portfolio.time == "month"
    assert portfolio.protected == ("sex",)
    assert portfolio.inputs == ("amount", "delay")
    assert portfolio.partitions == ("train", "valid", "test")


def test_every_guess_is_marked_with_its_reason(loans_file, tmp_path):
    scaffold(loans_file, tmp_path)
    text = (tmp_path / "report.yml").read_text()
    for key in ("target", "event", "identifier", "time", "rule", "champion", "as_of", "id"):
        assert re.search(rf"^ *{key}: .+# GUESS: \w", text, re.MULTILINE), key
    assert "FILL IN" in text


def test_a_source_in_the_folder_is_relative_another_absolute(loans_file, tmp_path):
    scaffold(loans_file, tmp_path)
    assert load_spec(tmp_path).spec.data.source == "card loans.csv"
    scaffold(loans_file, tmp_path / "elsewhere")
    assert Path(load_spec(tmp_path / "elsewhere").spec.data.source).is_absolute()


def test_the_dictionary_holds_types_ranges_and_codes_and_leaves_the_meaning_open(loans_file, tmp_path):
    scaffold(loans_file, tmp_path)
    dictionary = read_dictionary(tmp_path / "dictionary.yml")
    assert set(dictionary) == {"id", "amount", "delay", "sex", "month", "default"}
    assert all(dictionary[name].meaning == "" for name in dictionary)
    assert (dictionary["amount"].type, dictionary["amount"].minimum, dictionary["amount"].maximum) == (
        "number",
        100,
        499,
    )
    assert dict(dictionary["delay"].labels) == {0: "0", 1: "1", 2: "2", 3: "3", 4: "4"}
    assert dict(dictionary["sex"].labels) == {"f": "f", "m": "m"}
    assert dictionary["sex"].prohibited
    assert dictionary["default"].type == "flag"
    assert dictionary["id"].type == "identifier"
    assert (tmp_path / "dictionary.yml").read_text().count("# FILL IN") >= 6


def test_what_the_dictionary_says_agrees_with_the_data(loans_file, tmp_path):
    scaffold(loans_file, tmp_path)
    _, portfolio = built(tmp_path)
    ranges = {"unmapped_code", "below_minimum", "above_maximum", "undeclared_column", "absent_column"}
    assert not ranges & {note.kind for note in portfolio.notes}


@pytest.mark.parametrize("existing", ["report.yml", "dictionary.yml"])
def test_an_existing_file_is_never_replaced(loans_file, tmp_path, existing):
    (tmp_path / existing).write_text("mine")
    with pytest.raises(InputError, match="The file exists"):
        scaffold(loans_file, tmp_path)
    assert (tmp_path / existing).read_text() == "mine"
    assert {each.name for each in tmp_path.iterdir()} == {existing, loans_file.name}


def test_a_file_that_appears_meanwhile_is_kept_and_the_other_withdrawn(loans_file, tmp_path, monkeypatch):
    hardlink = Path.hardlink_to

    def racing(self, target):
        if self.name == "dictionary.yml":
            self.write_text("mine")
        hardlink(self, target)

    monkeypatch.setattr(Path, "hardlink_to", racing)
    with pytest.raises(InputError, match="exists"):
        scaffold(loans_file, tmp_path)
    assert (tmp_path / "dictionary.yml").read_text() == "mine"
    assert {each.name for each in tmp_path.iterdir()} == {"dictionary.yml", loans_file.name}


def test_data_that_no_portfolio_can_be_made_of_leaves_nothing(tmp_path):
    path = tmp_path / "few.csv"
    pd.DataFrame({"x": [2.5, 3.5] * 25, "default": [1, *[0] * 49]}).to_csv(path, index=False)
    with pytest.raises(InputError, match="partition"):
        scaffold(path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_a_file_is_refused(loans_file, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        scaffold(loans_file, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused(loans_file, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be written"):
        scaffold(loans_file, locked)


HOSTILE = [
    "<script>alert(1)</script>",
    "a: b",
    "# comment",
    "yes",
    "null",
    "1",
    "'quoted' \"twice\"",
    "{curly} [square] `tick`",
    "back\\slash",
    "*alias &anchor !tag %dir @at",
    "日本語",
    "- dash",
    "2024-01-01",
    "|",
    "~",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_columns_and_levels_survive(tmp_path, name):
    rows = np.arange(300)
    frame = pd.DataFrame(
        {
            name: rows * 1.5,
            f"sex {name}": np.where(rows % 2, name, "other"),
            f"seg {name}": np.where(rows % 3, name, "other"),
            "default": (rows % 5 == 0).astype(int),
        }
    )
    path = tmp_path / "rows.parquet"
    frame.to_parquet(path)
    scaffold(path, tmp_path)
    _, portfolio = built(tmp_path)
    assert portfolio.inputs == (name,)
    assert portfolio.protected == (f"sex {name}",)
    assert portfolio.segments == (f"seg {name}",)
    assert dict(portfolio.dictionary[f"sex {name}"].labels) == {name: name, "other": "other"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20),
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=3, max_size=6, unique=True),
)
def test_whatever_the_column_the_result_loads_or_is_an_input_error(tmp_path_factory, name, values):
    folder = tmp_path_factory.mktemp("any")
    rows = np.arange(120)
    frame = pd.DataFrame(
        {"x": rows * 1.0, f"{name} ": np.resize(np.array(values), 120), "target": (rows % 4 == 0).astype(int)}
    )
    frame.to_parquet(folder / "rows.parquet")
    try:
        scaffold(folder / "rows.parquet", folder, "target")
    except InputError as error:
        assert error.line().isprintable()
        assert {each.name for each in folder.iterdir()} == {"rows.parquet"}
    else:
        built(folder)


def test_excel_and_text_targets(tmp_path):
    rows = np.arange(100)
    frame = pd.DataFrame({"amount": rows * 2, "status": np.where(rows % 4, "Paid", "Charged Off")})
    frame.to_excel(tmp_path / "rows.xlsx", index=False)
    scaffold(tmp_path / "rows.xlsx", tmp_path)
    _, portfolio = built(tmp_path)
    assert portfolio.events == ("Charged Off",)


def test_numbers_that_yaml_would_read_as_text_are_written_as_numbers(tmp_path):
    rows = np.arange(100)
    frame = pd.DataFrame({"tiny": rows * 1e-9, "huge": rows * 1e21, "bad": (rows % 4 == 0).astype(int)})
    frame.to_parquet(tmp_path / "rows.parquet")
    scaffold(tmp_path / "rows.parquet", tmp_path)
    dictionary = read_dictionary(tmp_path / "dictionary.yml")
    assert dictionary["tiny"].maximum == pytest.approx(99e-9)
    assert dictionary["huge"].maximum == pytest.approx(99e21)


def test_names_that_a_spec_cannot_hold_are_refused(tmp_path):
    rows = np.arange(100)
    pd.DataFrame({"x": rows, " sex ": rows % 2, "bad": rows % 4 == 0}).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(InputError, match="blank"):
        scaffold(tmp_path / "rows.parquet", tmp_path)


def test_the_demo_s_roles_are_found():
    """Held against the spec that was written by hand."""
    by_hand = load_spec(data_folder() / "demo").spec.data
    from respml.portfolio.column_types import standardise
    from respml.portfolio.guessing import guess_roles
    from respml.portfolio.sources import read_source

    roles = guess_roles(standardise(read_source(data_folder() / "demo" / "portfolio.parquet"))[0])
    assert roles.target.value == by_hand.target
    assert roles.identifier is not None and roles.identifier.value == by_hand.identifier
    assert roles.time is not None and roles.time.value == by_hand.time
    # no name says that "group" is protected: it is found as text, and left to the user
    assert set(by_hand.protected) - set(roles.protected) == {"group"}
    assert set(roles.segments) == {*by_hand.segments, "group"}


def test_the_uci_data_as_published(uci_file, tmp_path):
    scaffold(uci_file, tmp_path / "uci")
    loaded, portfolio = built(tmp_path / "uci")
    assert loaded.spec.data.target == "default.payment.next.month"
    assert loaded.spec.data.identifier == "ID"
    assert portfolio.protected == ("SEX", "MARRIAGE", "AGE_BAND")
    assert len(portfolio.inputs) == 20


def test_the_verb_prints_what_it_wrote_and_what_to_do_next(loans_file, tmp_path, capsys):
    assert main(["init", str(tmp_path / "new"), "--data", str(loans_file), "--target", "default"]) == 0
    said = capsys.readouterr().out
    assert "report.yml" in said and "dictionary.yml" in said and "GUESS" in said
    assert main(["init", str(tmp_path / "new"), "--data", str(loans_file)]) == 2
    assert "exists" in capsys.readouterr().err
