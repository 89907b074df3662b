"""Refits for debugging: the champion again, with more columns, fewer rows, planted rows; and its loss taken apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from respml.candidates import probing, retraining
from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.loss_contributions import contribution_error, loss_contributions
from respml.candidates.new_features import candidate_features, numbered_series
from respml.candidates.refits import Refit, design_frame, regularised
from respml.portfolio.portfolio import Portfolio
from respml.spec.report import Decision

DECISION = Decision().model_dump(mode="json")


def test_a_refit_on_the_same_rows_and_seed_is_the_champion(portfolio: Portfolio, candidates: Candidates) -> None:
    champion = candidates["mgbm"]
    train, test = (design_frame(champion, portfolio.features(part)) for part in ("train", "test"))
    again = Refit.of(champion)(train, portfolio.outcome("train"), champion.parameters["seed"])(test)
    np.testing.assert_allclose(again, champion.predict(portfolio.features("test")), atol=1e-6)


def test_a_new_column_is_unconstrained_and_used(portfolio: Portfolio, candidates: Candidates) -> None:
    champion = candidates["mgbm"]
    train, test = (design_frame(champion, portfolio.features(part)) for part in ("train", "test"))
    target = portfolio.outcome("train")
    predict = Refit.of(champion)(train.assign(leak=target.astype(float)), target, 1)
    scores = predict(test.assign(leak=portfolio.outcome("test").astype(float)))
    assert roc_auc_score(portfolio.outcome("test"), scores) > 0.99


def test_the_regularised_champion_is_shallower_and_keeps_its_directions(
    portfolio: Portfolio, candidates: Candidates
) -> None:
    champion = candidates["mgbm"]
    softer = regularised(champion, portfolio, 1)
    old, new = champion.parameters["configuration"], softer.parameters["configuration"]
    assert new["max_depth"] == max(old["max_depth"] // 2, 2) and new["reg_lambda"] > old["reg_lambda"]
    rows = portfolio.features("test").head(200)
    richer = rows.assign(income=rows["income"] * 2)
    assert softer.monotone["income"] == -1 and (softer.predict(richer) <= softer.predict(rows) + 1e-9).all()
    spread = [float(np.ptp(each.predict(rows))) for each in (champion, softer)]
    assert spread[1] <= spread[0] + 0.05


def test_retraining_writes_what_it_says_and_repeats(
    folders: dict[str, Path], portfolio: Portfolio, candidates: Candidates, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        retraining.run(folders, tmp_path / name, 5)
    files = sorted(each.relative_to(tmp_path / "a") for each in (tmp_path / "a").rglob("*") if each.is_file())
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    trials = pd.read_parquet(tmp_path / "a" / "trials.parquet").set_index("trial")
    predictions = pd.read_parquet(tmp_path / "a" / "predictions.parquet")
    assert predictions.columns.tolist() == ["row", *trials.index]
    champion = candidates["mgbm"]
    np.testing.assert_allclose(predictions["base"], champion.predict(portfolio.features("test")), atol=1e-6)
    n = len(portfolio.outcome("train"))
    removed = round(retraining.REMOVED_SHARE * n)
    assert trials.loc["rows_1", "rows"] == n - removed and trials.loc["rows_2", "rows"] < 0.75 * n
    resamples = pd.read_parquet(tmp_path / "a" / "resamples.parquet").drop(columns="row")
    assert resamples.shape[1] == retraining.RESAMPLES and np.ptp(resamples.to_numpy(), axis=1).min() > 0
    for name in retraining.REMEDIES:
        assert Candidate.load(tmp_path / "a" / name).features == champion.features


def test_a_champion_that_cannot_be_refitted_leaves_empty_tables(
    portfolio: Portfolio, candidates: Candidates, tmp_path: Path
) -> None:
    glm = Candidates(dict(candidates), champion="glm", benchmark="mgbm", order=candidates.order)
    portfolio.write(tmp_path / "portfolio")
    glm.write(tmp_path / "candidates")
    inputs = {name: tmp_path / name for name in ("portfolio", "candidates")}
    (tmp_path / "out").mkdir()
    retraining.run(inputs, tmp_path / "out", 1)
    probing.run(inputs, tmp_path / "out", 1, DECISION)
    for name in ("trials", "remedies", "poisoning", "membership"):
        assert pd.read_parquet(tmp_path / "out" / f"{name}.parquet").empty
    assert pd.read_parquet(tmp_path / "out" / "resamples.parquet").columns.tolist() == ["row"]


def test_probing_plants_doors_and_scores_rows_by_models_that_did_not_see_them(
    folders: dict[str, Path], portfolio: Portfolio, candidates: Candidates, tmp_path: Path
) -> None:
    probing.run(folders, tmp_path, 5, DECISION)
    poison = pd.read_parquet(tmp_path / "poisoning.parquet")
    for _, rows in poison.groupby("trigger"):
        assert rows["poisoned"].iloc[0] == 0 and rows["estimate"].iloc[-1] > rows["estimate"].iloc[0]
    reference = pd.read_parquet(tmp_path / "membership.parquet")
    assert reference["partition"].value_counts().to_dict() == {
        part: len(portfolio.outcome(part)) for part in ("train", "test")
    }
    train = reference[reference["partition"] == "train"]["probability"]
    own = candidates["mgbm"].predict(portfolio.features("train"))
    # The champion has seen its training rows, the reference has not.
    assert log_loss(portfolio.outcome("train"), own) < log_loss(portfolio.outcome("train"), train)


def test_series_and_ratios_are_found_by_name_and_unit() -> None:
    columns = ["LIMIT", "PAY_0", "PAY_2", "PAY_3", "BILL1", "BILL2", "BILL3", "share_1", "months"]
    assert numbered_series(columns) == {"PAY": ("PAY_0", "PAY_2", "PAY_3"), "BILL": ("BILL1", "BILL2", "BILL3")}
    units = {"LIMIT": "EUR", "BILL1": "EUR", "BILL2": "EUR", "BILL3": "EUR", "months": "months"}
    found = candidate_features(columns, {name: units.get(name, "") for name in columns}, most=9)
    assert [each.kind for each in found] == ["deviation", "deviation", "ratio"]
    rows = pd.DataFrame({"LIMIT": [10.0, 0.0], "BILL1": [1.0, 1.0], "BILL2": [2.0, 2.0], "BILL3": [6.0, np.nan]})
    # Standard deviation of 1, 2, 6 with n − 1: sqrt(7); mean over limit: 3 / 10; a zero limit gives nothing.
    np.testing.assert_allclose(found[1].values(rows), [7**0.5, np.nan])
    np.testing.assert_allclose(found[2].values(rows), [0.3, np.nan])


@pytest.mark.parametrize("name", ["mgbm", "glm"])
def test_loss_contributions_add_up_by_feature(portfolio: Portfolio, candidates: Candidates, name: str) -> None:
    rows, outcome = portfolio.features("test").head(300), portfolio.outcome("test")[:300]
    background = portfolio.features("train").head(50)
    found = loss_contributions(candidates[name], rows, outcome, background)
    assert found is not None and list(found.loss.columns) == list(candidates[name].features)
    chance = candidates[name].predict(rows)
    losses = -np.log(np.where(outcome == 1, chance, 1 - chance))
    np.testing.assert_allclose(found.base + found.loss.sum(axis=1), losses, atol=1e-5)
    error = contribution_error(candidates[name], rows, outcome, background, sample=100, seed=1)
    assert np.isnan(error) if name == "glm" else 0 < error < 0.5


def test_a_candidate_without_readable_parts_has_no_loss_contributions(
    portfolio: Portfolio, candidates: Candidates
) -> None:
    class Closed:
        family = "closed"

    closed = replace(candidates["mgbm"], scorer=Closed())  # type: ignore[arg-type]
    rows = portfolio.features("test").head(5)
    assert loss_contributions(closed, rows, portfolio.outcome("test")[:5], rows) is None
