"""What stands beside an effect curve."""

import numpy as np
import pandas as pd
import pytest

from respml.explain.effect_panels import compare_effects, most_correlated, panel_supports, skewed_features


@pytest.fixture
def frame():
    generator = np.random.default_rng(1)
    base = generator.normal(size=400)
    return pd.DataFrame(
        {"even": base, "twin": 2 * base + 1, "against": -base, "amount": generator.lognormal(5, 2, 400), "few": 1.0}
    )


def test_only_a_long_tail_counts_as_skewed(frame):
    assert skewed_features(frame, list(frame.columns)) == ("amount",)


def test_every_row_is_in_one_bin_and_edges_are_on_the_features_scale(frame):
    table = panel_supports(frame, np.zeros(400), ["even", "amount"])
    assert table.groupby("feature")["n"].sum().tolist() == [400, 400]
    amounts = table[table["feature"] == "amount"]
    np.testing.assert_allclose(amounts["lower_edge"].min(), frame["amount"].min())
    np.testing.assert_allclose(amounts["upper_edge"].max(), frame["amount"].max())
    assert amounts["skewed"].all() and not table[table["feature"] == "even"]["skewed"].any()
    low = amounts.iloc[3]
    inside = (frame["amount"] >= low["lower_edge"]) & (frame["amount"] < low["upper_edge"])
    assert int(low["n"]) == int(inside.sum())


def test_the_partner_is_the_strongest_rank_correlation_with_its_sign(frame):
    table = most_correlated(frame[["even", "twin", "against"]]).set_index("feature")
    assert table.loc["twin", "partner"] == "even"
    assert table.loc["against", "correlation"] == pytest.approx(-1.0)
    assert most_correlated(frame[["even"]]).empty


def curves(line):
    grid = np.linspace(0, 1, 5)
    return pd.DataFrame({"model": "m", "feature": "a", "value": grid, "kind": "range", "estimate": line(grid)})


def local(line):
    grid = np.linspace(0, 1, 11)
    table = pd.DataFrame({"model": "m", "feature": "a", "value": grid, "estimate": line(grid), "n": [0, *[10] * 10]})
    middle = (table["estimate"].to_numpy()[:-1] + table["estimate"].to_numpy()[1:]) / 2
    return table.assign(estimate=table["estimate"] - middle.mean())


def test_the_same_line_has_no_gap_whatever_its_level():
    found = compare_effects(curves(lambda x: 0.3 + 0.2 * x), local(lambda x: 0.2 * x)).iloc[0]
    assert found["gap"] == pytest.approx(0, abs=1e-12)
    assert found["correlation"] == pytest.approx(1)


def test_opposite_lines_differ_by_their_whole_range():
    # centred, the lines run from -.1 to .1 and from .1 to -.1: the gap at the ends is .2, the range of either .2
    found = compare_effects(curves(lambda x: 0.2 * x), local(lambda x: -0.2 * x)).iloc[0]
    assert found["ratio"] == pytest.approx(1.0)
    assert found["correlation"] == pytest.approx(-1)
