"""The UCI credit-card data: content checked, names of any spelling, published facts reproduced exactly."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from respml.errors import InputError
from respml.portfolio import uci
from respml.portfolio.build import build_portfolio
from respml.portfolio.comparison import compare
from respml.portfolio.dictionary import read_dictionary
from respml.portfolio.uci import COLUMNS, INPUTS, TARGET, normalise, place_uci
from respml.spec.data import Data, Partitions
from tests.portfolio.conftest import REPOSITORY

# Published: Pearson correlation with the target over all 30,000 rows, to six digits.
CORRELATIONS = {
    "LIMIT_BAL": -0.153520,
    "SEX": -0.039961,
    "EDUCATION": 0.028006,
    "MARRIAGE": -0.024339,
    "AGE": 0.013890,
    "PAY_0": 0.324794,
    "PAY_2": 0.263551,
    "PAY_3": 0.235253,
    "PAY_4": 0.216614,
    "PAY_5": 0.204149,
    "PAY_6": 0.186866,
    "BILL_AMT1": -0.019644,
    "BILL_AMT2": -0.014193,
    "BILL_AMT3": -0.014076,
    "BILL_AMT4": -0.010156,
    "BILL_AMT5": -0.006760,
    "BILL_AMT6": -0.005372,
    "PAY_AMT1": -0.072929,
    "PAY_AMT2": -0.058579,
    "PAY_AMT3": -0.056250,
    "PAY_AMT4": -0.056827,
    "PAY_AMT5": -0.055124,
    "PAY_AMT6": -0.053183,
}
DICTIONARY = REPOSITORY / "data" / "uci" / "dictionary.yml"


@pytest.fixture(scope="module")
def placed(uci_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return place_uci(tmp_path_factory.mktemp("uci"), uci_file)


@pytest.fixture(scope="module")
def frame(placed: Path) -> pd.DataFrame:
    return pd.read_parquet(placed)


def small(rows: int = 5) -> pd.DataFrame:
    return pd.DataFrame({name: np.arange(rows) for name in COLUMNS})


@pytest.mark.uci
def test_published_facts(frame: pd.DataFrame) -> None:
    assert frame.shape == (30_000, 25)
    assert list(frame.columns) == list(COLUMNS)
    assert (frame.dtypes == np.int64).all()
    means = frame.mean()
    assert means[TARGET] == pytest.approx(0.2212, abs=1e-9)
    assert means["LIMIT_BAL"] == pytest.approx(167484.32, abs=0.005)
    assert means["AGE"] == pytest.approx(35.4855, abs=1e-9)
    assert means["PAY_0"] == pytest.approx(-0.0167, abs=1e-9)
    assert means["BILL_AMT1"] == pytest.approx(51223.33, abs=0.005)
    assert means["PAY_AMT1"] == pytest.approx(5663.58, abs=0.005)


@pytest.mark.uci
def test_published_correlations(frame: pd.DataFrame) -> None:
    for name, published in CORRELATIONS.items():
        assert np.corrcoef(frame[name], frame[TARGET])[0, 1] == pytest.approx(published, abs=5e-7)


@pytest.mark.uci
def test_published_split(placed: Path) -> None:
    data = Data(
        source=str(placed), dictionary=str(DICTIONARY), target=TARGET, identifier="ID", protected=("SEX", "AGE")
    )
    portfolio = build_portfolio(data, Partitions(rule="reference"), 12345, placed.parent)
    assert (portfolio.membership == "test").sum() == 9_054
    assert (portfolio.membership != "test").sum() == 20_946
    assert portfolio.outcome("test").mean() == pytest.approx(0.219351, abs=5e-7)


@pytest.mark.uci
def test_what_the_data_has_beyond_its_dictionary(frame: pd.DataFrame) -> None:
    notes = {note.column: note for note in compare(read_dictionary(DICTIONARY), frame)}
    assert {note.kind for note in notes.values()} == {"unmapped_code"}
    assert notes["EDUCATION"].text == "345 rows hold codes without a label: '0', '5', '6'."
    assert notes["PAY_0"].text.endswith("codes without a label: '-2'.")
    assert set(notes) == {"EDUCATION", "MARRIAGE", "PAY_0", *(f"PAY_{month}" for month in range(2, 7))}


@pytest.mark.uci
@pytest.mark.parametrize(
    "spelling",
    [
        {"PAY_0": "PAY_1", TARGET: "default payment next month"},
        {name: f"x{position}" for position, name in enumerate(INPUTS, start=1)} | {TARGET: "y"},
        {name: name.lower() for name in COLUMNS},
    ],
)
def test_every_spelling_gives_the_same_file(
    frame: pd.DataFrame, placed: Path, tmp_path: Path, spelling: dict[str, str]
) -> None:
    frame.sample(frac=1, random_state=1).rename(columns=spelling).to_csv(tmp_path / "in.csv", index=False)
    assert place_uci(tmp_path / "out", tmp_path / "in.csv").read_bytes() == placed.read_bytes()


@pytest.mark.uci
def test_a_download_without_identifier_and_with_text_codes(frame: pd.DataFrame, placed: Path, tmp_path: Path) -> None:
    codes = frame.drop(columns="ID").astype({"SEX": "str", TARGET: "str"}).astype({"SEX": "category"})
    assert place_uci(tmp_path, download=lambda: codes).read_bytes() == placed.read_bytes()


@pytest.mark.uci
def test_one_changed_value_is_found(frame: pd.DataFrame, tmp_path: Path) -> None:
    changed = frame.copy()
    changed.loc[123, "AGE"] += 1
    with pytest.raises(InputError) as caught:
        place_uci(tmp_path, download=lambda: changed)
    assert str(caught.value) == (
        "OpenML data set 42477: The values differ from the published data set. "
        "Give an unchanged copy of UCI data set 350 with --from."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.uci
def test_csv_on_request(frame: pd.DataFrame, tmp_path: Path) -> None:
    file = place_uci(tmp_path / "x.csv", download=lambda: frame)
    assert file.read_text().splitlines()[1] == "1,20000,2,2,1,24,2,2,-1,-1,-2,-2,3913,3102,689,0,0,0,0,689,0,0,0,0,1"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            small().drop(columns=["AGE", "PAY_0"]),
            "f: The data lack the columns 'AGE', 'PAY_0'. Give UCI data set 350 with --from.",
        ),
        (small(), "f: The data have 5 rows, not 30,000. Give a complete copy with --from."),
        (
            small(30_000).assign(AGE="old"),
            "f: The data hold text where numbers are published. Give an unchanged copy with --from.",
        ),
        (
            small(30_000).assign(AGE=0.5),
            "f: The data hold missing values or fractions where whole numbers are published. "
            "Give an unchanged copy with --from.",
        ),
        (
            small(30_000).assign(AGE=None),
            "f: The data hold missing values or fractions where whole numbers are published. "
            "Give an unchanged copy with --from.",
        ),
    ],
)
def test_other_data_is_refused(raw: pd.DataFrame, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        normalise(raw, "f")
    assert str(caught.value) == expected


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(frame: pd.DataFrame, file: Path) -> None:
        file.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uci, "write_parquet", full)
    monkeypatch.setattr(uci, "CONTENT_DIGEST", uci.content_digest(small(30_000)))
    with pytest.raises(InputError, match="The data cannot be written: No space left on device"):
        place_uci(tmp_path, download=lambda: small(30_000))
    assert list(tmp_path.iterdir()) == []


def test_the_dictionary_declares_every_column() -> None:
    dictionary = read_dictionary(DICTIONARY)
    assert list(dictionary) == list(COLUMNS)
    assert all(dictionary[name].meaning for name in COLUMNS)
    assert [name for name in COLUMNS if dictionary[name].prohibited] == ["SEX", "MARRIAGE", "AGE"]
