"""What the room is given is looked at: nothing impossible is passed over in silence, and an error names the cure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from respml import debug
from respml.errors import InputError

N = 400
GENERATOR = np.random.default_rng(3)
FRAME = pd.DataFrame({"a": GENERATOR.normal(size=N), "b": GENERATOR.integers(0, 4, N).astype(float)})
PROBABILITY = 1 / (1 + np.exp(1 - FRAME["a"].to_numpy()))
OUTCOME = (GENERATOR.random(N) < PROBABILITY).astype(int)
COLUMNS = ["a", "b"]


def predict(frame: pd.DataFrame) -> np.ndarray:
    return 1 / (1 + np.exp(1 - np.nan_to_num(frame["a"].to_numpy(dtype=float))))


def weak_spots(frame, probability, outcome=OUTCOME):
    return debug.find_weak_spots(frame, outcome, probability, COLUMNS, seed=1, bins=4, smallest_slice=20, candidates=3)


JUDGED = {
    "weak spots": lambda p: weak_spots(FRAME, p),
    "regions": lambda p: debug.overfit_regions(
        FRAME, OUTCOME, p, FRAME, OUTCOME, p, COLUMNS, bins=4, smallest_slice=20, pairs=False
    ),
    "map": lambda p: debug.heatmap_frame(FRAME, OUTCOME, p, "a", "b", bins=4, smallest_slice=5),
    "residuals": lambda p: debug.residual_frame(OUTCOME, p),
    "sets": lambda p: debug.conformal_reliability(
        OUTCOME, PROBABILITY, OUTCOME, p, None, coverage=0.9, smallest_segment=5
    ),
    "benchmark": lambda p: debug.benchmark_disagreement(
        OUTCOME, p, PROBABILITY, champion_cutoff=0.5, benchmark_cutoff=0.5
    ),
    "drift": lambda p: debug.drift_table(
        {"train": FRAME, "test": FRAME}, {"train": PROBABILITY, "test": p}, "train", COLUMNS, bins=5
    ),
}


@pytest.mark.parametrize("name", JUDGED)
@pytest.mark.parametrize("odd", [np.nan, 1.5, -0.2])
def test_one_impossible_probability_is_refused_not_passed_over(name, odd):
    JUDGED[name](PROBABILITY)
    spoilt = PROBABILITY.copy()
    spoilt[7] = odd
    with pytest.raises(InputError, match="probability holds 1"):
        JUDGED[name](spoilt)


ASKED = {
    "dependence": lambda frame: debug.dependence_with_residuals(predict, frame, OUTCOME, COLUMNS),
    "grid": lambda frame: debug.grid_search(predict, frame, 0, COLUMNS, points=3),
    "random": lambda frame: debug.random_attack(
        predict, frame, COLUMNS, rows=500, beyond=0.3, missing_share=0.1, cutoff=0.5, seed=1
    ),
    "copies": lambda frame: debug.extraction_attack(
        predict, frame, frame, COLUMNS, queries=[50], tree_depth=2, cutoff=0.5, seed=1
    ),
    "tree": lambda frame: debug.error_tree_spots(
        frame, OUTCOME, PROBABILITY, COLUMNS, depth=2, smallest_leaf=20, seed=1
    ),
    "samples": lambda frame: debug.resilience_samples(
        frame, OUTCOME, PROBABILITY, COLUMNS, share=0.2, clusters=3, depth=2, smallest_leaf=20, seed=1
    ),
    "stress": lambda frame: debug.stress_test(
        predict, frame, OUTCOME, [debug.adverse(frame, {"a": 1, "b": 1})], cutoff=0.5, seed=1, repeats=1
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_infinite_and_text_columns_are_named(name):
    ASKED[name](FRAME)
    infinite, text = FRAME.copy(), FRAME.assign(b="x")
    infinite.loc[3, "b"] = np.inf
    with pytest.raises(InputError, match="infinite values: b"):
        ASKED[name](infinite)
    with pytest.raises(InputError, match="not numeric: b"):
        ASKED[name](text)


def test_a_column_without_any_value_is_named_where_a_range_is_needed():
    empty = FRAME.assign(b=np.nan)
    for name in ("grid", "random", "copies"):
        with pytest.raises(InputError, match="no value: b"):
            ASKED[name](empty)
    for name in ("tree", "samples"):
        ASKED[name](empty)


def test_absent_columns_are_named():
    for call in (
        ASKED["dependence"],
        lambda frame: debug.missing_value_scan(frame, OUTCOME, COLUMNS),
        lambda frame: debug.drift_table(
            {"train": FRAME, "test": frame}, {"train": PROBABILITY, "test": PROBABILITY}, "train", COLUMNS, bins=5
        ),
    ):
        with pytest.raises(InputError, match="lacks columns: b"):
            call(FRAME[["a"]])


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_too_few_rows_find_nothing_or_are_refused(rows):
    few = slice(0, rows)
    found = weak_spots(FRAME.iloc[few], PROBABILITY[few], OUTCOME[few])
    assert found.confirmed(0.05, {"loss": 0.05}).empty and "q_value" in found.candidates
    with pytest.raises(InputError, match="at least 12"):
        debug.resilience_samples(
            FRAME.iloc[few],
            OUTCOME[few],
            PROBABILITY[few],
            COLUMNS,
            share=0.2,
            clusters=3,
            depth=2,
            smallest_leaf=1,
            seed=1,
        )


def test_no_rows_and_no_columns_are_refused():
    none = FRAME.iloc[:0]
    with pytest.raises(InputError, match="at least 1"):
        debug.robustness(predict, none, [], COLUMNS, sizes=[0.1], repeats=1, cutoff=0.5, seed=1)
    with pytest.raises(InputError, match="at least 1"):
        debug.what_if(predict, none, [{"a": 0.0}])
    with pytest.raises(InputError, match="No row"):
        debug.prototypes([], [], cutoff=0.5, near_cutoff=1, percentiles=[90], residual_percentiles=[80])
    with pytest.raises(InputError, match="two rows"):
        debug.overfit_summary([1], [0.5], [0, 1], [0.5, 0.5])
    with pytest.raises(InputError, match="No column"):
        debug.find_weak_spots(FRAME, OUTCOME, PROBABILITY, [], seed=1, bins=4, smallest_slice=20, candidates=3)


def test_a_model_that_answers_with_scores_beyond_one_is_refused():
    with pytest.raises(InputError, match="one probability a row, 0 to 1"):
        debug.grid_search(lambda frame: 600 + predict(frame), FRAME, 0, COLUMNS, points=3)


def test_poison_says_what_is_wrong():
    def fit(frame, outcome, seed):
        return predict

    common = {"cutoff": 0.5, "noticeable_shift": 0.05, "seed": 1}
    with pytest.raises(InputError, match="lacks columns: z"):
        debug.poisoning_probe(fit, FRAME, OUTCOME, FRAME, OUTCOME, trigger={"z": 1.0}, counts=[1], **common)
    with pytest.raises(InputError, match=f"9999 defaults .* hold {OUTCOME.sum()}"):
        debug.poisoning_probe(fit, FRAME, OUTCOME, FRAME, OUTCOME, trigger={"b": 9.0}, counts=[9999], **common)


def test_a_scenario_says_that_values_are_cut_to_the_range():
    assert "cut to the range seen" in debug.adverse(FRAME, {"a": 1}).text


def test_at_scoring_an_infinite_value_is_out_of_range_not_an_error():
    checked = debug.with_valid_inputs(predict, FRAME, COLUMNS, 1.0)
    repaired = debug.with_imputation(predict, FRAME, COLUMNS)
    odd = FRAME.iloc[:2].assign(b=[np.inf, 1.0])
    assert checked(odd)[0] == 1.0 and checked(odd)[1] < 1.0
    assert np.isfinite(repaired(odd)).all()
