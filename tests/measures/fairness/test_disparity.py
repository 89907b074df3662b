import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix

from respml.measures.fairness.confusion import EVERYONE, confusion_matrices, group_error_metrics
from respml.measures.fairness.disparity import disparity_ratios, outside_band, parity_ladder, worst_ratio
from respml.measures.fairness.membership import observed_membership
from respml.measures.fairness.rates import TEN_METRICS
from respml.measures.fairness.study import make_study
from tests.measures.fairness.portfolios import printed_study, random_study

BAND = (0.8, 1.25)

# Published notebook dia: prevalence, accuracy, TPR, precision, specificity, NPV, FPR, FDR, FNR, FOR, as printed.
PRINTED_METRICS = {
    "male": (0.250503, 0.780558, 0.520092, 0.567669, 0.867613, 0.843972, 0.132387, 0.432331, 0.479908, 0.156028),
    "female": (0.207212, 0.808164, 0.528269, 0.537770, 0.881321, 0.877270, 0.118679, 0.462230, 0.471731, 0.122730),
}
PRINTED_RATIOS = ("0.827183", "1.03537", "1.01572", "0.94733", "1.0158", "1.03945", "0.896459", "1.06916", "0.982962")
PRINTED_RATIOS += ("0.78659",)


@pytest.mark.parametrize("group", ["male", "female"])
def test_the_ten_metrics_of_the_published_notebook_reproduce_to_the_digits_shown(group: str) -> None:
    frame = group_error_metrics(printed_study())
    mine = frame[frame["group"] == group].set_index("measure")["estimate"]
    found = tuple(round(mine[rate.name], 6) for rate in TEN_METRICS)
    assert found == PRINTED_METRICS[group]


def test_the_disparity_ratios_of_the_published_notebook_reproduce_to_the_digits_shown() -> None:
    ratios = disparity_ratios(printed_study()).set_index("measure")["estimate"]
    for rate, printed in zip(TEN_METRICS, PRINTED_RATIOS, strict=True):
        digits = len(printed.split(".")[1])
        assert round(ratios[rate.name], digits) == float(printed), rate.name


def test_the_parity_ladder_of_the_published_notebook_reproduces() -> None:
    ladder = parity_ladder(disparity_ratios(printed_study()), BAND).set_index("rung")
    assert ladder["holds"].to_dict() == {
        "type I parity": True,
        "type II parity": False,
        "equalised odds": True,
        "supervised fairness": False,
        "overall": False,
    }
    assert ladder.loc["type II parity", "reason"] == "FOR ratio 0.787"
    assert ladder.loc["type I parity", "reason"] == "all 2 ratios within 0.8 to 1.25"


def test_a_wider_band_turns_the_ladder() -> None:
    assert parity_ladder(disparity_ratios(printed_study()), (0.75, 1.33))["holds"].all()


def test_second_published_set_of_matrices_gives_its_printed_metrics() -> None:
    # Course lecture 3, cut-off .22: FOR ratio .783745, AIR .748/.714 = 1.047 and ME −3.33 from the counts.
    from respml.measures.fairness.acceptance import acceptance_records
    from respml.measures.fairness.cells import cells_from_matrices
    from respml.measures.fairness.disparity import ratio_records

    cells = cells_from_matrices("SEX", {"male": (511, 482, 360, 2124), "female": (668, 710, 464, 3621)}, "male")
    ratios = {record["measure"]: record["estimate"] for record in ratio_records(cells)}
    assert round(float(ratios["false omission rate"]), 6) == 0.783745  # type: ignore[arg-type]
    gaps = {r["measure"]: r["estimate"] for r in acceptance_records(cells) if r["group"] == "female"}
    assert round(float(gaps["adverse impact ratio"]), 3) == 1.047  # type: ignore[arg-type]
    assert round(float(gaps["marginal effect"]), 2) == -3.33  # type: ignore[arg-type]


def test_confusion_matrices_agree_with_scikit_learn_and_add_up_to_everyone() -> None:
    study = random_study(600, seed=11, weighted=True)
    frame = confusion_matrices(study)
    everyone = frame[frame["group"] == EVERYONE].iloc[0]
    counts = ["true_negative", "false_positive", "false_negative", "true_positive"]
    oracle = confusion_matrix(study.outcome, study.declined("gbm"), sample_weight=study.weights).ravel()
    assert everyone[counts].to_numpy(dtype=float) == pytest.approx(oracle, abs=1e-9)
    for _, part in frame[frame["group"] != EVERYONE].groupby("attribute"):
        assert part[counts].sum().to_numpy(dtype=float) == pytest.approx(oracle, abs=1e-9)


def test_every_intersection_is_in_the_tables() -> None:
    study = random_study(600, seed=1)
    assert set(disparity_ratios(study)["attribute"]) == {"SEX", "AGE", "SEX × AGE"}


def test_a_ratio_equal_to_the_limit_is_outside() -> None:
    frame = pd.DataFrame({"estimate": [0.8, 1.0, np.nan], "lower": [0.7, 0.9, np.nan], "upper": [0.9, 1.1, np.nan]})
    flagged = outside_band(frame, BAND)
    assert flagged["outside"].tolist()[:2] == [True, False]
    assert flagged["outside"].isna().tolist() == [False, False, True]
    assert flagged["interval_outside"].tolist()[:2] == [False, False]


def test_an_undefined_ratio_leaves_its_rungs_undecided_and_says_why() -> None:
    # Nobody in the reference group defaults: TPR and FNR are 0/0, so equalised odds cannot be told.
    outcome = [0, 0, 0, 0, 1, 0, 1, 0]
    score = [0.1, 0.6, 0.1, 0.1, 0.6, 0.1, 0.1, 0.6]
    groups = observed_membership("G", ["r"] * 4 + ["p"] * 4, "r")
    study = make_study(outcome, {"m": score}, {"m": 0.5}, [groups])
    ratios = disparity_ratios(study).set_index("measure")
    assert np.isnan(ratios.loc["true positive rate", "estimate"])
    assert "0/0 in TP/(TP+FN) of the reference" in ratios.loc["true positive rate", "note"]
    ladder = parity_ladder(disparity_ratios(study), (0.1, 10.0)).set_index("rung")
    assert ladder.loc["equalised odds", "holds"] is pd.NA
    assert "TPR undefined" in ladder.loc["equalised odds", "reason"]


def test_worst_ratio_is_the_farthest_from_one_on_either_side() -> None:
    frame = pd.DataFrame(
        {"candidate": "m", "attribute": "G", "measure": "x", "group": list("abc"), "estimate": [0.9, 1.3, np.nan]}
    )
    assert worst_ratio(frame)["group"].tolist() == ["b"]
