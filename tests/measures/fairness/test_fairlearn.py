"""fairlearn's MetricFrame as independent oracle for the group metrics."""

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_negative_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score, precision_score

from respml.measures.fairness.acceptance import AIR, acceptance_gaps
from respml.measures.fairness.confusion import group_error_metrics
from respml.measures.fairness.disparity import disparity_ratios
from tests.measures.fairness.portfolios import random_study

ORACLES = {
    "accuracy": accuracy_score,
    "precision": precision_score,
    "true positive rate": true_positive_rate,
    "specificity": true_negative_rate,
    "false positive rate": false_positive_rate,
    "false negative rate": false_negative_rate,
}


def flipped(metric):  # type: ignore[no-untyped-def]
    """The metric with acceptance and paying as the positive class: precision becomes NPV, selection acceptance."""
    return lambda y, d, sample_weight=None: metric(1 - y, 1 - d, sample_weight=sample_weight)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("attribute", ["SEX", "AGE", "SEX × AGE"])
def test_group_metrics_and_ratios_agree_to_1e_12(weighted: bool, attribute: str) -> None:
    study = random_study(3000, seed=31, weighted=weighted, gap=0.4)
    membership, declined = study.membership(attribute), study.declined("gbm")
    names = np.array(membership.names)[membership.codes]
    metrics = {
        **ORACLES,
        "negative predicted value": flipped(precision_score),
        "acceptance rate": flipped(selection_rate),
    }
    frame = MetricFrame(
        metrics=metrics,
        y_true=study.outcome,
        y_pred=declined,
        sensitive_features=names,
        sample_params={name: {"sample_weight": study.weights} for name in metrics},
    ).by_group
    mine = group_error_metrics(study)
    mine = mine[mine["attribute"] == attribute].set_index(["group", "measure"])["estimate"]
    ratios = disparity_ratios(study)
    ratios = ratios[ratios["attribute"] == attribute].set_index(["group", "measure"])["estimate"]
    for group in membership.names:
        for name in metrics:
            assert mine[group, name] == pytest.approx(frame.loc[group, name], abs=1e-12)
            if group != membership.reference and name != "acceptance rate":
                expected = frame.loc[group, name] / frame.loc[membership.reference, name]
                assert ratios[group, name] == pytest.approx(expected, abs=1e-12)
    air = acceptance_gaps(study)
    air = air[(air["attribute"] == attribute) & (air["measure"] == AIR)].set_index("group")["estimate"]
    for group in membership.protected:
        expected = frame.loc[group, "acceptance rate"] / frame.loc[membership.reference, "acceptance rate"]
        assert air[group] == pytest.approx(expected, abs=1e-12)
