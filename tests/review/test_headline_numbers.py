"""The champions' numbers that readers ask for first: always there, each side of its own champion."""

from __future__ import annotations

from respml.review.changes_sections import STATE_WORDS
from respml.review.headline_numbers import headline_frame, headline_numbers, importance
from tests.review.runs import metric, run


def side(version, champion="mgbm", auc=0.80, value=1000.0, who="women"):
    numbers = [
        metric(f"comparison.auc.{champion}", auc, (auc - 0.02, auc + 0.02)),
        metric(f"comparison.log_loss.{champion}", 0.4, (0.39, 0.41), format="ratio4"),
        metric(f"fairness.lowest.air.{champion}", 0.9, (0.85, 0.95)),
        metric(f"fairness.lowest.who.{champion}", who),
        metric(f"comparison.value.{champion}", value, format="money0"),
    ]
    return run(version, metrics=tuple(numbers), champion=champion)


def rows(old, new):
    return headline_frame(headline_numbers(old, new), STATE_WORDS).to_numpy().tolist()


def test_numbers_within_their_interval_and_unchanged_ones_are_there_too():
    assert rows(side("1.0.0"), side("1.1.0", auc=0.81, value=900.0)) == [
        ["AUC", "0.800 (0.780 to 0.820)", "0.810 (0.790 to 0.830)", "+0.010", "within its interval"],
        ["Log loss", "0.4000 (0.3900 to 0.4100)", "0.4000 (0.3900 to 0.4100)", "", "the same"],
        ["Lowest AIR", "0.900 (0.850 to 0.950), women", "0.900 (0.850 to 0.950), women", "", "the same"],
        ["Value", "1,000", "900", "−100", "◆ moved, no interval"],
    ]


def test_each_side_is_of_its_own_champion_and_names_its_own_group():
    found = rows(side("1.0.0"), side("1.1.0", champion="gbm", auc=0.9, who="men"))
    assert found[0][1:] == ["0.800 (0.780 to 0.820)", "0.900 (0.880 to 0.920)", "+0.100", "▲ beyond its interval"]
    assert found[2][1:3] == ["0.900 (0.850 to 0.950), women", "0.900 (0.850 to 0.950), men"]


def test_what_neither_version_has_is_left_out_and_what_one_has_is_told():
    assert rows(run(), run("1.1.0")) == []
    (row,) = rows(run(), run("1.1.0", metrics=(metric("performance.auc.mgbm", 0.8),)))
    assert row == ["AUC", "absent", "0.800", "", "new"]


def test_the_decision_sheets_numbers_come_first():
    assert importance("comparison.auc.mgbm", "mgbm") < importance("performance.ks.mgbm", "mgbm")
    assert importance("comparison.auc.glm", "mgbm") == importance("data.rows", "mgbm")
