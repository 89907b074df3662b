"""What a notebook opens: inputs by name, cut-offs chosen on valid, evidence under its analysis."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from respml.analysis import open_analysis
from respml.analysis.settings import AnalysisSettings
from respml.candidates.scores import Scores
from respml.errors import AnalysisError, NothingToSay
from respml.evidence import read_evidence
from respml.portfolio.build import build_portfolio
from respml.spec.loading import parse_spec
from tests.spec.specs import MINIMAL

SPEC = MINIMAL.replace("rows.csv", "rows.parquet") + "candidates: {order: [glm, mgbm]}\n"
FIXED = "decision: {cutoff: {rule: fixed, value: 0.25}, value: {currency: EUR, true_positive: 1, false_positive: -2, false_negative: -3, true_negative: 4}}\n"  # noqa: E501


@pytest.fixture
def inputs(tmp_path):
    """Inputs of an analysis: 400 rows, the probability a noisy copy of the outcome."""
    generator = np.random.default_rng(3)
    default = (np.arange(400) % 4 == 0).astype(int)
    pd.DataFrame({"x": generator.normal(size=400), "default": default}).to_parquet(tmp_path / "rows.parquet")
    spec = parse_spec(SPEC, "report.yml")
    portfolio = build_portfolio(spec.data, spec.partitions, 1, tmp_path)
    folder = tmp_path / "inputs"
    portfolio.write(folder / "portfolio")
    rows = [(row, name) for name in portfolio.partitions for row in portfolio.row_numbers(name)]
    table = pd.DataFrame(rows, columns=["row", "partition"]).astype({"partition": "str"})
    for name, noise in (("glm", 0.4), ("mgbm", 0.2)):
        table[name] = np.clip(0.3 + 0.4 * default[table["row"]] + generator.normal(0, noise, 400), 0.01, 0.99)
    Scores(table).write(folder / "scores")
    (folder / "ladder").mkdir()
    pd.DataFrame({"step": ["a"]}).to_parquet(folder / "ladder" / "steps.parquet")
    AnalysisSettings.from_spec(spec, 77).write(folder)
    return folder


@pytest.fixture
def analysis(inputs, tmp_path):
    return open_analysis("comparison", inputs, tmp_path / "evidence")


def test_the_settings_are_those_of_the_spec(analysis):
    assert (analysis.champion, analysis.benchmark, analysis.order) == ("mgbm", "glm", ("glm", "mgbm"))
    assert analysis.seed == 77
    assert analysis.settings.replicates == 1000


def test_settings_survive_writing(inputs):
    assert AnalysisSettings.read(inputs) == AnalysisSettings.from_spec(parse_spec(SPEC, "report.yml"), 77)


def test_settings_leave_out_what_no_notebook_may_depend_on(inputs):
    """Who owns the model, or which engine renders it, changes no analysis."""
    fields = set(AnalysisSettings.model_fields)
    assert not fields & {"model", "render", "mute", "template", "analyses", "compute"}


def test_rows_outcome_and_probabilities_are_aligned(analysis):
    for partition in ("train", "valid", "test"):
        outcome = analysis.outcome(partition)
        scores = analysis.probabilities(partition)
        assert list(scores) == ["glm", "mgbm"]
        assert all(len(each) == len(outcome) for each in scores.values())
        # defaults have the higher probabilities by construction, if and only if rows are aligned
        assert scores["mgbm"][outcome == 1].mean() > scores["mgbm"][outcome == 0].mean() + 0.2


def test_the_cut_off_is_the_best_one_on_valid(analysis):
    """Held against scikit-learn's F1 at every distinct score of valid."""
    outcome = analysis.outcome("valid")
    for name, probability in analysis.probabilities("valid").items():
        best = max(f1_score(outcome, probability > cut) for cut in np.unique(probability))
        assert f1_score(outcome, probability > analysis.cutoffs[name]) == pytest.approx(best)


def test_a_row_is_declined_above_the_cut_off_only(analysis):
    probability = analysis.scores.probability("mgbm", "test")
    np.testing.assert_array_equal(analysis.declined("mgbm"), probability > analysis.cutoffs["mgbm"])


def test_a_fixed_cut_off_and_the_amounts_come_from_the_spec(inputs, tmp_path):
    AnalysisSettings.from_spec(parse_spec(SPEC + FIXED, "report.yml"), 77).write(inputs)
    analysis = open_analysis("comparison", inputs, tmp_path / "evidence")
    assert analysis.cutoffs == {"glm": 0.25, "mgbm": 0.25}
    assert analysis.amounts == {"tp": 1, "fp": -2, "fn": -3, "tn": 4}
    assert analysis.currency == "EUR"


def test_tables_of_an_experiment(analysis):
    assert analysis.experiment("ladder").table("steps")["step"].tolist() == ["a"]
    with pytest.raises(AnalysisError, match="no table 'stepz'") as caught:
        analysis.experiment("ladder").table("stepz")
    assert "steps" in caught.value.remedy


def test_an_undeclared_input_is_told(analysis):
    with pytest.raises(AnalysisError, match="'comparison' has no input 'seeds'") as caught:
        analysis.experiment("seeds")
    assert "template.yml" in caught.value.remedy
    with pytest.raises(AnalysisError, match="no input 'candidates'"):
        analysis.label("mgbm")


def test_evidence_stands_under_the_name_of_the_analysis(analysis, tmp_path):
    analysis.metric("cutoff", analysis.cutoffs["mgbm"], format="ratio3")
    analysis.close()
    metric = read_evidence([tmp_path / "evidence"]).metric("comparison.cutoff")
    assert metric.source == "notebooks/comparison.ipynb"


def test_an_analysis_with_nothing_to_say_leaves_its_reason_and_ends(analysis):
    analysis.metric("rows", 3, format="integer")
    with pytest.raises(NothingToSay, match="none of the"):
        analysis.nothing_to_say("The champion declines none of the {rows} applicants.")
    evidence = read_evidence([analysis.folder])
    assert evidence.statement("comparison.nothing_to_say").text.startswith("The champion declines none of the {")
