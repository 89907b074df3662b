from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from respml.candidates.boosting import Configuration, Rows, fit_rounds
from respml.candidates.candidate import Candidate
from respml.candidates.encoding import learn_encoding
from respml.candidates.hybrid import monotone_curves


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame({name: random.uniform(-1, 1, 4000) for name in ("rising", "falling", "hump", "idle")})


@pytest.fixture(scope="module")
def candidate(rows: pd.DataFrame) -> Candidate:
    """A free model of a known log-odds: 2 · rising − 2 · falling − 3 · hump², fitted where noise is small."""
    margin = 2 * rows["rising"] - 2 * rows["falling"] - 3 * rows["hump"] ** 2
    outcome = (np.random.default_rng(4).uniform(size=len(rows)) < 1 / (1 + np.exp(-margin))).to_numpy(np.int8)
    encoding = learn_encoding(rows, list(rows.columns), fill_missing=False)
    configuration = Configuration(2, 0.1, 1.0, 1.0, 50.0, 5.0, 32)
    scorer = fit_rounds(Rows.of(encoding.matrix(rows), outcome), configuration, [0] * 4, 1, 60)
    return Candidate("gbm", "GBM", encoding, scorer)


def test_counts_the_curves_of_a_known_shape(candidate: Candidate, rows: pd.DataFrame) -> None:
    table = monotone_curves(candidate, rows, {"rising": 1, "falling": -1, "hump": 1, "idle": 1}, 6)
    counts = table.set_index("feature")
    assert counts.loc["rising", "rising"] >= 6 and counts.loc["rising", "falling"] == 0
    assert counts.loc["falling", "falling"] >= 6 and counts.loc["falling", "rising"] == 0
    assert counts.loc["hump", "monotone"] < 6
    assert counts.loc[["rising", "falling"], "constrained"].all()
    assert not counts.loc["hump", "constrained"]
    assert (counts["monotone"] == counts[["rising", "falling", "flat"]].sum(axis=1)).all()


def test_a_feature_whose_curves_run_against_its_direction_stays_free(candidate: Candidate, rows: pd.DataFrame) -> None:
    counts = monotone_curves(candidate, rows, {"rising": -1}, 6).set_index("feature")
    assert counts.loc["rising", "against"] >= 6
    assert not counts.loc["rising", "constrained"]


def test_a_feature_without_direction_stays_free(candidate: Candidate, rows: pd.DataFrame) -> None:
    counts = monotone_curves(candidate, rows, {}, 1).set_index("feature")
    assert not counts["constrained"].any()


def test_the_counts_agree_with_curves_drawn_one_by_one(candidate: Candidate, rows: pd.DataFrame) -> None:
    from respml.explain.grids import grid

    table = monotone_curves(candidate, rows, {"hump": 1}, 6).set_index("feature")
    order = np.argsort(candidate.predict(rows), kind="stable")
    positions = [order[place * (len(rows) // 10)] for place in range(10)] + [order[-1]]
    values = grid(rows["hump"], beyond=0, missing=False)["value"]
    rising = 0
    for position in positions:
        curve = candidate.predict(pd.DataFrame([rows.iloc[position]] * len(values)).assign(hump=values.to_numpy()))
        falls_back = max(curve[:place].max() - curve[place] for place in range(1, len(curve)))
        climbs_back = max(curve[place] - curve[:place].min() for place in range(1, len(curve)))
        rising += falls_back <= 0.01 < climbs_back
    assert table.loc["hump", "rising"] == rising
