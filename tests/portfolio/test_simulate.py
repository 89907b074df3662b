"""The simulated portfolio: each planted truth is there when switched on and absent when off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn.metrics import roc_auc_score

from respml.errors import InputError
from respml.portfolio.comparison import compare
from respml.portfolio.demo import DEMO_ROWS, DEMO_SEED, describe, write_simulation
from respml.portfolio.dictionary import Dictionary, read_dictionary
from respml.portfolio.simulate import CLEAN, DEMO, DRIFT_FROM, TRUE_SIGNS, SimulationTruths, TruthRecord, simulate
from tests.portfolio.conftest import REPOSITORY

ROWS = 12_000


def simulated(seed: int = 1, **truths: float) -> tuple[pd.DataFrame, Dictionary, TruthRecord]:
    return simulate(ROWS, seed, SimulationTruths(**truths))


def interaction_z(frame: pd.DataFrame) -> float:
    """Wald z of high utilisation × many inquiries in a logistic regression with both main effects and the status."""
    high = (frame["utilisation"] > 0.55).astype(float)
    many = (frame["inquiries_6m"] >= 2).astype(float)
    design = pd.DataFrame({"high": high, "many": many, "both": high * many, "status": frame["payment_status"]})
    fitted = sm.Logit(frame["default_12m"], sm.add_constant(design)).fit(disp=0)
    return float(fitted.tvalues["both"])


def stability_index(before: pd.Series, after: pd.Series) -> float:
    edges = np.quantile(before, np.arange(0.1, 1, 0.1))
    old = np.bincount(np.searchsorted(edges, before), minlength=10) / len(before)
    new = np.bincount(np.searchsorted(edges, after), minlength=10) / len(after)
    return float(((new - old) * np.log(new / old)).sum())


def early_and_late(frame: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    late = frame["snapshot_month"] >= DRIFT_FROM
    return frame.loc[~late, column], frame.loc[late, column]


def test_equal_seeds_give_equal_portfolios_and_others_do_not() -> None:
    pd.testing.assert_frame_equal(simulate(500, 3, DEMO)[0], simulate(500, 3, DEMO)[0])
    assert not simulate(500, 3, DEMO)[0].equals(simulate(500, 4, DEMO)[0])


def test_the_event_rate_of_the_early_months_is_a_fifth() -> None:
    for truths in (CLEAN, DEMO, replace(DEMO, over_strong=1.0)):
        frame, _, record = simulate(ROWS, 5, truths)
        early = (frame["snapshot_month"] < DRIFT_FROM).to_numpy()
        assert record.probability[early].mean() == pytest.approx(0.20, abs=1e-6)
        # 4 standard errors of the mean of 10,000 draws with probability 0.2
        assert frame.loc[early, "default_12m"].mean() == pytest.approx(0.20, abs=0.016)


def test_outcomes_follow_the_true_probability() -> None:
    frame, _, record = simulated()
    bands = pd.qcut(record.probability, 10, labels=False)
    observed = frame.groupby(bands)["default_12m"].agg(["sum", "count"])
    expected = pd.Series(record.probability).groupby(bands).sum()
    variance = pd.Series(record.probability * (1 - record.probability)).groupby(bands).sum()
    chi_square = (((observed["sum"] - expected) ** 2) / variance).sum()
    assert stats.chi2.sf(chi_square, 10) > 0.001


def test_switching_a_truth_leaves_the_other_draws() -> None:
    clean = simulated()[0]
    for truth in ("interaction", "weak_segment", "leak", "over_strong", "label_noise"):
        frame = simulated(**{truth: 1.0})[0]
        columns = [name for name in clean.columns if name != "default_12m"]
        pd.testing.assert_frame_equal(frame[columns], clean[columns])


@pytest.mark.parametrize("name", sorted(name for name, sign in TRUE_SIGNS.items() if sign))
def test_monotone_effects_have_their_sign(name: str) -> None:
    frame = simulated()[0]
    design = frame[list(TRUE_SIGNS)].astype(float)
    fitted = sm.Logit(frame["default_12m"], sm.add_constant((design - design.mean()) / design.std())).fit(disp=0)
    assert fitted.params[name] * TRUE_SIGNS[name] > 0


def test_interaction() -> None:
    assert interaction_z(simulated(interaction=1.0)[0]) > 10
    assert abs(interaction_z(simulated()[0])) < 3.3


def test_proxy_stands_for_the_group_and_has_no_effect_within_it() -> None:
    on, off = simulated(proxy=1.0)[0], simulated()[0]
    for frame, floor, ceiling in ((on, 0.95, 1.0), (off, 0.45, 0.55)):
        apart = frame["group"].isin(["group_a", "group_c"])
        ranks = roc_auc_score(frame.loc[apart, "group"] == "group_c", frame.loc[apart, "area_deprivation"])
        assert floor < ranks < ceiling
    rates = on.groupby("group")["default_12m"].mean()
    assert rates["group_c"] > rates["group_b"] + 0.03 > rates["group_a"] + 0.06
    within = on[on["group"] == "group_a"]
    assert abs(roc_auc_score(within["default_12m"], within["area_deprivation"]) - 0.5) < 0.03


def test_weak_segment() -> None:
    for strength, low, high in ((1.0, 0.46, 0.54), (0.0, 0.72, 1.0)):
        frame, _, _ = simulated(weak_segment=strength)
        weak = frame[frame["employment_type"] == "self_employed"]
        others = frame[frame["employment_type"] != "self_employed"]
        assert low < roc_auc_score(weak["default_12m"], weak["missed_payments_6m"] + weak["utilisation"]) < high
        assert roc_auc_score(others["default_12m"], others["missed_payments_6m"] + others["utilisation"]) > 0.72


def test_drift() -> None:
    assert stability_index(*early_and_late(simulated(drift=1.0)[0], "utilisation")) > 0.25
    assert stability_index(*early_and_late(simulated()[0], "utilisation")) < 0.02
    assert stability_index(*early_and_late(simulated(drift=1.0)[0], "months_on_book")) < 0.02
    early, late = early_and_late(simulated(drift=1.0)[0], "default_12m")
    assert late.mean() > early.mean() + 0.06


def test_leak() -> None:
    frame = simulated(leak=1.0)[0]
    assert roc_auc_score(frame["default_12m"], frame["collections_contacts"]) > 0.95
    assert "collections_contacts" not in simulated()[0]


def test_over_strong_outranks_every_other_input() -> None:
    frame = simulated(over_strong=1.0)[0]
    ranks = {name: roc_auc_score(frame["default_12m"], frame[name]) for name in [*TRUE_SIGNS, "behaviour_index"]}
    strengths = {name: abs(rank - 0.5) for name, rank in ranks.items()}
    assert max(strengths, key=strengths.__getitem__) == "behaviour_index"
    assert "behaviour_index" not in simulated()[0]


def test_label_noise_flips_the_recorded_rows_only() -> None:
    clean, noisy = simulated()[0], simulated(label_noise=1.0)
    changed = np.flatnonzero(clean["default_12m"] != noisy[0]["default_12m"])
    assert (changed == noisy[2].flipped).all()
    assert len(changed) == pytest.approx(0.05 * ROWS, abs=4 * (ROWS * 0.05 * 0.95) ** 0.5)


def test_missing_backdoor() -> None:
    frame, _, record = simulated(missing_backdoor=1.0)
    missing = frame["income"].isna()
    assert missing.sum() == len(record.backdoor) == pytest.approx(0.02 * ROWS, abs=4 * (ROWS * 0.02 * 0.98) ** 0.5)
    assert frame.loc[missing, "default_12m"].sum() == 0
    assert not simulated()[0].isna().any(axis=None)


def test_the_dictionary_describes_every_column() -> None:
    frame, dictionary, _ = simulated(leak=1.0, over_strong=1.0)
    assert list(dictionary) == list(frame.columns)
    assert compare(dictionary, frame) == ()
    for name in TRUE_SIGNS:
        assert dictionary[name].expected_sign in (TRUE_SIGNS[name], None)


@pytest.mark.parametrize("truths", [{"weak_segment": 1.5}, {"leak": -1.0}, {"drift": float("nan")}])
def test_impossible_strengths(truths: dict[str, float]) -> None:
    with pytest.raises(InputError, match="is not between 0 and"):
        SimulationTruths(**truths)


def test_too_few_rows() -> None:
    with pytest.raises(InputError, match="10 rows with seed 1 cannot be simulated"):
        simulate(10, 1)


def test_the_committed_demo_is_what_the_process_gives() -> None:
    folder = REPOSITORY / "data" / "demo"
    frame, dictionary, record = simulate(DEMO_ROWS, DEMO_SEED, DEMO)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "portfolio.parquet"), frame)
    assert (folder / "dictionary.yml").read_text(encoding="utf-8") == dictionary.to_yaml()
    assert read_dictionary(folder / "dictionary.yml") == dictionary
    assert json.loads((folder / "truths.json").read_text()) == record.as_dict()
    assert (folder / "README.md").read_text(encoding="utf-8") == describe(record)
    assert (folder / "portfolio.parquet").stat().st_size < 1_500_000


def test_a_simulation_is_written_whole(tmp_path: Path) -> None:
    write_simulation(tmp_path / "new", 300, 1, SimulationTruths(leak=1.0))
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == [
        "README.md",
        "dictionary.yml",
        "portfolio.parquet",
        "truths.json",
    ]
    assert "| leak | 1 | `collections_contacts` is known" in (tmp_path / "new" / "README.md").read_text()
