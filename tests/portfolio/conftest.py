"""Fixtures of the portfolio room: the real UCI file where present, and small helpers to write sources."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
UCI_FILE = Path(os.environ.get("RESPML_UCI", REPOSITORY.parent / "shared" / "data" / "uci_credit_card.csv"))


@pytest.fixture(scope="session")
def uci_file() -> Path:
    if not UCI_FILE.is_file():
        pytest.skip("the UCI credit-card file is not here; set RESPML_UCI to its path")
    return UCI_FILE


@pytest.fixture
def loans() -> pd.DataFrame:
    """400 rows: every 4th defaults; two inputs, a protected column, an identifier and a month."""
    rows = range(400)
    return pd.DataFrame(
        {
            "id": [1000 + row for row in rows],
            "amount": [100.0 + row for row in rows],
            "delay": [row % 5 for row in rows],
            "sex": ["f" if row % 3 else "m" for row in rows],
            "month": [f"2024-{1 + row // 40:02d}-01" for row in rows],
            "default": [int(row % 4 == 0) for row in rows],
        }
    )
