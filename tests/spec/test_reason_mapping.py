"""The mapping file of adverse-action reasons, and the spec's section that names it."""

from pathlib import Path

import pytest

from respml.errors import InputError
from respml.spec.loading import load_reason_mapping, parse_reason_mapping, parse_spec
from tests.spec.specs import MINIMAL

HEAD = "version: 1.0.0\ndate: 2026-01-31\nowner: risk\n"
GOOD = HEAD + "factors:\n  late: {code: R01, text: You paid late, features: [a, b]}\n"


def test_a_mapping_gives_code_text_and_inputs_of_each_factor():
    factor = parse_reason_mapping(GOOD, "reasons.yml").factors["late"]
    assert (factor.code, factor.text, factor.features) == ("R01", "You paid late", ("a", "b"))


def test_a_score_of_a_bureau_is_a_specific_reason():
    text = GOOD.replace("You paid late", "Your score with the credit bureau is low")
    assert parse_reason_mapping(text, "reasons.yml").factors["late"].text.startswith("Your score")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD + "  more: {code: R01, text: Other, features: [c]}\n", "Code R01"),
        (GOOD + "  more: {code: R02, text: Other, features: [b]}\n", "Input b"),
        (GOOD + "  late: {code: R02, text: Other, features: [c]}\n", "twice"),
        (GOOD + "  more: {code: R02, text: Other, features: []}\n", "at least 1"),
        (GOOD.replace("b]}", "b], holds: {c: '> 1'}}"), "not among the features"),
        (GOOD.replace("b]}", "b], holds: {a: high}}"), "an operator and a number"),
        (GOOD.replace("b]}", "b], otherwise: Other}"), "needs conditions"),
        (GOOD.replace("You paid late", "You did not reach the qualifying score"), "no specific reason"),
        (GOOD.replace("You paid late", "It follows from our internal standards"), "no specific reason"),
        (GOOD.replace("b]}", "b], holds: {a: '> 1'}, otherwise: Our credit scoring system}"), "no specific reason"),
        (GOOD.replace("version: 1.0.0\n", ""), "required"),
        (GOOD.replace("text:", "texts:"), "factors.late.text"),
        ("- a\n", "not a mapping"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_place(text, complaint):
    with pytest.raises(InputError) as caught:
        parse_reason_mapping(text, "reasons.yml")
    assert complaint in caught.value.line()
    assert "reasons.yml" in caught.value.line()


def test_an_unknown_key_is_answered_with_the_keys_of_a_mapping():
    with pytest.raises(InputError, match="owner"):
        parse_reason_mapping(GOOD.replace("owner:", "ownr:"), "reasons.yml")


def test_a_missing_mapping_names_the_key_of_the_spec(tmp_path):
    with pytest.raises(InputError, match=r"reasons\.mapping"):
        load_reason_mapping(tmp_path / "none.yml")


def test_an_input_cannot_be_changed_and_immutable():
    with pytest.raises(InputError, match="cannot be both"):
        parse_spec(MINIMAL + "reasons:\n  actions: {a: {}}\n  immutable: [a]\n", "report.yml")


def test_the_range_of_an_action_is_a_range():
    with pytest.raises(InputError, match="below maximum"):
        parse_spec(MINIMAL + "reasons:\n  actions: {a: {minimum: 2, maximum: 1}}\n", "report.yml")


@pytest.mark.parametrize("name", ["uci", "demo"])
def test_the_example_mappings_cover_every_input_once(name):
    mapping = load_reason_mapping(Path(__file__).parents[2] / "data" / name / "reasons.yml")
    features = [each for factor in mapping.factors.values() for each in factor.features]
    assert len(features) == {"uci": 19, "demo": 10}[name]
    assert all(factor.text[0].isupper() for factor in mapping.factors.values())
