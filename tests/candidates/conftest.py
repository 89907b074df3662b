from __future__ import annotations

from pathlib import Path

import pytest

from respml.candidates.candidate import Candidates
from respml.candidates.fit import fit_candidates
from respml.portfolio.portfolio import Portfolio
from respml.spec.candidates import CandidatesSpec
from tests.candidates import data


@pytest.fixture(scope="session")
def settings() -> CandidatesSpec:
    """A small budget; everything else as a report has it by default."""
    search = {"configurations": 4, "max_rounds": 60, "early_stopping": 10}
    return CandidatesSpec.model_validate({"boosting": {"search": search}, "glm": {"path_length": 10}})


@pytest.fixture(scope="session")
def portfolio() -> Portfolio:
    return data.portfolio()


@pytest.fixture(scope="session")
def candidates(portfolio: Portfolio, settings: CandidatesSpec) -> Candidates:
    return fit_candidates(portfolio, settings, seed=11, workers=2)


@pytest.fixture(scope="session")
def folders(portfolio: Portfolio, candidates: Candidates, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Portfolio and candidates as their stages leave them; read, never written."""
    folder = tmp_path_factory.mktemp("inputs")
    portfolio.write(folder / "portfolio")
    candidates.write(folder / "candidates")
    return {"portfolio": folder / "portfolio", "candidates": folder / "candidates"}
