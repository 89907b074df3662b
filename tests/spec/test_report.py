"""The rules that hold between values of a spec."""

import pytest
from pydantic import ValidationError

from respml.errors import InputError
from respml.spec.candidates import CandidatesSpec
from respml.spec.data import Data, Derived, Partitions, Shares
from respml.spec.loading import parse_spec
from respml.spec.report import AnalysisSwitch, Compute, CutoffRule, ReportSpec, ThresholdOverride
from tests.spec.specs import MINIMAL, with_section


def test_shares_add_up_to_one():
    assert Shares(train=0.5, valid=0.25, test=0.25).train == 0.5
    # ten tenths are not exactly one in binary; that must not matter
    Shares(train=0.7, valid=0.1, test=0.2)
    with pytest.raises(ValidationError, match=r"add up to 1\.1"):
        Shares(train=0.6, valid=0.3, test=0.2)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_no_partition_is_empty_or_everything(share):
    with pytest.raises(ValidationError):
        Shares(train=share, valid=0.5, test=0.5)


@pytest.mark.parametrize(
    "values",
    [
        {"rule": "column"},
        {"rule": "column", "column": "split"},
        {"rule": "column", "column": "split", "values": {"train": [1], "test": [2]}},
        {"rule": "column", "values": {"train": [1], "valid": [2], "test": [3]}},
        {"rule": "time"},
    ],
)
def test_a_rule_without_what_it_needs_is_refused(values):
    with pytest.raises(ValidationError, match=f"rule '{values['rule']}' needs"):
        Partitions.model_validate(values)


def test_rules_with_what_they_need_are_taken():
    three = {"train": [1], "valid": [2], "test": ["3"]}
    assert Partitions.model_validate({"rule": "column", "column": "split", "values": three}).values["test"] == ("3",)
    assert Partitions.model_validate({"rule": "time", "out_of_time_from": 202403}).out_of_time_from == 202403
    assert Partitions().rule == "stratified"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"champion": "hybrid", "order": ["glm", "mgbm"]}, "champion 'hybrid' is not in order"),
        ({"benchmark": "gbm", "order": ["glm", "mgbm"]}, "benchmark 'gbm' is not in order"),
        ({"champion": "glm", "benchmark": "glm"}, "must differ"),
        ({"order": ["glm", "mgbm", "glm"]}, "twice"),
        ({"order": ["glm", "mgbm", "hybrid"]}, "hybrid needs gbm"),
    ],
)
def test_champion_benchmark_and_order_agree(values, why):
    with pytest.raises(ValidationError, match=why):
        CandidatesSpec.model_validate(values)


def test_two_candidates_are_enough():
    assert CandidatesSpec.model_validate({"order": ["glm", "mgbm"]}).champion == "mgbm"


def test_a_fixed_cut_off_needs_a_value_and_only_a_fixed_one_has_it():
    assert CutoffRule(rule="fixed", value=0.2).value == 0.2
    for values in ({"rule": "fixed"}, {"rule": "youden", "value": 0.2}, {"rule": "fixed", "value": 1.0}):
        with pytest.raises(ValidationError):
            CutoffRule.model_validate(values)


def test_an_analysis_is_switched_off_only_with_a_reason():
    assert AnalysisSwitch(run=False, reason="No rows").reason == "No rows"
    with pytest.raises(ValidationError, match="needs a 'reason'"):
        AnalysisSwitch(run=False)
    with pytest.raises(ValidationError):
        AnalysisSwitch(run=False, reason="  ")


def test_switching_off_without_a_reason_is_told_with_line_and_key():
    with pytest.raises(InputError) as caught:
        parse_spec(with_section("analyses:\n  data: {run: false}\n"), "report.yml")
    assert caught.value.where == "report.yml, line 15, key 'analyses.data'"
    assert "the report prints it" in caught.value.what


@pytest.mark.parametrize(
    "band",
    [
        {"column": "age", "edges": [40, 30], "labels": ["a", "b", "c"]},
        {"column": "age", "edges": [30, 30], "labels": ["a", "b", "c"]},
        {"column": "age", "edges": [30, 40], "labels": ["a", "b"]},
        {"column": "age", "edges": [], "labels": ["a"]},
    ],
)
def test_bands_ascend_and_have_one_label_each(band):
    with pytest.raises(ValidationError):
        Derived.model_validate(band)


def test_an_override_needs_its_provenance():
    with pytest.raises(ValidationError):
        ThresholdOverride.model_validate({"value": 0.6})


def test_intervals_rest_on_a_thousand_replicates_at_least():
    with pytest.raises(ValidationError):
        Compute(replicates=999)


def test_a_spec_cannot_be_changed_after_loading():
    spec = parse_spec(MINIMAL, "report.yml")
    with pytest.raises(ValidationError, match="frozen"):
        spec.seed = 2


def test_event_values_keep_their_type():
    assert Data(source="a", target="t", event="1").event == "1"
    assert Data(source="a", target="t", event=1).event == 1
    assert Data(source="a", target="t", event=True).event is True
    assert Data(source="a", target="t", event=["Yes", 1]).event == ("Yes", 1)


def test_a_spec_survives_json():
    """The checks stage carries the spec as JSON."""
    spec = parse_spec(MINIMAL, "report.yml")
    assert ReportSpec.model_validate(spec.model_dump(mode="json")) == spec


@pytest.mark.parametrize("text", ["1.0.0", "2026-01", "1.0.0+build.5", "A"])
def test_versions_that_name_a_folder(text):
    assert parse_spec(MINIMAL.replace("1.0.0", f"'{text}'"), "report.yml").model.version == text


@pytest.mark.parametrize("value", [".inf", "-.inf", ".nan"])
@pytest.mark.parametrize(
    "place",
    [
        "decision: {{value: {{false_positive: {}}}}}",
        "thresholds: {{auc_weak: {{value: {}, owner: A, date: 2026-01-01, reason: B}}}}",
    ],
)
def test_infinity_is_no_number_here(place, value):
    with pytest.raises(InputError, match=r"line 14, key '.*finite number"):
        parse_spec(with_section(place.format(value) + "\n"), "report.yml")


def test_amounts_stay_within_what_sums_of_squares_can_hold():
    assert parse_spec(with_section("decision: {value: {true_negative: 1e15}}\n"), "report.yml")
    with pytest.raises(InputError, match=r"key 'decision\.value\.true_negative'"):
        parse_spec(with_section("decision: {value: {true_negative: 1.0e300}}\n"), "report.yml")


@pytest.mark.parametrize(
    "values",
    [
        {"glm": {"mixing": [2]}},
        {"glm": {"mixing": [0]}},
        {"boosting": {"search": {"ranges": {"learning_rate": [0.2, 0.1]}}}},
        {"boosting": {"search": {"ranges": {"reg_lambda": [0, 1]}}}},
        {"boosting": {"search": {"ranges": {"max_depth": []}}}},
        {"boosting": {"search": {"ranges": {"subsample": [0.5, 1.5]}}}},
    ],
)
def test_settings_no_fit_could_use_are_refused(values):
    with pytest.raises(ValidationError):
        CandidatesSpec.model_validate(values)


@pytest.mark.parametrize("name", ["A\\u2028B", "A\\x85B", "\\u200f", "\\u00a0\\u200b"])
def test_a_line_is_one_line_that_can_be_read(name):
    text = MINIMAL.replace("name: Card default\n", f'name: "{name}"\n')
    with pytest.raises(InputError, match=r"line 3, key 'model\.name'"):
        parse_spec(text, "report.yml")


@pytest.mark.parametrize("name", ["Crédit\u00a0: d\u00e9faut", "क्षेत्र\u200d", "A \u200frtl"])
def test_marks_within_words_are_part_of_languages(name):
    text = MINIMAL.replace("name: Card default\n", f'name: "{name}"\n')
    assert parse_spec(text, "report.yml").model.name == name


@pytest.mark.parametrize("name", ["../../etc", "EU", "a/b", "us federal"])
def test_a_jurisdiction_is_the_name_of_a_file_and_no_path(name):
    text = MINIMAL.replace("  population:", f'  jurisdictions: ["{name}"]\n  population:')
    with pytest.raises(InputError, match=r"key 'model\.jurisdictions\.0'.*lower-case letters"):
        parse_spec(text, "report.yml")
