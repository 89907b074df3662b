"""Ten refits of the champion for explanations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from respml.candidates import loco_ensemble
from respml.candidates.candidate import Candidate, Candidates
from respml.portfolio.portfolio import Portfolio


def test_members_differ_from_the_champion_in_seed_and_sampling_and_add_up(
    folders: dict[str, Path], portfolio: Portfolio, candidates: Candidates, tmp_path: Path
) -> None:
    loco_ensemble.run(folders, tmp_path, 3)
    summary = pd.read_parquet(tmp_path / "summary.parquet")
    usual = candidates["mgbm"].parameters["configuration"]
    assert summary["member"].tolist() == list(range(1, 11))
    np.testing.assert_allclose(summary["row_share"], usual["subsample"] - 0.01 * summary["member"])
    np.testing.assert_allclose(summary["column_share"], usual["colsample_bytree"] - 0.01 * summary["member"])
    table = pd.read_parquet(tmp_path / "contributions.parquet")
    member = Candidate.load(tmp_path / "member_4")
    own = table[table["member"] == 4]
    assert own["row"].tolist() == portfolio.row_numbers("test").tolist()
    np.testing.assert_array_equal(own["probability"], member.predict(portfolio.features("test")))
    total = own.drop(columns=["member", "row", "probability"]).sum(axis=1)
    np.testing.assert_allclose(expit(total), own["probability"], atol=1e-5)
    assert member.monotone == candidates["mgbm"].monotone


def test_a_champion_without_chance_in_its_fit_has_no_members(portfolio: Portfolio, candidates: Candidates) -> None:
    assert list(loco_ensemble.members(portfolio, candidates["glm"], 3)) == []
