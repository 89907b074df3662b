"""Put the UCI credit-card default data in place: from a file the user has or from OpenML, its content checked.

Source: Yeh, I.-C. and Lien, C.-H. (2009), Expert Systems with Applications 36(2); UCI Machine Learning Repository,
data set 350, doi 10.24432/C55S3H, CC BY 4.0; OpenML data set 42477.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from respml.errors import InputError
from respml.portfolio.nearest import listed
from respml.portfolio.portfolio import write_parquet
from respml.portfolio.sources import read_source

OPENML_DATA_SET = 42477
FILE_NAME = "uci_credit_card.parquet"
TARGET = "DEFAULT_NEXT_MONTH"
INPUTS = (
    "LIMIT_BAL",
    "SEX",
    "EDUCATION",
    "MARRIAGE",
    "AGE",
    "PAY_0",
    *(f"PAY_{month}" for month in range(2, 7)),
    *(f"BILL_AMT{month}" for month in range(1, 7)),
    *(f"PAY_AMT{month}" for month in range(1, 7)),
)
COLUMNS = ("ID", *INPUTS, TARGET)
ROWS = 30_000
CONTENT_DIGEST = "7d0c12ad5a87c1ba4b09d18a85664be31614e173fe5fb6feca9bfb568e3f6749"

_OTHER_NAMES = {
    "PAY_1": "PAY_0",
    "DEFAULT_PAYMENT_NEXT_MONTH": TARGET,
    "DEFAULT": TARGET,
    "Y": TARGET,
    "CLASS": TARGET,
    **{f"X{position}": name for position, name in enumerate(INPUTS, start=1)},
}


def place_uci(
    destination: Path, source: Path | None = None, download: Callable[[], pd.DataFrame] | None = None
) -> Path:
    """Write the UCI credit-card data, checked and with one spelling of its names.

    Parameters
    ----------
    destination: a folder (the file is then ``uci_credit_card.parquet``), or a ``.parquet`` or ``.csv`` file.
    source: a file with the data (CSV, Parquet or Excel; any of the spellings in use). None downloads from OpenML.
    download: replaces the download, for tests.

    Returns
    -------
    The file written. It appears under its name only when complete.

    Errors
    ------
    InputError where the source cannot be read or downloaded, lacks columns or rows, holds other values than published,
    or where the file cannot be written.
    """
    where = str(source) if source is not None else f"OpenML data set {OPENML_DATA_SET}"
    raw = read_source(source) if source is not None else (download or _download)()
    frame = normalise(raw, where)
    if content_digest(frame) != CONTENT_DIGEST:
        raise InputError(
            "The values differ from the published data set.",
            where=where,
            remedy="Give an unchanged copy of UCI data set 350 with --from.",
        )
    file = destination if destination.suffix in (".csv", ".parquet") else destination / FILE_NAME
    _write_atomically(frame, file)
    return file


def normalise(raw: pd.DataFrame, where: str) -> pd.DataFrame:
    """The data with the 25 columns of :data:`COLUMNS`, as whole numbers, ordered by ID.

    Accepts ``PAY_0`` or ``PAY_1``, any spelling of the target in use, OpenML's ``x1`` to ``x23`` and ``y``, and no ID
    (rows are then numbered in file order).

    Errors
    ------
    InputError for missing columns, another number of rows, and values that are not whole numbers.
    """
    frame = raw.rename(columns={name: _spelling(str(name)) for name in raw.columns})
    frame = frame.loc[:, ~frame.columns.duplicated()]
    missing = [name for name in COLUMNS[1:] if name not in frame.columns]
    if missing:
        raise InputError(
            f"The data lack the columns {listed(missing)}.", where=where, remedy="Give UCI data set 350 with --from."
        )
    if len(frame) != ROWS:
        raise InputError(
            f"The data have {len(frame):,} rows, not {ROWS:,}.", where=where, remedy="Give a complete copy with --from."
        )
    if "ID" not in frame.columns:
        frame = frame.assign(ID=range(1, ROWS + 1))
    try:
        numbers = frame[list(COLUMNS)].astype(object).apply(pd.to_numeric)
    except (ValueError, TypeError):
        raise InputError(
            "The data hold text where numbers are published.", where=where, remedy="Give an unchanged copy with --from."
        ) from None
    if numbers.isna().any(axis=None) or not (numbers == numbers.round()).all(axis=None):
        raise InputError(
            "The data hold missing values or fractions where whole numbers are published.",
            where=where,
            remedy="Give an unchanged copy with --from.",
        )
    whole: pd.DataFrame = numbers.astype("int64")
    return whole.sort_values("ID", kind="stable").reset_index(drop=True)


def content_digest(frame: pd.DataFrame) -> str:
    """SHA-256 of the table as little-endian 64-bit integers, row by row, columns in the order of :data:`COLUMNS`."""
    return hashlib.sha256(frame[list(COLUMNS)].to_numpy(dtype="<i8", copy=True).tobytes(order="C")).hexdigest()


def _spelling(name: str) -> str:
    plain = name.strip().upper().replace(".", "_").replace(" ", "_")
    return _OTHER_NAMES.get(plain, plain)


def _download() -> pd.DataFrame:
    from sklearn.datasets import fetch_openml  # slow to import and needed only here

    try:
        fetched = fetch_openml(data_id=OPENML_DATA_SET, as_frame=True, parser="auto", cache=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"The download failed: {str(error)[:120] or type(error).__name__}.",
            where=f"OpenML data set {OPENML_DATA_SET}",
            remedy="Connect to the network, or give a file with --from.",
        ) from None
    frame: pd.DataFrame = fetched.frame
    return frame


def _write_atomically(frame: pd.DataFrame, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise _unwritable(file, error) from None
    os.close(handle)
    partial = Path(name)
    try:
        if file.suffix == ".csv":
            frame.to_csv(partial, index=False, lineterminator="\n")
        else:
            write_parquet(frame, partial)
        partial.chmod(0o644)
        partial.replace(file)
    except OSError as error:
        raise _unwritable(file, error) from None
    finally:
        partial.unlink(missing_ok=True)


def _unwritable(file: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(
        f"The data cannot be written: {reason}.", where=str(file), remedy="Free space or choose a folder."
    )
