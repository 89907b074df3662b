from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from respml.candidates.candidate import Candidates
from respml.candidates.fit import fit_candidates
from respml.errors import InputError
from respml.portfolio.portfolio import Portfolio
from respml.spec.candidates import CandidatesSpec
from tests.candidates import data


def _changed(settings: CandidatesSpec, **sections: object) -> CandidatesSpec:
    return CandidatesSpec.model_validate(settings.model_dump() | sections)


def _folder(candidates: Candidates, folder: Path) -> dict[str, bytes]:
    candidates.write(folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_fits_every_candidate_and_leaves_every_table(candidates: Candidates) -> None:
    assert candidates.order == ("glm", "mgbm", "gbm", "hybrid")
    assert candidates.table_names == (
        "constraints",
        "correlation",
        "glm_path",
        "hybrid_counts",
        "ranking_folds",
        "ranking_summary",
        "search",
        "selection_path",
        "training_curve",
    )
    assert candidates["glm"].family == "glm" and candidates["gbm"].family == "boosted_trees"
    assert candidates["gbm"].monotone == {}
    assert candidates["mgbm"].monotone["arrears"] == 1 and candidates["mgbm"].monotone["income"] == -1
    constrained = candidates.table("hybrid_counts").query("constrained")["feature"]
    assert set(candidates["hybrid"].monotone) == set(constrained)
    search = candidates.table("search")
    chosen = search[search["chosen"]].set_index("candidate")
    for name in ("mgbm", "gbm", "hybrid"):
        assert candidates[name].parameters["rounds"] == chosen.loc[name, "best_round"]
        assert candidates[name].booster.num_boosted_rounds() == chosen.loc[name, "best_round"]
    assert candidates.table("ranking_summary")["winner"].sum() == 1


def test_equal_input_gives_equal_bytes_with_any_number_of_workers(
    candidates: Candidates, portfolio: Portfolio, settings: CandidatesSpec, tmp_path: Path
) -> None:
    other = fit_candidates(portfolio, settings, seed=11, workers=1)
    assert _folder(candidates, tmp_path / "a") == _folder(other, tmp_path / "b")


def test_nothing_is_learned_from_the_test_rows(
    candidates: Candidates, settings: CandidatesSpec, tmp_path: Path
) -> None:
    table = data.frame()
    test = data.membership() == "test"
    table.loc[test, ["income", "noise"]] = 1e6
    table.loc[test, "default"] = 1 - table.loc[test, "default"]
    other = fit_candidates(data.portfolio(table), settings, seed=11, workers=2)
    assert _folder(candidates, tmp_path / "a") == _folder(other, tmp_path / "b")


def test_the_constraints_follow_the_rule_of_the_spec(portfolio: Portfolio, settings: CandidatesSpec) -> None:
    changed = _changed(settings, mgbm={"constraints": {"age": 1}}, order=("glm", "mgbm"))
    fitted = fit_candidates(portfolio, changed, seed=11, workers=2)
    assert fitted["mgbm"].monotone in ({"age": 1}, {})
    assert fitted["mgbm"].monotone == ({"age": 1} if "age" in fitted["mgbm"].features else {})
    assert "hybrid_counts" not in fitted.table_names


def test_the_features_follow_the_rule_of_the_spec(portfolio: Portfolio, settings: CandidatesSpec) -> None:
    boosting = settings.boosting.model_dump()
    named = _changed(settings, boosting=boosting | {"selection": ("age", "income")}, order=("glm", "mgbm"))
    assert fit_candidates(portfolio, named, 11, 2)["mgbm"].features == ("age", "income")
    everything = _changed(settings, boosting=boosting | {"selection": "all"}, order=("glm", "mgbm"))
    assert fit_candidates(portfolio, everything, 11, 2)["mgbm"].features == data.INPUTS
    unknown = _changed(settings, boosting=boosting | {"selection": ("shoe size",)}, order=("glm", "mgbm"))
    with pytest.raises(InputError, match="'shoe size' is no input"):
        fit_candidates(portfolio, unknown, 11, 2)


def test_a_refit_on_train_and_valid_is_said_and_changes_the_model(
    candidates: Candidates, portfolio: Portfolio, settings: CandidatesSpec
) -> None:
    boosting = settings.boosting.model_dump() | {"refit": "train_and_valid"}
    refitted = fit_candidates(portfolio, _changed(settings, boosting=boosting, order=("glm", "mgbm")), 11, 2)
    assert refitted["mgbm"].parameters["fitted_on"] == "train_and_valid"
    assert refitted["mgbm"].parameters["rounds"] == candidates["mgbm"].parameters["rounds"]
    rows = portfolio.features("test")
    assert np.abs(refitted["mgbm"].predict(rows) - candidates["mgbm"].predict(rows)).max() > 1e-4


def test_another_order_without_a_glm_works(portfolio: Portfolio, settings: CandidatesSpec) -> None:
    changed = _changed(settings, order=("mgbm", "gbm"), champion="gbm", benchmark="mgbm")
    assert tuple(fit_candidates(portfolio, changed, 11, 2)) == ("mgbm", "gbm")


def test_missing_values_text_and_weights_are_handled(settings: CandidatesSpec) -> None:
    table = data.frame()
    table["income"] = table["income"].where(np.arange(len(table)) % 7 > 0)
    table["housing"] = np.where(table["arrears"] > 1, "rent", "own")
    table["exposure"] = 1.0 + np.arange(len(table)) % 3
    portfolio = data.portfolio(table, ("income", "arrears", "age", "housing"), weight_column="exposure")
    fitted = fit_candidates(portfolio, settings, 11, 2)
    for candidate in fitted.values():
        probability = candidate.predict(portfolio.features("test"))
        assert ((probability > 0) & (probability < 1)).all()
        assert "housing" not in candidate.monotone
    plain = fit_candidates(data.portfolio(table, portfolio.inputs), settings, 11, 2)
    assert fitted["glm"].coefficients is not None and plain["glm"].coefficients is not None
    assert not np.allclose(fitted["glm"].coefficients["coefficient"], plain["glm"].coefficients["coefficient"])


def test_partitions_that_cannot_be_fitted_are_named(settings: CandidatesSpec) -> None:
    with pytest.raises(InputError, match="no partition 'valid'"):
        names = np.where(data.membership() == "test", "test", "train")
        fit_candidates(data.portfolio(membership=names, partitions=("train", "test")), settings, 11, 2)
    table = data.frame()
    table.loc[data.membership() == "valid", "default"] = 0
    with pytest.raises(InputError, match="'valid' holds one class only: 0 defaults"):
        fit_candidates(data.portfolio(table), settings, 11, 2)


def test_the_true_shape_is_found(candidates: Candidates) -> None:
    coefficients = candidates["glm"].coefficients
    assert coefficients is not None
    signs = coefficients.set_index("term")["standardised"]
    assert signs["income"] < -0.1 and signs["arrears"] > 0.5
    ranking: pd.DataFrame = candidates.table("ranking_summary").set_index("model")
    # Risk is U-shaped in age, which a straight line cannot follow.
    assert ranking.loc["gbm", "mean_rank"] < ranking.loc["glm", "mean_rank"]
