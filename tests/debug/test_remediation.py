"""Actions are tried where they can be, judged on one holdout, and their verdicts follow from the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from respml.debug.attacks.poisoning import backdoor_scan
from respml.debug.remediation import (
    Action,
    Holdout,
    inject_missing,
    try_actions,
    with_assertion,
    with_blending,
    with_imputation,
    with_missing_injected,
    with_valid_inputs,
)
from respml.debug.rules import Condition, Rule
from respml.errors import InputError
from tests.debug.portfolios import calibrated

FRAME, OUTCOME, CHANCE = calibrated(2000, 1)
NAMES = ["x", "y", "z"]


def honest(frame):
    return expit(-1.2 + frame["x"].fillna(0.0) + 0.5 * frame["y"].fillna(0.0)).to_numpy()


def holed(frame):
    return np.where(frame["z"].isna(), 0.01, honest(frame))


def hole(predict) -> float:
    table = backdoor_scan(predict, FRAME[NAMES], ["z"], cutoff=0.3, beyond=0.3)
    return float(table.loc[table["probe"] == "missing", "estimate"].iloc[0])


def test_every_finding_gets_a_line_and_the_right_verdict() -> None:
    sex = np.random.default_rng(1).random(2000) < 0.5
    holdout = Holdout(FRAME[NAMES], OUTCOME, 0.3, protected=sex, reference=~sex)
    constant = lambda frame: np.full(len(frame), 0.9)  # noqa: E731
    actions = [
        Action("impute", "use the median", ("RML-A",), changed=with_imputation(holed, FRAME, NAMES)),
        Action("nothing", "keep the model", ("RML-A",), changed=holed),
        Action("decline", "decline everyone", ("RML-A",), changed=constant),
        Action("collect", "collect data", ("RML-A", "RML-W"), reason="needs new data"),
    ]
    table = try_actions(
        {"RML-A01": hole, "RML-W01": None, "RML-Z01": None},
        actions,
        holed,
        holdout,
        least_reduction=0.5,
        auc_tolerance=0.005,
    ).set_index(["finding", "action"])
    assert table.loc[("RML-A01", "impute"), "status"] == "tried, helps"
    assert table.loc[("RML-A01", "impute"), ["size_before", "size_after"]].tolist() == [1.0, 0.0]
    assert table.loc[("RML-A01", "nothing"), "why"] == "the finding stays"
    assert table.loc[("RML-A01", "decline"), "why"] == "AUC falls beyond the tolerance"
    assert table.loc[("RML-A01", "collect"), ["status", "why"]].tolist() == ["not tried", "needs new data"]
    assert table.loc[("RML-W01", "collect"), "status"] == "not tried"
    assert table.loc[("RML-Z01", ""), "why"].startswith("no action")
    approved = CHANCE <= 0.3
    air = approved[sex].mean() / approved[~sex].mean()
    assert table.loc[("RML-A01", "nothing"), "air_before"] == pytest.approx(air)


def test_an_action_is_either_tried_or_explained() -> None:
    with pytest.raises(InputError):
        Action("a", "b", ("RML",))
    with pytest.raises(InputError):
        Action("a", "b", ("RML",), changed=honest, reason="why")


def test_injected_rows_miss_one_input_each_and_keep_their_outcome() -> None:
    rows, target = inject_missing(FRAME, OUTCOME, NAMES, share=0.2, seed=1)
    copies = rows.iloc[2000:]
    assert len(copies) == 400 and (copies[NAMES].isna().sum(axis=1) == 1).all()
    assert not rows.iloc[:2000][NAMES].isna().any().any() and (target[:2000] == OUTCOME).all()
    seen = []

    def fit(frame, outcome, seed):
        seen.append((len(frame), frame["x"].isna().mean()))
        return honest

    assert with_missing_injected(fit, FRAME, OUTCOME, NAMES, share=0.2, seed=1) is honest
    assert seen[0][0] == 2400 and seen[0][1] > 0


def test_wrappers_change_only_what_they_say() -> None:
    odd = FRAME[NAMES].copy()
    odd.loc[0, "z"] = np.nan
    odd.loc[1, "x"] = 99.0
    base = honest(FRAME)
    guarded = with_valid_inputs(honest, FRAME, NAMES, 0.99)(odd)
    assert guarded[:2].tolist() == [0.99, 0.99]
    np.testing.assert_array_equal(guarded[2:], base[2:])
    repaired = with_imputation(holed, FRAME, NAMES)(odd)
    assert repaired[0] == pytest.approx(base[0])
    assert repaired[1] == pytest.approx(honest(FRAME.assign(x=FRAME["x"].max()))[1])
    rule = Rule((Condition("x", lower=1.0),))
    asserted = with_assertion(honest, rule, 0.5)(FRAME)
    assert (asserted[FRAME["x"] > 1] == 0.5).all()
    np.testing.assert_array_equal(asserted[FRAME["x"] <= 1], base[FRAME["x"] <= 1])
    mixed = with_blending(honest, lambda frame: np.zeros(len(frame)), low=0.2, high=0.4, share=0.5)(FRAME)
    np.testing.assert_allclose(mixed, np.where((base > 0.2) & (base < 0.4), base / 2, base))
