"""The portfolio folder: what is written is what is read, byte for byte the same each time."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from respml.errors import InputError
from respml.portfolio.dictionary import Column, Dictionary
from respml.portfolio.notes import Note, notes_frame
from respml.portfolio.portfolio import Portfolio, Rows


@pytest.fixture
def portfolio(loans: pd.DataFrame) -> Portfolio:
    loans["band"] = pd.cut(loans["amount"], [-np.inf, 200, np.inf], right=False, labels=["low", "high"])
    loans["weight"] = 1.0 + loans["delay"]
    return Portfolio(
        table=Rows(loans),
        membership=np.array(["train", "test", "valid", "train"] * 100),
        partitions=("train", "valid", "test"),
        inputs=("amount", "delay"),
        target="default",
        identifier="id",
        time="month",
        weight_column="weight",
        protected=("sex",),
        segments=("band",),
        excluded={"month": "<b>time & date</b>"},
        dictionary=Dictionary(
            {
                "amount": Column("Größe", "EUR", minimum=0.5, expected_sign=-1, missing=(-9, "?")),
                "delay": Column(type="category", labels={0: "none", 1: "one", "x": "other"}, prohibited=True),
                "month": Column(type="date", minimum=datetime.date(2024, 1, 1)),
            }
        ),
        source={"files": ["x.csv"], "digest": "0" * 64},
        rule={"rule": "random", "seed": 1},
        notes=(Note("constant", "x", 3, "All rows hold '1'."),),
    )


def test_read_gives_back_what_was_written(portfolio: Portfolio, tmp_path: Path) -> None:
    portfolio.write(tmp_path)
    again = Portfolio.read(tmp_path)
    pd.testing.assert_frame_equal(again.frame, portfolio.frame)
    assert (again.membership == portfolio.membership).all()
    for name in ("partitions", "inputs", "target", "identifier", "time", "weight_column", "protected", "segments"):
        assert getattr(again, name) == getattr(portfolio, name)
    assert dict(again.excluded) == dict(portfolio.excluded)
    assert dict(again.source) == dict(portfolio.source)
    assert again.notes == portfolio.notes
    assert {name: again.dictionary[name] for name in again.dictionary} == dict(portfolio.dictionary.columns)


def test_bytes_are_the_same_each_time_and_after_reading(portfolio: Portfolio, tmp_path: Path) -> None:
    portfolio.write(tmp_path / "a")
    portfolio.write(tmp_path / "b")
    Portfolio.read(tmp_path / "a").write(tmp_path / "c")
    assert pq.read_schema(tmp_path / "a" / "rows.parquet").pandas_metadata is None  # it would hold library versions
    for name in ("rows.parquet", "membership.parquet", "portfolio.json"):
        first = (tmp_path / "a" / name).read_bytes()
        assert (tmp_path / "b" / name).read_bytes() == first
        assert (tmp_path / "c" / name).read_bytes() == first


@pytest.mark.parametrize("from_folder", [False, True])
def test_rows_of_a_partition(portfolio: Portfolio, tmp_path: Path, from_folder: bool) -> None:
    if from_folder:
        portfolio.write(tmp_path)
        portfolio = Portfolio.read(tmp_path)
    numbers = list(range(1, 400, 4))
    assert portfolio.rows("test").index.tolist() == numbers
    assert portfolio.features("test").columns.tolist() == ["amount", "delay"]
    assert portfolio.features("test")["amount"].tolist() == [100.0 + number for number in numbers]
    assert portfolio.outcome("train").dtype == np.int8
    assert portfolio.outcome("train").tolist() == [1, 0] * 100
    weight = portfolio.weight("test")
    assert weight is not None
    assert weight.tolist() == [1.0 + number % 5 for number in numbers]
    assert portfolio.rows("test", ["sex"]).columns.tolist() == ["sex"]


def test_asking_for_one_column_reads_only_that_column(portfolio: Portfolio, tmp_path: Path) -> None:
    portfolio.write(tmp_path)
    again = Portfolio.read(tmp_path)
    again.outcome("test")
    assert list(again.table._columns) == ["default"]
    assert "frame" not in again.table.__dict__


def test_changing_what_is_handed_out_changes_nothing(portfolio: Portfolio) -> None:
    whole = portfolio.frame
    whole["amount"] = 0.0
    taken = portfolio.rows("test")
    taken["amount"] = -1.0
    features = portfolio.features("test")
    features.loc[:, "amount"] = -1.0
    assert portfolio.frame["amount"].min() == 100.0


def test_counts_hand_computed(portfolio: Portfolio) -> None:
    # Every 4th row defaults and rows 0 and 3 of each four are train: train has 200 rows, 100 events.
    assert portfolio.counts().to_dict(orient="records")[0] == {
        "partition": "train",
        "n": 200,
        "events": 100,
        "event_rate": 0.5,
    }


def test_an_unknown_partition_names_the_known(portfolio: Portfolio) -> None:
    with pytest.raises(KeyError, match="no partition 'out_of_time'; this portfolio has train, valid, test"):
        portfolio.rows("out_of_time")


def test_without_weights(portfolio: Portfolio) -> None:
    plain = Portfolio(portfolio.table, portfolio.membership, ("train",), ("amount",), "default")
    assert plain.weight("train") is None


def test_a_folder_that_is_no_portfolio(portfolio: Portfolio, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no readable portfolio"):
        Portfolio.read(tmp_path)
    portfolio.write(tmp_path)
    header = json.loads((tmp_path / "portfolio.json").read_text())
    (tmp_path / "portfolio.json").write_text(json.dumps({**header, "layout": 99}))
    with pytest.raises(InputError, match="has layout 99, this version reads 1"):
        Portfolio.read(tmp_path)


def test_notes_as_frame() -> None:
    assert list(notes_frame(()).columns) == ["kind", "column", "count", "text"]
    assert len(notes_frame((Note("a", "b", 1, "c"),))) == 1
