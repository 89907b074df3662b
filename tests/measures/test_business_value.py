"""Business value: the published example, and intervals against a bootstrap and scipy."""

import numpy as np
import pytest
from scipy import stats

from respml.errors import InputError
from respml.measures.business_value import business_value, value_difference, value_sensitivity
from respml.measures.confusion import ConfusionCounts, OutcomeAmounts
from tests.measures.portfolios import simulated

# Hall, Curtis & Pandey, chapter 8, cut-off .18.
AMOUNTS = OutcomeAmounts(tp=0, fp=-23_000, fn=-85_000, tn=23_000)
COUNTS = ConfusionCounts(tp=841, fp=1282, fn=310, tn=2612)


def test_published_example():
    estimate = business_value(COUNTS, AMOUNTS)
    assert estimate.value == 4_240_000
    assert estimate.n == 5045
    assert estimate.lower < 4_240_000 < estimate.upper
    assert business_value((841, 1282, 310, 2612), AMOUNTS) == estimate


def test_interval_is_that_of_a_sum_of_row_values():
    outcome, probability = simulated(400)
    decline = probability > 0.3
    rows = np.where(outcome == 1, np.where(decline, 0, -85_000), np.where(decline, -23_000, 23_000)).astype(float)
    expected = stats.norm.interval(0.95, rows.sum(), stats.sem(rows) * 400)
    estimate = business_value(amounts=AMOUNTS, outcome=outcome, decline=decline, unit="TWD")
    assert estimate.value == rows.sum()
    assert estimate.interval == pytest.approx(expected)
    assert estimate.unit == "TWD"


def test_difference_is_paired():
    outcome, probability = simulated(400)
    first, second = probability > 0.3, probability > 0.25
    changed = (second & ~first).astype(float) * np.where(outcome == 1, 85_000, -46_000)
    estimate = value_difference(outcome, first, second, AMOUNTS)
    assert estimate.value == changed.sum()
    assert estimate.interval == pytest.approx(stats.norm.interval(0.95, changed.sum(), stats.sem(changed) * 400))
    assert estimate.value == pytest.approx(
        business_value(amounts=AMOUNTS, outcome=outcome, decline=second).value
        - business_value(amounts=AMOUNTS, outcome=outcome, decline=first).value
    )


def test_equal_decisions_differ_by_nothing():
    outcome, probability = simulated(50)
    estimate = value_difference(outcome, probability > 0.2, probability > 0.2, AMOUNTS)
    assert (estimate.value, estimate.lower, estimate.upper) == (0, 0, 0)
    assert estimate.note


def test_without_rows_the_value_is_undefined():
    assert not business_value((0, 0, 0, 0), AMOUNTS).defined
    assert not value_difference([], [], [], AMOUNTS).defined


def test_missing_arguments_are_refused():
    with pytest.raises(InputError, match="amounts"):
        business_value(COUNTS)
    with pytest.raises(InputError, match="counts"):
        business_value(amounts=AMOUNTS)


def test_sensitivity_scales_one_amount_at_a_time():
    table = value_sensitivity({"glm": COUNTS, "gbm": ConfusionCounts(900, 1350, 251, 2544)}, AMOUNTS, (1.0, 2.0))
    assert set(table["amount"]) == {"fp", "fn", "tn"}
    base = table[table["scale"] == 1.0]
    assert (base.loc[base["model"] == "glm", "value"] == 4_240_000).all()
    # gbm at base: −23000·1350 − 85000·251 + 23000·2544 = 6,127,000.
    assert (base.loc[base["model"] == "gbm", "difference"] == 6_127_000 - 4_240_000).all()
    doubled = table.query("amount == 'tn' and scale == 2 and model == 'glm'")
    assert doubled["value"].item() == 4_240_000 + 23_000 * 2612
    assert table.groupby(["amount", "scale"])["best"].sum().min() >= 1


def test_sensitivity_needs_a_known_reference():
    with pytest.raises(InputError, match="no model"):
        value_sensitivity({"glm": COUNTS}, AMOUNTS, reference="gbm")
    with pytest.raises(InputError, match="No counts"):
        value_sensitivity({}, AMOUNTS)
