"""Residuals are those of the textbook and of the published rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, log_loss

from respml.debug.benchmark import (
    agreement_counts,
    benchmark_disagreement,
    blended,
    blending_trial,
    disagreement_profile,
)
from respml.debug.residuals import (
    deviance_residual,
    extreme_rows,
    facet_scatter,
    facet_summary,
    residual_frame,
    scatter_frame,
    spread_sample,
)
from respml.debug.segments import guarded_segments, segment_errors, segment_table
from respml.errors import InputError


def test_deviance_residuals_of_published_rows() -> None:
    # Reference notebook resid_sens_analysis: rows 2561, 3016 (defaults) and 5916 (none).
    residual = deviance_residual([1, 1, 0], [0.045837, 0.050230, 0.886468])
    np.testing.assert_allclose(residual, [2.483007, 2.445869, -2.085985], atol=1e-5)


def test_log_loss_residuals_agree_with_sklearn_and_published_row() -> None:
    generator = np.random.default_rng(0)
    outcome, probability = generator.integers(0, 2, 50), generator.random(50)
    frame = residual_frame(outcome, probability)
    assert frame["log_loss"].mean() == pytest.approx(log_loss(outcome, probability))
    np.testing.assert_allclose(frame["deviance"] ** 2 / 2, frame["log_loss"])
    assert residual_frame([1], [0.008015])["log_loss"].iloc[0] == pytest.approx(4.826454, abs=1e-4)


def test_extreme_rows_take_both_ends_of_both_classes() -> None:
    probability = np.array([0.1, 0.9, 0.5, 0.2, 0.8, 0.4])
    residuals = residual_frame([1, 1, 1, 0, 0, 0], probability, identifier=list("abcdef"))
    table = extreme_rows(residuals, pd.DataFrame({"x": range(6)}), rows=1, columns=["x"])
    assert table[["end", "outcome", "identifier", "x"]].to_numpy().tolist() == [
        ["highest", 1, "a", 0],
        ["lowest", 1, "b", 1],
        ["highest", 0, "e", 4],
        ["lowest", 0, "d", 3],
    ]


def test_a_thinned_scatter_keeps_the_extremes_and_repeats() -> None:
    values = np.random.default_rng(1).normal(size=5000)
    chosen = spread_sample(values, 500, seed=3)
    assert chosen.size == 500 and np.unique(chosen).size == 500
    assert set(np.argsort(values)[:50]) | set(np.argsort(values)[-50:]) <= set(chosen)
    np.testing.assert_array_equal(chosen, spread_sample(values, 500, seed=3))
    with pytest.raises(InputError):
        spread_sample(values, 60, seed=3)


def test_facets_are_group_means() -> None:
    residuals = residual_frame([1, 0, 0, 1], [0.5, 0.5, 0.2, 0.2])
    table = facet_summary(residuals, ["u", "u", "v", None])
    first = table[(table["level"] == "u") & (table["outcome"] == 1)]
    assert first["estimate"].iloc[0] == pytest.approx(np.log(2)) and np.isnan(first["lower"].iloc[0])
    assert table["n"].sum() == 4 and table["level"].isna().sum() == 1
    assert len(facet_scatter(residuals, list("uuvv"), points=10, seed=1)) == len(
        scatter_frame(residuals, points=9, seed=1)
    )


def test_segment_errors_agree_with_sklearn_and_leave_undefined_undefined() -> None:
    generator = np.random.default_rng(2)
    outcome, probability = generator.integers(0, 2, 400), generator.random(400)
    level = generator.choice([1.0, 2.0, np.nan], 400)
    table = segment_table(outcome, probability, level, 0.4, smallest_level=150)
    assert table["level"].tolist() == ["all", 1.0, 2.0, "missing"]
    chosen = level == 2.0
    tn, fp, fn, tp = confusion_matrix(outcome[chosen], probability[chosen] > 0.4).ravel()
    line = table.iloc[2]
    assert line[["tn", "fp", "fn", "tp"]].tolist() == [tn, fp, fn, tp]
    assert line["false omissions rate"] == pytest.approx(fn / (fn + tn))
    everyone_declined = segment_errors([0, 1], [0.9, 0.9], ["u", "u"], 0.5, smallest_level=30)
    omission = everyone_declined[everyone_declined["metric"] == "false omissions rate"]
    assert omission["estimate"].isna().all() and everyone_declined["small"].all()


def test_a_level_with_a_cell_of_few_people_keeps_the_number_of_its_rows_only() -> None:
    # a: twelve in every cell. b: nobody defaulted and was declined. c: three such people. d: four rows in all.
    cells = {"a": (12, 12, 12, 12), "b": (0, 10, 11, 12), "c": (3, 12, 12, 12), "d": (1, 1, 1, 1)}
    rows = [
        (level, defaulted, declined)
        for level, counts in cells.items()
        for count, (defaulted, declined) in zip(counts, ((1, 0.9), (0, 0.9), (1, 0.1), (0, 0.1)), strict=True)
        for _ in range(count)
    ]
    level, outcome, probability = (list(each) for each in zip(*rows, strict=True))
    table = segment_table(outcome, probability, level, 0.5, smallest_level=30)
    guarded = guarded_segments(table, 10).set_index("level")
    assert guarded["note"].to_dict() == {
        "all": "", "a": "", "b": "", "c": "a count below 10", "d": "too few rows",
    }  # fmt: skip
    assert guarded["n"].tolist() == table["n"].tolist()
    numbers = guarded.drop(columns=["n", "small", "note"])
    assert numbers.loc[["c", "d"]].isna().all(axis=None)
    kept = table.set_index("level").loc[["all", "a", "b"], numbers.columns].astype(float)
    pd.testing.assert_frame_equal(numbers.loc[["all", "a", "b"]], kept)
    # Nothing to hide but the small level.
    assert guarded_segments(table, 1)["note"].tolist() == ["", "", "", "", "too few rows"]


def test_rows_only_the_benchmark_gets_right() -> None:
    # Row 0: both right. Row 1: benchmark alone. Row 2: champion alone. Row 3: neither.
    outcome, champion, benchmark = [0, 0, 1, 1], [0.1, 0.6, 0.7, 0.2], [0.1, 0.3, 0.2, 0.1]
    cutoffs = {"champion_cutoff": 0.5, "benchmark_cutoff": 0.4}
    rows = benchmark_disagreement(outcome, champion, benchmark, identifier=list("wxyz"), **cutoffs)
    assert rows["identifier"].tolist() == ["x"]
    assert agreement_counts(outcome, champion, benchmark, **cutoffs)["n"].tolist() == [1, 1, 1, 1]
    profile = disagreement_profile(rows, pd.DataFrame({"v": [0.0, 4.0, 0.0, 0.0]}), ["v"])
    assert profile.loc[0, "mean_rows"] == 4.0 and profile.loc[0, "mean_all"] == 1.0


def test_blending_moves_only_scores_inside_the_range() -> None:
    np.testing.assert_allclose(blended([0.1, 0.3, 0.9], [0.5, 0.5, 0.5], low=0.2, high=0.6, share=0.5), [0.1, 0.4, 0.9])


def test_blending_helps_a_bad_champion_and_not_a_good_one() -> None:
    generator = np.random.default_rng(4)
    truth = generator.uniform(0.05, 0.6, 6000)
    outcome = (generator.random(6000) < truth).astype(int)
    noisy = np.clip(truth + generator.normal(0, 0.25, 6000), 0.02, 0.98)
    arguments = {"champion_cutoff": 0.3, "benchmark_cutoff": 0.3, "shares": [0.0, 0.5, 1.0], "seed": 1}
    bad = blending_trial(outcome, noisy, truth, **arguments).set_index(["half", "model"]).loc[("held_out", "blend")]
    assert bad["upper"] < 0 and bad["share"] == 1.0
    good = blending_trial(outcome, truth, noisy, **arguments).set_index(["half", "model"]).loc[("held_out", "blend")]
    assert good["share"] == 0.0 and good["change_log_loss"] == 0.0


def test_where_the_benchmark_alone_is_never_right_there_is_nothing_to_blend() -> None:
    outcome = np.tile([0, 1], 20)
    champion, benchmark = np.where(outcome == 1, 0.9, 0.1), np.full(40, 0.1)
    arguments = {"champion_cutoff": 0.5, "benchmark_cutoff": 0.5, "shares": [0.5], "seed": 1}
    assert blending_trial(outcome, champion, benchmark, **arguments).empty
    assert len(blending_trial(outcome, benchmark, champion, **arguments)) == 4
