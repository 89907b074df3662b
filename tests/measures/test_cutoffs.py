"""Cut-offs: counts, metrics and choices against scikit-learn and the published matrices of the UCI data."""

import math

import numpy as np
import pytest
from hypothesis import given
from sklearn import metrics
from statsmodels.stats.proportion import proportion_confint

from respml.errors import InputError
from respml.measures.confusion import ConfusionCounts, OutcomeAmounts, decision_counts
from respml.measures.cutoffs import (
    RULES,
    confusion_counts,
    cutoff_table,
    select_cutoff,
    step_cutoffs,
    ten_error_metrics,
)
from tests.measures.portfolios import simulated, tied_scores

# Hall, notebook dia: confusion counts and ten metrics by sex at the cut-off .27.
PUBLISHED = {
    "male": ((453, 345, 418, 2261), (.250503, .780558, .520092, .567669, .867613, .843972, .132387, .432331, .479908,
                                     .156028)),
    "female": ((598, 514, 534, 3817), (.207212, .808164, .528269, .537770, .881321, .877270, .118679, .462230,
                                       .471731, .122730)),
}  # fmt: skip


@pytest.mark.parametrize("group", PUBLISHED)
def test_ten_metrics_reproduce_the_published_ones(group):
    counts, expected = PUBLISHED[group]
    table = ten_error_metrics(*counts)
    assert table["estimate"].tolist() == pytest.approx(expected, abs=5e-7)
    for row in table.itertuples():
        assert (row.lower, row.upper) == pytest.approx(proportion_confint(row.successes, row.n, method="wilson"))


def test_published_f1_at_the_published_counts():
    # Hall, notebook debugging_resid_analysis_redux: TP 1207, FP 1192, FN 779, TN 5876 give recall .607754,
    # precision .503126, F1 .550513 and prevalence .219351.
    outcome = np.repeat([1, 0, 1, 0], [1207, 1192, 779, 5876])
    probability = np.repeat([0.6, 0.6, 0.1, 0.1], [1207, 1192, 779, 5876])
    row = cutoff_table(outcome, probability, [0.25]).iloc[0]
    assert (row.recall, row.precision, row.f1) == pytest.approx((0.607754, 0.503126, 0.550513), abs=5e-7)
    assert ten_error_metrics(row.tp, row.fp, row.fn, row.tn)["estimate"][0] == pytest.approx(0.219351, abs=5e-7)


def test_zero_over_zero_is_undefined_not_smoothed():
    # Nobody is approved: negative predictive value and false omissions rate have no denominator.
    table = ten_error_metrics(7, 3, 0, 0).set_index("metric")
    undefined = table.index[table["estimate"].isna()].tolist()
    assert undefined == ["negative predictive value", "false omissions rate"]
    assert table.loc[undefined, ["lower", "upper"]].isna().all().all()
    assert ten_error_metrics(0, 0, 0, 0)["estimate"].isna().all()


def test_negative_counts_are_refused():
    with pytest.raises(InputError, match="negative"):
        ten_error_metrics(1, -1, 0, 0)


def test_a_probability_at_the_cutoff_is_approved():
    assert confusion_counts([1, 0, 1, 0], [0.5, 0.5, 0.6, 0.4], 0.5) == ConfusionCounts(1.0, 0.0, 1.0, 2.0)


@given(tied_scores())
def test_every_row_of_the_table_equals_scikit_learn(rows):
    outcome, score, weight = rows
    for given_weight in (None, weight):
        for row in cutoff_table(outcome, score, weight=given_weight).itertuples():
            declined = score > row.cutoff
            tn, fp, fn, tp = metrics.confusion_matrix(
                outcome, declined, labels=[0, 1], sample_weight=given_weight
            ).ravel()
            assert (row.tp, row.fp, row.fn, row.tn) == pytest.approx((tp, fp, fn, tn))
            assert row.accuracy == pytest.approx(metrics.accuracy_score(outcome, declined, sample_weight=given_weight))
            assert row.f1 == pytest.approx(metrics.f1_score(outcome, declined, sample_weight=given_weight))
            if 0 < declined[weight > 0].sum() < (weight > 0).sum():
                expected = metrics.matthews_corrcoef(outcome, declined, sample_weight=given_weight)
                assert row.mcc == pytest.approx(expected, abs=1e-9)
            assert row.youden == pytest.approx(
                metrics.balanced_accuracy_score(outcome, declined, sample_weight=given_weight) * 2 - 1, abs=1e-12
            )


@given(tied_scores())
def test_distinct_cutoffs_leave_out_no_decision(rows):
    outcome, score, _ = rows
    all_decisions = cutoff_table(outcome, score)
    fine = cutoff_table(outcome, score, step_cutoffs(0.001))
    for rule in ("max_f1", "youden", "max_accuracy"):
        assert all_decisions[RULES[rule]].max() >= fine[RULES[rule]].max() - 1e-12


def test_grid_has_both_ends():
    assert step_cutoffs(0.01).tolist() == pytest.approx([k / 100 for k in range(101)])
    with pytest.raises(InputError):
        step_cutoffs(0)


def test_ties_take_the_lowest_cutoff():
    # Perfect separation between .2 and .8: every cut-off in between has F1 = 1.
    table = cutoff_table([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], step_cutoffs(0.1))
    for rule in ("max_f1", "youden", "max_accuracy", "max_mcc"):
        assert select_cutoff(table, rule) == pytest.approx(0.2)


@pytest.mark.parametrize("rule", ["max_f1", "youden", "max_accuracy", "max_mcc", "max_value"])
def test_the_chosen_cutoff_has_the_largest_metric(rule):
    outcome, probability = simulated(800)
    table = cutoff_table(outcome, probability, values=OutcomeAmounts(0, -1, -4, 1))
    chosen = table.loc[table["cutoff"] == select_cutoff(table, rule), RULES[rule]].item()
    assert chosen == pytest.approx(table[RULES[rule]].max())


def test_value_follows_the_amounts():
    # Approving a good customer earns 1, approving a defaulter costs 4: at .5 one is declined rightly, one approved
    # wrongly, two approved rightly: 0 − 4 + 2 = −2.
    table = cutoff_table([1, 1, 0, 0], [0.9, 0.3, 0.2, 0.1], [0.5], {"tp": 0, "fp": -1, "fn": -4, "tn": 1})
    assert table["value"].item() == -2


def test_rules_that_cannot_be_applied_are_refused():
    table = cutoff_table([0, 1], [0.1, 0.9])
    with pytest.raises(InputError, match="no cut-off rule"):
        select_cutoff(table, "best")
    with pytest.raises(InputError, match="no business value"):
        select_cutoff(table, "max_value")
    with pytest.raises(InputError, match="one amount each"):
        cutoff_table([0, 1], [0.1, 0.9], values={"tp": 1})


def test_one_class_and_no_rows_are_undefined():
    table = cutoff_table([0, 0], [0.1, 0.9])
    assert table["recall"].isna().all()
    assert math.isnan(select_cutoff(table, "youden"))
    assert math.isnan(select_cutoff(cutoff_table([], []), "max_f1"))


def test_decisions_are_counted_with_their_weight():
    assert decision_counts([1, 0, 1], [1, 1, 0], [2, 3, 0.5]) == ConfusionCounts(2.0, 3.0, 0.5, 0.0)
